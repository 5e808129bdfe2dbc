//! One module a verb: its arguments, and what it does with them.

pub mod build;
pub mod cel;
pub mod check;
pub mod completions;
pub mod decide;
pub mod diff;
pub mod doctor;
pub mod envoy;
pub mod fmt;
pub mod init;
pub mod inspect;
pub mod keygen;
pub mod repl;
pub mod replay;
pub mod schema;
pub mod serve;
pub mod test;
pub mod token;
pub mod tools;
pub mod verify;
pub mod version;

use crate::args::Verb;
use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Does what was asked for.
///
/// # Errors
/// What keeps it from being done.
pub fn run(verb: Verb, terminal: &mut Terminal) -> Result<Exit, Error> {
    match verb {
        Verb::Init(args) => init::run(&args, terminal),
        Verb::Check(args) => check::run(&args, terminal),
        Verb::Build(args) => build::run(&args, terminal),
        Verb::Verify(args) => verify::run(&args, terminal),
        Verb::Inspect(args) => inspect::run(&args, terminal),
        Verb::Keygen(args) => keygen::run(&args, terminal),
        Verb::Token(args) => token::run(&args, terminal),
        Verb::Decide(args) => decide::run(&args, terminal),
        Verb::Envoy(args) => envoy::run(&args, terminal),
        Verb::Fmt(args) => fmt::run(&args, terminal),
        Verb::Test(args) => test::run(&args, terminal),
        Verb::Replay(args) => replay::run(&args, terminal),
        Verb::Diff(args) => diff::run(&args, terminal),
        Verb::Doctor(args) => doctor::run(&args, terminal),
        Verb::Tools(args) => tools::run(&args, terminal),
        Verb::Cel(args) => cel::run(&args, terminal),
        Verb::Repl(args) => repl::run(&args, terminal),
        Verb::Serve(args) => serve::run(&args, terminal),
        Verb::Schema(args) => Ok(schema::run(&args, terminal)),
        Verb::Completions(args) => Ok(completions::run(&args, terminal)),
        Verb::Version(args) => Ok(version::run(&args, terminal)),
    }
}
