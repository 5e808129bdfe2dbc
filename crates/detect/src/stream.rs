//! A text that comes in pieces: a window over its end, scanned when enough of it has come.

use callgate_cel::Gas;

use crate::compile::Detectors;
use crate::error::ScanError;
use crate::finding::Finding;
use crate::scan::Input;
use crate::vocab::Direction;

/// Bytes of tail that hold any value but a private key file or a JSON Web Token: those may have up
/// to 16 KiB, and are found if they come whole within the window.
pub const TAIL: usize = 1_536;

/// Bytes before the unjudged text that stay in view, for names in front of values.
const LEAD: usize = 128;

/// A window over a stream. Text before [`judged`](Self::judged) has been looked at and can go on;
/// what follows is held, because a value may still be growing there.
#[derive(Debug)]
pub struct Stream {
    /// The text in view.
    window: String,
    /// Where the window begins in the stream.
    offset: usize,
    /// Up to where findings were handed on, in the stream.
    judged: usize,
    tail: usize,
    direction: Direction,
}

impl Stream {
    /// A stream that holds back `tail` bytes; [`TAIL`] finds what the table finds in whole texts.
    pub fn new(direction: Direction, tail: usize) -> Self {
        Self {
            window: String::new(),
            offset: 0,
            judged: 0,
            tail,
            direction,
        }
    }

    /// Bytes of the stream that have been judged.
    pub fn judged(&self) -> usize {
        self.judged
    }

    /// Adds a piece; findings have places in the whole stream.
    ///
    /// # Errors
    /// When a bound is hit.
    pub fn push<'d>(
        &mut self,
        detectors: &'d Detectors,
        piece: &str,
        gas: &mut Gas,
        sink: &mut impl FnMut(Finding<'d>),
    ) -> Result<(), ScanError> {
        self.window.push_str(piece);
        let end = self.offset.saturating_add(self.window.len());
        let held = end.saturating_sub(self.judged);
        if held < self.tail.saturating_mul(2) {
            return Ok(());
        }
        self.judge(detectors, end.saturating_sub(self.tail), gas, sink)
    }

    /// Judges all that is left.
    ///
    /// # Errors
    /// When a bound is hit.
    pub fn finish<'d>(
        mut self,
        detectors: &'d Detectors,
        gas: &mut Gas,
        sink: &mut impl FnMut(Finding<'d>),
    ) -> Result<(), ScanError> {
        self.judge(detectors, usize::MAX, gas, sink)
    }

    /// Hands on what begins before `limit` and was not handed on; then text out of view goes.
    fn judge<'d>(
        &mut self,
        detectors: &'d Detectors,
        limit: usize,
        gas: &mut Gas,
        sink: &mut impl FnMut(Finding<'d>),
    ) -> Result<(), ScanError> {
        let (offset, judged) = (self.offset, self.judged);
        let input = Input {
            text: &self.window,
            label: "",
            direction: self.direction,
        };
        let mut cut = limit;
        let mut found = Vec::new();
        let outcome = detectors.scan(input, gas, &mut |finding| found.push(finding));
        for mut finding in found {
            finding.start = finding.start.saturating_add(offset);
            finding.end = finding.end.saturating_add(offset);
            if finding.start < judged || finding.start >= limit {
                continue;
            }
            // A value across the limit is handed on whole, and text is held from behind it.
            cut = cut.max(finding.end);
            sink(finding);
        }
        let end = offset.saturating_add(self.window.len());
        self.judged = cut.min(end);
        let mut keep = self.judged.saturating_sub(LEAD).saturating_sub(offset);
        while !self.window.is_char_boundary(keep) {
            keep = keep.saturating_sub(1);
        }
        self.window.drain(..keep);
        self.offset = offset.saturating_add(keep);
        outcome
    }
}
