//! The type checker: everything that is wrong with an expression, all at once, before it is used.
//!
//! It refuses what fails on every input, and leaves alone what may be right for some: values from a
//! request are `dyn` until a declaration or a tool's schema says more.

use std::collections::BTreeMap;

use callgate_model::{Diagnostic, Limits, Severity, Span};

use crate::environment::{Environment, Undeclared};
use crate::syntax::ast::{Ast, NodeId};

mod call;
mod constants;
mod library;
mod macros;
mod names;
mod narrow;
mod operators;
mod signature;
mod tools;
mod types;
mod unify;
mod walk;

pub(crate) use library::{MACROS, entry, takes_target};
pub use signature::Signature;
pub use tools::{Manifest, ManifestError};
pub use types::{Object, Others, Type};

/// What a check found out.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Every problem, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    types: Vec<Option<Type>>,
    references: Vec<Option<Reference>>,
}

/// What a name in the source stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A declared attribute, variable or struct, by its dotted path.
    Declared(Box<str>),
    /// A macro variable, by the node that introduces it.
    Local(NodeId),
    /// A type of the language.
    TypeName,
}

/// What may be named beside the environment's attributes: richer types, and functions.
#[derive(Debug, Clone, Default)]
pub struct Declarations {
    /// Variables, by name; they go before the environment's.
    pub variables: BTreeMap<Box<str>, Type>,
    /// Functions, by name: whether the first parameter is a target, and what they take and give.
    pub functions: BTreeMap<Box<str>, Vec<(bool, Signature)>>,
}

/// What an expression is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The attributes.
    pub environment: &'c Environment,
    /// The tools that calls name, if they are known: inside conditions on the name of the tool, its
    /// arguments have the types of its schema.
    pub tools: Option<&'c Manifest>,
    /// Other names.
    pub declarations: Option<&'c Declarations>,
}

impl<'c> From<&'c Environment> for Context<'c> {
    fn from(environment: &'c Environment) -> Self {
        Self {
            environment,
            tools: None,
            declarations: None,
        }
    }
}

impl Checked {
    /// The type of a node; nodes that are no values of their own (the variable of a macro, the
    /// namespace of a function) have none.
    pub fn type_of(&self, id: NodeId) -> Option<&Type> {
        self.types.get(id.0 as usize)?.as_ref()
    }

    /// What a node's name stands for, if it is a name.
    pub fn reference(&self, id: NodeId) -> Option<&Reference> {
        self.references.get(id.0 as usize)?.as_ref()
    }

    /// Whether the expression can be used.
    pub fn is_usable(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a tree. Diagnostics of the parser are not repeated.
pub fn check(ast: &Ast, context: Context<'_>, limits: &Limits) -> Checked {
    walk::check(ast, context, limits)
}

/// Checks a tree that has to say yes or no: as [`check`], and its result must be a boolean.
pub fn check_policy(ast: &Ast, context: Context<'_>, limits: &Limits) -> Checked {
    let mut checked = check(ast, context, limits);
    let found = checked.type_of(ast.root()).cloned().unwrap_or(Type::Dyn);
    let boolean = matches!(found, Type::Dyn | Type::Variable(_)) || found == Type::BOOL;
    if !boolean {
        let message = format!("a policy is true or false, and this is `{found}`");
        let span = ast.node(ast.root()).span;
        let diagnostic = Diagnostic::error("cel.not_boolean", span, message);
        checked.diagnostics.push(match found {
            Type::Optional(_) => diagnostic.with_help("give a default: `.orValue(false)`"),
            _ => diagnostic.with_help("compare it with something: `… == …`"),
        });
    }
    checked
}

/// Every problem of a policy's source: what the parser cannot read, or else what the checker finds,
/// or else what the compiler refuses. Warnings are among them.
pub fn check_source(source: &str, context: Context<'_>, limits: &Limits) -> Vec<Diagnostic> {
    let ast = match crate::parse(source, limits) {
        Err(diagnostics) => return diagnostics,
        Ok(ast) => ast,
    };
    let checked = check_policy(&ast, context, limits);
    let mut found = checked.diagnostics;
    if !found.iter().any(Diagnostic::is_error) && context.declarations.is_none() {
        let compiled = crate::compile(&ast, context.environment, limits);
        found.extend(compiled.err().unwrap_or_default());
    }
    found
}

/// The errors that keep a tree from being compiled, none where the environment leaves undeclared
/// names to fail when they are read.
pub(crate) fn refusals(ast: &Ast, environment: &Environment, limits: &Limits) -> Vec<Diagnostic> {
    if environment.undeclared() == Undeclared::FailWhenRead {
        return Vec::new();
    }
    let mut found = check(ast, environment.into(), limits).diagnostics;
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    found
}

fn start(diagnostic: &Diagnostic) -> Span {
    diagnostic.span.unwrap_or_default()
}
