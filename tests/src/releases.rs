//! Releases of tests: from documents, signed, or another one with more policies.

use anyhow::{Result, anyhow, ensure};
use callgate_model::Limits;
use callgate_release::signed::PrivateKey;
use callgate_release::{Build, Envelope, Format, Policy, Release, documents};
use serde_json::{Value, json};

/// The policies of one document or a list of them.
///
/// # Errors
/// A document is wrong.
pub fn policies(written: &Value) -> Result<Vec<Policy>> {
    let read = documents::read(&written.to_string(), Format::Json, &Limits::default());
    ensure!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let policies = read.policies.into_iter().map(|found| found.policy);
    Ok(policies.collect())
}

/// The release of a configuration with more policies.
///
/// # Errors
/// The configuration has no release, or a document is wrong.
pub fn extended(plugin: &Value, written: &Value) -> Result<Value> {
    let text = plugin["release"].to_string();
    let release = Release::read(text.as_bytes(), &Limits::default());
    let release = release.map_err(|found| anyhow!("{found:?}"))?;
    let mut all = release.policies.clone();
    all.extend(policies(written)?);
    let build = Build {
        project: &release.project,
        number: release.number,
        settings: release.settings.clone(),
        policies: &all,
        zones: &release.zones,
        ..Build::default()
    };
    Ok(serde_json::from_str(&build.to_json())?)
}

/// A signed release whose one policy speaks of the tool with its number, `t7`: with `deny` it refuses that
/// one, with `allow` all others.
///
/// # Errors
/// Never; the policy is sound.
pub fn numbered(project: &str, number: u64, effect: &str, signer: &PrivateKey) -> Result<String> {
    let expression = format!(r#"request.tool.name == "t{number}""#);
    let policy = json!({
        "apiVersion": "callgate/v1", "kind": "CelPolicy", "metadata": { "name": "p" },
        "spec": { "effect": effect, "expression": expression },
    });
    signed(project, number, &[policy], signer)
}

/// A signed release of these policy documents.
///
/// # Errors
/// A document is wrong.
pub fn signed(
    project: &str,
    number: u64,
    written: &[Value],
    signer: &PrivateKey,
) -> Result<String> {
    let policies = policies(&json!(written))?;
    let build = Build {
        project,
        number,
        policies: &policies,
        ..Build::default()
    };
    let mut envelope = Envelope::new(&build.to_json());
    signer.sign(&mut envelope);
    Ok(envelope.to_json())
}
