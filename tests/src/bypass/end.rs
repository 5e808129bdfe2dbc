//! What must become of a request: at the server, at the client, in the logs.
use super::Expect;
use anyhow::{Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What must become of a request, at both ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Whether it goes on to the server.
    pub forwarded: bool,
    /// The HTTP status of a refusal.
    status: Option<u16>,
    /// Its JSON-RPC error code.
    jsonrpc_code: Option<i64>,
    /// Its first reason code.
    code: Option<String>,
    /// What goes on to the server.
    #[serde(default)]
    pub sent: Sent,
    /// What the client gets.
    pub answer: Option<Answer>,
    /// The records in the audit log, each as `DECISION` or `DECISION CODE`.
    pub records: Option<Vec<String>>,
    /// Texts that no line of the log may have.
    #[serde(default)]
    pub log_lacks: Vec<String>,
}

/// What goes on to the server.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sent {
    /// Values of headers; `null` for one that must be gone.
    pub headers: BTreeMap<String, Option<String>>,
    /// Texts that must be nowhere in the head.
    pub lacks: Vec<String>,
}

/// What the client gets.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// The HTTP status.
    pub status: Option<u32>,
    /// The JSON-RPC error code of a body that is one message.
    pub jsonrpc_code: Option<i64>,
    /// The first reason code of a body that is one message.
    pub code: Option<String>,
    /// Values of headers; `null` for one that must not be there.
    pub headers: BTreeMap<String, Option<String>>,
    /// The whole body.
    pub body: Option<String>,
    /// Texts that must be in the body.
    pub has: Vec<String>,
    /// Texts that must be nowhere, neither in head nor body.
    pub lacks: Vec<String>,
}

impl End {
    /// Whether something is kept from going its way.
    pub(super) fn keeps(&self) -> bool {
        let lacks = |answer: &Answer| !answer.lacks.is_empty() || answer.code.is_some();
        !self.forwarded || self.answer.as_ref().is_some_and(lacks) || !self.sent.lacks.is_empty()
    }

    /// The part that says what becomes of the request; `None` when the filter's answer is of another
    /// shape than a refusal, which `answer` tells.
    ///
    /// # Errors
    /// It says half of it.
    pub fn verdict(&self) -> Result<Option<Expect>> {
        match (self.forwarded, self.status, self.jsonrpc_code, &self.code) {
            (true, None, None, None) => Ok(Some(Expect::Forwarded)),
            (false, Some(status), Some(rpc_code), Some(code)) => Ok(Some(Expect::Refused {
                status,
                rpc_code,
                code: code.clone(),
            })),
            (false, None, None, None) if self.answer.is_some() => Ok(None),
            (false, None, None, None) => Ok(Some(Expect::Withheld)),
            _ => bail!(
                "`status`, `jsonrpc_code` and `code` stand together, where nothing is forwarded"
            ),
        }
    }
}
