//! What a condition may come to: a set of true, false and failure.

/// A set of outcomes. A condition whose set has one member always comes to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcomes(u8);

impl Outcomes {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const TRUE: Self = Self(1);
    pub(crate) const FALSE: Self = Self(2);
    pub(crate) const FAILS: Self = Self(4);
    /// True or false, and never a failure.
    pub(crate) const EITHER: Self = Self(3);
    pub(crate) const ANY: Self = Self(7);

    /// The members of this set, each by itself.
    pub(crate) fn each(self) -> impl Iterator<Item = Self> {
        let single = [Self::TRUE, Self::FALSE, Self::FAILS];
        single.into_iter().filter(move |one| self.meets(*one))
    }

    pub(crate) const fn of(truth: bool) -> Self {
        match truth {
            true => Self::TRUE,
            false => Self::FALSE,
        }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the two have a member in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) const fn is_settled(self) -> bool {
        self.0.count_ones() == 1
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The outcomes of the negation.
    pub(crate) fn negated(self) -> Self {
        let mut out = self.and(Self::FAILS);
        if self.meets(Self::TRUE) {
            out = out.or(Self::FALSE);
        }
        if self.meets(Self::FALSE) {
            out = out.or(Self::TRUE);
        }
        out
    }
}
