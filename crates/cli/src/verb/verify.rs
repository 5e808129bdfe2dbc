//! `callgate verify`: whether trusted keys signed a release, and whether it may follow another.

use std::path::PathBuf;

use callgate_model::{Diagnostic, Limits, Span};
use callgate_release::signed::KEYS;
use callgate_release::{PublicKey, TrustedKeys, VerifiedRelease};
use serde_json::json;

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::key;
use crate::problem::Problem;
use crate::project;
use crate::render::json;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
Exit code 0 says that enough of the keys signed these very bytes, that they are a release in its \
canonical form, and that its digest is that of its content. Anything else is 3.

Examples:
  callgate verify release.json --key team.key.pub
  callgate verify release.json --key ana.pub --key ben.pub --key cem.pub --require 2
  callgate verify release.json --key team.key.pub --newer-than 6";

/// Check who signed a release
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The release file
    #[arg(value_name = "RELEASE")]
    release: PathBuf,

    /// A public key that is trusted; may be repeated
    #[arg(short, long, value_name = "PUB", required = true)]
    key: Vec<PathBuf>,

    /// How many of the keys must have signed
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    require: usize,

    /// Refuse the release unless its number is greater
    #[arg(long, value_name = "NUMBER")]
    newer_than: Option<u64>,

    /// How to write the answer
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Verifies the release.
///
/// # Errors
/// A file cannot be read, the keys cannot be used, or the release is not to be believed.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let keys = args.key.iter().map(|path| key::public(path));
    let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>()?;
    let trusted = TrustedKeys::new(keys, args.require).map_err(|message| Error::Usage {
        message,
        help: format!("give 1 to {KEYS} different keys, and `--require` as many of them or fewer"),
    })?;
    let verified = verified(args, &trusted)?;
    let release = verified.release();
    let signers: Vec<String> = verified.signers().iter().map(|id| id.to_text()).collect();
    terminal.data(&match args.format {
        Format::Text => {
            let mut out = format!(
                "release {} of {}: {} of {} trusted keys signed it\n  digest {}\n",
                release.number,
                printable(&release.project),
                signers.len(),
                args.key.len(),
                release.digest,
            );
            for signer in signers {
                out += &format!("  signed {signer}\n");
            }
            out
        }
        Format::Json => json::pretty(&json!({
            "project": release.project,
            "number": release.number,
            "digest": release.digest.to_text(),
            "signers": signers,
        })),
    });
    Ok(Exit::Ok)
}

fn verified(args: &Args, trusted: &TrustedKeys) -> Result<VerifiedRelease, Error> {
    let file = input::read(&args.release)?;
    let opened = key::opened(&file)?;
    let Some(envelope) = opened.envelope else {
        // What is no release at all is told as such.
        project::read_release(&file)?;
        return Err(refused(&file, TrustedKeys::unsigned(Span::default())));
    };
    let payload = trusted
        .verify(&envelope)
        .map_err(|found| refused(&file, found))?;
    let release = payload.release(&Limits::default());
    let release = release.map_err(|found| Error::Policies(Problem::all(&opened.release, found)))?;
    match args.newer_than {
        Some(number) if release.release().number <= number => {
            let message = format!(
                "the release has number {}, which is not greater than {number}",
                release.release().number
            );
            let help = "to roll back, build the old content under a new number";
            let found = Diagnostic::error("OLDER_RELEASE", Span::default(), message);
            Err(refused(&file, found.with_help(help)))
        }
        Some(_) | None => Ok(release),
    }
}

/// The file as a whole is refused: no line of it is to blame.
fn refused(file: &File, found: Diagnostic) -> Error {
    let message = format!("`{}`: {}", file.name, found.message);
    Error::Policies(vec![Problem::bare(found.code, message, found.help)])
}
