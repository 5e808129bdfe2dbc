//! A short run of every target from a fixed seed: nothing is found, and every kind of case is met.

use callgate_fuzz::run::run;
use callgate_fuzz::{TARGETS, named};

const CASES: u64 = 4_000;
const SEED: u64 = 20_261_121;

#[test]
fn every_target_finds_nothing_from_a_fixed_seed() {
    for target in TARGETS {
        let mut found = Vec::new();
        let tally = run(target, SEED, 0, CASES, |broken| {
            found.push(format!("case {}: {}", broken.number, broken.finding));
            found.len() < 10
        });
        assert!(found.is_empty(), "{}\n{}", target.name, found.join("\n"));
        for label in target.must_meet {
            let count = tally.get(label).copied().unwrap_or_default();
            assert!(
                count > 0,
                "{}: none of {CASES} cases is `{label}`: {tally:?}",
                target.name
            );
        }
    }
}

#[test]
fn any_bytes_are_a_case() {
    for target in TARGETS {
        for bytes in [&[][..], &[0], &[255; 4], &[255; 300], &[127; 64]] {
            let result = (target.run)(bytes);
            assert!(result.is_ok(), "{}: {result:?}", target.name);
        }
    }
}

#[test]
fn targets_have_names_of_their_own() {
    for target in TARGETS {
        assert!(named(target.name).is_some_and(|found| found.must_meet == target.must_meet));
    }
}
