//! `callgate schema`: the JSON Schema of each kind of document.

use clap::ValueEnum;

use crate::args::Format;
use crate::exit::Exit;
use crate::render::json;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
JSON Schema 2020-12. Editors with the YAML language server take it from a file's first line:
  # yaml-language-server: $schema=.callgate/schema/policy.json

Examples:
  callgate schema policy > .callgate/schema/policy.json";

/// Print the JSON Schema of a kind of document
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Which kind of document
    #[arg(value_enum)]
    kind: Kind,

    /// `text` is indented, `json` is on one line
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The kinds of document there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A file below `policies/`.
    Policy,
    /// `callgate.yaml`
    Project,
    /// `*_test.yaml`
    Test,
    /// What `decide -i` reads.
    Call,
    /// What `decide --state` reads.
    State,
    /// What `decide -f json` prints.
    Record,
    /// What `build` writes.
    Release,
}

impl Kind {
    /// The schema, indented.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Policy => include_str!("../../schemas/policy.json"),
            Self::Project => include_str!("../../schemas/project.json"),
            Self::Test => include_str!("../../schemas/test.json"),
            Self::Call => include_str!("../../schemas/call.json"),
            Self::State => include_str!("../../schemas/state.json"),
            Self::Record => include_str!("../../schemas/record.json"),
            Self::Release => include_str!("../../schemas/release.json"),
        }
    }
}

/// Prints the schema.
pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let schema = args.kind.schema();
    match args.format {
        Format::Text => terminal.data(schema),
        Format::Json => {
            let value = serde_json::from_str::<serde_json::Value>(schema).unwrap_or_default();
            terminal.data(&json::line(&value));
        }
    }
    Exit::Ok
}
