//! What a release would have decided about a log of calls.

use std::collections::BTreeMap;

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Document, Value};
use callgate_model::{Call, Diagnostic, Effect, Limits, Reader, Span, State, Timestamp};

/// Judges the entries of a log, one after the other, and adds up.
#[derive(Debug)]
pub struct Replay<'r> {
    candidate: &'r CompiledRelease,
    base: Option<&'r CompiledRelease>,
    now: Timestamp,
    /// Flips that are kept.
    most: usize,
    limits: Limits,
    scratch: Scratch,
    replayed: Replayed,
}

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Entries that were judged.
    pub calls: u64,
    /// Calls that were refused or had to be approved no less than before, and no more.
    pub unchanged: u64,
    /// Calls that are denied and were not.
    pub newly_denied: u64,
    /// Calls that were denied and are not.
    pub newly_allowed: u64,
    /// Calls that are marked or need approval otherwise than before.
    pub otherwise: u64,
    /// By policy, how many of these rest on it: on what denies now, or on what denied before.
    pub policies: BTreeMap<String, Count>,
    /// The first decisions that flip.
    pub examples: Vec<Flipped>,
}

/// A decision that flips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flipped {
    /// The line of the log.
    pub line: u64,
    /// What stands there.
    pub entry: String,
    /// How it flips.
    pub flip: Flip,
    /// What was decided, and what is.
    pub outcome: Outcome,
}

/// What rests on one policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Calls that it denies now and that were not denied.
    pub newly_denied: u64,
    /// Calls that it denied and that are not denied now.
    pub newly_allowed: u64,
    /// Calls that it marks, or wants approved, otherwise than before.
    pub otherwise: u64,
}

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What was decided before.
    pub before: Decided,
    /// What the candidate decides.
    pub after: Decided,
    /// How the two differ; none when they do not.
    pub flip: Option<Flip>,
}

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Effect,
    /// The policy.
    pub policy: Option<String>,
    /// The code.
    pub code: Option<String>,
}

/// How a decision differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// It is denied and was not.
    NewlyDenied,
    /// It was denied and is not.
    NewlyAllowed,
    /// It is marked or needs approval otherwise.
    Otherwise,
}

impl Flip {
    /// As reports have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyDenied => "newly denied",
            Self::NewlyAllowed => "newly allowed",
            Self::Otherwise => "otherwise",
        }
    }

    fn of(before: Effect, after: Effect) -> Option<Self> {
        match (before, after) {
            _ if before == after => None,
            (_, Effect::Deny) => Some(Self::NewlyDenied),
            (Effect::Deny, _) => Some(Self::NewlyAllowed),
            _ => Some(Self::Otherwise),
        }
    }
}

impl<'r> Replay<'r> {
    /// Compares what `candidate` decides with what `base` does, or else with what the log has recorded.
    /// Entries without a time are judged at `now`.
    pub fn new(
        candidate: &'r CompiledRelease,
        base: Option<&'r CompiledRelease>,
        now: Timestamp,
        limits: &Limits,
    ) -> Self {
        Self {
            candidate,
            base,
            now,
            most: 10,
            limits: limits.clone(),
            scratch: Scratch::new(limits),
            replayed: Replayed::default(),
        }
    }

    /// Keeps so many decisions that flip, instead of 10.
    #[must_use]
    pub fn keeping(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Judges one entry of the log, which stands at `line`: `{"call", "state", "now", "record"}`, or a call by itself.
    ///
    /// # Errors
    /// Everything that is wrong with it; such an entry counts nowhere.
    pub fn entry(&mut self, line: u64, text: &str) -> Result<Outcome, Vec<Diagnostic>> {
        let document = Document::parse(text.as_bytes(), &self.limits.json).map_err(|error| {
            let span = Span::new(error.offset, error.offset.saturating_add(1));
            vec![Diagnostic::error(
                error.code.as_str(),
                span,
                error.code.describe(),
            )]
        })?;
        let entry = Entry::read(document.root())?;
        let now = entry.now.unwrap_or(self.now);
        let mut judge = |release| {
            let active = Active::Release(release);
            let (call, state) = (&entry.call, &entry.state);
            let decision = decide(active, call, state, now, &mut self.scratch, Explain::No);
            let deciding = decision.record.deciding;
            Decided {
                decision: decision.record.decision,
                policy: deciding.and_then(|d| d.policy).map(|p| p.name.to_owned()),
                code: deciding.map(|d| d.code.as_str().to_owned()),
            }
        };
        let after = judge(self.candidate);
        let before = match (self.base, entry.recorded) {
            (Some(base), _) => judge(base),
            (None, Some(recorded)) => recorded,
            (None, None) => {
                let message = "the entry has no `record` to compare with";
                let span = Span::from(document.root().span());
                let diagnostic = Diagnostic::error("MISSING_FIELD", span, message);
                let help = "give the release that was in force with `--base`";
                return Err(vec![diagnostic.with_help(help)]);
            }
        };
        let flip = Flip::of(before.decision, after.decision);
        self.replayed.add(&before, &after, flip);
        let outcome = Outcome {
            before,
            after,
            flip,
        };
        if let Some(flip) = flip.filter(|_| self.replayed.examples.len() < self.most) {
            self.replayed.examples.push(Flipped {
                line,
                entry: text.trim().to_owned(),
                flip,
                outcome: outcome.clone(),
            });
        }
        Ok(outcome)
    }

    /// What it came to.
    pub fn finish(self) -> Replayed {
        self.replayed
    }
}

impl Replayed {
    /// Entries that are decided otherwise.
    pub fn flips(&self) -> u64 {
        self.calls.saturating_sub(self.unchanged)
    }

    fn add(&mut self, before: &Decided, after: &Decided, flip: Option<Flip>) {
        self.calls = self.calls.saturating_add(1);
        let total = match flip {
            None => &mut self.unchanged,
            Some(Flip::NewlyDenied) => &mut self.newly_denied,
            Some(Flip::NewlyAllowed) => &mut self.newly_allowed,
            Some(Flip::Otherwise) => &mut self.otherwise,
        };
        *total = total.saturating_add(1);
        let Some(flip) = flip else { return };
        // What is stricter is what has a reason.
        let strict = match after.decision > before.decision {
            true => after,
            false => before,
        };
        let name = strict.policy.clone().unwrap_or_default();
        let count = self.policies.entry(name).or_default();
        let count = match flip {
            Flip::NewlyDenied => &mut count.newly_denied,
            Flip::NewlyAllowed => &mut count.newly_allowed,
            Flip::Otherwise => &mut count.otherwise,
        };
        *count = count.saturating_add(1);
    }
}

/// One line of a log.
struct Entry<'a> {
    call: Call<'a>,
    state: State<'a>,
    now: Option<Timestamp>,
    recorded: Option<Decided>,
}

impl<'a> Entry<'a> {
    fn read(root: Value<'a>) -> Result<Self, Vec<Diagnostic>> {
        let wrapped = root
            .as_object()
            .is_some_and(|object| object.contains("call"));
        if !wrapped {
            return Ok(Self {
                call: Call::read(root)?,
                state: State::EMPTY,
                now: None,
                recorded: None,
            });
        }
        let mut reader = Reader::default();
        let known = ["call", "state", "now", "record"];
        let members = reader.members(root, "an entry of a log", &known);
        let [call, state, now, record] = members.unwrap_or_default();
        let now = now.map(|value| reader.instant(value, "`now`"));
        let recorded = record.map(|value| recorded(&mut reader, value));
        let read = reader.finish(Some(()));
        let call = call.map(Call::read).unwrap_or_else(|| Ok(Call::default()));
        let state = state.map_or(Ok(State::EMPTY), State::read);
        let mut wrong = Vec::new();
        wrong.extend(read.err().into_iter().flatten());
        match (call, state) {
            (Ok(call), Ok(state)) if wrong.is_empty() => Ok(Self {
                call,
                state,
                now: now.flatten(),
                recorded: recorded.flatten(),
            }),
            (call, state) => {
                wrong.extend(call.err().into_iter().flatten());
                wrong.extend(state.err().into_iter().flatten());
                Err(wrong)
            }
        }
    }
}

const EFFECTS: [(&str, Effect); 4] = [
    ("ALLOW", Effect::Allow),
    ("FLAG", Effect::Flag),
    ("REQUIRE_APPROVAL", Effect::RequireApproval),
    ("DENY", Effect::Deny),
];

/// What a record says was decided; the rest of it is not looked at.
fn recorded(reader: &mut Reader, value: Value<'_>) -> Option<Decided> {
    let record = reader.object(value, "`record`")?;
    let Some(decision) = record.get("decision") else {
        reader.error(
            "MISSING_FIELD",
            value,
            "`record` needs `decision`".to_owned(),
            None,
        );
        return None;
    };
    let decision = reader.choice(decision, "`decision`", &EFFECTS)?;
    let deciding = record.get("deciding").and_then(Value::as_object);
    let policy = deciding.and_then(|d| d.get("policy"));
    let name = policy.and_then(|policy| match policy.as_object() {
        Some(policy) => policy.get("name").and_then(Value::as_str),
        None => policy.as_str(),
    });
    let code = deciding.and_then(|d| d.get("code")).and_then(Value::as_str);
    Some(Decided {
        decision,
        policy: name.map(str::to_owned),
        code: code.map(str::to_owned),
    })
}
