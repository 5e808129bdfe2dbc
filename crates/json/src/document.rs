//! The validated text: a flat tape of nodes over the source bytes.

use std::borrow::Cow;

use crate::{Error, Limits, Value, reader};

/// A validated JSON text. Borrows its source, or owns it ([`Document::parse_owned`]).
#[derive(Debug, Clone)]
pub struct Document<'a> {
    pub(crate) source: Cow<'a, str>,
    pub(crate) tape: Buffers,
}

/// What a tape is made of; keep it to read the next text without allocating.
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    pub(crate) nodes: Vec<Node>,
    /// Strings that had escapes, unescaped, one after the other.
    pub(crate) unescaped: String,
    /// Key nodes of large objects in canonical order.
    pub(crate) index: Vec<u32>,
    /// Containers that are open while reading, outermost first.
    pub(crate) open: Vec<reader::Open>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Null,
    True,
    False,
    Integer,
    Fraction,
    /// A string or key that stands in the source as it is.
    Plain,
    /// A string or key that had escapes.
    Unescaped,
    Array,
    Object,
}

/// One value or key. Containers are followed by their children; object children alternate key, value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// Byte range in the source; strings without their quotes.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Containers: the node after the last child. Unescaped: start in `unescaped`.
    pub(crate) next: u32,
    /// Containers: number of elements or members. Unescaped: end in `unescaped`.
    pub(crate) count: u32,
    /// Large objects: where their keys start in `index`.
    pub(crate) index: u32,
    pub(crate) tag: Tag,
}

impl Node {
    /// The bytes of the source it stands for.
    #[inline]
    pub(crate) fn range(&self) -> core::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl<'a> Document<'a> {
    /// Reads `bytes` as one JSON text.
    ///
    /// # Errors
    /// The first violation of RFC 8259, of the crate's stricter rules, or of `limits`.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Self::parse_in(bytes, limits, Buffers::default())
    }

    /// Like [`parse`](Self::parse), into buffers of an earlier document.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_in(bytes: &'a [u8], limits: &Limits, buffers: Buffers) -> Result<Self, Error> {
        let (source, tape) = reader::read(bytes, limits, buffers)?;
        let source = Cow::Borrowed(source);
        Ok(Self { source, tape })
    }

    /// Like [`parse`](Self::parse), keeping the bytes.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_owned(bytes: Vec<u8>, limits: &Limits) -> Result<Document<'static>, Error> {
        let (_, tape) = reader::read(&bytes, limits, Buffers::default())?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Document {
                source: Cow::Owned(text),
                tape,
            }),
            Err(_) => Err(Error {
                code: crate::ErrorCode::InvalidUtf8,
                offset: 0,
            }),
        }
    }

    /// The whole value.
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// The text that was read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Gives the buffers back for the next text.
    pub fn into_buffers(self) -> Buffers {
        self.tape
    }
}
