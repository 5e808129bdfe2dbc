//! Whether a policy is for a call.

use callgate_model::Call;
use callgate_release::{Level, Scope};

/// What a scope says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coverage {
    Covered,
    NotCovered,
    /// The call does not say its run or mission: it may be any of those named.
    Unknown,
}

/// Whether `scope` covers `call`.
pub(crate) fn coverage(scope: &Scope, call: &Call<'_>) -> Coverage {
    let named = |name: &str| match scope.targets.iter().any(|target| target == name) {
        true => Coverage::Covered,
        false => Coverage::NotCovered,
    };
    match scope.level {
        Level::Platform | Level::Tenant => Coverage::Covered,
        Level::Group => {
            let groups = call.identity.and_then(|identity| identity.groups);
            let groups = groups.into_iter().flat_map(|groups| groups.iter());
            let mut covering = groups.filter_map(|group| group.as_str()).map(named);
            match covering.any(|coverage| coverage == Coverage::Covered) {
                true => Coverage::Covered,
                false => Coverage::NotCovered,
            }
        }
        Level::Agent => named(call.identity.map_or("", |identity| identity.name)),
        Level::Mission => call.mission.map_or(Coverage::Unknown, named),
        Level::Run => call.run.id.map_or(Coverage::Unknown, named),
    }
}
