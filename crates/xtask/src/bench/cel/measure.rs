//! One sitting: answers first, then times in rounds.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::runner::{Answer, Runner};
use crate::say;

/// Rounds of each question; odd, so that a median is one of the figures.
const ROUNDS: usize = 101;

/// Nanoseconds an engine's part of a round takes: short enough to go undisturbed on a busy machine, mostly. One
/// answer may take longer.
const PART: f64 = 1e6;

/// Just-in-time compilers are done within this time of asking.
const WARM: f64 = 3e8;

/// No part of a round has more answers than this.
const MOST: f64 = 1e7;

/// What is known of one engine and one question.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Medians: nanoseconds of one answer, and how many times that of the first engine.
    Timed {
        /// Of all rounds.
        nanoseconds: f64,
        /// Of the ratios of each round.
        ratio: f64,
    },
    /// The engine has no right answer, and why.
    Unable(String),
}

/// One engine's figures, in the order of the questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name and version.
    pub engine: String,
    /// A cell a question.
    pub cells: Vec<Cell>,
}

/// An engine by its process and its number there.
#[derive(Clone, Copy)]
struct Seat {
    runner: usize,
    engine: usize,
}

/// Asks all engines the questions that are named.
pub fn sitting(runners: &mut [Runner], questions: &Value, names: &[String]) -> Result<Vec<Row>> {
    let mut seats = Vec::new();
    let mut rows = Vec::new();
    for (runner, process) in runners.iter().enumerate() {
        for (engine, name) in process.engines.iter().enumerate() {
            seats.push(Seat { runner, engine });
            let engine = name.clone();
            let cells = Vec::new();
            rows.push(Row { engine, cells });
        }
    }
    say::step(&format!("bench: {} engines, {ROUNDS} rounds", seats.len()));
    for name in names {
        say::detail(name);
        let list = questions.as_array().into_iter().flatten();
        let question = list.into_iter().find(|question| question["name"] == **name);
        let holds = question.and_then(|question| question["holds"].as_bool());
        let holds = holds.with_context(|| format!("`{name}` has no right answer"))?;
        let cells = ask(runners, &seats, name, holds)?;
        for (row, cell) in rows.iter_mut().zip(cells) {
            if let (Cell::Unable(why), true) = (&cell, row.engine.starts_with("callgate")) {
                bail!("`{}` at `{name}`: {why}", row.engine);
            }
            row.cells.push(cell);
        }
    }
    Ok(rows)
}

/// One question to all engines: every answer is known to be right before anything is timed.
fn ask(runners: &mut [Runner], seats: &[Seat], name: &str, holds: bool) -> Result<Vec<Cell>> {
    let mut parts = Vec::new();
    for seat in seats {
        let runner = &mut runners[seat.runner];
        parts.push(match runner.prepare(seat.engine, name)? {
            Answer::Holds(answer) if answer == holds => Ok(0),
            Answer::Holds(answer) => Err(format!("answers {answer}")),
            Answer::None(why) => Err(why),
        });
    }
    for (seat, part) in seats.iter().zip(&mut parts) {
        if let Ok(times) = part {
            *times = warm(&mut runners[seat.runner], seat.engine)?;
        }
    }
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); seats.len()];
    for round in 0..ROUNDS {
        for place in 0..seats.len() {
            // Another engine begins each round, so that none always follows the same one.
            let number = (place + round) % seats.len();
            let Seat { runner, engine } = seats[number];
            if let Ok(times) = parts[number] {
                let nanoseconds = runners[runner].time(engine, times)?;
                rounds[number].push(nanoseconds / f64::from(times));
            }
        }
    }
    let first = rounds.first().context("no engine")?.clone();
    let cell = |(part, times): (Result<u32, String>, Vec<f64>)| match part {
        Err(why) => Cell::Unable(why),
        Ok(_) => Cell::Timed {
            ratio: median(times.iter().zip(&first).map(|(one, first)| one / first)),
            nanoseconds: median(times.iter().copied()),
        },
    };
    Ok(parts.into_iter().zip(rounds).map(cell).collect())
}

/// Asks until an engine is warm, and returns how many answers make its part of a round.
fn warm(runner: &mut Runner, engine: usize) -> Result<u32> {
    let mut times = 1;
    let mut spent = 0.0;
    loop {
        let taken = runner.time(engine, times)?;
        spent += taken;
        let one = taken / f64::from(times);
        times = (PART / one.max(0.1)).clamp(1.0, MOST) as u32;
        if spent > WARM {
            return Ok(times);
        }
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
