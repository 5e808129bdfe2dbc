//! What the response to a call leaves in the books: evidence for later calls of its run, and what it has
//! cost in the place of what was reserved.
use crate::host::{self, Level};
use crate::leases::Leases;
use crate::ledger::{Fleet, Ledger, Unkept};
use callgate_engine::Kept;
use callgate_json::{Document, Limits, Value};
use callgate_model::MicroUsd;
use callgate_wire::Headers;
use callgate_wire::cost::{Bill, Said};
use callgate_wire::response::{ServerMessage, Spoken};
use std::rc::Rc;

/// What is waited for in the response to one call.
pub(crate) struct Aftermath {
    project: String,
    kept: Option<Kept>,
    due: Option<Due>,
    /// Where what all gateways share is told of.
    leases: Option<Rc<Leases>>,
    /// The id to answer to, as the client wrote it.
    id: Option<String>,
    spoken: Spoken,
    /// Whether the status says that the call succeeded.
    fine: bool,
    /// The record of evidence that is to be written down.
    record: Option<String>,
    bill: Bill,
}

/// What was reserved for a call, and where its response says what it has cost.
pub(crate) struct Due {
    /// The keys that spending is kept under.
    pub(crate) keys: Vec<String>,
    pub(crate) reserved: MicroUsd,
    pub(crate) said: Said,
    /// The model that was asked.
    pub(crate) model: String,
}

/// Bytes that the fields of a record of evidence may take.
const FIELDS: usize = 2 << 10;

impl Aftermath {
    /// What is waited for, if anything is.
    pub(crate) fn of(
        project: &str,
        (kept, due): (Option<Kept>, Option<Due>),
        id: Option<&str>,
        spoken: Spoken,
    ) -> Option<Self> {
        (kept.is_some() || due.is_some()).then(|| Self {
            project: project.to_owned(),
            kept,
            due,
            leases: None,
            id: id.map(str::to_owned),
            spoken,
            fine: false,
            record: None,
            bill: Bill::default(),
        })
    }

    /// The same where spending is counted for all gateways together.
    pub(crate) fn owing(self, leases: Option<&Rc<Leases>>) -> Self {
        let leases = leases.cloned();
        Self { leases, ..self }
    }

    /// Takes the head of the response; with the end nothing follows.
    pub(crate) fn head(&mut self, headers: Headers<'_>, end: bool) {
        let status = headers.one(":status").ok().flatten();
        self.fine = status.is_some_and(|status| status.starts_with('2'));
        if let Some(due) = &self.due {
            due.said.read_head(headers, &mut self.bill);
        }
        // A call of an API that says nothing has succeeded by its status.
        if end && self.fine && self.spoken == Spoken::Json {
            self.succeed(None);
        }
    }

    /// Takes a message of the server. What it has cost counts whatever becomes of it; that it does not go on,
    /// [`Aftermath::refused`] is told.
    pub(crate) fn message(&mut self, message: &ServerMessage<'_>) {
        let Some(result) = message.result else { return };
        let ours = match (self.spoken, &self.id) {
            (Spoken::Json, _) => true,
            (Spoken::Rpc, Some(id)) => message.answers(id),
            (Spoken::Rpc, None) => false,
        };
        if !ours {
            return;
        }
        if let Some(due) = &self.due {
            due.said.read(result, &mut self.bill);
        }
        if !self.fine || self.spoken == Spoken::Rpc && !has_succeeded(message, result) {
            return;
        }
        match self.spoken {
            Spoken::Json => self.succeed(Some(result)),
            Spoken::Rpc => match of_tool(result) {
                Returned::Here(value) => self.succeed(Some(value)),
                Returned::Written(text) => {
                    let document = Document::parse(text.as_bytes(), &Limits::default());
                    let value = document.as_ref().ok().map(Document::root);
                    self.succeed(Some(value.unwrap_or(result)));
                }
            },
        }
    }

    /// Whether a part of what a model answers may say what it costs; most do not.
    pub(crate) fn is_said_in(&self, part: &str) -> bool {
        match self.due.as_ref().map(|due| &due.said) {
            None | Some(Said::Header(_)) => false,
            Some(Said::Path(_)) => true,
            Some(Said::Usage(_)) => part.contains("usage"),
        }
    }

    /// Takes a part of what a model answers.
    pub(crate) fn part(&mut self, part: Value<'_>) {
        if let Some(due) = &self.due {
            due.said.read(part, &mut self.bill);
        }
    }

    /// What was read does not go on: it is nobody's evidence, and has cost what it has cost.
    pub(crate) fn refused(&mut self) {
        self.record = None;
        self.kept = None;
    }

    fn succeed(&mut self, result: Option<Value<'_>>) {
        let kept = self.kept.as_ref();
        self.record = kept.map(|kept| kept.record(result, FIELDS));
    }

    /// Writes down the evidence that there is: before the caller knows of it, or it could come too early
    /// with what needs it.
    pub(crate) fn write_down(&mut self, now: u64) {
        if let (Some(kept), Some(record)) = (&self.kept, self.record.take()) {
            let written = Ledger::new(&self.project, now).keep(kept.run(), &record);
            self.told("evidence", written);
            self.kept = None;
        }
    }

    /// Writes down what is left when the response is over, or its end never came.
    pub(crate) fn close(&mut self, now: u64, whole: bool) {
        self.write_down(now);
        let Some(due) = self.due.take() else { return };
        let cost = due.said.amount(self.bill, &due.model);
        // Who hangs up before the end does not pay less than was reserved.
        let cost = cost.filter(|cost| whole || *cost > due.reserved);
        let Some(cost) = cost.filter(|cost| *cost != due.reserved) else {
            return;
        };
        let leases = self.leases.as_deref();
        let fleet = leases.map(|leases| Fleet::new(leases, 0, 0));
        let ledger = Ledger::new(&self.project, now).with(fleet);
        for key in &due.keys {
            self.told("a cost", ledger.settle(key, due.reserved, cost));
        }
    }

    /// What could not be written down is missing where it is needed: that refuses, and never lets pass.
    fn told(&self, what: &str, written: Result<(), Unkept>) {
        if written.is_err() {
            let line = ["callgate: ", what, " could not be written down"];
            host::log(Level::Error, &line.concat());
        }
    }
}

/// Whether a result says that the tool is done, and well: it could also ask for more first
/// (`resultType: input_required`), promise an answer for later (`task`), or leave open which it is.
fn has_succeeded(message: &ServerMessage<'_>, result: Value<'_>) -> bool {
    let is_well = |place: &str, fits: fn(Value<'_>) -> bool| result.pointer(place).is_none_or(fits);
    message.error.is_none()
        && is_well("/isError", |value| value.as_bool() == Some(false))
        && is_well("/resultType", |value| value.as_str() == Some("complete"))
        && (result.pointer("/task").is_none() || result.pointer("/content").is_some())
}

/// What a tool has returned.
enum Returned<'v> {
    /// A value of its result.
    Here(Value<'v>),
    /// Perhaps the JSON that its texts make.
    Written(String),
}

/// As output rules read a result: `structuredContent`, else the texts of `content`, else all of it.
fn of_tool(result: Value<'_>) -> Returned<'_> {
    if let Some(value) = result.pointer("/structuredContent") {
        return Returned::Here(value);
    }
    let content = result.pointer("/content").and_then(Value::as_array);
    let Some(content) = content else {
        return Returned::Here(result);
    };
    let texts = content
        .iter()
        .filter_map(|item| item.pointer("/text")?.as_str());
    Returned::Written(texts.collect())
}
