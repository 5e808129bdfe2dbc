//! `callgate version`: what this is, and which formats it speaks.

use serde_json::json;

use crate::args::Format;
use crate::exit::Exit;
use crate::render::json;
use crate::terminal::Terminal;

/// Print the version and the formats it reads and writes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to write it
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Prints the version.
pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let version = env!("CARGO_PKG_VERSION");
    let policies = "callgate/v1";
    let release = "callgate-release/1";
    let text = match args.format {
        Format::Text => format!("callgate {version} (policies {policies}, releases {release})\n"),
        Format::Json => {
            json::pretty(&json!({ "version": version, "policies": policies, "releases": release }))
        }
    };
    terminal.data(&text);
    Exit::Ok
}
