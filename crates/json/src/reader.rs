//! Bytes to tape: one pass, no recursion, every limit checked where it is hit.

use crate::document::{Buffers, Node, Tag};
use crate::text::{self, Scanned, error};
use crate::{Error, ErrorCode, Limits, order};

/// Objects with more members than this get a sorted key index; below it a scan is faster.
pub(crate) const SCANNED_KEYS: u32 = 8;

/// Reads one text, and returns it as `str` with its tape.
pub(crate) fn read<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    mut buffers: Buffers,
) -> Result<(&'a str, Buffers), Error> {
    if bytes.len() > limits.bytes as usize || u32::try_from(bytes.len()).is_err() {
        return Err(error(ErrorCode::TooLarge, limits.bytes as usize));
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Err(error(ErrorCode::Bom, 0));
    }
    let source = match core::str::from_utf8(bytes) {
        Ok(source) => source,
        Err(invalid) => return Err(error(ErrorCode::InvalidUtf8, invalid.valid_up_to())),
    };
    buffers.nodes.clear();
    buffers.unescaped.clear();
    buffers.index.clear();
    buffers.open.clear();
    buffers.nodes.reserve(bytes.len().wrapping_div(8).min(4096));
    let mut reader = Reader {
        source,
        bytes,
        at: 0,
        limits,
        tape: buffers,
        values: 0,
        error: Error {
            code: ErrorCode::UnexpectedEnd,
            offset: 0,
        },
    };
    match reader.document() {
        Some(()) => Ok((source, reader.tape)),
        None => Err(reader.error),
    }
}

struct Reader<'a, 'l> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'l Limits,
    tape: Buffers,
    values: u32,
    /// What a method that returns `None` found: kept here, results stay in registers.
    error: Error,
}

/// A container whose end has not come yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    node: u32,
    count: u32,
    object: bool,
    /// One bit for each key so far, chosen by its length and ends.
    seen: u64,
    /// Two keys chose the same bit, or one had escapes: only a comparison can tell.
    compare: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// After an element, a member, or the root.
    Separator,
}

impl Reader<'_, '_> {
    #[cold]
    fn fail<T>(&mut self, code: ErrorCode, offset: usize) -> Option<T> {
        self.error = error(code, offset);
        None
    }

    fn document(&mut self) -> Option<()> {
        // The innermost open container is kept at hand, those around it on a stack.
        let mut top = None;
        while self.value(&mut top)? == Next::Value || self.separators(&mut top)? == Next::Value {}
        self.skip_space();
        match self.peek() {
            None => Some(()),
            Some(_) => self.fail(ErrorCode::TrailingData, self.at),
        }
    }

    #[inline]
    fn value(&mut self, top: &mut Option<Open>) -> Option<Next> {
        self.skip_space();
        self.values = self.values.wrapping_add(1);
        if self.values > self.limits.nodes {
            return self.fail(ErrorCode::TooManyNodes, self.at);
        }
        match self.peek() {
            Some(b'"') => self.string().map(|_| Next::Separator),
            Some(b'{') => self.open(top, true),
            Some(b'[') => self.open(top, false),
            Some(b't') => self.word("true", Tag::True),
            Some(b'f') => self.word("false", Tag::False),
            Some(b'n') => self.word("null", Tag::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.fail(ErrorCode::UnexpectedByte, self.at),
            None => self.fail(ErrorCode::UnexpectedEnd, self.at),
        }
    }

    #[inline]
    fn open(&mut self, top: &mut Option<Open>, object: bool) -> Option<Next> {
        let depth = self
            .tape
            .open
            .len()
            .wrapping_add(usize::from(top.is_some()));
        if depth >= self.limits.depth as usize {
            return self.fail(ErrorCode::TooDeep, self.at);
        }
        let (tag, close) = match object {
            true => (Tag::Object, b'}'),
            false => (Tag::Array, b']'),
        };
        let node = self.push(tag, self.at, self.at);
        let mut open = Open {
            node,
            count: 0,
            object,
            seen: 0,
            compare: false,
        };
        self.at = self.at.wrapping_add(1);
        self.skip_space();
        if self.peek() == Some(close) {
            self.close(open)?;
            return Some(Next::Separator);
        }
        open.count = 1;
        if object {
            self.key(&mut open)?;
        }
        if let Some(outer) = top.replace(open) {
            self.tape.open.push(outer);
        }
        Some(Next::Value)
    }

    /// After a value: the ends of containers, then a comma and what stands before the next value.
    #[inline]
    fn separators(&mut self, top: &mut Option<Open>) -> Option<Next> {
        while let Some(open) = top {
            self.skip_space();
            match (self.peek(), open.object) {
                (Some(b','), object) => {
                    self.at = self.at.wrapping_add(1);
                    open.count = open.count.wrapping_add(1);
                    if object {
                        self.skip_space();
                        self.key(open)?;
                    }
                    return Some(Next::Value);
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    self.close(*open)?;
                    *top = self.tape.open.pop();
                }
                (None, _) => return self.fail(ErrorCode::UnexpectedEnd, self.at),
                (Some(_), _) => return self.fail(ErrorCode::UnexpectedByte, self.at),
            }
        }
        Some(Next::Separator)
    }

    #[inline]
    fn key(&mut self, open: &mut Open) -> Option<()> {
        match self.peek() {
            Some(b'"') => {}
            None => return self.fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => return self.fail(ErrorCode::UnexpectedByte, self.at),
        }
        if open.count > self.limits.keys {
            return self.fail(ErrorCode::TooManyKeys, self.at);
        }
        let start = self.at.wrapping_add(1);
        if self.string()? == Tag::Plain {
            let end = self.at.wrapping_sub(1);
            let bit = signature(self.bytes.get(start..end).unwrap_or_default());
            open.compare |= open.seen & bit != 0;
            open.seen |= bit;
        } else {
            open.compare = true;
        }
        self.skip_space();
        match self.peek() {
            Some(b':') => {
                self.at = self.at.wrapping_add(1);
                Some(())
            }
            None => self.fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => self.fail(ErrorCode::UnexpectedByte, self.at),
        }
    }

    fn close(&mut self, open: Open) -> Option<()> {
        self.at = self.at.wrapping_add(1);
        let next = as_u32(self.tape.nodes.len());
        let end = as_u32(self.at);
        if let Some(node) = self.node_mut(open.node) {
            node.next = next;
            node.end = end;
            node.count = open.count;
        }
        match open.object && (open.compare || open.count > SCANNED_KEYS) {
            true => self.reject_duplicates(open.node, open.count),
            false => Some(()),
        }
    }

    fn reject_duplicates(&mut self, object: u32, count: u32) -> Option<()> {
        if count > SCANNED_KEYS {
            return self.index_keys(object);
        }
        let mut seen: [(u32, &str); SCANNED_KEYS as usize] = [(0, ""); SCANNED_KEYS as usize];
        let mut duplicate = None;
        let mut at = object.wrapping_add(1);
        for number in 0..count as usize {
            let key = self.tape.text(self.source, at);
            let (earlier, _) = seen.split_at_checked(number).unwrap_or_default();
            if earlier.iter().any(|(_, other)| *other == key) {
                duplicate = Some(at);
                break;
            }
            if let Some(slot) = seen.get_mut(number) {
                *slot = (at, key);
            }
            at = self.tape.after(at.wrapping_add(1));
        }
        match duplicate {
            None => Some(()),
            Some(key) => self.duplicate(key),
        }
    }

    /// Sorts the keys of a large object once: duplicates become neighbours, look-ups a binary search.
    fn index_keys(&mut self, object: u32) -> Option<()> {
        let begin = self.tape.index.len();
        let count = self.node(object).map_or(0, |node| node.count);
        let mut at = object.wrapping_add(1);
        for _ in 0..count {
            self.tape.index.push(at);
            at = self.tape.after(at.wrapping_add(1));
        }
        let mut index = core::mem::take(&mut self.tape.index);
        let mut duplicate = None;
        if let Some(keys) = index.get_mut(begin..) {
            let text = |key: u32| self.tape.text(self.source, key);
            keys.sort_by(|a, b| order::compare_keys(text(*a), text(*b)));
            let pairs = keys.iter().zip(keys.iter().skip(1));
            duplicate = pairs
                .filter(|(a, b)| text(**a) == text(**b))
                .map(|(_, second)| *second)
                .min();
        }
        self.tape.index = index;
        if let Some(key) = duplicate {
            return self.duplicate(key);
        }
        if let Some(node) = self.node_mut(object) {
            node.index = as_u32(begin);
        }
        Some(())
    }

    fn duplicate<T>(&mut self, key: u32) -> Option<T> {
        let start = self.node(key).map_or(0, |node| node.start);
        self.fail(ErrorCode::DuplicateKey, (start as usize).saturating_sub(1))
    }

    #[inline(always)]
    fn string(&mut self) -> Option<Tag> {
        let start = self.at.wrapping_add(1);
        match text::scan(self.bytes, start) {
            Scanned::Plain { end } => {
                self.push(Tag::Plain, start, end);
                self.at = end.wrapping_add(1);
                Some(Tag::Plain)
            }
            Scanned::Escaped { at } => self.escaped_string(start, at),
            Scanned::Invalid(code, at) => self.fail(code, at),
        }
    }

    /// Reads on in a string whose first escape is at `at`.
    #[inline(never)]
    fn escaped_string(&mut self, start: usize, at: usize) -> Option<Tag> {
        let from = self.tape.unescaped.len();
        let end = match text::unescape(self.source, start, at, &mut self.tape.unescaped) {
            Ok(end) => end,
            Err(error) => {
                self.error = error;
                return None;
            }
        };
        let to = self.tape.unescaped.len();
        let node = self.push(Tag::Unescaped, start, end);
        if let Some(node) = self.node_mut(node) {
            node.next = as_u32(from);
            node.count = as_u32(to);
        }
        self.at = end.wrapping_add(1);
        Some(Tag::Unescaped)
    }

    fn word(&mut self, word: &str, tag: Tag) -> Option<Next> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            let end = self.at.wrapping_add(word.len());
            self.push(tag, self.at, end);
            self.at = end;
            return Some(Next::Separator);
        }
        let same = rest.iter().zip(word.bytes()).take_while(|(a, b)| **a == *b);
        let at = self.at.wrapping_add(same.count());
        match self.bytes.get(at) {
            None => self.fail(ErrorCode::UnexpectedEnd, at),
            Some(_) => self.fail(ErrorCode::UnexpectedByte, at),
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259 section 6).
    fn number(&mut self) -> Option<Next> {
        let start = self.at;
        let mut tag = Tag::Integer;
        if self.peek() == Some(b'-') {
            self.at = self.at.wrapping_add(1);
        }
        match self.peek() {
            Some(b'0') => self.at = self.at.wrapping_add(1),
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            tag = Tag::Fraction;
            self.at = self.at.wrapping_add(1);
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            tag = Tag::Fraction;
            self.at = self.at.wrapping_add(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at = self.at.wrapping_add(1);
            }
            self.digits()?;
        }
        if matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
        ) {
            return self.fail(ErrorCode::InvalidNumber, self.at);
        }
        if self.at.wrapping_sub(start) > self.limits.number_bytes as usize {
            return self.fail(ErrorCode::NumberTooLong, start);
        }
        self.push(tag, start, self.at);
        Some(Next::Separator)
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at = self.at.wrapping_add(1);
        }
        match self.peek() {
            _ if self.at > start => Some(()),
            None => self.fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => self.fail(ErrorCode::InvalidNumber, self.at),
        }
    }

    #[inline]
    fn push(&mut self, tag: Tag, start: usize, end: usize) -> u32 {
        let node = as_u32(self.tape.nodes.len());
        self.tape.nodes.push(Node {
            start: as_u32(start),
            end: as_u32(end),
            next: 0,
            count: 0,
            index: 0,
            tag,
        });
        node
    }

    fn node(&self, node: u32) -> Option<&Node> {
        self.tape.nodes.get(node as usize)
    }

    fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.tape.nodes.get_mut(node as usize)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        if self.peek().is_some_and(|byte| byte > b' ') {
            return;
        }
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.wrapping_add(1);
        }
    }
}

/// One of 64 bits for a key: keys with different bits differ.
#[inline]
fn signature(key: &[u8]) -> u64 {
    let (first, last) = match key {
        [] => (0, 0),
        [only] => (*only, *only),
        [first, .., last] => (*first, *last),
    };
    let mix = key.len().wrapping_mul(13)
        ^ (first as usize).wrapping_mul(5)
        ^ (last as usize).wrapping_mul(3);
    1_u64.wrapping_shl(as_u32(mix & 63))
}

/// INVARIANT: the text is at most `u32::MAX` bytes, and nodes are fewer than its bytes.
#[inline]
fn as_u32(number: usize) -> u32 {
    number as u32
}
