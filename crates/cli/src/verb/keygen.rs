//! `callgate keygen`: a pair of keys to sign releases with.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use callgate_release::signed::PrivateKey;
use serde_json::json;

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::render::json;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
The private key is PKCS#8 in PEM, for its owner's eyes alone; the public key beside it, ending in \
`.pub`, is a SubjectPublicKeyInfo in PEM. OpenSSL reads both, and its Ed25519 keys serve as well. A \
key is called by the SHA-256 of its SubjectPublicKeyInfo.

Examples:
  callgate keygen -o team.key
  callgate build -o r1.json --sign team.key
  callgate verify r1.json --key team.key.pub";

/// Make a pair of keys to sign releases with
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to write the private key; nothing is ever overwritten
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// How to write the summary
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Makes the keys.
///
/// # Errors
/// There is a file already, a file cannot be written, or the system has no randomness.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    if input::is_dash(&args.output) {
        return Err(Error::Usage {
            message: "keys are written to files, not to standard output".to_owned(),
            help: "name the file: `callgate keygen -o team.key`".to_owned(),
        });
    }
    let public_path = beside(&args.output);
    let failed = |path: &Path| {
        let name = input::name_of(path);
        move |reason| Error::Write { name, reason }
    };
    let existing = [&args.output, &public_path];
    let existing = existing
        .into_iter()
        .filter(|path| path.symlink_metadata().is_ok());
    let names: Vec<String> = existing.map(|path| input::name_of(path)).collect();
    if !names.is_empty() {
        return Err(Error::Exists {
            names,
            help: "a key that is lost cannot be made again: give another name",
        });
    }
    let mut seed = [0; 32];
    let random = getrandom::fill(&mut seed).map_err(io::Error::other);
    random.map_err(failed(&args.output))?;
    let key = PrivateKey::from_seed(&seed);
    secret(&args.output, &key.to_pem()).map_err(failed(&args.output))?;
    fs::write(&public_path, key.public().to_pem()).map_err(failed(&public_path))?;
    let (private, public) = (input::name_of(&args.output), input::name_of(&public_path));
    let id = key.public().id();
    terminal.data(&match args.format {
        Format::Text => format!(
            "key {id}\n  private {}\n  public  {}\n",
            printable(&private),
            printable(&public)
        ),
        Format::Json => json::pretty(&json!({
            "id": id.to_text(),
            "private": private,
            "public": public,
        })),
    });
    Ok(Exit::Ok)
}

/// The file of the public key.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Writes a new file that its owner alone may read, from the first moment on.
fn secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
