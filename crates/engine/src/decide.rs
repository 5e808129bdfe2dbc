//! One decision: the question, the families in order, the maximum.

use callgate_cel::{ErrorCode, Gas};
use callgate_model::{Call, Code, Delta, Effect, Kind, Reason, Record, State, Status, Timestamp};
use callgate_release::DefaultAction;

use crate::asked::Asked;
use crate::explain::{Explain, Explanations};
use crate::family::{cel, control, dlp, matching, ruleset};
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
    state: &State<'_>,
    now: Timestamp,
    scratch: &mut Scratch,
    explain: Explain,
) -> Decision<'r> {
    let mut gas = Gas::new(scratch.gas);
    let mut explanations = Explanations::new(explain, scratch.limits);
    let mut exceptions = Vec::new();
    let mut verdict = match (call.identity, active) {
        (None, _) => Verdict::deny(Reason::bare(Code::Unauthenticated)),
        (Some(_), Active::None { default_action }) => without_release(default_action),
        (Some(_), Active::Release(release)) => match by_method(release, call) {
            Course::Passes => Verdict::allow(),
            Course::Ends => Verdict::deny(Reason::bare(Code::MethodNotAllowed)),
            Course::Content => {
                let mut asked = Asked::new(release, call, state, now);
                asked.keep_lifted(|policy| dlp::dlp(policy).is_some());
                exceptions = asked.lifted();
                by_content(&asked, &mut gas)
            }
            Course::Policies => {
                let asked = Asked::new(release, call, state, now);
                exceptions = asked.lifted();
                by_policies(&asked, &mut gas, scratch, &mut explanations)
            }
        },
    };
    scratch.arena.reset();
    let goes_on = verdict.effect < Effect::RequireApproval;
    let record = Record {
        decision: verdict.effect,
        status: Status::of(
            verdict.effect,
            verdict.deciding.map(|deciding| deciding.code),
        ),
        release: match active {
            Active::Release(release) => Some(release.reference()),
            Active::None { .. } => None,
        },
        deciding: verdict.deciding,
        reasons: verdict.reasons,
        findings: verdict.findings,
        obligations: verdict.obligations,
        exceptions,
        remediation: verdict.remediation,
        // What does not go on consumes nothing.
        delta: match goes_on {
            true => std::mem::take(&mut verdict.delta),
            false => Delta::default(),
        },
        gas: gas.used(),
        explanation: explanations.finish(),
    };
    let permit = Permit::of(record.decision);
    Decision { record, permit }
}

/// The families in order. Without an explanation the first refusal ends it.
fn by_policies<'r>(
    asked: &Asked<'_, 'r>,
    gas: &mut Gas,
    scratch: &mut Scratch,
    explain: &mut Explanations<'r>,
) -> Verdict<'r> {
    let headers = match asked.release.reads_headers() {
        true => attributes::header_entries(asked.call),
        false => Vec::new(),
    };
    let values = attributes::values(asked.call, &headers, asked.now);
    let mut verdict = cel::judge(
        asked,
        &values,
        &mut scratch.arena,
        &mut scratch.memo,
        gas,
        explain,
    );
    let families = [ruleset::judge, matching::judge, control::judge, dlp::judge];
    // Running through families that have nothing to say would push the code of those that do out of
    // the processor's cache.
    let silent = asked.release.expressions_alone();
    for judge in families.into_iter().filter(|_| !silent) {
        if verdict.is_denied() && !explain.wanted() {
            break;
        }
        // What is judged for the explanation alone is not paid for by the decision.
        let explained = verdict.is_denied();
        let gas = if explained { explain.gas() } else { &mut *gas };
        if let Err(error) = judge(asked, gas, &mut verdict)
            && !explained
        {
            verdict.add(Reason::bare(ran_out(error)));
        }
    }
    explain.judge(asked, &verdict);
    verdict.delta.exceptions = asked.counted();
    verdict
}

fn without_release<'r>(default_action: DefaultAction) -> Verdict<'r> {
    let reason = Reason::bare(Code::NoActiveRelease);
    match default_action {
        DefaultAction::Deny => Verdict::deny(reason),
        DefaultAction::Allow => {
            let mut verdict = Verdict::allow();
            verdict.note(reason);
            verdict
        }
    }
}

/// What a message of the protocol's own says, looked through by DLP policies.
fn by_content<'r>(asked: &Asked<'_, 'r>, gas: &mut Gas) -> Verdict<'r> {
    let mut verdict = Verdict::allow();
    if let Err(error) = dlp::judge(asked, gas, &mut verdict) {
        verdict.add(Reason::bare(ran_out(error)));
    }
    verdict.delta.exceptions = asked.counted();
    verdict
}

fn ran_out(error: ErrorCode) -> Code {
    match error {
        ErrorCode::MemoryExhausted => Code::MemoryExhausted,
        _ => Code::GasExhausted,
    }
}

/// Who has a say in a message.
enum Course {
    /// Nobody: its method lets it pass.
    Passes,
    /// Nobody: its method is not allowed.
    Ends,
    /// DLP policies, about what it carries.
    Content,
    /// All policies.
    Policies,
}

/// The protocol's own messages pass by their method and by what DLP policies find in them, unknown ones
/// are refused; policies judge tool calls, everything that is not MCP, and methods that the release lists.
fn by_method(release: &CompiledRelease, call: &Call<'_>) -> Course {
    if call.request.kind != Kind::McpRequest {
        return Course::Policies;
    }
    let carries = release.dlp.is_some() && call.request.message.is_some();
    let listed = &release.release().settings.mcp_methods;
    match method::standing(call.request.method.unwrap_or_default(), listed) {
        Standing::Protocol if carries => Course::Content,
        Standing::Protocol => Course::Passes,
        Standing::Listed => Course::Policies,
        Standing::Unknown => Course::Ends,
    }
}
