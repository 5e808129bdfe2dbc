//! Which types fit which, and what type variables turn out to be.
//!
//! The rules are those of the reference checker (cel-go, `checker/types.go`), with two additions:
//! a JSON number fits every numeric type, and an object fits a map with text keys.

use std::collections::BTreeMap;

use super::types::{Object, Others, Type};
use crate::value::Kind;

/// Steps one expression's types may take to compare; beyond them everything fits.
/// A million: types grow with the product of nesting and nodes, and a hostile source stops here.
const STEPS: u32 = 1_000_000;
/// Parts of a type that is spelt out; beyond them the rest of it is `dyn`.
const PARTS: u32 = 4_096;

/// What is known of the type variables.
#[derive(Debug, Clone)]
pub(super) struct Unifier {
    bindings: BTreeMap<u32, Type>,
    /// What to put back when a comparison fails half-way.
    trail: Vec<(u32, Option<Type>)>,
    next: u32,
    steps: u32,
}

/// What became of binding a variable.
enum Bound {
    Agrees,
    /// The variable stands for something else.
    Conflicts,
    /// The variable would stand for a type that contains itself.
    Cycle,
}

impl Unifier {
    pub(super) fn new() -> Self {
        Self {
            bindings: BTreeMap::new(),
            trail: Vec::new(),
            next: 0,
            steps: STEPS,
        }
    }

    /// A variable nothing is known of.
    pub(super) fn fresh(&mut self) -> Type {
        let variable = Type::Variable(self.next);
        self.next = self.next.saturating_add(1);
        variable
    }

    /// Whether values of one type may stand where the other is wanted; variables learn from it if so.
    pub(super) fn fits(&mut self, given: &Type, wanted: &Type) -> bool {
        self.all_fit(core::iter::once((given, wanted)))
    }

    /// The same for several pairs at once: all or nothing.
    pub(super) fn all_fit<'t>(
        &mut self,
        mut pairs: impl Iterator<Item = (&'t Type, &'t Type)>,
    ) -> bool {
        self.trail.clear();
        let fit = pairs.all(|(given, wanted)| self.compare(given, wanted));
        while let Some((variable, before)) = self.trail.pop()
            && !fit
        {
            match before {
                Some(before) => self.bindings.insert(variable, before),
                None => self.bindings.remove(&variable),
            };
        }
        fit
    }

    /// One type for values of either: the more general one, or `dyn` when neither is.
    pub(super) fn join(&mut self, left: &Type, right: &Type) -> Type {
        // The conformance suite wants `[optional.of(1), null]` to be a list of optionals.
        match (left, right) {
            (Type::Simple(Kind::Null), other @ Type::Optional(_))
            | (other @ Type::Optional(_), Type::Simple(Kind::Null)) => return other.clone(),
            _ => {}
        }
        if self.fits(left, right) {
            general(left, right)
        } else {
            Type::Dyn
        }
    }

    /// The type with its variables replaced by what is known of them.
    pub(super) fn resolve(&self, found: &Type) -> Type {
        self.spell(found, &mut { PARTS }, |variable| variable)
    }

    /// The same, and nothing is left open: what is not known is `dyn`.
    pub(super) fn finish(&self, found: &Type) -> Type {
        self.spell(found, &mut { PARTS }, |_| Type::Dyn)
    }

    fn spell(&self, found: &Type, parts: &mut u32, open: fn(Type) -> Type) -> Type {
        *parts = parts.saturating_sub(1);
        if *parts == 0 {
            return Type::Dyn;
        }
        match found {
            Type::Variable(variable) => match self.bindings.get(variable) {
                Some(bound) => self.spell(bound, parts, open),
                None => open(found.clone()),
            },
            _ => found.with_parameters(|inner| self.spell(inner, parts, open)),
        }
    }

    fn compare(&mut self, given: &Type, wanted: &Type) -> bool {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return true;
        }
        if let Type::Variable(variable) = wanted {
            match self.bind(*variable, given) {
                Bound::Agrees => return true,
                Bound::Conflicts => return false,
                Bound::Cycle => {}
            }
        }
        if let Type::Variable(variable) = given {
            return matches!(self.bind(*variable, wanted), Bound::Agrees);
        }
        match (given, wanted) {
            (Type::Variable(_), _) | (_, Type::Variable(_)) => false,
            (Type::Dyn, _) | (_, Type::Dyn) | (Type::Type(_), Type::Type(_)) => true,
            (Type::Simple(Kind::Null), other) | (other, Type::Simple(Kind::Null)) => {
                takes_null(other)
            }
            (Type::Number, other) | (other, Type::Number) => other.is_number(),
            (Type::Object(_), Type::Object(_)) => true,
            (Type::Object(_), Type::Map(key, value)) | (Type::Map(key, value), Type::Object(_)) => {
                self.compare(&Type::STRING, key) && self.compare(&Type::Dyn, value)
            }
            (Type::Simple(left), Type::Simple(right)) => left == right,
            (Type::Parameter(left), Type::Parameter(right)) => left == right,
            (Type::List(left), Type::List(right))
            | (Type::Optional(left), Type::Optional(right)) => self.compare(left, right),
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                self.compare(key, other_key) && self.compare(value, other_value)
            }
            (Type::Abstract(name, left), Type::Abstract(other, right)) => {
                let alike = name == other && left.len() == right.len();
                alike && (left.iter().zip(right.iter())).all(|(a, b)| self.compare(a, b))
            }
            _ => false,
        }
    }

    fn bind(&mut self, variable: u32, to: &Type) -> Bound {
        if *to == Type::Variable(variable) {
            return Bound::Agrees;
        }
        if let Some(known) = self.bindings.get(&variable).cloned() {
            if known == *to {
                return Bound::Agrees;
            }
            if !self.compare(to, &known) {
                return Bound::Conflicts;
            }
            let general = general(to, &known);
            if general != known && !self.occurs(variable, &general) {
                self.set(variable, general);
            }
            return Bound::Agrees;
        }
        if self.occurs(variable, to) {
            return Bound::Cycle;
        }
        self.set(variable, to.clone());
        Bound::Agrees
    }

    fn set(&mut self, variable: u32, to: Type) {
        let before = self.bindings.insert(variable, to);
        self.trail.push((variable, before));
    }

    fn occurs(&mut self, variable: u32, within: &Type) -> bool {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return true;
        }
        match within {
            Type::Variable(found) if *found == variable => true,
            Type::Variable(found) => match self.bindings.get(found).cloned() {
                Some(bound) => self.occurs(variable, &bound),
                None => false,
            },
            _ => (within.parameters().into_iter()).any(|inner| self.occurs(variable, inner)),
        }
    }
}

/// Whether a null may stand for a value of this type. The reference checker lets it stand for an
/// instant, a span of time and an optional, too, because those may be messages; JSON has none, and
/// a null in their place fails whenever it is evaluated.
fn takes_null(found: &Type) -> bool {
    matches!(found, Type::Simple(Kind::Null) | Type::Abstract(..))
}

/// The more general of two types that fit each other, part by part.
fn general(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Dyn, _) | (_, Type::Dyn) => Type::Dyn,
        (Type::Variable(_), _) => left.clone(),
        (_, Type::Variable(_)) => right.clone(),
        (Type::Simple(Kind::Null), _) => right.clone(),
        (_, Type::Simple(Kind::Null)) => left.clone(),
        (Type::Number, _) | (_, Type::Number) => Type::Number,
        (Type::List(a), Type::List(b)) => Type::list(general(a, b)),
        (Type::Optional(a), Type::Optional(b)) => Type::optional(general(a, b)),
        (Type::Map(key, value), Type::Map(other_key, other_value)) => {
            Type::map(general(key, other_key), general(value, other_value))
        }
        (Type::Object(a), Type::Object(b)) if a != b => Type::Object(either(a, b).into()),
        (Type::Map(key, _), Type::Object(_)) | (Type::Object(_), Type::Map(key, _)) => {
            Type::map((**key).clone(), Type::Dyn)
        }
        (Type::Abstract(name, a), Type::Abstract(_, b)) => Type::Abstract(
            name.clone(),
            a.iter().zip(b.iter()).map(|(a, b)| general(a, b)).collect(),
        ),
        _ => left.clone(),
    }
}

/// An object that may be either of two.
pub(super) fn either(left: &Object, right: &Object) -> Object {
    let mut fields = left.fields.clone();
    for (name, field) in &right.fields {
        let joined = match fields.get(name) {
            Some(known) => Unifier::new().join(known, field),
            None => field.clone(),
        };
        fields.insert(name.clone(), joined);
    }
    let others = match (left.others, right.others) {
        (Others::Any, _) | (_, Others::Any) => Others::Any,
        (Others::Unsaid, _) | (_, Others::Unsaid) => Others::Unsaid,
        (Others::None, Others::None) => Others::None,
    };
    Object {
        name: left.name.clone(),
        note: if left.note == right.note {
            left.note.clone()
        } else {
            "".into()
        },
        fields,
        others,
    }
}
