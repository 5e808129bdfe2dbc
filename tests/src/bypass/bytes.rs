//! Bytes as cases write them: text, base64, a repeated text, a JSON value, or a list of these.
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// How a case writes bytes.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Text(String),
    // Before the objects: a list can stand for the members of one, too.
    Parts(Vec<Self>),
    Base64(Base64),
    Repeat(Repeat),
    Json(Json),
}

/// `{"base64": text}`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Base64 {
    base64: String,
}

/// `{"repeat": text, "times": n}`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    repeat: String,
    times: usize,
}

/// `{"json": value}`: the value without white space.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Json {
    json: Value,
}

impl Written {
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Text(text) => Ok(text.as_bytes().to_vec()),
            Self::Base64(written) => from_base64(&written.base64),
            Self::Repeat(written) => Ok(written.repeat.repeat(written.times).into_bytes()),
            Self::Json(written) => Ok(written.json.to_string().into_bytes()),
            Self::Parts(parts) => {
                let parts: Vec<_> = parts.iter().map(Self::bytes).collect::<Result<_>>()?;
                Ok(parts.concat())
            }
        }
    }
}

/// Header or trailer lines.
pub(super) fn lines(written: &[(Written, Written)]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let line = |(name, value): &(Written, Written)| Ok((name.bytes()?, value.bytes()?));
    written.iter().map(line).collect()
}

/// Bytes in pieces of these lengths; the rest is the last piece, and empty pieces are kept.
pub(super) fn pieces(bytes: &[u8], lengths: &[usize]) -> Vec<Vec<u8>> {
    let (mut rest, mut pieces) = (bytes, Vec::new());
    for length in lengths {
        let (piece, tail) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = tail;
    }
    pieces.push(rest.to_vec());
    pieces
}

fn from_base64(text: &str) -> Result<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS
            .iter()
            .position(|d| *d == byte)
            .context("a base64 digit")?;
        bits = (bits << 6 | u32::try_from(digit)?) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff)?);
        }
    }
    Ok(out)
}
