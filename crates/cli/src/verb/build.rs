//! `callgate build`: a project's policies become a release file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use callgate_model::{Limits, Timestamp};
use callgate_release::signed::PrivateKey;
use callgate_release::{Build, Envelope, Release};
use clap::ValueEnum;
use serde_json::json;

use crate::args::Format;
use crate::clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::inventory;
use crate::key;
use crate::project::{self, Project, Shape};
use crate::render::json;
use crate::render::text::{self, plural};
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
The same policies and settings have the same digest; number, date, author and note are no part \
of it.

Examples:
  callgate build -o release.json                    the project here, as release 1
  callgate build gateway/ -o r7.json --number 7 --note 'refund limit'
  callgate build -o r8.json --number 8 --sign team.key   in an envelope, signed
  callgate build -o - | callgate inspect -          without a file";

/// Build a release file from a project
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A folder of the project
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// Where to write the release; replaced in one step
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// The release's number; hosts expect it to grow
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,

    /// Why this release is made
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,

    /// Who makes it
    #[arg(long, default_value = "", hide_default_value = true)]
    author: String,

    /// The project's name, instead of the one in `callgate.yaml`
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// When it is made (RFC 3339), instead of now
    #[arg(long, value_name = "TIME", value_parser = clock::argument)]
    created_at: Option<Timestamp>,

    /// A private key to sign it with, as `callgate keygen` writes one; may be repeated
    #[arg(long, value_name = "KEY")]
    sign: Vec<PathBuf>,

    /// Build a release that lets through everything its deny policies do not name, or nothing at all
    #[arg(long, value_enum, value_name = "SHAPE")]
    acknowledge: Option<Acknowledged>,

    /// How to write the summary
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Acknowledged {
    /// No policy at all: every call passes.
    Empty,
    /// No allow policy: every call passes that no deny policy refuses.
    DenyOnly,
    /// No call can pass, whatever it is.
    DeniesEverything,
}

/// Builds the release.
///
/// # Errors
/// Everything that is wrong with the project, an unexpected shape, or a file that cannot be written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    // A key that cannot sign is told before anything is written.
    let keys = args.sign.iter().map(|path| key::private(path));
    let keys: Vec<PrivateKey> = keys.collect::<Result<_, _>>()?;
    let project = load(args)?;
    for warning in &project.problems {
        terminal.words(&text::problem(warning));
    }
    acknowledged(Shape::of(&project.enabled()), args.acknowledge)?;
    let created_at = Some(args.created_at.unwrap_or_else(clock::now));
    let text = project.build(Build {
        project: args.project.as_deref().unwrap_or_default(),
        number: args.number,
        created_at,
        author: &args.author,
        note: &args.note,
        ..Build::default()
    });
    let text = signed(text, &keys);
    // What hosts will do with the file happens here first: read it, and compile every policy.
    let file = Rc::new(File::new(input::name_of(&args.output), text));
    let compiled = project::compile(&file)?;
    if args.acknowledge != Some(Acknowledged::DeniesEverything)
        && callgate_analysis::denies_everything(&compiled, &Limits::default())
    {
        return Err(Error::Unacknowledged {
            message: "the release would deny everything: no call can pass, whatever it is".to_owned(),
            help: "`callgate doctor` says why; if that is meant, add `--acknowledge denies-everything`"
                .to_owned(),
        });
    }
    let summary = |to: &str, format| summary(compiled.release(), &keys, to, format);
    if input::is_dash(&args.output) {
        terminal.data(&file.text);
        terminal.data("\n");
        terminal.words(&summary("standard output", Format::Text));
    } else {
        write(&args.output, &file.text)?;
        terminal.data(&summary(&file.name, args.format));
    }
    Ok(Exit::Ok)
}

/// The project; without `callgate.yaml`, the folder itself if a name is given.
fn load(args: &Args) -> Result<Project, Error> {
    let real = args.dir.canonicalize();
    let real = real.map_err(|reason| input::unreadable(&args.dir, reason))?;
    let root = match (inventory::root_of(&real), &args.project) {
        (Some(root), _) => root,
        (None, Some(_)) => real,
        (None, None) => {
            return Err(Error::NoProject {
                from: input::name_of(&args.dir),
                help: "`callgate init` writes one; or name the project with `--project NAME`",
            });
        }
    };
    Project::load(&root)?.sound()
}

fn acknowledged(shape: Shape, given: Option<Acknowledged>) -> Result<(), Error> {
    let (message, word) = match (shape, given) {
        (Shape::Ordinary, _)
        | (Shape::Empty, Some(Acknowledged::Empty))
        | (Shape::DenyOnly, Some(Acknowledged::DenyOnly)) => return Ok(()),
        (Shape::Empty, _) => (
            "the release would hold no policy, so every call would pass",
            "empty",
        ),
        (Shape::DenyOnly, _) => (
            "the release would hold no allow policy, so every call would pass that no deny policy refuses",
            "deny-only",
        ),
    };
    Err(Error::Unacknowledged {
        message: message.to_owned(),
        help: format!("if that is meant, add `--acknowledge {word}`"),
    })
}

/// The release in an envelope with the keys' signatures; as it is without keys.
fn signed(text: String, keys: &[PrivateKey]) -> String {
    if keys.is_empty() {
        return text;
    }
    let mut envelope = Envelope::new(&text);
    for key in keys {
        key.sign(&mut envelope);
    }
    envelope.to_json()
}

fn summary(release: &Release, keys: &[PrivateKey], to: &str, format: Format) -> String {
    let policies = release.policies.len();
    let signers: Vec<String> = keys.iter().map(|key| key.public().id().to_text()).collect();
    match format {
        Format::Text => {
            let mut out = format!(
                "release {} of {}: {}\n  digest {}\n  file   {}\n",
                release.number,
                printable(&release.project),
                plural(policies, "policy"),
                release.digest,
                printable(to),
            );
            for signer in signers {
                out += &format!("  signed {signer}\n");
            }
            out
        }
        Format::Json => json::pretty(&json!({
            "project": release.project,
            "number": release.number,
            "digest": release.digest.to_string(),
            "policies": policies,
            "file": to,
            "signers": signers,
        })),
    }
}

/// Writes the whole file or nothing: readers see the old release or the new one.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |reason| Error::Write {
        name: input::name_of(path),
        reason,
    };
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        // A device or a pipe cannot be replaced, only written to.
        return fs::write(path, text).map_err(failed);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    replace(folder.unwrap_or(Path::new(".")), path, text).map_err(failed)
}

fn replace(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".callgate-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any new file: what the user's mask leaves of it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
