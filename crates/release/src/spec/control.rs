//! `ControlPolicy`: lists, budgets, rates, approvals, evidence and constraints of actions.

use callgate_json::{Value, canonical};
use callgate_model::{Glob, MicroUsd, Reader};

use super::members::{by_action, flag, globs, message, money, seconds, senseless, text, texts};

/// Controls over actions (tools); several that cover a call all hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ControlPolicy {
    /// Actions that are refused.
    pub denied_actions: Vec<Glob>,
    /// The only actions that are not; `None` is every action.
    pub allowed_actions: Option<Vec<Glob>>,
    /// JSON Schemas of the arguments, as canonical texts.
    pub argument_constraints: PerAction<String>,
    /// What has to come first, and how fresh it has to be.
    pub evidence: Evidence,
    /// Where arguments have to come from: by action, then by dotted field.
    pub grounding_rules: PerAction<Vec<(String, Grounding)>>,
    /// Calls in a sliding window.
    pub rate_limits: PerAction<RateLimit>,
    /// What a run may cost.
    pub run_budget: Option<MicroUsd>,
    /// What a session may cost.
    pub session_budget: Option<MicroUsd>,
    /// What an action may cost in one run.
    pub action_budgets: PerAction<MicroUsd>,
    /// Percentages of a budget whose crossing is reported.
    pub budget_warning_thresholds: Vec<u8>,
    /// Who has to be asked, and when.
    pub approval: Vec<ApprovalRule>,
    /// How long the question to a person stands.
    pub approval_timeout_seconds: u64,
    /// Told to the caller when this policy refuses the call.
    pub message: Option<String>,
}

/// Values by a pattern over actions, sorted by the pattern.
pub type PerAction<T> = Vec<(Glob, T)>;

/// Calls in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub max_count: u64,
    /// In how long.
    pub window_seconds: u64,
}

/// Actions that need earlier actions of the same run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// By action: each of these must have succeeded.
    pub requirements: PerAction<Vec<Glob>>,
    /// Evidence older than this is stale.
    pub max_age_seconds: Option<u64>,
    /// Actions that need some evidence when they have no requirement of their own.
    pub commit_actions: Vec<Glob>,
    /// Any of these is some evidence.
    pub evidence_actions: Vec<Glob>,
}

/// Where an argument has to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounding {
    /// The earlier action.
    pub source_action: Glob,
    /// Dotted path in what it gave or got.
    pub source_field: String,
    /// Which of the two.
    pub source_from: Origin,
}

/// What an earlier action gave or got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// What it returned.
    Result,
    /// Its arguments.
    Kwargs,
}

/// When a person has to be asked. All criteria that are set must hold; within one, any alternative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApprovalRule {
    /// What records call it.
    pub name: String,
    /// The actions it is about.
    pub actions: Option<Vec<Glob>>,
    /// Tags of the request.
    pub tags: Option<Vec<Glob>>,
    /// Risk levels, without regard to case.
    pub risk_levels: Option<Vec<String>>,
    /// What the call costs at least.
    pub threshold: Option<MicroUsd>,
    /// Who may approve; empty is whoever has the role.
    pub approvers: Vec<String>,
}

const KNOWN: [&str; 24] = [
    "denied_actions",
    "allowed_actions",
    "argument_constraints",
    "evidence_requirements",
    "evidence_max_age_seconds",
    "commit_actions",
    "evidence_actions",
    "grounding_rules",
    "rate_limits",
    "run_budget",
    "session_budget",
    "action_budgets",
    "budget_warning_thresholds",
    "require_approval",
    "approval_actions",
    "approval_tags",
    "approval_risk_levels",
    "approval_threshold_usd",
    "approval_timeout_seconds",
    "default_approvers",
    "approval_rules",
    "message",
    "target_id",
    "scope",
];

/// Percentages at which a budget warns unless the policy says otherwise.
const WARNINGS: [u8; 1] = [80];

/// How long a question to a person stands unless the policy says otherwise.
const APPROVAL_SECONDS: u64 = 3_600;

impl ControlPolicy {
    pub(super) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let fields = reader.fields(value, "the `spec` of a ControlPolicy", &KNOWN)?;
        for key in ["scope", "target_id"] {
            if let Some(value) = fields.get(key) {
                let help = "scope: { level: agent, targets: [NAME] }";
                let message = format!("`{key}` stands beside `spec`, not in it");
                senseless(reader, value, &message, help);
            }
        }
        let evidence = Evidence {
            requirements: by_action(reader, fields, "evidence_requirements", |reader, value| {
                let array = reader.strings(value, "a list of actions")?;
                let names = array.iter().filter_map(Value::as_str);
                Some(names.map(Glob::new).collect())
            }),
            max_age_seconds: seconds(reader, fields, "evidence_max_age_seconds"),
            commit_actions: globs(reader, fields, "commit_actions").unwrap_or_default(),
            evidence_actions: globs(reader, fields, "evidence_actions").unwrap_or_default(),
        };
        let timeout = seconds(reader, fields, "approval_timeout_seconds");
        Some(Self {
            denied_actions: globs(reader, fields, "denied_actions").unwrap_or_default(),
            allowed_actions: globs(reader, fields, "allowed_actions"),
            argument_constraints: by_action(reader, fields, "argument_constraints", |_, value| {
                Some(canonical::to_string(value))
            }),
            evidence,
            grounding_rules: by_action(reader, fields, "grounding_rules", groundings),
            rate_limits: by_action(reader, fields, "rate_limits", rate_limit),
            run_budget: money(reader, fields, "run_budget"),
            session_budget: money(reader, fields, "session_budget"),
            action_budgets: by_action(reader, fields, "action_budgets", |reader, value| {
                reader.money(value, "a budget")
            }),
            budget_warning_thresholds: warnings(reader, fields.get("budget_warning_thresholds"))?,
            approval: approval(reader, fields),
            approval_timeout_seconds: timeout.unwrap_or(APPROVAL_SECONDS),
            message: message(reader, fields),
        })
    }
}

fn groundings(reader: &mut Reader, value: Value<'_>) -> Option<Vec<(String, Grounding)>> {
    let what = "the grounding of a field";
    let known = ["source_action", "source_field", "source_from"];
    let origins = [("result", Origin::Result), ("kwargs", Origin::Kwargs)];
    let mut groundings = Vec::new();
    for (field, value) in reader.object(value, "grounding rules")?.sorted() {
        let fields = reader.fields(value, what, &known)?;
        let action = reader.required(fields, "source_action", what)?;
        let source = reader.required(fields, "source_field", what)?;
        let from = fields.get("source_from");
        let from = from.map(|v| reader.choice(v, "`source_from`", &origins));
        let grounding = Grounding {
            source_action: Glob::new(reader.string(action, "`source_action`")?),
            source_field: reader.string(source, "`source_field`")?.to_owned(),
            source_from: from.unwrap_or(Some(Origin::Result))?,
        };
        groundings.push((field.to_owned(), grounding));
    }
    Some(groundings)
}

fn rate_limit(reader: &mut Reader, value: Value<'_>) -> Option<RateLimit> {
    let what = "a rate limit";
    let fields = reader.fields(value, what, &["max_count", "window_seconds"])?;
    let max = reader.required(fields, "max_count", what);
    let max = max.and_then(|v| reader.count(v, "`max_count`"));
    let window = reader.required(fields, "window_seconds", what);
    let window = window.and_then(|v| reader.seconds(v, "`window_seconds`"));
    Some(RateLimit {
        max_count: max?,
        window_seconds: window?,
    })
}

fn warnings(reader: &mut Reader, value: Option<Value<'_>>) -> Option<Vec<u8>> {
    let Some(value) = value else {
        return Some(WARNINGS.to_vec());
    };
    let mut thresholds = Vec::new();
    for item in reader.array(value, "`budget_warning_thresholds`")?.iter() {
        let percent = reader.count(item, "a threshold")?;
        match u8::try_from(percent) {
            Ok(percent @ 1..=100) => thresholds.push(percent),
            _ => senseless(
                reader,
                item,
                "a threshold is a percentage from 1 to 100",
                "",
            ),
        }
    }
    callgate_json::sort_by(&mut thresholds, Ord::cmp);
    Some(thresholds)
}

/// The criteria at the top level are alternatives, so each becomes a rule of its own.
fn approval(reader: &mut Reader, fields: callgate_model::Fields<'_>) -> Vec<ApprovalRule> {
    let approvers = texts(reader, fields, "default_approvers").unwrap_or_default();
    let named = |name: &str| ApprovalRule {
        name: name.to_owned(),
        approvers: approvers.clone(),
        ..ApprovalRule::default()
    };
    let mut rules = Vec::new();
    let actions = globs(reader, fields, "approval_actions");
    let tags = globs(reader, fields, "approval_tags");
    let risk_levels = texts(reader, fields, "approval_risk_levels");
    let threshold = money(reader, fields, "approval_threshold_usd");
    if flag(reader, fields, "require_approval") {
        let given = |list: Option<usize>| list.is_some_and(|length| length > 0);
        if given(actions.as_ref().map(Vec::len)) {
            rules.push(ApprovalRule {
                actions,
                ..named("approval_actions")
            });
        }
        if given(tags.as_ref().map(Vec::len)) {
            rules.push(ApprovalRule {
                tags,
                ..named("approval_tags")
            });
        }
        if given(risk_levels.as_ref().map(Vec::len)) {
            rules.push(ApprovalRule {
                risk_levels,
                ..named("approval_risk_levels")
            });
        }
        if threshold.is_some() {
            rules.push(ApprovalRule {
                threshold,
                ..named("approval_threshold_usd")
            });
        }
        if rules.is_empty() {
            rules.push(named("require_approval"));
        }
    }
    let list = fields.get("approval_rules");
    let list = list.and_then(|value| reader.array(value, "`approval_rules`"));
    for (number, value) in list.into_iter().flat_map(|list| list.iter()).enumerate() {
        rules.extend(approval_rule(reader, number, value, &approvers));
    }
    rules
}

fn approval_rule(
    reader: &mut Reader,
    number: usize,
    value: Value<'_>,
    approvers: &[String],
) -> Option<ApprovalRule> {
    let known = [
        "name",
        "actions",
        "tags",
        "risk_levels",
        "threshold_usd",
        "approvers",
    ];
    let fields = reader.fields(value, "an approval rule", &known)?;
    let name = text(reader, fields, "name");
    let own = texts(reader, fields, "approvers");
    Some(ApprovalRule {
        name: name.unwrap_or_else(|| format!("approval_rules[{number}]")),
        actions: globs(reader, fields, "actions"),
        tags: globs(reader, fields, "tags"),
        risk_levels: texts(reader, fields, "risk_levels"),
        threshold: money(reader, fields, "threshold_usd"),
        approvers: own.unwrap_or_else(|| approvers.to_vec()),
    })
}
