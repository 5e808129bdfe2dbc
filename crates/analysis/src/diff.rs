//! What tells two releases apart: in their texts, and in what they decide.

use callgate_engine::CompiledRelease;
use callgate_model::{Effect, Limits};

use crate::formula::Id;
use crate::judge::{Judged, judge};
use crate::propagate::Work;
use crate::question::Question;
use crate::realize::Example;
use crate::search::{Found, STEPS, search};
use crate::whole::{self, MOST_POLICIES, Whole};

use crate::change::Change;

/// What tells two releases apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What differs in the texts.
    pub changes: Vec<Change>,
    /// Whether the second decides some call more permissively than the first.
    pub permissive: Answer,
    /// Whether the second decides some call more restrictively than the first.
    pub restrictive: Answer,
}

/// Whether a release decides some call otherwise, in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does not: no call, state and time there can be. Exceptions aside, and decisions that run out of gas
    /// or memory.
    ProvedEqual,
    /// It does: for this call, as the evaluator says.
    Differs(Box<Difference>),
    /// Neither was found.
    Unknown,
}

/// A call that two releases decide differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The call.
    pub example: Example,
    /// What the first release says.
    pub before: Judged,
    /// What the second release says.
    pub after: Judged,
}

impl Diff {
    /// Whether any difference was found: in what is decided.
    pub fn differs(&self) -> bool {
        let found = |answer: &Answer| matches!(answer, Answer::Differs(_));
        found(&self.permissive) || found(&self.restrictive)
    }

    /// Whether the two are proved to decide every call alike.
    pub fn is_proved_equal(&self) -> bool {
        self.permissive == Answer::ProvedEqual && self.restrictive == Answer::ProvedEqual
    }
}

/// Compares `after` with `before`.
pub fn diff(before: &CompiledRelease, after: &CompiledRelease, limits: &Limits) -> Diff {
    let changes = crate::change::changes(before.release(), after.release());
    if before.release().digest == after.release().digest {
        return Diff {
            changes,
            permissive: Answer::ProvedEqual,
            restrictive: Answer::ProvedEqual,
        };
    }
    let releases = [before, after];
    if releases
        .iter()
        .any(|r| r.release().policies.len() > MOST_POLICIES)
    {
        return Diff {
            changes,
            permissive: Answer::Unknown,
            restrictive: Answer::Unknown,
        };
    }
    let mut question = whole::question(limits);
    let [from, to] = releases.map(|r| Whole::of(&mut question, r.release()));
    let levels = [Effect::Deny, Effect::RequireApproval, Effect::Flag];
    let levels = levels.map(|effect| {
        let from = from.at_least(&mut question, effect);
        let to = to.at_least(&mut question, effect);
        (from, to)
    });
    let permissive = levels.map(|(from, to)| exactly(&mut question, from, to));
    let restrictive = levels.map(|(from, to)| exactly(&mut question, to, from));
    let lower = |before: Effect, after: Effect| after < before;
    let higher = |before: Effect, after: Effect| after > before;
    Diff {
        changes,
        permissive: answer(&question, &permissive, releases, limits, lower),
        restrictive: answer(&question, &restrictive, releases, limits, higher),
    }
}

/// The one holds and the other does not.
fn exactly(question: &mut Question, one: Id, other: Id) -> Id {
    let other = question.formulas.not(other);
    question.formulas.all([one, other])
}

fn answer(
    question: &Question,
    goals: &[Id],
    [before, after]: [&CompiledRelease; 2],
    limits: &Limits,
    counts: impl Fn(Effect, Effect) -> bool,
) -> Answer {
    let mut proved = true;
    for goal in goals {
        let mut work = Work::new(STEPS);
        let both = |example: &Example| {
            let before = judge(before, example, limits)?;
            let after = judge(after, example, limits)?;
            Some((before, after)).filter(|(b, a)| counts(b.decision, a.decision))
        };
        let confirm = |example: &Example| both(example).is_some();
        match search(question, *goal, limits, &mut work, confirm) {
            Found::Never => {}
            Found::Unknown => proved = false,
            Found::Call(example) => {
                if let Some((before, after)) = both(&example) {
                    return Answer::Differs(Box::new(Difference {
                        example,
                        before,
                        after,
                    }));
                }
                proved = false;
            }
        }
    }
    match proved {
        true => Answer::ProvedEqual,
        false => Answer::Unknown,
    }
}
