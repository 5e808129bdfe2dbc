//! The modules that ship, put to the tests: the filter and the web module decide the same calls.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use callgate_engine::{CompiledRelease, Scratch};
use callgate_json::{Document, Value, Writer};
use callgate_model::Limits;
use clap::ValueEnum;

use super::Case;
use super::run::{Difference, Outcome, Question, run, run_as};
use crate::error::Error;
use crate::modules;
use crate::project::Project;

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Target {
    /// This program
    #[default]
    Native,
    /// The Envoy filter's module, which gets each call as an MCP message
    Filter,
    /// The module of browsers and Node
    Web,
}

/// Wasmtime stays out of this program: another one hosts modules.
const HOST: &str = if cfg!(windows) {
    "callgate-host.exe"
} else {
    "callgate-host"
};

impl Target {
    /// Runs the tests of one project.
    ///
    /// # Errors
    /// A module or its host is not there, or does not decide.
    pub fn run<'c>(
        self,
        cases: &'c [Case],
        project: &Project,
        release: &CompiledRelease,
        scratch: &mut Scratch,
    ) -> Result<Vec<Outcome<'c>>, Error> {
        let (kind, module) = match self {
            Self::Native => {
                let cases = cases.iter();
                return Ok(cases.map(|case| run(case, release, scratch)).collect());
            }
            Self::Filter => ("filter", modules::filter()),
            Self::Web => ("web", modules::web()),
        };
        let host = found(modules::find(HOST), HOST)?;
        let module = found(module, "the module")?;
        let mut asked = Command::new(host);
        asked.arg(kind).arg(module);
        let answers = answers(asked, questions(&project.text(), cases))?;
        if answers.len() != cases.len() {
            let why = format!("{} answers to {} calls", answers.len(), cases.len());
            return Err(Error::Module { why });
        }
        let pairs = cases.iter().zip(&answers);
        pairs
            .map(|(case, answer)| outcome(case, answer, release, scratch))
            .collect()
    }
}

fn found(path: Option<PathBuf>, what: &str) -> Result<PathBuf, Error> {
    path.ok_or_else(|| Error::Nothing {
        what: format!("{what} is not beside this program"),
        help: "`cargo xtask wasm` builds the modules and the program that hosts them".to_owned(),
    })
}

/// The release, then a question a line.
fn questions(release: &str, cases: &[Case]) -> Vec<u8> {
    let mut out = release.as_bytes().to_vec();
    for case in cases {
        out.push(b'\n');
        let mut w = Writer::new(&mut out);
        w.begin_object().key("call").raw(&line(&case.call));
        w.key("now").str(&case.now.to_string());
        if let Some(state) = &case.state {
            w.key("state").raw(&line(state));
        }
        w.end_object();
    }
    out.push(b'\n');
    out
}

/// JSON on one line: between tokens a new line is a space, and within texts it is escaped.
fn line(json: &str) -> Vec<u8> {
    let space = |byte: u8| {
        if matches!(byte, b'\n' | b'\r') {
            b' '
        } else {
            byte
        }
    };
    json.bytes().map(space).collect()
}

/// Lines that a program answers to this input.
fn answers(mut program: Command, input: Vec<u8>) -> Result<Vec<String>, Error> {
    let broken = |why: std::io::Error| Error::Module {
        why: why.to_string(),
    };
    program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.stderr(Stdio::piped()).spawn().map_err(broken)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // Both sides may have more to say than a pipe holds.
    let asking = thread::spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(&input)));
    let words = thread::spawn(move || {
        let mut words = String::new();
        stderr.map(|mut pipe| pipe.read_to_string(&mut words));
        words
    });
    let lines = stdout.map(|pipe| BufReader::new(pipe).lines().collect());
    let lines: Vec<String> = lines.unwrap_or_else(|| Ok(Vec::new())).map_err(broken)?;
    let status = child.wait().map_err(broken)?;
    // What it did not read any more it has told about.
    let _ = asking.join();
    if !status.success() {
        let why = words.join().unwrap_or_default().trim().to_owned();
        return Err(Error::Module { why });
    }
    Ok(lines)
}

/// What the module saw is decided here, too, and both records must be the same, byte for byte.
fn outcome<'c>(
    case: &'c Case,
    answer: &str,
    release: &CompiledRelease,
    scratch: &mut Scratch,
) -> Result<Outcome<'c>, Error> {
    let unreadable = || Error::Module {
        why: format!("it answered `{answer}`"),
    };
    let limits = Limits::default().release_json();
    let document = Document::parse(answer.as_bytes(), &limits).map_err(|_| unreadable())?;
    let at = |path: &str| document.root().pointer(path);
    if let Some(why) = at("/not_asked").and_then(Value::as_str) {
        return Ok(Outcome::skipped(case, why.to_owned()));
    }
    let (call, got) = at("/call").zip(at("/record")).ok_or_else(unreadable)?;
    let (call, got) = (call.raw(), got.raw());
    // What the module knew: what the test brings, or the run that begins with the call.
    let begun = at("/state").map(Value::raw);
    let question = Question::new(call, case.state.as_deref().or(begun));
    let (mut outcome, expected) = run_as(case, question, release, scratch);
    if begun.is_some() {
        // The test says that nobody knows the run, and means it.
        let question = Question::new(call, case.state.as_deref());
        let (_, unknown) = run_as(case, question, release, scratch);
        if unknown != expected {
            let why = "the filter begins a run with its first call".to_owned();
            return Ok(Outcome::skipped(case, why));
        }
    }
    let unknown = "STATE_UNAVAILABLE";
    if got.contains(unknown) && !expected.contains(unknown) {
        let why = "the filter keeps no such state".to_owned();
        return Ok(Outcome::skipped(case, why));
    }
    if got != expected {
        outcome.differences.push(Difference {
            field: "record",
            expected,
            got: got.to_owned(),
            help: Some("the module is not of this program's build".to_owned()),
        });
    }
    Ok(outcome)
}
