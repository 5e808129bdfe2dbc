//! The npm package beside the fastest CEL of npm: microseconds from a call's text to a record's in Node, and how long
//! a page of Chromium waits for its first decision.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::layout::Layout;
use crate::{say, setup, web};

/// Builds the package, lets Node time both, and prints the table.
pub fn run(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    web::build(layout)?;
    say::step("bench: the package and its peer in Node");
    let mut node = say::command("node", &[layout.own("scripts/web_bench.mjs")]);
    node.arg(layout.engine_package());
    let found = say::output(node.arg(layout.tools().join("node")))?;
    let found: Value = serde_json::from_str(&found).context("the script printed no JSON")?;
    println!("{}", text(&found)?);
    say::step("bench: the package in a page of Chromium");
    let mut node = say::command("node", &[layout.own("scripts/web_opening.mjs")]);
    node.arg(layout.engine_package());
    let found = say::output(node.env("CALLGATE_CHROMIUM", setup::chromium::path()?))?;
    let found: Value = serde_json::from_str(&found).context("the script printed no JSON")?;
    println!("{}", opening(&found)?);
    Ok(())
}

/// The figures as a table: medians, and behind them those of the quietest round, since a machine that does other
/// things makes everything slow, and nothing fast.
fn text(found: &Value) -> Result<String> {
    let number = |value: &Value| value.as_f64().context("a figure is missing");
    let list = |key: &str| found[key].as_array().context("figures are missing");
    let mut lines = vec![format!(
        "µs from {} bytes of text to a record: callgate, and JSON.parse + @marcbachmann/cel-js",
        found["bytes"]
    )];
    for row in list("rows")? {
        let micro = |value: &Value| Ok::<_, anyhow::Error>(number(value)? / 1e3);
        lines.push(format!(
            "{:>5} policies {:>8.2} ({:.2}) {:>10.2} ({:.2})   ×{:.1}",
            row["policies"],
            micro(&row["callgate"])?,
            micro(&row["quietest"]["callgate"])?,
            micro(&row["celjs"])?,
            micro(&row["quietest"]["celjs"])?,
            number(&row["ratio"])?,
        ));
    }
    for many in list("many")? {
        lines.push(format!(
            "decideMany, 10 policies, lines of {} bytes: {:.0} records a second ({:.0})",
            many["bytes"],
            number(&many["perSecond"])?,
            number(&many["quietest"])?,
        ));
    }
    Ok(lines.join("\n"))
}

/// What a page waits for, in milliseconds.
fn opening(found: &Value) -> Result<String> {
    let figure = |key: &str| {
        let number = |name: &str| found[key][name].as_f64().context("a figure is missing");
        Ok::<_, anyhow::Error>(format!(
            "{:.1} ({:.1})",
            number("median")?,
            number("quietest")?
        ))
    };
    Ok(format!(
        "ms to the first decision: {}; the module {}, a release {}, the decision {}",
        figure("all")?,
        figure("module")?,
        figure("release")?,
        figure("decision")?,
    ))
}
