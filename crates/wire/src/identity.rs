//! Who calls and within which task, as the host established it: by a trusted header, an API key, a verified
//! token, a client certificate, or fixed.
mod api_key;
mod attested;
mod token;

pub use api_key::ApiKeys;
pub use attested::{Certificate, Jwt, San};
pub use token::{Claimed, SignedToken};

use crate::error::WireError;
use crate::http::Headers;
use callgate_json::{Document, Limits};
use callgate_model::{Identity, Reader, Task};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where identities come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Every caller is the same one.
    Static(Principal),
    /// An authenticating filter in front writes the caller into a header that clients cannot set.
    Header(TrustedHeader),
    /// Callers present API keys.
    ApiKey(ApiKeys),
    /// A filter in front verified a token.
    Jwt(Jwt),
    /// Callers present client certificates.
    Certificate(Certificate),
    /// Callers present tokens that are signed for this gateway.
    Token(SignedToken),
}

/// What the host knows of a request beside its headers.
pub trait Facts {
    /// The text at a path of Envoy's attributes; `None` when nothing is there.
    ///
    /// # Errors
    /// [`Unknown::Host`] when the host fails; [`Unknown::Unauthenticated`] when that is no text.
    fn text(&self, path: &[&str]) -> Result<Option<String>, Unknown>;

    /// The list of texts at a path.
    ///
    /// # Errors
    /// As [`Facts::text`].
    fn list(&self, path: &[&str]) -> Result<Option<Vec<String>>, Unknown>;

    /// The claims of a token whose signature, audience and time hold: a JSON object.
    ///
    /// # Errors
    /// [`Unknown::Host`] when the host fails; [`Unknown::Unauthenticated`] when the token does not hold.
    fn claims(&self, what: Claimed, token: &str) -> Result<String, Unknown>;
}

/// A host without attributes.
#[derive(Clone, Copy, Debug)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn text(&self, _path: &[&str]) -> Result<Option<String>, Unknown> {
        Ok(None)
    }

    fn list(&self, _path: &[&str]) -> Result<Option<Vec<String>>, Unknown> {
        Ok(None)
    }

    fn claims(&self, _what: Claimed, _token: &str) -> Result<String, Unknown> {
        Err(Unknown::Unauthenticated)
    }
}

/// The header that carries an identity.
#[derive(Clone, Debug)]
pub struct TrustedHeader {
    /// Its name in lower case.
    pub name: String,
    /// What is known about each name; with a directory the header carries names only.
    pub directory: Option<BTreeMap<String, Principal>>,
    /// Who an absent header stands for.
    pub anonymous: Option<Principal>,
    /// Whether the server behind sees the header too.
    pub forward: bool,
}

/// The header that carries a task session.
#[derive(Clone, Debug)]
pub struct TaskHeader {
    /// Whether it carries a token that is signed for this gateway and for the caller.
    pub signed: bool,
    /// Its name in lower case.
    pub name: String,
    /// Whether the server behind sees the header too.
    pub forward: bool,
}

/// An established caller.
#[derive(Clone, Debug)]
pub struct Principal {
    name: String,
    /// An object with `labels` and `groups`, both optional; shared with the configuration.
    facts: Option<Arc<Document<'static>>>,
}

/// A presented task session.
#[derive(Clone, Debug)]
pub struct TaskSession(Document<'static>);

/// Why no caller was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No identity, or one that is not acceptable: 401.
    Unauthenticated,
    /// The header itself is not readable in one way.
    Wire(WireError),
    /// The host could not say: 503.
    Host,
}

/// Bytes of an identity's name.
const NAME_BYTES: usize = 128;

impl Principal {
    /// A caller named `name`, with `facts` holding `labels` and `groups`.
    #[must_use]
    pub fn new(name: &str, facts: Option<Document<'static>>) -> Option<Self> {
        is_name(name).then(|| Self {
            name: name.to_owned(),
            facts: facts.map(Arc::new),
        })
    }

    /// The identity part of a call.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        let facts = self
            .facts
            .as_ref()
            .and_then(|facts| facts.root().as_object());
        Identity {
            name: &self.name,
            labels: facts.and_then(|facts| facts.get("labels")?.as_object()),
            groups: facts.and_then(|facts| facts.get("groups")?.as_array()),
        }
    }

    /// Reads `{name, labels, groups}`.
    fn read(text: &str, limits: &Limits) -> Option<Self> {
        let facts = Document::parse_owned(text.as_bytes().to_vec(), limits).ok()?;
        let mut reader = Reader::default();
        let identity = Identity::read(&mut reader, facts.root());
        let name = reader.finish(identity).ok()?.name.to_owned();
        Self::new(&name, Some(facts))
    }
}

impl TaskSession {
    /// The task part of a call; the empty object is no task.
    #[must_use]
    pub fn task(&self) -> Option<Task<'_>> {
        Task::read(&mut Reader::default(), self.0.root())
    }
}

impl Source {
    /// Establishes the caller of a request.
    ///
    /// # Errors
    /// [`Unknown`]: nobody, somebody unknown, or a header that two readers could read differently.
    pub fn establish(
        &self,
        headers: Headers<'_>,
        facts: &dyn Facts,
        limits: &Limits,
    ) -> Result<Principal, Unknown> {
        match self {
            Self::Static(principal) => Ok(principal.clone()),
            Self::Header(header) => header.establish(headers, limits),
            Self::ApiKey(keys) => keys.establish(headers),
            Self::Jwt(jwt) => jwt.establish(facts, limits),
            Self::Certificate(certificate) => certificate.establish(facts),
            Self::Token(token) => token.establish(headers, facts, limits),
        }
    }

    /// The header that is read, unless the server behind is to see it too.
    #[must_use]
    pub fn consumed_header(&self) -> Option<&str> {
        let forward = match self {
            Self::Header(header) => header.forward,
            Self::ApiKey(keys) => keys.forward,
            // Whoever sees a token can use it.
            Self::Token(_) => false,
            Self::Static(_) | Self::Jwt(_) | Self::Certificate(_) => return None,
        };
        self.header().filter(|_| !forward)
    }

    /// The header that is read.
    #[must_use]
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Header(header) => Some(&header.name),
            Self::ApiKey(keys) => Some(&keys.header),
            Self::Token(token) => Some(&token.header),
            Self::Static(_) | Self::Jwt(_) | Self::Certificate(_) => None,
        }
    }
}

impl TrustedHeader {
    fn establish(&self, headers: Headers<'_>, limits: &Limits) -> Result<Principal, Unknown> {
        let Some(value) = text(headers, &self.name, IDENTITY).map_err(Unknown::Wire)? else {
            return self.anonymous.clone().ok_or(Unknown::Unauthenticated);
        };
        let known = match &self.directory {
            Some(directory) => directory.get(value).cloned(),
            None if value.starts_with('{') => Principal::read(value, limits),
            None => Principal::new(value, None),
        };
        known.ok_or(Unknown::Unauthenticated)
    }
}

impl TaskHeader {
    /// The header, unless the server behind is to see it too.
    #[must_use]
    pub fn consumed(&self) -> Option<&str> {
        (!self.forward).then_some(self.name.as_str())
    }

    /// Reads the task session of a request of `caller`, if one is presented.
    ///
    /// # Errors
    /// A header that is not one JSON object of the known shape; a token that does not hold, or is for another
    /// caller.
    pub fn read(
        &self,
        headers: Headers<'_>,
        facts: &dyn Facts,
        caller: &Principal,
        limits: &Limits,
    ) -> Result<Option<TaskSession>, Unknown> {
        let Some(value) = text(headers, &self.name, TASK).map_err(Unknown::Wire)? else {
            return Ok(None);
        };
        match self.signed {
            true => token::task(value, facts, caller, limits).map(Some),
            false => TaskSession::read(value, limits)
                .map(Some)
                .map_err(Unknown::Wire),
        }
    }
}

impl TaskSession {
    fn read(text: &str, limits: &Limits) -> Result<Self, WireError> {
        let invalid = WireError::HeaderInvalid(TASK);
        let document =
            Document::parse_owned(text.as_bytes().to_vec(), limits).map_err(|_| invalid)?;
        let mut reader = Reader::default();
        Task::read(&mut reader, document.root());
        reader.finish(Some(())).map_err(|_| invalid)?;
        Ok(Self(document))
    }
}

const IDENTITY: &str = "configured for the identity";
const TASK: &str = "configured for the task";

/// The one value of a configured header; `role` names it in errors, since its own name is secret.
fn text<'a>(
    headers: Headers<'a>,
    name: &str,
    role: &'static str,
) -> Result<Option<&'a str>, WireError> {
    let value = headers
        .only(name)
        .map_err(|_| WireError::HeaderRepeated(role))?;
    match value.map(core::str::from_utf8) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(WireError::HeaderNotText(role)),
    }
}

/// Names keep to characters that mean nothing to logs, paths and header lists.
fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.@:/-".contains(&byte))
}
