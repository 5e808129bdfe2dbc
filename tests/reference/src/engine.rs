//! The engine's answer: documents → release → compiled release → decision.

use std::collections::BTreeMap;

use callgate_engine::{Active, CompiledRelease, Explain, Offer, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{
    Call, Effect as Decided, Finding, Limits, Obligation, PolicyRef, Record, State, Timestamp,
};
use callgate_release::{Build, Format, Policy, Project, Release, Spec, documents, zones};
use serde_json::{Value, json};

use crate::outcome::{Effect, Outcome, Reason};
use crate::{Documents, Question};

/// A release as hosts have it in force.
pub struct Engine {
    release: CompiledRelease,
    scratch: Scratch,
    limits: Limits,
}

/// The parts of a question that are JSON, as text.
pub struct Asking {
    call: String,
    state: Option<String>,
    now: Timestamp,
}

impl Asking {
    /// The texts of `question`.
    pub fn new(question: &Question) -> Self {
        let state = Some(&question.state).filter(|state| !state.is_null());
        Self {
            call: question.call.to_string(),
            state: state.map(Value::to_string),
            now: Timestamp::parse_rfc3339(&question.now).unwrap_or_default(),
        }
    }
}

impl Engine {
    /// The release of `documents`, by way of its file.
    ///
    /// # Errors
    /// What is wrong with the documents, in words.
    pub fn new(documents: &Documents) -> Result<Self, String> {
        let limits = Limits::default();
        let file = release_file(documents)?;
        let release = Release::read(file.as_bytes(), &limits).map_err(|all| format!("{all:?}"))?;
        let release =
            CompiledRelease::compile(release, &limits).map_err(|all| format!("{all:?}"))?;
        let scratch = Scratch::new(&limits);
        Ok(Self { release, scratch, limits })
    }

    /// What a list of tools would show of the tool of a call, by who calls.
    ///
    /// # Errors
    /// The call cannot be read, or has no caller or tool.
    pub fn offer(&self, asking: &Asking) -> Result<Offer, String> {
        let call = Document::parse(asking.call.as_bytes(), &self.limits.json);
        let call = call.map_err(|error| format!("{error:?}"))?;
        let call = Call::read(call.root()).map_err(|all| format!("{all:?}"))?;
        let tool = call.request.tool;
        let (identity, name) = call.identity.zip(tool.name).ok_or("nobody, or no tool")?;
        Ok(self.release.offer(identity, name, tool.server))
    }

    /// The record of one call, read from its texts.
    ///
    /// # Errors
    /// The call or the state cannot be read.
    pub fn decide<T>(
        &mut self,
        asking: &Asking,
        explain: Explain,
        look: impl FnOnce(&Record<'_>) -> T,
    ) -> Result<T, String> {
        let bounds = &self.limits.json;
        let parse = |text| Document::parse_in(text, bounds, Buffers::default());
        let call = parse(asking.call.as_bytes()).map_err(|error| format!("{error:?}"))?;
        let call = Call::read(call.root()).map_err(|all| format!("{all:?}"))?;
        let text = asking.state.as_deref().unwrap_or("{}");
        let state = parse(text.as_bytes()).map_err(|error| format!("{error:?}"))?;
        let state = match asking.state {
            None => State::UNAVAILABLE,
            Some(_) => State::read(state.root()).map_err(|all| format!("{all:?}"))?,
        };
        let active = Active::Release(&self.release);
        let decision = decide(active, &call, &state, asking.now, &mut self.scratch, explain);
        Ok(look(&decision.record))
    }
}

/// The file of the release that `documents` come to.
///
/// # Errors
/// What is wrong with the documents, in words.
pub fn release_file(documents: &Documents) -> Result<String, String> {
    let limits = Limits::default();
    let text = Value::from(documents.policies.as_slice()).to_string();
    let read = documents::read(&text, Format::Json, &limits);
    if let Some(diagnostic) = read.diagnostics.first() {
        return Err(diagnostic.message.clone());
    }
    let policies: Vec<Policy> = read.policies.into_iter().map(|p| p.policy).collect();
    let names = policies.iter().filter_map(|policy| match &policy.spec {
        Spec::RuleSet(set) => Some(set.spec.zones()),
        Spec::Cel(_) | Spec::Match(_) | Spec::Control(_) | Spec::Dlp(_) => None,
    });
    let zones = zones::resolve(names.flatten()).map_err(str::to_owned)?;
    let build = Build {
        project: "reference",
        number: 1,
        settings: settings(&documents.settings, &limits)?,
        policies: &policies,
        zones: &zones,
        ..Build::default()
    };
    Ok(build.to_json())
}

fn settings(settings: &Value, limits: &Limits) -> Result<callgate_release::Settings, String> {
    let text = json!({"project": "reference", "settings": settings}).to_string();
    let document = Document::parse(text.as_bytes(), &limits.json);
    let document = document.map_err(|error| format!("{error:?}"))?;
    let project = Project::read(document.root()).map_err(|all| format!("{all:?}"))?;
    Ok(project.settings)
}

/// A record in the terms of the reference.
pub fn outcome(record: &Record<'_>) -> Outcome {
    let reason = |policy: Option<PolicyRef<'_>>, rule: Option<&str>, code: &str| Reason {
        code: code.to_owned(),
        policy: policy.map(|policy| policy.name.to_owned()).unwrap_or_default(),
        rule: rule.unwrap_or_default().to_owned(),
    };
    let deciding = record.deciding.as_ref();
    let reasons = record.reasons.iter();
    let findings = record.findings.iter().map(|finding| {
        let Finding { detector, severity, path, start, end, .. } = finding;
        format!("{path} {start}..{end} {detector} {severity}")
    });
    let obligations = record.obligations.iter().map(|obligation| match obligation {
        Obligation::Approval { policy, args, .. } => {
            format!("approval {} {}", policy.name, args.to_text())
        }
        Obligation::Output { policy } => format!("output {}", policy.name),
    });
    let lifted = record.exceptions.iter();
    Outcome {
        decision: match record.decision {
            Decided::Allow => Effect::Allow,
            Decided::Flag => Effect::Flag,
            Decided::RequireApproval => Effect::RequireApproval,
            Decided::Deny => Effect::Deny,
        },
        status: record.status.as_str().to_owned(),
        deciding: deciding.map(|d| reason(d.policy, d.rule, d.code.as_str())),
        reasons: reasons.map(|r| reason(r.policy, r.rule, r.code.as_str())).collect(),
        findings: findings.collect(),
        exceptions: lifted.map(|l| format!("{} {}", l.id, l.policy.name)).collect(),
        obligations: obligations.collect(),
        delta: delta(record),
    }
}

fn delta(record: &Record<'_>) -> BTreeMap<String, i64> {
    let delta = &record.delta;
    let cap = |max: i128| i64::try_from(max).unwrap_or(i64::MAX);
    let counters = delta.counters.iter();
    let counters = counters.map(|c| {
        let what = format!("count {} 1 in {}", c.key, c.window_seconds);
        (what, cap(c.max.into()))
    });
    let spend = delta.spend.iter();
    let spend = spend.map(|s| (format!("spend {} {}", s.key, s.cost.0), cap(s.max.0.into())));
    let exceptions = delta.exceptions.iter().map(|id| (format!("exception {id}"), 0));
    let approvals = delta.approvals.iter().map(|id| (format!("approval {id}"), 0));
    counters.chain(spend).chain(exceptions).chain(approvals).collect()
}
