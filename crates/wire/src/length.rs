//! How long a body says it is, against how long it is.
use crate::error::WireError;
use crate::http::Headers;

/// What `content-length` announces, if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(Option<u64>);

impl Length {
    pub(crate) fn read(headers: Headers<'_>) -> Result<Self, WireError> {
        match headers.one("content-length")? {
            None => Ok(Self(None)),
            Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                let length = text.parse().map_err(|_| WireError::BodyTooLarge)?;
                Ok(Self(Some(length)))
            }
            Some(_) => Err(WireError::HeaderInvalid("content-length")),
        }
    }

    /// Refuses early a body that announces itself as larger than `limit` bytes.
    pub(crate) fn check_announced(self, limit: u32) -> Result<(), WireError> {
        match self.0 {
            Some(length) if length > u64::from(limit) => Err(WireError::BodyTooLarge),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks the number of bytes that arrived.
    pub(crate) fn check(self, arrived: usize) -> Result<(), WireError> {
        let arrived = u64::try_from(arrived).unwrap_or(u64::MAX);
        match self.0 {
            Some(announced) if announced != arrived => Err(WireError::LengthMismatch),
            Some(_) | None => Ok(()),
        }
    }
}
