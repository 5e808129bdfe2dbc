//! `callgate tools`: which of a server's tools an identity could call at all.

use std::path::{Path, PathBuf};

use callgate_engine::{CompiledRelease, Offer};
use callgate_model::{Identity, Reader};
use callgate_wire::name::{SEPARATOR, is_plain};
use serde_json::json;

use super::decide::{load, parse};
use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::problem::Problem;
use crate::render::json;
use crate::terminal::{Terminal, printable};
use crate::tools::{self, Source};

const EXAMPLES: &str = "\
Only the identity and the tool are known: `never` and `always` hold whatever arguments, task, run, \
headers and state turn out to be, exceptions aside. `maybe` is the rest. A gateway shows a caller the \
tools that are not `never`.

Examples:
  callgate tools --identity ann.json --tools crm=tools.json
  callgate tools -r release.json --identity ann.json --tools tools.json -f json";

/// Tell which tools an identity can never, maybe or always call
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A release file, or a folder of a project
    #[arg(short, long, value_name = "RELEASE|DIR", default_value = ".")]
    release: PathBuf,

    /// Who calls: `{\"name\", \"labels\", \"groups\"}`
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,

    /// What a server answers to `tools/list`; may be repeated
    #[arg(long, value_name = "[SERVER=]FILE", required = true, value_parser = tools::argument)]
    tools: Vec<Source>,

    /// How to write it
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Prints a line for each tool.
///
/// # Errors
/// The release, the identity or the tools cannot be read.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let release = load(&args.release)?;
    let Some(manifest) = tools::read(&args.tools)? else {
        return Ok(Exit::Ok);
    };
    let offers = offers(&release, &args.identity, manifest.names())?;
    terminal.data(&match args.format {
        Format::Text => {
            let line = |(name, offer): &(&str, Offer)| format!("{:<6} {name}\n", offer.as_str());
            printable(&offers.iter().map(line).collect::<String>())
        }
        Format::Json => {
            let tool =
                |(name, offer): &(&str, Offer)| json!({ "name": name, "offer": offer.as_str() });
            json::pretty(&json!({ "tools": offers.iter().map(tool).collect::<Vec<_>>() }))
        }
    });
    Ok(Exit::Ok)
}

fn offers<'n>(
    release: &CompiledRelease,
    identity: &Path,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<(&'n str, Offer)>, Error> {
    let file = input::read(identity)?;
    let document = parse(&file).map_err(Error::Input)?;
    let mut reader = Reader::default();
    let identity = Identity::read(&mut reader, document.root());
    let identity = reader.finish(identity);
    let identity = identity.map_err(|found| Error::Input(Problem::all(&file, found)))?;
    let offer = |name: &'n str| {
        let (server, tool) = match name.split_once(SEPARATOR) {
            Some((server, tool)) => (Some(server), tool),
            None => (None, name),
        };
        // Every call of another name is refused before policies see it.
        let offer = match is_plain(tool) {
            true => release.offer(identity, name, server),
            false => Offer::Never,
        };
        (name, offer)
    };
    Ok(names.map(offer).collect())
}
