//! `callgate replay`: what a release would have decided about calls that were made.

use std::path::PathBuf;

use callgate_analysis::{Decided, Replay, Replayed};
use callgate_model::{Limits, Timestamp};

use super::decide::load;
use super::diff::parsed;
use crate::args::Format;
use crate::calls::{Calls, Lines};
use crate::clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::problem::Problem;
use crate::render::json::{self, Finding};
use crate::render::text;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
A line of the log is `{\"call\":…, \"state\"?:…, \"now\"?:…, \"record\"?:…}`, or a call by itself. \
Decisions are compared with those of `--base`, or else with the records in the log. A line that \
cannot be read is reported with its place, the others are still judged, and the exit code is 1.

Exit code 5 when some decision flips.

Examples:
  callgate replay -r candidate.json --log calls.jsonl
  callgate replay -r . --log calls.jsonl --base release.json
  zcat log.gz | callgate replay -r . --log - -f json";

/// Tell which decisions of a log a release would flip
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The release to try: a release file, or a folder of a project
    #[arg(short, long, value_name = "RELEASE|DIR", default_value = ".")]
    release: PathBuf,

    /// Calls that were made, one a line
    #[arg(long, value_name = "LOG.jsonl")]
    log: PathBuf,

    /// Compare with what this release decides, instead of with the records
    #[arg(long, value_name = "RELEASE|DIR")]
    base: Option<PathBuf>,

    /// When calls were made whose line does not say so (RFC 3339), instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::argument)]
    now: Option<Timestamp>,

    /// Flips to show at most
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    examples: usize,

    /// How to write what was found
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Replays the log.
///
/// # Errors
/// A release or the log cannot be read.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let dashes = [Some(&args.release), Some(&args.log), args.base.as_ref()];
    if dashes
        .into_iter()
        .flatten()
        .filter(|path| input::is_dash(path))
        .count()
        > 1
    {
        return Err(Error::Usage {
            message: "only one of the inputs can be standard input".to_owned(),
            help: "give the others as files".to_owned(),
        });
    }
    let candidate = load(&args.release)?;
    let base = args.base.as_deref().map(load).transpose()?;
    let now = args.now.unwrap_or_else(clock::now);
    let replay = Replay::new(&candidate, base.as_ref(), now, &Limits::default());
    let mut replay = replay.keeping(args.examples);
    let mut problems = Vec::new();
    let mut unread = 0_u64;
    for entry in Calls::open(&args.log, Lines::Always)? {
        let file = match entry {
            Ok(file) => file,
            Err(error @ (Error::NotText { .. } | Error::TooLarge { .. })) => {
                unread = unread.saturating_add(1);
                report(error.problems(), &mut problems, args, terminal);
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Err(found) = replay.entry(u64::from(file.first_line), &file.text) {
            unread = unread.saturating_add(1);
            report(Problem::all(&file, found), &mut problems, args, terminal);
        }
    }
    let replayed = replay.finish();
    if replayed.calls == 0 && unread == 0 {
        return Err(Error::Nothing {
            what: format!("there is no call in {}", input::name_of(&args.log)),
            help: "a line is `{\"call\": …, \"record\": …}`, or a call".to_owned(),
        });
    }
    match args.format {
        Format::Text => terminal.data(&printable(&words(&replayed, unread))),
        Format::Json => {
            let wrong: Vec<Finding<'_>> = problems.iter().map(Finding::of).collect();
            let found = replayed.to_json(&json::line(&wrong));
            terminal.data(&json::pretty(&parsed(&found)));
        }
    }
    Ok(match (unread, replayed.flips()) {
        (1.., _) => Exit::Operational,
        (0, 1..) => Exit::Differs,
        (0, 0) => Exit::Ok,
    })
}

fn report(found: Vec<Problem>, all: &mut Vec<Problem>, args: &Args, terminal: &mut Terminal) {
    for problem in &found {
        terminal.words(&text::problem(problem));
    }
    if args.format == Format::Json {
        all.extend(found);
    }
}

fn words(replayed: &Replayed, unread: u64) -> String {
    let examples = &replayed.examples;
    let mut out = String::new();
    for example in examples {
        out += &format!(
            "line {}: {}: {} -> {}\n",
            example.line,
            example.flip.as_str(),
            decided(&example.outcome.before),
            decided(&example.outcome.after),
        );
    }
    let more = replayed
        .flips()
        .saturating_sub(u64::try_from(examples.len()).unwrap_or(0));
    if more > 0 {
        out += &format!("and {more} more\n");
    }
    if !examples.is_empty() {
        out += "\n";
    }
    for (name, count) in &replayed.policies {
        let name = match name.is_empty() {
            true => "no policy",
            false => name,
        };
        let parts = [
            (count.newly_denied, "newly denied"),
            (count.newly_allowed, "newly allowed"),
            (count.otherwise, "marked or held otherwise"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        out += &format!("{name}: {}\n", parts.join(", "));
    }
    out += &format!(
        "{} calls: {} newly denied, {} newly allowed, {} marked or held otherwise, {} unchanged\n",
        replayed.calls,
        replayed.newly_denied,
        replayed.newly_allowed,
        replayed.otherwise,
        replayed.unchanged,
    );
    if unread > 0 {
        out += &format!("{unread} lines could not be read\n");
    }
    out
}

fn decided(decided: &Decided) -> String {
    let policy = decided.policy.as_ref().map(|name| format!("`{name}`"));
    let why: Vec<String> = policy.into_iter().chain(decided.code.clone()).collect();
    match why.is_empty() {
        true => decided.decision.to_string(),
        false => format!("{} by {}", decided.decision, why.join(" ")),
    }
}
