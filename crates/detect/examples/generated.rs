//! Prints the generated set with our findings as JSON lines, for `compare/compare.py`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use callgate_detect::detectors;
use corpus::generate::{near_misses, positives};
use serde_json::json;

fn main() {
    let class_of = |id: &str| {
        detectors()
            .find(|row| row.id == id)
            .map(|row| row.class.as_str())
    };
    for case in positives(7, 6).into_iter().chain(near_misses(11, 3)) {
        let found = corpus::scan(&case.text);
        // Python counts characters.
        let place = |byte: usize| case.text.get(..byte).map_or(0, |head| head.chars().count());
        let ours: Vec<_> = found
            .iter()
            .map(|f| json!([place(f.start), place(f.end), f.class.as_str()]))
            .collect();
        let span = case.span.map(|(start, end)| [place(start), place(end)]);
        println!(
            "{}",
            json!({"text": case.text, "class": class_of(&case.id), "id": case.id, "span": span, "ours": ours})
        );
    }
}
