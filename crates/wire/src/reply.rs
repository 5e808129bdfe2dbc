//! Replies: what a caller is told, in the protocol's own shapes.
use crate::error::WireError;
use crate::llm::Vendor;
use crate::mcp::{Message, RawId};
use crate::route::Denial;
use callgate_json::Writer;

mod llm;
mod problem;

/// What the caller of a route understands, and how a denial looks in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub(crate) dialect: Dialect,
    pub(crate) denial: Denial,
}

/// The words that an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JSON-RPC errors and results.
    Rpc,
    /// Problem details of HTTP APIs (RFC 9457).
    Problem,
    /// Errors of a vendor of language models.
    Llm(Vendor),
}

impl Shape {
    /// What is said where no route is.
    pub const NOWHERE: Self = Self {
        dialect: Dialect::Rpc,
        denial: Denial::JsonRpc,
    };

    /// Answers a request that is not one unambiguous message.
    #[must_use]
    pub fn error(self, error: WireError, id: Option<RawId<'_>>) -> Reply {
        match self.dialect {
            Dialect::Rpc => Reply::to_error(error, id),
            Dialect::Problem => problem::error(error, self.denial),
            Dialect::Llm(vendor) => llm::error(vendor, error),
        }
    }

    /// Answers a request that was refused before it had a message: no identity, no route.
    #[must_use]
    pub fn unread(self, refusal: &Refusal<'_>, status: u16) -> Reply {
        match self.dialect {
            Dialect::Rpc => Reply::to_unread(refusal, status),
            Dialect::Problem => problem::refusal(refusal, status, self.denial),
            Dialect::Llm(vendor) => llm::refusal(vendor, refusal, status),
        }
    }

    /// Answers a request in place of the response that was refused; `id` as the client wrote it.
    #[must_use]
    pub fn response(self, refusal: &Refusal<'_>, id: Option<&str>) -> Reply {
        match self.dialect {
            Dialect::Rpc => Reply::to_response(refusal, id, self.denial),
            Dialect::Problem => problem::refusal(refusal, refusal.http_status(), self.denial),
            Dialect::Llm(vendor) => llm::refusal(vendor, refusal, refusal.http_status()),
        }
    }

    /// The type of the event that ends a stream with an answer, where clients go by it.
    #[must_use]
    pub fn last_event(self) -> Option<&'static str> {
        match self.dialect {
            Dialect::Llm(Vendor::Anthropic) => Some("error"),
            Dialect::Llm(Vendor::OpenAi) | Dialect::Rpc | Dialect::Problem => None,
        }
    }
}

/// An answer that a host sends instead of forwarding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header lines besides those that every reply of the host carries.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A decision that is not an allowance, in the words a caller may see: codes and the policy's own
/// message, never expressions, labels or values.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Why, in one of the three kinds that callers act on.
    pub kind: RefusalKind,
    /// The deciding reason code.
    pub code: &'a str,
    /// All reason codes.
    pub reasons: &'a [&'a str],
    /// The policy that decided.
    pub policy: Option<&'a str>,
    /// The policy's message to the caller.
    pub message: Option<&'a str>,
    /// The id under which the decision is recorded.
    pub decision_id: &'a str,
    /// The record's remediation, as JSON.
    pub remediation: Option<&'a [u8]>,
    /// The approval that is waited for, if a person was asked.
    pub approval: Option<Approval<'a>>,
}

/// A question that a person has yet to answer.
#[derive(Clone, Copy, Debug)]
pub struct Approval<'a> {
    /// Its id.
    pub id: &'a str,
    /// Where it is answered, if that is known.
    pub url: Option<&'a str>,
}

/// What a caller can do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// Nothing: denied.
    Denied,
    /// Wait for a person.
    PendingApproval,
    /// Come back later.
    RateLimited,
    /// Say who is calling.
    Unauthenticated,
}

impl RefusalKind {
    fn rpc_code(self) -> i64 {
        match self {
            Self::Denied => 40301,
            Self::PendingApproval => 40302,
            Self::RateLimited => 42901,
            Self::Unauthenticated => 40101,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Denied => "denied by policy",
            Self::PendingApproval => "approval required",
            Self::RateLimited => "rate limit exceeded",
            Self::Unauthenticated => "no acceptable identity",
        }
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");
/// JSON-RPC 2.0 §5.1.
const METHOD_NOT_FOUND: i64 = -32601;
/// JSON-RPC 2.0 §5.1.
const INVALID_PARAMS: i64 = -32602;
/// JSON-RPC 2.0 §5.1.
const INTERNAL_ERROR: i64 = -32603;
/// The id of an error that answers no readable request (JSON-RPC 2.0 §5).
const NO_ID: &str = "null";

impl Reply {
    /// Answers a request that is not one unambiguous message.
    #[must_use]
    pub fn to_error(error: WireError, id: Option<RawId<'_>>) -> Self {
        let status = match error.status() {
            // Only a request can be answered with success; anything else must see a failure.
            200 if id.is_none() => 400,
            status => status,
        };
        // An id is echoed only where the message was read; before that any id is a guess.
        let id = if status == 200 { id } else { None };
        let mut headers = vec![JSON];
        if error == WireError::HttpMethod {
            headers.push(("allow", "POST, GET, DELETE"));
        }
        let mut body = Vec::new();
        let mut writer = Writer::new(&mut body);
        begin_error(&mut writer, error.rpc_code().into(), |writer| {
            writer.begin_object();
            writer
                .key("reasons")
                .begin_array()
                .str(error.code())
                .end_array();
            if error == WireError::ProtocolVersion {
                writer.key("supported").begin_array();
                for (name, _) in crate::mcp::SUPPORTED {
                    writer.str(name);
                }
                writer.end_array();
            }
            writer.end_object();
        });
        end_error(&mut writer, &error.to_string(), id);
        Self {
            status,
            headers,
            body,
        }
    }

    /// Answers a message that was read and refused.
    #[must_use]
    pub fn to_refusal(refusal: &Refusal<'_>, message: &Message<'_>, shape: Denial) -> Self {
        match (message, shape) {
            (Message::ToolCall(call), Denial::Stealth) => {
                let text = ["Unknown tool: ", call.tool].concat();
                hidden(call.id, INVALID_PARAMS, &text)
            }
            (Message::Request { id, .. }, Denial::Stealth) => {
                hidden(*id, METHOD_NOT_FOUND, "Method not found")
            }
            (Message::ToolCall(call), Denial::IsError) => is_error(refusal, call.id),
            (Message::ToolCall(_) | Message::Request { .. }, Denial::Http403) => {
                rpc(refusal, message.id(), refusal.http_status())
            }
            (Message::ToolCall(_) | Message::Request { .. }, _) => rpc(refusal, message.id(), 200),
            (
                Message::Notification { .. }
                | Message::Response
                | Message::Stream
                | Message::EndSession,
                _,
            ) => rpc(refusal, None, refusal.http_status()),
        }
    }

    /// Answers a request in place of the response that was refused; `id` as the client wrote it.
    #[must_use]
    pub fn to_response(refusal: &Refusal<'_>, id: Option<&str>, shape: Denial) -> Self {
        let id = id.map(RawId::of);
        match (id, shape) {
            (Some(id), Denial::Stealth) => hidden(id, INTERNAL_ERROR, "Internal error"),
            (Some(id), Denial::IsError) => is_error(refusal, id),
            (Some(_), Denial::JsonRpc) => rpc(refusal, id, 200),
            (Some(_), Denial::Http403) | (None, _) => rpc(refusal, id, refusal.http_status()),
        }
    }

    /// Answers a request that was refused before it had a message: no identity, no route.
    #[must_use]
    pub fn to_unread(refusal: &Refusal<'_>, status: u16) -> Self {
        rpc(refusal, None, status)
    }
}

impl Refusal<'_> {
    fn http_status(&self) -> u16 {
        match self.kind {
            RefusalKind::Denied | RefusalKind::PendingApproval => 403,
            RefusalKind::RateLimited => 429,
            RefusalKind::Unauthenticated => 401,
        }
    }

    /// `denied by policy: CODE: message; asked for as ID at URL`
    fn sentence(&self) -> String {
        let mut text = [self.kind.text(), ": ", self.code].concat();
        if let Some(message) = self.message {
            text.push_str(": ");
            text.push_str(message);
        }
        if let Some(approval) = self.approval {
            text.push_str("; asked for as ");
            text.push_str(approval.id);
            if let Some(url) = approval.url {
                text.push_str(" at ");
                text.push_str(url);
            }
        }
        text
    }

    fn write_data(&self, writer: &mut Writer<'_>) {
        writer.begin_object();
        self.write_members(writer);
        writer.end_object();
    }

    fn write_members(&self, writer: &mut Writer<'_>) {
        if let Some(approval) = self.approval {
            writer.key("approval").begin_object();
            writer.key("id").str(approval.id);
            if let Some(url) = approval.url {
                writer.key("url").str(url);
            }
            writer.end_object();
        }
        writer.key("decision_id").str(self.decision_id);
        if let Some(policy) = self.policy {
            writer.key("policy").str(policy);
        }
        writer.key("reasons").begin_array();
        for reason in self.reasons {
            writer.str(reason);
        }
        writer.end_array();
        if let Some(remediation) = self.remediation {
            writer.key("remediation").raw(remediation);
        }
    }
}

fn rpc(refusal: &Refusal<'_>, id: Option<RawId<'_>>, status: u16) -> Reply {
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    begin_error(&mut writer, refusal.kind.rpc_code(), |writer| {
        refusal.write_data(writer)
    });
    end_error(&mut writer, &refusal.sentence(), id);
    Reply {
        status,
        headers: vec![JSON],
        body,
    }
}

fn is_error(refusal: &Refusal<'_>, id: RawId<'_>) -> Reply {
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    writer.begin_object();
    writer.key("id").raw(id.as_json().as_bytes());
    writer.key("jsonrpc").str("2.0");
    writer.key("result").begin_object();
    writer.key("_meta").begin_object();
    writer.key("callgate/refusal");
    refusal.write_data(&mut writer);
    writer.end_object();
    writer.key("content").begin_array().begin_object();
    writer.key("text").str(&refusal.sentence());
    writer.key("type").str("text");
    writer.end_object().end_array();
    writer.key("isError").bool(true);
    // Revisions from 2026-07-28 on demand it; earlier ones ignore it.
    writer.key("resultType").str("complete");
    writer.end_object().end_object();
    Reply {
        status: 200,
        headers: vec![JSON],
        body,
    }
}

/// Says exactly what the reference servers say about a tool or method that does not exist.
fn hidden(id: RawId<'_>, code: i64, text: &str) -> Reply {
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    writer.begin_object();
    writer.key("error").begin_object();
    writer.key("code").int(code);
    writer.key("message").str(text);
    writer.end_object();
    writer.key("id").raw(id.as_json().as_bytes());
    writer.key("jsonrpc").str("2.0");
    writer.end_object();
    Reply {
        status: 200,
        headers: vec![JSON],
        body,
    }
}

fn begin_error(writer: &mut Writer<'_>, code: i64, data: impl FnOnce(&mut Writer<'_>)) {
    writer.begin_object();
    writer.key("error").begin_object();
    writer.key("code").int(code);
    writer.key("data");
    data(writer);
}

fn end_error(writer: &mut Writer<'_>, message: &str, id: Option<RawId<'_>>) {
    writer.key("message").str(message).end_object();
    let id = id.map_or(NO_ID, RawId::as_json);
    writer.key("id").raw(id.as_bytes());
    writer.key("jsonrpc").str("2.0").end_object();
}
