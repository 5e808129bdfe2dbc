//! The npm package beside the fastest CEL of npm: microseconds from a call's text to a record's, in Node.

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
    Ok(())
}

/// The figures as a table.
fn text(found: &Value) -> Result<String> {
    let bytes = &found["bytes"];
    let mut lines = vec![format!(
        "from {bytes} bytes of text to a record   callgate   JSON.parse + @marcbachmann/cel-js"
    )];
    let rows = found["rows"]
        .as_array()
        .context("the script told no rows")?;
    for row in rows {
        let number = |key: &str| row[key].as_f64().context("a figure is missing");
        lines.push(format!(
            "{:>4} policies {:>35.2} µs {:>12.2} µs   ×{:.1}",
            row["policies"],
            number("callgate")? / 1e3,
            number("celjs")? / 1e3,
            number("ratio")?,
        ));
    }
    let many = found["manyPerSecond"]
        .as_f64()
        .context("a figure is missing")?;
    lines.push(format!(
        "decideMany, 10 policies: {many:.0} records a second"
    ));
    Ok(lines.join("\n"))
}
