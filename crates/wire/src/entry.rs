//! A request to any route: first its head, then the one thing that it asks for.
use crate::api::{self, ApiCall};
use crate::call;
use crate::error::WireError;
use crate::http::Headers;
use crate::mcp::{self, Message, RawId};
use crate::reply::{Refusal, Reply};
use crate::route::{Protocol, Route};
use callgate_json::{Buffers, Document, Object};
use callgate_model::{self as model, Kind, Request, Tool};

/// The head of a request, acceptable for its route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// MCP.
    Mcp(mcp::Head),
    /// A plain HTTP API.
    Api(api::Head),
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub enum Asked<'d> {
    /// A message of MCP.
    Mcp(Message<'d>),
    /// A call by plain HTTP.
    Api(ApiCall<'d>),
}

impl Entry {
    /// Judges the HTTP method and every header that is read on a route.
    ///
    /// # Errors
    /// Whatever is not acceptable.
    pub fn read(
        route: &Route,
        method: &[u8],
        target: &str,
        headers: Headers<'_>,
    ) -> Result<Self, WireError> {
        match route.protocol() {
            Protocol::Mcp => mcp::Head::read(method, headers).map(Self::Mcp),
            Protocol::Http(_) => api::Head::read(route, method, target, headers).map(Self::Api),
        }
    }

    /// The session that the client claims, if any.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Mcp(head) => head.session(),
            Self::Api(_) => None,
        }
    }

    /// Refuses early a body that announces itself as larger than `limit` bytes.
    ///
    /// # Errors
    /// [`WireError::BodyTooLarge`]; the bytes that really arrive are counted later.
    pub fn check_announced(&self, limit: u32) -> Result<(), WireError> {
        match self {
            Self::Mcp(head) => head.check_announced(limit),
            Self::Api(head) => head.check_announced(limit),
        }
    }

    /// Reads what policies are asked about out of a complete body, in one strict document.
    ///
    /// # Errors
    /// A body that should not be there, or should; one that is too large or not strict JSON.
    pub fn document<'b>(
        &self,
        route: &Route,
        target: &str,
        body: &'b [u8],
        buffers: Buffers,
    ) -> Result<Option<Document<'b>>, WireError> {
        if body.len() > usize::try_from(route.limits().bytes).unwrap_or(0) {
            return Err(WireError::BodyTooLarge);
        }
        match self {
            Self::Mcp(head) => {
                head.check_body(body.len())?;
                match body {
                    [] => Ok(None),
                    body => mcp::read_document(body, route.limits(), buffers).map(Some),
                }
            }
            Self::Api(head) => {
                head.check_body(body.len())?;
                api::document(route, head.method(), target, body).map(Some)
            }
        }
    }

    /// Reads what is asked for; `document` is that of [`Entry::document`].
    ///
    /// # Errors
    /// Whatever makes it ambiguous.
    pub fn asked<'d>(
        &self,
        route: &'d Route,
        target: &'d str,
        document: Option<&'d Document<'_>>,
    ) -> Result<Asked<'d>, WireError> {
        match (self, document) {
            (Self::Mcp(head), document) => head.message(document, route).map(Asked::Mcp),
            (Self::Api(head), Some(document)) => {
                api::call(route, head.method(), target, document).map(Asked::Api)
            }
            (Self::Api(_), None) => Err(WireError::Arguments),
        }
    }
}

impl Asked<'_> {
    /// The request part of a call; `headers` are sorted by name, each name once
    /// ([`Headers::judged`]).
    #[must_use]
    pub fn request<'m>(
        &'m self,
        route: &'m Route,
        headers: &'m [(&'m str, &'m str)],
    ) -> Request<'m> {
        let request = match self {
            Self::Mcp(message) => call::request(message, route.path(), headers),
            Self::Api(call) => Request {
                kind: Kind::HttpRequest,
                tool: Tool {
                    name: Some(&call.name),
                    server: call.server,
                    args: Some(Object::value(call.args)),
                },
                method: Some(call.method),
                path: Some(call.path),
                headers: model::Headers::Pairs(headers),
                ..Request::default()
            },
        };
        Request {
            upstream: route.upstream(),
            ..request
        }
    }

    /// The id to answer to, if somebody waits for an answer to one.
    #[must_use]
    pub fn id(&self) -> Option<RawId<'_>> {
        match self {
            Self::Mcp(message) => message.id(),
            Self::Api(_) => None,
        }
    }

    /// Whether a list of tools may answer: asked for, or sent again on the stream of a session.
    #[must_use]
    pub fn may_list(&self) -> bool {
        match self {
            Self::Mcp(message) => {
                matches!(message, Message::Stream) || message.method() == "tools/list"
            }
            Self::Api(_) => false,
        }
    }

    /// Answers what was read and refused.
    #[must_use]
    pub fn refused(&self, route: &Route, refusal: &Refusal<'_>) -> Reply {
        match self {
            Self::Mcp(message) => Reply::to_refusal(refusal, message, route.denial()),
            Self::Api(_) => route.shape().response(refusal, None),
        }
    }
}
