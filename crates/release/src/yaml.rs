//! YAML to JSON: events of the parser are written as JSON, and each value's place is kept.
//!
//! YAML 1.2 core schema. Anchors, aliases, tags, keys that are no scalars, and numbers that are
//! not finite are refused: a policy must read the same to every reader.

use std::sync::Arc;

use callgate_json::{Document, canonical};
use callgate_model::{Diagnostic, Limits, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use crate::source::{Mapped, Place, Places, Source, Style, as_u32};

/// Reads every document of `text`.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Source, Box<Diagnostic>> {
    if text.len() > limits.release_bytes as usize {
        let message = format!("the file is larger than {} bytes", limits.release_bytes);
        return Err(Box::new(Diagnostic::error(
            "JSON_TOO_LARGE",
            Span::default(),
            message,
        )));
    }
    let offsets = Offsets::of(text);
    let shared: Arc<str> = Arc::from(text);
    let mut documents = Vec::new();
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, marks) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            Diagnostic::error("YAML_SYNTAX", Span::new(at, at), error.info().to_owned())
        })?;
        let span = offsets.span(marks);
        match event {
            Event::DocumentStart(_) => builder = Builder::default(),
            Event::DocumentEnd => {
                let finished = std::mem::take(&mut builder).finish(&shared, limits)?;
                documents.extend(finished);
                if documents.len() > limits.policies as usize {
                    let message = format!("more than {} documents in one file", limits.policies);
                    return refuse("LIMIT_POLICIES", span, &message);
                }
            }
            Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
            other => builder.event(other, span, limits)?,
        }
    }
    Ok(Source { documents })
}

/// Byte offsets of characters: the parser counts characters.
struct Offsets(Vec<u32>);

impl Offsets {
    fn of(text: &str) -> Self {
        let starts = text.char_indices().map(|(at, _)| as_u32(at));
        Self(starts.chain([as_u32(text.len())]).collect())
    }

    fn byte(&self, character: usize) -> u32 {
        let last = self.0.last().copied().unwrap_or(0);
        self.0.get(character).copied().unwrap_or(last)
    }

    fn span(&self, marks: Marks) -> Span {
        Span::new(self.byte(marks.start.index()), self.byte(marks.end.index()))
    }
}

/// JSON being written.
#[derive(Default)]
struct Builder {
    json: Vec<u8>,
    places: Vec<Place>,
    open: Vec<Container>,
}

enum Container {
    Sequence {
        items: usize,
    },
    /// Counts keys and values alike: an even count means a key comes next.
    Mapping {
        parts: usize,
    },
}

impl Builder {
    fn event(
        &mut self,
        event: Event<'_>,
        span: Span,
        limits: &Limits,
    ) -> Result<(), Box<Diagnostic>> {
        if self.open.len() > limits.json.depth as usize {
            return refuse("JSON_TOO_DEEP", span, "nested deeper than the limit");
        }
        match event {
            Event::Alias(_) => refuse(
                "YAML_ALIAS",
                span,
                "aliases are not supported; write the value out",
            ),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                refuse(
                    "YAML_ALIAS",
                    span,
                    "anchors are not supported; write the value out",
                )
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => refuse("YAML_TAG", span, "tags are not supported"),
            Event::Scalar(text, style, _, None) => self.scalar(&text, style, span),
            Event::SequenceStart(_, None) => {
                self.begin(b'[', Container::Sequence { items: 0 }, span)
            }
            Event::MappingStart(_, None) => self.begin(b'{', Container::Mapping { parts: 0 }, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let close = match self.open.pop() {
                    Some(Container::Mapping { .. }) => b'}',
                    _ => b']',
                };
                self.json.push(close);
                Ok(())
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(
        &mut self,
        bracket: u8,
        container: Container,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        if self.separate() {
            return refuse("YAML_KEY", span, "a key must be a scalar");
        }
        let first_line = Span::new(span.start, span.start.saturating_add(1));
        self.place(first_line, Style::Plain);
        self.json.push(bracket);
        self.open.push(container);
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        let key = self.separate();
        let plain = style == ScalarStyle::Plain;
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Escaped,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        self.place(span, style);
        if key || !plain {
            canonical::write_str(text, &mut self.json);
            return Ok(());
        }
        match resolve(text) {
            Scalar::Literal(literal) => self.json.extend_from_slice(literal.as_bytes()),
            Scalar::Text => canonical::write_str(text, &mut self.json),
            Scalar::NotFinite => {
                return refuse(
                    "YAML_NUMBER",
                    span,
                    "the number must be finite; quote it if it is text",
                );
            }
        }
        Ok(())
    }

    /// Writes what goes between values; true if a key comes next.
    fn separate(&mut self) -> bool {
        let (mark, key) = match self.open.last_mut() {
            None => (None, false),
            Some(Container::Sequence { items }) => {
                *items += 1;
                ((*items > 1).then_some(b','), false)
            }
            Some(Container::Mapping { parts }) => {
                *parts += 1;
                let key = *parts % 2 == 1;
                (
                    Some(if key { b',' } else { b':' }).filter(|_| *parts > 1),
                    key,
                )
            }
        };
        self.json.extend(mark);
        key
    }

    fn place(&mut self, span: Span, style: Style) {
        let offset = as_u32(self.json.len());
        self.places.push(Place {
            offset,
            span,
            style,
        });
    }

    /// The finished document, unless it is empty.
    fn finish(self, text: &Arc<str>, limits: &Limits) -> Result<Option<Mapped>, Box<Diagnostic>> {
        if self.json.is_empty() || self.json == b"null" {
            return Ok(None);
        }
        let places = Places::Listed(self.places);
        match Document::parse_owned(self.json, &limits.release_json()) {
            Ok(document) => Ok(Some(Mapped {
                document,
                places,
                text: Arc::clone(text),
            })),
            Err(error) => {
                let Places::Listed(places) = places else {
                    return Ok(None);
                };
                let after = places.partition_point(|place| place.offset <= error.offset);
                let span = places.get(after.saturating_sub(1)).map(|place| place.span);
                let code = error.code;
                Err(Box::new(Diagnostic::error(
                    code.as_str(),
                    span.unwrap_or_default(),
                    code.describe(),
                )))
            }
        }
    }
}

fn refuse<T>(code: &'static str, span: Span, message: &str) -> Result<T, Box<Diagnostic>> {
    Err(Box::new(Diagnostic::error(code, span, message)))
}

/// What a plain scalar stands for.
enum Scalar {
    Literal(String),
    Text,
    NotFinite,
}

/// The core schema's tag resolution (YAML 1.2.2, section 10.3.2).
fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Literal("null".to_owned()),
        "true" | "True" | "TRUE" => return Scalar::Literal("true".to_owned()),
        "false" | "False" | "FALSE" => return Scalar::Literal("false".to_owned()),
        _ => {}
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Scalar::NotFinite;
    }
    let radix = |prefix: &str, radix: u32| {
        let digits = text.strip_prefix(prefix)?;
        let number = u64::from_str_radix(digits, radix).ok()?;
        (!digits.starts_with('+')).then(|| number.to_string())
    };
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Scalar::Literal(number);
    }
    match decimal(digits) {
        Some(number) => Scalar::Literal(format!("{sign}{number}")),
        None => Scalar::Text,
    }
}

/// `[0-9]+`, or `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, as a JSON number.
fn decimal(text: &str) -> Option<String> {
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let empty = whole.is_empty() && fraction.is_none_or(str::is_empty);
    if empty || !is_digits(whole) || !is_digits(fraction.unwrap_or("")) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut number = if whole.is_empty() {
        "0".to_owned()
    } else {
        whole.to_owned()
    };
    if let Some(fraction) = fraction {
        number.push('.');
        number.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !is_digits(digits) {
            return None;
        }
        number.push('e');
        number.push_str(exponent);
    }
    Some(number)
}
