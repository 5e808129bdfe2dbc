//! What a pass does beyond its walk: patterns of one's own, and passes over decoded text.

use crate::bytes::{fold, part};
use crate::decode::{self, Decoded};
use crate::error::ScanError;
use crate::scan::{Frame, Input, Pass};

/// Digits that hold as many characters as the shortest secret that is known by itself.
const HEXADECIMAL: usize = 24;
/// What lines that only begin like a text cost beyond those that are one: each of them may be tried anew, and
/// what is decoded is read several times.
const IN_VAIN: usize = 15;

impl Pass<'_> {
    /// Patterns of one's own.
    pub fn custom(&mut self) -> Result<(), ScanError> {
        let detectors = self.detectors;
        for (row, pattern) in &detectors.custom {
            let mut from = 0;
            if !self.looks_for(*row) {
                continue;
            }
            while from <= self.text.len() {
                let Some((start, end)) = pattern.find(self.text, from, self.gas)? else {
                    break;
                };
                self.report(*row, start, end)?;
                let mut next = end.max(start.saturating_add(1));
                while next < self.text.len() && !self.text.is_char_boundary(next) {
                    next = next.saturating_add(1);
                }
                from = next;
            }
        }
        for (row, word) in &detectors.short {
            if !self.looks_for(*row) {
                continue;
            }
            self.pay(self.bytes.len())?;
            for start in 0..self.bytes.len() {
                let end = start.saturating_add(word.len());
                let found = part(self.bytes, start, end);
                if found.len() == word.len()
                    && found.iter().zip(&**word).all(|(a, b)| fold(*a) == *b)
                {
                    self.keyword(*row, start, end)?;
                }
            }
        }
        Ok(())
    }

    fn looks_for(&self, row: u16) -> bool {
        let row = self.detectors.rows.get(usize::from(row));
        row.is_some_and(|row| {
            row.reach.covers(self.direction) && row.custom.is_none_or(self.wanted.custom)
        })
    }

    fn depth(&self) -> u32 {
        self.frame.map_or(0, |frame| frame.depth)
    }

    /// What the whole text is without its escapes.
    pub fn decoded(mut self) -> Result<(), ScanError> {
        if !self.detectors.decode || self.depth() >= self.detectors.limits.decoded_depth {
            return Ok(());
        }
        if self.percent {
            self.pay(self.bytes.len())?;
            let label = self.label;
            self.inner(decode::percent(self.text), label)?;
        }
        if self.backslash {
            self.pay(self.bytes.len())?;
            let label = self.label;
            self.inner(decode::backslash(self.text), label)?;
        }
        Ok(())
    }

    /// What the run of base64 around a long word holds.
    pub fn base64_around(&mut self, word: usize) -> Result<(), ScanError> {
        if self.depth() >= self.detectors.limits.decoded_depth {
            return Ok(());
        }
        let head = self.bytes.get(self.base64..word).unwrap_or_default();
        self.pay(head.len().min(4096))?;
        let lead = head
            .iter()
            .rev()
            .take(4096)
            .take_while(|byte| decode::is_base64(**byte))
            .count();
        let start = word.saturating_sub(lead);
        let limit = self.bytes.len();
        let length = self.measure(start, limit, decode::is_base64)?;
        let body = start.saturating_add(length);
        let padding = part(self.bytes, body, body.saturating_add(2));
        let end = body.saturating_add(padding.iter().take_while(|byte| **byte == b'=').count());
        // Lines that were measured once are not measured again from each of them.
        if start >= self.block {
            self.block = self.lines_of_base64(end)?;
        }
        let block = self.block.max(end);
        let mut decoded = match block > end {
            true if decode::may_be_base64(self.bytes, start) => {
                let length = block.saturating_sub(start);
                self.pay(length)?;
                let decoded = decode::wrapped_base64(self.bytes, start, block);
                if decoded.is_none() {
                    self.pay(length.saturating_mul(IN_VAIN))?;
                }
                decoded
            }
            _ => None,
        };
        self.base64 = if decoded.is_some() { block } else { end };
        if decoded.is_none() {
            decoded = decode::base64(self.bytes, start, end);
        }
        if decoded.is_none() && start != word {
            self.pay(length)?;
            decoded = decode::base64(self.bytes, word, end);
        }
        self.inner(decoded, "")
    }

    /// Where base64 that ends at `end` ends if it goes on in the lines that follow.
    fn lines_of_base64(&mut self, mut end: usize) -> Result<usize, ScanError> {
        loop {
            let rest = self.bytes.get(end..).unwrap_or_default();
            let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
            let gap = blank.clone().count();
            self.pay(gap)?;
            if !blank.clone().any(|byte| *byte == b'\n') {
                return Ok(end);
            }
            let start = end.saturating_add(gap);
            let length = self.measure(start, self.bytes.len(), decode::is_base64)?;
            let body = start.saturating_add(length);
            let padding = part(self.bytes, body, body.saturating_add(2));
            let padding = padding.iter().take_while(|byte| **byte == b'=').count();
            if length == 0 {
                return Ok(end);
            }
            end = body.saturating_add(padding);
            if padding > 0 {
                return Ok(end);
            }
        }
    }

    /// What a run of hexadecimal digits holds, if it is one.
    pub fn hexadecimal_in(&mut self, start: usize, end: usize) -> Result<(), ScanError> {
        let run = part(self.bytes, start, end);
        let named = run.starts_with(b"0x") || run.starts_with(b"0X");
        let start = start.saturating_add(if named { 2 } else { 0 });
        let digits = end.saturating_sub(start);
        let probe = part(self.bytes, start, start.saturating_add(HEXADECIMAL));
        if digits % 2 != 0
            || probe.len() < HEXADECIMAL
            || !probe.iter().all(u8::is_ascii_hexdigit)
            || self.depth() >= self.detectors.limits.decoded_depth
        {
            return Ok(());
        }
        self.pay(digits)?;
        let decoded = decode::hexadecimal(self.bytes, start, end);
        self.inner(decoded, "")
    }

    fn inner(&mut self, decoded: Option<Decoded>, label: &str) -> Result<(), ScanError> {
        let Some(decoded) = decoded else {
            return Ok(());
        };
        self.found.decoded = self.found.decoded.saturating_add(decoded.text.len());
        if self.found.decoded > self.detectors.limits.decoded_bytes as usize {
            return Err(ScanError::Decoded);
        }
        let frame = Frame {
            origin: &decoded.origin,
            parent: self.frame,
            depth: self.depth().saturating_add(1),
        };
        let input = Input {
            text: &decoded.text,
            label,
            direction: self.direction,
        };
        Pass::new(
            self.detectors,
            self.wanted,
            input,
            Some(&frame),
            self.gas,
            self.found,
        )
        .run()
    }
}
