//! `callgate init`: a small project that passes its own check and tests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::inventory::PROJECT_FILE;
use crate::place;
use crate::render::json;
use crate::terminal::{Terminal, printable};
use crate::verb::schema::Kind;

const EXAMPLES: &str = "\
Nothing that exists is overwritten: if any of the files is there already, none is written.

Examples:
  callgate init my-gateway && cd my-gateway
  callgate check && callgate test";

/// Write a project that passes its own `check` and `test`
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The project's folder; made if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,

    /// The project's name, instead of the folder's
    #[arg(long)]
    name: Option<String>,

    /// How to write the list of files
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The files of a new project. `{{name}}` is the project's name.
const FILES: [(&str, &str); 4] = [
    (PROJECT_FILE, include_str!("../../templates/callgate.yaml")),
    (
        "policies/10-block-dangerous-tools.yaml",
        include_str!("../../templates/10-block-dangerous-tools.yaml"),
    ),
    (
        "policies/20-allow-team-tools.yaml",
        include_str!("../../templates/20-allow-team-tools.yaml"),
    ),
    (
        "policies_test.yaml",
        include_str!("../../templates/policies_test.yaml"),
    ),
];

/// The schemas that the first lines of those files name.
const SCHEMAS: [(&str, Kind); 3] = [
    (".callgate/schema/policy.json", Kind::Policy),
    (".callgate/schema/project.json", Kind::Project),
    (".callgate/schema/test.json", Kind::Test),
];

/// Writes the project.
///
/// # Errors
/// A file exists already, or cannot be written.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let name = args.name.clone().unwrap_or_else(|| folder_name(&args.dir));
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for (path, template) in FILES {
        files.push((
            args.dir.join(path),
            template.replace("{{name}}", &scalar(&name)),
        ));
    }
    for (path, kind) in SCHEMAS {
        files.push((args.dir.join(path), kind.schema()));
    }
    refuse_existing(&files)?;
    for (path, text) in &files {
        write(path, text)?;
    }
    let written: Vec<String> = files.iter().map(|(path, _)| place::shown(path)).collect();
    match args.format {
        Format::Json => terminal.data(&json::pretty(&json!({ "project": name, "files": written }))),
        Format::Text => {
            for file in written {
                terminal.data(&format!("{}\n", printable(&file)));
            }
            terminal.words(
                "\nnext: `callgate check`, `callgate test`, `callgate build -o release.json`\n",
            );
        }
    }
    Ok(Exit::Ok)
}

fn refuse_existing(files: &[(PathBuf, String)]) -> Result<(), Error> {
    let existing = files
        .iter()
        .filter(|(path, _)| path.symlink_metadata().is_ok());
    let names: Vec<String> = existing.map(|(path, _)| place::shown(path)).collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(Error::Exists {
            names,
            help: "give another folder: `callgate init FOLDER`",
        })
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |reason| Error::Write {
        name: input::name_of(path),
        reason,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// The name of the folder that the project will be in.
fn folder_name(dir: &Path) -> String {
    let name = place::real(dir)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "callgate".to_owned())
}

/// `text` as a YAML scalar: as it is when that is safe, else quoted as JSON, which YAML reads.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !["true", "false", "null", "yes", "no", "on", "off"]
            .contains(&text.to_lowercase().as_str());
    if plain {
        text.to_owned()
    } else {
        json!(text).to_string()
    }
}
