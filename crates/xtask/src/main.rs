//! The command line of `cargo xtask`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::{bench, console, demo, fuzz, layout::Layout, package, say, setup, verify, wasm, web};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, tests and shows callgate; installs what that needs into .xtask/"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Install the pinned tools: a real Envoy, real MCP peers, wasm-opt, conformance suites.
    Setup,
    /// Build the Envoy filter and the npm package `@callgate/engine`; print sizes and digests.
    Wasm {
        /// One of them alone.
        #[arg(value_parser = ["filter", "web"])]
        module: Option<String>,
    },
    /// Set up, build the filter, then check formatting, lints and every test.
    Test {
        /// Arguments for the test runner, for example a name to select tests by.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        runner: Vec<String>,
    },
    /// Build the web module and the console that `callgate serve` shows; with `test`, drive it in Chromium.
    Console {
        /// What to do then.
        #[arg(value_parser = ["test"])]
        then: Option<String>,
    },
    /// The filter as an OCI image layout, and the manifest that has Istio load it; `docs/deploy/istio.md`.
    Package {
        /// The name that the image will have in a registry.
        #[arg(long, default_value = "registry.example.com/callgate-filter:latest")]
        image: String,
    },
    /// Real Envoy, real MCP server, real MCP client: print what was decided and why.
    Demo {
        /// End after the calls; the exit code tells whether every decision was the expected one.
        #[arg(long)]
        once: bool,
    },
    /// Ask every host the same questions and compare their answers byte for byte; `docs/parity.md`.
    Parity {
        /// Generated questions; the corpora come with them.
        #[arg(long, default_value_t = 100_000)]
        cases: u64,
    },
    /// Run fuzz targets for long; a short run of each is part of `test`.
    Fuzz {
        /// The target; all of them when left out.
        #[arg(value_parser = fuzz::TARGETS)]
        target: Option<String>,
        /// Cases of each target.
        #[arg(long, default_value_t = 10_000_000)]
        runs: u64,
        /// What the cases are made from; the same seed gives the same cases.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Let libFuzzer look for cases that reach new code (needs `rustup toolchain install nightly`).
        #[arg(long)]
        coverage: bool,
    },
    /// Count instructions and run the benchmarks.
    Bench {
        /// `counts [--accept]` (instructions alone), `cel [-f json] [QUESTION…]` (CEL beside its peers), `web` (the npm package beside one),
        /// or a name to select benchmarks by.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filter: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().verb, &Layout::of_this_tree()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb, layout: &Layout) -> Result<()> {
    match verb {
        Verb::Setup => setup::run(layout),
        Verb::Wasm { module } => {
            setup::run(layout)?;
            if module.as_deref() != Some("web") {
                wasm::build(layout)?;
            }
            if module.as_deref() != Some("filter") {
                web::build(layout)?;
            }
            match module {
                Some(_) => Ok(()),
                None => wasm::host(layout).map(drop),
            }
        }
        Verb::Package { image } => package::run(layout, &image),
        Verb::Console { then } => {
            setup::run(layout)?;
            web::build(layout)?;
            console::build(layout)?;
            match then {
                None => Ok(()),
                Some(_) => console::test(layout),
            }
        }
        Verb::Test { runner } => verify::run(layout, &runner),
        Verb::Parity { cases } => verify::parity(layout, cases),
        Verb::Demo { once } => demo::run(layout, once),
        Verb::Fuzz {
            target,
            runs,
            seed,
            coverage,
        } => {
            let lead = if coverage {
                fuzz::Lead::Coverage
            } else {
                fuzz::Lead::Seed
            };
            fuzz::run(layout, target.as_deref(), runs, seed, lead)
        }
        Verb::Bench { filter } => bench::run(layout, &filter),
    }
}
