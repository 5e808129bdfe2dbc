//! What a response has to hold against, and what becomes of it. No host calls.
use crate::exchange::{Answer, Memory};
use crate::listing::Listing;
use crate::record::{Mark, Refused};
use callgate_engine::{CompiledRelease, Duty, Response};
use callgate_json::{Document, Limits};
use callgate_model::Effect;
use callgate_wire::response::{self, Body, Spoken};
use callgate_wire::sse::{Event, Events};
use callgate_wire::{Headers, Refusal, RefusalKind, Route, Shape, WireError};

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
    /// Bytes of the body that are held.
    length: usize,
    phase: Phase,
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
}

/// What a text of a server leads to.
pub(crate) enum Heard {
    /// It goes on; with another text in its place if there is one.
    Passes(Effect, Option<String>),
    /// This is said instead.
    Refused(Box<Answer>),
}

/// What may be written of a stream of events, and why it ends there, if it does.
pub(crate) struct Heeded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) refused: Option<Box<Answer>>,
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
            length: 0,
            phase: Phase::Due,
        }
    }

    /// Takes the head of the response.
    ///
    /// # Errors
    /// What follows could not be judged.
    pub(crate) fn open(&mut self, headers: Headers<'_>, end: bool) -> Result<Next, Box<Answer>> {
        if end {
            self.phase = Phase::Ended;
            return Ok(Next::Nothing);
        }
        // No list comes with a status that says so; clients want to know which.
        let status = headers.one(":status").ok().flatten();
        if self.duty.is_none() && !status.is_some_and(|status| status.starts_with('2')) {
            return Ok(Next::Unwatched);
        }
        match Body::announced(headers, self.spoken) {
            Ok(Body::Json) => {
                self.phase = Phase::Whole;
                Ok(Next::Whole)
            }
            Ok(Body::Events) => {
                self.phase = Phase::Events(Events::default());
                Ok(Next::Events)
            }
            Err(error) => Err(self.unreadable(error)),
        }
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
    pub(crate) fn whole(
        &mut self,
        release: &CompiledRelease,
        body: &[u8],
        memory: &mut Memory,
    ) -> Heard {
        self.phase = Phase::Ended;
        // A response that was accepted and says nothing.
        if body.is_empty() {
            return Heard::Passes(Effect::Allow, None);
        }
        self.hear(release, body, memory)
    }

    /// Judges the events that are whole with these bytes.
    pub(crate) fn events(
        &mut self,
        release: &CompiledRelease,
        bytes: &[u8],
        memory: &mut Memory,
    ) -> Heeded {
        let mut out = Vec::new();
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        let Phase::Events(mut events) = phase else {
            return Heeded {
                bytes: out,
                refused: None,
            };
        };
        events.push(bytes);
        let refused = loop {
            let event = match events.next_event() {
                Ok(Some(event)) => event,
                Ok(None) => break self.grown(events.held()),
                Err(error) => break Some(self.unreadable(error)),
            };
            match self.event(release, event, memory) {
                Ok(event) => event.write(&mut out),
                Err(answer) => break Some(answer),
            }
        };
        match &refused {
            None => self.phase = Phase::Events(events),
            Some(answer) => {
                let data = String::from_utf8_lossy(&answer.reply.body).into_owned();
                let event = Event {
                    data: Some(data),
                    ..Event::default()
                };
                event.write(&mut out);
            }
        }
        Heeded {
            bytes: out,
            refused,
        }
    }

    fn event(
        &self,
        release: &CompiledRelease,
        mut event: Event,
        memory: &mut Memory,
    ) -> Result<Event, Box<Answer>> {
        // Events without data are signs of life, or tell where to come back to.
        let Some(data) = event.data.as_deref().filter(|data| !data.is_empty()) else {
            return Ok(event);
        };
        match self.hear(release, data.as_bytes(), memory) {
            Heard::Passes(_, None) => Ok(event),
            Heard::Passes(_, Some(text)) => {
                event.data = Some(text);
                Ok(event)
            }
            Heard::Refused(answer) => Err(answer),
        }
    }

    /// Judges one text, after its lists of tools are what the caller may see.
    fn hear(&self, release: &CompiledRelease, text: &[u8], memory: &mut Memory) -> Heard {
        let listed = match &self.listing {
            None => Ok(None),
            Some(listing) => {
                self.read(text, memory, |document, _| listing.shown(release, document))
            }
        };
        let heard = listed.and_then(|listed| {
            let Some(duty) = &self.duty else {
                return Ok(Heard::Passes(Effect::Allow, listed));
            };
            let text = listed.as_deref().map_or(text, str::as_bytes);
            let heard = self.read(text, memory, |document, memory| {
                self.judge(release, duty, document, memory)
            })?;
            Ok(match heard {
                Heard::Passes(effect, None) => Heard::Passes(effect, listed),
                heard => heard,
            })
        });
        heard.unwrap_or_else(|error| Heard::Refused(self.unreadable(error)))
    }

    fn read<T>(
        &self,
        text: &[u8],
        memory: &mut Memory,
        then: impl FnOnce(&Document<'_>, &Memory) -> Result<T, WireError>,
    ) -> Result<T, WireError> {
        let buffers = std::mem::take(&mut memory.buffers);
        let document = response::read_document(text, &self.limits, buffers)?;
        let done = then(&document, memory);
        memory.buffers = document.into_buffers();
        done
    }

    fn judge(
        &self,
        release: &CompiledRelease,
        duty: &Duty,
        document: &Document<'_>,
        memory: &Memory,
    ) -> Result<Heard, WireError> {
        let messages = response::messages(document.root(), self.spoken)?;
        let mut effect = Effect::Allow;
        let mut blanked = Vec::new();
        for message in messages {
            let said = Response {
                result: message.result,
                error: message.error,
                params: message.params,
            };
            let judged = duty.judge(release, said, &memory.scratch);
            if judged.record.decision > Effect::Flag {
                let refused = Refused::of(&judged.record);
                let refusal = refused.refusal(&self.decision_id);
                let answer = self.answer(&refusal, refused.code);
                return Ok(Heard::Refused(Box::new(Answer {
                    policy: refused.policy.map(str::to_owned),
                    ..answer
                })));
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

    /// Refuses what cannot be judged.
    fn unreadable(&self, error: WireError) -> Box<Answer> {
        let refusal = Refusal {
            kind: RefusalKind::Denied,
            code: UNREADABLE,
            reasons: &[UNREADABLE, error.code()],
            policy: None,
            message: None,
            decision_id: &self.decision_id,
            remediation: None,
        };
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

/// The code of a response that nobody can judge.
const UNREADABLE: &str = "RESPONSE_UNREADABLE";
