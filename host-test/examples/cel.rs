//! The CEL engine in wasmtime as a service on standard input and output, as `peers serve` of callgate-cel.
//!
//! Arguments: the module, and the questions' names in the module's order.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its answers")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::io::BufRead as _;
use std::time::Instant;

use callgate_host_test::{CelModule, Error};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the module's path");
    let names: Vec<String> = arguments.collect();
    let bytes = std::fs::read(path).expect("the module");
    let mut module = CelModule::load(&bytes).expect("a module");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words.as_slice() {
            ["engines"] => Ok(r#"["callgate in wasmtime 48"]"#.to_owned()),
            ["prepare", "0", name] => prepare(&mut module, &names, name),
            ["time", "0", times] => time(&mut module, times.parse().expect("a number")),
            other => Ok(format!("error no such request: {other:?}")),
        };
        match answer {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("error {}", error.to_string().replace('\n', " ")),
        }
    }
}

fn prepare(module: &mut CelModule, names: &[String], name: &str) -> Result<String, Error> {
    let number = names.iter().position(|known| known == name);
    let number = number.expect("a question's name");
    module.prepare(u32::try_from(number).expect("few questions"))?;
    Ok(module.ask(1)?.to_string())
}

fn time(module: &mut CelModule, times: u32) -> Result<String, Error> {
    let start = Instant::now();
    module.ask(times)?;
    Ok(start.elapsed().as_nanos().to_string())
}
