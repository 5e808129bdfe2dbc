//! Which run of an agent a request belongs to: as a trusted header says, or its session.
use crate::error::WireError;
use crate::http::Headers;

/// Where the ids of runs come from.
#[derive(Clone, Debug)]
pub enum RunSource {
    /// A header that the agent's runtime, or a filter in front, writes.
    Header(RunHeader),
    /// Each MCP session is a run.
    Session,
}

/// The header that carries the id of a run.
#[derive(Clone, Debug)]
pub struct RunHeader {
    /// Its name in lower case.
    pub name: String,
    /// Whether the server behind sees the header too.
    pub forward: bool,
}

/// Bytes of an id.
const ID_BYTES: usize = 128;
const RUN: &str = "configured for the run";

impl RunSource {
    /// The run of a request, if it says one.
    ///
    /// # Errors
    /// A header that two readers could read differently, or that is no id: 1 to 128 visible ASCII
    /// characters.
    pub fn read<'h>(
        &self,
        headers: Headers<'h>,
        session: Option<&'h str>,
    ) -> Result<Option<&'h str>, WireError> {
        let Self::Header(header) = self else {
            return Ok(session);
        };
        let value = headers
            .only(&header.name)
            .map_err(|_| WireError::HeaderRepeated(RUN))?;
        let is_id = |value: &[u8]| {
            (1..=ID_BYTES).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic)
        };
        let id = |value| core::str::from_utf8(value).map_err(|_| WireError::HeaderNotText(RUN));
        match value {
            None => Ok(None),
            Some(value) if is_id(value) => id(value).map(Some),
            Some(_) => Err(WireError::HeaderInvalid(RUN)),
        }
    }

    /// The header that is read.
    #[must_use]
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Header(header) => Some(&header.name),
            Self::Session => None,
        }
    }

    /// The header that is read, unless the server behind is to see it too.
    #[must_use]
    pub fn consumed(&self) -> Option<&str> {
        match self {
            Self::Header(header) if !header.forward => Some(&header.name),
            Self::Header(_) | Self::Session => None,
        }
    }
}
