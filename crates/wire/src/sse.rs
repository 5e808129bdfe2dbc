//! Server-sent events (WHATWG HTML §9.2): a stream of bytes becomes whole events, read in one way and
//! written so that nobody can read them in another.

use crate::error::WireError;

/// A stream of events as it arrives. What belongs to an event that is not complete is held.
#[derive(Debug, Default)]
pub struct Events {
    held: Vec<u8>,
    /// Where the line begins that was not complete when it was looked at last.
    line: usize,
    /// Whether anything came: a byte order mark may stand before it.
    begun: bool,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its type, unless it is the usual one.
    pub name: Option<String>,
    /// Where a client that comes back goes on from.
    pub id: Option<String>,
    /// Milliseconds that a client waits before it comes back.
    pub retry: Option<u64>,
    /// Its data, lines joined with line feeds; none when it has none.
    pub data: Option<String>,
}

impl Events {
    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their event.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The next whole event, if there is one. What is held when the stream ends is no event.
    ///
    /// # Errors
    /// [`WireError::Json`] when it is no text in UTF-8.
    pub fn next_event(&mut self) -> Result<Option<Event>, WireError> {
        if !self.begun {
            const MARK: &[u8] = b"\xef\xbb\xbf";
            if self.held.len() < MARK.len() && MARK.starts_with(&self.held) {
                return Ok(None);
            }
            self.begun = true;
            if self.held.starts_with(MARK) {
                self.held.drain(..MARK.len());
            }
        }
        while let Some((end, next)) = self.line_end() {
            let is_blank = end == self.line;
            self.line = next;
            if is_blank {
                let block: Vec<u8> = self.held.drain(..next).collect();
                self.line = 0;
                return Event::read(&block).map(Some);
            }
        }
        Ok(None)
    }

    /// Where the line ends that begins at `self.line`, and where the next one begins. A carriage
    /// return at the very end may be half of a line end.
    fn line_end(&self) -> Option<(usize, usize)> {
        let rest = self.held.get(self.line..)?;
        let at = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
        let end = self.line.checked_add(at)?;
        let after = end.checked_add(1)?;
        match (self.held.get(end), self.held.get(after)) {
            (Some(b'\r'), None) => None,
            (Some(b'\r'), Some(b'\n')) => Some((end, after.checked_add(1)?)),
            _ => Some((end, after)),
        }
    }
}

impl Event {
    /// Reads the lines of one event. Comments and fields that do not exist say nothing.
    fn read(block: &[u8]) -> Result<Self, WireError> {
        let text = core::str::from_utf8(block)
            .map_err(|_| WireError::Json(callgate_json::ErrorCode::InvalidUtf8))?;
        let mut event = Self::default();
        // A CR LF is one line end; taken for two, the empty line between them says nothing.
        for line in text.split(['\r', '\n']) {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => match &mut event.data {
                    None => event.data = Some(value.to_owned()),
                    Some(data) => {
                        data.push('\n');
                        data.push_str(value);
                    }
                },
                "event" => event.name = Some(value.to_owned()),
                "id" if !value.contains('\0') => event.id = Some(value.to_owned()),
                "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    event.retry = value.parse().ok();
                }
                _ => {}
            }
        }
        Ok(event)
    }

    /// Writes the event: known fields, one line each, one line of data a line.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut line = |field: &str, value: &str| {
            out.extend_from_slice(field.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.push(b'\n');
        };
        if let Some(name) = &self.name {
            line("event", name);
        }
        if let Some(id) = &self.id {
            line("id", id);
        }
        if let Some(retry) = self.retry {
            line("retry", &retry.to_string());
        }
        for part in self.data.iter().flat_map(|data| data.split('\n')) {
            line("data", part);
        }
        // Without any field it was a comment: a sign of life.
        if *self == Self::default() {
            out.extend_from_slice(b":\n");
        }
        out.push(b'\n');
    }
}
