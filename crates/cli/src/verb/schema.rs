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
    /// A file below `policies/`, of any family.
    Policy,
    /// The same, of one family: an expression.
    #[value(name = "CelPolicy", alias = "cel-policy")]
    CelPolicy,
    /// Typed rules.
    #[value(name = "RuleSet", alias = "rule-set")]
    RuleSet,
    /// Conditions and an action.
    #[value(name = "MatchPolicy", alias = "match-policy")]
    MatchPolicy,
    /// Lists, budgets, approvals and evidence.
    #[value(name = "ControlPolicy", alias = "control-policy")]
    ControlPolicy,
    /// Detectors of secrets and personal data.
    #[value(name = "DlpPolicy", alias = "dlp-policy")]
    DlpPolicy,
    /// `settings` of `callgate.yaml`.
    #[value(name = "Settings", alias = "settings")]
    Settings,
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

/// Names a file of `schemas/` by what it is called in `$defs`.
macro_rules! part {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../schemas/", $name, ".json")),
        )
    };
}

/// A schema and its name in `$defs`.
type Part = (&'static str, &'static str);

/// What policies are made of.
const POLICY: [Part; 11] = [
    part!("CelPolicy"),
    part!("ControlPolicy"),
    part!("DlpPolicy"),
    part!("MatchPolicy"),
    part!("RuleSet"),
    part!("alternatives"),
    part!("matcher"),
    part!("message"),
    part!("money"),
    part!("names"),
    part!("seconds"),
];

/// What is only there to be referred to.
const SHARED: [Part; 4] = [
    part!("policy"),
    part!("settings"),
    part!("call"),
    part!("state"),
];

impl Kind {
    /// The schema, indented.
    pub fn schema(self) -> String {
        let (title, (_, root)) = match self {
            Self::Policy => ("A policy", part!("policy")),
            Self::CelPolicy => return Self::of_family("CelPolicy"),
            Self::RuleSet => return Self::of_family("RuleSet"),
            Self::MatchPolicy => return Self::of_family("MatchPolicy"),
            Self::ControlPolicy => return Self::of_family("ControlPolicy"),
            Self::DlpPolicy => return Self::of_family("DlpPolicy"),
            Self::Settings => ("Settings", part!("settings")),
            Self::Project => ("callgate.yaml", part!("project")),
            Self::Test => ("Policy tests", part!("test")),
            Self::Call => ("A call", part!("call")),
            Self::State => ("State", part!("state")),
            Self::Record => ("A record", part!("record")),
            Self::Release => ("A release", part!("release")),
        };
        bundle(title, root)
    }

    /// A policy that says its family.
    fn of_family(name: &str) -> String {
        let root = format!(
            "{{\n  \"$ref\": \"#/$defs/policy\",\n  \"properties\": {{\n    \"kind\": {{\n      \"const\": \"{name}\"\n    }}\n  }}\n}}\n"
        );
        bundle(&format!("A {name}"), &root)
    }
}

/// A schema on its own: its title, `root`, and every part that it refers to.
fn bundle(title: &str, root: &str) -> String {
    let body = root
        .trim_start_matches('{')
        .trim_end()
        .trim_end_matches('}');
    let mut out = format!(
        "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"{title}\",{}",
        body.trim_end()
    );
    let needed = needed(root);
    if !needed.is_empty() {
        let indented = |(name, text): &Part| {
            let text = text.trim_end().replace('\n', "\n    ");
            format!("    \"{name}\": {text}")
        };
        let parts: Vec<String> = needed.iter().map(indented).collect();
        out += &format!(",\n  \"$defs\": {{\n{}\n  }}", parts.join(",\n"));
    }
    out + "\n}\n"
}

/// Every part that `root` refers to, directly or by way of another.
fn needed(root: &str) -> Vec<Part> {
    let mut needed: Vec<Part> = Vec::new();
    let mut texts = vec![root];
    while let Some(text) = texts.pop() {
        for part in SHARED.into_iter().chain(POLICY) {
            let reference = format!("\"#/$defs/{}\"", part.0);
            if text.contains(&reference) && !needed.contains(&part) {
                needed.push(part);
                texts.push(part.1);
            }
        }
    }
    needed.sort_unstable();
    needed
}

/// Prints the schema.
pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let schema = args.kind.schema();
    match args.format {
        Format::Text => terminal.data(&schema),
        Format::Json => {
            let value = serde_json::from_str::<serde_json::Value>(&schema).unwrap_or_default();
            terminal.data(&json::line(&value));
        }
    }
    Exit::Ok
}
