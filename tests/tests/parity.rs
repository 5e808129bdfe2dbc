//! Every host decides alike: the same questions, the same bytes of the record.

use anyhow::{Result, ensure};
use callgate_tests::parity::{
    Cli, Comparison, Filter, Host, InEnvoy, MANY, Native, QUESTIONS, Question, Script, Web, bodies,
    bypass_in_envoy, compare, corpus, gateway, generated,
};
use xtask::layout::Layout;

/// Generated questions unless `CALLGATE_CASES` asks for more.
const CASES: u64 = 4_000;

/// Questions that the command line is asked unless `CALLGATE_CASES` asks for more: each is a process.
const PROCESSES: usize = 250;

/// Generated releases that Envoy is started with.
const RELEASES: u64 = 60;

fn cases() -> Option<u64> {
    std::env::var("CALLGATE_CASES").ok()?.parse().ok()
}

fn questions() -> Result<Vec<Question>> {
    let mut all = corpus()?;
    all.extend(bodies()?);
    let releases = cases().unwrap_or(CASES).div_ceil(QUESTIONS);
    all.extend(generated(1..1 + releases, QUESTIONS)?);
    Ok(all)
}

fn expected(questions: &[Question]) -> Result<Vec<String>> {
    let all: Vec<&Question> = questions.iter().collect();
    Native::default().answers(&all)
}

/// No difference, and not for want of questions.
#[allow(clippy::print_stdout, reason = "what `cargo xtask parity` is run for")]
fn agrees(comparison: &Comparison, least: usize) -> Result<()> {
    let Comparison {
        host,
        asked,
        differences,
        first,
    } = comparison;
    println!("{host}: {asked} asked, {differences} differences");
    ensure!(*differences == 0, "{host}: {}", first.join("\n"));
    ensure!(*asked >= least, "{host}: only {asked} were asked");
    Ok(())
}

fn agree(host: &mut dyn Host, least: usize) -> Result<()> {
    let questions = questions()?;
    agrees(&compare(host, &questions, &expected(&questions)?)?, least)
}

#[test]
fn the_web_module_in_wasmtime() -> Result<()> {
    let module = std::fs::read(Layout::of_this_tree().web_module())?;
    agree(&mut Web::start(&module)?, 4_000)
}

#[test]
fn the_package_in_node() -> Result<()> {
    agree(&mut Script::node(&Layout::of_this_tree()), 4_000)
}

#[test]
fn the_package_in_chromium() -> Result<()> {
    agree(&mut Script::chromium(&Layout::of_this_tree()), 4_000)
}

#[test]
fn the_command_line() -> Result<()> {
    let layout = Layout::of_this_tree();
    let program = xtask::bench::executable(&layout, &["build", "-p", "callgate"], "callgate")?;
    let every = match cases() {
        Some(_) => 1,
        None => questions()?.len() / PROCESSES,
    };
    agree(&mut Cli::new(program, &layout, every), 200)
}

#[test]
fn the_filter_in_wasmtime() -> Result<()> {
    let questions = gateway(&questions()?)?;
    let records = expected(&questions)?;
    // What is no call is no message either, and leaves no record.
    let pairs = questions.into_iter().zip(records);
    let (questions, records): (Vec<_>, Vec<_>) = pairs
        .filter(|(_, record)| !record.starts_with(r#"{"errors""#))
        .unzip();
    agrees(
        &compare(&mut Filter::built()?, &questions, &records)?,
        1_000,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_in_envoy() -> Result<()> {
    let mut questions = gateway(&corpus()?)?;
    questions.extend(gateway(&generated(1..1 + RELEASES, MANY)?)?);
    let (asked, mut envoy) = InEnvoy::ask(&questions).await?;
    agrees(&compare(&mut envoy, &asked, &expected(&asked)?)?, 2_000)
}

/// The same cases through the filter in wasmtime: `filter_bypass.rs`.
#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout, reason = "what `cargo xtask parity` is run for")]
async fn the_bypass_corpus_in_envoy() -> Result<()> {
    let fared = bypass_in_envoy().await?;
    println!("bypass corpus in Envoy: {fared:?}");
    ensure!(
        fared.differences.is_empty(),
        "{}",
        fared.differences.join("\n")
    );
    ensure!(fared.alike >= 500, "only {} ended alike", fared.alike);
    // Everything else is told apart; few cases are Envoy's own to refuse.
    let (by_envoy, joined) = (fared.refused_by_envoy, fared.refused_as_one_line);
    ensure!(by_envoy <= 3 && joined <= 3, "{fared:?}");
    Ok(())
}

#[test]
fn every_host_is_asked_about_every_effect() -> Result<()> {
    let answers = expected(&questions()?)?;
    let effects = ["ALLOW", "FLAG", "REQUIRE_APPROVAL", "DENY"];
    for effect in effects {
        let written = format!(r#""decision":"{effect}""#);
        let count = answers
            .iter()
            .filter(|text| text.contains(&written))
            .count();
        ensure!(count >= 50, "{effect}: {count}");
    }
    let refused = answers
        .iter()
        .filter(|text| text.starts_with(r#"{"errors""#));
    ensure!(refused.count() >= 50, "calls that cannot be read");
    Ok(())
}
