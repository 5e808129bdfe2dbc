//! Calls to decide on: one JSON document, or one call a line, read as they come.

use std::fs::File as Handle;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use callgate_json::Document;
use callgate_model::Limits;

use crate::error::Error;
use crate::input::{self, File};

/// Bytes read at once. 64 KiB: some hundred calls.
const BUFFER_BYTES: usize = 65_536;

/// The calls of one input, in order.
pub struct Calls {
    reader: BufReader<Box<dyn Read>>,
    path: Box<Path>,
    /// Lines read so far.
    lines: u32,
    /// What was read to find out how the calls are laid out.
    first: Option<Result<Rc<File>, Error>>,
}

impl Calls {
    /// Opens an input; `-` is standard input.
    ///
    /// The calls stand one a line when `lines` says so, the name ends in `.jsonl` or `.ndjson`, or
    /// the first line is a whole JSON value. Else the whole text is one call.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(path: &Path, lines: Lines) -> Result<Self, Error> {
        let reader: Box<dyn Read> = if input::is_dash(path) {
            Box::new(io::stdin())
        } else {
            Box::new(Handle::open(path).map_err(|reason| input::unreadable(path, reason))?)
        };
        let reader = BufReader::with_capacity(BUFFER_BYTES, reader);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let named = matches!(ending, Some("jsonl" | "ndjson"));
        let mut calls = Self {
            reader,
            path: path.into(),
            lines: 0,
            first: None,
        };
        if named || lines == Lines::Always {
            return Ok(calls);
        }
        let Some(first) = calls.line()? else {
            return Ok(calls);
        };
        let limits = Limits::default();
        let whole = Document::parse(&first.bytes, &limits.json).is_ok();
        calls.first = Some(if whole {
            calls.text(first)
        } else {
            calls.rest(first)
        });
        Ok(calls)
    }

    /// Whether the next call has to be waited for.
    pub fn would_wait(&self) -> bool {
        self.first.is_none() && !self.reader.buffer().contains(&b'\n')
    }

    /// The whole input, of which `first` was read already.
    fn rest(&mut self, first: Line) -> Result<Rc<File>, Error> {
        let mut bytes = first.bytes;
        bytes.push(b'\n');
        let limit = u64::from(Limits::default().json.bytes).saturating_add(1);
        let rest = self.reader.by_ref().take(limit).read_to_end(&mut bytes);
        rest.map_err(|reason| input::unreadable(&self.path, reason))?;
        self.text(Line {
            bytes,
            number: first.number,
        })
    }

    /// The next line that is not blank.
    fn line(&mut self) -> Result<Option<Line>, Error> {
        let limit = u64::from(Limits::default().json.bytes).saturating_add(2);
        loop {
            let mut bytes = Vec::new();
            let read = self
                .reader
                .by_ref()
                .take(limit)
                .read_until(b'\n', &mut bytes);
            let read = read.map_err(|reason| input::unreadable(&self.path, reason))?;
            if read == 0 {
                return Ok(None);
            }
            // What is left of an overlong line must not be taken for the next one.
            let cut = u64::try_from(read).unwrap_or(u64::MAX) == limit && !bytes.ends_with(b"\n");
            if cut {
                let skipped = self.reader.skip_until(b'\n');
                skipped.map_err(|reason| input::unreadable(&self.path, reason))?;
            }
            self.lines = self.lines.saturating_add(1);
            if !bytes.trim_ascii().is_empty() {
                // The end of the line is no part of the call, and an error there no next line.
                let kept = bytes.trim_ascii_end().len();
                bytes.truncate(kept);
                return Ok(Some(Line {
                    bytes,
                    number: self.lines,
                }));
            }
        }
    }

    fn text(&self, line: Line) -> Result<Rc<File>, Error> {
        let name = input::name_of(&self.path);
        input::text(name, line.bytes, line.number).map(Rc::new)
    }
}

impl Iterator for Calls {
    type Item = Result<Rc<File>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        match self.line() {
            Ok(line) => line.map(|line| self.text(line)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Whether calls stand one a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Always.
    Always,
    /// As name and first line suggest.
    Guess,
}

struct Line {
    bytes: Vec<u8>,
    number: u32,
}
