//! Many cases of a target from a seed.

use std::collections::BTreeMap;

use crate::{Finding, Label, Target};

/// Bytes of a case: what an expression and its attributes need.
const CASE: usize = 192;

/// What a run met: how often each kind of case.
pub type Tally = BTreeMap<Label, u64>;

/// A case that breaks a property, and the bytes that make it.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The number of the case.
    pub number: u64,
    /// What the case is made of.
    pub bytes: Vec<u8>,
    /// What is wrong.
    pub finding: Finding,
}

/// Runs cases `from..to` of a seed; `report` hears of every broken one and says whether to go on.
pub fn run(
    target: &Target,
    seed: u64,
    from: u64,
    to: u64,
    mut report: impl FnMut(Broken) -> bool,
) -> Tally {
    let mut tally = Tally::new();
    let mut bytes = vec![0; CASE];
    for number in from..to {
        fill(seed, number, &mut bytes);
        match (target.run)(&bytes) {
            Ok(label) => *tally.entry(label).or_default() += 1,
            Err(finding) => {
                *tally.entry("broken").or_default() += 1;
                if !report(Broken {
                    number,
                    bytes: bytes.clone(),
                    finding,
                }) {
                    break;
                }
            }
        }
    }
    tally
}

/// The bytes of a case (SplitMix64), so that any case of a run can be made again alone.
pub fn fill(seed: u64, number: u64, bytes: &mut [u8]) {
    let mut state =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd134_2543_de82_ef95);
    for word in bytes.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let fresh = (mixed ^ (mixed >> 31)).to_le_bytes();
        for (place, byte) in word.iter_mut().zip(fresh) {
            *place = byte;
        }
    }
}

/// Judges one case for libFuzzer, which takes a panic for a finding.
///
/// # Panics
/// On a finding, and when there is no such target.
#[expect(clippy::panic, reason = "libFuzzer takes a panic for a finding")]
pub fn or_panic(name: &str, data: &[u8]) {
    let Some(target) = crate::named(name) else {
        panic!("there is no target `{name}`");
    };
    if let Err(finding) = (target.run)(data) {
        panic!("{finding}");
    }
}
