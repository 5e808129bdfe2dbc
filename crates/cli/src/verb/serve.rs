//! `callgate serve`: the console and its API, on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use callgate_server::{Options, Server};
use serde_json::json;

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::modules;
use crate::render::json;
use crate::terminal::Terminal;
use crate::verb::decide;

/// Where it listens unless told otherwise: this machine alone can ask.
const LISTEN: &str = "127.0.0.1:7080";

const EXAMPLES: &str = "\
The first line of output is the address. Whoever can reach it can ask it: listen elsewhere than on \
this machine's own addresses only behind something that says who may.

Examples:
  callgate serve                             the playground on http://127.0.0.1:7080
  callgate serve -r gateway/                 and `POST /api/v1/decide` by that project's policies
  callgate serve --listen 127.0.0.1:0        on a free port";

/// Serve the console, and decisions over HTTP
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What calls are decided by that bring no policies: a release file, or a folder of a project
    #[arg(short, long, value_name = "RELEASE|DIR")]
    release: Option<PathBuf>,

    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = LISTEN)]
    listen: SocketAddr,

    /// How to write the address
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Serves until it is stopped.
///
/// # Errors
/// The release cannot be used, or the address cannot be had.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let release = args.release.as_deref().map(decide::load).transpose()?;
    let options = Options {
        listen: args.listen,
        release,
        modules: modules::beside_program(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(callgate_server::Error::Serve)?;
    runtime.block_on(serve(options, args.format, terminal))?;
    Ok(Exit::Ok)
}

async fn serve(
    options: Options,
    format: Format,
    terminal: &mut Terminal,
) -> Result<(), callgate_server::Error> {
    let server = Server::bind(options).await?;
    let address = server.address();
    let url = format!("http://{address}");
    terminal.data(&match format {
        Format::Text => format!("{url}\n"),
        Format::Json => json::line(&json!({ "address": address.to_string(), "url": url })),
    });
    if callgate_server::has_console() {
        terminal.words("the playground is there; Ctrl-C ends it\n");
    } else {
        terminal.words(
            "decisions are there, and no playground: this build left it out; Ctrl-C ends it\n",
        );
    }
    // Whoever waits for the address reads it now.
    terminal.flush();
    server.run(callgate_server::signal()).await
}
