//! One pass over a text: words of the index, runs of letters and digits, and a few signs are what
//! detectors start from; everything else costs a table look-up per byte.

mod candidate;

use callgate_cel::Gas;

use crate::anchor::{roll, roll_folded};
use crate::bytes::{fold, part};
use crate::compile::{Detectors, Row, Target};
use crate::decode::Origin;
use crate::error::ScanError;
use crate::finding::{Finding, masked};
use crate::number::names;
use crate::overlap;
use crate::placeholder;
use crate::read;
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
    /// Up to where it goes on in lines, as far as that was measured.
    pub block: usize,
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
            block: 0,
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
