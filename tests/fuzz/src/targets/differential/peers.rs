//! The other engines, and values of all of them as the same text.

use std::cell::LazyCell;
use std::sync::Arc;

use callgate_cel::Value;

use super::Result;

type Engine = dyn Fn(&str) -> Result;

thread_local! {
    static CONTEXT: LazyCell<cel::Context<'static, 'static>> = LazyCell::new(cel::Context::default);
    static CORE: LazyCell<Box<Engine>> = LazyCell::new(core_engine);
}

/// Which of its two parsers `cel` reads with.
#[derive(Debug, Clone, Copy)]
pub enum Parser {
    /// The one its `Program` uses, made by ANTLR.
    Slow,
    /// The one of its feature `parser_pratt`, some ten times faster.
    Quick,
}

/// What `cel` comes to.
pub fn cel(source: &str, parser: Parser) -> Result {
    CONTEXT.with(|context| {
        let value = match parser {
            Parser::Slow => match cel::Program::compile(source) {
                Ok(program) => program.execute(context),
                Err(_) => return Result::Error,
            },
            Parser::Quick => match cel::parser::PrattParser::default().parse(source) {
                Ok(expression) => cel::Value::resolve(&expression, context),
                Err(_) => return Result::Error,
            },
        };
        value.map_or(Result::Error, |value| Result::Value(shown_cel(&value)))
    })
}

/// What `cel-core` comes to, without its checker.
pub fn cel_core(source: &str) -> Result {
    CORE.with(|engine| engine(source))
}

/// The engine with its table of functions, which it would otherwise fill for every program anew.
fn core_engine() -> Box<Engine> {
    let env = cel_core::Env::with_standard_library();
    let first = env.parse_only("true").and_then(|ast| env.program(&ast));
    let functions = first
        .ok()
        .map(|program| Arc::new(program.functions().clone()));
    Box::new(move |source| {
        let (Ok(ast), Some(functions)) = (env.parse_only(source), &functions) else {
            return Result::Error;
        };
        match cel_core::Program::new(Arc::new(ast), Arc::clone(functions)).eval_empty() {
            cel_core::Value::Error(_) => Result::Error,
            value => Result::Value(shown_core(&value)),
        }
    })
}

/// A value of this engine as text.
pub fn shown(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => format!("{uint}u"),
        Value::Double(double) => shown_double(double),
        Value::String(text) => format!("{text:?}"),
        Value::Bytes(bytes) => format!("b{bytes:?}"),
        other => {
            if let Some(elements) = other.as_list() {
                return shown_list(
                    elements.map(|element| element.map_or_else(|_| "?".to_owned(), shown)),
                );
            }
            let Some(entries) = other.as_map() else {
                return format!("{other:?}");
            };
            shown_map(
                entries
                    .map(|(key, value)| (shown(key), value.map_or_else(|_| "?".to_owned(), shown))),
            )
        }
    }
}

fn shown_double(double: f64) -> String {
    if double.is_nan() {
        "NaN".to_owned()
    } else {
        format!("{double:?}d")
    }
}

fn shown_list(elements: impl Iterator<Item = String>) -> String {
    format!("[{}]", elements.collect::<Vec<_>>().join(", "))
}

fn shown_map(entries: impl Iterator<Item = (String, String)>) -> String {
    let mut entries: Vec<String> = entries
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    entries.sort();
    format!("{{{}}}", entries.join(", "))
}

fn shown_cel(value: &cel::Value) -> String {
    match value {
        cel::Value::Null => "null".to_owned(),
        cel::Value::Bool(bool) => bool.to_string(),
        cel::Value::Int(int) => int.to_string(),
        cel::Value::UInt(uint) => format!("{uint}u"),
        cel::Value::Float(double) => shown_double(*double),
        cel::Value::String(text) => format!("{text:?}"),
        cel::Value::Bytes(bytes) => format!("b{bytes:?}"),
        cel::Value::List(list) => shown_list(list.iter().map(shown_cel)),
        cel::Value::Map(map) => shown_map(map.map.iter().map(|(key, value)| {
            let key = match key {
                cel::objects::Key::Int(int) => int.to_string(),
                cel::objects::Key::Uint(uint) => format!("{uint}u"),
                cel::objects::Key::Bool(bool) => bool.to_string(),
                cel::objects::Key::String(text) => format!("{text:?}"),
            };
            (key, shown_cel(value))
        })),
        other => format!("{other:?}"),
    }
}

fn shown_core(value: &cel_core::Value) -> String {
    match value {
        cel_core::Value::Null => "null".to_owned(),
        cel_core::Value::Bool(bool) => bool.to_string(),
        cel_core::Value::Int(int) => int.to_string(),
        cel_core::Value::UInt(uint) => format!("{uint}u"),
        cel_core::Value::Double(double) => shown_double(*double),
        cel_core::Value::String(text) => format!("{text:?}"),
        cel_core::Value::Bytes(bytes) => format!("b{bytes:?}"),
        cel_core::Value::List(list) => shown_list(list.iter().map(shown_core)),
        cel_core::Value::Map(map) => shown_map(map.iter().map(|(key, value)| {
            let key = match key {
                cel_core::MapKey::Bool(bool) => bool.to_string(),
                cel_core::MapKey::Int(int) => int.to_string(),
                cel_core::MapKey::UInt(uint) => format!("{uint}u"),
                cel_core::MapKey::String(text) => format!("{text:?}"),
            };
            (key, shown_core(value))
        })),
        other => format!("{other:?}"),
    }
}
