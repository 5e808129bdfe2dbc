//! Bytes to tape: one pass, no recursion, every limit checked where it is hit.

use core::num::NonZeroU32;

use crate::document::{Buffers, Node, Tag};
use crate::text::{self, Run, error};
use crate::{Error, ErrorCode, Limits, keys};

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
        limits,
        tape: buffers,
        values_left: limits.nodes,
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

/// Methods take what is left of the text and return what is left after them: the place stays in
/// registers, and a look at the next bytes checks one length.
struct Reader<'a, 'l> {
    source: &'a str,
    limits: &'l Limits,
    tape: Buffers,
    values_left: u32,
    /// What a method that returns `None` found: kept here, results stay in registers.
    error: Error,
}

/// A container whose end has not come yet, and that is not empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    /// Its first child; the container's own node is the one before.
    first: NonZeroU32,
    count: u32,
    /// Of an object; none is an array.
    keys: keys::Seen,
}

/// What may come next, and the text from there.
#[derive(Clone, Copy)]
enum Next<'a> {
    Value(&'a [u8]),
    /// A string whose opening quote was seen.
    String(&'a [u8]),
    /// After an element, a member, or the root.
    Separator(&'a [u8]),
}

impl<'a> Reader<'a, '_> {
    fn document(&mut self) -> Option<()> {
        // The innermost open container is kept at hand, those around it on a stack.
        let mut top = None;
        let mut next = Next::Value(self.source.as_bytes());
        loop {
            let rest = match next {
                Next::Value(rest) => match self.value(&mut top, skip_space(rest))? {
                    Next::Separator(rest) => rest,
                    inside => {
                        next = inside;
                        continue;
                    }
                },
                Next::String(text) => self.string_value(text)?,
                Next::Separator(rest) => rest,
            };
            next = match self.separators(&mut top, rest)? {
                Next::Separator([]) => return Some(()),
                Next::Separator(rest) => return self.fail(ErrorCode::TrailingData, rest),
                next => next,
            }
        }
    }

    #[inline(always)]
    fn value(&mut self, top: &mut Option<Open>, rest: &'a [u8]) -> Option<Next<'a>> {
        if let [b'"', text @ ..] = rest {
            return self.string_value(text).map(Next::Separator);
        }
        self.count_value(rest, 0)?;
        match rest {
            [b'{', inside @ ..] => self.open(top, Tag::Object, inside),
            [b'[', inside @ ..] => self.open(top, Tag::Array, inside),
            [b't', ..] => self.word(rest, b"true", Tag::True),
            [b'f', ..] => self.word(rest, b"false", Tag::False),
            [b'n', ..] => self.word(rest, b"null", Tag::Null),
            [b'-' | b'0'..=b'9', ..] => self.number(rest),
            _ => self.unexpected(rest),
        }
    }

    #[inline(always)]
    fn string_value(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        self.count_value(text, 1)?;
        let (_, rest) = self.string(text)?;
        Some(rest)
    }

    /// Counts a value that begins `before` the place of `rest`.
    #[inline(always)]
    fn count_value(&mut self, rest: &[u8], before: usize) -> Option<()> {
        let Some(left) = self.values_left.checked_sub(1) else {
            let offset = self.place(rest).wrapping_sub(before);
            self.error = error(ErrorCode::TooManyNodes, offset);
            return None;
        };
        self.values_left = left;
        Some(())
    }

    #[inline]
    fn open(&mut self, top: &mut Option<Open>, tag: Tag, inside: &'a [u8]) -> Option<Next<'a>> {
        let start = self.place(inside).wrapping_sub(1);
        let around = usize::from(top.is_some());
        if self.tape.open.len().wrapping_add(around) >= self.limits.depth as usize {
            self.error = error(ErrorCode::TooDeep, start);
            return None;
        }
        let first = self.push(tag, start, start);
        let mut open = Open {
            first,
            count: 1,
            keys: keys::Seen::default(),
        };
        let next = match (tag, skip_space(inside)) {
            (Tag::Object, [b'}', rest @ ..]) | (Tag::Array, [b']', rest @ ..]) => {
                open.count = 0;
                self.close(&open, rest)?;
                return Some(Next::Separator(rest));
            }
            (Tag::Object, inside) => self.key(&mut open, inside)?,
            (_, inside) => Next::Value(inside),
        };
        if let Some(outer) = top.replace(open) {
            self.tape.open.push(outer);
        }
        Some(next)
    }

    /// After a value: the ends of containers, then a comma and what stands before the next value;
    /// after the root, what is left.
    #[inline(always)]
    fn separators(&mut self, top: &mut Option<Open>, mut rest: &'a [u8]) -> Option<Next<'a>> {
        while let Some(open) = top {
            rest = skip_space(rest);
            match (rest, open.keys.is_object()) {
                ([b',', after @ ..], object) => {
                    open.count = open.count.wrapping_add(1);
                    return match object {
                        true => self.key(open, skip_space(after)),
                        false => Some(Next::Value(after)),
                    };
                }
                ([b'}', after @ ..], true) | ([b']', after @ ..], false) => {
                    self.close(open, after)?;
                    *top = self.tape.open.pop();
                    rest = after;
                }
                _ => return self.unexpected(rest),
            }
        }
        Some(Next::Separator(skip_space(rest)))
    }

    /// A key and its colon.
    #[inline(always)]
    fn key(&mut self, open: &mut Open, rest: &'a [u8]) -> Option<Next<'a>> {
        let [b'"', text @ ..] = rest else {
            return self.unexpected(rest);
        };
        if open.count > self.limits.keys {
            return self.fail(ErrorCode::TooManyKeys, rest);
        }
        let (signature, rest) = self.string(text)?;
        open.keys.add(signature);
        if let Some(text) = rest.strip_prefix(b":\"") {
            return Some(Next::String(text));
        }
        match skip_space(rest) {
            [b':', rest @ ..] => Some(Next::Value(rest)),
            rest => self.unexpected(rest),
        }
    }

    fn close(&mut self, open: &Open, rest: &[u8]) -> Option<()> {
        let next = as_u32(self.tape.nodes.len());
        let end = as_u32(self.place(rest));
        let object = open.first.get().wrapping_sub(1);
        if let Some(node) = self.tape.nodes.get_mut(object as usize) {
            node.next = next;
            node.end = end;
            node.count = open.count;
        }
        if open.keys.are_unique(open.count) {
            return Some(());
        }
        let key = match keys::duplicate(&mut self.tape, self.source, object, open.count) {
            None => return Some(()),
            Some(key) => self.tape.nodes.get(key as usize),
        };
        let start = key.map_or(0, |node| node.start);
        self.error = error(ErrorCode::DuplicateKey, (start as usize).saturating_sub(1));
        None
    }

    /// The string whose opening quote stands before `text`, with a signature of what it says.
    #[inline(always)]
    fn string(&mut self, text: &'a [u8]) -> Option<(u64, &'a [u8])> {
        let Run { len, hash } = text::clean_run(text);
        let start = self.place(text);
        let end = start.wrapping_add(len);
        if text.get(len) != Some(&b'"') {
            return self.unusual_string(start, end);
        }
        self.push(Tag::Plain, start, end);
        let rest = text.get(len.wrapping_add(1)..);
        Some((keys::signature(hash), rest.unwrap_or_default()))
    }

    /// Reads on in the string that starts at `start` and runs without escapes to `at`.
    #[inline(never)]
    fn unusual_string(&mut self, start: usize, at: usize) -> Option<(u64, &'a [u8])> {
        let from = self.tape.unescaped.len();
        let end = match text::unescape(self.source, start, at, &mut self.tape.unescaped) {
            Ok(end) => end,
            Err(error) => {
                self.error = error;
                return None;
            }
        };
        let to = self.tape.unescaped.len();
        self.push(Tag::Unescaped, start, end);
        if let Some(node) = self.tape.nodes.last_mut() {
            node.next = as_u32(from);
            node.count = as_u32(to);
        }
        let rest = self.source.as_bytes().get(end.wrapping_add(1)..);
        Some((keys::UNKNOWN, rest.unwrap_or_default()))
    }

    #[inline(never)]
    fn word(&mut self, rest: &'a [u8], word: &[u8], tag: Tag) -> Option<Next<'a>> {
        if let Some(after) = rest.strip_prefix(word) {
            self.push(tag, self.place(rest), self.place(after));
            return Some(Next::Separator(after));
        }
        let same = rest.iter().zip(word).take_while(|(a, b)| a == b).count();
        self.unexpected(rest.get(same..).unwrap_or_default())
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?` (RFC 8259 section 6).
    fn number(&mut self, start: &'a [u8]) -> Option<Next<'a>> {
        let mut tag = Tag::Integer;
        let mut rest = start.strip_prefix(b"-").unwrap_or(start);
        rest = match rest {
            [b'0', rest @ ..] => rest,
            _ => self.digits(rest)?,
        };
        if let [b'.', fraction @ ..] = rest {
            tag = Tag::Fraction;
            rest = self.digits(fraction)?;
        }
        if let [b'e' | b'E', exponent @ ..] = rest {
            tag = Tag::Fraction;
            rest = match exponent {
                [b'+' | b'-', digits @ ..] => self.digits(digits)?,
                digits => self.digits(digits)?,
            };
        }
        if let [b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-', ..] = rest {
            return self.fail(ErrorCode::InvalidNumber, rest);
        }
        if start.len().wrapping_sub(rest.len()) > self.limits.number_bytes as usize {
            return self.fail(ErrorCode::NumberTooLong, start);
        }
        self.push(tag, self.place(start), self.place(rest));
        Some(Next::Separator(rest))
    }

    /// At least one digit.
    fn digits(&mut self, start: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = start;
        while let [b'0'..=b'9', after @ ..] = rest {
            rest = after;
        }
        match rest {
            _ if rest.len() < start.len() => Some(rest),
            [] => self.fail(ErrorCode::UnexpectedEnd, rest),
            [_, ..] => self.fail(ErrorCode::InvalidNumber, rest),
        }
    }

    /// Adds a node; returns the number of the one after it.
    #[inline(always)]
    fn push(&mut self, tag: Tag, start: usize, end: usize) -> NonZeroU32 {
        self.tape.nodes.push(Node {
            start: as_u32(start),
            end: as_u32(end),
            next: 0,
            count: 0,
            index: 0,
            tag,
        });
        NonZeroU32::new(as_u32(self.tape.nodes.len())).unwrap_or(NonZeroU32::MAX)
    }

    /// Where in the source `rest` begins.
    #[inline]
    fn place(&self, rest: &[u8]) -> usize {
        self.source.len().wrapping_sub(rest.len())
    }

    #[cold]
    #[inline(never)]
    fn unexpected<T>(&mut self, rest: &[u8]) -> Option<T> {
        match rest {
            [] => self.fail(ErrorCode::UnexpectedEnd, rest),
            [_, ..] => self.fail(ErrorCode::UnexpectedByte, rest),
        }
    }

    #[cold]
    #[inline(never)]
    fn fail<T>(&mut self, code: ErrorCode, rest: &[u8]) -> Option<T> {
        self.error = error(code, self.place(rest));
        None
    }
}

#[inline(always)]
fn skip_space(rest: &[u8]) -> &[u8] {
    match rest {
        [..=b' ', ..] => skip_spaces(rest),
        _ => rest,
    }
}

#[inline(never)]
fn skip_spaces(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', after @ ..] = rest {
        rest = after;
    }
    rest
}

/// INVARIANT: the text is at most `u32::MAX` bytes, and nodes are fewer than its bytes.
#[inline]
pub(crate) fn as_u32(number: usize) -> u32 {
    number as u32
}
