//! A release: read strictly, written canonically, named by the digest of its content.

use callgate_json::{Document, NumberClass, Value, Writer};
use callgate_model::{Diagnostic, Digest, Limits, Reader, ReleaseRef, Span, Timestamp};

use crate::{Policy, Settings, Zone, zones};

const FORMAT: &str = "callgate-release/1";

/// An immutable snapshot of settings and policies.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// The project it belongs to.
    pub project: String,
    /// Grows by one with each release of the project.
    pub number: u64,
    /// When it was built.
    pub created_at: Option<Timestamp>,
    /// Who built it.
    pub author: String,
    /// Why.
    pub note: String,
    /// What holds for the whole project.
    pub settings: Settings,
    /// Every enabled policy, in order of evaluation.
    pub policies: Vec<Policy>,
    /// Offsets of the time zones that the policies name, sorted by name.
    pub zones: Vec<Zone>,
    /// SHA-256 of the canonical bytes of `{dlp, policies, settings}`, and of `zones` if there are
    /// any. Number, author and date are no content: a rollback is a new release with the old digest.
    pub digest: Digest,
}

/// What a release is built from.
#[derive(Debug, Clone, Default)]
pub struct Build<'b> {
    /// The project's name.
    pub project: &'b str,
    /// The release's number.
    pub number: u64,
    /// When it is built.
    pub created_at: Option<Timestamp>,
    /// Who builds it.
    pub author: &'b str,
    /// Why.
    pub note: &'b str,
    /// What holds for the whole project.
    pub settings: Settings,
    /// The policies in order; those that are not enabled are left out.
    pub policies: &'b [Policy],
    /// Offsets of the time zones that the policies name, sorted by name.
    pub zones: &'b [Zone],
}

impl Build<'_> {
    /// The release file: canonical JSON.
    pub fn to_json(&self) -> String {
        let content = self.content();
        let digest = Digest::of(content.as_bytes());
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object().key("author").str(self.author);
        w.key("created_at");
        match self.created_at {
            Some(at) => w.str(&at.to_string()),
            None => w.null(),
        };
        w.key("digest").str(&digest.to_string());
        w.key("dlp").null();
        w.key("format").str(FORMAT);
        w.key("note").str(self.note);
        w.key("number").uint(self.number);
        self.write_policies(&mut w);
        w.key("project").str(self.project);
        self.settings.write(w.key("settings"));
        self.write_zones(&mut w);
        w.end_object();
        text(out)
    }

    fn content(&self) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object().key("dlp").null();
        self.write_policies(&mut w);
        self.settings.write(w.key("settings"));
        self.write_zones(&mut w);
        w.end_object();
        text(out)
    }

    fn write_zones(&self, w: &mut Writer<'_>) {
        if self.zones.is_empty() {
            return;
        }
        w.key("zones").begin_object();
        for zone in self.zones {
            zone.write(w.key(&zone.name));
        }
        w.end_object();
    }

    fn write_policies(&self, w: &mut Writer<'_>) {
        w.key("policies").begin_array();
        for policy in self.policies.iter().filter(|policy| policy.enabled) {
            policy.write(w);
        }
        w.end_array();
    }
}

/// INVARIANT: a [`Writer`] writes nothing but UTF-8.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

impl Release {
    /// Reads a release file.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans are byte offsets into `bytes`.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let document = json(bytes, limits)?;
        Self::read_value(document.root(), limits)
    }

    /// Reads a release that stands inside another document.
    ///
    /// # Errors
    /// As [`read`](Self::read); spans are byte offsets into that document's text.
    pub fn read_value(root: Value<'_>, limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let release = release(&mut reader, root, limits);
        reader.finish(release)
    }

    /// Number and digest.
    pub fn reference(&self) -> ReleaseRef {
        ReleaseRef {
            number: self.number,
            digest: self.digest,
        }
    }

    /// Whether it may come into force after `current`, or is the same.
    ///
    /// # Errors
    /// It has an older number, or the same number and other content: to go back, the old content is
    /// published under a new number.
    pub fn follows(&self, current: &ReleaseRef) -> Result<(), Diagnostic> {
        let (code, what) = if self.number < current.number {
            ("OLDER_RELEASE", " is older than ")
        } else if self.number == current.number && self.digest != current.digest {
            ("NUMBER_REUSED", " has other content than ")
        } else {
            return Ok(());
        };
        let (new, old) = (self.number.to_string(), current.number.to_string());
        let message = [
            "release ",
            &new,
            what,
            "release ",
            &old,
            ", which is in force",
        ]
        .concat();
        Err(Diagnostic::error(code, Span::default(), message)
            .with_help("to roll back, build the old content under a new number"))
    }
}

const KNOWN: &[&str] = &[
    "author",
    "created_at",
    "digest",
    "dlp",
    "format",
    "note",
    "number",
    "policies",
    "project",
    "settings",
    "zones",
];

/// The JSON of a whole file.
///
/// # Errors
/// The place where it is none; the span is a byte offset into `bytes`.
pub(crate) fn json<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Document<'b>, Vec<Diagnostic>> {
    Document::parse(bytes, &limits.release_json()).map_err(|error| {
        let span = Span::new(error.offset, error.offset);
        vec![Diagnostic::error(
            error.code.as_str(),
            span,
            error.code.describe(),
        )]
    })
}

fn release(reader: &mut Reader, root: Value<'_>, limits: &Limits) -> Option<Release> {
    let what = "a release";
    let fields = reader.fields(root, what, KNOWN)?;
    if let Some(format) = reader.required(fields, "format", what) {
        reader.choice(format, "`format`", &[(FORMAT, ())]);
    }
    if let Some(dlp) = fields.get("dlp") {
        let message = "`dlp` must be null in this format".to_owned();
        reader.error("WRONG_VALUE", dlp, message, None);
    }
    let project = reader.required(fields, "project", what);
    let project = project.and_then(|v| reader.string(v, "`project`"));
    let number = reader.required(fields, "number", what);
    let number = number.and_then(|v| positive(reader, v));
    let settings = reader.required(fields, "settings", what);
    let policies = reader.required(fields, "policies", what);
    let zones = fields.get("zones");
    let digest = reader.required(fields, "digest", what);
    let digest = digest.and_then(|v| digest_of(reader, v, settings, policies, zones));
    let created_at = fields.get("created_at").and_then(|v| created_at(reader, v));
    let author = fields
        .get("author")
        .and_then(|v| reader.string(v, "`author`"));
    let note = fields.get("note").and_then(|v| reader.string(v, "`note`"));
    let settings = settings.and_then(|v| Settings::read(reader, v));
    let policies = policies.and_then(|v| read_policies(reader, v, limits));
    let zones = zones.map_or(Some(Vec::new()), |v| zones::read(reader, v));
    Some(Release {
        project: project?.to_owned(),
        number: number?,
        created_at,
        author: author.unwrap_or_default().to_owned(),
        note: note.unwrap_or_default().to_owned(),
        settings: settings?,
        policies: policies?,
        zones: zones?,
        digest: digest?,
    })
}

fn read_policies(reader: &mut Reader, value: Value<'_>, limits: &Limits) -> Option<Vec<Policy>> {
    let array = reader.array(value, "`policies`")?;
    if array.len() > limits.policies as usize {
        let message = format!("more than {} policies", limits.policies);
        reader.error("LIMIT_POLICIES", value, message, None);
        return None;
    }
    let mut policies = Vec::with_capacity(array.len());
    let mut names = std::collections::BTreeSet::new();
    for element in array.iter() {
        let Some(policy) = Policy::read(reader, element) else {
            continue;
        };
        if !names.insert(policy.name.clone()) {
            let message = format!("two policies are named `{}`", policy.name);
            reader.error("DUPLICATE_POLICY", element, message, None);
        }
        if !policy.enabled {
            let message = format!(
                "policy `{}` is not enabled and cannot be released",
                policy.name
            );
            reader.error("WRONG_VALUE", element, message, None);
        }
        policies.push(policy);
    }
    Some(policies)
}

/// The digest in `value`, if it is that of the content.
fn digest_of(
    reader: &mut Reader,
    value: Value<'_>,
    settings: Option<Value<'_>>,
    policies: Option<Value<'_>>,
    zones: Option<Value<'_>>,
) -> Option<Digest> {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("dlp").null();
    w.key("policies").value(policies?);
    w.key("settings").value(settings?);
    if let Some(zones) = zones {
        w.key("zones").value(zones);
    }
    w.end_object();
    let actual = Digest::of(&out);
    let stated = reader.string(value, "`digest`")?;
    if Digest::parse(stated) != Some(actual) {
        let message = "`digest` is not that of the content".to_owned();
        let help = Some(format!(
            "the content's digest is `{actual}`; build the release again"
        ));
        reader.error("DIGEST_MISMATCH", value, message, help);
        return None;
    }
    Some(actual)
}

fn positive(reader: &mut Reader, value: Value<'_>) -> Option<u64> {
    let number = match value.as_number().map(|n| n.class()) {
        Some(NumberClass::Int(int)) => u64::try_from(int).ok().filter(|n| *n > 0),
        Some(NumberClass::Uint(uint)) => Some(uint),
        _ => None,
    };
    if number.is_none() {
        let message = "`number` must be an integer from 1 on".to_owned();
        reader.error("WRONG_VALUE", value, message, None);
    }
    number
}

fn created_at(reader: &mut Reader, value: Value<'_>) -> Option<Timestamp> {
    let text = reader.string(value, "`created_at`")?;
    let instant = Timestamp::parse_rfc3339(text);
    if instant.is_none() {
        let message = "`created_at` must be an RFC 3339 date-time".to_owned();
        reader.error("WRONG_VALUE", value, message, None);
    }
    instant
}
