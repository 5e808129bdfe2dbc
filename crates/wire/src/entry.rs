//! A request to any route: first its head, then the one thing that it asks for.
use crate::api::{self, ApiCall};
use crate::call;
use crate::error::WireError;
use crate::http::Headers;
use crate::listing;
use crate::llm::{self, Api, Chat, Llm};
use crate::mcp::{self, Message, RawId};
use crate::reply::{Refusal, Reply};
use crate::route::{self, Protocol, Route};
use callgate_json::{Buffers, Document, Object, Value};
use callgate_model::{self as model, Kind, Request, Tool};

/// The head of a request, acceptable for its route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// MCP.
    Mcp(mcp::Head),
    /// A plain HTTP API.
    Api(api::Head),
    /// A language model.
    Llm(api::Head, Llm),
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub enum Asked<'d> {
    /// A message of MCP, and the document that it was read from, if it has one.
    Mcp(Message<'d>, Option<Value<'d>>),
    /// A call by plain HTTP.
    Api(ApiCall<'d>),
    /// A request to a language model.
    Chat(Chat<'d>),
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
            Protocol::Llm(llm) => {
                let head = api::Head::read_post(method, headers)?;
                Ok(Self::Llm(head, *llm))
            }
        }
    }

    /// The session that the client claims, if any.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::Mcp(head) => head.session(),
            Self::Api(_) | Self::Llm(..) => None,
        }
    }

    /// Refuses early a body that announces itself as larger than `limit` bytes.
    ///
    /// # Errors
    /// [`WireError::BodyTooLarge`]; the bytes that really arrive are counted later.
    pub fn check_announced(&self, limit: u32) -> Result<(), WireError> {
        match self {
            Self::Mcp(head) => head.check_announced(limit),
            Self::Api(head) | Self::Llm(head, _) => head.check_announced(limit),
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
            Self::Llm(head, llm) => {
                head.check_body(body.len())?;
                llm::document(*llm, route.limits(), body, buffers).map(Some)
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
            (Self::Mcp(head), document) => {
                let message = head.message(document, route)?;
                Ok(Asked::Mcp(message, document.map(Document::root)))
            }
            (Self::Api(head), Some(document)) => {
                api::call(route, head.method(), target, document).map(Asked::Api)
            }
            (Self::Llm(_, llm), Some(document)) => llm::chat(*llm, document).map(Asked::Chat),
            (Self::Api(_) | Self::Llm(..), None) => Err(WireError::BodyEmpty),
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
            Self::Mcp(message, root) => call::request(message, *root, route.path(), headers),
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
            Self::Chat(chat) => Request {
                kind: match chat.api {
                    Api::Chat | Api::Responses => Kind::ChatCompletion,
                    Api::Embeddings => Kind::Embedding,
                },
                tool: Tool {
                    args: Some(Object::value(chat.args)),
                    ..Tool::default()
                },
                method: Some("POST"),
                path: Some(route::without_query(route.path())),
                headers: model::Headers::Pairs(headers),
                prompt: Some(chat.prompt),
                model: Some(chat.model),
                ..Request::default()
            },
        };
        // The protocol's own messages cost nothing.
        let cost = route.cost().filter(|_| request.kind != Kind::McpRequest);
        Request {
            upstream: route.upstream(),
            cost: cost.map(|cost| cost.reserved),
            ..request
        }
    }

    /// The id to answer to, if somebody waits for an answer to one.
    #[must_use]
    pub fn id(&self) -> Option<RawId<'_>> {
        match self {
            Self::Mcp(message, _) => message.id(),
            Self::Api(_) | Self::Chat(_) => None,
        }
    }

    /// Whether a list of tools, resources or prompts may answer: asked for, or sent again on the stream of a session.
    #[must_use]
    pub fn may_list(&self) -> bool {
        match self {
            Self::Mcp(message, _) => {
                matches!(message, Message::Stream) || listing::METHODS.contains(&message.method())
            }
            Self::Api(_) | Self::Chat(_) => false,
        }
    }

    /// Answers what was read and refused.
    #[must_use]
    pub fn refused(&self, route: &Route, refusal: &Refusal<'_>) -> Reply {
        match self {
            Self::Mcp(message, _) => Reply::to_refusal(refusal, message, route.denial()),
            Self::Api(_) | Self::Chat(_) => route.shape().response(refusal, None),
        }
    }
}
