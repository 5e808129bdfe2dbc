//! How large a value can be, whichever it is: bounds for one visit, and over all visits of a loop.

use core::num::Saturating;

use callgate_model::SizeHints;

use crate::gas::BYTES_PER_UNIT;
use crate::types::Type;
use crate::value::Kind;

/// A number of units, elements or bytes; more than fits is as many as fit.
pub(super) type Count = Saturating<u64>;

/// How much of something there is: in one visit at most, and in all visits together at most.
///
/// INVARIANT: `sum` is at most `each` times the visits it was made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub each: Count,
    pub sum: Count,
}

impl Amount {
    /// `each` in every visit.
    pub(super) fn constant(each: Count, visits: Count) -> Self {
        let sum = each * visits;
        Self { each, sum }
    }

    /// At most `each` in a visit and `sum` in all.
    pub(super) fn new(each: Count, sum: Count, visits: Count) -> Self {
        Self {
            each: each.min(sum),
            sum: sum.min(each * visits),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            each: self.each + other.each,
            sum: self.sum + other.sum,
        }
    }

    pub(super) fn times(self, factor: Count) -> Self {
        Self {
            each: self.each * factor,
            sum: self.sum * factor,
        }
    }

    /// One or the other, as each visit has it.
    pub(super) fn either(self, other: Self, visits: Count) -> Self {
        Self::new(self.each.max(other.each), self.sum + other.sum, visits)
    }

    /// The smaller of two in each visit.
    pub(super) fn smaller(self, other: Self) -> Self {
        Self {
            each: self.each.min(other.each),
            sum: self.sum.min(other.sum),
        }
    }

    /// Not more than `bound`, in all visits together.
    pub(super) fn within(self, bound: Count) -> Self {
        Self {
            each: self.each.min(bound),
            sum: self.sum.min(bound),
        }
    }

    /// The same for each of up to `fanout` visits in place of one.
    fn repeated(self, fanout: Count, visits: Count) -> Self {
        Self::new(self.each, self.sum * fanout, visits)
    }
}

/// Bounds on a value. An optional counts as what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Bytes, if it is text or bytes.
    pub text: Amount,
    /// Elements or entries, if it is a list or a map.
    pub len: Amount,
    /// Values in it at every depth, itself included, map keys not.
    pub nodes: Amount,
    /// Bytes of texts in it at every depth, itself and map keys included.
    pub bytes: Amount,
    /// Bytes of one text below it.
    pub longest: Count,
    /// Elements of one list or map below it.
    pub widest: Count,
}

/// Bytes that looking at costs one unit.
pub(super) const BLOCK: Count = Saturating(BYTES_PER_UNIT as u64);
pub(super) const ONE: Count = Saturating(1);
pub(super) const NONE: Count = Saturating(0);

impl Size {
    /// A value that is no text, list or map.
    pub(super) fn scalar(visits: Count) -> Self {
        Self {
            nodes: Amount::constant(ONE, visits),
            ..Self::default()
        }
    }

    /// A text or bytes.
    pub(super) fn text(text: Amount, visits: Count) -> Self {
        Self {
            text,
            bytes: text,
            ..Self::scalar(visits)
        }
    }

    /// An attribute as its declaration and the hints have it.
    pub(super) fn declared(found: &Type, hints: &SizeHints, visits: Count) -> Self {
        let count = |number: u32| Saturating(u64::from(number));
        let (elements, longest) = (count(hints.elements), count(hints.text_bytes));
        let amount = |each: Count| Amount::constant(each, visits);
        let document = Self {
            text: amount(longest),
            len: amount(elements),
            nodes: amount(count(hints.nodes)),
            bytes: amount(count(hints.bytes)),
            longest,
            widest: elements,
        };
        match found {
            Type::Simple(Kind::String | Kind::Bytes) => Self::text(amount(longest), visits),
            Type::Simple(Kind::List | Kind::Map | Kind::Optional) | Type::Dyn => document,
            Type::Simple(_) => Self::scalar(visits),
            Type::List(inner) | Type::Map(_, inner) => {
                let flat = matches!(
                    **inner,
                    Type::Simple(kind) if !matches!(kind, Kind::List | Kind::Map | Kind::Optional)
                );
                Self {
                    text: Amount::default(),
                    widest: if flat { NONE } else { elements },
                    ..document
                }
            }
            Type::Optional(inner) => Self::declared(inner, hints, visits).wrapped(visits),
        }
    }

    /// One of its elements or values, in each of `visits` that together see each at most once, or
    /// that see one of the value of their own.
    pub(super) fn part(self, visits: Count) -> Self {
        Self {
            text: Amount::new(self.longest, self.bytes.sum, visits),
            len: Amount::new(self.widest, self.nodes.sum, visits),
            nodes: Amount::new(self.nodes.each, self.nodes.sum, visits),
            bytes: Amount::new(self.bytes.each, self.bytes.sum, visits),
            ..self
        }
    }

    /// One of its keys, as [`part`](Self::part).
    pub(super) fn key(self, visits: Count) -> Self {
        Self::text(self.part(visits).text, visits)
    }

    /// The same value in each of up to `fanout` inner visits of every visit.
    pub(super) fn repeated(self, fanout: Count, visits: Count) -> Self {
        let again = |amount: Amount| amount.repeated(fanout, visits);
        Self {
            text: again(self.text),
            len: again(self.len),
            nodes: again(self.nodes),
            bytes: again(self.bytes),
            ..self
        }
    }

    /// One or the other.
    pub(super) fn either(self, other: Self, visits: Count) -> Self {
        Self {
            text: self.text.either(other.text, visits),
            len: self.len.either(other.len, visits),
            nodes: self.nodes.either(other.nodes, visits),
            bytes: self.bytes.either(other.bytes, visits),
            longest: self.longest.max(other.longest),
            widest: self.widest.max(other.widest),
        }
    }

    /// An optional that holds it.
    pub(super) fn wrapped(self, visits: Count) -> Self {
        let nodes = self.nodes.plus(Amount::constant(ONE, visits));
        Self { nodes, ..self }
    }

    /// A list or map that also holds `part`, once a visit.
    pub(super) fn with(self, part: Self) -> Self {
        Self {
            nodes: self.nodes.plus(part.nodes),
            bytes: self.bytes.plus(part.bytes),
            longest: self.longest.max(part.text.each).max(part.longest),
            widest: self.widest.max(part.len.each).max(part.widest),
            ..self
        }
    }

    /// A list of `len` elements in each of `visits`, which are `element` in each of the inner visits.
    pub(super) fn list_of(element: Self, len: Amount, visits: Count) -> Self {
        let all = |inner: Amount| Amount::new(inner.each * len.each, inner.sum, visits);
        Self {
            text: Amount::default(),
            len,
            nodes: all(element.nodes).plus(Amount::constant(ONE, visits)),
            bytes: all(element.bytes),
            longest: element.text.each.max(element.longest),
            widest: element.len.each.max(element.widest),
        }
    }

    /// Whether it can have elements or entries.
    pub(super) fn is_container(self) -> bool {
        self.len.each > NONE
    }
}

/// Whole units for looking at so many bytes.
pub(super) fn blocks_of(bytes: Count) -> Count {
    over(bytes, BLOCK)
}

/// A part of a count; nothing goes into it more often than all of it.
pub(super) fn over(count: Count, by: Count) -> Count {
    Saturating(count.0.checked_div(by.0).unwrap_or(count.0))
}
