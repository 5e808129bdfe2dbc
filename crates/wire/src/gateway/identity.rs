//! Reading where identities come from.
use super::{flag, header_name};
use crate::identity::{
    ApiKeys, Certificate, Jwt, Principal, San, SignedToken, Source, TrustedHeader,
};
use callgate_json::{Document, Limits, Value};
use callgate_model::{Digest, Fields, Reader};
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
enum Kind {
    ApiKey,
    Header,
    Jwt,
    Certificate,
    Static,
    Token,
}

const KINDS: &[(&str, Kind)] = &[
    ("api_key", Kind::ApiKey),
    ("header", Kind::Header),
    ("jwt", Kind::Jwt),
    ("mtls", Kind::Certificate),
    ("static", Kind::Static),
    ("token", Kind::Token),
];

/// Fields of every kind; what a kind does not know is told once the kind is known.
const ALL: &[&str] = &[
    "source",
    "anonymous",
    "directory",
    "filter",
    "forward",
    "groups",
    "header",
    "keys",
    "labels",
    "name",
    "payload",
    "san",
    "scheme",
];

const PRINCIPAL: &[&str] = &["name", "labels", "groups"];

pub(super) fn source(reader: &mut Reader, value: Value<'_>, limits: &Limits) -> Option<Source> {
    let fields = reader.fields(value, "`identity`", ALL)?;
    let kind = reader.required(fields, "source", "`identity`")?;
    let only = |reader: &mut Reader, what: &str, known: &[&'static str]| {
        let known: Vec<&str> = ["source"].iter().chain(known).copied().collect();
        reader.fields(value, what, &known)
    };
    match reader.choice(kind, "`identity.source`", KINDS)? {
        Kind::Static => {
            let fields = only(reader, "a static `identity`", PRINCIPAL)?;
            principal(reader, fields, limits).map(Source::Static)
        }
        Kind::Header => {
            let known = ["header", "directory", "anonymous", "forward"];
            let fields = only(reader, "a header `identity`", &known)?;
            trusted_header(reader, fields, limits).map(Source::Header)
        }
        Kind::ApiKey => {
            let known = ["header", "scheme", "keys", "forward"];
            let fields = only(reader, "an api_key `identity`", &known)?;
            api_keys(reader, fields, limits).map(Source::ApiKey)
        }
        Kind::Jwt => {
            let known = ["filter", "payload", "name", "labels", "groups", "anonymous"];
            let fields = only(reader, "a jwt `identity`", &known)?;
            jwt(reader, fields, limits).map(Source::Jwt)
        }
        Kind::Token => {
            let known = ["header", "scheme", "anonymous"];
            let fields = only(reader, "a token `identity`", &known)?;
            signed_token(reader, fields, limits).map(Source::Token)
        }
        Kind::Certificate => {
            let fields = only(reader, "an mtls `identity`", &["san", "directory"])?;
            certificate(reader, fields, limits).map(Source::Certificate)
        }
    }
}

fn api_keys(reader: &mut Reader, fields: Fields<'_>, limits: &Limits) -> Option<ApiKeys> {
    let header = header_name(reader, fields, "`identity`");
    let forward = flag(reader, fields, "forward");
    let scheme = scheme(reader, fields);
    let listed = reader.required(fields, "keys", "`identity`");
    let listed = listed.and_then(|value| reader.array(value, "`keys`"))?;
    let mut keys = BTreeMap::new();
    for value in listed.iter() {
        let what = "a key";
        let known = ["sha256", "name", "labels", "groups"];
        let entry = reader.fields(value, what, &known)?;
        let sha256 = reader.required(entry, "sha256", what)?;
        let text = reader.string(sha256, "`sha256`")?;
        let digest = Digest::parse(&["sha256:", text].concat());
        let principal = principal(reader, entry, limits)?;
        let known = digest.map(|digest| keys.insert(*digest.as_bytes(), principal).is_some());
        let (code, message) = match known {
            Some(false) => continue,
            Some(true) => ("DUPLICATE", "this key is listed twice"),
            None => (
                "WRONG_VALUE",
                "`sha256` must be 64 hexadecimal digits in lower case",
            ),
        };
        let help = "the digest of the key itself: `printf %s KEY | sha256sum`";
        reader.error(code, sha256, message.to_owned(), Some(help.to_owned()));
        return None;
    }
    Some(ApiKeys {
        header: header?,
        scheme: scheme?,
        keys,
        forward: forward?,
    })
}

/// What stands before a credential.
fn scheme(reader: &mut Reader, fields: Fields<'_>) -> Option<Option<String>> {
    match fields.get("scheme") {
        None => Some(None),
        Some(value) => Some(Some(reader.string(value, "`scheme`")?.to_owned())),
    }
}

fn signed_token(reader: &mut Reader, fields: Fields<'_>, limits: &Limits) -> Option<SignedToken> {
    let header = header_name(reader, fields, "`identity`");
    let scheme = scheme(reader, fields);
    let anonymous = anonymous(reader, fields, limits);
    Some(SignedToken {
        header: header?,
        scheme: scheme?,
        anonymous: anonymous?,
    })
}

fn jwt(reader: &mut Reader, fields: Fields<'_>, limits: &Limits) -> Option<Jwt> {
    let filter = match fields.get("filter") {
        None => Some("envoy.filters.http.jwt_authn"),
        Some(value) => reader.string(value, "`filter`"),
    };
    let payload = reader.required(fields, "payload", "a jwt `identity`");
    let payload = payload.and_then(|value| path(reader, value, "`payload`"));
    let name = match fields.get("name") {
        None => Some(vec!["sub".to_owned()]),
        Some(value) => path(reader, value, "`name`"),
    };
    let groups = match fields.get("groups") {
        None => Some(None),
        Some(value) => path(reader, value, "`groups`").map(Some),
    };
    let mut labels = BTreeMap::new();
    if let Some(value) = fields.get("labels") {
        for (label, claim) in reader.object(value, "`labels`")?.iter() {
            labels.insert(
                label.to_owned(),
                path(reader, claim, "the claim of a label")?,
            );
        }
    }
    let anonymous = anonymous(reader, fields, limits);
    Some(Jwt {
        payload: [vec![filter?.to_owned()], payload?].concat(),
        name: name?,
        labels,
        groups: groups?,
        anonymous: anonymous?,
    })
}

/// A member, or the members on the way to one.
fn path(reader: &mut Reader, value: Value<'_>, what: &str) -> Option<Vec<String>> {
    let steps = match value.as_array() {
        None => vec![reader.string(value, what)?.to_owned()],
        Some(_) => {
            let steps = reader.strings(value, what)?;
            let steps = steps.iter().filter_map(|step| step.as_str());
            steps.map(str::to_owned).collect()
        }
    };
    // The host tells the steps of a path apart by a zero byte.
    if steps.is_empty()
        || steps
            .iter()
            .any(|step| step.is_empty() || step.contains('\0'))
    {
        let message = [what, " must be a name, or a list of names"].concat();
        reader.error("WRONG_VALUE", value, message, None);
        return None;
    }
    Some(steps)
}

fn certificate(reader: &mut Reader, fields: Fields<'_>, limits: &Limits) -> Option<Certificate> {
    let san = match fields.get("san") {
        None => Some(San::Uri),
        Some(value) => reader.choice(value, "`san`", &[("uri", San::Uri), ("dns", San::Dns)]),
    };
    let directory = match fields.get("directory") {
        None => Some(None),
        Some(value) => directory(reader, value, limits).map(Some),
    };
    Some(Certificate {
        san: san?,
        directory: directory?,
    })
}

/// Who an absent credential stands for.
fn anonymous(
    reader: &mut Reader,
    fields: Fields<'_>,
    limits: &Limits,
) -> Option<Option<Principal>> {
    let Some(value) = fields.get("anonymous") else {
        return Some(None);
    };
    let fields = reader.fields(value, "`anonymous`", PRINCIPAL)?;
    principal(reader, fields, limits).map(Some)
}

fn trusted_header(
    reader: &mut Reader,
    fields: Fields<'_>,
    limits: &Limits,
) -> Option<TrustedHeader> {
    let name = header_name(reader, fields, "`identity`");
    let directory = match fields.get("directory") {
        None => Some(None),
        Some(value) => directory(reader, value, limits).map(Some),
    };
    let anonymous = anonymous(reader, fields, limits);
    let forward = flag(reader, fields, "forward");
    Some(TrustedHeader {
        name: name?,
        directory: directory?,
        anonymous: anonymous?,
        forward: forward?,
    })
}

fn directory(
    reader: &mut Reader,
    value: Value<'_>,
    limits: &Limits,
) -> Option<BTreeMap<String, Principal>> {
    let mut directory = BTreeMap::new();
    let mut complete = true;
    for (name, entry) in reader.object(value, "`directory`")?.iter() {
        let known = ["labels", "groups"];
        let fields = reader.fields(entry, "an entry of `directory`", &known);
        match fields.and_then(|fields| facts(reader, fields, name, limits)) {
            Some(principal) => {
                directory.insert(name.to_owned(), principal);
            }
            None => complete = false,
        }
    }
    complete.then_some(directory)
}

fn principal(reader: &mut Reader, fields: Fields<'_>, limits: &Limits) -> Option<Principal> {
    let name = reader.required(fields, "name", "an identity")?;
    let name = reader.string(name, "`name`")?;
    facts(reader, fields, name, limits)
}

fn facts(
    reader: &mut Reader,
    fields: Fields<'_>,
    name: &str,
    limits: &Limits,
) -> Option<Principal> {
    let value = fields.object().value();
    if let Some(labels) = fields.get("labels") {
        reader.object(labels, "`labels`")?;
    }
    if let Some(groups) = fields.get("groups") {
        reader.strings(groups, "`groups`")?;
    }
    let text = value.raw().as_bytes().to_vec();
    let facts = Document::parse_owned(text, limits).ok();
    let principal = facts.and_then(|facts| Principal::new(name, Some(facts)));
    if principal.is_none() {
        let help = Some("1 to 128 of A-Z a-z 0-9 _ . @ : / -".to_owned());
        let message = format!("`{name}` is not an identity's name");
        reader.error("UNKNOWN_VALUE", value, message, help);
    }
    principal
}
