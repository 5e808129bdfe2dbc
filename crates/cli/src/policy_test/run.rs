//! Runs tests: decides each call and compares the record with what was expected.

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Document, Value};
use callgate_model::{Call, Limits, Record, State, nearest};

use super::{Case, Expect};
use crate::render::reason::reason;

/// How a test came out.
#[derive(Debug)]
pub struct Outcome<'c> {
    /// The test.
    pub case: &'c Case,
    /// Where the record differs from what was expected; none when the test passed.
    pub differences: Vec<Difference>,
    /// Why it was decided so, one line a reason.
    pub reasons: Vec<String>,
    /// Why the test says nothing about what was to be tested; then nothing is compared.
    pub skipped: Option<String>,
}

/// One thing that came out otherwise.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// What, by its path in `expect`.
    pub field: &'static str,
    /// What was expected.
    pub expected: String,
    /// What the record says.
    pub got: String,
    /// What may be meant instead.
    pub help: Option<String>,
}

impl Outcome<'_> {
    /// Whether everything came out as expected, or nothing could be asked.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl<'c> Outcome<'c> {
    /// A test that was left out.
    pub fn skipped(case: &'c Case, why: String) -> Self {
        Self {
            case,
            differences: Vec::new(),
            reasons: Vec::new(),
            skipped: Some(why),
        }
    }
}

/// The documents of a case, to be read and asked.
#[derive(Debug)]
pub struct Question<'c> {
    call: Option<Document<'c>>,
    state: Option<Document<'c>>,
}

impl<'c> Question<'c> {
    /// The question of `case`.
    pub fn of(case: &'c Case) -> Self {
        Self::new(&case.call, case.state.as_deref())
    }

    /// The question of a call, and of a state if there is one; both have been read before.
    pub fn new(call: &'c str, state: Option<&'c str>) -> Self {
        let limits = Limits::default();
        // INVARIANT: call and state were read without error when the case was.
        let parse = |text: &'c str| Document::parse(text.as_bytes(), &limits.json).ok();
        Self {
            call: parse(call),
            state: state.and_then(parse),
        }
    }

    /// Gives call and state to `ask`.
    pub fn ask<T>(&self, ask: impl FnOnce(&Call<'_>, &State<'_>) -> T) -> T {
        let call = self.call.as_ref();
        let call = call.and_then(|document| Call::read(document.root()).ok());
        let state = self.state.as_ref();
        let state = state.and_then(|document| State::read(document.root()).ok());
        ask(&call.unwrap_or_default(), &state.unwrap_or(State::EMPTY))
    }
}

/// Decides the call of `case` by `release` and compares.
pub fn run<'c>(case: &'c Case, release: &CompiledRelease, scratch: &mut Scratch) -> Outcome<'c> {
    let (outcome, _) = run_as(case, Question::of(case), release, scratch);
    outcome
}

/// Decides `question` in the place of the case's own call and compares; the outcome, and the record as JSON.
pub fn run_as<'c>(
    case: &'c Case,
    question: Question<'_>,
    release: &CompiledRelease,
    scratch: &mut Scratch,
) -> (Outcome<'c>, String) {
    question.ask(|call, state| outcome(case, release, scratch, call, state))
}

/// Whether everything comes out as expected.
pub fn passes(case: &Case, release: &CompiledRelease, scratch: &mut Scratch) -> bool {
    Question::of(case).ask(|call, state| {
        let active = Active::Release(release);
        let decision = decide(active, call, state, case.now, scratch, Explain::No);
        compare(&case.expect, &decision.record).is_empty()
    })
}

fn outcome<'c>(
    case: &'c Case,
    release: &CompiledRelease,
    scratch: &mut Scratch,
    call: &Call<'_>,
    state: &State<'_>,
) -> (Outcome<'c>, String) {
    let active = Active::Release(release);
    let decision = decide(active, call, state, case.now, scratch, Explain::No);
    let mut differences = compare(&case.expect, &decision.record);
    if let Some(expected) = &case.expect.policy {
        let names = || {
            release
                .release()
                .policies
                .iter()
                .map(|policy| policy.name.as_str())
        };
        if !names().any(|name| name == expected) {
            let help = nearest(expected, names()).map_or_else(
                || format!("no enabled policy is named `{expected}`"),
                |name| format!("no enabled policy is named `{expected}`; did you mean `{name}`?"),
            );
            differences
                .iter_mut()
                .filter(|d| d.field == "deciding.policy")
                .for_each(|difference| {
                    difference.help = Some(help.clone());
                });
        }
    }
    let reasons = decision
        .record
        .reasons
        .iter()
        .map(|found| reason(found, release))
        .collect();
    let outcome = Outcome {
        case,
        differences,
        reasons,
        skipped: None,
    };
    (outcome, decision.record.to_json())
}

fn compare(expect: &Expect, record: &Record<'_>) -> Vec<Difference> {
    let deciding = record.deciding.as_ref();
    let policy = deciding
        .and_then(|deciding| deciding.policy)
        .map(|policy| policy.name);
    let rule = deciding.and_then(|deciding| deciding.rule);
    let code = deciding.map(|deciding| deciding.code.as_str());
    let pairs = [
        (
            "decision",
            expect.decision.map(|effect| effect.as_str()),
            Some(record.decision.as_str()),
        ),
        (
            "status",
            expect.status.as_deref(),
            Some(record.status.as_str()),
        ),
        ("deciding.policy", expect.policy.as_deref(), policy),
        ("deciding.rule", expect.rule.as_deref(), rule),
        ("deciding.code", expect.code.as_deref(), code),
    ];
    let mut differences: Vec<Difference> = Vec::new();
    for (field, expected, got) in pairs {
        if let Some(expected) = expected.filter(|_| expected != got) {
            let got = got.unwrap_or("none").to_owned();
            differences.push(Difference {
                field,
                expected: expected.to_owned(),
                got,
                help: None,
            });
        }
    }
    let got = record.reasons.iter().map(|reason| reason.code.as_str());
    let got: Vec<&str> = got.collect();
    if let Some(expected) = expect.reasons.as_ref().filter(|expected| **expected != got) {
        differences.push(Difference {
            field: "reasons",
            expected: format!("[{}]", expected.join(", ")),
            got: format!("[{}]", got.join(", ")),
            help: None,
        });
    }
    differences.extend(
        expect
            .findings
            .as_ref()
            .and_then(|expected| findings(expected, record)),
    );
    differences
}

/// As many findings as expected, each with at least the expected members, in order.
fn findings(expected: &[String], record: &Record<'_>) -> Option<Difference> {
    let json = record.to_json();
    let limits = Limits::default();
    let document = Document::parse(json.as_bytes(), &limits.json).ok()?;
    let got: Vec<Value<'_>> = document
        .root()
        .pointer("/findings")?
        .as_array()?
        .iter()
        .collect();
    let agrees = |(expected, got): (&String, &Value<'_>)| {
        let expected = Document::parse(expected.as_bytes(), &limits.json).ok();
        expected.is_some_and(|expected| includes(*got, expected.root()))
    };
    if got.len() == expected.len() && expected.iter().zip(&got).all(agrees) {
        return None;
    }
    let got: Vec<&str> = got.iter().map(|finding| finding.raw()).collect();
    Some(Difference {
        field: "findings",
        expected: format!("[{}]", expected.join(",")),
        got: format!("[{}]", got.join(",")),
        help: None,
    })
}

/// Whether `value` says everything that `part` says.
fn includes(value: Value<'_>, part: Value<'_>) -> bool {
    match (value.as_object(), part.as_object()) {
        (Some(object), Some(part)) => part
            .iter()
            .all(|(key, part)| object.get(key).is_some_and(|value| includes(value, part))),
        _ => value
            .as_str()
            .zip(part.as_str())
            .map_or_else(|| value.raw() == part.raw(), |(a, b)| a == b),
    }
}
