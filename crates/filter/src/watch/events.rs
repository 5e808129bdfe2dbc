//! Events of a server: each is judged once it is whole, with what those before it said, and goes on.
use super::{Heard, Judging, Phase, Watch, read};
use crate::exchange::Answer;
use callgate_wire::WireError;
use callgate_wire::response;
use callgate_wire::sse::{Event, Events};
use callgate_wire::trail::{self, Joined, Trail};

/// What may be written of a stream of events, and why it ends there, if it does.
pub(crate) struct Heeded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) refused: Option<Box<Answer>>,
}

impl Watch {
    /// Judges the events that are whole with these bytes; with the end nothing more comes.
    pub(crate) fn events(&mut self, judging: &mut Judging<'_>, bytes: &[u8], end: bool) -> Heeded {
        if self.is_only_read() {
            self.overhear(judging, bytes);
            return Heeded {
                bytes: bytes.to_vec(),
                refused: None,
            };
        }
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
                Ok(None) => {
                    let grown = self.grown(self.held(&events));
                    let last = grown.is_none() && end;
                    break match last {
                        true => self.finish(judging, &mut out).err(),
                        false => grown,
                    };
                }
                Err(error) => break Some(self.unreadable(error)),
            };
            let judged = self.around(judging, &event);
            let judged = judged.and_then(|()| match self.model.is_some() {
                true => self.part(judging, event, &mut out),
                false => self.event(judging, event, &mut out),
            });
            match judged {
                Ok(()) => {}
                Err(Stop::Refused(answer)) => break Some(answer),
                Err(Stop::Unreadable(error)) => break Some(self.unreadable(error)),
            }
        };
        match &refused {
            None => self.phase = Phase::Events(events),
            Some(answer) => {
                self.forsake();
                let data = String::from_utf8_lossy(&answer.reply.body).into_owned();
                let event = Event {
                    name: self.shape.last_event().map(str::to_owned),
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

    /// Notes what events leave in the books where nobody has a say in them: they go on as they come, also
    /// those that cannot be read, after which nothing is noted any more.
    fn overhear(&mut self, judging: &mut Judging<'_>, bytes: &[u8]) {
        let Phase::Events(mut events) = std::mem::replace(&mut self.phase, Phase::Ended) else {
            return;
        };
        events.push(bytes);
        loop {
            match events.next_event() {
                Ok(Some(event)) => {
                    let data = event.data.unwrap_or_default();
                    self.note(judging, data.as_bytes());
                }
                Ok(None) if self.grown(events.held()).is_none() => {
                    self.phase = Phase::Events(events);
                    return;
                }
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// Whether events are held that were not judged to their end.
    pub(crate) fn holds(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.flow.held() > 0)
    }

    fn held(&self, events: &Events) -> usize {
        let held = self.model.as_ref().map_or(0, |model| model.flow.held());
        events.held().saturating_add(held)
    }

    /// Judges what an event says beside its data. Nothing of that can be blanked.
    fn around(&mut self, judging: &mut Judging<'_>, event: &Event) -> Result<(), Stop> {
        if self.duty.is_none() {
            return Ok(());
        }
        let known = |name: &&str| name.len() <= EVENT && name.bytes().all(is_of_a_type);
        let name = event.name.as_deref().filter(|name| !known(name));
        for (field, text) in [("event", name), ("id", event.id.as_deref())] {
            let Some(text) = text else { continue };
            let before = self.trail.joined(field, text);
            for text in [Some(text), before.as_ref().map(|(text, _)| text.as_str())] {
                let seen = text
                    .map(|text| self.look(judging, field, text, false))
                    .transpose()?;
                if seen.is_some_and(|seen| seen.blanked.is_some()) {
                    return Err(Stop::Refused(self.unblanked()));
                }
            }
        }
        Ok(())
    }

    /// Judges a message in an event.
    fn event(
        &mut self,
        judging: &mut Judging<'_>,
        mut event: Event,
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        // Events without data are signs of life, or tell where to come back to.
        if let Some(data) = event.data.as_deref().filter(|data| !data.is_empty()) {
            match self.noted(judging, data.as_bytes()) {
                Heard::Passes(_, None) => {}
                Heard::Passes(_, Some(text)) => event.data = Some(text),
                Heard::Refused(answer) => return Err(Stop::Refused(answer)),
            }
        }
        if self.duty.is_some() {
            let mut trail = std::mem::take(&mut self.trail);
            let data = event.data.as_deref().filter(|data| !data.is_empty());
            let followed = data.map(|data| self.follow(judging, data.as_bytes(), &mut trail));
            self.trail = trail;
            followed.transpose()?;
        }
        event.write(out);
        Ok(())
    }

    /// Judges what the texts of each message make together with those before it.
    pub(super) fn follow(
        &self,
        judging: &mut Judging<'_>,
        data: &[u8],
        trail: &mut Trail,
    ) -> Result<(), Stop> {
        let limits = self.limits;
        let said = read(data, &limits, judging.memory, |document, _| {
            // What is no message was judged as a whole.
            let messages = response::messages(document.root(), self.spoken).unwrap_or_default();
            let said = messages.iter();
            let said = said.map(|message| (self.is_own(message), trail::texts(message)));
            Ok(said.collect::<Vec<_>>())
        })?;
        for (own, texts) in said {
            for Joined { name, text, cut } in trail.follow(&texts) {
                let seen = self.look(judging, name, &text, own)?;
                // Of a value that has begun to go on nothing can be blanked.
                let across = |(from, to): &(usize, usize)| *from < cut && cut < *to;
                if seen.blanked.is_some() && seen.found.iter().any(across) {
                    return Err(Stop::Refused(self.unblanked()));
                }
            }
        }
        Ok(())
    }
}

/// Why an event goes no further.
pub(super) enum Stop {
    /// This is said instead.
    Refused(Box<Answer>),
    /// It cannot be judged.
    Unreadable(WireError),
}

impl From<WireError> for Stop {
    fn from(error: WireError) -> Self {
        Self::Unreadable(error)
    }
}

/// Bytes of the type of an event that nobody looks at, if they are of one.
const EVENT: usize = 40;

fn is_of_a_type(byte: u8) -> bool {
    byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.')
}
