//! Hosts a shipped module for another program: a release on the first line of input, then a question a line.
//!
//! `callgate-host filter|web MODULE`. A question is `{"call":…,"now":"RFC 3339","state":…}`; its answer is a line
//! `{"call":…,"record":…,"state":…}` with call and state as the module saw them, or `{"not_asked":"why"}`.

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use callgate_host_test::{
    Asked, Error, Lost, Memory, Module, Sent, WebAsking, WebEngine, WebModule, WebState,
};
use callgate_json::{Document, Value, Writer};
use callgate_model::{Limits, Timestamp};

/// A module that decides by one release.
enum Host {
    Filter {
        asked: Box<Asked>,
        release: String,
    },
    Web {
        module: Box<WebModule>,
        engine: WebEngine,
    },
}

/// What is said to a question.
enum Answer {
    Record {
        call: String,
        record: String,
        /// Of the filter: a run begins with its first call.
        begun: Option<(String, Timestamp)>,
    },
    NotAsked(String),
}

type Failure = Box<dyn std::error::Error>;

#[allow(clippy::print_stderr, reason = "a program's last words")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, path] = arguments.as_slice() else {
        return Err("usage: callgate-host filter|web MODULE".into());
    };
    let module = std::fs::read(path)?;
    let mut lines = io::stdin().lock().lines();
    let release = lines.next().ok_or("a release was expected")??;
    let mut host = match kind.as_str() {
        "filter" => Host::Filter {
            asked: Box::new(Asked::new(Module::load(&module)?, Memory::Fresh)),
            release,
        },
        "web" => {
            let mut module = Box::new(WebModule::load(&module)?);
            let engine = module.open(&release)??;
            Host::Web { module, engine }
        }
        other => return Err(format!("there is no module `{other}`").into()),
    };
    let mut out = io::stdout().lock();
    for line in lines {
        let answer = host.answer(&line?)?;
        out.write_all(&answer.line())?;
    }
    Ok(out.flush()?)
}

impl Host {
    fn answer(&mut self, line: &str) -> Result<Answer, Failure> {
        let document = Document::parse(line.as_bytes(), &Limits::default().release_json())?;
        let at = |path: &str| document.root().pointer(path);
        let call = at("/call")
            .map(Value::raw)
            .ok_or("a question has a `call`")?;
        let now = at("/now").and_then(Value::as_str);
        let now = now.and_then(Timestamp::parse_rfc3339);
        let now = now.ok_or("a question has a `now`")?;
        let state = at("/state").map(Value::raw);
        match self {
            Self::Filter { asked, release } => Ok(by_filter(asked, release, call, state, now)?),
            Self::Web { module, engine } => {
                let asking = WebAsking {
                    state: state.map_or(WebState::Nothing, WebState::Json),
                    now: (now.seconds, now.nanos),
                    explain: false,
                };
                let (Ok(record) | Err(record)) = module.decide(*engine, call.as_bytes(), asking)?;
                let call = call.to_owned();
                Ok(Answer::Record {
                    call,
                    record,
                    begun: None,
                })
            }
        }
    }
}

/// The filter sees a message: one that says less than the call would be another question.
fn by_filter(
    filter: &mut Asked,
    release: &str,
    call: &str,
    state: Option<&str>,
    now: Timestamp,
) -> Result<Answer, Error> {
    if state.is_some() {
        let why = "the filter keeps its own state";
        return Ok(Answer::NotAsked(why.to_owned()));
    }
    if now.seconds < 0 {
        let why = "the filter's clock begins in 1970";
        return Ok(Answer::NotAsked(why.to_owned()));
    }
    let sent = Sent::of(call).and_then(|sent| sent.is_whole(call).map(|()| sent));
    let sent = match sent {
        Ok(sent) => sent,
        Err(Lost(what)) => return Ok(Answer::NotAsked(format!("no message carries {what}"))),
    };
    let (told, _) = filter.ask(release, &sent, now)?;
    Ok(Answer::Record {
        call: sent.call,
        record: told.record,
        begun: sent.run.map(|run| (run, now)),
    })
}

impl Answer {
    fn line(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object();
        match self {
            Self::Record {
                call,
                record,
                begun,
            } => {
                w.key("call").raw(call.as_bytes());
                w.key("record").raw(record.as_bytes());
                if let Some((run, at)) = begun {
                    w.key("state").begin_object().key("runs").begin_object();
                    w.key(run).begin_object();
                    w.key("started_at").str(&at.to_string());
                    w.end_object().end_object().end_object();
                }
                w.end_object();
            }
            Self::NotAsked(why) => {
                w.key("not_asked").str(why).end_object();
            }
        }
        out.push(b'\n');
        out
    }
}
