//! `callgate repl`: expressions one a line, on a call.

use std::io::{self, BufRead as _};
use std::path::PathBuf;

use callgate_model::Timestamp;

use crate::args::Format;
use crate::clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::repl::{Editor, HELP, Input, Session, show};
use crate::terminal::Terminal;
use crate::tools;

/// Try expressions on a call, one a line
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// The call, as `decide -i` reads it, instead of an example
    #[arg(long, value_name = "FILE")]
    call: Option<PathBuf>,

    /// What an MCP server answers to `tools/list`: arguments have the types of the tool's schema
    #[arg(long, value_name = "[SERVER=]FILE", value_parser = tools::argument)]
    tools: Vec<tools::Source>,

    /// When the call is made (RFC 3339), instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::argument)]
    now: Option<Timestamp>,

    /// How to write the answers
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

fn help() -> String {
    format!(
        "{HELP}\n\
On a terminal, the tab key completes names. Otherwise lines come from standard input, and the exit \
code is that of the first line that failed: 3 for no valid expression, 1 for anything else.

Examples:
  callgate repl --call call.json
  echo 'size(request.tool.args)' | callgate repl -f json"
    )
}

/// Answers line by line.
///
/// # Errors
/// The call or the tools cannot be read, or the input cannot.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let tools = tools::read(&args.tools)?;
    let now = args.now.unwrap_or_else(clock::now);
    let mut session = Session::new(args.call.as_deref(), tools, now)?;
    if terminal.is_interactive() {
        return converse(&mut session, args.format, terminal);
    }
    let mut exit = Exit::Ok;
    let unreadable = |reason| crate::input::unreadable("-".as_ref(), reason);
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line.map_err(unreadable)?;
        let Some(failed) = answer(&mut session, &line, number, args.format, terminal) else {
            break;
        };
        if exit == Exit::Ok {
            exit = failed;
        }
        if terminal.is_closed() {
            break;
        }
    }
    Ok(exit)
}

fn converse(session: &mut Session, format: Format, terminal: &mut Terminal) -> Result<Exit, Error> {
    let broken = |reason| crate::input::unreadable("-".as_ref(), reason);
    let mut editor = Editor::new(session.tools()).map_err(broken)?;
    terminal.words("`:help` tells what can be written, `:quit` ends\n");
    for number in 1.. {
        let Some(line) = editor.line().map_err(broken)? else {
            break;
        };
        if answer(session, &line, number, format, terminal).is_none() {
            break;
        }
        terminal.flush();
    }
    Ok(Exit::Ok)
}

/// Answers one line; `None` when it is the last.
fn answer(
    session: &mut Session,
    line: &str,
    number: u32,
    format: Format,
    terminal: &mut Terminal,
) -> Option<Exit> {
    match Input::read(line) {
        Input::Nothing => Some(Exit::Ok),
        Input::Quit => None,
        Input::Request(request) => {
            let answer = session.answer(&request);
            Some(show(answer, line, number, format, terminal))
        }
    }
}
