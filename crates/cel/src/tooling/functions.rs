//! The functions and macros of the language with how they are written and what they give.

use crate::check::{MACROS, Signature, entry};
use crate::functions::{Style, rows};

/// A function or macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documented {
    /// Its name; `math.abs` has its namespace in front.
    pub name: &'static str,
    /// How it is called.
    pub calling: Calling,
    /// How it is written, with types in the place of arguments; a line for each overload.
    pub usages: Vec<String>,
    /// What it gives, in a sentence.
    pub doc: &'static str,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calling {
    /// `f(x)`
    Global,
    /// `x.f()`
    Method,
    /// Both.
    Either,
}

/// Every function and macro. A name may come twice, for two ways to call it.
pub fn documented() -> impl Iterator<Item = Documented> {
    let macros = MACROS.iter().map(|found| Documented {
        name: found.name,
        calling: match found.name {
            "has" => Calling::Global,
            _ => Calling::Method,
        },
        usages: vec![found.usage.to_owned()],
        doc: found.doc,
    });
    let functions = rows().map(|(name, style, function)| {
        let entry = entry(function);
        let calling = match style {
            Style::Global => Calling::Global,
            Style::Method => Calling::Method,
            Style::Either => Calling::Either,
        };
        let signatures = entry.signatures.iter();
        let mut usages: Vec<String> = signatures
            .filter_map(|text| Signature::parse(text))
            .map(|signature| usage(name, calling, &signature))
            .collect();
        if usages.is_empty() {
            usages.push(format!("{name}(number, …) -> number"));
        }
        Documented {
            name,
            calling,
            usages,
            doc: entry.doc,
        }
    });
    macros.chain(functions)
}

fn usage(name: &str, calling: Calling, signature: &Signature) -> String {
    let mut types = signature.parameters.iter().map(ToString::to_string);
    let target = match calling {
        Calling::Global => None,
        Calling::Method | Calling::Either => types.next(),
    };
    let arguments = types.collect::<Vec<_>>().join(", ");
    let result = &signature.result;
    match target {
        Some(target) => format!("{target}.{name}({arguments}) -> {result}"),
        None => format!("{name}({arguments}) -> {result}"),
    }
}
