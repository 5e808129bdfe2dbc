//! The way through the texts of a request, and where in it each finding lies.

use std::borrow::Cow;

use callgate_cel::{ErrorCode, Gas};
use callgate_detect::{Confidence, Direction, Finding, FoundBy, Input, ScanError, Wanted, redact};
use callgate_json::{Array, Value, View, canonical};
use callgate_model::{Effect, Kind, Request};
use callgate_release::spec::Stance;

use super::row::{Of, Row};
use super::{Said, Together, pattern_name};
use crate::response::{Blanked, Response};

/// The search of one request, as far as it has come.
pub(super) struct Search<'s, 'q, 'r> {
    together: &'s Together<'q, 'r>,
    gas: &'s mut Gas,
    memory: usize,
    /// For each policy, the greatest effect and the first detector that asks for it.
    pub(super) worst: Vec<Option<(Effect, &'r str)>>,
    pub(super) findings: Vec<callgate_model::Finding<'r>>,
    /// Values of a response that are to be replaced.
    pub(super) blanked: Vec<Blanked>,
    /// What each policy says of each finding, for an explanation.
    pub(super) said: Option<Vec<Said<'r>>>,
}

/// Where a text stands: a step from the place around it.
struct Place<'p> {
    around: Option<&'p Self>,
    step: Step<'p>,
}

enum Step<'p> {
    /// Into a member, or by several at once.
    Into(&'p str),
    Member(&'p str),
    Item(usize),
}

/// Numbers with fewer characters are no card and nobody's identity: the shortest of those have seven.
const SHORTEST_NUMBER: usize = 7;
/// What names of ids end with, in lower case.
const IDS: [&str; 8] = [
    "id",
    "ids",
    "hash",
    "seed",
    "nonce",
    "cursor",
    "sequence",
    "snowflake",
];
/// What names of cards have in them.
const CARDS: [&str; 4] = ["card", "visa", "maestro", "unionpay"];
/// What MCP calls the number of a request that reports its progress.
const PROGRESS: &str = "progressToken";
/// Bytes that a finding counts for beside its place: the same on every host.
const FINDING_BYTES: usize = 256;

impl<'s, 'q, 'r> Search<'s, 'q, 'r> {
    pub(super) fn new(together: &'s Together<'q, 'r>, gas: &'s mut Gas) -> Self {
        Self {
            together,
            gas,
            memory: together.dlp.memory as usize,
            worst: vec![None; together.policies.len()],
            findings: Vec::new(),
            blanked: Vec::new(),
            said: None,
        }
    }

    /// Looks through everything that a server says.
    pub(super) fn response(&mut self, response: Response<'_>) -> Result<(), ErrorCode> {
        let parts = [
            (response.result, "/response/result"),
            (response.error, "/response/error"),
            (response.params, "/response/params"),
            (response.part, "/response/part"),
        ];
        for (part, root) in parts {
            if let Some(value) = part {
                self.value(value, "", &Place::root(root))?;
            }
        }
        for (name, member) in [("id", response.id), ("method", response.method)] {
            if let Some(text) = member.and_then(said_by) {
                let root = Place::root("/response");
                let but = member.and_then(|member| nobodys(member, name));
                let (found, outcome) = self.look_but(text, name, but);
                self.note(found, &root.step(Step::Member(name)), false)?;
                outcome?;
            }
        }
        let content = response
            .result
            .and_then(|result| result.pointer("/content"));
        match content.and_then(Value::as_array) {
            Some(content) => self.joined(content, &Place::root("/response/result/content")),
            None => Ok(()),
        }
    }

    /// Looks through the name and the arguments of a tool, the model, the prompts, the path of plain HTTP, and what
    /// else a message says. Headers and the paths of other protocols carry the caller's own credentials.
    pub(super) fn request(&mut self, request: &Request<'_>) -> Result<(), ErrorCode> {
        if let Some(name) = request.tool.name {
            self.text(name, "", &Place::root("/request/tool/name"))?;
        }
        if let Some(args) = request.tool.args {
            self.value(args, "", &Place::root("/request/tool/args"))?;
        }
        if let Some(model) = request.model {
            self.text(model, "", &Place::root("/request/model"))?;
        }
        if let Some(prompt) = request.prompt {
            let place = Place::root("/request/prompt");
            self.value(prompt.value(), "", &place)?;
            self.joined(prompt, &place)?;
        }
        if let (Kind::HttpRequest, Some(path)) = (request.kind, request.path) {
            self.path(path)?;
        }
        self.message(request)
    }

    /// Looks through a JSON-RPC message, beside what a call is read from. A message that says nothing
    /// else costs nothing.
    pub(super) fn message(&mut self, request: &Request<'_>) -> Result<(), ErrorCode> {
        let root = Place::root("/request/message");
        let members = request.message.and_then(Value::as_object);
        for (name, member) in members.into_iter().flat_map(|members| members.iter()) {
            match (name, member.as_object()) {
                ("jsonrpc", _) => {}
                ("method", _) if is_known(request) => {}
                ("id", _) if is_short(member) => {}
                ("params", Some(params)) => {
                    let place = root.step(Step::Member(name));
                    let called = request.kind == Kind::ToolCall;
                    let read = |name: &str| called && matches!(name, "name" | "arguments");
                    for (name, member) in params.iter().filter(|(name, _)| !read(name)) {
                        self.member(name, member, &place)?;
                    }
                }
                _ => self.member(name, member, &root)?,
            }
        }
        Ok(())
    }

    /// Looks for what texts make together that a reader sees one after the other: items that are texts, or
    /// have one as `text`. It cannot be blanked, and its place is the text that it ends in.
    fn joined(&mut self, items: Array<'_>, place: &Place<'_>) -> Result<(), ErrorCode> {
        let mut row = Row::default();
        for (index, item) in items.iter().enumerate() {
            let of = match item.as_str() {
                Some(_) => Of::Item(index),
                None => Of::Member(index),
            };
            let text = item.as_str().or_else(|| item.pointer("/text")?.as_str());
            if let Some(whole) = row.add(text.unwrap_or_default(), of) {
                self.row(&whole, place)?;
            }
        }
        self.row(&row, place)
    }

    /// Looks at a row as a whole, and again around each border: what begins or ends with a text may not be found
    /// where another goes before or on.
    fn row(&mut self, row: &Row, items: &Place<'_>) -> Result<(), ErrorCode> {
        if row.borders().is_empty() {
            return Ok(());
        }
        let (mut whole, outcome) = self.look(row.text(), "");
        callgate_json::sort_by(&mut whole, |a, b| a.end.cmp(&b.end));
        let mut whole = whole.into_iter().peekable();
        for border in row.borders() {
            let mut found: Vec<Finding<'r>> = Vec::new();
            let mut outcome = Ok(());
            for (from, text) in row.around(border).into_iter().flatten() {
                let (near, looked) = self.look(text, "");
                outcome = outcome.and(looked);
                shifted(near, from, &mut found);
            }
            while let Some(finding) = whole.next_if(|finding| finding.end <= border.end) {
                add(finding, &mut found);
            }
            found.retain(|finding| finding.start < border.cut && border.cut < finding.end);
            in_order(&mut found);
            for finding in &mut found {
                finding.start = 0;
                finding.end = finding.end.saturating_sub(border.cut);
            }
            match border.of {
                Of::Item(index) => self.note(found, &items.step(Step::Item(index)), false)?,
                Of::Member(index) => {
                    let item = items.step(Step::Item(index));
                    self.note(found, &item.step(Step::Member("text")), false)?
                }
            };
            outcome?;
        }
        outcome
    }

    /// Looks through a value with all that is in it; `label` is the nearest name above it.
    fn value(&mut self, value: Value<'_>, label: &str, place: &Place<'_>) -> Result<(), ErrorCode> {
        self.gas.charge(1)?;
        match value.view() {
            View::Null | View::Bool(_) => Ok(()),
            View::String(text) => self.replaceable(value, text, label, place),
            View::Number(_) if is_short(value) => Ok(()),
            View::Number(number) => self.replaceable(value, number.text(), label, place),
            View::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    self.value(item, label, &place.step(Step::Item(index)))?;
                }
                Ok(())
            }
            View::Object(object) => {
                for (name, member) in object.iter() {
                    self.member(name, member, place)?;
                }
                Ok(())
            }
        }
    }

    fn member(&mut self, name: &str, value: Value<'_>, place: &Place<'_>) -> Result<(), ErrorCode> {
        let (found, outcome) = self.look(name, "");
        // Where the name itself gives something away, no place shows it.
        let shown = match found.is_empty() {
            true => Cow::Borrowed(name),
            false => Cow::Owned(redact(name, &found)),
        };
        let place = place.step(Step::Member(&shown));
        self.note(found, &place, false)?;
        outcome?;
        // MCP calls a number of its own so; whoever makes it up from letters keeps no secret in it.
        let label = if name == PROGRESS { "" } else { name };
        self.value(value, label, &place)
    }

    /// Looks through a path, and through its segments by themselves: a value begins and ends with one.
    fn path(&mut self, path: &str) -> Result<(), ErrorCode> {
        let (mut found, mut outcome) = self.look(path, "");
        let mut start = 0_usize;
        for segment in path.split('/') {
            let (here, looked) = self.look(segment, "");
            outcome = outcome.and(looked);
            shifted(here, start, &mut found);
            start = start.saturating_add(segment.len()).saturating_add(1);
        }
        in_order(&mut found);
        self.note(found, &Place::root("/request/path"), false)?;
        outcome
    }

    fn text(&mut self, text: &str, label: &str, place: &Place<'_>) -> Result<(), ErrorCode> {
        let (found, outcome) = self.look(text, label);
        self.note(found, place, false)?;
        outcome
    }

    /// A text or number that another one could stand for.
    fn replaceable(
        &mut self,
        value: Value<'_>,
        text: &str,
        label: &str,
        place: &Place<'_>,
    ) -> Result<(), ErrorCode> {
        let (found, outcome) = self.look_but(text, label, nobodys(value, label));
        let blank = self.note(found, place, true)?;
        if !blank.is_empty() {
            self.gas.charge_bytes(text.len())?;
            let (start, end) = value.span();
            let mut json = Vec::new();
            canonical::write_str(&redact(text, &blank), &mut json);
            // INVARIANT: JSON is written as UTF-8.
            let text = String::from_utf8(json).unwrap_or_default();
            self.blanked.push(Blanked { start, end, text });
        }
        outcome
    }

    /// What is found in a text, and whether it was looked through to its end.
    fn look(&mut self, text: &str, label: &str) -> (Vec<Finding<'r>>, Result<(), ErrorCode>) {
        self.look_but(text, label, None)
    }

    /// The same without what one detector finds.
    fn look_but(
        &mut self,
        text: &str,
        label: &str,
        but: Option<&str>,
    ) -> (Vec<Finding<'r>>, Result<(), ErrorCode>) {
        let together = self.together;
        let wanted = Wanted {
            wanted: &|by, value| Some(by.detector) != but && together.wants(by, value),
            covers: &|outer, inner| together.covers(outer, inner),
            custom: &|custom| together.has_pattern(custom),
            gas: together.policies.len() as u64,
        };
        let input = Input {
            text,
            label,
            direction: together.direction,
        };
        let mut found = Vec::new();
        let mut sink = |finding: Finding<'r>| {
            let detector = pattern_name(finding.detector, finding.custom);
            found.push(Finding {
                detector,
                ..finding
            });
        };
        let detectors = &together.dlp.detectors;
        let outcome = match detectors.scan_for(wanted, input, self.gas, &mut sink) {
            Ok(()) => Ok(()),
            Err(ScanError::Gas) => Err(ErrorCode::GasExhausted),
            Err(ScanError::Findings | ScanError::Decoded) => Err(ErrorCode::MemoryExhausted),
        };
        (found, outcome)
    }

    /// Takes down what was found at a place, and gives back what is to be blanked there, if that
    /// can be done.
    fn note(
        &mut self,
        found: Vec<Finding<'r>>,
        place: &Place<'_>,
        replaceable: bool,
    ) -> Result<Vec<Finding<'r>>, ErrorCode> {
        let mut blank = Vec::new();
        if found.is_empty() {
            return Ok(blank);
        }
        let pointer = place.pointer();
        for finding in found {
            let bytes = pointer.len().saturating_add(FINDING_BYTES);
            let left = self.memory.checked_sub(bytes);
            self.memory = left.ok_or(ErrorCode::MemoryExhausted)?;
            self.gas.charge_bytes(bytes)?;
            self.gas.charge(self.together.policies.len() as u64)?;
            if self.weigh(&finding, &pointer, replaceable) {
                blank.push(finding);
            }
        }
        Ok(blank)
    }

    /// Counts a finding; whether some policy has it blanked.
    fn weigh(&mut self, finding: &Finding<'r>, pointer: &str, replaceable: bool) -> bool {
        let replaceable = replaceable && self.together.direction == Direction::Response;
        let mut blank = false;
        let &Finding {
            detector,
            class,
            severity,
            custom,
            ..
        } = finding;
        let by = FoundBy {
            detector,
            class,
            severity,
            custom,
        };
        let mut greatest = None;
        for (place, stance) in self.together.stances(by) {
            let Stance::Finds(severity, effect) = stance else {
                continue;
            };
            greatest = greatest.max(Some(severity));
            let spec = self
                .together
                .policies
                .get(place)
                .map(|applying| applying.spec);
            let redacts = replaceable && spec.is_some_and(|spec| spec.redact);
            let effect = match redacts && effect > Effect::Allow {
                true => {
                    blank = true;
                    Effect::Flag
                }
                false => effect,
            };
            if let Some(worst) = self.worst.get_mut(place)
                && worst.is_none_or(|(worst, _)| worst < effect)
            {
                *worst = Some((effect, detector));
            }
            if let Some(said) = &mut self.said {
                said.push(Said {
                    place,
                    detector,
                    own: custom.is_some(),
                    effect,
                });
            }
        }
        self.findings.push(callgate_model::Finding {
            detector,
            class: class.as_str(),
            severity: greatest.unwrap_or(severity).as_str(),
            path: pointer.to_owned(),
            start: place(finding.start),
            end: place(finding.end),
            masked: finding.masked.clone(),
            confidence: percent(finding.confidence),
        });
        blank
    }
}

/// Puts findings in the order of their text, longer ones first.
fn in_order(found: &mut [Finding<'_>]) {
    callgate_json::sort_by(found, |a, b| (a.start, b.end).cmp(&(b.start, a.end)));
}

/// Moves findings of a part of a text to where they are in all of it.
fn shifted<'r>(found: Vec<Finding<'r>>, by: usize, into: &mut Vec<Finding<'r>>) {
    for mut finding in found {
        finding.start = finding.start.saturating_add(by);
        finding.end = finding.end.saturating_add(by);
        add(finding, into);
    }
}

/// Adds a finding unless it is there.
fn add<'r>(finding: Finding<'r>, found: &mut Vec<Finding<'r>>) {
    let same = |other: &Finding<'_>| {
        (other.start, other.end) == (finding.start, finding.end)
            && (other.detector, other.custom) == (finding.detector, finding.custom)
    };
    if !found.iter().any(same) {
        found.push(finding);
    }
}

/// Whether the specification has chosen the name of the method, and not who wrote the message.
fn is_known(request: &Request<'_>) -> bool {
    let method = request.method.unwrap_or_default();
    request.kind == Kind::ToolCall || crate::method::PROTOCOL.contains(&method)
}

/// What a text or number says that others are told apart by: nothing can stand in its place.
fn said_by(value: Value<'_>) -> Option<&str> {
    let number = value.as_number().filter(|_| !is_short(value));
    value.as_str().or(number.map(|number| number.text()))
}

/// The detector of cards where a number has a name that ids have: of those, one in twenty would be taken for a
/// card. What is written as a text is looked at in any case.
fn nobodys(value: Value<'_>, label: &str) -> Option<&'static str> {
    value.as_number()?;
    let label = label.to_ascii_lowercase();
    let is_id = IDS.iter().any(|name| label.ends_with(name));
    let is_card = CARDS.iter().any(|name| label.contains(name));
    (is_id && !is_card).then_some("payment-card")
}

/// Whether a value is a number that is nobody's.
fn is_short(value: Value<'_>) -> bool {
    let number = value.as_number();
    number.is_some_and(|number| number.text().len() < SHORTEST_NUMBER)
}

fn place(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

/// How sure a finding is, as records say it.
fn percent(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Low => 40,
        Confidence::Medium => 70,
        Confidence::High => 90,
        Confidence::Certain => 100,
    }
}

impl<'p> Place<'p> {
    fn root(pointer: &'p str) -> Self {
        Self {
            around: None,
            step: Step::Into(pointer),
        }
    }

    fn step<'n>(&'n self, step: Step<'n>) -> Place<'n>
    where
        'p: 'n,
    {
        Place {
            around: Some(self),
            step,
        }
    }

    /// The JSON Pointer (RFC 6901) of the place.
    fn pointer(&self) -> String {
        let mut pointer = self.around.map_or_else(String::new, Place::pointer);
        match self.step {
            Step::Into(steps) => pointer.push_str(steps),
            Step::Member(name) => {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Step::Item(index) => pointer.push_str(&format!("/{index}")),
        }
        pointer
    }
}
