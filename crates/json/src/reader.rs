//! Bytes to tape: one pass, no recursion, every limit checked where it is hit.

use crate::document::{Buffers, Node, Tag};
use crate::text::{self, Scanned};
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
        return fail(ErrorCode::TooLarge, limits.bytes as usize);
    }
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return fail(ErrorCode::Bom, 0);
    }
    let source = match core::str::from_utf8(bytes) {
        Ok(source) => source,
        Err(error) => return fail(ErrorCode::InvalidUtf8, error.valid_up_to()),
    };
    buffers.nodes.clear();
    buffers.unescaped.clear();
    buffers.index.clear();
    buffers.nodes.reserve(bytes.len().wrapping_div(8).min(4096));
    let mut reader = Reader {
        source,
        bytes,
        at: 0,
        limits,
        tape: buffers,
        open: Vec::new(),
        values: 0,
    };
    reader.document()?;
    Ok((source, reader.tape))
}

fn fail<T>(code: ErrorCode, offset: usize) -> Result<T, Error> {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    Err(Error { code, offset })
}

struct Reader<'a, 'l> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'l Limits,
    tape: Buffers,
    /// Nodes of the containers that are open, outermost first.
    open: Vec<u32>,
    values: u32,
}

/// What may come next.
enum Next {
    Value,
    /// After an element, a member, or the root.
    Separator,
}

impl Reader<'_, '_> {
    fn document(&mut self) -> Result<(), Error> {
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.value()?,
                Next::Separator => {
                    let Some(&container) = self.open.last() else {
                        break;
                    };
                    self.separator(container)?
                }
            };
        }
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => fail(ErrorCode::TrailingData, self.at),
        }
    }

    fn value(&mut self) -> Result<Next, Error> {
        self.skip_space();
        self.values = self.values.saturating_add(1);
        if self.values > self.limits.nodes {
            return fail(ErrorCode::TooManyNodes, self.at);
        }
        match self.peek() {
            None => fail(ErrorCode::UnexpectedEnd, self.at),
            Some(b'"') => self.string().map(|()| Next::Separator),
            Some(b'{') => self.open(Tag::Object, b'}'),
            Some(b'[') => self.open(Tag::Array, b']'),
            Some(b't') => self.word("true", Tag::True),
            Some(b'f') => self.word("false", Tag::False),
            Some(b'n') => self.word("null", Tag::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => fail(ErrorCode::UnexpectedByte, self.at),
        }
    }

    fn open(&mut self, tag: Tag, close: u8) -> Result<Next, Error> {
        if self.open.len() >= self.limits.depth as usize {
            return fail(ErrorCode::TooDeep, self.at);
        }
        let node = self.push(tag, self.at, self.at)?;
        self.open.push(node);
        self.at = self.at.wrapping_add(1);
        self.skip_space();
        if self.peek() == Some(close) {
            self.close(node)?;
            return Ok(Next::Separator);
        }
        if tag == Tag::Object {
            self.key(node)?;
        } else {
            self.count(node, u32::MAX)?;
        }
        Ok(Next::Value)
    }

    /// After a value inside `container`: a comma and the next child, or its end.
    fn separator(&mut self, container: u32) -> Result<Next, Error> {
        self.skip_space();
        let object = self.node(container).is_some_and(|n| n.tag == Tag::Object);
        match (self.peek(), object) {
            (Some(b','), true) => {
                self.at = self.at.wrapping_add(1);
                self.skip_space();
                self.key(container)?;
                Ok(Next::Value)
            }
            (Some(b','), false) => {
                self.at = self.at.wrapping_add(1);
                self.count(container, u32::MAX)?;
                Ok(Next::Value)
            }
            (Some(b'}'), true) | (Some(b']'), false) => {
                self.close(container)?;
                Ok(Next::Separator)
            }
            (None, _) => fail(ErrorCode::UnexpectedEnd, self.at),
            (Some(_), _) => fail(ErrorCode::UnexpectedByte, self.at),
        }
    }

    fn key(&mut self, object: u32) -> Result<(), Error> {
        match self.peek() {
            Some(b'"') => {}
            None => return fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => return fail(ErrorCode::UnexpectedByte, self.at),
        }
        self.count(object, self.limits.keys)?;
        self.string()?;
        self.skip_space();
        match self.peek() {
            Some(b':') => {
                self.at = self.at.wrapping_add(1);
                Ok(())
            }
            None => fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => fail(ErrorCode::UnexpectedByte, self.at),
        }
    }

    fn count(&mut self, container: u32, limit: u32) -> Result<(), Error> {
        let at = self.at;
        let Some(node) = self.node_mut(container) else {
            return Ok(());
        };
        node.count = node.count.saturating_add(1);
        if node.count > limit {
            return fail(ErrorCode::TooManyKeys, at);
        }
        Ok(())
    }

    fn close(&mut self, container: u32) -> Result<(), Error> {
        self.at = self.at.wrapping_add(1);
        self.open.pop();
        let next = as_u32(self.tape.nodes.len());
        let end = as_u32(self.at);
        let Some(node) = self.node_mut(container) else {
            return Ok(());
        };
        node.next = next;
        node.end = end;
        if node.tag == Tag::Object && node.count > 1 {
            let count = node.count;
            return self.reject_duplicates(container, count);
        }
        Ok(())
    }

    fn reject_duplicates(&mut self, object: u32, count: u32) -> Result<(), Error> {
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
            None => Ok(()),
            Some(key) => self.duplicate(key),
        }
    }

    /// Sorts the keys of a large object once: duplicates become neighbours, look-ups a binary search.
    fn index_keys(&mut self, object: u32) -> Result<(), Error> {
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
        Ok(())
    }

    fn duplicate<T>(&self, key: u32) -> Result<T, Error> {
        let start = self.node(key).map_or(0, |node| node.start);
        fail(ErrorCode::DuplicateKey, (start as usize).saturating_sub(1))
    }

    fn string(&mut self) -> Result<(), Error> {
        let start = self.at.wrapping_add(1);
        match text::scan(self.bytes, start) {
            Scanned::Plain { end } => {
                self.push(Tag::Plain, start, end)?;
                self.at = end.wrapping_add(1);
                Ok(())
            }
            Scanned::Escaped { at } => {
                let from = self.tape.unescaped.len();
                let end = text::unescape(self.source, start, at, &mut self.tape.unescaped)?;
                let to = self.tape.unescaped.len();
                let node = self.push(Tag::Unescaped, start, end)?;
                if let Some(node) = self.node_mut(node) {
                    node.next = as_u32(from);
                    node.count = as_u32(to);
                }
                self.at = end.wrapping_add(1);
                Ok(())
            }
            Scanned::Invalid(code, at) => fail(code, at),
        }
    }

    fn word(&mut self, word: &str, tag: Tag) -> Result<Next, Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            let end = self.at.wrapping_add(word.len());
            self.push(tag, self.at, end)?;
            self.at = end;
            return Ok(Next::Separator);
        }
        let same = rest.iter().zip(word.bytes()).take_while(|(a, b)| **a == *b);
        let at = self.at.wrapping_add(same.count());
        match self.bytes.get(at) {
            None => fail(ErrorCode::UnexpectedEnd, at),
            Some(_) => fail(ErrorCode::UnexpectedByte, at),
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259 section 6).
    fn number(&mut self) -> Result<Next, Error> {
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
            return fail(ErrorCode::InvalidNumber, self.at);
        }
        if self.at.wrapping_sub(start) > self.limits.number_bytes as usize {
            return fail(ErrorCode::NumberTooLong, start);
        }
        self.push(tag, start, self.at)?;
        Ok(Next::Separator)
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at = self.at.wrapping_add(1);
        }
        match self.peek() {
            _ if self.at > start => Ok(()),
            None => fail(ErrorCode::UnexpectedEnd, self.at),
            Some(_) => fail(ErrorCode::InvalidNumber, self.at),
        }
    }

    fn push(&mut self, tag: Tag, start: usize, end: usize) -> Result<u32, Error> {
        let node = as_u32(self.tape.nodes.len());
        self.tape.nodes.push(Node {
            start: as_u32(start),
            end: as_u32(end),
            next: 0,
            count: 0,
            index: 0,
            tag,
        });
        Ok(node)
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

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.wrapping_add(1);
        }
    }
}

/// Offsets fit: the text is at most `u32::MAX` bytes and nodes are fewer than bytes.
fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
