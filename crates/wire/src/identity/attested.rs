//! Callers that the host vouches for: by a token it verified, or by a client certificate.
use super::{Facts, Principal, Unknown};
use callgate_json::{Document, Limits, Writer};
use std::collections::BTreeMap;

/// The payload of a JSON Web Token that Envoy's `jwt_authn` verified and put into dynamic metadata.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// Where the payload is, from `metadata.filter_metadata` on.
    pub payload: Vec<String>,
    /// The claim that names the caller, as a path.
    pub name: Vec<String>,
    /// The claim that each label comes from.
    pub labels: BTreeMap<String, Vec<String>>,
    /// The claim with the groups: a list of texts.
    pub groups: Option<Vec<String>>,
    /// Who calls without a token.
    pub anonymous: Option<Principal>,
}

/// A client certificate that Envoy verified in the TLS handshake.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Which of its names is the caller's.
    pub san: San,
    /// What is known about each name; with a directory only its names are known.
    pub directory: Option<BTreeMap<String, Principal>>,
}

/// A kind of subject alternative name (RFC 5280 section 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum San {
    /// A URI, such as a SPIFFE id.
    Uri,
    /// A host name.
    Dns,
}

impl Jwt {
    pub(super) fn establish(
        &self,
        facts: &dyn Facts,
        limits: &Limits,
    ) -> Result<Principal, Unknown> {
        let Some(name) = facts.text(&self.path(&self.name))? else {
            return self.anonymous.clone().ok_or(Unknown::Unauthenticated);
        };
        let mut json = Vec::new();
        let mut writer = Writer::new(&mut json);
        writer.begin_object();
        if let Some(claim) = &self.groups
            && let Some(groups) = facts.list(&self.path(claim))?
        {
            writer.key("groups").begin_array();
            for group in &groups {
                writer.str(group);
            }
            writer.end_array();
        }
        writer.key("labels").begin_object();
        // A label whose claim is missing is missing; policies that read it say what that means.
        for (label, claim) in &self.labels {
            if let Some(value) = facts.text(&self.path(claim))? {
                writer.key(label).str(&value);
            }
        }
        writer.end_object().end_object();
        let known = Document::parse_owned(json, limits).ok();
        let known = known.and_then(|known| Principal::new(&name, Some(known)));
        known.ok_or(Unknown::Unauthenticated)
    }

    fn path<'p>(&'p self, claim: &'p [String]) -> Vec<&'p str> {
        let payload = self.payload.iter().chain(claim).map(String::as_str);
        ["metadata", "filter_metadata"]
            .into_iter()
            .chain(payload)
            .collect()
    }
}

impl Certificate {
    pub(super) fn establish(&self, facts: &dyn Facts) -> Result<Principal, Unknown> {
        let property = match self.san {
            San::Uri => "uri_san_peer_certificate",
            San::Dns => "dns_san_peer_certificate",
        };
        let name = facts.text(&["connection", property])?;
        let name = name.filter(|name| !name.is_empty());
        let name = name.ok_or(Unknown::Unauthenticated)?;
        let known = match &self.directory {
            Some(directory) => directory.get(&name).cloned(),
            None => Principal::new(&name, None),
        };
        known.ok_or(Unknown::Unauthenticated)
    }
}
