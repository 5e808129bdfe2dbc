//! `callgate fmt`: the expressions of policy files in canonical form, in place.

use std::fs;
use std::path::PathBuf;

use crate::error::Error;
use crate::exit::Exit;
use crate::fmt;
use crate::input;
use crate::inventory::{self, Kind};
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Only expressions are written anew; everything else of a file, comments included, stays as it is. \
Expressions and policies with errors are left alone: `callgate check` tells them. A file that is no \
YAML or JSON at all is an error here too.

Examples:
  callgate fmt                            the project here
  callgate fmt --check policies/          exit code 3 if a file would change";

/// Write the expressions of policies in canonical form
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files and folders
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// Change nothing; name the files that would change
    #[arg(long)]
    check: bool,
}

/// Formats the files; the names of those that change go to standard output.
///
/// # Errors
/// A path that cannot be read or written, and files that are no YAML or JSON, once all others are done.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let mut changed = 0usize;
    let mut unreadable = Vec::new();
    for found in inventory::survey(&args.paths)? {
        let is_policy = found.kind == Kind::Policy || (found.kind == Kind::Stray && found.named);
        if !is_policy {
            continue;
        }
        let file = input::read(&found.path)?;
        let text = match fmt::formatted(&file.name, &file.text) {
            Ok(Some(text)) => text,
            Ok(None) => continue,
            Err(diagnostic) => {
                unreadable.push(Problem::new(&file, *diagnostic));
                continue;
            }
        };
        changed = changed.saturating_add(1);
        terminal.data(&format!("{}\n", file.name));
        if !args.check {
            fs::write(&found.path, text).map_err(|reason| Error::Write {
                name: file.name.clone(),
                reason,
            })?;
        }
    }
    if !unreadable.is_empty() {
        return Err(Error::Policies(unreadable));
    }
    Ok(if args.check && changed > 0 {
        Exit::Invalid
    } else {
        Exit::Ok
    })
}
