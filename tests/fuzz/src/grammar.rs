//! Expressions of a wanted sort, written from templates.
//!
//! In a template `$b` is a part of sort `b`, `@i` names a new macro variable of sort `i`, and `^`
//! stands where the variables named before it come into scope.

use crate::choices::Choices;

mod full;
mod shared;

pub use full::FULL;
pub use shared::SHARED;

/// One sort: its letter, what it can be at once, and what it can be made of.
#[derive(Debug)]
pub struct Sort {
    /// The letter that stands for it.
    pub letter: u8,
    /// Templates without parts.
    pub leaves: &'static [&'static str],
    /// Templates with parts.
    pub nodes: &'static [&'static str],
}

/// All sorts; the first is what a condition is.
#[derive(Debug)]
pub struct Grammar(pub &'static [Sort]);

/// Parts of one expression, after which only leaves follow: some hundred bytes.
const PARTS: usize = 40;
/// One part in so many is of a sort that does not fit.
const MISFITS: usize = 128;

impl Grammar {
    /// Writes an expression of a sort.
    pub fn expression(&self, letter: u8, depth: u32, choices: &mut Choices<'_>) -> String {
        let mut writer = Writer {
            grammar: self,
            choices,
            out: String::with_capacity(256),
            parts: PARTS,
            scope: Vec::new(),
            names: 0,
            misfits: true,
        };
        writer.part(letter, depth);
        writer.out
    }

    /// The same without a part of another sort than the one that fits.
    pub fn fitting(&self, letter: u8, depth: u32, choices: &mut Choices<'_>) -> String {
        let mut writer = Writer {
            grammar: self,
            choices,
            out: String::with_capacity(256),
            parts: PARTS,
            scope: Vec::new(),
            names: 0,
            misfits: false,
        };
        writer.part(letter, depth);
        writer.out
    }

    fn sort(&self, letter: u8) -> Option<&Sort> {
        self.0.iter().find(|sort| sort.letter == letter)
    }
}

struct Writer<'g, 'c, 'b> {
    grammar: &'g Grammar,
    choices: &'c mut Choices<'b>,
    out: String,
    parts: usize,
    /// Macro variables: sort, and the number in their name.
    scope: Vec<(u8, usize)>,
    names: usize,
    misfits: bool,
}

impl Writer<'_, '_, '_> {
    fn part(&mut self, wanted: u8, depth: u32) {
        let mut letter = wanted;
        if self.misfits && self.choices.one_in(MISFITS) {
            letter = self
                .choices
                .pick(self.grammar.0)
                .map_or(wanted, |sort| sort.letter);
        }
        let Some(sort) = self.grammar.sort(letter) else {
            return;
        };
        if depth > 0 && self.parts > 0 && !sort.nodes.is_empty() && !self.choices.one_in(5) {
            self.parts -= 1;
            let template = self.choices.pick(sort.nodes).copied().unwrap_or_default();
            return self.template(template, depth - 1);
        }
        let variables: Vec<usize> = self
            .scope
            .iter()
            .filter(|(of, _)| *of == letter)
            .map(|(_, number)| *number)
            .collect();
        if !variables.is_empty() && self.choices.below(2) == 0 {
            let number = self.choices.pick(&variables).copied().unwrap_or_default();
            return self.name(number);
        }
        let leaf = self.choices.pick(sort.leaves).copied().unwrap_or_default();
        self.out.push_str(leaf);
    }

    fn name(&mut self, number: usize) {
        self.out.push('v');
        self.out.push_str(&number.to_string());
    }

    fn template(&mut self, template: &str, depth: u32) {
        let outer = self.scope.len();
        let mut named = Vec::new();
        let mut letters = template.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '$' => {
                    let sort = letters.next().and_then(|sort| u8::try_from(sort).ok());
                    self.part(sort.unwrap_or_default(), depth);
                }
                '@' => {
                    let sort = letters.next().and_then(|sort| u8::try_from(sort).ok());
                    named.push((sort.unwrap_or_default(), self.names));
                    self.name(self.names);
                    self.names += 1;
                }
                '^' => self.scope.append(&mut named),
                other => self.out.push(other),
            }
        }
        self.scope.truncate(outer);
    }
}
