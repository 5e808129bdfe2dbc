//! `callgate`: checks, builds, inspects and tests policies, and decides calls, on the command line.

mod args;
mod calls;
mod check;
mod clock;
mod error;
mod exit;
mod input;
mod inventory;
mod key;
mod modules;
mod place;
mod policy_test;
mod problem;
mod project;
mod render;
mod repl;
mod terminal;
mod tools;
mod verb;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut terminal = Terminal::new(cli.color);
    let exit =
        verb::run(cli.verb, &mut terminal).unwrap_or_else(|error| report(&error, &mut terminal));
    terminal.finish(exit).into()
}

/// Says what went wrong and how to mend it.
fn report(error: &Error, terminal: &mut Terminal) -> Exit {
    for problem in error.problems() {
        terminal.words(&render::text::problem(&problem));
    }
    if let Error::Policies(problems) = error {
        terminal.words(&render::text::total(problems));
    }
    error.exit()
}
