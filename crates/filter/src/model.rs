//! The calls in a model's answer: found, judged as the caller's, and held until they are.
use crate::exchange::{Answer, Exchange, Moment};
use crate::host::{self, HostError, Level};
use crate::record::{self, Mark};
use crate::settle::Unsettled;
use crate::watch::Judging;
use callgate_json::Document;
use callgate_model::Effect;
use callgate_wire::WireError;
use callgate_wire::flow::Flow;
use callgate_wire::llm::{self, Llm, ModelCall, Stream, Taken};
use callgate_wire::sse::Event;

/// A model that answers, and the request that it answers to.
pub(crate) struct Model {
    llm: Llm,
    asked: Box<Exchange>,
    stream: Stream,
    /// Events that wait for a call to be whole, or for the end of what may be a value.
    pub(crate) flow: Flow,
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
            flow: Flow::default(),
            judged: 0,
            marks: Vec::new(),
        }
    }

    /// The calls in a whole answer.
    pub(crate) fn calls(&self, document: &Document<'_>) -> Result<Vec<ModelCall>, WireError> {
        llm::calls(self.llm, document.root())
    }

    /// What an event comes to.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        document: &Document<'_>,
    ) -> Result<Taken, WireError> {
        self.stream.take(event, document)
    }

    /// Whether an event says nothing but that the stream is over.
    pub(crate) fn is_end(&self, event: &Event) -> bool {
        self.stream.is_end(event)
    }

    /// What the end of the stream comes to.
    pub(crate) fn end(&mut self) -> Taken {
        self.stream.end()
    }

    /// Whether parts of a call are still to come: nothing may go on before it is judged.
    pub(crate) fn is_amid_a_call(&self) -> bool {
        self.stream.is_amid_a_call()
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
        let permitted = self
            .asked
            .permit(judging.config, calls, &mut moments, scratch);
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
            // Nobody is asked about a call in an answer, which cannot wait.
            Err(Unsettled::Ask(_) | Unsettled::Lend(_)) => {
                Err(Box::new(self.asked.failed(judging.config)))
            }
        }
    }

    /// What was decided about calls since it was asked last.
    pub(crate) fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }
}

/// Where the number of a decision is mixed in, above the nanoseconds of most times.
const SALT: u32 = 56;

fn told(error: HostError) {
    let status = error.status.to_string();
    let line = ["callgate: a call, `", error.call, "` gave status ", &status];
    host::log(Level::Error, &line.concat());
}
