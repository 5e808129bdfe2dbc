//! The detectors that come with callgate: a table, one file per kind of issuer.
//!
//! A row says what is looked for, how bad it is, in which form, and where that form is published.

mod chat;
mod cloud;
mod generic;
mod llm;
mod national;
mod package;
mod payment;
mod personal;
mod saas;
mod source;

use crate::check::Check;
use crate::read::Reader;
use crate::vocab::{Class, Confidence, Severity};

/// One thing that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    /// Its stable name.
    pub id: &'static str,
    /// What it finds, in a person's words.
    #[cfg(feature = "catalog")]
    pub title: &'static str,
    /// What kind of value it is.
    pub class: Class,
    /// How bad it is, unless the configuration says otherwise.
    pub severity: Severity,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// Where the form is published.
    #[cfg(feature = "catalog")]
    pub source: &'static str,
    pub(crate) find: Find,
    pub(crate) check: Check,
}

/// How a value is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Find {
    /// By a literal that all values share: patterns with at least three literal bytes in a row, at
    /// most one run before them.
    Token(&'static [&'static str]),
    /// As a whole word of letters and digits.
    Word(&'static [&'static str]),
    /// By the name it is given to (in lower case), and its form.
    Named(&'static [&'static str], &'static [&'static str]),
    /// As a number of a fixed shape.
    Number(Number),
    /// By code of its own.
    Read(Reader),
}

/// Shapes of a number: `0` is a digit, `A` a letter, `X` either, anything else stands for itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    /// Telling by themselves.
    pub shapes: &'static [&'static str],
    /// Telling only behind one of the words.
    pub bare: &'static [&'static str],
    /// Names of the number, in lower case.
    pub words: &'static [&'static str],
}

impl Detector {
    const fn new(class: Class, severity: Severity, id: &'static str, title: &'static str) -> Self {
        #[cfg(not(feature = "catalog"))]
        let _ = title;
        Self {
            id,
            #[cfg(feature = "catalog")]
            title,
            class,
            severity,
            confidence: Confidence::High,
            #[cfg(feature = "catalog")]
            source: "",
            find: Find::Token(&[]),
            check: Check::Varied,
        }
    }

    const fn token(mut self, patterns: &'static [&'static str]) -> Self {
        self.find = Find::Token(patterns);
        self
    }

    const fn word(mut self, patterns: &'static [&'static str]) -> Self {
        self.find = Find::Word(patterns);
        self
    }

    const fn named(
        mut self,
        names: &'static [&'static str],
        form: &'static [&'static str],
    ) -> Self {
        self.find = Find::Named(names, form);
        self.confidence = Confidence::Medium;
        self
    }

    const fn number(
        mut self,
        shapes: &'static [&'static str],
        bare: &'static [&'static str],
        words: &'static [&'static str],
    ) -> Self {
        self.find = Find::Number(Number {
            shapes,
            bare,
            words,
        });
        self.confidence = Confidence::Medium;
        self
    }

    const fn read(mut self, reader: Reader) -> Self {
        self.find = Find::Read(reader);
        self
    }

    const fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    const fn sure(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    #[cfg(feature = "catalog")]
    const fn from(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    #[cfg(not(feature = "catalog"))]
    const fn from(self, _source: &'static str) -> Self {
        self
    }
}

/// Every detector that comes with callgate. Of two equally sure and equally long findings at one
/// place the earlier row is kept.
pub fn detectors() -> impl Iterator<Item = &'static Detector> {
    TABLES.iter().copied().flatten()
}

const TABLES: [&[Detector]; 10] = [
    cloud::TABLE,
    source::TABLE,
    package::TABLE,
    chat::TABLE,
    payment::TABLE,
    llm::TABLE,
    saas::TABLE,
    generic::TABLE,
    personal::TABLE,
    national::TABLE,
];

#[cfg(test)]
mod tests {
    use super::{Find, detectors};
    use crate::anchor::SHORTEST;
    use crate::pattern::{Anchored, Item, item};

    #[test]
    fn every_token_has_a_literal_that_the_index_takes() {
        for row in detectors() {
            let Find::Token(patterns) = row.find else {
                continue;
            };
            for pattern in patterns {
                let anchor = Anchored::of(pattern).anchor;
                assert!(anchor.len() >= SHORTEST, "{}: {pattern}", row.id);
            }
        }
    }

    #[test]
    fn every_pattern_reads_to_its_end() {
        for row in detectors() {
            let (Find::Token(patterns) | Find::Word(patterns) | Find::Named(_, patterns)) =
                row.find
            else {
                continue;
            };
            for pattern in patterns {
                let mut rest = pattern.as_bytes();
                while let Some((step, tail)) = item(rest) {
                    if let Item::Run { min, max, .. } = step {
                        assert!(min <= max && max > 0, "{}: {pattern}", row.id);
                    }
                    rest = tail;
                }
                assert!(rest.is_empty(), "{}: {pattern}", row.id);
            }
        }
    }
}
