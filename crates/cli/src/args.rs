//! The command line as `clap` reads it: global options here, each verb's beside the verb.

use clap::{Parser, Subcommand, ValueEnum};

use crate::verb;

/// Write, check, build and test policies for AI agents' tool calls, and decide calls by them.
#[derive(Debug, Parser)]
#[command(name = "callgate", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,

    /// When to use colors; `auto` is on a terminal without `NO_COLOR`
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

const EXIT_CODES: &str = "\
Results go to standard output, words to standard error. `-` as a file is standard input.

Exit codes:
  0  it worked            3  a policy, test file, project file or release is invalid
  1  it could not be done 4  tests failed, or `doctor` found an error
  2  wrong usage          5  a difference was found
                          10 FLAG, 11 DENY, 12 REQUIRE_APPROVAL with `--exit-status`";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Init(verb::init::Args),
    Check(verb::check::Args),
    Fmt(verb::fmt::Args),
    Build(verb::build::Args),
    Verify(verb::verify::Args),
    Inspect(verb::inspect::Args),
    Keygen(verb::keygen::Args),
    Token(verb::token::Args),
    Decide(verb::decide::Args),
    Test(verb::test::Args),
    Replay(verb::replay::Args),
    Diff(verb::diff::Args),
    Doctor(verb::doctor::Args),
    Tools(verb::tools::Args),
    Cel(verb::cel::Args),
    Repl(verb::repl::Args),
    Serve(verb::serve::Args),
    Envoy(verb::envoy::Args),
    Schema(verb::schema::Args),
    Completions(verb::completions::Args),
    Version(verb::version::Args),
}

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}
