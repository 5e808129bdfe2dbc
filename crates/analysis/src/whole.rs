//! A release as conditions: when it refuses a call, when it asks somebody, when it marks one.

use callgate_json::Document;
use callgate_model::{Effect, Glob, Limits};
use callgate_release::spec::{Check, ControlPolicy, MatchAction, MatchPolicy, RuleSet};
use callgate_release::{
    AllowCombining, Build, CelEffect, CelPolicy, Policy, Release, Scope, Spec, Uncovered,
};

use crate::domain::quoted;
use crate::formula::Id;
use crate::outcome::Outcomes;
use crate::question::Question;
use crate::words::{applies, control_lists, covers, glob, matched, tool_rule};

/// What a policy, or a part of one, raises the decision to, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raise {
    pub(crate) when: Id,
    pub(crate) to: Effect,
}

/// The conditions of one release.
#[derive(Debug)]
pub(crate) struct Whole {
    /// The call is an MCP message that is no call.
    message: Id,
    /// It is one that always passes.
    protocol: Id,
    /// It is one that the release lists.
    listed: Id,
    /// What each policy raises calls to that policies judge.
    pub(crate) raises: Vec<(usize, Raise)>,
    /// What is raised by no policy: a missing grant, defaults.
    pub(crate) defaults: Vec<Raise>,
}

/// What a policy's own condition comes to, and when it has a say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expression {
    pub(crate) policy: usize,
    pub(crate) effect: CelEffect,
    /// The condition.
    pub(crate) truth: Id,
    /// The policy restricts the call, if it restricts at all.
    pub(crate) applies: Id,
    /// The policy grants the call, if it grants at all.
    pub(crate) grants: Id,
}

impl Whole {
    /// Writes `release` down in `question`.
    pub(crate) fn of(question: &mut Question, release: &Release) -> Self {
        let message = question.expression(r#"request.kind == "mcp_request""#);
        let names: Vec<String> = callgate_engine::PROTOCOL_METHODS
            .iter()
            .map(|m| quoted(m))
            .collect();
        let names = names.join(", ");
        let protocol = question.expression(&format!(
            "has(request.method) && request.method in [{names}]"
        ));
        let patterns = release.settings.mcp_methods.iter();
        let patterns: Vec<Id> = patterns
            .map(|pattern| glob(question, "request.method", &Glob::new(pattern)))
            .collect();
        let has = question.expression("has(request.method)");
        let method = question.formulas.any(patterns);
        let listed = question.formulas.all([has, method]);
        let mut whole = Self {
            message,
            protocol,
            listed,
            raises: Vec::new(),
            defaults: Vec::new(),
        };
        whole.expressions(question, release);
        whole.rules(question, release);
        whole.matches(question, release);
        whole.controls(question, release);
        whole.dlp(question, release);
        whole
    }

    /// The call is decided at least as `effect`.
    pub(crate) fn at_least(&self, question: &mut Question, effect: Effect) -> Id {
        let raises = self
            .raises
            .iter()
            .map(|(_, raise)| raise)
            .chain(&self.defaults);
        let raised: Vec<Id> = raises
            .filter(|raise| raise.to >= effect)
            .map(|raise| raise.when)
            .collect();
        let formulas = &mut question.formulas;
        let judged = formulas.any(raised);
        let [yes, no] = [true, false].map(|truth| formulas.truth(truth));
        let others = formulas.choice(self.listed, judged, yes);
        let messages = formulas.choice(self.protocol, no, others);
        formulas.choice(self.message, messages, judged)
    }

    /// Policies judge the call: it is none of MCP's own messages, and no method that nobody allows.
    pub(crate) fn judged(&self, question: &mut Question) -> Id {
        let formulas = &mut question.formulas;
        let [yes, no] = [true, false].map(|truth| formulas.truth(truth));
        let listed = formulas.choice(self.protocol, no, self.listed);
        formulas.choice(self.message, listed, yes)
    }

    fn expressions(&mut self, question: &mut Question, release: &Release) {
        let any = release.settings.allow_combining == AllowCombining::Any;
        let mut grants = Vec::new();
        for found in expressions(question, release) {
            let formulas = &mut question.formulas;
            let when = match (found.effect, any) {
                (CelEffect::Deny, _) => {
                    let refused = formulas.comes(found.truth, Outcomes::TRUE.or(Outcomes::FAILS));
                    formulas.all([found.applies, refused])
                }
                (CelEffect::Allow, false) => {
                    let refused = formulas.comes(found.truth, Outcomes::FALSE.or(Outcomes::FAILS));
                    formulas.all([found.applies, refused])
                }
                (CelEffect::Allow, true) => {
                    let granted = formulas.comes(found.truth, Outcomes::TRUE);
                    grants.push(formulas.all([found.grants, granted]));
                    continue;
                }
            };
            let to = Effect::Deny;
            self.raises.push((found.policy, Raise { when, to }));
        }
        if any {
            let formulas = &mut question.formulas;
            let granted = formulas.any(grants.into_iter().chain([self.message]));
            let when = formulas.not(granted);
            self.defaults.push(Raise {
                when,
                to: Effect::Deny,
            });
        }
    }

    fn rules(&mut self, question: &mut Question, release: &Release) {
        for (index, policy, set) in of_family(release, rules_of) {
            let applies = applies(question, &policy.scope);
            let texts = members(&policy.spec, "/rules").into_iter();
            // INVARIANT: there are as many as rules; none is left out.
            let texts = texts.chain(std::iter::repeat_with(|| key(policy).to_owned()));
            for (rule, text) in set.rules.iter().zip(texts) {
                let broken = match &rule.check {
                    Check::Tool { allow, deny } => tool_rule(question, allow.as_deref(), deny),
                    // Judged on the response.
                    Check::Output { .. } => continue,
                    Check::DataAccess { .. } => question.opaque(&text),
                    Check::Rate { .. }
                    | Check::Cost { .. }
                    | Check::RunAge { .. }
                    | Check::Windows(_) => {
                        let (key, zones) = (key(policy), zones(release));
                        question.opaque(&[key, &rule.name, &text, &zones].join(" "))
                    }
                };
                let when = question.formulas.all([applies, broken]);
                let to = Effect::Deny;
                self.raises.push((index, Raise { when, to }));
            }
        }
    }

    /// The first that matches acts.
    fn matches(&mut self, question: &mut Question, release: &Release) {
        let mut earlier: Vec<Id> = Vec::new();
        for (index, policy, spec) in match_policies(release) {
            let applies = match spec.action {
                MatchAction::Allow => covers(question, &policy.scope),
                MatchAction::Flag | MatchAction::Deny => applies(question, &policy.scope),
            };
            let matched = matched(question, spec);
            let matched = question.formulas.all([applies, matched]);
            let mut when = Vec::with_capacity(earlier.len().saturating_add(1));
            for other in &earlier {
                when.push(question.formulas.not(*other));
            }
            when.push(matched);
            let when = question.formulas.all(when);
            let to = spec.action.effect();
            self.raises.push((index, Raise { when, to }));
            earlier.push(matched);
        }
        let to = release.settings.match_default.effect();
        if to != Effect::Allow {
            let matched = question.formulas.any(earlier);
            let when = question.formulas.not(matched);
            self.defaults.push(Raise { when, to });
        }
    }

    fn controls(&mut self, question: &mut Question, release: &Release) {
        // Evidence is as fresh as the strictest of the controls that cover the call wants it.
        let ages: Vec<String> = of_family(release, controls_of)
            .filter_map(|(_, policy, spec)| Some((&policy.scope, spec.evidence.max_age_seconds?)))
            .map(|(scope, age)| format!("{} {age}", scope_text(scope)))
            .collect();
        let mut covering = Vec::new();
        for (index, policy, spec) in of_family(release, controls_of) {
            covering.push(covers(question, &policy.scope));
            let applies = applies(question, &policy.scope);
            let lists = control_lists(question, spec);
            let mut add = |question: &mut Question, broken: Id, to: Effect| {
                let when = question.formulas.all([applies, broken]);
                self.raises.push((index, Raise { when, to }));
            };
            add(question, lists, Effect::Deny);
            let key = key(policy);
            if needs_more(spec) {
                let needs = control_text(&policy.spec, |name| !is_list(name) && !is_asking(name));
                let name = format!("{key} needs {} {needs}", ages.join(" "));
                let broken = question.opaque(&name);
                add(question, broken, Effect::Deny);
            }
            if !spec.approval.is_empty() {
                let asking = control_text(&policy.spec, is_asking);
                let asked = question.opaque(&format!("{key} asks {asking}"));
                add(question, asked, Effect::RequireApproval);
                // A host that keeps no tickets refuses.
                let refused = question.opaque(&format!("{key} cannot ask {asking}"));
                add(question, refused, Effect::Deny);
            }
        }
        let uncovered = release.settings.uncovered;
        if uncovered != Uncovered::Allow {
            let low = question.expression(r#"has(request.impact) && request.impact == "low""#);
            let formulas = &mut question.formulas;
            let harmless = match uncovered {
                Uncovered::DenyWrites => low,
                Uncovered::Allow | Uncovered::Deny => formulas.truth(false),
            };
            let passes = formulas.any(covering.into_iter().chain([harmless, self.message]));
            let when = formulas.not(passes);
            let to = Effect::Deny;
            self.defaults.push(Raise { when, to });
        }
    }

    /// What detectors find is not looked into; the same policies find the same.
    fn dlp(&mut self, question: &mut Question, release: &Release) {
        let all: Vec<String> = release
            .policies
            .iter()
            .filter(|policy| matches!(policy.spec, Spec::Dlp(_)))
            .map(|policy| {
                let scope = scope_text(&policy.scope);
                [key(policy), &scope, &policy.spec.to_json()].join(" ")
            })
            .collect();
        let first = release
            .policies
            .iter()
            .position(|p| matches!(p.spec, Spec::Dlp(_)));
        let Some(first) = first else { return };
        let all = all.join(" ");
        for to in [Effect::Deny, Effect::Flag] {
            let when = question.opaque(&format!("{} {all}", to.as_str()));
            self.raises.push((first, Raise { when, to }));
        }
    }
}

/// The CEL policies of a release in order.
pub(crate) fn expressions(question: &mut Question, release: &Release) -> Vec<Expression> {
    let mut found = Vec::new();
    for (index, policy, cel) in of_family(release, cel_of) {
        found.push(expression(question, index, policy, cel));
    }
    found
}

pub(crate) fn expression(
    question: &mut Question,
    index: usize,
    policy: &Policy,
    cel: &CelPolicy,
) -> Expression {
    let truth = question.expression(&cel.expression);
    let applies = applies(question, &policy.scope);
    let grants = covers(question, &policy.scope);
    // Methods are granted by their listing.
    let message = question.expression(r#"request.kind == "mcp_request""#);
    let call = question.formulas.not(message);
    let (applies, grants) = match cel.effect {
        CelEffect::Deny => (applies, grants),
        CelEffect::Allow => (
            question.formulas.all([call, applies]),
            question.formulas.all([call, grants]),
        ),
    };
    Expression {
        policy: index,
        effect: cel.effect,
        truth,
        applies,
        grants,
    }
}

/// The policies of one family, with their places in the release.
pub(crate) fn of_family<'r, T: ?Sized + 'r>(
    release: &'r Release,
    of: fn(&'r Spec) -> Option<&'r T>,
) -> impl Iterator<Item = (usize, &'r Policy, &'r T)> {
    let policies = release.policies.iter().enumerate();
    policies.filter_map(move |(index, policy)| Some((index, policy, of(&policy.spec)?)))
}

pub(crate) fn cel_of(spec: &Spec) -> Option<&CelPolicy> {
    spec.cel()
}

pub(crate) fn rules_of(spec: &Spec) -> Option<&RuleSet> {
    match spec {
        Spec::RuleSet(written) => Some(&written.spec),
        Spec::Cel(_) | Spec::Match(_) | Spec::Control(_) | Spec::Dlp(_) => None,
    }
}

pub(crate) fn controls_of(spec: &Spec) -> Option<&ControlPolicy> {
    match spec {
        Spec::Control(written) => Some(&written.spec),
        Spec::Cel(_) | Spec::Match(_) | Spec::RuleSet(_) | Spec::Dlp(_) => None,
    }
}

fn match_of(spec: &Spec) -> Option<&MatchPolicy> {
    match spec {
        Spec::Match(written) => Some(&written.spec),
        Spec::Cel(_) | Spec::RuleSet(_) | Spec::Control(_) | Spec::Dlp(_) => None,
    }
}

/// Match policies in the order they are tried.
pub(crate) fn match_policies(release: &Release) -> Vec<(usize, &Policy, &MatchPolicy)> {
    let mut found: Vec<_> = of_family(release, match_of).collect();
    callgate_json::sort_by(&mut found, |(_, _, a), (_, _, b)| {
        a.priority.cmp(&b.priority)
    });
    found
}

/// By which state refers to a policy.
fn key(policy: &Policy) -> &str {
    policy.id.as_deref().unwrap_or(&policy.name)
}

/// Whether more of a control is judged than its lists, before anybody is asked.
fn needs_more(spec: &ControlPolicy) -> bool {
    let rest = ControlPolicy {
        denied_actions: Vec::new(),
        allowed_actions: None,
        approval: Vec::new(),
        approval_timeout_seconds: 0,
        budget_warning_thresholds: Vec::new(),
        message: None,
        ..spec.clone()
    };
    rest != ControlPolicy::default()
}

/// Members of a control that are looked into, or that decide nothing.
fn is_list(name: &str) -> bool {
    let known = [
        "denied_actions",
        "allowed_actions",
        "message",
        "budget_warning_thresholds",
    ];
    known.contains(&name)
}

/// Members of a control about asking somebody.
fn is_asking(name: &str) -> bool {
    name.starts_with("approval") || matches!(name, "require_approval" | "default_approvers")
}

/// The members of a control with these names, as canonical JSON.
fn control_text(spec: &Spec, wanted: impl Fn(&str) -> bool) -> String {
    let text = spec.to_json();
    let limits = Limits::default();
    let document = Document::parse(text.as_bytes(), &limits.release_json()).ok();
    let object = document.as_ref().and_then(|d| d.root().as_object());
    let members = object.into_iter().flat_map(|object| object.iter());
    let members = members.filter(|(name, _)| wanted(name));
    let members = members.map(|(name, value)| [name, value.raw()].join(" "));
    members.collect::<Vec<String>>().join(" ")
}

/// The items of a list in a spec, as canonical JSON.
fn members(spec: &Spec, pointer: &str) -> Vec<String> {
    let text = spec.to_json();
    let limits = Limits::default();
    let document = Document::parse(text.as_bytes(), &limits.release_json()).ok();
    let list = document
        .as_ref()
        .and_then(|d| d.root().pointer(pointer)?.as_array());
    let items = list.into_iter().flat_map(|list| list.iter());
    items.map(|item| item.raw().to_owned()).collect()
}

fn scope_text(scope: &Scope) -> String {
    let targets: Vec<String> = scope.targets.iter().map(|target| quoted(target)).collect();
    [scope.level.as_str(), &targets.join(",")].join(" ")
}

/// The tables of time zones, as the release has them.
fn zones(release: &Release) -> String {
    let build = Build {
        zones: &release.zones,
        ..Build::default()
    };
    build.to_json()
}

/// Releases with more policies are not looked through as wholes.
pub(crate) const MOST_POLICIES: usize = 2_000;

/// A question, with room for expressions that scopes and lists of names make.
pub(crate) fn question(limits: &Limits) -> Question {
    let limits = Limits {
        expression_bytes: limits.expression_bytes.max(1_048_576),
        expression_nodes: limits.expression_nodes.max(200_000),
        ..limits.clone()
    };
    Question::new(&limits)
}
