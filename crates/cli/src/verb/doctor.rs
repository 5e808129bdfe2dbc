//! `callgate doctor`: what in a release can never matter, denies everything, or fails where nobody meant it to.

use std::path::PathBuf;
use std::rc::Rc;

use callgate_analysis::{Finding, Proof};
use callgate_engine::{CompiledRelease, author};
use callgate_model::{Limits, Severity};
use serde_json::{Value, json};

use super::diff::parsed;
use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::key;
use crate::problem::Problem;
use crate::project::{self, Project, Written};
use crate::render::{json, text};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Every finding is proved for all calls there can be, or has a call that shows it, as the evaluator \
says. Proofs leave aside exceptions, and calls so large that a decision runs out of gas or memory. \
docs/analysis.md explains each finding.

Exit code 4 when a finding is an error, a release that denies everything for one; else 0.

Examples:
  callgate doctor                  the project here
  callgate doctor release.json
  callgate doctor -f json";

/// Examine a release: dead policies, conditions that never hold, failures that decide calls
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A release file, or a folder of a project
    #[arg(value_name = "RELEASE|DIR", default_value = ".")]
    release: PathBuf,

    /// How to write the findings
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// A finding where the user can see it.
struct Shown {
    finding: Finding,
    policy: Option<String>,
    problem: Problem,
}

/// Examines the release.
///
/// # Errors
/// It cannot be read or used.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let found = match args.release.is_dir() {
        true => of_project(&Project::around(&args.release)?.sound()?)?,
        false => of_release(&input::read(&args.release)?)?,
    };
    match args.format {
        Format::Text => {
            for shown in &found {
                terminal.show(&in_words(shown));
            }
            terminal.show(&total(&found));
        }
        Format::Json => {
            let found: Vec<Value> = found.iter().map(document).collect();
            terminal.data(&json::pretty(&found));
        }
    }
    let errors = found
        .iter()
        .any(|shown| shown.problem.diagnostic.is_error());
    Ok(match errors {
        true => Exit::TestsFailed,
        false => Exit::Ok,
    })
}

fn of_project(project: &Project) -> Result<Vec<Shown>, Error> {
    let compiled = project.compile()?;
    // The release has the enabled ones, in this order.
    let written = project.policies.iter();
    let written: Vec<&Written> = written.filter(|w| w.located.policy.enabled).collect();
    let shown = findings(&compiled).into_iter().map(|finding| {
        let written = finding.policy.and_then(|index| written.get(index).copied());
        let mut diagnostic = finding.diagnostic.clone();
        let problem = match written {
            None => Problem {
                file: None,
                diagnostic,
                gas: None,
            },
            Some(written) => {
                let located = &written.located;
                let span = diagnostic.span.map(|span| located.expression.locate(span));
                diagnostic.span = Some(span.unwrap_or(located.spec));
                Problem::new(&written.file, diagnostic)
            }
        };
        let policy = written.map(|written| written.located.policy.name.clone());
        Shown {
            finding,
            policy,
            problem,
        }
    });
    Ok(shown.collect())
}

fn of_release(file: &Rc<File>) -> Result<Vec<Shown>, Error> {
    let compiled = project::compile(file)?;
    let file = &key::opened(file)?.release;
    let findings = findings(&compiled);
    let places: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding.policy.unwrap_or(usize::MAX),
                finding.diagnostic.span,
            )
        })
        .collect();
    let places = author::locate(&file.text, &places, &Limits::default());
    let shown = findings.into_iter().zip(places).map(|(finding, place)| {
        let mut diagnostic = finding.diagnostic.clone();
        diagnostic.span = place;
        let policies = &compiled.release().policies;
        let policy = finding.policy.and_then(|index| policies.get(index));
        Shown {
            policy: policy.map(|policy| policy.name.clone()),
            problem: Problem::new(file, diagnostic),
            finding,
        }
    });
    Ok(shown.collect())
}

fn findings(compiled: &CompiledRelease) -> Vec<Finding> {
    callgate_analysis::doctor(compiled, &Limits::default())
}

fn in_words(shown: &Shown) -> String {
    let found = text::problem(&shown.problem);
    let proof = match &shown.finding.proof {
        Proof::Proved => "proved".to_owned(),
        Proof::Witness(example) => format!("for example {}", example.call),
    };
    format!("{}\n  = {proof}\n\n", found.trim_end())
}

fn total(found: &[Shown]) -> String {
    if found.is_empty() {
        return "no findings\n".to_owned();
    }
    let count = |severity: Severity| {
        let of = |shown: &&Shown| shown.problem.diagnostic.severity == severity;
        found.iter().filter(of).count()
    };
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    format!(
        "{}, {}, {}\n",
        text::plural(errors, "error"),
        text::plural(warnings, "warning"),
        text::plural(notes, "note"),
    )
}

fn document(shown: &Shown) -> Value {
    let mut out = json!(json::Finding::of(&shown.problem));
    out["policy"] = json!(shown.policy);
    out["rule"] = json!(shown.finding.rule);
    out["proof"] = parsed(&shown.finding.proof.to_json());
    out
}
