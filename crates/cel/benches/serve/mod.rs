//! Engines as a service on standard input and output, one line each way.
//!
//! `engines` names them · `questions` prints all questions as JSON · `prepare ENGINE QUESTION` answers
//! `true`, `false` or `error WHY` · `time ENGINE TIMES` answers nanoseconds. ENGINE is a place in the list.

use std::collections::BTreeMap;
use std::io::BufRead as _;

use serde_json::json;

use crate::engines::{ENGINES, Engine};
use crate::questions::{names, question};
use crate::time;

/// Answers until its input ends.
pub fn serve() {
    let mut ready: BTreeMap<usize, Box<dyn Engine>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["engines"] => println!("{}", json!(ENGINES.map(|(name, _)| name))),
            ["questions"] => println!("{}", questions()),
            ["prepare", engine, question] => {
                let engine = engine.parse().expect("a number");
                match prepare(engine, question) {
                    Ok((asked, holds)) => {
                        ready.insert(engine, asked);
                        println!("{holds}");
                    }
                    Err(why) => println!("error {}", why.replace('\n', " ")),
                }
            }
            ["time", engine, times] => {
                let engine = ready
                    .get_mut(&engine.parse().expect("a number"))
                    .expect("prepared");
                let times = times.parse().expect("a number");
                println!("{}", time(&mut **engine, times).as_nanos());
            }
            other => println!("error no such request: {other:?}"),
        }
    }
}

fn prepare(engine: usize, name: &str) -> Result<(Box<dyn Engine>, bool), String> {
    let (_, prepare) = ENGINES.get(engine).ok_or("no such engine")?;
    let question = question(name).ok_or("no such question")?;
    let mut engine = prepare(&question)?;
    let holds = engine.ask(1)?;
    Ok((engine, holds))
}

fn questions() -> serde_json::Value {
    let described = names().into_iter().map(|name| {
        let question = question(&name).expect("named");
        json!({
            "name": name,
            "sources": question.sources,
            "request": question.request,
            "holds": question.holds,
        })
    });
    described.collect()
}
