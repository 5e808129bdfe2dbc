//! `callgate decide`: what a release says about calls.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Diagnostic, Effect, Limits, Span, State, Timestamp};
use serde_json::json;

use crate::args::Format;
use crate::calls::{Calls, Lines};
use crate::clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::problem::Problem;
use crate::project::{self, Project, Shape};
use crate::render::json::{self, Finding};
use crate::render::{text, verdict};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
With `-f json` every call gives one line: its record, or `{\"errors\":[…]}` when it could not be \
read, so that lines of output stand beside lines of input. An unreadable call is reported on \
standard error too, the other calls are still decided, and the exit code is 1.

Examples:
  callgate decide -i call.json                          by the policies of the project here
  callgate decide -r release.json -i calls.jsonl -f json
  callgate decide -i call.json --explain                every policy and every part of it
  callgate decide -r release.json -i call.json --exit-status || echo refused";

/// Decide calls by a release, or by a project as it is
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A release file, or a folder of a project
    #[arg(short, long, value_name = "RELEASE|DIR", default_value = ".")]
    release: PathBuf,

    /// A call, or one call a line
    #[arg(short, long, value_name = "CALL.json|CALLS.jsonl")]
    input: PathBuf,

    /// What is known beside the calls, as JSON
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// When the calls are made (RFC 3339), instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::argument)]
    now: Option<Timestamp>,

    /// Evaluate every policy, and show the value of every part
    #[arg(long)]
    explain: bool,

    /// Take the input as one call a line, whatever its name
    #[arg(long)]
    lines: bool,

    /// Exit with the worst decision: 10 FLAG, 12 `REQUIRE_APPROVAL`, 11 DENY
    #[arg(long)]
    exit_status: bool,

    /// How to write the decisions
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Decides the calls.
///
/// # Errors
/// Release, state or input cannot be read. A single bad call is reported, and does not stop the others.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    if input::is_dash(&args.release) && input::is_dash(&args.input) {
        return Err(Error::Usage {
            message: "release and calls cannot both be standard input".to_owned(),
            help: "give one of them as a file".to_owned(),
        });
    }
    let release = load(&args.release)?;
    let state = args.state.as_deref().map(input::read).transpose()?;
    let state = state
        .as_ref()
        .map(|file| parse(file).map(|document| (file, document)));
    let state = state.transpose().map_err(Error::Input)?;
    let state = match &state {
        None => State::EMPTY,
        Some((file, document)) => {
            State::read(document.root()).map_err(|found| Error::Input(Problem::all(file, found)))?
        }
    };
    let lines = if args.lines {
        Lines::Always
    } else {
        Lines::Guess
    };
    let calls = Calls::open(&args.input, lines)?;
    let mut decider = Decider {
        args,
        release: &release,
        state,
        scratch: Scratch::new(&Limits::default()),
    };
    decider.run(calls, terminal)
}

/// A release file, or what a project's policies come to.
///
/// # Errors
/// It cannot be read or used.
pub(super) fn load(path: &Path) -> Result<CompiledRelease, Error> {
    if path.is_dir() {
        let project = Project::around(path)?.sound()?;
        if Shape::of(&project.enabled()) == Shape::Empty {
            let what = format!("`{}` has no enabled policy", path.display());
            return Err(Error::Nothing {
                what,
                help: "an empty release allows every call: build it with `--acknowledge empty` if that is meant".to_owned(),
            });
        }
        project.compile()
    } else {
        project::compile(&input::read(path)?)
    }
}

struct Decider<'a> {
    args: &'a Args,
    release: &'a CompiledRelease,
    state: State<'a>,
    scratch: Scratch,
}

impl Decider<'_> {
    fn run(&mut self, mut calls: Calls, terminal: &mut Terminal) -> Result<Exit, Error> {
        let mut worst: Option<Effect> = None;
        let mut unread = false;
        while let Some(call) = calls.next() {
            let decided = match call {
                Ok(file) => self.decide(&file, terminal),
                Err(error @ (Error::NotText { .. } | Error::TooLarge { .. })) => {
                    Err(error.problems())
                }
                Err(error) => return Err(error),
            };
            match decided {
                Ok(effect) => worst = worst.max(Some(effect)),
                Err(problems) => {
                    unread = true;
                    self.report(&problems, terminal);
                }
            }
            // Whoever waits for an answer before asking again gets it now.
            if calls.would_wait() {
                terminal.flush();
            }
            if terminal.is_closed() {
                break;
            }
        }
        match worst {
            _ if unread => Ok(Exit::Operational),
            None => Err(Error::Nothing {
                what: format!("there is no call in {}", input::name_of(&self.args.input)),
                help: "a call is JSON like `{\"identity\":{\"name\":\"bot\"},\"request\":{\"tool\":{\"name\":\"echo\"}}}`".to_owned(),
            }),
            Some(effect) if self.args.exit_status => Ok(Exit::Decided(effect)),
            Some(_) => Ok(Exit::Ok),
        }
    }

    fn decide(&mut self, file: &Rc<File>, terminal: &mut Terminal) -> Result<Effect, Vec<Problem>> {
        let document = parse(file)?;
        let call = Call::read(document.root()).map_err(|found| Problem::all(file, found))?;
        let explain = if self.args.explain {
            Explain::Yes
        } else {
            Explain::No
        };
        let now = self.args.now.unwrap_or_else(clock::now);
        let active = Active::Release(self.release);
        let decision = decide(active, &call, &self.state, now, &mut self.scratch, explain);
        let record = decision.record;
        match self.args.format {
            Format::Json => terminal.data(&(record.to_json() + "\n")),
            Format::Text => terminal.show(&verdict::verdict(&record, &call, self.release)),
        }
        Ok(record.decision)
    }

    /// An unreadable call is never passed over: words for the person, a line for the program.
    fn report(&self, problems: &[Problem], terminal: &mut Terminal) {
        for problem in problems {
            terminal.words(&text::problem(problem));
        }
        if self.args.format == Format::Json {
            let findings: Vec<Finding<'_>> = problems.iter().map(Finding::of).collect();
            terminal.data(&json::line(&json!({ "errors": findings })));
        }
    }
}

/// A file as JSON.
pub(super) fn parse(file: &Rc<File>) -> Result<Document<'_>, Vec<Problem>> {
    Document::parse(file.text.as_bytes(), &Limits::default().json).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let diagnostic = Diagnostic::error(error.code.as_str(), span, error.code.describe());
        vec![Problem::new(file, diagnostic)]
    })
}
