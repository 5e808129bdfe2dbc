//! Server-sent events (WHATWG HTML §9.2): a stream of bytes becomes whole events, read in one way and
//! written so that nobody can read them in another.

use crate::error::WireError;

/// A stream of events as it arrives. What belongs to an event that is not complete is held.
#[derive(Debug, Default)]
pub struct Events {
    held: Vec<u8>,
    /// Where the event begins that is not complete; what is before was given.
    start: usize,
    /// Where its line begins that was not complete when it was looked at last.
    line: usize,
    /// How far that line was looked at: no byte is looked at twice, however small the pieces are.
    seen: usize,
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
        self.held.drain(..self.start.min(self.held.len()));
        self.line = self.line.saturating_sub(self.start);
        self.seen = self.seen.saturating_sub(self.start);
        self.start = 0;
        self.held.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their event.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len().saturating_sub(self.start)
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
            let (is_blank, is_first) = (end == self.line, self.line == self.start);
            (self.line, self.seen) = (next, next);
            if is_blank {
                let block = self.start..next;
                self.start = next;
                // A blank line after another ends nothing.
                if !is_first {
                    return Event::read(self.held.get(block).unwrap_or_default()).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// Where the line ends that begins at `self.line`, and where the next one begins. A carriage
    /// return at the very end may be half of a line end.
    fn line_end(&mut self) -> Option<(usize, usize)> {
        let rest = self.held.get(self.seen..)?;
        let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.seen = self.held.len();
            return None;
        };
        let end = self.seen.checked_add(at)?;
        self.seen = end;
        let after = end.checked_add(1)?;
        match (self.held.get(end), self.held.get(after)) {
            (Some(b'\r'), None) => None,
            (Some(b'\r'), Some(b'\n')) => Some((end, after.checked_add(1)?)),
            _ => Some((end, after)),
        }
    }
}

/// Bytes of the name or id of an event.
const LONGEST: usize = 256;

fn is_plain(value: &str) -> bool {
    value.len() <= LONGEST
        && value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
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
                // Nobody judges these, and some readers take more than CR and LF for the end of a line.
                "event" if is_plain(value) => event.name = Some(value.to_owned()),
                "id" if is_plain(value) => event.id = Some(value.to_owned()),
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
