//! `callgate diff`: what two releases say differently, and what they decide differently.

use std::path::PathBuf;

use callgate_analysis::{Answer, Change, Diff, Difference, Judged};
use callgate_model::Limits;
use serde_json::Value;

use super::decide::load;
use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::render::json;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
For each direction the answer is `proved equal` (no call there can be is decided otherwise), a call \
that is, as the evaluator says, or `unknown`. Proofs leave aside exceptions, and calls so large \
that a decision runs out of gas or memory. docs/analysis.md says more.

Exit code 5 when some call is decided differently, 0 when both directions are proved equal or \
nothing was found.

Examples:
  callgate diff release-6.json release-7.json
  callgate diff release.json .                   what the policies here would change
  callgate diff old.json new.json -f json";

/// Tell what two releases decide differently, with a call that shows it or a proof that there is none
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A release file, or a folder of a project
    #[arg(value_name = "A")]
    before: PathBuf,

    /// The one to compare it with
    #[arg(value_name = "B")]
    after: PathBuf,

    /// How to write what was found
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Compares the releases.
///
/// # Errors
/// One of them cannot be read or used.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    if input::is_dash(&args.before) && input::is_dash(&args.after) {
        return Err(Error::Usage {
            message: "both releases cannot be standard input".to_owned(),
            help: "give one of them as a file".to_owned(),
        });
    }
    let (before, after) = (load(&args.before)?, load(&args.after)?);
    let found = callgate_analysis::diff(&before, &after, &Limits::default());
    match args.format {
        Format::Text => terminal.data(&printable(&text(&found))),
        Format::Json => terminal.data(&json::pretty(&parsed(&found.to_json()))),
    }
    Ok(match found.differs() {
        true => Exit::Differs,
        false => Exit::Ok,
    })
}

fn text(found: &Diff) -> String {
    let mut out = String::new();
    match found.changes.as_slice() {
        [] => out += "no policy differs\n",
        changes => changes
            .iter()
            .for_each(|change| out += &change_text(change)),
    }
    out += "\n";
    out += &answer_text("more permissive", &found.permissive);
    out += &answer_text("more restrictive", &found.restrictive);
    out
}

fn change_text(change: &Change) -> String {
    let what = change
        .policy
        .as_ref()
        .map_or_else(|| "settings".to_owned(), |name| format!("policy {name}"));
    let mut out = format!("{what}: {}\n", change.kind.as_str());
    for part in &change.parts {
        let sides = [("-", &part.before), ("+", &part.after)];
        let sides = sides
            .into_iter()
            .filter_map(|(sign, text)| Some((sign, text.as_ref()?)));
        for (sign, text) in sides {
            for (index, line) in text.lines().enumerate() {
                let name = match index {
                    0 => format!("{}: ", part.name),
                    _ => String::new(),
                };
                out += &format!("  {sign} {name}{line}\n");
            }
        }
    }
    out
}

fn answer_text(direction: &str, answer: &Answer) -> String {
    match answer {
        Answer::ProvedEqual => format!("{direction}: proved equal\n"),
        Answer::Unknown => format!("{direction}: unknown\n"),
        Answer::Differs(difference) => {
            let Difference {
                example,
                before,
                after,
            } = &**difference;
            format!(
                "{direction}: {} -> {}\n  call {}\n  at   {}\n",
                judged_text(before),
                judged_text(after),
                example.call,
                example.now,
            )
        }
    }
}

fn judged_text(judged: &Judged) -> String {
    let policy = judged.policy.as_ref().map(|name| format!("`{name}`"));
    let code = judged.code.map(|code| code.as_str().to_owned());
    let why: Vec<String> = policy.into_iter().chain(code).collect();
    match why.is_empty() {
        true => judged.decision.to_string(),
        false => format!("{} by {}", judged.decision, why.join(" ")),
    }
}

/// JSON as a value.
pub(super) fn parsed(json: &str) -> Value {
    // INVARIANT: what was found is written as JSON, with numbers that JSON readers know.
    serde_json::from_str(json).unwrap_or_else(|_| json.into())
}
