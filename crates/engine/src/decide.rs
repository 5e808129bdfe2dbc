//! One decision: the question, the families in order, the maximum.

use callgate_cel::Gas;
use callgate_model::{Call, Code, Kind, Reason, Record, State, Status, Timestamp};
use callgate_release::DefaultAction;

use crate::explain::{Explain, Explanations};
use crate::family::cel;
use crate::method::{self, Standing};
use crate::permit::Permit;
use crate::verdict::Verdict;
use crate::{CompiledRelease, Scratch, attributes};

/// What is in force.
#[derive(Debug, Clone, Copy)]
pub enum Active<'r> {
    /// A release.
    Release(&'r CompiledRelease),
    /// None was published; the default action applies.
    None {
        /// What happens to every call.
        default_action: DefaultAction,
    },
}

/// A record, and the permit if the call may go on.
#[derive(Debug)]
pub struct Decision<'r> {
    /// What was decided and why.
    pub record: Record<'r>,
    permit: Option<Permit>,
}

impl Decision<'_> {
    /// Takes the permit, if the call may go on.
    pub fn permit(&mut self) -> Option<Permit> {
        self.permit.take()
    }
}

/// Decides one call.
pub fn decide<'r>(
    active: Active<'r>,
    call: &Call<'_>,
    _state: &State<'_>,
    now: Timestamp,
    scratch: &mut Scratch,
    explain: Explain,
) -> Decision<'r> {
    let mut gas = Gas::new(scratch.gas);
    let mut explanations = Explanations::new(explain, scratch.limits);
    let verdict = match (call.identity, active) {
        (None, _) => Verdict::deny(bare(Code::Unauthenticated)),
        (Some(_), Active::None { default_action }) => without_release(default_action),
        (Some(_), Active::Release(release)) => match by_method(release, call) {
            Some(verdict) => verdict,
            None => {
                let headers = match release.reads_headers() {
                    true => attributes::header_entries(call),
                    false => Vec::new(),
                };
                let values = attributes::values(call, &headers, now);
                let arena = &mut scratch.arena;
                cel::judge(release, call, &values, arena, &mut gas, &mut explanations)
            }
        },
    };
    scratch.arena.reset();
    let release = match active {
        Active::Release(release) => Some(release.reference()),
        Active::None { .. } => None,
    };
    let record = Record {
        decision: verdict.effect,
        status: Status::from(verdict.effect),
        release,
        deciding: verdict.deciding,
        reasons: verdict.reasons,
        gas: gas.used(),
        explanation: explanations.finish(),
    };
    let permit = Permit::of(record.decision);
    Decision { record, permit }
}

fn without_release<'r>(default_action: DefaultAction) -> Verdict<'r> {
    let reason = bare(Code::NoActiveRelease);
    match default_action {
        DefaultAction::Deny => Verdict::deny(reason),
        DefaultAction::Allow => {
            let mut verdict = Verdict::allow();
            verdict.note(reason);
            verdict
        }
    }
}

/// The protocol's own messages pass by their method, unknown ones are refused; `None` for what the
/// policies judge: tool calls, everything that is not MCP, and methods that the release lists.
fn by_method<'r>(release: &'r CompiledRelease, call: &Call<'_>) -> Option<Verdict<'r>> {
    if call.request.kind != Kind::McpRequest {
        return None;
    }
    let listed = &release.release().settings.mcp_methods;
    match method::standing(call.request.method.unwrap_or_default(), listed) {
        Standing::Protocol => Some(Verdict::allow()),
        Standing::Listed => None,
        Standing::Unknown => Some(Verdict::deny(bare(Code::MethodNotAllowed))),
    }
}

/// A reason that speaks of no policy.
fn bare<'r>(code: Code) -> Reason<'r> {
    Reason {
        policy: None,
        code,
        message: None,
        fault: None,
    }
}
