//! Conditions over atoms, in one vector: parts before the whole, equal parts once.

use crate::outcome::Outcomes;

/// The place of a formula in [`Formulas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(u32);

/// The number of an atom.
pub(crate) type AtomId = usize;

/// A condition, as CEL combines conditions: `&&` and `||` absorb failures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Formula {
    Constant(Outcomes),
    Atom(AtomId),
    Not(Id),
    All(Vec<Id>),
    Any(Vec<Id>),
    Choice(Id, Id, Id),
    /// True when the part comes to one of these, else false; it never fails.
    Comes(Id, Outcomes),
}

/// Every formula of a question.
#[derive(Debug, Default)]
pub(crate) struct Formulas {
    all: Vec<Formula>,
    /// In the order of what they are.
    known: Vec<Id>,
}

impl Formulas {
    pub(crate) fn get(&self, id: Id) -> &Formula {
        const NEVER: &Formula = &Formula::Constant(Outcomes::ANY);
        self.all.get(id.0 as usize).unwrap_or(NEVER)
    }

    pub(crate) fn truth(&mut self, truth: bool) -> Id {
        self.add(Formula::Constant(Outcomes::of(truth)))
    }

    pub(crate) fn constant(&mut self, outcomes: Outcomes) -> Id {
        self.add(Formula::Constant(outcomes))
    }

    pub(crate) fn atom(&mut self, atom: AtomId) -> Id {
        self.add(Formula::Atom(atom))
    }

    pub(crate) fn not(&mut self, id: Id) -> Id {
        match *self.get(id) {
            Formula::Not(inner) => inner,
            Formula::Constant(outcomes) => self.add(Formula::Constant(outcomes.negated())),
            _ => self.add(Formula::Not(id)),
        }
    }

    pub(crate) fn all(&mut self, parts: impl IntoIterator<Item = Id>) -> Id {
        self.junction(parts, true)
    }

    pub(crate) fn any(&mut self, parts: impl IntoIterator<Item = Id>) -> Id {
        self.junction(parts, false)
    }

    pub(crate) fn choice(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        match self.get(condition) {
            Formula::Constant(Outcomes::TRUE) => then,
            Formula::Constant(Outcomes::FALSE) => otherwise,
            _ => self.add(Formula::Choice(condition, then, otherwise)),
        }
    }

    /// Whether `id` comes to one of `outcomes`.
    pub(crate) fn comes(&mut self, id: Id, outcomes: Outcomes) -> Id {
        match *self.get(id) {
            Formula::Constant(known) if known.is_settled() => self.truth(known.meets(outcomes)),
            _ => self.add(Formula::Comes(id, outcomes)),
        }
    }

    /// `&&`, or `||`. The operators are associative, and order does not matter: failures are all alike.
    fn junction(&mut self, parts: impl IntoIterator<Item = Id>, all: bool) -> Id {
        let mut operands = Vec::new();
        for part in parts {
            match self.get(part) {
                Formula::Constant(outcomes) if *outcomes == Outcomes::of(!all) => return part,
                Formula::Constant(outcomes) if *outcomes == Outcomes::of(all) => {}
                Formula::All(inner) if all => operands.extend(inner.iter().copied()),
                Formula::Any(inner) if !all => operands.extend(inner.iter().copied()),
                _ => operands.push(part),
            }
        }
        callgate_json::sort_by(&mut operands, Ord::cmp);
        operands.dedup();
        // What never fails and its opposite are together false, or true.
        let opposed = |id: &Id| match self.get(*id) {
            Formula::Not(inner) => self.is_certain(*inner) && operands.binary_search(inner).is_ok(),
            _ => false,
        };
        if operands.iter().any(opposed) {
            return self.truth(!all);
        }
        match operands.as_slice() {
            [] => self.truth(all),
            [one] => *one,
            _ if all => self.add(Formula::All(operands)),
            _ => self.add(Formula::Any(operands)),
        }
    }

    /// Whether a formula never fails, as far as its form tells.
    fn is_certain(&self, id: Id) -> bool {
        match self.get(id) {
            Formula::Constant(outcomes) => !outcomes.meets(Outcomes::FAILS),
            Formula::Comes(..) => true,
            Formula::Atom(_) => false,
            Formula::Not(inner) => self.is_certain(*inner),
            Formula::All(parts) | Formula::Any(parts) => parts.iter().all(|p| self.is_certain(*p)),
            Formula::Choice(a, b, c) => [a, b, c].into_iter().all(|p| self.is_certain(*p)),
        }
    }

    fn add(&mut self, formula: Formula) -> Id {
        let found = self
            .known
            .binary_search_by(|id| self.get(*id).cmp(&formula));
        let place = match found {
            Ok(place) => return self.known.get(place).copied().unwrap_or(Id(0)),
            Err(place) => place,
        };
        let id = Id(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(formula);
        self.known.insert(place, id);
        id
    }

    /// The atoms below a formula.
    pub(crate) fn atoms(&self, root: Id) -> Vec<AtomId> {
        let mut atoms = Vec::new();
        for id in self.below(root) {
            if let Formula::Atom(atom) = self.get(id) {
                atoms.push(*atom);
            }
        }
        callgate_json::sort_by(&mut atoms, Ord::cmp);
        atoms.dedup();
        atoms
    }

    /// A formula and everything below it, parts before wholes.
    pub(crate) fn below(&self, root: Id) -> Vec<Id> {
        let mut wanted = vec![false; (root.0 as usize).saturating_add(1)];
        let mut found = Vec::new();
        if let Some(last) = wanted.last_mut() {
            *last = true;
        }
        for number in (0..=root.0).rev() {
            if wanted.get(number as usize) != Some(&true) {
                continue;
            }
            let id = Id(number);
            found.push(id);
            self.parts(id, |part| {
                if let Some(place) = wanted.get_mut(part.0 as usize) {
                    *place = true;
                }
            });
        }
        found.reverse();
        found
    }

    fn parts(&self, id: Id, mut with: impl FnMut(Id)) {
        match self.get(id) {
            Formula::Constant(_) | Formula::Atom(_) => {}
            Formula::Not(part) | Formula::Comes(part, _) => with(*part),
            Formula::All(parts) | Formula::Any(parts) => parts.iter().for_each(|part| with(*part)),
            Formula::Choice(a, b, c) => [a, b, c].into_iter().for_each(|part| with(*part)),
        }
    }
}

/// What each formula may come to, given what atoms may.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<Outcomes>);

impl Values {
    /// Works out `order`, in which parts stand before wholes.
    pub(crate) fn of(formulas: &Formulas, order: &[Id], atom: impl Fn(AtomId) -> Outcomes) -> Self {
        let places = order.last().map_or(0, |last| last.0 as usize);
        let mut values = Self(vec![Outcomes::ANY; places.saturating_add(1)]);
        for id in order {
            let outcomes = values.work_out(formulas.get(*id), &atom);
            if let Some(place) = values.0.get_mut(id.0 as usize) {
                *place = outcomes;
            }
        }
        values
    }

    pub(crate) fn get(&self, id: Id) -> Outcomes {
        self.0.get(id.0 as usize).copied().unwrap_or(Outcomes::ANY)
    }

    fn work_out(&self, formula: &Formula, atom: &impl Fn(AtomId) -> Outcomes) -> Outcomes {
        match formula {
            Formula::Constant(outcomes) => *outcomes,
            Formula::Atom(number) => atom(*number),
            Formula::Not(part) => self.get(*part).negated(),
            Formula::All(parts) => self.junction(parts, Outcomes::FALSE, Outcomes::TRUE),
            Formula::Any(parts) => self.junction(parts, Outcomes::TRUE, Outcomes::FALSE),
            Formula::Choice(condition, then, otherwise) => {
                let condition = self.get(*condition);
                let mut outcomes = condition.and(Outcomes::FAILS);
                if condition.meets(Outcomes::TRUE) {
                    outcomes = outcomes.or(self.get(*then));
                }
                if condition.meets(Outcomes::FALSE) {
                    outcomes = outcomes.or(self.get(*otherwise));
                }
                outcomes
            }
            Formula::Comes(part, wanted) => {
                let found = self.get(*part);
                let mut outcomes = Outcomes::NONE;
                if found.meets(*wanted) {
                    outcomes = Outcomes::TRUE;
                }
                if !found.is_within(*wanted) {
                    outcomes = outcomes.or(Outcomes::FALSE);
                }
                outcomes
            }
        }
    }

    /// One decisive part settles it; without one a failure does.
    fn junction(&self, parts: &[Id], decisive: Outcomes, neutral: Outcomes) -> Outcomes {
        let (mut may, mut all_neutral, mut fails, mut undecided) =
            (Outcomes::NONE, true, false, true);
        for part in parts {
            let found = self.get(*part);
            may = may.or(found.and(decisive));
            all_neutral &= found.meets(neutral);
            fails |= found.meets(Outcomes::FAILS);
            undecided &= found.meets(neutral.or(Outcomes::FAILS));
        }
        if all_neutral {
            may = may.or(neutral);
        }
        if undecided && fails {
            may = may.or(Outcomes::FAILS);
        }
        may
    }
}
