//! A model's answer in events: texts are put together from their parts, calls held until they are judged.
use super::events::Stop;
use super::{Judging, Watch, read};
use crate::exchange::Answer;
use crate::model::Model;
use callgate_engine::{Blanked, Response};
use callgate_json::{Limits, Writer};
use callgate_model::Effect;
use callgate_wire::WireError;
use callgate_wire::flow::{Edit, Seen};
use callgate_wire::llm::{Piece, Taken};
use callgate_wire::response;
use callgate_wire::sse::Event;

/// What stands for a text that is judged elsewhere.
const EMPTY: &str = "\"\"";
/// Its bytes.
const EMPTY_BYTES: u32 = 2;
/// Bytes of a text that came in parts and is looked at, whatever a route bounds bodies to.
const WINDOW: u32 = 1 << 17;

/// Where findings lie in their texts, and what is to be blanked.
type Judged = (Vec<(usize, usize)>, Vec<Blanked>);

impl Watch {
    /// Judges an event of a model's answer.
    pub(super) fn part(
        &mut self,
        judging: &mut Judging<'_>,
        event: Event,
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let Some(mut model) = self.model.take() else {
            return Ok(());
        };
        let judged = self.part_of(&mut model, judging, event, out);
        self.model = Some(model);
        judged
    }

    fn part_of(
        &mut self,
        model: &mut Model,
        judging: &mut Judging<'_>,
        event: Event,
        out: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let amid = model.is_amid_a_call();
        let data = event.data.as_deref().filter(|data| !data.is_empty());
        let (taken, edits) = match data {
            None => (Taken::default(), Vec::new()),
            Some(_) if model.is_end(&event) => (model.end(), Vec::new()),
            Some(data) => {
                let bill = self.aftermath.as_mut();
                let bill = bill.filter(|bill| bill.is_said_in(data));
                let taken = read(
                    data.as_bytes(),
                    &self.limits,
                    judging.memory,
                    |document, _| {
                        if let Some(bill) = bill {
                            bill.part(document.root());
                        }
                        model.take(&event, document)
                    },
                )?;
                let edits = self.beside(judging, data, &taken.pieces)?;
                // What is blanked in a part of a call makes another call than the one that is judged.
                if !edits.is_empty() && (amid || model.is_amid_a_call() || !taken.calls.is_empty())
                {
                    return Err(Stop::Refused(self.unblanked()));
                }
                (taken, edits)
            }
        };
        for call in taken.calls.iter().filter(|_| self.duty.is_some()) {
            if self
                .look(judging, "arguments", &call.args, false)?
                .blanked
                .is_some()
            {
                return Err(Stop::Refused(self.unblanked()));
            }
        }
        model.judge(judging, &taken.calls).map_err(Stop::Refused)?;
        // Texts are only put together where somebody looks at them.
        let pieces = match self.duty {
            Some(_) => &taken.pieces[..],
            None => &[],
        };
        model.flow.push(event, edits, pieces, &taken.ends)?;
        if model.is_amid_a_call() {
            return Ok(());
        }
        let mut look = |name: &str, text: &str| self.look(judging, name, text, false);
        model.flow.release(out, &mut look)
    }

    /// Judges what an event says beside the texts that are parts of longer ones; what to put in place of
    /// it.
    fn beside(
        &self,
        judging: &mut Judging<'_>,
        data: &str,
        pieces: &[Piece],
    ) -> Result<Vec<Edit>, Stop> {
        if self.duty.is_none() {
            return Ok(Vec::new());
        }
        let places = pieces.iter().map(|piece| (piece.start, piece.end, EMPTY));
        let rest = response::replaced(data, places).ok_or(WireError::Completion)?;
        let (_, blanked) = self.judged(judging, &rest, false)?;
        // Where a place in the rest lies in the data.
        let back = |at: u32| {
            let mut shift = 0_u32;
            for piece in pieces {
                let here = piece.start.saturating_sub(shift);
                if here < at {
                    let length = piece.end.saturating_sub(piece.start);
                    shift = shift.saturating_add(length).saturating_sub(EMPTY_BYTES);
                }
            }
            at.saturating_add(shift)
        };
        let edits = blanked.into_iter().map(|blanked| Edit {
            start: back(blanked.start),
            end: back(blanked.end),
            text: blanked.text,
        });
        Ok(edits.collect())
    }

    /// Looks at a text that came in parts; of an own answer only where it is no output of a call.
    pub(super) fn look(
        &self,
        judging: &mut Judging<'_>,
        name: &str,
        text: &str,
        own: bool,
    ) -> Result<Seen, Stop> {
        let mut json = Vec::with_capacity(text.len());
        let mut writer = Writer::new(&mut json);
        writer.begin_object().key(name).str(text).end_object();
        // INVARIANT: JSON is written as UTF-8.
        let json = String::from_utf8(json).unwrap_or_default();
        let (found, blanked) = self.judged(judging, &json, own)?;
        let blanked = blanked.into_iter().next_back().map(|blanked| blanked.text);
        let blanked = blanked.map(|text| {
            read(
                text.as_bytes(),
                &self.limits,
                judging.memory,
                |document, _| {
                    let text = document.root().as_str().ok_or(WireError::Completion)?;
                    Ok(text.to_owned())
                },
            )
        });
        Ok(Seen {
            found,
            blanked: blanked.transpose()?,
        })
    }

    /// Judges a JSON text by itself: where findings lie in their texts, and what is to be blanked.
    fn judged(&self, judging: &mut Judging<'_>, text: &str, own: bool) -> Result<Judged, Stop> {
        let (Some(release), Some(duty)) = (&judging.config.release, &self.duty) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let limits = Limits {
            bytes: self.limits.bytes.max(WINDOW),
            ..self.limits
        };
        read(
            text.as_bytes(),
            &limits,
            judging.memory,
            |document, memory| {
                let said = Response {
                    part: Some(document.root()),
                    own,
                    ..Response::default()
                };
                let judged = duty.judge(release, said, &memory.scratch);
                if judged.record.decision > Effect::Flag {
                    return Ok(Err(Stop::Refused(Box::new(self.refuse(&judged.record)))));
                }
                let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
                let found = judged.record.findings.iter();
                let found = found.map(|finding| (place(finding.start), place(finding.end)));
                Ok(Ok((found.collect(), judged.blanked)))
            },
        )?
    }

    /// Lets go on what is held when nothing more comes.
    pub(super) fn finish(
        &mut self,
        judging: &mut Judging<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Box<Answer>> {
        let Some(mut model) = self.model.take() else {
            return Ok(());
        };
        let finished = match model.is_amid_a_call() {
            true => Err(Stop::Unreadable(WireError::Completion)),
            false => {
                model.flow.end();
                let mut look = |name: &str, text: &str| self.look(judging, name, text, false);
                model.flow.release(out, &mut look)
            }
        };
        self.model = Some(model);
        finished.map_err(|stop| match stop {
            Stop::Refused(answer) => answer,
            Stop::Unreadable(error) => self.unreadable(error),
        })
    }
}
