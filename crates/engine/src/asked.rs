//! The question as the families see it: the call, the state, the time, and what exceptions lift.

use std::cell::OnceCell;

use callgate_cel::{ErrorCode, Gas};
use callgate_model::{Call, Exception, Kind, Lifted, PolicyRef, State, Timestamp};
use callgate_release::{Policy, Scope};

use crate::CompiledRelease;
use crate::scope::{self, Coverage};

/// Everything a decision is about.
pub(crate) struct Asked<'q, 'r> {
    pub(crate) release: &'r CompiledRelease,
    pub(crate) call: &'q Call<'q>,
    pub(crate) state: &'q State<'q>,
    pub(crate) now: Timestamp,
    /// Exceptions in force for this call, by index of the policy that each lifts.
    lifted: Vec<(usize, &'q Exception<'q>)>,
    /// The day at UTC, as keys of state have it; written when first asked for.
    day: OnceCell<String>,
}

impl<'q, 'r> Asked<'q, 'r> {
    pub(crate) fn new(
        release: &'r CompiledRelease,
        call: &'q Call<'q>,
        state: &'q State<'q>,
        now: Timestamp,
    ) -> Self {
        let mut asked = Self {
            release,
            call,
            state,
            now,
            lifted: Vec::new(),
            day: OnceCell::new(),
        };
        // Exceptions are few; most calls know of none.
        if !state.exceptions().is_empty() {
            asked.lift();
        }
        asked
    }

    fn lift(&mut self) {
        for (index, policy) in self.release.release().policies.iter().enumerate() {
            if self.coverage(&policy.scope) != Coverage::Covered {
                continue;
            }
            let key = reference(policy).key();
            let live = self.state.exceptions().iter();
            let live = live.filter(|e| e.policy == key && self.is_live(e));
            // One that has no count is no loss to anybody.
            if let Some(exception) = live.min_by_key(|e| e.max_uses.is_some()) {
                self.lifted.push((index, exception));
            }
        }
    }

    fn is_live(&self, exception: &Exception<'_>) -> bool {
        exception.is_for(self.call)
            && exception.expires_at.is_none_or(|end| end > self.now)
            && exception.max_uses.is_none_or(|most| exception.uses < most)
    }

    /// Forgets the exceptions from policies that have no say here.
    pub(crate) fn keep_lifted(&mut self, has_a_say: impl Fn(&Policy) -> bool) {
        let policies = &self.release.release().policies;
        self.lifted
            .retain(|(index, _)| policies.get(*index).is_some_and(&has_a_say));
    }

    /// Whether an exception lifts the policy with this index from the call.
    pub(crate) fn is_lifted(&self, policy: usize) -> bool {
        self.lifted.iter().any(|(index, _)| *index == policy)
    }

    /// The exceptions in force, for the record.
    pub(crate) fn lifted(&self) -> Vec<Lifted<'r>> {
        let lifted = self.lifted.iter().filter_map(|(index, exception)| {
            let policy = self.release.release().policies.get(*index)?;
            Some(Lifted {
                id: exception.id.to_owned(),
                policy: reference(policy),
            })
        });
        lifted.collect()
    }

    /// Ids of the exceptions of which this call takes one use; each once.
    pub(crate) fn counted(&self) -> Vec<String> {
        let counted = self.lifted.iter().filter(|(_, e)| e.max_uses.is_some());
        let mut ids: Vec<String> = counted.map(|(_, e)| e.id.to_owned()).collect();
        callgate_json::sort_by(&mut ids, Ord::cmp);
        ids.dedup();
        ids
    }

    pub(crate) fn coverage(&self, scope: &Scope) -> Coverage {
        scope::coverage(scope, self.call)
    }

    /// Whether a policy that restricts has to be judged: calls that hide their run or mission are.
    pub(crate) fn restricts(&self, index: usize, policy: &Policy) -> bool {
        self.coverage(&policy.scope) != Coverage::NotCovered && !self.is_lifted(index)
    }

    /// What the call does: its tool, or the kind of request where there is no tool.
    pub(crate) fn action(&self) -> &'q str {
        action(self.call)
    }

    pub(crate) fn agent(&self) -> &'q str {
        self.call.identity.map_or("", |identity| identity.name)
    }

    /// The day at UTC: `2026-05-04`.
    pub(crate) fn day(&self) -> &str {
        self.day.get_or_init(|| {
            let day = self.now.civil();
            let (year, month, day) = (day.year, day.month, day.day);
            format!("{year:04}-{month:02}-{day:02}")
        })
    }

    /// When the run began, as the host knows or else as the call says.
    pub(crate) fn run_start(&self) -> Option<Timestamp> {
        let run = self.call.run;
        let known = run.id.and_then(|id| self.state.run(id));
        // The earlier of the two: nobody gets younger by saying so.
        match (known.map(|known| known.started_at), run.started_at) {
            (Some(known), Some(said)) => Some(known.min(said)),
            (known, said) => known.or(said),
        }
    }
}

/// How records and state refer to a policy.
pub(crate) fn reference(policy: &Policy) -> PolicyRef<'_> {
    PolicyRef {
        name: &policy.name,
        id: policy.id.as_deref(),
    }
}

/// Pays for comparing `text` with a pattern.
pub(crate) fn pay(gas: &mut Gas, text: &str) -> Result<(), ErrorCode> {
    gas.charge(1)?;
    gas.charge_bytes(text.len())
}

/// What a call does: its tool, or the kind of request where there is no tool.
pub(crate) fn action<'c>(call: &Call<'c>) -> &'c str {
    match (call.request.tool.name, call.request.kind) {
        (Some(name), _) => name,
        // A tool call without a name is nobody's: only `*` matches it.
        (None, Kind::ToolCall) => "",
        (None, kind) => kind.as_str(),
    }
}
