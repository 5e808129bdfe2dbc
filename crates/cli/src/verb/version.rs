//! `callgate version`: what this is, which formats it speaks, and which modules lie beside it.

use callgate_model::Digest;
use serde_json::json;

use crate::args::Format;
use crate::exit::Exit;
use crate::modules;
use crate::render::json;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
The digests are of the WebAssembly modules in the folder of this program, or in `callgate` beside \
that folder, where `cargo xtask wasm` leaves them. It prints the same digests.";

/// Print the version, the formats it reads and writes, and the digests of its modules
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
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
    let modules = modules::beside_program();
    let text = match args.format {
        Format::Text => {
            let mut out = format!("callgate {version} (policies {policies}, releases {release})\n");
            for (name, digest) in &modules {
                out += &format!("  {name} {digest}\n");
            }
            out
        }
        Format::Json => {
            let module =
                |(name, digest): (&str, Digest)| (name.to_owned(), json!(digest.to_text()));
            let modules: serde_json::Map<_, _> = modules.into_iter().map(module).collect();
            json::pretty(&json!({
                "version": version,
                "policies": policies,
                "releases": release,
                "modules": modules,
            }))
        }
    };
    terminal.data(&text);
    Exit::Ok
}
