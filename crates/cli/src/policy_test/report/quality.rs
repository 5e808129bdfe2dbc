//! What the tests leave open: uncovered conditions and surviving edits, for people and programs.

use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use callgate_model::{Diagnostic, Span};
use serde::Serialize;

use crate::input::File;
use crate::policy_test::coverage::{Coverage, Gap};
use crate::policy_test::mutants::{Mutant, Tally};
use crate::problem::{Problem, Range};
use crate::render::github::{message, property};
use crate::render::reason::one_line;
use crate::render::text::plural;
use crate::terminal::printable;

/// What was measured beside the tests themselves.
#[derive(Debug, Default)]
pub struct Quality {
    /// If it was asked for.
    pub coverage: Option<Coverage>,
    /// If they were asked for.
    pub mutants: Option<Tally>,
}

fn range(file: &Rc<File>, place: Span) -> Option<Range> {
    Problem::new(file, Diagnostic::error("TEST", place, "")).range()
}

/// `file:line:column`
fn at(file: &Rc<File>, place: Span) -> String {
    let name = &file.name;
    range(file, place).map_or_else(
        || name.clone(),
        |range| format!("{name}:{}:{}", range.start.line, range.start.column),
    )
}

/// For people.
pub fn text(quality: &Quality) -> String {
    let mut out = String::new();
    if let Some(coverage) = &quality.coverage {
        out += &coverage_text(coverage);
    }
    if let Some(tally) = &quality.mutants {
        out += &mutants_text(tally);
    }
    out
}

fn mark(good: bool) -> Style {
    let color = if good {
        AnsiColor::Green
    } else {
        AnsiColor::Yellow
    };
    Style::new().bold().fg_color(Some(color.into()))
}

fn coverage_text(coverage: &Coverage) -> String {
    let (covered, total) = coverage.totals();
    let style = mark(covered == total);
    let mut out = format!(
        "\n{style}coverage: {covered} of {} ({} %){style:#}\n",
        plural(total, "condition"),
        coverage.percent()
    );
    let share = |policy: &crate::policy_test::coverage::PolicyCoverage| {
        format!("{}/{}", policy.covered(), policy.total)
    };
    let width = coverage.policies.iter().map(|p| share(p).len()).max();
    let width = width.unwrap_or(0);
    for policy in &coverage.policies {
        out += &format!(
            "  {:>width$}  {}\n",
            share(policy),
            printable(&policy.policy)
        );
        for gap in &policy.gaps {
            let (place, text) = (at(&policy.file, gap.place), one_line(&gap.text));
            out += &format!("  {:>width$}    {}\n", "", printable(&place));
            out += &format!(
                "  {:>width$}      `{}` {}\n",
                "",
                printable(&text),
                gap.missing
            );
        }
    }
    out
}

fn mutants_text(tally: &Tally) -> String {
    let mut out = String::new();
    let (red, green) = (AnsiColor::Red, AnsiColor::Green);
    let [minus, plus] = [red, green].map(|color| Style::new().fg_color(Some(color.into())));
    for mutant in &tally.survivors {
        let place = at(&mutant.file, mutant.place);
        out += &format!(
            "\nSURVIVED {}: {}\n  at {}\n",
            printable(&mutant.policy),
            printable(&mutant.what),
            printable(&place)
        );
        for line in mutant.before.lines() {
            out += &format!("    {minus}- {}{minus:#}\n", printable(line));
        }
        for line in mutant.after.lines() {
            out += &format!("    {plus}+ {}{plus:#}\n", printable(line));
        }
    }
    let style = mark(tally.survivors.is_empty());
    out += &format!(
        "\n{style}edits: {} of {} noticed{style:#}; left out: {} that make no valid policy, {} that change nothing\n",
        tally.killed,
        tally.made(),
        tally.invalid,
        tally.equal
    );
    out
}

/// For GitHub: a warning for each thing that is left open.
pub fn github(quality: &Quality) -> String {
    let mut out = String::new();
    for policy in quality
        .coverage
        .iter()
        .flat_map(|coverage| &coverage.policies)
    {
        for Gap {
            place,
            text,
            missing,
        } in &policy.gaps
        {
            let words = format!("`{}` {missing}", one_line(text));
            out += &warning(&policy.file, *place, "not covered", &words);
        }
    }
    for mutant in quality.mutants.iter().flat_map(|tally| &tally.survivors) {
        let words = format!("{}\n- {}\n+ {}", mutant.what, mutant.before, mutant.after);
        out += &warning(
            &mutant.file,
            mutant.place,
            "no test notices this edit",
            &words,
        );
    }
    out
}

fn warning(file: &Rc<File>, place: Span, title: &str, words: &str) -> String {
    let start = range(file, place).map_or((1, 1), |range| (range.start.line, range.start.column));
    format!(
        "::warning file={},line={},col={},title={title}::{}\n",
        property(&file.name),
        start.0,
        start.1,
        message(words)
    )
}

/// Coverage for programs.
#[derive(Debug, Serialize)]
pub struct CoverageJson<'q> {
    covered: usize,
    total: usize,
    percent: usize,
    policies: Vec<PolicyJson<'q>>,
}

#[derive(Debug, Serialize)]
struct PolicyJson<'q> {
    policy: &'q str,
    file: &'q str,
    covered: usize,
    total: usize,
    gaps: Vec<GapJson<'q>>,
}

#[derive(Debug, Serialize)]
struct GapJson<'q> {
    line: Option<u32>,
    column: Option<u32>,
    text: &'q str,
    missing: &'q str,
}

/// Edits for programs.
#[derive(Debug, Serialize)]
pub struct MutantsJson<'q> {
    made: usize,
    noticed: usize,
    invalid: usize,
    equal: usize,
    survivors: Vec<SurvivorJson<'q>>,
}

#[derive(Debug, Serialize)]
struct SurvivorJson<'q> {
    policy: &'q str,
    file: &'q str,
    line: Option<u32>,
    column: Option<u32>,
    edit: &'q str,
    before: &'q str,
    after: &'q str,
}

/// Coverage as JSON has it.
pub fn coverage_json(coverage: &Coverage) -> CoverageJson<'_> {
    let (covered, total) = coverage.totals();
    let policies = coverage.policies.iter().map(|policy| PolicyJson {
        policy: &policy.policy,
        file: &policy.file.name,
        covered: policy.covered(),
        total: policy.total,
        gaps: policy
            .gaps
            .iter()
            .map(|gap| gap_json(&policy.file, gap))
            .collect(),
    });
    CoverageJson {
        covered,
        total,
        percent: coverage.percent(),
        policies: policies.collect(),
    }
}

fn gap_json<'q>(file: &Rc<File>, gap: &'q Gap) -> GapJson<'q> {
    let range = range(file, gap.place);
    GapJson {
        line: range.map(|range| range.start.line),
        column: range.map(|range| range.start.column),
        text: &gap.text,
        missing: gap.missing,
    }
}

/// Edits as JSON has them.
pub fn mutants_json(tally: &Tally) -> MutantsJson<'_> {
    MutantsJson {
        made: tally.made(),
        noticed: tally.killed,
        invalid: tally.invalid,
        equal: tally.equal,
        survivors: tally.survivors.iter().map(survivor_json).collect(),
    }
}

fn survivor_json(mutant: &Mutant) -> SurvivorJson<'_> {
    let range = range(&mutant.file, mutant.place);
    SurvivorJson {
        policy: &mutant.policy,
        file: &mutant.file.name,
        line: range.map(|range| range.start.line),
        column: range.map(|range| range.start.column),
        edit: &mutant.what,
        before: &mutant.before,
        after: &mutant.after,
    }
}
