//! What the server behind a gateway answers.
use super::bytes::{self, Written};
use anyhow::Result;
use serde::Deserialize;

/// An answer in the pieces it comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "WrittenResponse")]
pub struct Response {
    /// The HTTP status.
    pub status: u32,
    /// Header lines.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body in the pieces it comes in; none when the head is all.
    pub pieces: Vec<Vec<u8>>,
    /// Trailer lines; absent when there are none.
    pub trailers: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenResponse {
    #[serde(default = "ok")]
    status: u32,
    #[serde(default)]
    headers: Option<Vec<(Written, Written)>>,
    #[serde(default)]
    body: Option<Written>,
    #[serde(default)]
    chunks: Vec<usize>,
    #[serde(default)]
    trailers: Option<Vec<(Written, Written)>>,
}

fn ok() -> u32 {
    200
}

impl TryFrom<WrittenResponse> for Response {
    type Error = anyhow::Error;

    fn try_from(written: WrittenResponse) -> Result<Self> {
        let json = || vec![(b"content-type".to_vec(), b"application/json".to_vec())];
        let pieces = |body: &Written| Ok(bytes::pieces(&body.bytes()?, &written.chunks));
        let pieces: Result<_> = written.body.as_ref().map(pieces).transpose();
        Ok(Self {
            status: written.status,
            headers: match &written.headers {
                None => json(),
                Some(headers) => bytes::lines(headers)?,
            },
            pieces: pieces?.unwrap_or_default(),
            trailers: written.trailers.as_deref().map(bytes::lines).transpose()?,
        })
    }
}
