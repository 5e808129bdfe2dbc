//! A text that people write, YAML or JSON, as strict JSON documents that remember where they stood.

use std::sync::Arc;

use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Limits, Span};

/// The notation of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2, core schema, without anchors, aliases and tags.
    #[cfg(feature = "yaml")]
    Yaml,
    /// JSON.
    Json,
}

/// One text and the documents in it.
#[derive(Debug)]
pub struct Source {
    /// The documents in order.
    pub documents: Vec<Mapped>,
}

/// A document that knows the text it came from.
#[derive(Debug)]
pub struct Mapped {
    pub(crate) document: Document<'static>,
    pub(crate) places: Places,
    pub(crate) text: Arc<str>,
}

/// Where the values of a document stand in the text.
#[derive(Debug)]
pub(crate) enum Places {
    /// The text is the document.
    Same,
    /// Sorted by offset in the document: that offset, the place in the text, and how it is written.
    #[cfg(feature = "yaml")]
    Listed(Vec<Place>),
}

#[cfg(feature = "yaml")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) offset: u32,
    pub(crate) span: Span,
    pub(crate) style: Style,
}

/// How a string is written in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Backslash escapes between double quotes.
    Escaped,
    /// Between single quotes, doubled inside.
    #[cfg(feature = "yaml")]
    Single,
    /// As it is, perhaps folded over lines.
    #[cfg(feature = "yaml")]
    Plain,
    /// Below a `|` or `>` header.
    #[cfg(feature = "yaml")]
    Block,
}

impl Format {
    /// The notation that a file name's ending stands for, in any case: a policy in `B.YAML` counts.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            #[cfg(feature = "yaml")]
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Source {
    /// Reads `text`.
    ///
    /// # Errors
    /// The first thing that keeps it from being read.
    pub fn read(text: &str, format: Format, limits: &Limits) -> Result<Self, Box<Diagnostic>> {
        match format {
            #[cfg(feature = "yaml")]
            Format::Yaml => crate::yaml::read(text, limits),
            Format::Json => {
                let bytes = text.as_bytes().to_vec();
                let document = Document::parse_owned(bytes, &limits.release_json());
                let document = document.map_err(|error| {
                    let span = Span::new(error.offset, error.offset.saturating_add(1));
                    let code = error.code;
                    Diagnostic::error(code.as_str(), span, code.describe())
                })?;
                let mapped = Mapped {
                    document,
                    places: Places::Same,
                    text: Arc::from(text),
                };
                Ok(Self {
                    documents: vec![mapped],
                })
            }
        }
    }
}

impl Mapped {
    /// The document.
    pub fn root(&self) -> Value<'_> {
        self.document.root()
    }

    /// The place in the text of a span of the document.
    pub fn locate(&self, span: Span) -> Span {
        match &self.places {
            Places::Same => span,
            #[cfg(feature = "yaml")]
            Places::Listed(places) => {
                let after = places.partition_point(|place| place.offset <= span.start);
                let place = places.get(after.saturating_sub(1));
                place.map_or(Span::default(), |place| place.span)
            }
        }
    }

    /// The finding with its place in the text.
    pub fn relocate(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.span = diagnostic.span.map(|span| self.locate(span));
        diagnostic
    }

    /// Where each byte of the string `value` stands in the text.
    pub fn text_map(&self, value: Value<'_>) -> TextMap {
        let span = self.locate(Span::from(value.span()));
        let style = match &self.places {
            Places::Same => Style::Escaped,
            #[cfg(feature = "yaml")]
            Places::Listed(places) => {
                let after = places.partition_point(|place| place.offset <= value.offset());
                let place = places.get(after.saturating_sub(1));
                place.map_or(Style::Plain, |place| place.style)
            }
        };
        TextMap::align(value.as_str().unwrap_or_default(), &self.text, span, style)
    }
}

/// Where each byte of a string stands in the text it was written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextMap {
    offsets: Vec<u32>,
    end: u32,
}

impl TextMap {
    /// The place in the text of a span of the string.
    pub fn locate(&self, span: Span) -> Span {
        let at = |offset: u32| {
            self.offsets
                .get(offset as usize)
                .copied()
                .unwrap_or(self.end)
        };
        let start = at(span.start);
        let end = match span.end.checked_sub(1) {
            Some(last) if span.end > span.start => at(last).saturating_add(1),
            _ => start,
        };
        Span::new(start, end.max(start))
    }

    /// Walks the string and the text side by side, past what the notation adds.
    fn align(string: &str, text: &str, span: Span, style: Style) -> Self {
        let mut walk = Walk {
            text,
            at: first_byte(text, span, style),
            style,
        };
        let mut offsets = Vec::with_capacity(string.len());
        for character in string.chars() {
            let place = walk.find(character);
            offsets.extend(std::iter::repeat_n(as_u32(place), character.len_utf8()));
        }
        Self {
            end: as_u32(walk.at),
            offsets,
        }
    }
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
    style: Style,
}

impl Walk<'_> {
    /// The place of `wanted`, the next character of the string; moves past it.
    fn find(&mut self, wanted: char) -> usize {
        let mut rest = self.text.get(self.at..).unwrap_or_default();
        while let (Style::Escaped, Some(next)) = (self.style, rest.strip_prefix("\\\n")) {
            // A line continued in double quotes: its break and indentation are not content.
            rest = next.trim_start_matches([' ', '\t']);
            self.at = self.text.len().saturating_sub(rest.len());
        }
        if self.style == Style::Escaped && rest.starts_with('\\') {
            let place = self.at;
            self.at = place.saturating_add(escape_length(rest));
            return place;
        }
        for (skipped, found) in rest.char_indices() {
            let blank = found.is_whitespace();
            if found == wanted || (blank && wanted.is_whitespace()) {
                let place = self.at.saturating_add(skipped);
                self.at = place.saturating_add(self.width(found));
                return place;
            }
            if !blank {
                break;
            }
        }
        self.at
    }

    fn width(&self, found: char) -> usize {
        #[cfg(feature = "yaml")]
        if self.style == Style::Single && found == '\'' {
            return 2;
        }
        found.len_utf8()
    }
}

/// Bytes of the escape at the front of `rest`.
fn escape_length(rest: &str) -> usize {
    let surrogates = rest.len() > 12 && rest.get(6..8) == Some("\\u");
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u')
            if surrogates
                && matches!(
                    rest.as_bytes().get(2..4),
                    Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B'])
                ) =>
        {
            12
        }
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 2,
    }
}

/// Where the first character can stand: after an opening quote or a block header.
fn first_byte(text: &str, span: Span, style: Style) -> usize {
    let start = span.start as usize;
    let rest = text.get(start..).unwrap_or_default();
    match style {
        Style::Escaped => start.saturating_add(usize::from(rest.starts_with('"'))),
        #[cfg(feature = "yaml")]
        Style::Single => start.saturating_add(usize::from(rest.starts_with('\''))),
        #[cfg(feature = "yaml")]
        Style::Plain => start,
        #[cfg(feature = "yaml")]
        Style::Block if rest.starts_with(['|', '>']) => {
            start.saturating_add(rest.find('\n').unwrap_or(0))
        }
        #[cfg(feature = "yaml")]
        Style::Block => start,
    }
}

pub(crate) fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
