//! Precision and recall per class on generated values and near misses, as floors.

mod corpus;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use callgate_detect::detectors;
use corpus::generate::{near_misses, positives};
use corpus::scan;

/// Values found, values missed, and findings where nothing is.
#[derive(Default)]
struct Tally {
    found: u32,
    missed: u32,
    wrong: u32,
}

fn class_of(id: &str) -> &'static str {
    let row = detectors().find(|detector| detector.id == id);
    row.map_or("custom", |detector| detector.class.as_str())
}

#[test]
fn precision_and_recall_stay_above_their_floors() {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut log = String::new();
    for case in positives(7, 6) {
        let (start, end) = case.span.unwrap_or_default();
        let found = scan(&case.text);
        let hit = found
            .iter()
            .any(|f| f.detector == case.id && f.start <= start && f.end >= end);
        let tally = tallies.entry(class_of(&case.id)).or_default();
        if hit {
            tally.found += 1;
        } else {
            tally.missed += 1;
            let _ = writeln!(log, "missed {}: {:?}: {found:?}", case.id, case.text);
        }
        for other in found.iter().filter(|f| f.end <= start || f.start >= end) {
            tallies.entry(other.class.as_str()).or_default().wrong += 1;
            let _ = writeln!(log, "beside {}: {:?}: {other:?}", case.id, case.text);
        }
    }
    for case in near_misses(11, 3) {
        for finding in scan(&case.text) {
            tallies.entry(finding.class.as_str()).or_default().wrong += 1;
            let _ = writeln!(log, "wrong {}: {:?}: {finding:?}", case.id, case.text);
        }
    }
    let mut low = Vec::new();
    for (class, tally) in &tallies {
        let recall = 100 * tally.found / (tally.found + tally.missed).max(1);
        let precision = 100 * tally.found / (tally.found + tally.wrong).max(1);
        println!(
            "{class:12} recall {recall} precision {precision} ({} {} {})",
            tally.found, tally.missed, tally.wrong
        );
        let floor = if *class == "generic" || *class == "contact" {
            93
        } else {
            97
        };
        if recall < floor || precision < floor {
            low.push(*class);
        }
    }
    println!("{log}");
    assert!(tallies.len() >= 15, "a class is missing");
    assert!(low.is_empty(), "below their floors: {low:?}");
}
