//! Operators: which types they are defined for, and comparisons that can only have one outcome.

use std::collections::BTreeMap;

use callgate_model::Diagnostic;

use super::signature::Signature;
use super::types::Type;
use super::walk::Checker;
use crate::syntax::ast::{BinaryOperator, NodeId, NodeKind};
use crate::value::Kind;

const ADD: &[&str] = &[
    "int, int -> int",
    "uint, uint -> uint",
    "double, double -> double",
    "string, string -> string",
    "bytes, bytes -> bytes",
    "list(A), list(A) -> list(A)",
    "timestamp, duration -> timestamp",
    "duration, timestamp -> timestamp",
    "duration, duration -> duration",
];
const SUBTRACT: &[&str] = &[
    "int, int -> int",
    "uint, uint -> uint",
    "double, double -> double",
    "timestamp, timestamp -> duration",
    "timestamp, duration -> timestamp",
    "duration, duration -> duration",
];
const PRODUCT: &[&str] = &[
    "int, int -> int",
    "uint, uint -> uint",
    "double, double -> double",
];
const REMAINDER: &[&str] = &["int, int -> int", "uint, uint -> uint"];
const NEGATE: &[&str] = &["int -> int", "double -> double"];
const ORDER: &[&str] = &[
    "number, number -> bool",
    "string, string -> bool",
    "bytes, bytes -> bool",
    "bool, bool -> bool",
    "timestamp, timestamp -> bool",
    "duration, duration -> bool",
];
const MEMBER: &[&str] = &["A, list(A) -> bool", "A, map(A, B) -> bool"];

/// How two values can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Equality {
    Possible,
    /// Lists, maps or optionals whose contents never are equal.
    WhenEmpty,
    Never,
}

impl Checker<'_> {
    /// An operator of two operands other than `&&` and `||`.
    pub(super) fn binary(&mut self, id: NodeId) -> Type {
        let NodeKind::Binary {
            operator,
            left,
            right,
            ..
        } = self.ast.node(id).kind
        else {
            return Type::Dyn;
        };
        let operands = [self.resolved(left), self.resolved(right)];
        let table = match operator {
            BinaryOperator::Equal | BinaryOperator::NotEqual => {
                self.known_tools(left, right);
                return self.equality(id, operands);
            }
            BinaryOperator::In => {
                self.known_tools(left, right);
                return self.membership(id, operands);
            }
            BinaryOperator::Add => ADD,
            BinaryOperator::Subtract => SUBTRACT,
            BinaryOperator::Multiply | BinaryOperator::Divide => PRODUCT,
            BinaryOperator::Remainder => REMAINDER,
            BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual => ORDER,
            BinaryOperator::And | BinaryOperator::Or => return Type::BOOL,
        };
        if let Some(found) = self.overload(table, &operands) {
            return found;
        }
        let [left, right] = &operands;
        if let (BinaryOperator::Add, Type::List(a), Type::List(b)) = (operator, left, right) {
            return Type::list(self.unifier.join(a, b));
        }
        let message = format!(
            "`{}` is not defined for `{left}` and `{right}`",
            operator.symbol()
        );
        let diagnostic = Diagnostic::error("cel.no_matching_overload", self.span(id), message);
        self.report(match conversion(operator, left, right) {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
        match operator {
            BinaryOperator::Less
            | BinaryOperator::LessEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterEqual => Type::BOOL,
            _ => Type::Dyn,
        }
    }

    pub(super) fn negate(&mut self, id: NodeId, operand: NodeId) -> Type {
        let operand = self.resolved(operand);
        if let Some(found) = self.overload(NEGATE, core::slice::from_ref(&operand)) {
            return found;
        }
        let message = format!("`-` is not defined for `{operand}`");
        let span = self.span(id);
        self.report(Diagnostic::error("cel.no_matching_overload", span, message));
        Type::Dyn
    }

    /// The result of the overloads that take these arguments; `dyn` if several do and differ.
    pub(super) fn overload(&mut self, table: &[&str], arguments: &[Type]) -> Option<Type> {
        let signatures = table.iter().filter_map(|text| Signature::parse(text));
        let signatures: Vec<Signature> = signatures.collect();
        self.overloaded(&signatures, arguments)
    }

    pub(super) fn overloaded(&mut self, table: &[Signature], arguments: &[Type]) -> Option<Type> {
        let mut result: Option<Type> = None;
        for signature in table {
            if signature.parameters.len() != arguments.len() {
                continue;
            }
            let mut variables = BTreeMap::new();
            let mut instance = |found: &Type| self.instantiate(found, &mut variables);
            let parameters: Vec<Type> = signature.parameters.iter().map(&mut instance).collect();
            let given = instance(&signature.result);
            if self.unifier.all_fit(arguments.iter().zip(&parameters)) {
                let given = self.unifier.resolve(&given);
                result = Some(match result {
                    None => given,
                    Some(before) if before == given => before,
                    Some(_) => Type::Dyn,
                });
            }
        }
        result
    }

    /// A declared type with fresh variables for its parameters.
    pub(super) fn instance(&mut self, declared: &Type) -> Type {
        self.instantiate(declared, &mut BTreeMap::new())
    }

    fn instantiate(&mut self, declared: &Type, variables: &mut BTreeMap<Box<str>, Type>) -> Type {
        match declared {
            Type::Parameter(name) => variables
                .entry((**name).into())
                .or_insert_with(|| self.unifier.fresh())
                .clone(),
            _ => declared.with_parameters(|inner| self.instantiate(inner, variables)),
        }
    }

    fn equality(&mut self, id: NodeId, [left, right]: [Type; 2]) -> Type {
        if !self.unifier.fits(&left, &right) {
            self.judge(&left, &right, id, || {
                format!("`{left}` and `{right}` are never equal")
            });
        }
        Type::BOOL
    }

    fn membership(&mut self, id: NodeId, [element, container]: [Type; 2]) -> Type {
        let inside = match &container {
            Type::List(inside) | Type::Map(inside, _) => (**inside).clone(),
            Type::Object(_) => Type::STRING,
            Type::Dyn => return Type::BOOL,
            _ => {
                if self
                    .overload(MEMBER, &[element.clone(), container.clone()])
                    .is_none()
                {
                    let message = format!("`in` takes a list or a map, and this is `{container}`");
                    let diagnostic =
                        Diagnostic::error("cel.no_matching_overload", self.span(id), message);
                    self.report(match container {
                        Type::Simple(Kind::String) => {
                            diagnostic.with_help("for texts, write `text.contains(part)`")
                        }
                        _ => diagnostic,
                    });
                }
                return Type::BOOL;
            }
        };
        self.comparable(&element, &inside, id, || {
            let held = match container {
                Type::List(_) => "element",
                _ => "key",
            };
            format!("no {held} of `{container}` is ever equal to `{element}`")
        });
        Type::BOOL
    }

    /// Complains where two values are never equal.
    pub(super) fn comparable(
        &mut self,
        left: &Type,
        right: &Type,
        place: NodeId,
        message: impl Fn() -> String,
    ) {
        let (left, right) = (self.unifier.resolve(left), self.unifier.resolve(right));
        if !self.unifier.fits(&left, &right) {
            self.judge(&left, &right, place, message);
        }
    }

    fn judge(&mut self, left: &Type, right: &Type, place: NodeId, message: impl Fn() -> String) {
        let span = self.span(place);
        match equality(left, right) {
            Equality::Possible => {}
            Equality::WhenEmpty => {
                let message = format!("{}, unless they are empty", message());
                self.report(Diagnostic::warning("cel.never_equal", span, message));
            }
            Equality::Never => {
                let diagnostic = Diagnostic::error("cel.never_equal", span, message());
                self.report(match agreement(left, right) {
                    Some(help) => diagnostic.with_help(help),
                    None => diagnostic,
                });
            }
        }
    }
}

/// How two values that are never equal might be.
fn agreement(left: &Type, right: &Type) -> Option<&'static str> {
    let either = |wanted: fn(&Type) -> bool| wanted(left) || wanted(right);
    if either(|found| *found == Type::NULL) {
        return Some("whether something is there is asked with `has(…)`");
    }
    if either(|found| matches!(found, Type::Optional(_))) {
        return Some("take its value with a default: `.orValue(…)`");
    }
    if either(|found| *found == Type::STRING) && either(Type::is_number) {
        return Some("convert the number to text: `string(…)`");
    }
    None
}

/// Equality as evaluation has it: numbers compare across their types, containers by their contents.
fn equality(left: &Type, right: &Type) -> Equality {
    let inside = |pairs: &[(&Type, &Type)]| {
        let possible = (pairs.iter()).all(|(a, b)| equality(a, b) == Equality::Possible);
        if possible {
            Equality::Possible
        } else {
            Equality::WhenEmpty
        }
    };
    match (left, right) {
        (Type::Dyn | Type::Variable(_) | Type::Parameter(_), _)
        | (_, Type::Dyn | Type::Variable(_) | Type::Parameter(_))
        | (Type::Type(_), Type::Type(_))
        | (Type::Object(_), Type::Object(_))
        | (Type::Simple(Kind::Null), Type::Optional(_) | Type::Abstract(..))
        | (Type::Optional(_) | Type::Abstract(..), Type::Simple(Kind::Null)) => Equality::Possible,
        (Type::Simple(a), Type::Simple(b)) if a == b => Equality::Possible,
        (a, b) if a.is_number() && b.is_number() => Equality::Possible,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
            inside(&[(a, b)])
        }
        (Type::Map(key, value), Type::Map(other_key, other_value)) => {
            inside(&[(key, other_key), (value, other_value)])
        }
        (Type::Map(key, _), Type::Object(_)) | (Type::Object(_), Type::Map(key, _)) => {
            inside(&[(key, &Type::STRING)])
        }
        (Type::Abstract(a, _), Type::Abstract(b, _)) if a == b => Equality::Possible,
        _ => Equality::Never,
    }
}

/// How operands of an operator can be made to agree.
fn conversion(operator: BinaryOperator, left: &Type, right: &Type) -> Option<String> {
    let text = |found: &Type| *found == Type::STRING;
    if left.is_number() && right.is_number() {
        return Some("convert one of them: `int(…)`, `double(…)`, or write `1.0` for `1`".into());
    }
    if operator == BinaryOperator::Add && (text(left) || text(right)) {
        return Some("convert the other to text: `string(…)`".into());
    }
    if (text(left) && right.is_number()) || (left.is_number() && text(right)) {
        return Some("convert the text to a number: `int(…)` or `double(…)`".into());
    }
    let instant = |found: &Type| *found == Type::Simple(Kind::Timestamp);
    if (instant(left) && text(right)) || (text(left) && instant(right)) {
        return Some("convert the text to an instant: `timestamp(…)`".into());
    }
    let span = |found: &Type| *found == Type::Simple(Kind::Duration);
    ((span(left) && text(right)) || (text(left) && span(right)))
        .then(|| "convert the text to a span of time: `duration(…)`".into())
}
