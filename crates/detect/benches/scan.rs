//! One pass over a kilobyte of each kind of text, every detector on.
//!
//! Run with `cargo bench -p callgate-detect`; `-- --one` scans 1,000 kilobytes of chat once, for
//! `valgrind --tool=callgrind`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench ends where its data is wrong, and says what it did"
)]

use std::hint::black_box;

use callgate_cel::Gas;
use callgate_detect::{Config, Detectors, Direction, Input, Limits};
use criterion::{Criterion, Throughput};

const CHAT: &str = "Thanks for the detailed report! I looked at the failing job and the tokenizer step seems to be the problem: \
the key passes validation, but the author of the section changed the secretary's address in step 4 of 12. Could you send the log \
from 2025-11-12 10:45:31 (build 4711)? We see 1,204 errors, about 3.5 % of all 34,221 requests, mostly from the EU region. \
Please open https://docs.acme-corp.com/guide/errors?page=2#api and follow the steps there. ";
const CODE: &str = "pub fn insert(&mut self, key: &str, value: Value) -> Result<(), Error> {\n    let hash = self.hasher.hash(key);\n    \
if self.entries.len() >= self.limits.max_entries { return Err(Error::Full { limit: 1024 }); }\n    self.entries.push(Entry { hash, \
key: key.to_owned(), value });\n    Ok(())\n}\n";
const JSON: &str = "{\\\"id\\\":\\\"8f14e45f-ceea-467f-a9d3-2f1c7b8e9a01\\\",\\\"name\\\":\\\"Quarterly report\\\",\\\"size\\\":48213,\
\\\"tags\\\":[\\\"finance\\\",\\\"2025\\\"],\\\"owner\\\":{\\\"team\\\":\\\"billing\\\",\\\"id\\\":91823}}";

fn kilobytes(text: &str, count: usize) -> String {
    let repeated = text.repeat(1024 * count / text.len() + 1);
    repeated.chars().take(1024 * count).collect()
}

fn scan(detectors: &Detectors, text: &str) -> usize {
    let mut found = 0;
    let input = Input {
        text: black_box(text),
        label: "text",
        direction: Direction::Request,
    };
    let mut gas = Gas::new(1_000_000_000);
    detectors
        .scan(input, &mut gas, &mut |_| found += 1)
        .expect("the text is within the bounds");
    found
}

fn main() {
    let detectors =
        Detectors::compile(&Config::default(), &Limits::default()).expect("the default is sound");
    if std::env::args().any(|argument| argument == "--one") {
        println!("{} findings", scan(&detectors, &kilobytes(CHAT, 1000)));
        return;
    }
    println!("compiled: {} bytes", detectors.size());
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("scan 4 KB");
    group.throughput(Throughput::Bytes(4096));
    for (name, text) in [("chat", CHAT), ("code", CODE), ("json", JSON)] {
        let text = kilobytes(text, 4);
        group.bench_function(name, |bencher| bencher.iter(|| scan(&detectors, &text)));
    }
    group.finish();
    criterion.bench_function("compile", |bencher| {
        bencher.iter(|| Detectors::compile(&Config::default(), &Limits::default()))
    });
    criterion.final_summary();
}
