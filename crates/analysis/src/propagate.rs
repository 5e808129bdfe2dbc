//! What follows from what was decided: classes that no longer fit, outcomes that no class allows.

use crate::atom::{Atom, Form};
use crate::domain::Kind;
use crate::formula::AtomId;
use crate::outcome::Outcomes;
use crate::space::{Possible, Space, Spot};

/// Work that has been done, against what may be.
#[derive(Debug)]
pub(crate) struct Work {
    left: u64,
}

impl Work {
    pub(crate) fn new(most: u64) -> Self {
        Self { left: most }
    }

    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Whether there was so much left.
    pub(crate) fn take(&mut self, units: usize) -> bool {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let enough = self.left >= units;
        self.left = self.left.saturating_sub(units);
        enough
    }
}

/// Drops what no longer fits, from the spots in `changed` on. False when nothing is left somewhere.
pub(crate) fn propagate(
    space: &Space,
    atoms: &[Atom],
    possible: &mut Possible,
    mut changed: Vec<usize>,
    work: &mut Work,
) -> bool {
    while let Some(number) = changed.pop() {
        let Some(spot) = space.spots.get(number) else {
            continue;
        };
        work.take(spot.classes.len().saturating_mul(spot.atoms.len().max(1)));
        let Some(before) = possible.classes.get(number).cloned() else {
            continue;
        };
        let after = fitting(space, number, spot, possible, &before);
        if !after.contains(&true) || !narrow(spot, &after, atoms, possible) {
            return false;
        }
        if after != before {
            changed.extend(spot.parent);
            changed.extend(&spot.children);
            changed.push(number);
            if let Some(place) = possible.classes.get_mut(number) {
                *place = after;
            }
        }
    }
    true
}

/// The classes that fit what is known of the atoms here, of the map above and of what is below.
fn fitting(
    space: &Space,
    number: usize,
    spot: &Spot,
    possible: &Possible,
    before: &[bool],
) -> Vec<bool> {
    let above = spot.parent.map(|parent| kinds(space, possible, parent));
    let below: Vec<Kinds> = spot
        .children
        .iter()
        .map(|child| kinds(space, possible, *child))
        .collect();
    let classes = spot.classes.iter().zip(&spot.outcomes).zip(before);
    let fits = classes.map(|((class, outcomes), before)| {
        let atoms_fit = || {
            spot.atoms.iter().zip(outcomes).all(|(atom, outcomes)| {
                let known = possible.atoms.get(*atom).copied();
                known.unwrap_or(Outcomes::ANY).meets(*outcomes)
            })
        };
        let above_fits = above.is_none_or(|above| match class.kind {
            Kind::Broken => above.others,
            _ => above.map,
        });
        let below_fits = below.iter().all(|below| match class.kind {
            Kind::Map => below.held,
            _ => below.broken,
        });
        *before && above_fits && below_fits && atoms_fit()
    });
    let _ = number;
    fits.collect()
}

/// Which kinds of classes a spot still has.
#[derive(Clone, Copy)]
struct Kinds {
    map: bool,
    /// Anything but a map.
    others: bool,
    broken: bool,
    /// Anything but broken.
    held: bool,
}

fn kinds(space: &Space, possible: &Possible, number: usize) -> Kinds {
    let mut kinds = Kinds {
        map: false,
        others: false,
        broken: false,
        held: false,
    };
    let spot = space.spots.get(number);
    let left = possible.classes.get(number);
    for (class, left) in spot
        .into_iter()
        .flat_map(|s| &s.classes)
        .zip(left.into_iter().flatten())
    {
        kinds.map |= *left && class.kind == Kind::Map;
        kinds.others |= *left && class.kind != Kind::Map;
        kinds.broken |= *left && class.kind == Kind::Broken;
        kinds.held |= *left && class.kind != Kind::Broken;
    }
    kinds
}

/// Leaves each atom here what some class allows. False when that is nothing.
fn narrow(spot: &Spot, after: &[bool], atoms: &[Atom], possible: &mut Possible) -> bool {
    for (index, atom) in spot.atoms.iter().enumerate() {
        let mut allowed = Outcomes::NONE;
        for (outcomes, _) in spot.outcomes.iter().zip(after).filter(|(_, left)| **left) {
            allowed = allowed.or(outcomes.get(index).copied().unwrap_or(Outcomes::ANY));
        }
        if let Some(known) = possible.atoms.get_mut(*atom) {
            *known = known.and(allowed);
            if known.is_empty() {
                return false;
            }
        }
    }
    let only_text = spot
        .classes
        .iter()
        .zip(after)
        .all(|(class, left)| !left || class.kind == Kind::Text);
    !only_text || texts_agree(&spot.atoms, atoms, possible)
}

/// Whether one text can begin, end and go on as the atoms say.
fn texts_agree(here: &[AtomId], atoms: &[Atom], possible: &Possible) -> bool {
    let settled = |id: &AtomId| {
        let outcomes = possible.atoms.get(*id)?;
        let truth = match *outcomes {
            Outcomes::TRUE => true,
            Outcomes::FALSE => false,
            _ => return None,
        };
        Some((&atoms.get(*id)?.form, truth))
    };
    let settled: Vec<(&Form, bool)> = here.iter().filter_map(settled).collect();
    let holding = settled.iter().filter(|(_, truth)| *truth);
    holding.into_iter().all(|(held, _)| {
        settled
            .iter()
            .all(|(other, truth)| !contradicts(held, other, *truth))
    })
}

/// Whether a text of which `held` is true cannot have `other` come out as `truth`.
fn contradicts(held: &Form, other: &Form, truth: bool) -> bool {
    match (held, other, truth) {
        (Form::Starts(a), Form::Starts(b), true) => {
            !a.starts_with(b.as_str()) && !b.starts_with(a.as_str())
        }
        (Form::Starts(a), Form::Starts(b), false) => a.starts_with(b.as_str()),
        (Form::Ends(a), Form::Ends(b), true) => {
            !a.ends_with(b.as_str()) && !b.ends_with(a.as_str())
        }
        (Form::Ends(a), Form::Ends(b), false) => a.ends_with(b.as_str()),
        (Form::Starts(a) | Form::Ends(a) | Form::Contains(a), Form::Contains(b), false) => {
            a.contains(b.as_str())
        }
        _ => false,
    }
}
