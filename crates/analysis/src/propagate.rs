//! What follows from what was decided: classes that no longer fit, outcomes that no class allows.

use crate::atom::{Atom, Constant, Form, Relation};
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
    let kinds = spot.classes.iter().zip(after);
    let mut kinds = kinds
        .filter(|(_, left)| **left)
        .map(|(class, _)| class.kind);
    let only_texts = kinds.clone().all(|kind| kind == Kind::Text);
    // What has no size fails to have one: there is nothing to contradict.
    let sized = |kind| matches!(kind, Kind::Text | Kind::List | Kind::Texts | Kind::Map);
    let only_sized = kinds.all(sized);
    (!only_texts || texts_agree(&spot.atoms, atoms, possible))
        && (!only_sized || sizes_agree(&spot.atoms, atoms, possible))
}

/// The forms of atoms that are settled as true or false.
fn settled<'a>(
    here: &'a [AtomId],
    atoms: &'a [Atom],
    possible: &'a Possible,
) -> impl Iterator<Item = (&'a Form, bool)> {
    here.iter().filter_map(|id| {
        let truth = match *possible.atoms.get(*id)? {
            Outcomes::TRUE => true,
            Outcomes::FALSE => false,
            _ => return None,
        };
        Some((&atoms.get(*id)?.form, truth))
    })
}

/// Whether one size can stand to numbers as the atoms say.
fn sizes_agree(here: &[AtomId], atoms: &[Atom], possible: &Possible) -> bool {
    let sizes = settled(here, atoms, possible).filter_map(|(form, truth)| match form {
        Form::Size(relation, number) if truth => Some((*relation, *number)),
        Form::Size(relation, number) if !number.is_nan() => Some((relation.negated(), *number)),
        _ => None,
    });
    let (mut least, mut most) = (0.0_f64, f64::INFINITY);
    for (relation, number) in sizes {
        match relation {
            Relation::Less => most = most.min(number.ceil() - 1.0),
            Relation::LessEqual => most = most.min(number.floor()),
            Relation::Greater => least = least.max(number.floor() + 1.0),
            Relation::GreaterEqual => least = least.max(number.ceil()),
            Relation::Equal => {
                least = least.max(number.ceil());
                most = most.min(number.floor());
            }
            Relation::NotEqual => {}
        }
    }
    least <= most
}

/// Whether one text can begin, end and go on as the atoms say.
fn texts_agree(here: &[AtomId], atoms: &[Atom], possible: &Possible) -> bool {
    let settled: Vec<(&Form, bool)> = settled(here, atoms, possible).collect();
    if !orders_agree(&settled) {
        return false;
    }
    let holding = settled.iter().filter(|(_, truth)| *truth);
    holding.into_iter().all(|(held, _)| {
        settled
            .iter()
            .all(|(other, truth)| !contradicts(held, other, *truth))
    })
}

/// Whether one text can stand before and behind others as the atoms say.
fn orders_agree(settled: &[(&Form, bool)]) -> bool {
    let orders = settled.iter().filter_map(|(form, truth)| match form {
        Form::Order(relation, Constant::Text(text)) if *truth => Some((*relation, text)),
        Form::Order(relation, Constant::Text(text)) => Some((relation.negated(), text)),
        _ => None,
    });
    let (mut least, mut most): (Option<&String>, Option<&String>) = (None, None);
    for (relation, text) in orders {
        match relation {
            // The text is none of those that are listed, so that it makes no difference whether they count.
            Relation::Less | Relation::LessEqual => {
                most = Some(most.map_or(text, |most| most.min(text)));
            }
            Relation::Greater | Relation::GreaterEqual => least = least.max(Some(text)),
            Relation::Equal | Relation::NotEqual => {}
        }
    }
    // Between two that are the same there is no other.
    least.zip(most).is_none_or(|(least, most)| least < most)
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
