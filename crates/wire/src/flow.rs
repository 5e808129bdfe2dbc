//! Texts that come in parts, event by event: held where a value may still be growing, so that one cut
//! across events is found before its beginning is gone.
mod text;

use crate::error::WireError;
use crate::llm::{Ends, Piece};
use crate::response;
use crate::sse::Event;
use std::collections::VecDeque;
use text::Text;
pub use text::{LEAD, TAIL};

/// What a look at a text finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The bytes that findings lie in, first and behind the last.
    pub found: Vec<(usize, usize)>,
    /// The text without what is to be blanked, if anything is.
    pub blanked: Option<String>,
}

/// What may be put in place of a value in an event's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// The JSON that stands there instead.
    pub text: String,
}

/// Events that wait, in order, and the texts that they are parts of.
#[derive(Debug, Default)]
pub struct Flow {
    queue: VecDeque<Queued>,
    texts: Vec<Text>,
    held: usize,
}

#[derive(Debug)]
struct Queued {
    event: Event,
    edits: Vec<Edit>,
    parts: Vec<Part>,
    bytes: usize,
}

/// Where a part of a text lies.
#[derive(Debug)]
struct Part {
    /// Its text, by its place.
    text: usize,
    /// The byte of the text that follows it.
    ends: usize,
    /// Its place in the data.
    start: u32,
    end: u32,
}

/// Texts at once; nobody has so many, and each is looked for in all.
const MOST: usize = 256;
/// Bytes that an event counts for beside its data.
const EVENT_BYTES: usize = 64;

impl Flow {
    /// Adds an event with what is to be replaced in it outside of its texts.
    ///
    /// # Errors
    /// More texts than anybody has.
    pub fn push(
        &mut self,
        event: Event,
        edits: Vec<Edit>,
        pieces: &[Piece],
        ends: &Ends,
    ) -> Result<(), WireError> {
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let place = self.place(piece)?;
            let text = self.texts.get_mut(place).ok_or(WireError::Completion)?;
            text.grow(&piece.text);
            parts.push(Part {
                text: place,
                ends: text.end(),
                start: piece.start,
                end: piece.end,
            });
        }
        for text in &mut self.texts {
            match ends {
                Ends::All => text.is_over = true,
                Ends::Of(some) if some.contains(&text.of) => text.is_over = true,
                Ends::Of(_) | Ends::None => {}
            }
        }
        let bytes = event.data.as_ref().map_or(0, String::len);
        let bytes = bytes.saturating_add(EVENT_BYTES);
        self.held = self.held.saturating_add(bytes);
        self.queue.push_back(Queued {
            event,
            edits,
            parts,
            bytes,
        });
        Ok(())
    }

    fn place(&mut self, piece: &Piece) -> Result<usize, WireError> {
        let same = |text: &Text| text.of == piece.of && text.name == piece.name;
        if let Some(place) = self.texts.iter().position(same) {
            return Ok(place);
        }
        if self.texts.len() >= MOST {
            return Err(WireError::Completion);
        }
        self.texts.push(Text::new(piece.of, &piece.name));
        Ok(self.texts.len().saturating_sub(1))
    }

    /// Takes the end of the stream: nothing more comes of any text.
    pub fn end(&mut self) {
        for text in &mut self.texts {
            text.is_over = true;
        }
    }

    /// Bytes that are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Writes the events that may go on, as `look` finds their texts by the names that they have.
    ///
    /// # Errors
    /// What `look` refuses; a value that is to be blanked and has begun to go on.
    pub fn release<E: From<WireError>>(
        &mut self,
        out: &mut Vec<u8>,
        look: &mut dyn FnMut(&str, &str) -> Result<Seen, E>,
    ) -> Result<(), E> {
        for text in &mut self.texts {
            text.judge(look)?;
        }
        let count = self.ready();
        if count == 0 {
            return Ok(());
        }
        let mut going: Vec<Queued> = self.queue.drain(..count).collect();
        for (place, text) in self.texts.iter_mut().enumerate() {
            let mut parts = going.iter().flat_map(|queued| &queued.parts);
            let last = parts.rfind(|part| part.text == place);
            let Some(ends) = last.map(|part| part.ends) else {
                continue;
            };
            let Some(mut instead) = text.go(ends, look)? else {
                continue;
            };
            // All that is left of the text goes into its first part.
            for queued in &mut going {
                for part in queued.parts.iter().filter(|part| part.text == place) {
                    let mut json = Vec::new();
                    callgate_json::canonical::write_str(&instead, &mut json);
                    instead.clear();
                    queued.edits.push(Edit {
                        start: part.start,
                        end: part.end,
                        // INVARIANT: JSON is written as UTF-8.
                        text: String::from_utf8(json).unwrap_or_default(),
                    });
                }
            }
        }
        for queued in going {
            self.held = self.held.saturating_sub(queued.bytes);
            queued.write(out)?;
        }
        Ok(())
    }

    /// How many events may go on: as many as have no part that is held, and cut no value.
    fn ready(&self) -> usize {
        let mut ends: Vec<usize> = self.texts.iter().map(Text::gone).collect();
        let mut ready = 0;
        for (count, queued) in (1_usize..).zip(&self.queue) {
            for part in &queued.parts {
                let Some(text) = self.texts.get(part.text) else {
                    return ready;
                };
                if part.ends > text.safe() {
                    return ready;
                }
                if let Some(end) = ends.get_mut(part.text) {
                    *end = part.ends;
                }
            }
            let cuts = |(text, end): (&Text, &usize)| text.cuts(*end);
            if !self.texts.iter().zip(&ends).any(cuts) {
                ready = count;
            }
        }
        ready
    }
}

impl Queued {
    fn write(mut self, out: &mut Vec<u8>) -> Result<(), WireError> {
        if !self.edits.is_empty() {
            callgate_json::sort_by(&mut self.edits, |a, b| a.start.cmp(&b.start));
            let places = self.edits.iter();
            let places = places.map(|edit| (edit.start, edit.end, edit.text.as_str()));
            let data = self.event.data.as_deref().unwrap_or_default();
            self.event.data = Some(response::replaced(data, places).ok_or(WireError::Shape)?);
        }
        self.event.write(out);
        Ok(())
    }
}
