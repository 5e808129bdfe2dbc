//! `POST /api/v1/decide`: one question, its own policies perhaps among it, and the record.

use callgate_engine::{Active, CompiledRelease, Explain, PolicyDiagnostic, Scratch};
use callgate_json::{Document, Value};
use callgate_model::{Call, Diagnostic, Limits, Reader, Span, State, Timestamp};
use callgate_release::{DefaultAction, Release};

use crate::problem::{Problem, Status};

/// The members of a question.
const KNOWN: [&str; 5] = ["call", "explain", "now", "release", "state"];

/// Answers `{"call":…,"explain":…,"now":…,"release":…,"state":…}` with the canonical JSON of the record.
///
/// `release` is a release document; without one, calls are decided by `served`, and without that as
/// where none was published. `now` is `clock` when absent, and everything but `call` may be.
///
/// # Errors
/// Everything that is wrong with the question.
pub fn decide(
    body: &[u8],
    served: Option<&CompiledRelease>,
    clock: Timestamp,
) -> Result<String, Problem> {
    let limits = Limits::default();
    let document = Document::parse(body, &limits.release_json()).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let found = Diagnostic::error(error.code.as_str(), span, error.code.describe());
        Problem::new(Status::Unreadable, "the body is no JSON that can be read").with(vec![found])
    })?;
    let invalid = |found| Problem::new(Status::Invalid, "this is no question").with(found);
    let question = Question::read(document.root()).map_err(invalid)?;

    let own = question.release.map(|value| compile(value, &limits));
    let own = own
        .transpose()
        .map_err(|found| Problem::new(Status::Invalid, "the release cannot be used").with(found))?;
    let active = match own.as_ref().or(served) {
        Some(release) => Active::Release(release),
        None => Active::None {
            default_action: DefaultAction::Deny,
        },
    };
    // Read again within the bounds of a request, which are those of every host.
    let call = Part::parse(question.call, &limits).map_err(invalid)?;
    let asked = call.read(Call::read).map_err(invalid)?;
    let known = question.state.map(|value| Part::parse(value, &limits));
    let known = known.transpose().map_err(invalid)?;
    let state = known.as_ref().map(|part| part.read(State::read));
    let state = state.transpose().map_err(invalid)?.unwrap_or(State::EMPTY);

    let explain = if question.explain {
        Explain::Yes
    } else {
        Explain::No
    };
    let now = question.now.unwrap_or(clock);
    let mut scratch = Scratch::new(&limits);
    let decision = callgate_engine::decide(active, &asked, &state, now, &mut scratch, explain);
    Ok(decision.record.to_json())
}

/// What is asked, as values of the body.
struct Question<'d> {
    call: Value<'d>,
    explain: bool,
    now: Option<Timestamp>,
    release: Option<Value<'d>>,
    state: Option<Value<'d>>,
}

impl<'d> Question<'d> {
    fn read(root: Value<'d>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let question = reader
            .fields(root, "the question", &KNOWN)
            .and_then(|fields| {
                let explain = fields
                    .get("explain")
                    .map(|value| reader.bool(value, "`explain`"));
                let now = fields
                    .get("now")
                    .map(|value| reader.instant(value, "`now`"));
                Some(Self {
                    call: reader.required(fields, "call", "the question")?,
                    explain: explain.unwrap_or(Some(false))?,
                    now: match now {
                        None => None,
                        Some(read) => Some(read?),
                    },
                    release: fields.get("release"),
                    state: fields.get("state"),
                })
            });
        reader.finish(question)
    }
}

/// A part of the body as a document of its own.
struct Part<'d> {
    document: Document<'d>,
    offset: u32,
}

impl<'d> Part<'d> {
    fn parse(value: Value<'d>, limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let offset = value.span().0;
        let parsed = Document::parse(value.raw().as_bytes(), &limits.json);
        let document = parsed.map_err(|error| {
            let at = error.offset.saturating_add(offset);
            let span = Span::new(at, at.saturating_add(1));
            vec![Diagnostic::error(
                error.code.as_str(),
                span,
                error.code.describe(),
            )]
        })?;
        Ok(Self { document, offset })
    }

    fn read<'s, T>(
        &'s self,
        read: impl FnOnce(Value<'s>) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<T, Vec<Diagnostic>> {
        read(self.document.root()).map_err(|mut found| {
            for diagnostic in &mut found {
                diagnostic.span = diagnostic.span.map(|span| {
                    let shift = |at: u32| at.saturating_add(self.offset);
                    Span::new(shift(span.start), shift(span.end))
                });
            }
            found
        })
    }
}

fn compile(value: Value<'_>, limits: &Limits) -> Result<CompiledRelease, Vec<Diagnostic>> {
    let release = Release::read_value(value, limits)?;
    CompiledRelease::compile(release, limits).map_err(|found| {
        let located = found.into_iter().map(|finding| locate(value, finding));
        located.collect()
    })
}

/// The finding, placed on the policy that it is about.
fn locate(release: Value<'_>, finding: PolicyDiagnostic) -> Diagnostic {
    let pointer = format!("/policies/{}/spec", finding.policy);
    let spec = release.pointer(&pointer);
    let expression = spec.and_then(|spec| spec.pointer("/expression"));
    let mut diagnostic = finding.diagnostic;
    diagnostic.span = expression.or(spec).map(|value| Span::from(value.span()));
    diagnostic
}
