//! The evaluator, as the last word on every example.

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Code, Effect, Limits, State};

use crate::realize::Example;

/// What a release says about an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The decision.
    pub decision: Effect,
    /// The policy that it rests on.
    pub policy: Option<String>,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// Why.
    pub code: Option<Code>,
}

/// Decides an example with nothing having happened before; `None` if it is no call.
pub(crate) fn judge(
    release: &CompiledRelease,
    example: &Example,
    limits: &Limits,
) -> Option<Judged> {
    let document = Document::parse(example.call.as_bytes(), &limits.json).ok()?;
    let call = Call::read(document.root()).ok()?;
    let mut scratch = Scratch::new(limits);
    let active = Active::Release(release);
    let state = State::EMPTY;
    let decision = decide(
        active,
        &call,
        &state,
        example.now,
        &mut scratch,
        Explain::No,
    );
    let deciding = decision.record.deciding;
    let policy = deciding.and_then(|deciding| deciding.policy);
    Some(Judged {
        decision: decision.record.decision,
        policy: policy.map(|policy| policy.name.to_owned()),
        rule: deciding
            .and_then(|deciding| deciding.rule)
            .map(str::to_owned),
        code: deciding.map(|deciding| deciding.code),
    })
}
