//! Views of a document: cheap to copy, nothing is built to be looked at.

use crate::document::{Buffers, Document, Node, Tag};
use crate::{Number, keys, order, pointer, same_bytes};

/// One value of a document.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document<'d>,
    at: u32,
}

/// A value taken apart, in one look.
#[derive(Debug, Clone, Copy)]
pub enum View<'d> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, still as text.
    Number(Number<'d>),
    /// A string, unescaped.
    String(&'d str),
    /// An array.
    Array(Array<'d>),
    /// An object.
    Object(Object<'d>),
}

/// The six kinds of JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, still as text.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The name in the field's words, with its article.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

const NOTHING: Node = Node {
    start: 0,
    end: 0,
    next: 0,
    count: 0,
    index: 0,
    tag: Tag::Null,
};

impl<'d> Value<'d> {
    #[inline]
    pub(crate) fn new(document: &'d Document<'d>, at: u32) -> Self {
        Self { document, at }
    }

    #[inline]
    fn node(self) -> &'d Node {
        let nodes = &self.document.tape.nodes;
        nodes.get(self.at as usize).unwrap_or(&NOTHING)
    }

    /// The value taken apart.
    #[inline]
    pub fn view(self) -> View<'d> {
        let node = self.node();
        match node.tag {
            Tag::Null => View::Null,
            Tag::True => View::Bool(true),
            Tag::False => View::Bool(false),
            Tag::Integer => View::Number(Number::integer(plain(&self.document.source, node))),
            Tag::Fraction => View::Number(Number::fraction(plain(&self.document.source, node))),
            Tag::Plain => View::String(plain(&self.document.source, node)),
            Tag::Unescaped => View::String(unescaped(&self.document.tape, node)),
            Tag::Array => View::Array(Array { value: self }),
            Tag::Object => View::Object(Object { value: self }),
        }
    }

    /// What kind of value this is.
    pub fn kind(self) -> Kind {
        match self.node().tag {
            Tag::Null => Kind::Null,
            Tag::True | Tag::False => Kind::Bool,
            Tag::Integer | Tag::Fraction => Kind::Number,
            Tag::Plain | Tag::Unescaped => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object => Kind::Object,
        }
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.node().tag {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }

    /// The unescaped string, if it is one; never allocates.
    #[inline]
    pub fn as_str(self) -> Option<&'d str> {
        let node = self.node();
        match node.tag {
            Tag::Plain => Some(plain(&self.document.source, node)),
            Tag::Unescaped => Some(unescaped(&self.document.tape, node)),
            _ => None,
        }
    }

    /// The bytes of the unescaped string, if it is one: for who only compares them.
    #[inline]
    pub fn as_bytes(self) -> Option<&'d [u8]> {
        let node = self.node();
        match node.tag {
            Tag::Plain => self.document.source.as_bytes().get(node.range()),
            Tag::Unescaped => Some(unescaped(&self.document.tape, node).as_bytes()),
            _ => None,
        }
    }

    /// The integer literal of at most 18 digits, if it is one: no other needs a closer look to be told
    /// from what is beyond 64 bits.
    #[inline]
    pub fn as_small_integer(self) -> Option<i64> {
        let node = self.node();
        if node.tag != Tag::Integer {
            return None;
        }
        small_integer(self.document.source.as_bytes().get(node.range())?)
    }

    /// The number, if it is one.
    pub fn as_number(self) -> Option<Number<'d>> {
        match self.node().tag {
            Tag::Integer => Some(Number::integer(self.raw())),
            Tag::Fraction => Some(Number::fraction(self.raw())),
            _ => None,
        }
    }

    /// The array, if it is one.
    #[inline]
    pub fn as_array(self) -> Option<Array<'d>> {
        (self.node().tag == Tag::Array).then_some(Array { value: self })
    }

    /// The object, if it is one.
    #[inline]
    pub fn as_object(self) -> Option<Object<'d>> {
        (self.node().tag == Tag::Object).then_some(Object { value: self })
    }

    /// Whether this is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.node().tag == Tag::Null
    }

    /// The value at a JSON Pointer (RFC 6901); the empty pointer is the value itself.
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        pointer::resolve(self, pointer)
    }

    /// The value as it stands in the source, strings with their quotes.
    pub fn raw(self) -> &'d str {
        let span = self.span();
        let range = span.0 as usize..span.1 as usize;
        self.document.source.get(range).unwrap_or_default()
    }

    /// Where the value starts in the source, in bytes.
    pub fn offset(self) -> u32 {
        self.span().0
    }

    /// Start and end of the value in the source, in bytes.
    pub fn span(self) -> (u32, u32) {
        let node = self.node();
        match node.tag {
            Tag::Plain | Tag::Unescaped => {
                (node.start.saturating_sub(1), node.end.saturating_add(1))
            }
            _ => (node.start, node.end),
        }
    }

    /// A number that differs for each value of the document.
    pub fn id(self) -> u32 {
        self.at
    }

    fn after(self) -> u32 {
        self.document.tape.after(self.at)
    }
}

/// Digits that fit an `i64` whatever they are.
const SMALL_DIGITS: usize = 18;

#[inline]
fn small_integer(literal: &[u8]) -> Option<i64> {
    let (negative, digits) = match literal.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, literal),
    };
    if digits.len() > SMALL_DIGITS {
        return None;
    }
    let add = |sum: i64, digit: &u8| {
        sum.wrapping_mul(10)
            .wrapping_add(i64::from(digit.wrapping_sub(b'0')))
    };
    let sum = digits.iter().fold(0, add);
    Some(if negative { sum.wrapping_neg() } else { sum })
}

fn plain<'d>(source: &'d str, node: &Node) -> &'d str {
    source.get(node.range()).unwrap_or_default()
}

fn unescaped<'d>(tape: &'d Buffers, node: &Node) -> &'d str {
    let range = node.next as usize..node.count as usize;
    tape.unescaped.get(range).unwrap_or_default()
}

impl Buffers {
    /// The text of the string or key node `at`.
    pub(crate) fn text<'s>(&'s self, source: &'s str, at: u32) -> &'s str {
        match self.nodes.get(at as usize) {
            Some(node) if node.tag == Tag::Unescaped => unescaped(self, node),
            Some(node) => plain(source, node),
            None => "",
        }
    }

    /// The node after the value at `at` and all its children.
    #[inline]
    pub(crate) fn after(&self, at: u32) -> u32 {
        match self.nodes.get(at as usize) {
            Some(node) if matches!(node.tag, Tag::Array | Tag::Object) => node.next,
            _ => at.wrapping_add(1),
        }
    }
}

/// The elements of an array, in order.
#[derive(Clone, Copy)]
pub struct Array<'d> {
    value: Value<'d>,
}

impl<'d> Array<'d> {
    /// Number of elements.
    pub fn len(self) -> usize {
        self.value.node().count as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, counted from 0. Walks from the front.
    pub fn get(self, index: usize) -> Option<Value<'d>> {
        self.iter().nth(index)
    }

    /// The elements in order.
    pub fn iter(self) -> Elements<'d> {
        Elements {
            next: Value::new(self.value.document, self.value.at.wrapping_add(1)),
            left: self.len(),
        }
    }

    /// The array as a value.
    pub fn value(self) -> Value<'d> {
        self.value
    }
}

/// Iterator over the elements of an [`Array`].
#[derive(Clone)]
pub struct Elements<'d> {
    next: Value<'d>,
    left: usize,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        self.left = self.left.checked_sub(1)?;
        let value = self.next;
        self.next = Value::new(value.document, value.after());
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// The members of an object.
#[derive(Clone, Copy)]
pub struct Object<'d> {
    value: Value<'d>,
}

impl<'d> Object<'d> {
    /// Number of members.
    pub fn len(self) -> usize {
        self.value.node().count as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The member named `key`.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        match self.index() {
            None => self.scan(key),
            Some(index) => {
                let document = self.value.document;
                let text = |at: &u32| document.tape.text(&document.source, *at);
                let found = index.binary_search_by(|at| order::compare_keys(text(at), key));
                let at = index.get(found.ok()?)?;
                Some(Value::new(document, at.wrapping_add(1)))
            }
        }
    }

    /// Looks at one key after the other; lengths differ more often than letters.
    fn scan(self, key: &str) -> Option<Value<'d>> {
        let document = self.value.document;
        let nodes = &*document.tape.nodes;
        let source = document.source.as_bytes();
        let mut at = self.value.at.wrapping_add(1);
        for _ in 0..self.len() {
            let node = nodes.get(at as usize)?;
            let found = match node.tag {
                Tag::Unescaped => unescaped(&document.tape, node) == key,
                _ => {
                    let length = node.end.wrapping_sub(node.start) as usize;
                    let found = || source.get(node.range());
                    length == key.len()
                        && found().is_some_and(|found| same_bytes(found, key.as_bytes()))
                }
            };
            let value = at.wrapping_add(1);
            if found {
                return Some(Value::new(document, value));
            }
            let node = nodes.get(value as usize)?;
            at = match node.tag {
                Tag::Array | Tag::Object => node.next,
                _ => value.wrapping_add(1),
            };
        }
        None
    }

    /// The members with these names, in the order of the names, and whether there are no others.
    /// One pass over the members, whatever their number; `null` counts as absent.
    #[inline]
    pub fn pick<const N: usize>(self, names: &[&str; N]) -> ([Option<Value<'d>>; N], bool) {
        let document = self.value.document;
        let tape = &document.tape;
        let source = document.source.as_bytes();
        let mut picked = [None; N];
        let mut all = true;
        let mut at = self.value.at.wrapping_add(1);
        for _ in 0..self.len() {
            let Some(node) = tape.nodes.get(at as usize) else {
                break;
            };
            let key = match node.tag {
                Tag::Unescaped => unescaped(tape, node).as_bytes(),
                _ => source.get(node.range()).unwrap_or_default(),
            };
            let slot = names.iter().zip(&mut picked).find(|(name, _)| {
                let name = name.as_bytes();
                name.len() == key.len() && name == key
            });
            let value = at.wrapping_add(1);
            let member = Value::new(document, value);
            match slot {
                Some((_, slot)) if !member.is_null() => *slot = Some(member),
                Some(_) => {}
                None => all = false,
            }
            at = tape.after(value);
        }
        (picked, all)
    }

    /// Whether there is a member named `key`.
    pub fn contains(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether a member's name is written with escapes, as in `{"na\u006de": 1}`.
    pub fn has_escaped_key(self) -> bool {
        let tape = &self.value.document.tape;
        let mut key = self.value.at.wrapping_add(1);
        for _ in 0..self.len() {
            if matches!(tape.nodes.get(key as usize), Some(node) if node.tag == Tag::Unescaped) {
                return true;
            }
            key = tape.after(key.wrapping_add(1));
        }
        false
    }

    /// The members as they stand in the document.
    pub fn iter(self) -> Members<'d> {
        Members {
            next: Value::new(self.value.document, self.value.at.wrapping_add(1)),
            left: self.len(),
        }
    }

    /// The keys as they stand in the document, with their places.
    pub fn keys(self) -> impl Iterator<Item = Value<'d>> {
        self.iter()
            .map(|(_, value)| Value::new(value.document, value.at.wrapping_sub(1)))
    }

    /// The members in canonical key order.
    pub fn sorted(self) -> SortedMembers<'d> {
        let mut small = [0; keys::SCANNED as usize];
        if self.index().is_none() {
            let document = self.value.document;
            let mut at = self.value.at.wrapping_add(1);
            for slot in small.iter_mut().take(self.len()) {
                *slot = at;
                at = document.tape.after(at.wrapping_add(1));
            }
            if let Some(keys) = small.get_mut(..self.len()) {
                order::sort_keys(keys, &document.source, &document.tape);
            }
        }
        SortedMembers {
            object: self,
            small,
            at: 0,
        }
    }

    /// The object as a value.
    pub fn value(self) -> Value<'d> {
        self.value
    }

    /// The sorted keys of a large object.
    fn index(self) -> Option<&'d [u32]> {
        let node = self.value.node();
        if node.count <= keys::SCANNED {
            return None;
        }
        let begin = node.index as usize;
        let end = begin.saturating_add(node.count as usize);
        self.value.document.tape.index.get(begin..end)
    }
}

/// Iterator over the members of an [`Object`] in document order.
#[derive(Clone)]
pub struct Members<'d> {
    next: Value<'d>,
    left: usize,
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let document = self.next.document;
        let key = document.tape.text(&document.source, self.next.at);
        let value = Value::new(document, self.next.at.wrapping_add(1));
        self.next = Value::new(document, value.after());
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Iterator over the members of an [`Object`] in canonical key order.
#[derive(Clone)]
pub struct SortedMembers<'d> {
    object: Object<'d>,
    small: [u32; keys::SCANNED as usize],
    at: usize,
}

impl<'d> Iterator for SortedMembers<'d> {
    type Item = (&'d str, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.object.len() {
            return None;
        }
        let index = self.object.index().unwrap_or(&self.small);
        let key = *index.get(self.at)?;
        self.at = self.at.wrapping_add(1);
        let document = self.object.value.document;
        let name = document.tape.text(&document.source, key);
        Some((name, Value::new(document, key.wrapping_add(1))))
    }
}

impl core::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.raw())
    }
}

impl core::fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.value.raw())
    }
}

impl core::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.value.raw())
    }
}
