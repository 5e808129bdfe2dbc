//! The head of an MCP request: everything that is decided before the body arrives.
use super::message::{self, Message};
use super::revision::Revision;
use crate::error::WireError;
use crate::http::Headers;
use crate::length::Length;
use crate::media;
use crate::route::Route;
use callgate_json::Document;

/// Every header that is read here, in lower case.
pub const READ_HEADERS: [&str; 9] = [
    "content-type",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    UPGRADE,
    VERSION,
    METHOD,
    NAME,
    SESSION,
];

pub(super) const VERSION: &str = "mcp-protocol-version";
pub(super) const METHOD: &str = "mcp-method";
pub(super) const NAME: &str = "mcp-name";
const SESSION: &str = "mcp-session-id";
const UPGRADE: &str = "upgrade";

/// Bytes of a session id that are kept: it is context for policies, never authority.
const SESSION_BYTES: usize = 256;

/// What the HTTP method asks of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// POST: one JSON-RPC message in the body.
    Message,
    /// GET: open the server's event stream.
    Stream,
    /// DELETE: end the session.
    EndSession,
}

/// A head that is acceptable; only such a head can read a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    transport: Transport,
    pub(super) revision: Option<Revision>,
    pub(super) method: Option<String>,
    pub(super) name: Option<String>,
    session: Option<String>,
    length: Length,
}

impl Head {
    /// Judges the HTTP method and every header that is read.
    ///
    /// # Errors
    /// A method, media type, encoding, revision or header that is not acceptable.
    pub fn read(method: &[u8], headers: Headers<'_>) -> Result<Self, WireError> {
        headers.refuse_oddities()?;
        headers.refuse_look_alikes(&READ_HEADERS)?;
        let revision = match headers.one(VERSION)? {
            None => None,
            Some(text) => Some(Revision::named(text).ok_or(WireError::ProtocolVersion)?),
        };
        // What follows an upgrade is no message any more, and nobody would judge it.
        if headers.one(UPGRADE)?.is_some() {
            return Err(WireError::HeaderInvalid(UPGRADE));
        }
        let transport = transport(method, revision)?;
        if transport == Transport::Message {
            media::require_plain_json(headers)?;
        }
        headers.refuse_repeats()?;
        Ok(Self {
            transport,
            revision,
            method: headers.one(METHOD)?.map(str::to_owned),
            name: headers.one(NAME)?.map(str::to_owned),
            session: session(headers)?,
            length: Length::read(headers)?,
        })
    }

    /// What the request is for.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The session that the client claims, if any.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Refuses early a body that announces itself as larger than `limit` bytes.
    ///
    /// # Errors
    /// [`WireError::BodyTooLarge`]; the bytes that really arrive are counted later.
    pub fn check_announced(&self, limit: u32) -> Result<(), WireError> {
        self.length.check_announced(limit)
    }

    /// Checks the number of bytes that arrived against the method and `content-length`.
    ///
    /// # Errors
    /// A missing, an unexpected or a truncated body.
    pub fn check_body(&self, length: usize) -> Result<(), WireError> {
        match (self.transport, length) {
            (Transport::Message, 0) => return Err(WireError::BodyEmpty),
            (Transport::Stream | Transport::EndSession, 1..) => {
                return Err(WireError::BodyUnexpected);
            }
            (Transport::Message | Transport::Stream | Transport::EndSession, _) => {}
        }
        self.length.check(length)
    }

    /// Reads the one message of the request; `document` is its body, absent when there is none.
    ///
    /// # Errors
    /// Whatever makes the message ambiguous or disagree with the head.
    pub fn message<'d>(
        &self,
        document: Option<&'d Document<'_>>,
        route: &'d Route,
    ) -> Result<Message<'d>, WireError> {
        match (self.transport, document) {
            (Transport::Message, Some(document)) => message::read(self, document, route),
            (Transport::Message, None) => Err(WireError::BodyEmpty),
            (Transport::Stream, None) => Ok(Message::Stream),
            (Transport::EndSession, None) => Ok(Message::EndSession),
            (Transport::Stream | Transport::EndSession, Some(_)) => Err(WireError::BodyUnexpected),
        }
    }
}

fn transport(method: &[u8], revision: Option<Revision>) -> Result<Transport, WireError> {
    let stateless = revision.is_some_and(Revision::is_stateless);
    match method {
        b"POST" => Ok(Transport::Message),
        b"GET" if !stateless => Ok(Transport::Stream),
        b"DELETE" if !stateless => Ok(Transport::EndSession),
        _ => Err(WireError::HttpMethod),
    }
}

fn session(headers: Headers<'_>) -> Result<Option<String>, WireError> {
    match headers.one(SESSION)? {
        None => Ok(None),
        Some(id) if id.len() <= SESSION_BYTES && id.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(id.to_owned()))
        }
        Some(_) => Err(WireError::HeaderInvalid(SESSION)),
    }
}
