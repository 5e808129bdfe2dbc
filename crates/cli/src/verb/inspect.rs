//! `callgate inspect`: what a release file says.

use std::path::PathBuf;

use callgate_model::{Digest, Timestamp};
use callgate_release::{CelEffect, Envelope, Level, Policy, Release, Spec, Zone};
use serde_json::{Value, json};

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::key::{self, Opened};
use crate::project;
use crate::render::json;
use crate::render::text::plural;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
Policies are shown in the order of evaluation: every deny policy, then every allow policy. A file \
whose digest is not that of its content is refused.

Examples:
  callgate inspect release.json
  callgate inspect release.json -f json | jq -r .digest";

/// Show what a release holds
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The release file
    #[arg(value_name = "RELEASE")]
    release: PathBuf,

    /// How to write it
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Prints the release.
///
/// # Errors
/// The file cannot be read or is no release.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let file = key::opened(&input::read(&args.release)?)?;
    let release = project::read_release(&file.release)?;
    let settings = settings(&file.release);
    terminal.data(&match args.format {
        Format::Text => text(&release, &signers(&file), &settings),
        Format::Json => json::pretty(&document(&release, &signers(&file), settings)),
    });
    Ok(Exit::Ok)
}

/// What the envelope calls the keys that signed, if there is one. Nothing is proved by it.
fn signers(file: &Opened) -> Vec<String> {
    let ids = file.envelope.iter().flat_map(Envelope::key_ids);
    let name = |id: Option<Digest>| id.map_or_else(|| "unnamed".to_owned(), |id| id.to_text());
    ids.map(name).collect()
}

/// The settings as the file has them; reading the release has checked them.
fn settings(file: &File) -> Value {
    let whole = serde_json::from_str::<Value>(&file.text).unwrap_or_default();
    whole.get("settings").cloned().unwrap_or_default()
}

fn in_order(release: &Release) -> Vec<&Policy> {
    let mut policies: Vec<&Policy> = release.policies.iter().collect();
    policies.sort_by_key(|policy| match &policy.spec {
        Spec::Cel(cel) if cel.effect == CelEffect::Deny => (0, 0),
        Spec::Cel(_) => (1, 0),
        Spec::RuleSet(_) => (2, 0),
        Spec::Match(written) => (3, written.spec.priority),
        Spec::Control(_) => (4, 0),
        Spec::Dlp(_) => (5, 0),
    });
    policies
}

fn text(release: &Release, signers: &[String], settings: &Value) -> String {
    let created = release.created_at.map(|at| at.to_string());
    let facts = [
        ("digest", Some(release.digest.to_string())),
        ("created", created),
        ("author", Some(release.author.clone())),
        ("note", Some(release.note.clone())),
    ];
    let mut out = format!("release {} of {}\n", release.number, release.project);
    for (name, fact) in facts {
        if let Some(fact) = fact.filter(|fact| !fact.is_empty()) {
            out += &format!("  {name:<8} {fact}\n");
        }
    }
    for signer in signers {
        out += &format!("  signed   {signer} (says the file: `callgate verify` checks it)\n");
    }
    out += "\nsettings\n";
    for (name, value) in settings.as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        out += &format!("  {name}: {value}\n");
    }
    let policies = in_order(release);
    out += &format!(
        "\n{}, in order of evaluation\n",
        plural(policies.len(), "policy")
    );
    for (index, policy) in policies.into_iter().enumerate() {
        out += &policy_text(index.saturating_add(1), policy);
    }
    for zone in &release.zones {
        out += &zone_text(zone);
    }
    printable(&out)
}

fn policy_text(number: usize, policy: &Policy) -> String {
    let what = match &policy.spec {
        Spec::Cel(cel) => cel.effect.as_str(),
        Spec::RuleSet(_) => "rules",
        Spec::Match(_) => "match",
        Spec::Control(_) => "control",
        Spec::Dlp(_) => "dlp",
    };
    let mut out = format!(
        "\n{number:>3}. {what:<5} {}{}\n",
        policy.name,
        scope(policy)
    );
    if !policy.description.is_empty() {
        out += &format!("     {}\n", policy.description);
    }
    let Some(cel) = policy.spec.cel() else {
        for line in json::pretty(&spec(policy)).lines() {
            out += &format!("       {line}\n");
        }
        return out;
    };
    for line in cel.expression.lines() {
        out += &format!("       {line}\n");
    }
    if let Some(message) = &cel.message {
        out += &format!("     says: {message}\n");
    }
    out
}

/// What a policy says, as JSON.
fn spec(policy: &Policy) -> Value {
    // INVARIANT: a canonical text is JSON.
    serde_json::from_str(&policy.spec.to_json()).unwrap_or_default()
}

/// When the clocks of a time zone jump, and how far: an hour that is missing, or comes twice.
fn zone_text(zone: &Zone) -> String {
    let mut out = format!("\ntime zone {}\n", zone.name);
    for pair in zone.offsets.windows(2) {
        let [(_, before), (at, after)] = pair else {
            continue;
        };
        let instant = Timestamp {
            seconds: *at,
            nanos: 0,
        };
        let minutes = after.saturating_sub(*before) / 60;
        let what = match minutes {
            1.. => format!("{minutes} minutes are missing"),
            _ => format!("{} minutes come twice", minutes.saturating_neg()),
        };
        out += &format!("  {instant}  {}  {what}\n", offset_text(*after));
    }
    out
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Whom it is for, unless it is for everybody.
fn scope(policy: &Policy) -> String {
    match policy.scope.level {
        Level::Platform | Level::Tenant => String::new(),
        Level::Group | Level::Mission | Level::Agent | Level::Run => {
            format!(
                ", for {} {}",
                policy.scope.level.as_str(),
                policy.scope.targets.join(", ")
            )
        }
    }
}

fn document(release: &Release, signers: &[String], settings: Value) -> Value {
    let policies: Vec<Value> = in_order(release).into_iter().map(policy_json).collect();
    json!({
        "project": release.project,
        "number": release.number,
        "digest": release.digest.to_string(),
        "created_at": release.created_at.map(|at| at.to_string()),
        "author": release.author,
        "note": release.note,
        "settings": settings,
        "signers": signers,
        "policies": policies,
        "zones": release.zones.iter().map(zone_json).collect::<Vec<_>>(),
    })
}

fn zone_json(zone: &Zone) -> Value {
    json!({ "name": zone.name, "offsets": zone.offsets, "until": zone.until })
}

fn policy_json(policy: &Policy) -> Value {
    let labels: serde_json::Map<String, Value> = policy
        .labels
        .iter()
        .map(|(key, label)| (key.clone(), json!(label)))
        .collect();
    let mut facts = json!({
        "kind": policy.spec.family().kind(),
        "name": policy.name,
        "id": policy.id,
        "description": policy.description,
        "labels": labels,
        "scope": { "level": policy.scope.level.as_str(), "targets": policy.scope.targets },
    });
    match policy.spec.cel() {
        Some(cel) => {
            facts["effect"] = json!(cel.effect.as_str());
            facts["expression"] = json!(cel.expression);
            facts["message"] = json!(cel.message);
        }
        None => facts["spec"] = spec(policy),
    }
    facts
}
