//! Releases in their envelope: whose signatures they carry, and which of them are believed.

use callgate_answer::problem;
use callgate_answer::release::{compiled, envelope, placeless};
use callgate_engine::CompiledRelease;
use callgate_json::Document;
use callgate_model::{Diagnostic, Digest, Limits, Reader, Span};
use callgate_release::TrustedKeys;

/// Compiles a release that `trust` believes, `{"newer_than":…,"required_signatures":…,"trusted_keys":[…]}`, and
/// says which of the keys signed it.
///
/// # Errors
/// The keys cannot be used, too few of them signed these bytes, or the release is not newer.
pub(crate) fn verified(
    text: &str,
    trust: &str,
    limits: &Limits,
) -> Result<(CompiledRelease, Vec<Digest>), Vec<Diagnostic>> {
    let (trusted, newer_than) = trusted(trust, limits).map_err(placeless)?;
    let Some(envelope) = envelope(text, limits)? else {
        return Err(placeless(vec![TrustedKeys::unsigned(Span::default())]));
    };
    let proved = trusted
        .verify(&envelope)
        .map_err(|found| placeless(vec![found]))?;
    let verified = proved.release(limits).map_err(placeless)?;
    let number = verified.release().number;
    if number <= newer_than {
        let [number, least] = [number, newer_than].map(|number| number.to_string());
        let message = [
            "the release has number ",
            &number,
            ", which is not greater than ",
            &least,
        ];
        let help = "to roll back, build the old content under a new number";
        return Err(vec![problem::bare(
            "OLDER_RELEASE",
            &message.concat(),
            Some(help),
        )]);
    }
    let signers = verified.signers().to_vec();
    Ok((compiled(verified.into_release(), limits)?, signers))
}

/// Whom to believe, and the number that a release has to exceed.
fn trusted(trust: &str, limits: &Limits) -> Result<(TrustedKeys, u64), Vec<Diagnostic>> {
    let document = Document::parse(trust.as_bytes(), &limits.json);
    let document = document.map_err(|error| vec![problem::of_json(error)])?;
    let mut reader = Reader::default();
    let mut read = || {
        let known = &["newer_than", "required_signatures", "trusted_keys"];
        let fields = reader.fields(document.root(), "the trust", known)?;
        let keys = reader.required(fields, "trusted_keys", "the trust")?;
        let required = fields.get("required_signatures");
        let newer_than = match fields.get("newer_than") {
            Some(value) => reader.count(value, "`newer_than`")?,
            None => 0,
        };
        let keys = TrustedKeys::read(&mut reader, keys, required)?;
        Some((keys, newer_than))
    };
    let trusted = read();
    reader.finish(trusted)
}
