//! One pass over a text: words of the index, runs of letters and digits, and a few signs are what
//! detectors start from; everything else costs a table look-up per byte.

use callgate_cel::Gas;

use crate::anchor::{roll, roll_folded};
use crate::assign;
use crate::bytes::{at, before, fold, is_word, opens, part};
use crate::compile::{Detectors, Row, Target};
use crate::decode::Origin;
use crate::error::ScanError;
use crate::finding::{Finding, masked};
use crate::number::{begins_number, follows_group, names, shape_end};
use crate::overlap;
use crate::pattern::{Anchored, Item, item, longest, whole};
use crate::placeholder;
use crate::read;
use crate::table::Find;
use crate::vocab::{Class, Confidence, Direction, Severity};

/// A text to look at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'t> {
    /// The text.
    pub text: &'t str,
    /// The name it stands under: an object's key, a header's name. Empty if there is none.
    pub label: &'t str,
    /// Which way it goes.
    pub direction: Direction,
}

/// The detector that something is found by.
#[derive(Debug, Clone, Copy)]
pub struct FoundBy<'d> {
    /// Its stable name.
    pub detector: &'d str,
    /// What kind of value it looks for.
    pub class: Class,
    /// How bad a finding is.
    pub severity: Severity,
    /// Which of [`Config::custom`](crate::Config::custom) it is, if one.
    pub custom: Option<u16>,
}

/// Whether what is found is wanted: what is not might as well not be there.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// Whether a value, decoded, is.
    pub wanted: &'w dyn Fn(FoundBy<'_>, &str) -> bool,
    /// Whether a finding of the first detector makes one of the second, at a place inside, superfluous.
    pub covers: &'w dyn Fn(FoundBy<'_>, FoundBy<'_>) -> bool,
    /// Whether this one of [`Config::custom`](crate::Config::custom) is looked for at all.
    pub custom: &'w dyn Fn(u16) -> bool,
    /// What asking costs.
    pub gas: u64,
}

/// Bytes of the pass for one unit of gas.
const BYTES_PER_UNIT: u64 = 8;
/// Bytes a name reaches: a number further behind it is not called by it.
const CONTEXT: usize = 48;
/// Bytes of a run of letters and digits that may be base64.
const BASE64_WORD: usize = 16;
/// Longest run of letters and digits that any detector reads as one.
const WORD: usize = 120;
/// Bytes before a candidate that are paid for at once; longer ones are measured.
const SHORT: usize = 512;

const DIGIT: u8 = 1;
const LETTER: u8 = 2;
const SIGN: u8 = 4;

/// For each byte its kind, and the byte in lower case.
const BYTES: [(u8, u8); 256] = bytes();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs when the crate is compiled"
)]
const fn bytes() -> [(u8, u8); 256] {
    let mut kinds = [(0, 0); 256];
    let mut byte = 0;
    while byte < 256 {
        let kind = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'@' | b'%' | b'\\' => SIGN,
            _ => 0,
        };
        kinds[byte] = (kind, fold(byte as u8));
        byte += 1;
    }
    kinds
}

/// A finding before findings at one place are weighed.
#[derive(Debug)]
pub(crate) struct Raw {
    pub row: u16,
    pub confidence: Confidence,
    pub start: usize,
    pub end: usize,
    pub masked: String,
}

impl Detectors {
    /// Looks at one text and hands each finding to `sink`, in the order of the text.
    ///
    /// # Errors
    /// When a bound is hit; what was found before that is handed on.
    pub fn scan<'d>(
        &'d self,
        input: Input<'_>,
        gas: &mut Gas,
        sink: &mut impl FnMut(Finding<'d>),
    ) -> Result<(), ScanError> {
        let all = Wanted {
            wanted: &|_, _| true,
            covers: &|_, _| true,
            custom: &|_| true,
            gas: 0,
        };
        self.scan_for(all, input, gas, sink)
    }

    fn found_by(&self, row: u16) -> Option<FoundBy<'_>> {
        self.rows.get(usize::from(row)).map(Row::found_by)
    }

    /// As [`scan`](Self::scan), for what is wanted alone.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn scan_for<'d>(
        &'d self,
        wanted: Wanted<'_>,
        input: Input<'_>,
        gas: &mut Gas,
        sink: &mut impl FnMut(Finding<'d>),
    ) -> Result<(), ScanError> {
        let mut found = Found {
            raw: Vec::new(),
            decoded: 0,
        };
        let mut outcome = Pass::new(self, wanted, input, None, gas, &mut found).run();
        let kept = overlap::resolve(found.raw, |outer, inner| {
            if let Err(error) = gas.charge(wanted.gas) {
                outcome = Err(error.into());
            }
            match (self.found_by(outer.row), self.found_by(inner.row)) {
                (Some(outer), Some(inner)) => (wanted.covers)(outer, inner),
                _ => true,
            }
        });
        for raw in kept {
            let Some(row) = self.rows.get(usize::from(raw.row)) else {
                continue;
            };
            sink(Finding {
                detector: &row.id,
                class: row.class,
                custom: row.custom,
                severity: row.severity,
                effect: row.effect,
                path: String::new(),
                start: raw.start,
                end: raw.end,
                masked: raw.masked,
                confidence: raw.confidence,
            });
        }
        outcome
    }
}

impl Row {
    fn found_by(&self) -> FoundBy<'_> {
        FoundBy {
            detector: &self.id,
            class: self.class,
            severity: self.severity,
            custom: self.custom,
        }
    }
}

/// What all passes over a text and what it decodes to have found.
pub(crate) struct Found {
    pub raw: Vec<Raw>,
    pub decoded: usize,
}

/// The way back from decoded text to the text that was given.
pub(crate) struct Frame<'a> {
    pub origin: &'a Origin,
    pub parent: Option<&'a Frame<'a>>,
    pub depth: u32,
}

/// A pass over one text, given or decoded.
pub(crate) struct Pass<'a> {
    pub detectors: &'a Detectors,
    pub wanted: Wanted<'a>,
    pub text: &'a str,
    pub bytes: &'a [u8],
    pub label: &'a str,
    pub direction: Direction,
    pub frame: Option<&'a Frame<'a>>,
    pub gas: &'a mut Gas,
    pub found: &'a mut Found,
    /// Where each context was last named; the place behind it.
    contexts: [usize; 64],
    /// Contexts that the label names.
    labelled: u64,
    pub percent: bool,
    pub backslash: bool,
    /// Up to where base64 was tried.
    pub base64: usize,
}

impl<'a> Pass<'a> {
    pub fn new(
        detectors: &'a Detectors,
        wanted: Wanted<'a>,
        input: Input<'a>,
        frame: Option<&'a Frame<'a>>,
        gas: &'a mut Gas,
        found: &'a mut Found,
    ) -> Self {
        Self {
            detectors,
            wanted,
            text: input.text,
            bytes: input.text.as_bytes(),
            label: input.label,
            direction: input.direction,
            frame,
            gas,
            found,
            contexts: [usize::MAX; 64],
            labelled: 0,
            percent: false,
            backslash: false,
            base64: 0,
        }
    }

    pub fn run(mut self) -> Result<(), ScanError> {
        let length = self.bytes.len().saturating_add(self.label.len()) as u64;
        self.gas.charge(length.div_ceil(BYTES_PER_UNIT))?;
        self.read_label()?;
        self.pass()?;
        self.custom()?;
        self.decoded()
    }

    fn pass(&mut self) -> Result<(), ScanError> {
        let index = &self.detectors.index;
        let bytes = self.bytes;
        let mut last = 0u32;
        let mut start = 0usize;
        let mut kinds = 0u8;
        for (place, byte) in bytes.iter().enumerate() {
            let (kind, folded) = BYTES.get(usize::from(*byte)).copied().unwrap_or_default();
            last = roll_folded(last, folded);
            let slot = index.may_begin(last);
            if slot != 0 {
                self.words(slot, place)?;
            }
            if kind & (DIGIT | LETTER) != 0 {
                if kinds == 0 {
                    start = place;
                }
                kinds |= kind;
                continue;
            }
            if kinds != 0 {
                self.run_of(start, place, kinds)?;
                kinds = 0;
            }
            if kind != 0 {
                self.sign(*byte, place)?;
            }
        }
        if kinds != 0 {
            self.run_of(start, bytes.len(), kinds)?;
        }
        Ok(())
    }

    /// What the label says about the text.
    fn read_label(&mut self) -> Result<(), ScanError> {
        let label = self.label.as_bytes();
        let detectors = self.detectors;
        let mut last = 0u32;
        for (end, byte) in label.iter().enumerate() {
            last = roll(last, *byte);
            let Some(start) = end.checked_sub(2) else {
                continue;
            };
            for (word, target) in
                detectors
                    .index
                    .words_at(detectors.index.may_begin(last), label, start)
            {
                let behind = start.saturating_add(word.len());
                match target {
                    Target::Context(context) if names(label, start, behind) => {
                        self.labelled |= 1u64 << (context & 63);
                    }
                    Target::Named(row) => self.named(row, self.whole_text())?,
                    Target::Read(reader) => read::labelled(self, reader, behind == label.len())?,
                    Target::Context(_) | Target::Token(..) | Target::Keyword(_) => {}
                }
            }
        }
        Ok(())
    }

    /// The text without blanks around it, as the value of its label.
    pub(crate) fn whole_text(&self) -> (usize, usize) {
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        let start = self.bytes.iter().take_while(blank).count();
        let tail = self.bytes.iter().rev().take_while(blank).count();
        (start, self.bytes.len().saturating_sub(tail).max(start))
    }

    /// The words of the index that begin two bytes before `place`.
    #[inline]
    fn words(&mut self, slot: u16, place: usize) -> Result<(), ScanError> {
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
    fn named(&mut self, row: u16, (start, end): (usize, usize)) -> Result<(), ScanError> {
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
    fn run_of(&mut self, start: usize, end: usize, kinds: u8) -> Result<(), ScanError> {
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

    fn sign(&mut self, byte: u8, place: usize) -> Result<(), ScanError> {
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

    /// Pays for reading up to `bytes` bytes.
    pub(crate) fn pay(&mut self, bytes: usize) -> Result<(), ScanError> {
        let units = (bytes as u64).div_ceil(16).max(1);
        Ok(self.gas.charge(units)?)
    }

    /// How many bytes from `start` on are in a set, at most `most`, paying as it goes.
    pub(crate) fn measure(
        &mut self,
        start: usize,
        most: usize,
        set: impl Fn(u8) -> bool,
    ) -> Result<usize, ScanError> {
        const STEP: usize = 256;
        let end = start.saturating_add(most).min(self.bytes.len());
        let mut place = start;
        while place < end {
            let step = end.min(place.saturating_add(STEP));
            self.pay(STEP)?;
            let run = part(self.bytes, place, step)
                .iter()
                .take_while(|byte| set(**byte))
                .count();
            place = place.saturating_add(run);
            if place < step {
                break;
            }
        }
        Ok(place.saturating_sub(start))
    }

    /// Takes note of a value, unless its check fails, it is a sample, or it is allowed.
    pub(crate) fn report(&mut self, row: u16, start: usize, end: usize) -> Result<(), ScanError> {
        let Some(detector) = self.detectors.rows.get(usize::from(row)) else {
            return Ok(());
        };
        let value = crate::bytes::text(self.text, start, end);
        if value.is_empty() || !detector.reach.covers(self.direction) {
            return Ok(());
        }
        self.pay(value.len().min(SHORT))?;
        if !detector.check.passes(value.as_bytes()) || self.detectors.allow.contains(value) {
            return Ok(());
        }
        if !self.detectors.report_samples && placeholder::is_sample(value) {
            return Ok(());
        }
        self.gas.charge(self.wanted.gas)?;
        let by = detector.found_by();
        if !(self.wanted.wanted)(by, value) {
            return Ok(());
        }
        let (start, end) = self.origin(start, end);
        let same = |raw: &Raw| (raw.row, raw.start, raw.end) == (row, start, end);
        // Decoded text repeats what stood there in plain.
        if self.frame.is_some() && self.found.raw.iter().any(same) {
            return Ok(());
        }
        if self.found.raw.len() >= self.detectors.limits.findings as usize {
            return Err(ScanError::Findings);
        }
        self.found.raw.push(Raw {
            row,
            confidence: detector.confidence,
            start,
            end,
            masked: masked(value),
        });
        Ok(())
    }

    /// The same as [`report`](Self::report) by a detector's name.
    pub(crate) fn report_as(
        &mut self,
        id: &str,
        start: usize,
        end: usize,
    ) -> Result<(), ScanError> {
        match self.detectors.row(id) {
            Some(row) => self.report(row, start, end),
            None => Ok(()),
        }
    }

    /// The place in the text that was given.
    fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let mut place = (start, end);
        let mut frame = self.frame;
        while let Some(inner) = frame {
            place = inner.origin.of(place.0, place.1);
            frame = inner.parent;
        }
        place
    }
}
