//! The head of a request to a plain API: everything that is decided before the body arrives.
use super::query;
use super::template::Template;
use crate::error::WireError;
use crate::http::Headers;
use crate::length::Length;
use crate::media;
use crate::route::{self, Route};

/// Every header that is read here, in lower case.
pub(crate) const READ_HEADERS: [&str; 5] = [
    "content-type",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    UPGRADE,
];

const UPGRADE: &str = "upgrade";

/// A head that is acceptable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    method: &'static str,
    length: Length,
    body: Content,
}

/// What may follow a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Nothing: the method carries no body.
    Never,
    /// Nothing, since no media type is announced.
    Untyped,
    /// JSON, or nothing.
    Json,
    /// JSON.
    Due,
}

impl Head {
    /// Judges the method, the path, the query and every header that is read.
    ///
    /// # Errors
    /// A method that no template of the path has, a query or a header that is not acceptable.
    pub fn read(
        route: &Route,
        method: &[u8],
        target: &str,
        headers: Headers<'_>,
    ) -> Result<Self, WireError> {
        check(headers)?;
        let template = template(route, method, target)?;
        if let Some((_, text)) = target.split_once('?') {
            query::pairs(text)?;
        }
        let announced = headers.one("content-type")?.is_some();
        match announced {
            true => media::require_plain_json(headers)?,
            false => media::require_plain(headers)?,
        }
        Ok(Self {
            method: template.method(),
            length: Length::read(headers)?,
            body: match (template.takes_body(), announced) {
                (false, _) => Content::Never,
                (true, false) => Content::Untyped,
                (true, true) => Content::Json,
            },
        })
    }

    /// Judges the head of a POST whose body must be JSON.
    ///
    /// # Errors
    /// Another method, or a header that is not acceptable.
    pub(crate) fn read_post(method: &[u8], headers: Headers<'_>) -> Result<Self, WireError> {
        check(headers)?;
        if method != b"POST" {
            return Err(WireError::HttpMethod);
        }
        media::require_plain_json(headers)?;
        Ok(Self {
            method: "POST",
            length: Length::read(headers)?,
            body: Content::Due,
        })
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Refuses early a body that announces itself as larger than `limit` bytes.
    ///
    /// # Errors
    /// [`WireError::BodyTooLarge`]; the bytes that really arrive are counted later.
    pub fn check_announced(&self, limit: u32) -> Result<(), WireError> {
        self.length.check_announced(limit)
    }

    /// Checks the number of bytes that arrived against the method and the headers.
    ///
    /// # Errors
    /// A missing, an unexpected, an untyped or a truncated body.
    pub fn check_body(&self, length: usize) -> Result<(), WireError> {
        match (self.body, length) {
            (Content::Due, 0) => return Err(WireError::BodyEmpty),
            (Content::Never, 1..) => return Err(WireError::BodyUnexpected),
            (Content::Untyped, 1..) => return Err(WireError::MediaType),
            _ => {}
        }
        self.length.check(length)
    }
}

fn check(headers: Headers<'_>) -> Result<(), WireError> {
    headers.refuse_oddities()?;
    headers.refuse_look_alikes(&READ_HEADERS)?;
    // What follows an upgrade is no message any more, and nobody would judge it.
    if headers.one(UPGRADE)?.is_some() {
        return Err(WireError::HeaderInvalid(UPGRADE));
    }
    headers.refuse_repeats()
}

/// The template that a method and a target stand for.
pub(super) fn template<'r>(
    route: &'r Route,
    method: &[u8],
    target: &str,
) -> Result<&'r Template, WireError> {
    let path = route::without_query(target);
    let templates = route.templates();
    let pattern = route::pattern_of(templates, path).ok_or(WireError::NoTemplate)?;
    let mut same = templates.iter().filter(|template| {
        template.pattern().is_shaped_like(pattern) && template.method().as_bytes() == method
    });
    same.next().ok_or(WireError::NoTemplate)
}
