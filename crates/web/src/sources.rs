//! The files of a project, as JavaScript hands them over, and the release that they come to.

use std::collections::BTreeMap;

use callgate_answer::place::Places;
use callgate_answer::problem::{self, Text};
use callgate_engine::author::ReviewedPolicy;
use callgate_engine::author::{self, Reviewed, Shape};
use callgate_json::{Document, Writer};
use callgate_model::{Diagnostic, Limits, Reader, Span, Timestamp};
use callgate_release::{Build, CelEffect, Format, Policy, Settings};

use crate::written;

/// The name of a project's own file.
const PROJECT_FILE: &str = "callgate.yaml";

/// One file, as reading the request found it.
pub(crate) struct File {
    name: String,
    text: String,
}

impl File {
    /// Its name without folders.
    fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is the project's own.
    fn is_own(&self) -> bool {
        self.base() == PROJECT_FILE
    }
}

/// What reviewing found in files, by name: whoever reviews them again begins with it.
pub(crate) type Kept = BTreeMap<String, (File, Reviewed)>;

/// Everything that reviewing files found.
pub(crate) struct Review {
    files: Vec<(File, Reviewed)>,
    /// What is wrong with a file beside the others, by its place among them.
    together: Vec<(usize, Diagnostic)>,
    name: String,
    settings: Settings,
}

/// Reads `[{"name":…,"text":…}…]`.
///
/// # Errors
/// What is wrong with that.
pub(crate) fn read(json: &str, limits: &Limits) -> Result<Vec<File>, Vec<Diagnostic>> {
    let document = Document::parse(json.as_bytes(), &limits.release_json())
        .map_err(|error| vec![problem::of_json(error)])?;
    let mut reader = Reader::default();
    let files = reader
        .array(document.root(), "the sources")
        .and_then(|list| {
            let files = list.iter().map(|value| {
                let what = "a source";
                let fields = reader.fields(value, what, &["name", "text"])?;
                let name = reader.required(fields, "name", what);
                let name = name.and_then(|v| reader.string(v, "`name`"));
                let text = reader.required(fields, "text", what);
                let text = text.and_then(|v| reader.string(v, "`text`"));
                Some(File {
                    name: name?.to_owned(),
                    text: text?.to_owned(),
                })
            });
            files.collect::<Vec<_>>().into_iter().collect()
        });
    reader.finish(files)
}

impl Review {
    /// Reviews files by their names: the project's own, policies, and what is neither. Those that `kept`
    /// has with the same text are not looked at again.
    pub(crate) fn of(files: Vec<File>, mut kept: Kept, limits: &Limits) -> Self {
        let mut review = Self {
            files: Vec::with_capacity(files.len()),
            together: Vec::new(),
            name: String::new(),
            settings: Settings::default(),
        };
        for file in files {
            let known = kept.remove(&file.name);
            let known = known.filter(|(known, _)| known.text == file.text && !file.is_own());
            let reviewed = match known {
                Some((_, reviewed)) => reviewed,
                None => review.file(&file, limits),
            };
            review.files.push((file, reviewed));
        }
        review.duplicates();
        review
    }

    /// What was found, for the next time.
    pub(crate) fn into_kept(self) -> Kept {
        let files = self.files.into_iter();
        files
            .map(|(file, found)| (file.name.clone(), (file, found)))
            .collect()
    }

    fn file(&mut self, file: &File, limits: &Limits) -> Reviewed {
        let base = file.base();
        if file.is_own() {
            let read = author::read_project(&file.text, limits);
            let diagnostics = match read {
                Ok(project) => {
                    (self.name, self.settings) = (project.name, project.settings);
                    Vec::new()
                }
                Err(found) => found,
            };
            return Reviewed {
                diagnostics,
                ..Reviewed::default()
            };
        }
        match Format::of_path(base) {
            Some(format) => author::review(&file.text, format, None, limits),
            None => {
                let message = "the name ends in none of `.yaml`, `.yml` and `.json`";
                let help = "that is how files of policies are told from others";
                let diagnostic = Diagnostic::error("UNKNOWN_FORMAT", Span::default(), message);
                Reviewed {
                    diagnostics: vec![diagnostic.with_help(help)],
                    ..Reviewed::default()
                }
            }
        }
    }

    /// Names must differ across files: overrides and exceptions refer to policies by name.
    fn duplicates(&mut self) {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (index, (file, reviewed)) in self.files.iter().enumerate() {
            for policy in &reviewed.policies {
                let (name, place) = (&policy.located.policy.name, policy.located.name);
                let Some(other) = first.get(name) else {
                    first.insert(name.clone(), file.name.clone());
                    continue;
                };
                let message = format!("two policies are named `{name}`");
                let diagnostic = Diagnostic::error("DUPLICATE_POLICY", place, message);
                let help = format!("the other one is in {other}");
                self.together.push((index, diagnostic.with_help(help)));
            }
        }
    }

    /// Whether nothing keeps the policies from being released.
    pub(crate) fn is_sound(&self) -> bool {
        let alone = self
            .files
            .iter()
            .flat_map(|(_, reviewed)| &reviewed.diagnostics);
        let together = self.together.iter().map(|(_, diagnostic)| diagnostic);
        !alone.chain(together).any(Diagnostic::is_error)
    }

    fn enabled(&self) -> Vec<Policy> {
        let policies = self
            .files
            .iter()
            .flat_map(|(_, reviewed)| &reviewed.policies);
        let policies = policies.map(|policy| &policy.located.policy);
        policies.filter(|policy| policy.enabled).cloned().collect()
    }

    /// The text of the release; `with` has its number, author and so on.
    pub(crate) fn build(&self, with: Build<'_>) -> String {
        let project = match with.project {
            "" => &self.name,
            given => given,
        };
        author::build(&self.enabled(), &self.settings, Build { project, ..with })
    }

    /// `{"diagnostics":[…],"ok":…,"policies":[…],"shape":…}`
    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        w.key("diagnostics").begin_array();
        for (index, (file, reviewed)) in self.files.iter().enumerate() {
            let text = Text {
                name: Some(&file.name),
                text: &file.text,
            };
            let together = self.together.iter().filter(|(of, _)| *of == index);
            let found = reviewed.diagnostics.iter();
            let found = found.chain(together.map(|(_, diagnostic)| diagnostic));
            problem::write_all(found, text, w);
        }
        w.end_array().key("ok").bool(self.is_sound());
        w.key("policies").begin_array();
        for (file, reviewed) in &self.files {
            let places = Places::of(&file.text);
            for policy in &reviewed.policies {
                write_policy(file, policy, &places, w);
            }
        }
        w.end_array();
        w.key("shape").str(match Shape::of(&self.enabled()) {
            Shape::Empty => "empty",
            Shape::DenyOnly => "deny-only",
            Shape::Ordinary => "ordinary",
        });
    }
}

fn write_policy(file: &File, reviewed: &ReviewedPolicy, places: &Places<'_>, w: &mut Writer<'_>) {
    let policy = &reviewed.located.policy;
    let (start, end) = places.range(reviewed.located.name);
    w.begin_object();
    if let Some(cel) = policy.spec.cel() {
        w.key("effect").str(match cel.effect {
            CelEffect::Allow => "allow",
            CelEffect::Deny => "deny",
        });
    }
    w.key("enabled").bool(policy.enabled);
    if let Some(cel) = policy.spec.cel() {
        let map = &reviewed.located.expression;
        written::write_map(&cel.expression, map, places, w.key("expression"));
    }
    w.key("file").str(&file.name).key("from").uint(start.offset);
    if let Some(cost) = &reviewed.cost {
        w.key("gas").uint(cost.gas());
    }
    w.key("kind").str(policy.spec.family().kind());
    w.key("name").str(&policy.name);
    let (spec_start, spec_end) = places.range(reviewed.located.spec);
    w.key("spec").begin_array().uint(spec_start.offset);
    w.uint(spec_end.offset).end_array();
    w.key("to").uint(end.offset).end_object();
}

/// Number, author and so on of a release, read from `{"author":…,"created_at":…,…}`.
pub(crate) struct About {
    project: String,
    number: u64,
    created_at: Option<Timestamp>,
    author: String,
    note: String,
}

impl About {
    /// Reads it; every field may be absent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(json: &str, limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let document = Document::parse(json.as_bytes(), &limits.json)
            .map_err(|error| vec![problem::of_json(error)])?;
        let mut reader = Reader::default();
        let known = ["author", "created_at", "note", "number", "project"];
        let about = reader.fields(document.root(), "the options", &known);
        let about = about.map(|fields| {
            let mut text = |key: &str| {
                let text = fields.get(key).and_then(|v| reader.string(v, key));
                text.unwrap_or_default().to_owned()
            };
            let (author, note, project) = (text("author"), text("note"), text("project"));
            let created_at = fields.get("created_at").and_then(|value| {
                let at = value.as_str().and_then(Timestamp::parse_rfc3339);
                if at.is_none() {
                    let message = "`created_at` must be an RFC 3339 date-time".to_owned();
                    reader.error("WRONG_VALUE", value, message, None);
                }
                at
            });
            let number = fields.get("number").map_or(Some(1), |value| {
                let number = match value.as_number().map(|number| number.class()) {
                    Some(callgate_json::NumberClass::Int(number)) => u64::try_from(number).ok(),
                    _ => None,
                };
                let number = number.filter(|number| *number > 0);
                if number.is_none() {
                    let message = "`number` must be a whole number from 1".to_owned();
                    reader.error("WRONG_VALUE", value, message, None);
                }
                number
            });
            Self {
                project,
                number: number.unwrap_or(1),
                created_at,
                author,
                note,
            }
        });
        reader.finish(about)
    }

    /// What a release is built with, beside its policies.
    pub(crate) fn build(&self) -> Build<'_> {
        Build {
            project: &self.project,
            number: self.number,
            created_at: self.created_at,
            author: &self.author,
            note: &self.note,
            ..Build::default()
        }
    }
}
