//! What the host knows beside the call: counters, spend, evidence, approvals, exceptions, run starts.

use std::borrow::Cow;
use std::fmt;

use callgate_json::{Array, Value};

use crate::{Call, Diagnostic, Digest, MicroUsd, Reader, Timestamp};

/// State as the host hands it in. A part that is absent is empty; a host that keeps no state at all
/// says so ([`State::UNAVAILABLE`]), and whatever has to be counted is refused there. A host that
/// looks things up key by key hands in a [`Ledger`].
#[derive(Debug, Clone, Default)]
pub struct State<'a> {
    unavailable: bool,
    /// Asked for counters, spending and runs, instead of the lists below.
    ledger: Option<&'a dyn Ledger>,
    /// Sorted by key.
    counters: Vec<(&'a str, Vec<Count>)>,
    /// Sorted by key.
    spend: Vec<(&'a str, MicroUsd)>,
    evidence: Vec<Evidence<'a>>,
    /// Whether evidence is kept where nothing else is.
    recalls: bool,
    /// Absent where nobody keeps any.
    approvals: Option<Vec<Ticket<'a>>>,
    exceptions: Vec<Exception<'a>>,
    /// Sorted by id.
    runs: Vec<(&'a str, RunState)>,
}

/// Where a host keeps what it counts, asked for one key at a time while a call is decided. It gives the
/// same answer to the same question until the decision is made.
pub trait Ledger: fmt::Debug {
    /// What was counted under `key`; `None` when that cannot be told.
    fn counts(&self, key: &str) -> Option<Vec<Count>>;

    /// What was spent under `key`; `None` when that cannot be told.
    fn spent(&self, key: &str) -> Option<MicroUsd>;

    /// What is known about a run; `None` when nothing is, or when it cannot be told.
    fn run(&self, id: &str) -> Option<RunState>;
}

/// Calls that were counted, at the latest instant any of them may have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// When.
    pub at: Timestamp,
    /// How many.
    pub count: u64,
}

/// A successful call of an earlier step.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The run it belongs to.
    pub run: &'a str,
    /// The tool that was called.
    pub action: &'a str,
    /// When it succeeded.
    pub at: Timestamp,
    /// Its arguments.
    pub args: Option<Value<'a>>,
    /// What it returned.
    pub result: Option<Value<'a>>,
}

/// A person's approval of one call.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'a> {
    /// Its id.
    pub id: &'a str,
    /// The policy that asked for it: its id, or its name if it has none.
    pub policy: &'a str,
    /// Who may make the call.
    pub identity: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// SHA-256 of the canonical arguments.
    pub args: Digest,
    /// When it ceases to be valid.
    pub expires_at: Timestamp,
}

/// A policy that is lifted for somebody.
#[derive(Debug, Clone, Copy)]
pub struct Exception<'a> {
    /// Its id.
    pub id: &'a str,
    /// The policy: its id, or its name.
    pub policy: &'a str,
    /// The agents it is for; absent is every agent of the runs.
    pub agents: Option<Array<'a>>,
    /// The runs it is for; absent is every run of the agents.
    pub runs: Option<Array<'a>>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// How many calls it is for.
    pub max_uses: Option<u64>,
    /// How many it has had.
    pub uses: u64,
}

impl Exception<'_> {
    /// Whether it is for whoever makes a call, in the run of that call.
    pub fn is_for(&self, call: &Call<'_>) -> bool {
        let named = |list: Option<Array<'_>>, name: Option<&str>| {
            list.is_none_or(|list| {
                name.is_some_and(|name| list.iter().any(|item| item.as_str() == Some(name)))
            })
        };
        let agent = call.identity.map(|identity| identity.name);
        named(self.agents, agent) && named(self.runs, call.run.id)
    }
}

/// What is known about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunState {
    /// When it began.
    pub started_at: Timestamp,
}

const PARTS: &[&str] = &[
    "counters",
    "spend",
    "evidence",
    "approvals",
    "exceptions",
    "runs",
];

impl<'a> State<'a> {
    /// Nothing has happened yet.
    pub const EMPTY: State<'static> = State::nothing(false);

    /// The host keeps none.
    pub const UNAVAILABLE: State<'static> = State::nothing(true);

    const fn nothing(unavailable: bool) -> State<'static> {
        State {
            unavailable,
            ledger: None,
            counters: Vec::new(),
            spend: Vec::new(),
            evidence: Vec::new(),
            recalls: false,
            approvals: match unavailable {
                true => None,
                false => Some(Vec::new()),
            },
            exceptions: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(root: Value<'a>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let state = read(&mut reader, root);
        reader.finish(state)
    }

    /// Counters, spending and runs are in `ledger`; evidence and approvals the host does not keep.
    pub fn kept_by(ledger: &'a dyn Ledger) -> Self {
        State {
            ledger: Some(ledger),
            ..State::UNAVAILABLE
        }
    }

    /// The same with evidence, a JSON array of its records.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with its place.
    pub fn recalling(self, records: Value<'a>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let records = listed(&mut reader, Some(records), "`evidence`", evidence);
        let evidence = reader.finish(Some(records))?;
        Ok(State {
            evidence,
            recalls: true,
            ..self
        })
    }

    /// The same with the approvals that there are, where something else than the host keeps them.
    #[must_use]
    pub fn with_approvals(self, approvals: Vec<Ticket<'a>>) -> Self {
        State {
            approvals: Some(approvals),
            ..self
        }
    }

    /// The same with exceptions, a JSON array of them, where something else than the host keeps them: `uses` says how
    /// often one with a count was used. What that cannot be told of lifts nothing.
    ///
    /// # Errors
    /// Everything that is wrong with them, each with its place.
    pub fn lifting(
        self,
        exceptions: Value<'a>,
        uses: impl Fn(&Exception<'a>) -> Option<u64>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let exceptions = listed(&mut reader, Some(exceptions), "`exceptions`", exception);
        let mut exceptions = reader.finish(Some(exceptions))?;
        exceptions.retain_mut(|exception| match exception.max_uses {
            None => true,
            Some(_) => uses(exception).is_some_and(|uses| {
                exception.uses = exception.uses.saturating_add(uses);
                true
            }),
        });
        Ok(State { exceptions, ..self })
    }

    /// Whether the host keeps counters and spending in lists.
    pub fn is_available(&self) -> bool {
        !self.unavailable
    }

    /// Whether the host keeps evidence.
    pub fn has_evidence(&self) -> bool {
        !self.unavailable || self.recalls
    }

    /// What was counted under `key`; `None` when the host does not know.
    pub fn counts(&self, key: &str) -> Option<Cow<'_, [Count]>> {
        if let Some(ledger) = self.ledger {
            return ledger.counts(key).map(Cow::Owned);
        }
        let found = self.counters.binary_search_by(|(name, _)| (*name).cmp(key));
        let counter = found.ok().and_then(|at| self.counters.get(at));
        let counts = counter.map_or(&[][..], |(_, counts)| counts);
        self.is_available().then_some(Cow::Borrowed(counts))
    }

    /// What was spent under `key`; `None` when the host does not know.
    pub fn spent(&self, key: &str) -> Option<MicroUsd> {
        if let Some(ledger) = self.ledger {
            return ledger.spent(key);
        }
        let found = self.spend.binary_search_by(|(name, _)| (*name).cmp(key));
        let spent = found.ok().and_then(|at| self.spend.get(at));
        let spent = spent.map_or(MicroUsd(0), |(_, amount)| *amount);
        self.is_available().then_some(spent)
    }

    /// The successful calls of a run, in the order they were given.
    pub fn evidence<'s>(&'s self, run: &'s str) -> impl Iterator<Item = &'s Evidence<'a>> {
        self.evidence.iter().filter(move |record| record.run == run)
    }

    /// The approvals there are; `None` where nobody keeps any.
    pub fn approvals(&self) -> Option<&[Ticket<'a>]> {
        self.approvals.as_deref()
    }

    /// The exceptions there are.
    pub fn exceptions(&self) -> &[Exception<'a>] {
        &self.exceptions
    }

    /// What is known about a run.
    pub fn run(&self, id: &str) -> Option<RunState> {
        if let Some(ledger) = self.ledger {
            return ledger.run(id);
        }
        let found = self.runs.binary_search_by(|(name, _)| (*name).cmp(id));
        let run = found.ok().and_then(|at| self.runs.get(at));
        run.map(|(_, run)| *run)
    }
}

fn read<'a>(reader: &mut Reader, root: Value<'a>) -> Option<State<'a>> {
    let fields = reader.fields(root, "the state", PARTS)?;
    let counters = named(reader, fields.get("counters"), "`counters`", counts);
    let spend = named(reader, fields.get("spend"), "`spend`", |reader, value| {
        reader.money(value, "what was spent")
    });
    let runs = named(reader, fields.get("runs"), "`runs`", run);
    Some(State {
        unavailable: false,
        ledger: None,
        counters,
        spend,
        recalls: false,
        evidence: listed(reader, fields.get("evidence"), "`evidence`", evidence),
        approvals: Some(listed(
            reader,
            fields.get("approvals"),
            "`approvals`",
            ticket,
        )),
        exceptions: listed(reader, fields.get("exceptions"), "`exceptions`", exception),
        runs,
    })
}

/// The members of an object, sorted by their names.
fn named<'a, T>(
    reader: &mut Reader,
    value: Option<Value<'a>>,
    what: &str,
    read: impl Fn(&mut Reader, Value<'a>) -> Option<T>,
) -> Vec<(&'a str, T)> {
    let object = value.and_then(|value| reader.object(value, what));
    let members = object.into_iter().flat_map(|object| object.iter());
    let mut named: Vec<(&str, T)> = members
        .filter_map(|(name, value)| Some((name, read(reader, value)?)))
        .collect();
    callgate_json::sort_by(&mut named, |(a, _), (b, _)| a.cmp(b));
    named
}

fn listed<'a, T>(
    reader: &mut Reader,
    value: Option<Value<'a>>,
    what: &str,
    read: impl Fn(&mut Reader, Value<'a>) -> Option<T>,
) -> Vec<T> {
    let array = value.and_then(|value| reader.array(value, what));
    let items = array.into_iter().flat_map(|array| array.iter());
    items.filter_map(|value| read(reader, value)).collect()
}

fn counts(reader: &mut Reader, value: Value<'_>) -> Option<Vec<Count>> {
    let counts = reader.array(value, "a counter")?;
    let count = |value| {
        let what = "an entry of a counter";
        let fields = reader.fields(value, what, &["at", "count"])?;
        let at = reader.required(fields, "at", what)?;
        let count = reader.required(fields, "count", what)?;
        Some(Count {
            at: reader.instant(at, "`at`")?,
            count: reader.count(count, "`count`")?,
        })
    };
    Some(counts.iter().filter_map(count).collect())
}

fn run(reader: &mut Reader, value: Value<'_>) -> Option<RunState> {
    let what = "a run of the state";
    let fields = reader.fields(value, what, &["started_at"])?;
    let started_at = reader.required(fields, "started_at", what)?;
    let started_at = reader.instant(started_at, "`started_at`")?;
    Some(RunState { started_at })
}

fn evidence<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Evidence<'a>> {
    let what = "a record of `evidence`";
    let known = ["run", "action", "at", "args", "result"];
    let fields = reader.fields(value, what, &known)?;
    let run = reader.required(fields, "run", what);
    let action = reader.required(fields, "action", what);
    let at = reader.required(fields, "at", what)?;
    Some(Evidence {
        run: reader.string(run?, "`run`")?,
        action: reader.string(action?, "`action`")?,
        at: reader.instant(at, "`at`")?,
        args: fields.get("args"),
        result: fields.get("result"),
    })
}

fn ticket<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Ticket<'a>> {
    let what = "a ticket of `approvals`";
    let known = [
        "id",
        "policy",
        "identity",
        "tool",
        "args_digest",
        "expires_at",
    ];
    let fields = reader.fields(value, what, &known)?;
    let mut text = |key: &str| {
        let value = reader.required(fields, key, what)?;
        reader.string(value, format_args!("`{key}`"))
    };
    let (id, policy) = (text("id"), text("policy"));
    let (identity, tool, digest) = (text("identity"), text("tool"), text("args_digest"));
    let expires_at = reader.required(fields, "expires_at", what)?;
    let args = digest.and_then(Digest::parse);
    if let (Some(_), None, Some(place)) = (digest, args, fields.get("args_digest")) {
        let message = "`args_digest` must be `sha256:` and 64 hexadecimal digits".to_owned();
        reader.error("WRONG_VALUE", place, message, None);
    }
    Some(Ticket {
        id: id?,
        policy: policy?,
        identity: identity?,
        tool: tool?,
        args: args?,
        expires_at: reader.instant(expires_at, "`expires_at`")?,
    })
}

fn exception<'a>(reader: &mut Reader, value: Value<'a>) -> Option<Exception<'a>> {
    let what = "an exception";
    let known = [
        "id",
        "policy",
        "agents",
        "runs",
        "expires_at",
        "max_uses",
        "uses",
        "reason",
    ];
    let fields = reader.fields(value, what, &known)?;
    let mut text = |key: &str| {
        let value = reader.required(fields, key, what)?;
        reader.string(value, format_args!("`{key}`"))
    };
    let (id, policy, reason) = (text("id"), text("policy"), text("reason"));
    let agents = fields.get("agents").map(|v| reader.strings(v, "`agents`"));
    let runs = fields.get("runs").map(|v| reader.strings(v, "`runs`"));
    let expires_at = fields.get("expires_at");
    let expires_at = expires_at.map(|v| reader.instant(v, "`expires_at`"));
    let max_uses = fields
        .get("max_uses")
        .map(|v| reader.count(v, "`max_uses`"));
    let uses = fields.get("uses").map(|v| reader.count(v, "`uses`"));
    if expires_at.is_none() && max_uses.is_none() {
        let message = "an exception must end: it needs `expires_at`, `max_uses` or both".to_owned();
        reader.error("MISSING_FIELD", value, message, None);
    }
    if agents.is_none() && runs.is_none() {
        let message = "an exception is for somebody: it needs `agents`, `runs` or both".to_owned();
        reader.error("MISSING_FIELD", value, message, None);
    }
    reason?;
    Some(Exception {
        id: id?,
        policy: policy?,
        agents: transposed(agents)?,
        runs: transposed(runs)?,
        expires_at: transposed(expires_at)?,
        max_uses: transposed(max_uses)?,
        uses: transposed(uses)?.unwrap_or(0),
    })
}

/// A member that was read, or is absent; `None` when it is wrong.
fn transposed<T>(member: Option<Option<T>>) -> Option<Option<T>> {
    member.map_or(Some(None), |value| value.map(Some))
}
