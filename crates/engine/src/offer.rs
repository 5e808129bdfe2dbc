//! Which tools an identity could call at all, and what else it could ask for: what lists show.
//!
//! Identity and tool are known, everything else of a later call is not: arguments, task, headers, run,
//! time and state. `Never` and `Always` hold for whatever they turn out to be, exceptions aside.

use std::cell::RefCell;

use callgate_cel::{ErrorCode, Gas};
use callgate_model::{Call, Effect, Identity, Kind, Request, State, Timestamp, Tool};
use callgate_release::spec::{Check, MatchAction, Subject};
use callgate_release::{AllowCombining, CelEffect, Uncovered};

use crate::CompiledRelease;
use crate::asked::Asked;
use crate::attributes;
use crate::family::matching::{self, Prompts};
use crate::family::{control, ruleset};
use crate::method::{self, Standing};
use crate::scope::Coverage;
use crate::verdict::Verdict;

/// What is known of all calls of a tool by an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    /// Every one is refused.
    Never,
    /// It depends on the rest of the call.
    Maybe,
    /// Every one is allowed.
    Always,
}

impl Offer {
    /// As reports have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Maybe => "maybe",
            Self::Always => "always",
        }
    }
}

/// Work that a list of tools may take; what takes more is `Maybe`.
#[derive(Debug)]
pub struct Looking(RefCell<Gas>);

/// In gas: as much as a hundred decisions may take.
const GAS: u64 = 100_000_000;
/// What one expression costs: partial evaluation is bounded by its size, and by what it may evaluate ahead.
const EXPRESSION: u64 = 100;

impl Default for Looking {
    fn default() -> Self {
        Self(RefCell::new(Gas::new(GAS)))
    }
}

impl CompiledRelease {
    /// Whether `identity` could call the tool with the name that policies know it by, on `server`.
    pub fn offer(&self, identity: Identity<'_>, name: &str, server: Option<&str>) -> Offer {
        self.offer_among(identity, name, server, &Looking::default())
    }

    /// The same for one tool of many, which share the work that may be done.
    pub fn offer_among(
        &self,
        identity: Identity<'_>,
        name: &str,
        server: Option<&str>,
        looking: &Looking,
    ) -> Offer {
        let tool = Tool {
            name: Some(name),
            server,
            args: None,
        };
        let call = Call {
            identity: Some(identity),
            request: Request {
                kind: Kind::ToolCall,
                tool,
                ..Request::default()
            },
            ..Call::default()
        };
        self.offers(&call, looking)
    }

    /// Whether `identity` could send a request of this MCP method, `resources/read` say, whatever it asks for.
    pub fn offer_method(
        &self,
        identity: Identity<'_>,
        method: &str,
        server: Option<&str>,
        looking: &Looking,
    ) -> Offer {
        let listed = &self.release().settings.mcp_methods;
        match method::standing(method, listed) {
            Standing::Unknown => return Offer::Never,
            Standing::Protocol => return Offer::Maybe,
            Standing::Listed => {}
        }
        let call = Call {
            identity: Some(identity),
            request: Request {
                kind: Kind::McpRequest,
                method: Some(method),
                tool: Tool {
                    server,
                    ..Tool::default()
                },
                ..Request::default()
            },
            ..Call::default()
        };
        self.offers(&call, looking)
    }

    fn offers(&self, call: &Call<'_>, looking: &Looking) -> Offer {
        let Ok(mut gas) = looking.0.try_borrow_mut() else {
            return Offer::Maybe;
        };
        let state = State::EMPTY;
        let asked = Asked::new(self, call, &state, Timestamp::default());
        let families = [expressions, rules, matches, controls];
        let mut least = match self.dlp {
            Some(_) => Offer::Maybe,
            None => Offer::Always,
        };
        for family in families {
            least = least.min(family(&asked, &mut gas).unwrap_or(Offer::Maybe));
        }
        least
    }
}

/// CEL policies, as partial evaluation has them.
fn expressions(asked: &Asked<'_, '_>, gas: &mut Gas) -> Result<Offer, ErrorCode> {
    let values = attributes::values(asked.call, &[], asked.now);
    let known = attributes::known(&values);
    let any = asked.release.needs_grant();
    let combining = asked.release.release().settings.allow_combining;
    let (mut offer, mut grant) = (Offer::Always, Offer::Never);
    for expression in &asked.release.expressions {
        gas.charge(EXPRESSION)?;
        let always = match asked.coverage(expression.scope(asked.release)) {
            Coverage::NotCovered => continue,
            Coverage::Covered => expression.program.always(&known),
            Coverage::Unknown => None,
        };
        let lets_pass = match (expression.effect, always) {
            (_, None) => Offer::Maybe,
            (CelEffect::Deny, Some(Ok(false))) | (CelEffect::Allow, Some(Ok(true))) => {
                Offer::Always
            }
            (_, Some(_)) => Offer::Never,
        };
        match (expression.effect, combining) {
            (CelEffect::Allow, AllowCombining::Any) => grant = grant.max(lets_pass),
            _ => offer = offer.min(lets_pass),
        }
    }
    Ok(if any { offer.min(grant) } else { offer })
}

/// Rule sets: a tool that is refused by name is refused whatever else holds.
fn rules(asked: &Asked<'_, '_>, gas: &mut Gas) -> Result<Offer, ErrorCode> {
    let mut offer = Offer::Always;
    for (_, policy, set) in asked.release.rulesets() {
        let coverage = asked.coverage(&policy.scope);
        for rule in &set.rules {
            let by_name = matches!(rule.check, Check::Tool { .. });
            offer = offer.min(match coverage {
                Coverage::NotCovered => Offer::Always,
                Coverage::Covered if by_name => {
                    let mut verdict = Verdict::allow();
                    ruleset::hold(asked, policy, rule, gas, &mut verdict)?;
                    match verdict.is_denied() {
                        true => Offer::Never,
                        false => Offer::Always,
                    }
                }
                Coverage::Covered | Coverage::Unknown => Offer::Maybe,
            });
        }
    }
    Ok(offer)
}

/// Match policies: the first that surely matches decides, if none before it may.
fn matches(asked: &Asked<'_, '_>, gas: &mut Gas) -> Result<Offer, ErrorCode> {
    // What may have matched before: the most and the least that it does.
    let (mut most, mut least) = (None, None);
    let mut note = |action: Offer| {
        most = most.max(Some(action));
        least = Some(least.map_or(action, |least: Offer| least.min(action)));
    };
    for compiled in &asked.release.matches {
        let policies = &asked.release.release().policies;
        let found = policies.get(compiled.policy).and_then(matching::matching);
        let Some((policy, spec)) = found else {
            continue;
        };
        let action = match spec.action {
            MatchAction::Deny => Offer::Never,
            MatchAction::Allow => Offer::Always,
            MatchAction::Flag => Offer::Maybe,
        };
        let mut sure = match asked.coverage(&policy.scope) {
            Coverage::NotCovered => continue,
            Coverage::Covered => true,
            Coverage::Unknown => false,
        };
        let mut patterns = compiled.patterns.as_slice();
        let mut possible = true;
        for condition in &spec.conditions {
            let count = condition.patterns().count();
            let (own, rest) = patterns.split_at_checked(count).unwrap_or_default();
            patterns = rest;
            match condition.subject {
                Subject::Agent | Subject::Kind | Subject::Tool => {
                    let prompts = Prompts::default();
                    possible &= matching::holds(asked.call, condition, own, &prompts, gas)?;
                }
                Subject::Upstream | Subject::Prompt | Subject::Model | Subject::Header(_) => {
                    sure = false;
                }
            }
        }
        if possible {
            note(action);
            if sure {
                return Ok(both(most, least));
            }
        }
    }
    note(
        match asked.release.release().settings.match_default.effect() {
            Effect::Allow => Offer::Always,
            Effect::Deny => Offer::Never,
            Effect::Flag | Effect::RequireApproval => Offer::Maybe,
        },
    );
    Ok(both(most, least))
}

/// What is known when any of several may act.
fn both(most: Option<Offer>, least: Option<Offer>) -> Offer {
    match (most, least) {
        (Some(most), Some(least)) if most == least => most,
        _ => Offer::Maybe,
    }
}

/// Controls: their lists of names; what else they ask for depends on the call.
fn controls(asked: &Asked<'_, '_>, gas: &mut Gas) -> Result<Offer, ErrorCode> {
    let (mut offer, mut covered) = (Offer::Always, Offer::Never);
    for control in control::covering(asked) {
        if asked.coverage(&control.policy.scope) != Coverage::Covered {
            (offer, covered) = (offer.min(Offer::Maybe), covered.max(Offer::Maybe));
            continue;
        }
        covered = Offer::Always;
        let mut verdict = Verdict::allow();
        control::lists(control, asked.action(), gas, &mut verdict)?;
        offer = offer.min(match verdict.is_denied() {
            true => Offer::Never,
            false => Offer::Maybe,
        });
    }
    Ok(match asked.release.release().settings.uncovered {
        Uncovered::Allow => offer,
        Uncovered::Deny => offer.min(covered),
        // The tool may be known to be harmless.
        Uncovered::DenyWrites => offer.min(covered.max(Offer::Maybe)),
    })
}
