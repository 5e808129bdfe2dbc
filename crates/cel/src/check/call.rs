//! Calls: macros first, then declared functions, then those of the language.

use callgate_model::{Diagnostic, Span, nearest};

use super::library;
use super::signature::Signature;
use super::types::Type;
use super::walk::Checker;
use crate::functions::{self, Function, Lookup};
use crate::syntax::ast::{NodeId, NodeKind};

/// How a function is called here, for messages.
struct Called<'c> {
    name: &'c str,
    method: bool,
    /// Where the name stands.
    place: Span,
    /// The whole call.
    span: Span,
}

/// What a misspelt name most likely stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    Function,
    Macro,
}

impl<'c> Checker<'c> {
    pub(super) fn call(&mut self, id: NodeId) -> Type {
        let ast = self.ast;
        let NodeKind::Call {
            target,
            function,
            arguments,
            ..
        } = &ast.node(id).kind
        else {
            return Type::Dyn;
        };
        if let Some(found) = self.macro_call(id, *target, function, arguments) {
            return found;
        }
        let mut called = Called {
            name: &function.text,
            method: target.is_some(),
            place: function.span,
            span: ast.node(id).span,
        };
        // `math.greatest(x)`: the target is part of the name.
        let namespace = target.and_then(|target| self.namespace(target));
        if let Some(namespace) = &namespace {
            let name = format!("{namespace}.{}", function.text);
            let known = functions::lookup(&name, false, arguments.len()) != Lookup::Unknown;
            if known || self.declares(&name) {
                let types: Vec<Type> = arguments.iter().map(|id| self.resolved(*id)).collect();
                called.name = &name;
                called.method = false;
                return self.function(&called, arguments, &types);
            }
        }
        let unknown = functions::lookup(called.name, called.method, 1) == Lookup::Unknown
            && !self.declares(called.name);
        if unknown {
            // Say that the function is missing, not that its receiver is.
            let target = target.filter(|_| namespace.is_none());
            let meant = self.unknown(&called, namespace.as_deref());
            // The arguments of a macro are no expressions where it is not known to be one.
            let arguments = if meant == Some(Meant::Macro) {
                &[]
            } else {
                &**arguments
            };
            for part in target.iter().chain(arguments) {
                self.node(*part);
            }
            return Type::Dyn;
        }
        let parts: Vec<NodeId> = target.iter().chain(arguments).copied().collect();
        let types: Vec<Type> = parts.iter().map(|id| self.resolved(*id)).collect();
        self.function(&called, &parts, &types)
    }

    fn declares(&self, name: &str) -> bool {
        !self.declared_overloads(name, None).is_empty()
    }

    /// The declared overloads of a name, looked up in the container too.
    fn declared_overloads(&self, name: &str, method: Option<bool>) -> Vec<Signature> {
        let Some(declarations) = self.context.declarations else {
            return Vec::new();
        };
        let inside = format!("{}.{name}", self.context.environment.container());
        let overloads = [name, &inside]
            .into_iter()
            .filter_map(|name| declarations.functions.get(name))
            .flatten();
        overloads
            .filter(|(is_method, _)| method.is_none_or(|method| method == *is_method))
            .map(|(_, signature)| signature.clone())
            .collect()
    }

    fn function(&mut self, called: &Called<'_>, parts: &[NodeId], types: &[Type]) -> Type {
        let declared = self.declared_overloads(called.name, Some(called.method));
        if let Some(found) = self.overloaded(&declared, types) {
            return found;
        }
        match functions::lookup(called.name, called.method, types.len()) {
            Lookup::Found(Function::Greatest | Function::Least) => self.extreme(called, types),
            Lookup::Found(function) => {
                let signatures = library::entry(function).signatures;
                if signatures.is_empty() {
                    return Type::Dyn;
                }
                match self.overload(signatures, types) {
                    Some(found) => {
                        self.constant_call(function, parts);
                        found
                    }
                    None => self.mismatch(called, signatures, types),
                }
            }
            Lookup::WrongShape => {
                let message = format!("`{}` does not take these arguments", called.name);
                let diagnostic = Diagnostic::error("cel.wrong_arguments", called.place, message);
                self.report(diagnostic.with_help(functions::usage(called.name)));
                Type::Dyn
            }
            Lookup::Unknown => {
                let message = format!("`{}` does not take these arguments", called.name);
                self.report(Diagnostic::error(
                    "cel.wrong_arguments",
                    called.place,
                    message,
                ));
                Type::Dyn
            }
        }
    }

    /// Says that there is no such function; gives what its author may have meant.
    fn unknown(&mut self, called: &Called<'_>, namespace: Option<&str>) -> Option<Meant> {
        let name = called.name;
        let message = format!("there is no function `{name}`");
        let diagnostic = Diagnostic::error("cel.undeclared_function", called.place, message);
        let macros = || library::MACROS.iter().map(|found| found.name);
        let whole = namespace.map(|namespace| format!("{namespace}.{name}"));
        let whole =
            whole.and_then(|whole| nearest(&whole, functions::names().filter(in_namespace)));
        let near = whole.or_else(|| nearest(name, macros().chain(functions::names())));
        let Some(near) = near else {
            self.report(diagnostic);
            return None;
        };
        self.report(if near == name {
            diagnostic.with_help(macro_usage(near))
        } else {
            diagnostic.with_help(format!("did you mean `{near}`?"))
        });
        Some(if macros().any(|known| known == near) {
            Meant::Macro
        } else {
            Meant::Function
        })
    }

    fn mismatch(&mut self, called: &Called<'_>, signatures: &[&str], types: &[Type]) -> Type {
        let given = written(called, types.iter());
        let message = format!("there is no `{given}`");
        let fitting = signatures
            .iter()
            .filter_map(|text| Signature::parse(text))
            .filter(|signature| signature.parameters.len() == types.len())
            .map(|signature| format!("`{}`", written(called, signature.parameters.iter())))
            .collect::<Vec<_>>();
        let diagnostic = Diagnostic::error("cel.no_matching_overload", called.span, message)
            .with_help(format!("there is {}", fitting.join(", ")));
        self.report(diagnostic);
        Type::Dyn
    }

    /// `math.greatest` and `math.least`: numbers, or one list of numbers.
    fn extreme(&mut self, called: &Called<'_>, types: &[Type]) -> Type {
        let mut numbers: Vec<Type> = types.to_vec();
        if let [Type::List(element)] = types {
            numbers = vec![self.unifier.resolve(element)];
        }
        let mut joined: Option<Type> = None;
        for number in &numbers {
            if !self.unifier.fits(number, &Type::Number) {
                let given = written(called, types.iter());
                let message = format!("there is no `{given}`");
                let diagnostic =
                    Diagnostic::error("cel.no_matching_overload", called.span, message)
                        .with_help("it takes numbers, or one list of numbers");
                self.report(diagnostic);
                return Type::Dyn;
            }
            joined = Some(match joined {
                None => number.clone(),
                Some(before) => self.unifier.join(&before, number),
            });
        }
        joined.unwrap_or(Type::Dyn)
    }
}

fn in_namespace(name: &&str) -> bool {
    name.contains('.')
}

/// A call with types in the place of its arguments.
fn written<'t>(called: &Called<'_>, mut types: impl Iterator<Item = &'t Type>) -> String {
    let target = if called.method { types.next() } else { None };
    let arguments: Vec<String> = types.map(ToString::to_string).collect();
    let arguments = arguments.join(", ");
    match target {
        Some(target) => format!("{target}.{}({arguments})", called.name),
        None => format!("{}({arguments})", called.name),
    }
}

/// How a macro is written.
fn macro_usage(name: &str) -> String {
    let found = library::MACROS.iter().find(|found| found.name == name);
    let usage = found.map_or(name, |found| found.usage);
    format!("it is written `{usage}`")
}
