//! Signed lists of exceptions: whom a control plane lets off which policy, until the next list.

use callgate_json::{Document, Value, Writer};
use callgate_model::{Diagnostic, Limits, Reader, Span, State};

use super::envelope::EXCEPTIONS_TYPE;
use super::{Envelope, TrustedKeys};
use crate::release::json;

/// The only format there is.
const FORMAT: &str = "callgate-exceptions/1";

const KNOWN: &[&str] = &["exceptions", "format", "number", "project"];

/// The exceptions of a project whose signatures held. A list takes the place of one with a smaller number.
#[derive(Debug)]
pub struct Exceptions {
    document: Document<'static>,
    project: String,
    number: u64,
}

impl Exceptions {
    /// The text of a list, to be put into an envelope: `exceptions` is a JSON array as `state.exceptions` has it.
    pub fn write(project: &str, number: u64, exceptions: Value<'_>) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object().key("exceptions").value(exceptions);
        w.key("format").str(FORMAT).key("number").uint(number);
        w.key("project").str(project).end_object();
        // INVARIANT: a writer writes nothing but UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }

    /// Reads a signed list.
    ///
    /// # Errors
    /// Too few trusted keys signed it, or everything that is wrong with it.
    pub fn verify(
        bytes: &[u8],
        trusted: &TrustedKeys,
        limits: &Limits,
    ) -> Result<Self, Vec<Diagnostic>> {
        let envelope = Envelope::read_as(EXCEPTIONS_TYPE, json(bytes, limits)?.root())?;
        let payload = trusted.verify(&envelope).map_err(|found| vec![found])?;
        let payload = payload.bytes();
        // Read once with findings, and once to be kept.
        let (project, number) = {
            let document = json(payload, limits)?;
            let mut reader = Reader::default();
            let list = list(&mut reader, document.root());
            let (project, number, records) = reader.finish(list)?;
            State::EMPTY.lifting(records, |_| Some(0))?;
            require_unique(records)?;
            (project.to_owned(), number)
        };
        let document = Document::parse_owned(payload.to_vec(), &limits.release_json());
        let document = document.map_err(|_| Vec::new())?;
        Ok(Self {
            document,
            project,
            number,
        })
    }

    /// The project that they are of.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Which list it is.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The exceptions, as `state.exceptions` has them.
    pub fn records(&self) -> Option<Value<'_>> {
        self.document.root().as_object()?.get("exceptions")
    }

    /// How many calls the exception with this id is still for as the list says, if they are counted.
    pub fn uses_left(&self, id: &str) -> Option<u64> {
        let mut records = self.records()?.as_array()?.iter();
        let named = |record: &Value<'_>| record.pointer("/id").and_then(Value::as_str) == Some(id);
        let record = records.find(named)?;
        let count = |name: &str| Reader::default().count(record.pointer(name)?, name);
        let uses = count("/uses").unwrap_or(0);
        Some(count("/max_uses")?.saturating_sub(uses))
    }
}

/// An id that repeats would be let off as often as all its records say, and counted by the first.
fn require_unique(records: Value<'_>) -> Result<(), Vec<Diagnostic>> {
    let mut ids = Vec::new();
    for record in records.as_array().iter().flat_map(|array| array.iter()) {
        if let Some(id) = record.pointer("/id") {
            ids.push((id.as_str().unwrap_or_default(), record.span()));
        }
    }
    callgate_json::sort_by(&mut ids, |(left, _), (right, _)| left.cmp(right));
    let pairs = ids.iter().zip(ids.iter().skip(1));
    let repeats = pairs.filter(|((one, _), (next, _))| one == next);
    let finding = |(_, (id, span)): (_, &(&str, _))| {
        let message = ["the exception `", id, "` is listed twice"].concat();
        Diagnostic::error("DUPLICATE_EXCEPTION", Span::from(*span), message)
    };
    let found: Vec<_> = repeats.map(finding).collect();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn list<'a>(reader: &mut Reader, root: Value<'a>) -> Option<(&'a str, u64, Value<'a>)> {
    let what = "a list of exceptions";
    let fields = reader.fields(root, what, KNOWN)?;
    let format = reader.required(fields, "format", what)?;
    reader.choice(format, "`format`", &[(FORMAT, ())])?;
    let project = reader.required(fields, "project", what)?;
    let number = reader.required(fields, "number", what)?;
    Some((
        reader.string(project, "`project`")?,
        reader.count(number, "`number`")?,
        reader.required(fields, "exceptions", what)?,
    ))
}
