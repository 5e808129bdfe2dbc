//! The envelope: DSSE 1.0 (secure-systems-lab/dsse), read strictly and written canonically.

use callgate_json::{Value, Writer};
use callgate_model::{Diagnostic, Digest, Limits, Reader, Span};

use super::base64;
use crate::release::json;

/// What the payload of an envelope is: the canonical bytes of one release file.
pub const PAYLOAD_TYPE: &str = "application/vnd.callgate.release+json";

/// Signatures of one envelope. 16: more people than sign off any release, and few enough to try.
const SIGNATURES: usize = 16;

/// The same of a list of exceptions.
pub(super) const EXCEPTIONS_TYPE: &str = "application/vnd.callgate.exceptions+json";

const KNOWN: &[&str] = &["payload", "payloadType", "signatures"];

/// A release file and who signed it. Nothing of it is proved: [`TrustedKeys::verify`] does that.
///
/// [`TrustedKeys::verify`]: super::TrustedKeys::verify
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    kind: &'static str,
    payload: Vec<u8>,
    signatures: Vec<Signed>,
    /// Where it stands in the text it was read from.
    pub(super) place: Span,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    /// What the envelope calls the key; a hint, since nobody signs it.
    pub(super) key: Hint,
    pub(super) signature: [u8; 64],
}

/// Which key is said to have signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// None is named.
    Unnamed,
    /// The key with this id.
    Named(Digest),
    /// A name that no key of ours can have.
    Foreign,
}

impl Envelope {
    /// An envelope without a signature around the text of a release file.
    pub fn new(release: &str) -> Self {
        Self::around(PAYLOAD_TYPE, release)
    }

    /// An envelope without a signature around a list of exceptions.
    pub fn of_exceptions(list: &str) -> Self {
        Self::around(EXCEPTIONS_TYPE, list)
    }

    fn around(kind: &'static str, text: &str) -> Self {
        Self {
            kind,
            payload: text.as_bytes().to_vec(),
            signatures: Vec::new(),
            place: Span::default(),
        }
    }

    /// Whether `root` is an envelope, sound or not, rather than a bare release.
    pub fn is_one(root: Value<'_>) -> bool {
        let object = root.as_object();
        object.is_some_and(|object| object.contains("payload") || object.contains("payloadType"))
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// Everything that is wrong with it; spans are byte offsets into `bytes`.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Vec<Diagnostic>> {
        let document = json(bytes, limits)?;
        Self::read_value(document.root())
    }

    /// Reads an envelope that stands inside another document.
    ///
    /// # Errors
    /// As [`read`](Self::read); spans are byte offsets into that document's text.
    pub fn read_value(root: Value<'_>) -> Result<Self, Vec<Diagnostic>> {
        Self::read_as(PAYLOAD_TYPE, root)
    }

    /// Reads an envelope around something of this type.
    pub(super) fn read_as(kind: &'static str, root: Value<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::default();
        let envelope = envelope(&mut reader, kind, root);
        reader.finish(envelope)
    }

    /// The release file inside. Whoever reads it without verifying believes whoever wrote it.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// What the envelope calls the keys of its signatures, one entry a signature.
    pub fn key_ids(&self) -> impl Iterator<Item = Option<Digest>> {
        self.signatures.iter().map(|signed| match signed.key {
            Hint::Named(id) => Some(id),
            Hint::Unnamed | Hint::Foreign => None,
        })
    }

    pub(super) fn signatures(&self) -> &[Signed] {
        &self.signatures
    }

    /// What is signed: type and payload with their lengths (DSSE's pre-authentication encoding).
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        let (kind, payload) = (self.kind, &self.payload);
        let lengths = [kind.len().to_string(), payload.len().to_string()];
        let [kind_length, payload_length] = &lengths;
        let head = ["DSSEv1 ", kind_length, " ", kind, " ", payload_length, " "].concat();
        [head.as_bytes(), payload].concat()
    }

    #[cfg(feature = "sign")]
    pub(super) fn add(&mut self, key: Digest, signature: [u8; 64]) {
        let key = Hint::Named(key);
        self.signatures.retain(|signed| signed.key != key);
        self.signatures.push(Signed { key, signature });
    }

    /// The file: canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object()
            .key("payload")
            .str(&base64::encode(&self.payload));
        w.key("payloadType").str(self.kind);
        w.key("signatures").begin_array();
        for signed in &self.signatures {
            w.begin_object();
            if let Hint::Named(id) = signed.key {
                w.key("keyid").str(&id.to_text());
            }
            w.key("sig")
                .str(&base64::encode(&signed.signature))
                .end_object();
        }
        w.end_array().end_object();
        // INVARIANT: a writer writes nothing but UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }
}

fn envelope(reader: &mut Reader, kind: &'static str, root: Value<'_>) -> Option<Envelope> {
    let what = "a signed release";
    let fields = reader.fields(root, what, KNOWN)?;
    if let Some(given) = reader.required(fields, "payloadType", what) {
        reader.choice(given, "`payloadType`", &[(kind, ())]);
    }
    let payload = reader.required(fields, "payload", what);
    let payload = payload.and_then(|value| bytes(reader, value, "`payload`"));
    let signatures = reader.required(fields, "signatures", what)?;
    let signatures = signatures_of(reader, signatures);
    Some(Envelope {
        kind,
        payload: payload?,
        signatures: signatures?,
        place: Span::from(root.span()),
    })
}

fn signatures_of(reader: &mut Reader, value: Value<'_>) -> Option<Vec<Signed>> {
    let array = reader.array(value, "`signatures`")?;
    if array.len() > SIGNATURES {
        let message = "more than 16 signatures".to_owned();
        reader.error("WRONG_VALUE", value, message, None);
        return None;
    }
    let signatures = array.iter().map(|value| signed(reader, value));
    // Every one is read, so that everything that is wrong is told.
    let signatures: Vec<Option<Signed>> = signatures.collect();
    signatures.into_iter().collect()
}

fn signed(reader: &mut Reader, value: Value<'_>) -> Option<Signed> {
    let what = "a signature";
    let fields = reader.fields(value, what, &["keyid", "sig"])?;
    let key = match fields.get("keyid") {
        None => Hint::Unnamed,
        Some(name) => match reader.string(name, "`keyid`")? {
            "" => Hint::Unnamed,
            name => Digest::parse(name).map_or(Hint::Foreign, Hint::Named),
        },
    };
    let place = reader.required(fields, "sig", what)?;
    let signature = bytes(reader, place, "`sig`")?;
    let Ok(signature) = <[u8; 64]>::try_from(signature) else {
        let message = "`sig` is no Ed25519 signature: those have 64 bytes".to_owned();
        reader.error("WRONG_VALUE", place, message, None);
        return None;
    };
    Some(Signed { key, signature })
}

fn bytes(reader: &mut Reader, value: Value<'_>, what: &str) -> Option<Vec<u8>> {
    let bytes = base64::decode(reader.string(value, what)?);
    if bytes.is_none() {
        let message = [what, " is no base64 with padding"].concat();
        reader.error("WRONG_VALUE", value, message, None);
    }
    bytes
}
