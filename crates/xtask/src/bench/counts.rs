//! Instructions of the benches in `crates/*/benches/instructions.rs`, counted by callgrind.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::layout::Layout;
use crate::say;

/// Crates with such a bench, and what is on record for it: a name and a count a line.
const BENCHES: [(&str, &str); 3] = [
    (
        "callgate-automaton",
        "crates/automaton/benches/instructions.txt",
    ),
    ("callgate-cel", "crates/cel/benches/instructions.txt"),
    ("callgate-engine", "crates/engine/benches/instructions.txt"),
];

/// A count may be above the record by this many thousandths: compilers and libraries change a little.
const TOLERANCE: u64 = 30;

/// A case runs this often, and this much more often; the difference is free of start and load.
const FEW: u64 = 20;
const MORE: u64 = 120;

/// One case and its instructions.
struct Count {
    name: String,
    instructions: u64,
}

/// Counts, prints the counts beside the record, and fails where one is above it.
pub fn compare(layout: &Layout) -> Result<()> {
    let mut above = Vec::new();
    for (package, record) in BENCHES {
        above.append(&mut above_record(layout, package, record)?);
    }
    match above.is_empty() {
        true => Ok(()),
        false => bail!("more instructions than on record: {}", above.join(", ")),
    }
}

/// The cases of one bench that take more than is on record.
fn above_record(layout: &Layout, package: &str, file: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(layout.root.join(file)).with_context(|| {
        format!("cannot read {file}; `cargo xtask bench counts --accept` writes it")
    })?;
    let record: Vec<Count> = text.lines().map(line).collect::<Result<_>>()?;
    let counts = count(layout, package)?;
    let mut above = Vec::new();
    println!(
        "{:<12} {:>10} {:>10} {:>8}",
        "case", "counted", "on record", "ratio"
    );
    for Count { name, instructions } in counts {
        let known = record.iter().find(|known| known.name == name);
        let known = known
            .with_context(|| format!("{file} has no line for `{name}`"))?
            .instructions;
        let ratio = instructions as f64 / known as f64;
        println!("{name:<12} {instructions:>10} {known:>10} {ratio:>8.3}");
        if instructions * 1000 > known * (1000 + TOLERANCE) {
            above.push(name);
        }
    }
    Ok(above)
}

/// Counts, and puts the counts on record.
pub fn accept(layout: &Layout) -> Result<()> {
    for (package, record) in BENCHES {
        let counts = count(layout, package)?;
        let line = |count: &Count| format!("{} {}\n", count.name, count.instructions);
        let text: String = counts.iter().map(line).collect();
        print!("{text}");
        let path = layout.root.join(record);
        fs::write(path, text).with_context(|| format!("cannot write {record}"))?;
    }
    Ok(())
}

fn line(line: &str) -> Result<Count> {
    let count = line.split_once(' ').and_then(|(name, instructions)| {
        Some(Count {
            name: name.to_owned(),
            instructions: instructions.parse().ok()?,
        })
    });
    count.with_context(|| format!("`{line}` is no name and number"))
}

fn count(layout: &Layout, package: &str) -> Result<Vec<Count>> {
    say::step(&format!(
        "bench: instructions of {package}, counted by callgrind"
    ));
    let bench = [
        "bench",
        "-p",
        package,
        "--bench",
        "instructions",
        "--no-run",
    ];
    let program = super::executable(layout, &bench, "instructions")?;
    let folder = layout.target.join("counts");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let names = say::output(&mut say::command::<&str>(&program, &[]))?;
    let count = |name: &str| {
        let few = callgrind(&program, name, FEW, &folder)?;
        let more = callgrind(&program, name, MORE, &folder)?;
        Ok(Count {
            name: name.to_owned(),
            instructions: more.saturating_sub(few) / (MORE - FEW),
        })
    };
    names.lines().map(count).collect()
}

/// Instructions of a whole run, from the `summary:` of what callgrind writes.
fn callgrind(program: &Path, name: &str, times: u64, folder: &Path) -> Result<u64> {
    let out = folder.join(format!("{name}.out"));
    let mut valgrind = say::command(
        "valgrind",
        &[
            "--tool=callgrind",
            &format!("--callgrind-out-file={}", out.display()),
        ],
    );
    valgrind.arg(program).args([name, &times.to_string()]);
    say::output(&mut valgrind).context("counting needs valgrind")?;
    let text =
        fs::read_to_string(&out).with_context(|| format!("cannot read {}", out.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.with_context(|| format!("{} has no total", out.display()))
}
