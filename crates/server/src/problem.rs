//! What is answered instead of a result: RFC 9457 problems, with everything that a person can mend.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use callgate_json::Writer;
use callgate_model::Diagnostic;

/// A problem document; `diagnostics` have places in the bytes of the request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is, and so the HTTP status.
    pub status: Status,
    /// What is wrong, in one sentence.
    pub detail: String,
    /// Each thing that is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The body is no JSON that can be read one way only.
    Unreadable,
    /// It took too long to arrive.
    TimedOut,
    /// Nothing is at this path.
    NotFound,
    /// The path knows other methods.
    MethodNotAllowed,
    /// The body is larger than any that is read.
    TooLarge,
    /// The body is not declared to be JSON.
    NotJson,
    /// The request was meant for another host.
    Misdirected,
    /// The body is JSON, and not what is asked for.
    Invalid,
    /// The server itself failed.
    Failed,
    /// The build left out what was asked for.
    NotBuilt,
}

impl Status {
    /// Its name, the last part of the problem's `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TimedOut => "timed-out",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooLarge => "too-large",
            Self::NotJson => "not-json",
            Self::Misdirected => "misdirected",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::NotBuilt => "not-built",
        }
    }

    /// The HTTP status.
    pub fn code(self) -> StatusCode {
        match self {
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotBuilt => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Problem {
    /// A problem that one sentence tells.
    pub fn new(status: Status, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            diagnostics: Vec::new(),
        }
    }

    /// The same with what is wrong in the body.
    #[must_use]
    pub fn with(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// The document.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        let code = self.status.code();
        w.begin_object().key("detail").str(&self.detail);
        w.key("diagnostics").begin_array();
        for found in &self.diagnostics {
            write(found, &mut w);
        }
        w.end_array();
        w.key("status").uint(u64::from(code.as_u16()));
        w.key("title")
            .str(code.canonical_reason().unwrap_or_default());
        w.key("type")
            .str(&format!("urn:callgate:problem:{}", self.status.name()));
        w.end_object();
        out
    }
}

fn write(found: &Diagnostic, w: &mut Writer<'_>) {
    w.begin_object().key("code").str(found.code);
    if let Some(span) = found.span {
        w.key("end").uint(u64::from(span.end));
    }
    if let Some(help) = &found.help {
        w.key("help").str(help);
    }
    w.key("message").str(&found.message);
    w.key("severity").str(found.severity.as_str());
    if let Some(span) = found.span {
        w.key("start").uint(u64::from(span.start));
    }
    w.end_object();
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status.code(), self.to_json()).into_response();
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media);
        response
    }
}
