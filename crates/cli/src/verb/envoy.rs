//! `callgate envoy`: what a real Envoy needs to enforce a release.

mod address;
mod config;
mod folder;

use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Set up Envoy as the gateway
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Config(Box<config::Args>),
}

/// Does what was asked for.
///
/// # Errors
/// What keeps it from being done.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    match &args.verb {
        Verb::Config(args) => config::run(args, terminal),
    }
}
