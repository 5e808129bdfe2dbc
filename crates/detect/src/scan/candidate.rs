//! What a pass does where something may begin: at a word of the index, a run of letters and digits, a sign.

use super::{BASE64_WORD, CONTEXT, DIGIT, Pass, SHORT, WORD};
use crate::assign;
use crate::bytes::{at, before, is_word, opens, part};
use crate::compile::Target;
use crate::error::ScanError;
use crate::number::{begins_number, follows_group, names, shape_end};
use crate::pattern::{Anchored, Item, item, longest, whole};
use crate::read;
use crate::table::Find;

impl Pass<'_> {
    /// The words of the index that begin two bytes before `place`.
    #[inline]
    pub(super) fn words(&mut self, slot: u16, place: usize) -> Result<(), ScanError> {
        let Some(start) = place.checked_sub(2) else {
            return Ok(());
        };
        let detectors = self.detectors;
        for (word, target) in detectors.index.words_at(slot, self.bytes, start) {
            let behind = start.saturating_add(word.len());
            match target {
                Target::Token(row, anchored) => self.token(row, &anchored, start)?,
                Target::Named(row) => {
                    self.pay(assign::LONGEST)?;
                    if let Some(value) = assign::value(self.bytes, behind) {
                        self.named(row, (value.start, value.end))?;
                    }
                }
                Target::Context(context) => {
                    if names(self.bytes, start, behind)
                        && let Some(place) = self.contexts.get_mut(usize::from(context))
                    {
                        *place = behind;
                    }
                }
                Target::Read(reader) => read::word(self, reader, start, behind)?,
                Target::Keyword(row) => self.keyword(row, start, behind)?,
            }
        }
        Ok(())
    }

    fn token(&mut self, row: u16, anchored: &Anchored<'_>, place: usize) -> Result<(), ScanError> {
        if part(
            self.bytes,
            place,
            place.saturating_add(anchored.anchor.len()),
        ) != anchored.anchor
        {
            return Ok(());
        }
        if anchored.lead.is_none() && !opens(self.bytes, place) {
            return Ok(());
        }
        if !self.goes_on(anchored, place)? {
            return Ok(());
        }
        let most = longest(anchored.rest);
        if most <= SHORT {
            self.pay(most)?;
        } else {
            self.measure(place, most, |byte| !byte.is_ascii_whitespace())?;
        }
        match anchored.find(self.bytes, place) {
            Some((start, end)) if opens(self.bytes, start) => self.report(row, start, end),
            _ => Ok(()),
        }
    }

    /// Whether the run behind a literal is as long as it must be; most candidates end here.
    fn goes_on(&mut self, anchored: &Anchored<'_>, place: usize) -> Result<bool, ScanError> {
        let rest = anchored
            .rest
            .get(anchored.anchor.len()..)
            .unwrap_or_default();
        let Some((Item::Run { class, min, .. }, _)) = item(rest) else {
            return Ok(true);
        };
        self.pay(min)?;
        let start = place.saturating_add(anchored.anchor.len());
        let run = part(self.bytes, start, start.saturating_add(min));
        Ok(run.len() == min && run.iter().all(|byte| class.has(*byte)))
    }

    /// The value of a name, if it has the form that the name's detector asks for.
    pub(super) fn named(
        &mut self,
        row: u16,
        (start, end): (usize, usize),
    ) -> Result<(), ScanError> {
        let find = self
            .detectors
            .rows
            .get(usize::from(row))
            .and_then(|row| row.find);
        let Some(Find::Named(_, patterns)) = find else {
            return Ok(());
        };
        for pattern in patterns {
            self.pay(longest(pattern.as_bytes()))?;
            let found = whole(pattern.as_bytes(), self.bytes, start);
            // A value that is longer than unquoted values are read ends where its form does.
            if let Some(found) = found.filter(|found| *found >= end) {
                return self.report(row, start, found);
            }
        }
        Ok(())
    }

    pub fn keyword(&mut self, row: u16, start: usize, end: usize) -> Result<(), ScanError> {
        let inner = |outer: u8, edge: u8| is_word(outer) && is_word(edge);
        let opens = !inner(before(self.bytes, start), at(self.bytes, start));
        let closes = !inner(at(self.bytes, end), before(self.bytes, end));
        if opens && closes {
            self.report(row, start, end)
        } else {
            Ok(())
        }
    }

    /// A run of letters and digits that ends.
    #[inline]
    pub(super) fn run_of(&mut self, start: usize, end: usize, kinds: u8) -> Result<(), ScanError> {
        let length = end.saturating_sub(start);
        if kinds & DIGIT != 0 {
            self.pay(WORD)?;
            if length <= WORD {
                self.number(start, length)?;
                read::run(self, start, end, kinds == DIGIT)?;
            }
            if kinds != DIGIT && length <= WORD {
                self.whole_word(start, length)?;
            }
        } else if length <= 4 || length == 8 || length == 11 {
            if at(self.bytes, start).is_ascii_uppercase() {
                self.number(start, length)?;
            }
            if matches!(at(self.bytes, end), b':' | b'-') {
                read::hex_group(self, start, end)?;
            }
        }
        if length >= BASE64_WORD && self.detectors.decode {
            self.hexadecimal_in(start, end)?;
        }
        if length >= BASE64_WORD && start >= self.base64 && kinds != DIGIT && self.detectors.decode
        {
            self.base64_around(start)?;
        }
        Ok(())
    }

    /// Numbers whose first group this is.
    fn number(&mut self, start: usize, length: usize) -> Result<(), ScanError> {
        let detectors = self.detectors;
        let [digits, letters] = &detectors.shapes;
        let shapes = match at(self.bytes, start) {
            b'0'..=b'9' => digits.get(length),
            b'A'..=b'Z' => letters.get(length),
            _ => None,
        };
        let Some(shapes) = shapes else {
            return Ok(());
        };
        if shapes.is_empty() || !begins_number(self.bytes, start) {
            return Ok(());
        }
        for shape in shapes {
            if shape
                .context
                .is_some_and(|context| !self.in_context(context, start))
            {
                continue;
            }
            let grouped = shape.grouped && follows_group(self.bytes, start, length);
            if grouped {
                continue;
            }
            if let Some(end) = shape_end(shape.shape, self.bytes, start) {
                self.report(shape.row, start, end)?;
            }
        }
        Ok(())
    }

    fn whole_word(&mut self, start: usize, length: usize) -> Result<(), ScanError> {
        if length < 25 || !opens(self.bytes, start) {
            return Ok(());
        }
        let detectors = self.detectors;
        let end = start.saturating_add(length);
        for (row, pattern) in &detectors.words {
            if whole(pattern, self.bytes, start) == Some(end) {
                self.report(*row, start, end)?;
            }
        }
        Ok(())
    }

    /// Whether a name of the context stands shortly before `place`, or is the label.
    fn in_context(&self, context: u8, place: usize) -> bool {
        let named = self.contexts.get(usize::from(context)).copied();
        let near = named.and_then(|named| place.checked_sub(named));
        near.is_some_and(|distance| distance <= CONTEXT) || self.labelled >> (context & 63) & 1 == 1
    }

    pub(super) fn sign(&mut self, byte: u8, place: usize) -> Result<(), ScanError> {
        let next = at(self.bytes, place.saturating_add(1));
        match byte {
            b'@' => read::at_sign(self, place)?,
            b'%' => self.percent |= next.is_ascii_hexdigit(),
            _ => {
                self.backslash |=
                    matches!(next, b'"' | b'\\' | b'/' | b'n' | b'r' | b't' | b'u' | b'x')
            }
        }
        Ok(())
    }
}
