//! The calls in a model's answer: found, judged as the caller's, and held until they are.
use crate::exchange::{Answer, Exchange, Moment};
use crate::host::{self, HostError, Level};
use crate::record::{self, Mark};
use crate::settle::Unsettled;
use crate::watch::Judging;
use callgate_json::Document;
use callgate_model::Effect;
use callgate_wire::WireError;
use callgate_wire::llm::{self, Llm, ModelCall, Stream, Taken};
use callgate_wire::sse::Event;

/// A model that answers, and the request that it answers to.
pub(crate) struct Model {
    llm: Llm,
    asked: Box<Exchange>,
    stream: Stream,
    /// Events that wait for a call to be whole.
    queue: Vec<Event>,
    /// Bytes of their data.
    held: usize,
    /// Decisions about calls so far.
    judged: u64,
    marks: Vec<Mark>,
}

impl Model {
    pub(crate) fn new(llm: Llm, asked: Exchange) -> Self {
        Self {
            llm,
            asked: Box::new(asked),
            stream: Stream::new(llm),
            queue: Vec::new(),
            held: 0,
            judged: 0,
            marks: Vec::new(),
        }
    }

    /// The calls in a whole answer.
    pub(crate) fn calls(&self, document: &Document<'_>) -> Result<Vec<ModelCall>, WireError> {
        llm::calls(self.llm, document.root())
    }

    /// The calls that are whole with an event.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        document: &Document<'_>,
    ) -> Result<Vec<ModelCall>, WireError> {
        let Taken { calls, .. } = self.stream.take(event, document)?;
        Ok(calls)
    }

    /// Whether an event says nothing but that the stream is over.
    pub(crate) fn is_end(&self, event: &Event) -> bool {
        self.stream.is_end(event)
    }

    /// The calls that are whole when the stream is over.
    pub(crate) fn end(&mut self) -> Vec<ModelCall> {
        self.stream.end().calls
    }

    /// Judges calls; the greatest effect of those that may be made.
    pub(crate) fn judge(
        &mut self,
        judging: &mut Judging<'_>,
        calls: &[ModelCall],
    ) -> Result<Effect, Box<Answer>> {
        let (now, (context, configured_at)) = (judging.now, judging.ids);
        let judged = &mut self.judged;
        let mut moments = || {
            *judged = judged.wrapping_add(1);
            let salt = configured_at.wrapping_add(judged.rotate_left(SALT));
            Moment {
                now,
                decision_id: record::decision_id(now, context, salt),
            }
        };
        let scratch = &mut judging.memory.scratch;
        let permitted = self.asked.permit(judging.config, calls, &mut moments, scratch);
        match permitted {
            Ok(marks) => {
                let effects = marks.iter().map(|mark| mark.effect);
                let effect = effects.fold(Effect::Allow, Effect::max);
                self.marks.extend(marks);
                Ok(effect)
            }
            Err(Unsettled::Refused(answer)) => Err(answer),
            Err(Unsettled::Failed(error)) => {
                told(error);
                Err(Box::new(self.asked.failed(judging.config)))
            }
        }
    }

    /// Writes an event, or holds it while a call is not whole.
    pub(crate) fn hold(&mut self, event: Event, out: &mut Vec<u8>) {
        if self.stream.is_amid_a_call() {
            let bytes = event.data.as_ref().map_or(0, String::len);
            self.held = self.held.saturating_add(bytes).saturating_add(EVENT_BYTES);
            self.queue.push(event);
            return;
        }
        self.held = 0;
        for held in self.queue.drain(..) {
            held.write(out);
        }
        event.write(out);
    }

    /// Bytes that are held.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// What was decided about calls since it was asked last.
    pub(crate) fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }
}

/// Where the number of a decision is mixed in, above the nanoseconds of most times.
const SALT: u32 = 56;
/// Bytes that an event counts for beside its data.
const EVENT_BYTES: usize = 64;

fn told(error: HostError) {
    let status = error.status.to_string();
    let line = ["callgate: a call, `", error.call, "` gave status ", &status];
    host::log(Level::Error, &line.concat());
}
