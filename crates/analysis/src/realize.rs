//! Calls made of what a search has left possible.

use callgate_model::Timestamp;

use crate::domain::{self, Kind};
use crate::outcome::Outcomes;
use crate::place::Place;
use crate::propagate::Work;
use crate::space::{Possible, Space, Spot};
use crate::witness;

/// A call and when it is made: canonical JSON, RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The call.
    pub call: String,
    /// When it is made.
    pub now: Timestamp,
}

/// Calls that are made of one case at most.
const TRIES: usize = 192;
/// What one confirmation counts for, in steps of a search.
const CONFIRMATION: usize = 400;

/// What may stand at a spot: a class, and the value, where the class has any.
type Choice<'s> = (Kind, Option<&'s str>);

/// A call of the case that is confirmed.
pub(crate) fn realize(
    space: &Space,
    case: &Possible,
    work: &mut Work,
    confirm: &mut impl FnMut(&Example) -> bool,
) -> Option<Example> {
    let choices: Vec<Vec<Choice<'_>>> = space
        .spots
        .iter()
        .enumerate()
        .map(|(number, spot)| choices(spot, number, case))
        .collect();
    let mut tried: Vec<Example> = Vec::new();
    for attempt in 0..TRIES {
        if !work.take(CONFIRMATION) {
            return None;
        }
        let (parts, now) = compose(space, &choices, attempt);
        let example = Example {
            call: witness::call(&parts),
            now,
        };
        if tried.contains(&example) {
            // With nothing to choose from there is one call.
            if choices.iter().all(|choices| choices.len() <= 1) {
                return None;
            }
            continue;
        }
        if confirm(&example) {
            return Some(smaller(parts, example, confirm));
        }
        tried.push(example);
    }
    None
}

/// What fits the case, likely values first.
fn choices<'s>(spot: &'s Spot, number: usize, case: &Possible) -> Vec<Choice<'s>> {
    let mut found = Vec::new();
    let left = case.classes.get(number).into_iter().flatten();
    for ((class, samples), left) in spot.classes.iter().zip(&spot.samples).zip(left) {
        if !left {
            continue;
        }
        if matches!(class.kind, Kind::Broken | Kind::Absent) {
            found.push((class.kind, None));
            continue;
        }
        for (sample, outcomes) in class.samples.iter().zip(samples) {
            let mut atoms = spot.atoms.iter().zip(outcomes);
            let fits = atoms.all(|(atom, outcome)| {
                let known = case.atoms.get(*atom).copied();
                known.unwrap_or(Outcomes::ANY).meets(*outcome)
            });
            // A map's own atoms depend on what it will hold.
            if fits || class.kind == Kind::Map {
                found.push((class.kind, Some(sample.as_str())));
            }
        }
    }
    found
}

/// The example without what it does not need.
fn smaller(
    mut parts: Vec<(&Place, &str)>,
    mut example: Example,
    confirm: &mut impl FnMut(&Example) -> bool,
) -> Example {
    for index in (0..parts.len()).rev() {
        let mut fewer = parts.clone();
        fewer.remove(index);
        let candidate = Example {
            call: witness::call(&fewer),
            now: example.now,
        };
        if candidate == example || confirm(&candidate) {
            (parts, example) = (fewer, candidate);
        }
    }
    example
}

/// What stands where in a call, and when it is made.
type Composed<'s> = (Vec<(&'s Place, &'s str)>, Timestamp);

fn compose<'s>(space: &'s Space, choices: &[Vec<Choice<'s>>], attempt: usize) -> Composed<'s> {
    let mut chosen: Vec<Option<Kind>> = vec![None; space.spots.len()];
    let mut parts = Vec::new();
    let mut now = domain::some_day();
    for (number, spot) in space.spots.iter().enumerate() {
        let above = spot
            .parent
            .and_then(|parent| chosen.get(parent).copied().flatten());
        let held = spot.parent.is_none() || above == Some(Kind::Map);
        let fitting = choices.get(number).into_iter().flatten();
        let fitting: Vec<&Choice<'_>> = fitting
            .filter(|(kind, _)| held == (*kind != Kind::Broken))
            .collect();
        let Some((kind, sample)) = fitting.get(turn(attempt, number, fitting.len())) else {
            continue;
        };
        if let Some(place) = chosen.get_mut(number) {
            *place = Some(*kind);
        }
        if let Some(sample) = sample {
            if &*spot.place.attribute == "now" {
                let instant = Timestamp::parse_rfc3339(sample.trim_matches('"'));
                now = instant.unwrap_or(now);
            } else {
                parts.push((&spot.place, *sample));
            }
        }
    }
    (parts, now)
}

/// Which of `count` is taken at the spot `place` in this attempt: the first ones first, then mixed.
fn turn(attempt: usize, place: usize, count: usize) -> usize {
    // The same numbers on every host, whatever its words are.
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let seed = number(attempt)
        .wrapping_mul(0x9e37_79b1)
        .wrapping_add(number(place).wrapping_mul(0x85eb_ca6b));
    let mixed = (seed ^ (seed >> 15)).wrapping_mul(0x2c1b_3c6d) >> 8;
    match attempt {
        0 => 0,
        _ => mixed
            .checked_rem(number(count))
            .map_or(0, |turn| turn as usize),
    }
}
