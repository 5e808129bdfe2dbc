//! `callgate inspect`: what a release file says.

use std::path::PathBuf;

use callgate_release::{CelEffect, Level, Policy, Release, Spec};
use serde_json::{Value, json};

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
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
    let file = input::read(&args.release)?;
    let release = project::read_release(&file)?;
    terminal.data(&match args.format {
        Format::Text => text(&release, &settings(&file)),
        Format::Json => json::pretty(&document(&release, settings(&file))),
    });
    Ok(Exit::Ok)
}

/// The settings as the file has them; reading the release has checked them.
fn settings(file: &File) -> Value {
    let whole = serde_json::from_str::<Value>(&file.text).unwrap_or_default();
    whole.get("settings").cloned().unwrap_or_default()
}

fn in_order(release: &Release) -> Vec<&Policy> {
    let mut policies: Vec<&Policy> = release.policies.iter().collect();
    policies.sort_by_key(|policy| {
        let Spec::Cel(cel) = &policy.spec;
        match cel.effect {
            CelEffect::Deny => 0,
            CelEffect::Allow => 1,
        }
    });
    policies
}

fn text(release: &Release, settings: &Value) -> String {
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
    printable(&out)
}

fn policy_text(number: usize, policy: &Policy) -> String {
    let Spec::Cel(cel) = &policy.spec;
    let mut out = format!(
        "\n{number:>3}. {:<5} {}{}\n",
        cel.effect.as_str(),
        policy.name,
        scope(policy)
    );
    if !policy.description.is_empty() {
        out += &format!("     {}\n", policy.description);
    }
    for line in cel.expression.lines() {
        out += &format!("       {line}\n");
    }
    if let Some(message) = &cel.message {
        out += &format!("     says: {message}\n");
    }
    out
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

fn document(release: &Release, settings: Value) -> Value {
    let policies: Vec<Value> = in_order(release).into_iter().map(policy_json).collect();
    json!({
        "project": release.project,
        "number": release.number,
        "digest": release.digest.to_string(),
        "created_at": release.created_at.map(|at| at.to_string()),
        "author": release.author,
        "note": release.note,
        "settings": settings,
        "policies": policies,
    })
}

fn policy_json(policy: &Policy) -> Value {
    let Spec::Cel(cel) = &policy.spec;
    let labels: serde_json::Map<String, Value> = policy
        .labels
        .iter()
        .map(|(key, label)| (key.clone(), json!(label)))
        .collect();
    json!({
        "kind": "CelPolicy",
        "name": policy.name,
        "id": policy.id,
        "description": policy.description,
        "labels": labels,
        "scope": { "level": policy.scope.level.as_str(), "targets": policy.scope.targets },
        "effect": cel.effect.as_str(),
        "expression": cel.expression,
        "message": cel.message,
    })
}
