//! Events of Anthropic's messages.
use super::{Ends, MOST, OpenCall, Stream, Taken, index, piece};
use crate::error::WireError;
use crate::keys::{self, Others};
use crate::llm::calls::{Block, INPUT, ModelCall, NAME, block_kind, list, object, present, text};
use crate::sse::Event;
use callgate_json::{Object, Value};

/// Members of events that are read here.
const OF_EVENT: [&str; 6] = [
    "type",
    "index",
    "message",
    "content_block",
    "delta",
    "error",
];
/// What parts of a call come in.
const INPUT_DELTA: &str = "input_json_delta";

impl Stream {
    pub(super) fn anthropic(&mut self, event: &Event, root: Value<'_>) -> Result<Taken, WireError> {
        let root = object(root)?;
        keys::check(root, &OF_EVENT, Others::Accepted)?;
        let kind = text(root.get("type"))?;
        // Some clients go by the name of an event, others by what its data says.
        if event.name.as_deref().is_some_and(|name| name != kind) {
            return Err(WireError::Completion);
        }
        let mut taken = Taken::default();
        match kind {
            "ping" | "error" | "message_delta" => {}
            "message_start" => {
                let message = object(root.get("message").ok_or(WireError::Completion)?)?;
                keys::check(message, &["type", "role", "content"], Others::Accepted)?;
                if list(message.get("content"))?.next().is_some() {
                    return Err(WireError::Completion);
                }
            }
            "content_block_start" => self.start(root, &mut taken)?,
            "content_block_delta" => self.add(root, &mut taken)?,
            "content_block_stop" => self.stop(index(root.get("index"))?, &mut taken)?,
            "message_stop" if self.open.is_empty() => {
                self.done = true;
                taken.ends = Ends::All;
            }
            _ => return Err(WireError::Completion),
        }
        Ok(taken)
    }

    fn start(&mut self, root: Object<'_>, taken: &mut Taken) -> Result<(), WireError> {
        let number = index(root.get("index"))?;
        if self.is_known(number) || self.blocks.len().saturating_add(self.closed.len()) >= MOST {
            return Err(WireError::Completion);
        }
        let block = object(root.get("content_block").ok_or(WireError::Completion)?)?;
        match block_kind(self.llm, block)? {
            Block::Call => {
                let input = present(block.get(INPUT));
                self.begin(OpenCall {
                    choice: number,
                    index: 0,
                    legacy: false,
                    custom: false,
                    id: None,
                    call: ModelCall {
                        name: text(block.get(NAME))?.to_owned(),
                        // Replaced by what comes in parts, if anything does.
                        args: input.map_or("{}", Value::raw).to_owned(),
                    },
                })
            }
            Block::Text | Block::Provider => {
                self.blocks.push(number);
                for name in ["text", "thinking"] {
                    taken.pieces.extend(piece(number, name, block.get(name))?);
                }
                Ok(())
            }
        }
    }

    fn add(&mut self, root: Object<'_>, taken: &mut Taken) -> Result<(), WireError> {
        let number = index(root.get("index"))?;
        let delta = object(root.get("delta").ok_or(WireError::Completion)?)?;
        let known = [
            "type",
            "text",
            "thinking",
            "signature",
            "citation",
            "partial_json",
        ];
        keys::check(delta, &known, Others::Accepted)?;
        let kind = text(delta.get("type"))?;
        if let Some(open) = self.open.iter_mut().find(|open| open.choice == number) {
            if kind != INPUT_DELTA {
                return Err(WireError::Completion);
            }
            let more = text(delta.get("partial_json"))?;
            if more.is_empty() {
                return Ok(());
            }
            if !open.legacy {
                // The first part: what the block began with must be nothing.
                if open
                    .call
                    .args
                    .bytes()
                    .any(|byte| !b"{} \t\r\n".contains(&byte))
                {
                    return Err(WireError::Completion);
                }
                open.legacy = true;
                open.call.args.clear();
            }
            open.call.args.push_str(more);
            return Ok(());
        }
        if !self.blocks.contains(&number) {
            return Err(WireError::Completion);
        }
        match kind {
            "text_delta" => taken
                .pieces
                .extend(piece(number, "text", delta.get("text"))?),
            "thinking_delta" => {
                taken
                    .pieces
                    .extend(piece(number, "thinking", delta.get("thinking"))?);
            }
            "signature_delta" | "citations_delta" => {}
            INPUT_DELTA if self.llm.provider_tools => {
                let name = "partial_json";
                taken.pieces.extend(piece(number, name, delta.get(name))?);
            }
            _ => return Err(WireError::Completion),
        }
        Ok(())
    }

    fn stop(&mut self, number: u64, taken: &mut Taken) -> Result<(), WireError> {
        if let Some(place) = self.open.iter().position(|open| open.choice == number) {
            taken.calls.push(self.open.remove(place).call);
        } else if let Some(place) = self.blocks.iter().position(|block| *block == number) {
            self.blocks.remove(place);
        } else {
            return Err(WireError::Completion);
        }
        self.closed.push(number);
        taken.ends = Ends::Of(vec![number]);
        Ok(())
    }
}
