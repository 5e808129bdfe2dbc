//! Chunks of OpenAI's chat completions.
use super::{Ends, MOST, OpenCall, Stream, Taken, index, piece};
use crate::error::WireError;
use crate::keys::{self, Others};
use crate::llm::calls::{
    ARGUMENTS, CallKind, FUNCTION_CALL, INPUT, ModelCall, NAME, OF_MESSAGE, TOOL_CALLS, call_kind,
    list, object, present, text,
};
use crate::sse::Event;
use callgate_json::{Object, Value};

impl Stream {
    pub(super) fn openai(&mut self, event: &Event, root: Value<'_>) -> Result<Taken, WireError> {
        // Other events than nameless ones are not for everybody.
        if event.name.as_deref().is_some_and(|name| name != "message") {
            return Err(WireError::Completion);
        }
        let root = object(root)?;
        keys::check(root, &["choices", "object", "error"], Others::Accepted)?;
        let mut taken = Taken::default();
        for choice in list(root.get("choices"))? {
            let choice = object(choice)?;
            let known = ["index", "delta", "message", "text", "finish_reason"];
            keys::check(choice, &known, Others::Accepted)?;
            if present(choice.get("message")).is_some() {
                return Err(WireError::Completion);
            }
            let number = index(choice.get("index"))?;
            if let Some(delta) = present(choice.get("delta")) {
                self.delta(number, object(delta)?, &mut taken)?;
            }
            if present(choice.get("finish_reason")).is_some() {
                self.finish(number, &mut taken)?;
            }
        }
        Ok(taken)
    }

    fn delta(
        &mut self,
        choice: u64,
        delta: Object<'_>,
        taken: &mut Taken,
    ) -> Result<(), WireError> {
        keys::check(delta, &OF_MESSAGE, Others::Accepted)?;
        for (name, value) in delta.iter() {
            match name {
                TOOL_CALLS => {
                    for call in list(Some(value))? {
                        self.part(choice, object(call)?)?;
                    }
                }
                FUNCTION_CALL => {
                    if let Some(function) = present(Some(value)) {
                        let function = object(function)?;
                        keys::check(function, &[NAME, ARGUMENTS], Others::Accepted)?;
                        self.grow(choice, LEGACY, function, ARGUMENTS)?;
                    }
                }
                "role" => {}
                "content" => taken.pieces.extend(piece(choice, name, Some(value))?),
                // Other texts, as of reasoning, come in parts, too.
                name if value.as_str().is_some() => {
                    taken.pieces.extend(piece(choice, name, Some(value))?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A part of a tool call.
    fn part(&mut self, choice: u64, call: Object<'_>) -> Result<(), WireError> {
        let number = index(call.get("index"))?;
        match call_kind(call)? {
            CallKind::Function(function) => {
                self.grow(choice, tool(number, false), function, ARGUMENTS)
            }
            CallKind::Custom(custom) => self.grow(choice, tool(number, true), custom, INPUT),
        }
    }

    fn grow(
        &mut self,
        choice: u64,
        which: Which,
        part: Object<'_>,
        of_args: &str,
    ) -> Result<(), WireError> {
        if self.closed.contains(&choice) {
            return Err(WireError::Completion);
        }
        let name = present(part.get(NAME)).map(|name| text(Some(name)));
        let name = name.transpose()?.filter(|name| !name.is_empty());
        let more = present(part.get(of_args)).map(|args| text(Some(args)));
        let more = more.transpose()?.unwrap_or_default();
        let same = |open: &&mut OpenCall| {
            open.choice == choice && open.index == which.index && open.legacy == which.legacy
        };
        match (self.open.iter_mut().find(same), name) {
            // Some clients take a second name for the rest of the first, others in its place.
            (Some(_), Some(_)) | (None, None) => Err(WireError::Completion),
            (Some(open), None) if open.custom == which.custom => {
                open.call.args.push_str(more);
                Ok(())
            }
            (Some(_), None) => Err(WireError::Completion),
            (None, Some(name)) => self.begin(OpenCall {
                choice,
                index: which.index,
                legacy: which.legacy,
                custom: which.custom,
                id: None,
                call: ModelCall {
                    name: name.to_owned(),
                    args: more.to_owned(),
                },
            }),
        }
    }

    /// With its reason to end a choice is over, and so are its calls.
    fn finish(&mut self, choice: u64, taken: &mut Taken) -> Result<(), WireError> {
        if !self.closed.contains(&choice) {
            if self.closed.len() >= MOST {
                return Err(WireError::Completion);
            }
            self.closed.push(choice);
        }
        let mut open = Vec::new();
        for call in self.open.drain(..) {
            match call.choice == choice {
                true => taken.calls.push(call.whole()),
                false => open.push(call),
            }
        }
        self.open = open;
        match &mut taken.ends {
            Ends::Of(choices) => choices.push(choice),
            Ends::None => taken.ends = Ends::Of(vec![choice]),
            Ends::All => {}
        }
        Ok(())
    }
}

/// Which call of a choice a part belongs to.
#[derive(Clone, Copy)]
struct Which {
    index: u64,
    legacy: bool,
    custom: bool,
}

const LEGACY: Which = Which {
    index: 0,
    legacy: true,
    custom: false,
};

fn tool(index: u64, custom: bool) -> Which {
    Which {
        index,
        legacy: false,
        custom,
    }
}

impl OpenCall {
    /// The call, now that nothing more of it comes.
    pub(super) fn whole(self) -> ModelCall {
        match self.custom {
            true => self.call.of_text(),
            false => self.call,
        }
    }
}
