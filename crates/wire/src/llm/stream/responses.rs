//! Events of OpenAI's Responses.
use super::{Ends, MOST, OpenCall, Stream, Taken, index, piece};
use crate::error::WireError;
use crate::keys::{self, Others};
use crate::llm::calls::{ARGUMENTS, INPUT, ModelCall, NAME, list, object, present, text};
use crate::llm::responses::{self, Item, Rest};
use crate::sse::Event;
use callgate_json::{Object, Value};

/// Members of events that are read here.
const OF_EVENT: [&str; 12] = [
    "type",
    "response",
    "item",
    "item_id",
    OUTPUT_INDEX,
    "content_index",
    "summary_index",
    "delta",
    "part",
    ARGUMENTS,
    INPUT,
    "error",
];
const OUTPUT_INDEX: &str = "output_index";

/// What an event does.
#[derive(Clone, Copy)]
enum Does {
    /// Begins a response that has nothing yet.
    Begin,
    /// Says all of it again.
    Last,
    AddItem,
    EndItem,
    AddArguments,
    EndArguments,
    AddInput,
    EndInput,
    BeginText,
    AddText(&'static str),
    /// Says again what others have said in parts, or that all is well.
    Repeat,
}

/// Events by their types, without what most begin with.
const EVENTS: [(&str, Does); 28] = [
    ("created", Does::Begin),
    ("queued", Does::Begin),
    ("in_progress", Does::Begin),
    ("completed", Does::Last),
    ("incomplete", Does::Last),
    ("failed", Does::Last),
    ("output_item.added", Does::AddItem),
    ("output_item.done", Does::EndItem),
    ("function_call_arguments.delta", Does::AddArguments),
    ("function_call_arguments.done", Does::EndArguments),
    ("custom_tool_call_input.delta", Does::AddInput),
    ("custom_tool_call_input.done", Does::EndInput),
    ("content_part.added", Does::BeginText),
    ("reasoning_summary_part.added", Does::BeginText),
    ("output_text.delta", Does::AddText("text")),
    ("refusal.delta", Does::AddText("refusal")),
    ("reasoning_text.delta", Does::AddText("reasoning")),
    ("reasoning_summary_text.delta", Does::AddText("summary")),
    ("content_part.done", Does::Repeat),
    ("output_text.done", Does::Repeat),
    ("output_text.annotation.added", Does::Repeat),
    ("refusal.done", Does::Repeat),
    ("reasoning_text.done", Does::Repeat),
    ("reasoning_summary_part.done", Does::Repeat),
    ("reasoning_summary_text.done", Does::Repeat),
    ("reasoning_summary.done", Does::Repeat),
    ("error", Does::Repeat),
    ("keepalive", Does::Repeat),
];
/// What the types of most events begin with.
const PREFIX: &str = "response.";
/// What the events of the provider's own tools begin with.
const OF_PROVIDER: [&str; 6] = [
    "web_search_call.",
    "file_search_call.",
    "code_interpreter_call",
    "image_generation_call.",
    "mcp_call",
    "mcp_list_tools.",
];
/// Bytes of calls that are kept to be known again.
const SAID: usize = 4 << 20;

impl Stream {
    pub(super) fn responses(&mut self, event: &Event, root: Value<'_>) -> Result<Taken, WireError> {
        let root = object(root)?;
        keys::check(root, &OF_EVENT, Others::Accepted)?;
        let kind = text(root.get("type"))?;
        // Some clients go by the name of an event, others by what its data says.
        if event.name.as_deref().is_some_and(|name| name != kind) {
            return Err(WireError::Completion);
        }
        let kind = match kind {
            "error" | "keepalive" => kind,
            kind => kind.strip_prefix(PREFIX).ok_or(WireError::Completion)?,
        };
        let mut taken = Taken::default();
        match EVENTS
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, does)| *does)
        {
            Some(Does::Begin) if self.output(root)?.is_empty() => {}
            Some(Does::Begin) => return Err(WireError::Completion),
            Some(Does::Last) => self.last(root, &mut taken)?,
            Some(Does::AddItem) => self.added(root)?,
            Some(Does::EndItem) => self.over(root, &mut taken)?,
            Some(Does::AddArguments) => self.more(root, false)?,
            Some(Does::EndArguments) => self.said(root, ARGUMENTS, false)?,
            Some(Does::AddInput) => self.more(root, true)?,
            Some(Does::EndInput) => self.said(root, INPUT, true)?,
            Some(Does::BeginText) => self.part_of_item(root, &mut taken)?,
            Some(Does::AddText(name)) => self.text(root, name, &mut taken)?,
            Some(Does::Repeat) => {}
            None if self.is_of_provider(kind) => {
                if present(root.get("delta")).is_some() {
                    self.text(root, "delta", &mut taken)?;
                }
            }
            None => return Err(WireError::Completion),
        }
        Ok(taken)
    }

    fn is_of_provider(&self, kind: &str) -> bool {
        let mut known = OF_PROVIDER.iter();
        self.llm.provider_tools && known.any(|prefix| kind.starts_with(prefix))
    }

    /// The calls of the response that an event carries.
    fn output(&self, root: Object<'_>) -> Result<Vec<ModelCall>, WireError> {
        let response = object(root.get("response").ok_or(WireError::Completion)?)?;
        responses::calls(self.llm, response)
    }

    /// With its last event a response is said again as a whole: many clients look at nothing else.
    fn last(&mut self, root: Object<'_>, taken: &mut Taken) -> Result<(), WireError> {
        if !self.open.is_empty() {
            return Err(WireError::Completion);
        }
        for call in self.output(root)? {
            match self.said.iter().position(|said| *said == call) {
                Some(place) => drop(self.said.remove(place)),
                None => taken.calls.push(call),
            }
        }
        self.done = true;
        taken.ends = Ends::All;
        Ok(())
    }

    fn added(&mut self, root: Object<'_>) -> Result<(), WireError> {
        let (number, item) = place(root)?;
        // Clients add items to a list, and find them there by their number.
        let there = [self.open.len(), self.blocks.len(), self.closed.len()];
        let there = there.into_iter().fold(0_usize, usize::saturating_add);
        let is_next = u64::try_from(there).is_ok_and(|there| there == number);
        let id = present(item.get("id")).map(|id| text(Some(id)));
        let id = id.transpose()?.map(str::to_owned);
        let is_taken = id.is_some() && self.open.iter().any(|open| open.id == id);
        if !is_next || there >= MOST || is_taken {
            return Err(WireError::Completion);
        }
        match responses::item(self.llm, item)? {
            Item::Call(call, rest) => self.begin(OpenCall {
                choice: number,
                index: 0,
                legacy: rest == Rest::None,
                custom: rest == Rest::Text,
                id,
                call: match rest {
                    Rest::Json | Rest::Text => call,
                    // What it began with is not what it comes to.
                    Rest::None => ModelCall {
                        args: String::new(),
                        ..call
                    },
                },
            }),
            Item::Text | Item::Provider => {
                // What it says comes in events of its own, which add to what is there.
                let said = [item.get("content"), item.get("summary")];
                for said in said {
                    if list(said)?.next().is_some() {
                        return Err(WireError::Completion);
                    }
                }
                self.blocks.push(number);
                Ok(())
            }
        }
    }

    /// The beginning of a text.
    fn part_of_item(&self, root: Object<'_>, taken: &mut Taken) -> Result<(), WireError> {
        let part = object(root.get("part").ok_or(WireError::Completion)?)?;
        keys::check(part, &["type", "text", "refusal"], Others::Accepted)?;
        let (name, member) = match text(part.get("type"))? {
            "output_text" => ("text", "text"),
            "refusal" => ("refusal", "refusal"),
            "reasoning_text" => ("reasoning", "text"),
            "summary_text" => ("summary", "text"),
            _ => return Err(WireError::Completion),
        };
        self.piece(root, name, part.get(member), taken)
    }

    /// The call whose arguments an event is about.
    fn open(&mut self, root: Object<'_>, custom: bool) -> Result<&mut OpenCall, WireError> {
        let number = index(root.get(OUTPUT_INDEX))?;
        let id = present(root.get("item_id")).map(|id| text(Some(id)));
        let id = id.transpose()?;
        let is_meant = |open: &&mut OpenCall| {
            let same = open
                .id
                .as_deref()
                .zip(id)
                .is_none_or(|(one, other)| one == other);
            open.choice == number && open.custom == custom && same
        };
        let open = self.open.iter_mut().find(is_meant);
        open.ok_or(WireError::Completion)
    }

    /// A part of the arguments of a call.
    fn more(&mut self, root: Object<'_>, custom: bool) -> Result<(), WireError> {
        let open = self.open(root, custom)?;
        if open.legacy {
            return Err(WireError::Completion);
        }
        open.call.args.push_str(text(root.get("delta"))?);
        Ok(())
    }

    /// All of the arguments of a call, after their parts.
    fn said(&mut self, root: Object<'_>, member: &str, custom: bool) -> Result<(), WireError> {
        let open = self.open(root, custom)?;
        let args = text(root.get(member))?;
        let name = present(root.get(NAME)).map(|name| text(Some(name)));
        let is_other = name.transpose()?.is_some_and(|name| name != open.call.name);
        if open.legacy || is_other || !is_said(&open.call.args, args) {
            return Err(WireError::Completion);
        }
        args.clone_into(&mut open.call.args);
        open.legacy = true;
        Ok(())
    }

    /// The whole of an item: with it nothing more of it comes.
    fn over(&mut self, root: Object<'_>, taken: &mut Taken) -> Result<(), WireError> {
        let (number, item) = place(root)?;
        let open = self.open.iter().position(|open| open.choice == number);
        let open = open.map(|place| self.open.remove(place));
        let block = self.blocks.iter().position(|block| *block == number);
        let block = block.map(|place| self.blocks.remove(place));
        let is_late = self.closed.contains(&number) || self.closed.len() >= MOST;
        match (responses::item(self.llm, item)?, open, block) {
            _ if is_late => return Err(WireError::Completion),
            (Item::Text | Item::Provider, None, _) => {}
            (Item::Call(call, rest), open, None) => {
                if open.is_some_and(|open| !open.is_begun_by(&call, rest)) {
                    return Err(WireError::Completion);
                }
                let call = responses::whole(call, rest);
                let kept = self.said.iter().map(|said| said.args.len()).sum::<usize>();
                if kept.saturating_add(call.args.len()) > SAID {
                    return Err(WireError::Completion);
                }
                self.said.push(call.clone());
                taken.calls.push(call);
            }
            _ => return Err(WireError::Completion),
        }
        self.closed.push(number);
        taken.ends = Ends::Of(vec![number]);
        Ok(())
    }

    fn text(&self, root: Object<'_>, name: &str, taken: &mut Taken) -> Result<(), WireError> {
        self.piece(root, name, root.get("delta"), taken)
    }

    /// A part of a text. Each item may have several texts of a kind.
    fn piece(
        &self,
        root: Object<'_>,
        name: &str,
        said: Option<Value<'_>>,
        taken: &mut Taken,
    ) -> Result<(), WireError> {
        let number = index(root.get(OUTPUT_INDEX))?;
        if !self.blocks.contains(&number) {
            return Err(WireError::Completion);
        }
        let part = |name: &str| present(root.get(name)).map(|value| index(Some(value)));
        let part = part("content_index").or_else(|| part("summary_index"));
        let name = match part.transpose()? {
            None | Some(0) => name.to_owned(),
            Some(part) => format!("{name} {part}"),
        };
        taken.pieces.extend(piece(number, &name, said)?);
        Ok(())
    }
}

impl OpenCall {
    /// Whether what has come of a call is the beginning, or all, of this one.
    fn is_begun_by(&self, call: &ModelCall, rest: Rest) -> bool {
        self.call.name == call.name
            && self.custom == (rest == Rest::Text)
            && is_said(&self.call.args, &call.args)
    }
}

/// Whether arguments that came in parts are these; none may have come.
fn is_said(parts: &str, whole: &str) -> bool {
    parts.is_empty() || parts == whole
}

fn place(root: Object<'_>) -> Result<(u64, Object<'_>), WireError> {
    let number = index(root.get(OUTPUT_INDEX))?;
    let item = object(root.get("item").ok_or(WireError::Completion)?)?;
    Ok((number, item))
}
