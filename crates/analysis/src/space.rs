//! What is left possible while a question is searched: classes of values at places, outcomes of atoms.

use callgate_json::Document;
use callgate_model::{Call, Limits, Timestamp};

use crate::atom::{Atom, Constant, Form};
use crate::domain::{self, Class, Kind};
use crate::formula::AtomId;
use crate::outcome::Outcomes;
use crate::place::Place;
use crate::{texts, witness};

/// The places that atoms look at, and the places on the way to them.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) spots: Vec<Spot>,
    /// The spot of each atom that has one; by atom.
    pub(crate) spot_of: Vec<Option<usize>>,
}

/// A place with its classes.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    pub(crate) classes: Vec<Class>,
    /// The atoms that look here.
    pub(crate) atoms: Vec<AtomId>,
    /// What each atom may come to, by class.
    pub(crate) outcomes: Vec<Vec<Outcomes>>,
    /// What each atom comes to, by class and sample.
    pub(crate) samples: Vec<Vec<Vec<Outcomes>>>,
}

/// What is still possible.
#[derive(Debug, Clone)]
pub(crate) struct Possible {
    /// By spot and class.
    pub(crate) classes: Vec<Vec<bool>>,
    /// By atom; all there are in the question.
    pub(crate) atoms: Vec<Outcomes>,
}

impl Space {
    /// The places that these atoms look at.
    pub(crate) fn new(all: &[Atom], limits: &Limits) -> Self {
        let mut several: Vec<&Atom> = Vec::new();
        let mut atoms_at: Vec<(Place, Option<AtomId>)> = Vec::new();
        for (id, atom) in all.iter().enumerate() {
            for place in &atom.places {
                let mut above = Some(place.clone());
                while let Some(place) = above {
                    above = place.parent();
                    atoms_at.push((place, None));
                }
            }
            match &atom.place {
                Some(place) => atoms_at.push((place.clone(), Some(id))),
                None => several.push(atom),
            }
        }
        callgate_json::sort_by(&mut atoms_at, |(a, _), (b, _)| a.cmp(b));
        let mut spots: Vec<Spot> = Vec::new();
        let mut spot_of = vec![None; all.len()];
        // A place sorts before those below it.
        for here in atoms_at.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((place, _)) = here.first() else {
                continue;
            };
            let atoms: Vec<AtomId> = here.iter().filter_map(|(_, atom)| *atom).collect();
            let number = spots.len();
            let above = place.parent();
            let parent = above.and_then(|above| spots.iter().rposition(|spot| spot.place == above));
            if let Some(parent) = parent.and_then(|parent| spots.get_mut(parent)) {
                parent.children.push(number);
            }
            for atom in &atoms {
                if let Some(spot) = spot_of.get_mut(*atom) {
                    *spot = Some(number);
                }
            }
            spots.push(Spot::new(
                place.clone(),
                parent,
                atoms,
                all,
                &several,
                limits,
            ));
        }
        Self { spots, spot_of }
    }

    /// Everything that can be.
    pub(crate) fn everything(&self, all: &[Atom]) -> Possible {
        Possible {
            classes: self
                .spots
                .iter()
                .map(|spot| vec![true; spot.classes.len()])
                .collect(),
            atoms: all.iter().map(|atom| atom.outcomes).collect(),
        }
    }
}

impl Spot {
    fn new(
        place: Place,
        parent: Option<usize>,
        atoms: Vec<AtomId>,
        all: &[Atom],
        several: &[&Atom],
        limits: &Limits,
    ) -> Self {
        let of = |id: &AtomId| all.get(*id);
        // What looks at several places makes values worth trying at each of them.
        let several = several.iter().filter(|atom| atom.places.contains(&place));
        let looking: Vec<&Atom> = atoms
            .iter()
            .filter_map(of)
            .chain(several.copied())
            .collect();
        let points = looking.iter().flat_map(|atom| &atom.points);
        let mut unique: Vec<&Constant> = Vec::new();
        for point in points {
            if !unique.contains(&point) {
                unique.push(point);
            }
        }
        let texts = texts::candidates(looking.iter().copied());
        let classes = domain::classes(&place, &unique, &texts);
        let mut spot = Self {
            place,
            parent,
            children: Vec::new(),
            classes: Vec::new(),
            atoms,
            outcomes: Vec::new(),
            samples: Vec::new(),
        };
        for class in classes {
            spot.add(class, all, limits);
        }
        spot
    }

    fn add(&mut self, mut class: Class, all: &[Atom], limits: &Limits) {
        let atoms = |id: &AtomId| all.get(*id);
        let atoms: Vec<&Atom> = self.atoms.iter().filter_map(atoms).collect();
        let parts = |sample: Option<&str>| match (class.kind, sample) {
            (Kind::Broken, _) => witness::call(&[]),
            (Kind::Absent, _) => match self.place.parent() {
                Some(parent) => witness::call(&[(&parent, "{}")]),
                None => witness::call(&[]),
            },
            (_, Some(sample)) => witness::call(&[(&self.place, sample)]),
            (_, None) => witness::call(&[]),
        };
        let mut evaluated: Vec<Vec<Outcomes>> = Vec::new();
        let mut kept = Vec::new();
        let nothing = matches!(class.kind, Kind::Broken | Kind::Absent);
        if nothing {
            evaluated.extend(self.evaluate(&atoms, &parts(None), None, limits));
        }
        for sample in &class.samples {
            if let Some(found) = self.evaluate(&atoms, &parts(Some(sample)), Some(sample), limits) {
                evaluated.push(found);
                kept.push(sample.clone());
            }
        }
        class.samples = kept;
        let first = evaluated.first();
        let outcomes = atoms.iter().enumerate().map(|(index, atom)| {
            let shown = first.and_then(|found| found.get(index)).copied();
            possible(atom, class.kind, shown)
        });
        self.outcomes.push(outcomes.collect());
        self.samples.push(evaluated);
        self.classes.push(class);
    }

    /// What the atoms come to for a call, if it is one.
    fn evaluate(
        &self,
        atoms: &[&Atom],
        call: &str,
        sample: Option<&str>,
        limits: &Limits,
    ) -> Option<Vec<Outcomes>> {
        let document = Document::parse(call.as_bytes(), &limits.json).ok()?;
        let call = Call::read(document.root()).ok()?;
        let now = match &*self.place.attribute {
            "now" => Timestamp::parse_rfc3339(sample?.trim_matches('"'))?,
            _ => domain::some_day(),
        };
        let outcomes = atoms.iter().map(|atom| atom.evaluate(&call, now, limits));
        Some(outcomes.collect())
    }
}

/// What an atom may come to on the values of a class, of which one gives `shown`.
///
/// INVARIANT: every outcome that some value of the class has is in the set. Where all values agree by
/// the form of the atom, what one of them gives is what all of them give.
fn possible(atom: &Atom, kind: Kind, shown: Option<Outcomes>) -> Outcomes {
    let alike = shown.unwrap_or(Outcomes::ANY);
    let plain = |constants: &[Constant]| !constants.contains(&Constant::Other);
    match (kind, &atom.form) {
        (Kind::Absent | Kind::Exact | Kind::Unreadable, _) => alike,
        // `.?` tells an absent map from something that is no map; `.` fails on both.
        (Kind::Broken, _) if atom.optional => Outcomes::ANY,
        (Kind::Broken, _) => alike,
        (_, Form::Has) => alike,
        (_, Form::Other) => Outcomes::ANY,
        // A number that is not told apart may equal another, or stand either way.
        (Kind::Number, Form::Equal(constants)) if plain(constants) => Outcomes::EITHER,
        (Kind::Number, Form::Order(_, Constant::Number(_))) => Outcomes::EITHER,
        (Kind::Number, Form::Equal(_) | Form::Order(..)) => Outcomes::ANY,
        // Scalars beside those listed, lists and maps equal none of those listed.
        (_, Form::Equal(constants)) if plain(constants) => alike,
        (_, Form::Equal(_)) => Outcomes::ANY,
        (_, Form::Order(_, Constant::Other)) => Outcomes::ANY,
        (Kind::Text, Form::Order(_, Constant::Text(_))) => Outcomes::EITHER,
        (_, Form::Order(..)) => alike,
        (Kind::Text, Form::Starts(_) | Form::Ends(_) | Form::Contains(_) | Form::Matches) => {
            Outcomes::EITHER
        }
        (_, Form::Starts(_) | Form::Ends(_) | Form::Contains(_) | Form::Matches) => alike,
        // No such value is a boolean.
        (_, Form::Truth) => alike,
        (Kind::Texts, Form::Holds(constant)) if *constant != Constant::Other => Outcomes::EITHER,
        (Kind::List | Kind::Texts | Kind::Map, Form::Holds(_)) => Outcomes::ANY,
        (_, Form::Holds(Constant::Other)) => Outcomes::ANY,
        (_, Form::Holds(_)) => alike,
        (Kind::Text | Kind::List | Kind::Texts | Kind::Map, Form::Size(..)) => Outcomes::EITHER,
        (_, Form::Size(..)) => alike,
    }
}
