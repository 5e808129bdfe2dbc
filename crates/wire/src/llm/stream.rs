//! Streamed responses: what each event adds to which text, and the calls that are whole with it.
mod anthropic;
mod openai;
mod responses;

use super::calls::ModelCall;
use super::{Api, Llm, Vendor};
use crate::error::WireError;
use crate::sse::Event;
use callgate_json::{Document, Value};

/// A streamed response as far as it has come.
#[derive(Clone, Debug)]
pub struct Stream {
    llm: Llm,
    /// Calls of which parts are still to come, OpenAI choices and Anthropic blocks alike.
    open: Vec<OpenCall>,
    /// Choices that are over: whatever came for them later would change a call that was judged.
    closed: Vec<u64>,
    /// Anthropic blocks, and items of Responses, that are no calls and not over.
    blocks: Vec<u64>,
    /// Calls of Responses that were whole: the last event says all of them again.
    said: Vec<ModelCall>,
    done: bool,
}

/// A call that grows.
#[derive(Clone, Debug)]
struct OpenCall {
    choice: u64,
    index: u64,
    /// OpenAI: what there was before tools, one a message and without an index. Anthropic: parts of its
    /// input have come. Responses: no more parts come.
    legacy: bool,
    custom: bool,
    /// The id of its item, in Responses.
    id: Option<String>,
    call: ModelCall,
}

/// What an event comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What it adds to texts.
    pub pieces: Vec<Piece>,
    /// Calls that are whole with it.
    pub calls: Vec<ModelCall>,
    /// Texts that end with it: those of these choices or blocks, or all.
    pub ends: Ends,
}

/// Which texts end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// None.
    #[default]
    None,
    /// Those of these choices or blocks.
    Of(Vec<u64>),
    /// All.
    All,
}

/// A part of a text that comes in events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The choice or block that it belongs to.
    pub of: u64,
    /// The member that it is in.
    pub name: String,
    /// The first byte of its value in the data of the event.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// What it adds.
    pub text: String,
}

/// Calls, choices or blocks at once; nobody has so many, and each is looked for in all.
const MOST: usize = 128;
/// How OpenAI ends a stream.
const DONE: &str = "[DONE]";

impl Stream {
    /// A stream that has not begun.
    #[must_use]
    pub fn new(llm: Llm) -> Self {
        Self {
            llm,
            open: Vec::new(),
            closed: Vec::new(),
            blocks: Vec::new(),
            said: Vec::new(),
            done: false,
        }
    }

    /// Whether parts of a call are still to come: nothing may go on before it is judged.
    #[must_use]
    pub fn is_amid_a_call(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the vendor's last event has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether an event is one that says nothing but that the stream is over.
    #[must_use]
    pub fn is_end(&self, event: &Event) -> bool {
        self.llm.vendor == Vendor::OpenAi && event.data.as_deref() == Some(DONE)
    }

    /// Takes the end of the stream that [`Stream::is_end`] tells of.
    pub fn end(&mut self) -> Taken {
        self.done = true;
        let calls = self.open.drain(..).map(OpenCall::whole);
        Taken {
            calls: calls.collect(),
            ends: Ends::All,
            pieces: Vec::new(),
        }
    }

    /// Takes an event whose data is `document`.
    ///
    /// # Errors
    /// An event that is not known, or that clients could put together in several ways.
    pub fn take(&mut self, event: &Event, document: &Document<'_>) -> Result<Taken, WireError> {
        if self.done {
            return Err(WireError::Completion);
        }
        let root = document.root();
        match (self.llm.vendor, self.llm.api) {
            (Vendor::OpenAi, Api::Responses) => self.responses(event, root),
            (Vendor::OpenAi, Api::Chat | Api::Embeddings) => self.openai(event, root),
            (Vendor::Anthropic, _) => self.anthropic(event, root),
        }
    }

    /// Whether a block or item of this number was there: clients would put another in its place, or behind
    /// it.
    fn is_known(&self, number: u64) -> bool {
        let open = self.open.iter().any(|open| open.choice == number);
        open || self.closed.contains(&number) || self.blocks.contains(&number)
    }

    fn begin(&mut self, call: OpenCall) -> Result<(), WireError> {
        if self.open.len() >= MOST {
            return Err(WireError::Completion);
        }
        self.open.push(call);
        Ok(())
    }
}

/// The place of a text in its event, unless it is absent or null.
fn piece(of: u64, name: &str, value: Option<Value<'_>>) -> Result<Option<Piece>, WireError> {
    let Some(value) = super::calls::present(value) else {
        return Ok(None);
    };
    let text = value.as_str().ok_or(WireError::Completion)?;
    let (start, end) = value.span();
    Ok(Some(Piece {
        of,
        name: name.to_owned(),
        start,
        end,
        text: text.to_owned(),
    }))
}

/// The number of a choice, call or block.
fn index(value: Option<Value<'_>>) -> Result<u64, WireError> {
    let number = value.and_then(Value::as_number);
    let number = number.and_then(|number| number.text().parse().ok());
    number.ok_or(WireError::Completion)
}
