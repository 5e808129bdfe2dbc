//! Signed releases: only what a trusted key signed is believed, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_json::{Document, canonical};
use callgate_model::{Diagnostic, Digest, Limits, Timestamp};
use callgate_release::signed::{KEYS, PAYLOAD_TYPE, PrivateKey};
use callgate_release::{
    Build, CelEffect, CelPolicy, Envelope, Policy, PublicKey, Scope, Spec, TrustedKeys,
    VerifiedRelease,
};
use serde_json::{Value, json};

/// RFC 8410, section 10: the private and the public key of its examples.
const RFC_8410: (&str, &str) = (
    include_str!("rfc8410/private.pem"),
    include_str!("rfc8410/public.pem"),
);
/// RFC 8032, section 7.1, test 1.
const RFC_8032_SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

fn release(number: u64) -> String {
    let policy = Policy {
        name: "no-deletes".to_owned(),
        id: None,
        description: String::new(),
        labels: Vec::new(),
        enabled: true,
        scope: Scope::tenant(),
        spec: Spec::Cel(CelPolicy {
            effect: CelEffect::Deny,
            expression: "request.tool.name == 'delete'".to_owned(),
            message: None,
        }),
    };
    Build {
        project: "demo",
        number,
        created_at: Timestamp::parse_rfc3339("2026-01-02T03:04:05Z"),
        policies: &[policy],
        ..Build::default()
    }
    .to_json()
}

fn signed(text: &str, keys: &[&PrivateKey]) -> Value {
    let mut envelope = Envelope::new(text);
    for key in keys {
        key.sign(&mut envelope);
    }
    serde_json::from_str(&envelope.to_json()).unwrap()
}

fn trust(keys: &[&PrivateKey], required: usize) -> TrustedKeys {
    TrustedKeys::new(keys.iter().map(|key| key.public()).collect(), required).unwrap()
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code).collect()
}

fn verify_text(trusted: &TrustedKeys, text: &str) -> Result<VerifiedRelease, Vec<&'static str>> {
    let limits = Limits::default();
    let envelope = Envelope::read(text.as_bytes(), &limits).map_err(|found| codes(&found))?;
    let payload = trusted
        .verify(&envelope)
        .map_err(|found| vec![found.code])?;
    payload.release(&limits).map_err(|found| codes(&found))
}

fn verify(trusted: &TrustedKeys, envelope: &Value) -> Result<VerifiedRelease, Vec<&'static str>> {
    verify_text(trusted, &envelope.to_string())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let decoded = base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap());
    decoded.unwrap()
}

#[test]
fn what_a_trusted_key_signed_is_the_release() {
    let (one, two) = (key(1), key(2));
    let envelope = signed(&release(7), &[&one, &two]);
    let verified = verify(&trust(&[&one], 1), &envelope).unwrap();
    assert_eq!(
        (verified.release().number, verified.signers()),
        (7, &[one.public().id()][..])
    );
    let both = verify(&trust(&[&two, &one], 2), &envelope).unwrap();
    assert_eq!(both.signers(), [two.public().id(), one.public().id()]);
    let text = envelope.to_string();
    let document = Document::parse(text.as_bytes(), &Limits::default().release_json()).unwrap();
    let read = Envelope::read(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(
        read.to_json(),
        canonical::to_string(document.root()),
        "one form"
    );
    let ids: Vec<Option<Digest>> = read.key_ids().collect();
    assert_eq!(ids, [Some(one.public().id()), Some(two.public().id())]);
}

#[test]
fn what_is_signed_is_the_encoding_of_dsse_1_0() {
    use ed25519_dalek::{Signature, SigningKey};
    let text = release(1);
    let envelope = signed(&text, &[&PrivateKey::from_seed(&RFC_8032_SEED)]);
    // By hand, after https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md.
    let message = format!("DSSEv1 37 {PAYLOAD_TYPE} {} {text}", text.len());
    let key = SigningKey::from_bytes(&RFC_8032_SEED).verifying_key();
    let signature = bytes(&envelope["signatures"][0]["sig"]);
    let signature = Signature::from_slice(&signature).unwrap();
    key.verify_strict(message.as_bytes(), &signature).unwrap();
    assert_eq!(bytes(&envelope["payload"]), text.as_bytes());
}

#[test]
fn key_files_are_those_of_rfc_8410_and_openssl() {
    let private = PrivateKey::read(RFC_8410.0).unwrap();
    let public = PublicKey::read(RFC_8410.1).unwrap();
    assert_eq!(private.public(), public);
    assert_eq!(
        (private.to_pem().as_str(), public.to_pem().as_str()),
        RFC_8410
    );
    let line = RFC_8410.1.lines().nth(1).unwrap();
    assert_eq!(
        PublicKey::read(line),
        Ok(public.clone()),
        "without the armour too"
    );
    // `openssl pkey -pubin -outform DER | sha256sum`
    let id = include_str!("rfc8410/public.sha256").trim();
    assert_eq!(public.id().to_text(), format!("sha256:{id}"));
    assert!(!format!("{private:?}").contains(private.to_pem().lines().nth(1).unwrap()));
}

#[test]
fn nobody_elses_signature_counts() {
    let (ours, theirs) = (key(1), key(2));
    let trusted = trust(&[&ours], 1);
    let mut envelope = signed(&release(1), &[&theirs]);
    assert_eq!(verify(&trusted, &envelope), Err(vec!["UNTRUSTED_KEY"]));
    // Under our key's name, without a name, under a name that is none of ours.
    envelope["signatures"][0]["keyid"] = json!(ours.public().id().to_text());
    assert_eq!(verify(&trusted, &envelope), Err(vec!["BAD_SIGNATURE"]));
    for name in [json!(""), Value::Null] {
        envelope["signatures"][0]["keyid"] = name;
        assert_eq!(verify(&trusted, &envelope), Err(vec!["BAD_SIGNATURE"]));
    }
    envelope["signatures"][0]["keyid"] = json!("release-key");
    assert_eq!(verify(&trusted, &envelope), Err(vec!["UNTRUSTED_KEY"]));
    envelope["signatures"] = json!([]);
    assert_eq!(verify(&trusted, &envelope), Err(vec!["NOT_SIGNED"]));
}

#[test]
fn a_signature_without_a_name_is_tried_with_every_trusted_key() {
    let (one, two) = (key(1), key(2));
    let mut envelope = signed(&release(1), &[&two]);
    envelope["signatures"][0]
        .as_object_mut()
        .unwrap()
        .remove("keyid");
    let verified = verify(&trust(&[&one, &two], 1), &envelope).unwrap();
    assert_eq!(verified.signers(), [two.public().id()]);
}

#[test]
fn one_changed_byte_anywhere_is_noticed() {
    let ours = key(1);
    let trusted = trust(&[&ours], 1);
    let envelope = signed(&release(1), &[&ours]);
    let payload = bytes(&envelope["payload"]);
    for at in 0..payload.len() {
        let mut changed = payload.clone();
        changed[at] ^= 1;
        let mut other = envelope.clone();
        other["payload"] = json!(base64(&changed));
        assert_eq!(
            verify(&trusted, &other),
            Err(vec!["BAD_SIGNATURE"]),
            "byte {at}"
        );
    }
    let signature = bytes(&envelope["signatures"][0]["sig"]);
    for bit in 0..512 {
        let mut changed = signature.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut other = envelope.clone();
        other["signatures"][0]["sig"] = json!(base64(&changed));
        assert_eq!(
            verify(&trusted, &other),
            Err(vec!["BAD_SIGNATURE"]),
            "bit {bit}"
        );
    }
}

#[test]
fn the_type_is_signed_and_is_ours() {
    let ours = key(1);
    let trusted = trust(&[&ours], 1);
    let envelope = signed(&release(1), &[&ours]);
    for name in [
        "application/vnd.callgate.release+JSON",
        "application/json",
        "application/vnd.in-toto+json",
        "",
    ] {
        let mut other = envelope.clone();
        other["payloadType"] = json!(name);
        assert_eq!(
            verify(&trusted, &other),
            Err(vec!["UNKNOWN_VALUE"]),
            "{name}"
        );
    }
    // The same key signed the same bytes as something else.
    use ed25519_dalek::{Signer as _, SigningKey};
    let text = release(1);
    let raw = SigningKey::from_bytes(&[1; 32]);
    for message in [
        text.clone(),
        format!("DSSEv1 16 application/json {} {text}", text.len()),
        format!("DSSEv1 37 {PAYLOAD_TYPE} {} {text}", text.len() + 1),
        format!("DSSEv2 37 {PAYLOAD_TYPE} {} {text}", text.len()),
    ] {
        let mut other = envelope.clone();
        other["signatures"][0]["sig"] = json!(base64(&raw.sign(message.as_bytes()).to_bytes()));
        assert_eq!(
            verify(&trusted, &other),
            Err(vec!["BAD_SIGNATURE"]),
            "{message}"
        );
    }
}

#[test]
fn the_same_key_twice_is_one_signer() {
    let (one, two) = (key(1), key(2));
    let trusted = trust(&[&one, &two], 2);
    let mut envelope = signed(&release(1), &[&one]);
    let signature = envelope["signatures"][0].clone();
    let unnamed = json!({ "sig": signature["sig"] });
    envelope["signatures"] = json!([signature, signature, unnamed]);
    assert_eq!(verify(&trusted, &envelope), Err(vec!["TOO_FEW_SIGNATURES"]));
    let envelope = signed(&release(1), &[&one, &one, &two]);
    assert_eq!(envelope["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(verify(&trusted, &envelope).unwrap().signers().len(), 2);
}

/// The order of the group: S and S + L are the same number to a careless verifier.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn a_signature_has_one_form() {
    let ours = key(1);
    let mut envelope = signed(&release(1), &[&ours]);
    let mut signature = bytes(&envelope["signatures"][0]["sig"]);
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    envelope["signatures"][0]["sig"] = json!(base64(&signature));
    let found = verify(&trust(&[&ours], 1), &envelope);
    assert_eq!(found, Err(vec!["BAD_SIGNATURE"]));
}

/// `SubjectPublicKeyInfo` of 32 bytes.
fn info(key: &[u8; 32]) -> String {
    let head = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    base64(&[&head[..], key].concat())
}

#[test]
fn keys_that_verify_what_nobody_signed_are_refused() {
    // The points of small order, as listed in RFC 7748 and by the Taming the Many EdDSAs paper, with both signs.
    let weak = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for hex in weak {
        let mut bytes: [u8; 32] =
            core::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
        for sign in [0, 0x80] {
            bytes[31] = bytes[31] & 0x7f | sign;
            let read = PublicKey::read(&info(&bytes));
            assert_eq!(read, Err("is no sound Ed25519 public key"), "{hex} {sign}");
        }
    }
    // Second names of points: y and y + p fit in 255 bits for the nineteen smallest y.
    for small in 0..19 {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + small, 0x7f);
        assert!(PublicKey::read(&info(&bytes)).is_err(), "p + {small}");
    }
}

#[test]
fn what_is_no_key_is_told() {
    let public = key(1).public().to_pem();
    let private = key(1).to_pem();
    let rsa = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK";
    let cases = [
        (
            private.clone(),
            "is a private key: give the public key that belongs to it",
        ),
        (String::new(), "is no Ed25519 public key"),
        (public[..60].to_owned(), "is no public key in PEM or base64"),
        (public.replace("MCow", "MCox"), "is no Ed25519 public key"),
        (
            public.replace("PUBLIC", "RSA PUBLIC"),
            "is no public key in PEM or base64",
        ),
        (rsa.to_owned(), "is no public key in PEM or base64"),
        (public.repeat(2), "is no public key in PEM or base64"),
    ];
    for (text, why) in cases {
        assert_eq!(PublicKey::read(&text), Err(why), "{text}");
    }
    let cases = [
        (
            public.as_str(),
            "is a public key: give the private key that belongs to it",
        ),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----",
            "is encrypted: decrypt it first, `openssl pkey -in KEY` does",
        ),
        ("MC4=", "is no Ed25519 private key in PKCS#8"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "is no private key in PEM",
        ),
    ];
    for (text, why) in cases {
        assert_eq!(PrivateKey::read(text).unwrap_err(), why, "{text}");
    }
}

#[test]
fn trust_needs_keys() {
    let one = key(1).public();
    let refused = |keys: Vec<PublicKey>, required| TrustedKeys::new(keys, required).unwrap_err();
    assert_eq!(refused(vec![], 1), "there is no trusted key");
    assert_eq!(
        refused(vec![one.clone(), one.clone()], 1),
        "a trusted key stands there twice"
    );
    assert_eq!(
        refused(vec![one.clone()], 0),
        "a release cannot need 0 of 1 trusted keys"
    );
    assert_eq!(
        refused(vec![one], 2),
        "a release cannot need 2 of 1 trusted keys"
    );
    let many: Vec<PublicKey> = (0..=KEYS).map(|n| key(n as u8).public()).collect();
    assert_eq!(refused(many, 1), "more than 16 keys are trusted");
}

#[test]
fn broken_envelopes_are_refused_before_any_key_is_tried() {
    let ours = key(1);
    let trusted = trust(&[&ours], 1);
    let envelope = signed(&release(1), &[&ours]);
    let text = envelope.to_string();
    let payload = envelope["payload"].as_str().unwrap();
    let signature = envelope["signatures"][0]["sig"].as_str().unwrap();
    let with = |from: &str, to: &str| text.replacen(from, to, 1);
    let short = base64(&[0; 63]);
    let many = json!(vec![envelope["signatures"][0].clone(); 17]);
    let cases = [
        (with(payload, &payload[..payload.len() - 1]), "WRONG_VALUE"),
        (with(payload, &payload[1..]), "WRONG_VALUE"),
        (with(payload, &format!("{payload}\\n")), "WRONG_VALUE"),
        (with(payload, &format!("!{payload}")), "WRONG_VALUE"),
        (
            with(signature, signature.trim_end_matches('=')),
            "WRONG_VALUE",
        ),
        (with(signature, &short), "WRONG_VALUE"),
        (with(signature, ""), "WRONG_VALUE"),
        (
            with(&envelope["signatures"].to_string(), &many.to_string()),
            "WRONG_VALUE",
        ),
        (with("\"payload\"", "\"Payload\""), "UNKNOWN_FIELD"),
        (
            with("\"payload\"", "\"cert\":1,\"payload\""),
            "UNKNOWN_FIELD",
        ),
        (
            with("\"payload\"", "\"payload\":\"\",\"payload\""),
            "JSON_DUPLICATE_KEY",
        ),
        (
            with("\"sig\"", "\"sig\":\"\",\"s\\u0069g\""),
            "JSON_DUPLICATE_KEY",
        ),
        (
            with("\"signatures\"", "\"signatures\":[],\"signatures\""),
            "JSON_DUPLICATE_KEY",
        ),
        ("{}".to_owned(), "MISSING_FIELD"),
        ("null".to_owned(), "WRONG_TYPE"),
        (text[..text.len() - 1].to_owned(), "JSON_UNEXPECTED_END"),
        (format!("{text} {text}"), "JSON_TRAILING_DATA"),
        (with(payload, &"A".repeat(17 << 20)), "JSON_TOO_LARGE"),
    ];
    for (text, code) in cases {
        let start: String = text.chars().take(80).collect();
        let found = verify_text(&trusted, &text).unwrap_err();
        assert!(found.contains(&code), "{start}: {found:?} and not {code}");
    }
}

#[test]
fn both_alphabets_of_base64_are_read() {
    let ours = key(1);
    let envelope = signed(&release(1), &[&ours]);
    let mut text = envelope.to_string();
    for part in [&envelope["payload"], &envelope["signatures"][0]["sig"]] {
        let part = part.as_str().unwrap();
        text = text.replace(part, &part.replace('+', "-").replace('/', "_"));
    }
    verify_text(&trust(&[&ours], 1), &text).unwrap();
}

#[test]
fn what_is_signed_must_be_the_one_text_of_a_release() {
    let ours = key(1);
    let trusted = trust(&[&ours], 1);
    let good = release(1);
    let cases = [
        (format!("{good}\n"), "NOT_CANONICAL"),
        (good.replacen(",", ", ", 1), "NOT_CANONICAL"),
        (good.replacen("demo", "d\\u0065mo", 1), "NOT_CANONICAL"),
        (
            good.replacen("\"author\":\"\",", "\"author\":\"\",\"author\":\"\",", 1),
            "JSON_DUPLICATE_KEY",
        ),
        (good.replacen("delete", "deleta", 1), "DIGEST_MISMATCH"),
        ("{}".to_owned(), "MISSING_FIELD"),
        (String::new(), "JSON_UNEXPECTED_END"),
    ];
    for (text, code) in cases {
        let found = verify(&trusted, &signed(&text, &[&ours])).unwrap_err();
        assert!(found.contains(&code), "{text}: {found:?} and not {code}");
    }
}

#[test]
fn numbers_only_grow() {
    let ours = key(1);
    let trusted = trust(&[&ours], 1);
    let release = |text: &str| {
        verify(&trusted, &signed(text, &[&ours]))
            .unwrap()
            .into_release()
    };
    let (six, seven) = (release(&self::release(6)), release(&self::release(7)));
    assert_eq!(seven.follows(&six.reference()), Ok(()));
    assert_eq!(seven.follows(&seven.reference()), Ok(()), "the same again");
    let older = six.follows(&seven.reference()).unwrap_err();
    assert_eq!(older.code, "OLDER_RELEASE");
    assert_eq!(
        older.message,
        "release 6 is older than release 7, which is in force"
    );
    let mut other = seven.reference();
    other.digest = Digest::of(b"other content");
    assert_eq!(seven.follows(&other).unwrap_err().code, "NUMBER_REUSED");
}
