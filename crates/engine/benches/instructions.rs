//! Work whose instructions are counted: `instructions NAME TIMES` does one case so often.
//!
//! `cargo xtask bench counts` runs this under callgrind, which counts the same on a loaded machine.
//! Without a name it prints the names.
#![expect(clippy::expect_used, reason = "a bench ends where its data is wrong")]
#![expect(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;

use callgate_engine::{Active, Explain, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Limits, State, Timestamp};

use team::{call, release};

mod team;

/// From the bytes of a call to its decision, and to the record as JSON.
const CASES: [&str; 2] = ["decision", "record"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        println!("{}", CASES.join("\n"));
        return;
    };
    assert!(CASES.contains(&name.as_str()), "a case is named");
    let times: u32 = times.parse().expect("TIMES is a number");
    decisions(times, name == "record");
}

fn decisions(times: u32, written: bool) {
    let limits = Limits::default();
    let release = release(&limits).expect("the policies compile");
    let text = call();
    let mut scratch = Scratch::new(&limits);
    let mut buffers = Buffers::default();
    let mut record = Vec::new();
    for _ in 0..times {
        let document = Document::parse_in(black_box(text.as_bytes()), &limits.json, buffers);
        let document = document.expect("JSON");
        let call = Call::read(document.root()).expect("a call");
        let (active, now) = (Active::Release(&release), Timestamp::default());
        let mut decision = decide(active, &call, &State::EMPTY, now, &mut scratch, Explain::No);
        if written {
            record.clear();
            decision.record.write(&mut record);
        }
        decision.permit().expect("the call is allowed");
        buffers = document.into_buffers();
    }
}
