//! `callgate fmt`: the files of a project in canonical form, in place.

use std::fs;
use std::path::PathBuf;

use callgate_release::layout;

use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::inventory::{self, Kind};
use crate::problem::Problem;
use crate::render::text;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Layout, the order of a policy's keys, and expressions are written anew; values and comments stay as they \
are. What could not be laid out safely keeps its layout, with a warning. Expressions and policies with \
errors keep their words: `callgate check` tells them. A file that is no YAML or JSON at all is an error here \
too. Of JSON files nothing is changed.

Examples:
  callgate fmt                            the project here
  callgate fmt --check policies/          exit code 3 if a file would change";

/// Write files in canonical form: YAML layout and expressions
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
        // Which YAML files outside are the project's own, nobody knows until they are named.
        if found.kind == Kind::Stray && !found.named {
            continue;
        }
        let file = input::read(&found.path)?;
        let formatted = match layout::formatted(&file.name, &file.text) {
            Ok(formatted) => formatted,
            Err(diagnostic) => {
                unreadable.push(Problem::new(&file, *diagnostic));
                continue;
            }
        };
        if let Some(kept) = formatted.kept {
            terminal.words(&text::problem(&Problem::new(&file, *kept)));
        }
        let Some(text) = formatted.text else {
            continue;
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
