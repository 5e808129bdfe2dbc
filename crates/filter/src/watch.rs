//! What a response has to hold against, and what becomes of it. No host calls but those of the books: a
//! model's calls are reserved there, evidence is written down.
mod events;
mod parts;

use crate::aftermath::Aftermath;
use crate::config::Config;
use crate::exchange::{Answer, Memory};
use crate::listing::Listing;
use crate::model::Model;
use crate::record::{Mark, Refused};
use callgate_engine::{CompiledRelease, Duty, Response};
use callgate_json::{Document, Limits};
use callgate_model::{Effect, Record};
use callgate_wire::response::{self, Body, ServerMessage, Spoken};
use callgate_wire::sse::Events;
use callgate_wire::trail::Trail;
use callgate_wire::{Headers, Refusal, RefusalKind, Route, Shape, WireError};
pub(crate) use events::Heeded;
use events::Stop;

/// The watch over the response to one request.
pub(crate) struct Watch {
    duty: Option<Duty>,
    /// Whose lists of tools it may have.
    listing: Option<Listing>,
    /// The id to answer to, as the client wrote it.
    id: Option<String>,
    shape: Shape,
    spoken: Spoken,
    limits: Limits,
    decision_id: String,
    /// Whether its head goes on whatever the body is: clients of the protocol go by its status.
    is_told_by_its_head: bool,
    /// Bytes of the body that are held.
    length: usize,
    phase: Phase,
    /// The calls of a model, if one answers.
    model: Option<Model>,
    /// What events said last, where messages are judged one by one.
    trail: Trail,
    /// What it leaves in the books, if anything.
    aftermath: Option<Aftermath>,
}

/// What judging a response takes.
pub(crate) struct Judging<'j> {
    pub(crate) config: &'j Config,
    /// Nanoseconds since 1970, where calls are judged.
    pub(crate) now: u64,
    /// What tells apart the decisions of one moment.
    pub(crate) ids: (u32, u64),
    pub(crate) memory: &'j mut Memory,
}

/// How far a response has come.
enum Phase {
    /// Its head is due.
    Due,
    /// One text, which is held until it is whole.
    Whole,
    /// Events, which go on one by one.
    Events(Events),
    /// It was refused or is over: nothing more of it goes on.
    Ended,
}

/// What is expected after a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: it has no body.
    Nothing,
    /// A body that nobody has to look at.
    Unwatched,
    /// A text, which is held with the head until it is whole.
    Whole,
    /// Events, which follow the head one by one.
    Events,
    /// A body that goes no further: the head says all that matters.
    LeftOut,
}

/// What a text of a server leads to.
pub(crate) enum Heard {
    /// It goes on; with another text in its place if there is one.
    Passes(Effect, Option<String>),
    /// This is said instead.
    Refused(Box<Answer>),
}

impl Watch {
    /// A watch over the response to a request that goes on.
    pub(crate) fn new(
        duty: Option<Duty>,
        listing: Option<Listing>,
        id: Option<&str>,
        route: &Route,
        decision_id: &str,
    ) -> Self {
        Self {
            duty,
            listing,
            id: id.map(str::to_owned),
            shape: route.shape(),
            spoken: Spoken::of(route),
            limits: *route.limits(),
            decision_id: decision_id.to_owned(),
            is_told_by_its_head: false,
            length: 0,
            phase: Phase::Due,
            model: None,
            trail: Trail::default(),
            aftermath: None,
        }
    }

    /// The same, with what it leaves in the books.
    pub(crate) fn with_aftermath(self, aftermath: Option<Aftermath>) -> Self {
        Self { aftermath, ..self }
    }

    /// Whether nothing of it can be refused: it is only read.
    pub(crate) fn is_only_read(&self) -> bool {
        self.duty.is_none() && self.listing.is_none() && self.model.is_none()
    }

    /// Writes down what it has left so far.
    pub(crate) fn write_down(&mut self, now: u64) {
        if let Some(aftermath) = &mut self.aftermath {
            aftermath.write_down(now);
        }
    }

    /// Takes note that what was read does not go on: it is nobody's evidence.
    pub(crate) fn forsake(&mut self) {
        if let Some(aftermath) = &mut self.aftermath {
            aftermath.refused();
        }
    }

    /// What it leaves in the books when it is over, or its end never came; `None` once that is written.
    pub(crate) fn take_aftermath(&mut self) -> Option<Aftermath> {
        self.aftermath.take()
    }

    /// The same over the answer of a model, whose calls are judged, too.
    pub(crate) fn for_calls(self, model: Model) -> Self {
        Self {
            model: Some(model),
            ..self
        }
    }

    /// Whether it takes a time: calls are judged, or something is written down.
    pub(crate) fn takes_a_time(&self) -> bool {
        self.model.is_some() || self.aftermath.is_some()
    }

    /// What was decided about calls since it was asked last.
    pub(crate) fn take_marks(&mut self) -> Vec<Mark> {
        let marks = self.model.as_mut().map(Model::take_marks);
        marks.unwrap_or_default()
    }

    /// Takes the head of the response.
    ///
    /// # Errors
    /// What follows could not be judged.
    pub(crate) fn open(
        &mut self,
        config: &Config,
        headers: Headers<'_>,
        end: bool,
    ) -> Result<Next, Box<Answer>> {
        if let Some(aftermath) = &mut self.aftermath {
            aftermath.head(headers, end);
        }
        if end {
            self.phase = Phase::Ended;
            return Ok(Next::Nothing);
        }
        // No list comes with a status that says so; clients want to know which.
        let status = headers.one(":status").ok().flatten();
        if self.duty.is_none() && status.is_some_and(|status| !status.starts_with('2')) {
            return Ok(Next::Unwatched);
        }
        // A session that is gone, a credential that is missing, an answer that nobody waits for.
        let is_protocol = self.duty.as_ref().is_some_and(Duty::is_of_protocol);
        self.is_told_by_its_head = is_protocol && status != Some("200");
        match Body::announced(headers, self.spoken) {
            Ok(Body::Json) => {
                self.phase = Phase::Whole;
                Ok(Next::Whole)
            }
            // What a rule says about all of an answer cannot be said of its beginning.
            Ok(Body::Events) if self.model.is_some() && self.takes_all(config) => {
                Err(self.unreadable(WireError::MediaType))
            }
            Ok(Body::Events) => {
                self.phase = Phase::Events(Events::default());
                Ok(Next::Events)
            }
            Err(_) if self.is_only_read() => Ok(Next::Unwatched),
            Err(_) if self.is_told_by_its_head => {
                self.phase = Phase::Ended;
                Ok(Next::LeftOut)
            }
            Err(error) => Err(self.unreadable(error)),
        }
    }

    fn takes_all(&self, config: &Config) -> bool {
        let release = config.release.as_ref().zip(self.duty.as_ref());
        release.is_some_and(|(release, duty)| duty.takes_all(release))
    }

    /// Whether the body is held until it is whole.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.phase, Phase::Whole)
    }

    /// Bytes of the body that are held.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Notes that `length` bytes are held; the refusal of so many, if it may not have them.
    pub(crate) fn grown(&mut self, length: usize) -> Option<Box<Answer>> {
        self.length = length;
        let limit = usize::try_from(self.limits.bytes).unwrap_or(0);
        (length > limit).then(|| self.unreadable(WireError::BodyTooLarge))
    }

    /// Judges the whole body.
    pub(crate) fn whole(&mut self, judging: &mut Judging<'_>, body: &[u8]) -> Heard {
        self.phase = Phase::Ended;
        match self.heard(judging, body) {
            Heard::Refused(answer) if self.is_told_by_its_head && answer.code == UNREADABLE => {
                Heard::Passes(Effect::Allow, Some(String::new()))
            }
            Heard::Refused(answer) => {
                self.forsake();
                Heard::Refused(answer)
            }
            passes @ Heard::Passes(..) => passes,
        }
    }

    fn heard(&mut self, judging: &mut Judging<'_>, body: &[u8]) -> Heard {
        // A response that was accepted and says nothing.
        if body.is_empty() {
            return Heard::Passes(Effect::Allow, None);
        }
        let heard = self.noted(judging, body);
        if let (Heard::Passes(_, text), Some(_)) = (&heard, &self.duty) {
            let left = text.as_deref().map_or(body, str::as_bytes);
            // Several messages in one body are read one after the other.
            if left.trim_ascii_start().starts_with(b"[") {
                match self.follow(judging, left, &mut Trail::default()) {
                    Ok(()) => {}
                    Err(Stop::Refused(answer)) => return Heard::Refused(answer),
                    Err(Stop::Unreadable(error)) => return Heard::Refused(self.unreadable(error)),
                }
            }
        }
        let (effect, text, model) = match (heard, &mut self.model) {
            (Heard::Passes(effect, text), Some(model)) => (effect, text, model),
            (heard, _) => return heard,
        };
        // The caller gets what is left of the text, so that is where calls are looked for.
        let left = text.as_deref().map_or(body, str::as_bytes);
        let asked = read(left, &self.limits, judging.memory, |document, _| {
            model.calls(document)
        });
        match asked.map(|calls| model.judge(judging, &calls)) {
            Ok(Ok(called)) => Heard::Passes(called.max(effect), text),
            Ok(Err(answer)) => Heard::Refused(answer),
            Err(error) => Heard::Refused(self.unreadable(error)),
        }
    }

    /// Judges one text, and notes what it leaves in the books if it may go on.
    fn noted(&mut self, judging: &mut Judging<'_>, text: &[u8]) -> Heard {
        self.note(judging, text);
        let heard = self.hear(judging, text);
        match &heard {
            Heard::Passes(_, None) => {}
            Heard::Passes(_, Some(text)) => self.note(judging, text.as_bytes()),
            Heard::Refused(_) => self.forsake(),
        }
        heard
    }

    fn note(&mut self, judging: &mut Judging<'_>, text: &[u8]) {
        let Some(aftermath) = &mut self.aftermath else {
            return;
        };
        let spoken = self.spoken;
        // What cannot be read leaves nothing; whether it may go on is said elsewhere.
        let _ = read(text, &self.limits, judging.memory, |document, _| {
            for message in response::messages(document.root(), spoken)? {
                aftermath.message(&message);
            }
            Ok(())
        });
    }

    /// Judges one text, after its lists of tools are what the caller may see.
    fn hear(&self, judging: &mut Judging<'_>, text: &[u8]) -> Heard {
        // Without a release there is neither a duty nor a list.
        let Some(release) = &judging.config.release else {
            return Heard::Passes(Effect::Allow, None);
        };
        let memory = &mut *judging.memory;
        let listed = match &self.listing {
            None => Ok(None),
            Some(listing) => read(text, &self.limits, memory, |document, _| {
                listing.shown(release, document)
            }),
        };
        let listed = match listed {
            Err(_) if self.is_told_by_its_head => Ok(None),
            listed => listed,
        };
        let heard = listed.and_then(|listed| {
            let Some(duty) = &self.duty else {
                return Ok(Heard::Passes(Effect::Allow, listed));
            };
            let text = listed.as_deref().map_or(text, str::as_bytes);
            let heard = read(text, &self.limits, memory, |document, memory| {
                self.judge(release, duty, document, memory)
            })?;
            Ok(match heard {
                Heard::Passes(effect, None) => Heard::Passes(effect, listed),
                heard => heard,
            })
        });
        heard.unwrap_or_else(|error| Heard::Refused(self.unreadable(error)))
    }

    fn judge(
        &self,
        release: &CompiledRelease,
        duty: &Duty,
        document: &Document<'_>,
        memory: &Memory,
    ) -> Result<Heard, WireError> {
        let messages = response::messages(document.root(), self.spoken);
        let said: Vec<Response<'_>> = match &messages {
            Ok(messages) => messages.iter().map(|message| self.said(message)).collect(),
            // Many name their reasons in words of their own.
            Err(_) if self.is_told_by_its_head => vec![Response {
                part: Some(document.root()),
                ..Response::default()
            }],
            Err(error) => return Err(*error),
        };
        let mut effect = Effect::Allow;
        let mut blanked = Vec::new();
        for said in said {
            let judged = duty.judge(release, said, &memory.scratch);
            if judged.record.decision > Effect::Flag {
                return Ok(Heard::Refused(Box::new(self.refuse(&judged.record))));
            }
            effect = effect.max(judged.record.decision);
            blanked.extend(judged.blanked);
        }
        if blanked.is_empty() {
            return Ok(Heard::Passes(effect, None));
        }
        callgate_json::sort_by(&mut blanked, |a, b| a.start.cmp(&b.start));
        let places = blanked
            .iter()
            .map(|at| (at.start, at.end, at.text.as_str()));
        let text = response::replaced(document.source(), places).ok_or(WireError::Shape)?;
        Ok(Heard::Passes(effect, Some(text)))
    }

    /// What policies look at of a message. Its id is the client's own, where it answers to that.
    fn said<'d>(&self, message: &ServerMessage<'d>) -> Response<'d> {
        let own = self.is_own(message);
        Response {
            result: message.result,
            error: message.error,
            params: message.params,
            part: None,
            id: message.id.filter(|_| !own),
            method: message.method,
            own,
        }
    }

    fn is_own(&self, message: &ServerMessage<'_>) -> bool {
        self.id.as_deref().is_some_and(|id| message.answers(id))
    }

    fn refuse(&self, record: &Record<'_>) -> Answer {
        let refused = Refused::of(record);
        let refusal = refused.refusal(&self.decision_id);
        Answer {
            policy: refused.policy.map(str::to_owned),
            ..self.answer(&refusal, refused.code)
        }
    }

    /// Refuses what would have to be blanked and cannot be any more.
    fn unblanked(&self) -> Box<Answer> {
        Box::new(self.answer(&self.bare(BLOCKED, &[BLOCKED]), BLOCKED))
    }

    fn bare<'r>(&'r self, code: &'r str, reasons: &'r [&'r str]) -> Refusal<'r> {
        Refusal {
            kind: RefusalKind::Denied,
            code,
            reasons,
            policy: None,
            message: None,
            decision_id: &self.decision_id,
            remediation: None,
            approval: None,
        }
    }

    /// Refuses what cannot be judged.
    fn unreadable(&self, error: WireError) -> Box<Answer> {
        let reasons = [UNREADABLE, error.code()];
        let refusal = self.bare(UNREADABLE, &reasons);
        let answer = self.answer(&refusal, UNREADABLE);
        Box::new(answer)
    }

    fn answer(&self, refusal: &Refusal<'_>, code: &'static str) -> Answer {
        Answer {
            reply: self.shape.response(refusal, self.id.as_deref()),
            code,
            mark: Mark::undecided(),
            policy: None,
        }
    }
}

fn read<T>(
    text: &[u8],
    limits: &Limits,
    memory: &mut Memory,
    then: impl FnOnce(&Document<'_>, &Memory) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let buffers = std::mem::take(&mut memory.buffers);
    let document = response::read_document(text, limits, buffers)?;
    let done = then(&document, memory);
    memory.buffers = document.into_buffers();
    done
}

/// The code of what would have to be blanked and cannot be.
const BLOCKED: &str = "DLP_BLOCKED";
/// The code of a response that nobody can judge.
const UNREADABLE: &str = "RESPONSE_UNREADABLE";
