//! Whether a policy is for a call.

use callgate_model::Call;
use callgate_release::{Level, Scope};

/// Whether `scope` covers `call`. A call that lacks what the scope names is not covered.
pub(crate) fn covers(scope: &Scope, call: &Call<'_>) -> bool {
    let named =
        |name: Option<&str>| name.is_some_and(|name| scope.targets.iter().any(|t| t == name));
    match scope.level {
        Level::Platform | Level::Tenant => true,
        Level::Group => {
            let groups = call.identity.and_then(|identity| identity.groups);
            groups.is_some_and(|groups| groups.iter().any(|group| named(group.as_str())))
        }
        Level::Mission => named(call.mission),
        Level::Agent => named(call.identity.map(|identity| identity.name)),
        Level::Run => named(call.run.id),
    }
}
