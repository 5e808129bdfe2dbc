//! Proofs against brute force: no generated call contradicts what is said to be proved, and every example holds.
//!
//! `CALLGATE_CASES` and `CALLGATE_SEED` make it more cases, and others.

#![expect(
    clippy::unwrap_used,
    reason = "what is generated here can be read, or the test is wrong"
)]

use callgate_analysis::{Answer, Diff, Finding, Proof, diff, doctor};
use callgate_cel::{Arena, Gas, Value as CelValue};
use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Code, Effect, Kind, Limits, State, Timestamp};
use callgate_reference::choices::Choices;
use callgate_reference::engine::release_file;
use callgate_reference::{Documents, Question, generator};
use callgate_release::Release;
use serde_json::{Value, json};

/// Calls for each release.
const CALLS: usize = 48;

fn number(variable: &str, otherwise: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

fn seeds(cases: u64) -> std::ops::Range<u64> {
    let first = number("CALLGATE_SEED", 1);
    first..first + number("CALLGATE_CASES", cases)
}

fn compile(documents: &Documents) -> CompiledRelease {
    let limits = Limits::default();
    let file = release_file(documents).unwrap_or_else(|problem| unreachable!("{problem}"));
    let release = Release::read(file.as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits).unwrap()
}

/// A question without exceptions, with values of every type where policies look.
fn question(choices: &mut Choices, documents: &Documents) -> Question {
    let mut question = generator::question(choices, documents);
    if let Some(state) = question.state.as_object_mut() {
        state.remove("exceptions");
    }
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(1.5),
        json!(1.0),
        json!(0.5),
        json!(2.5),
        json!(-1),
        json!("x"),
        json!("y"),
        json!("x@y"),
        json!(""),
        json!("zz"),
        json!([]),
        json!(["x"]),
        json!([1]),
        json!({}),
        json!({"x": 1}),
        json!("BIG"),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(9_007_199_254_740_993_i64),
    ];
    for field in ["id", "to", "n"] {
        if choices.chance(50) {
            let value = values[choices.below(values.len())].clone();
            question.call["request"]["tool"]["args"][field] = value;
        }
        if choices.chance(15) {
            question.call["task"] =
                json!({"context": {field: values[choices.below(values.len())]}});
        }
    }
    if choices.chance(30) {
        question.call["identity"]["name"] = json!(choices.pick(&["ann", "bob", "eve"]));
        question.call["identity"]["labels"]["team"] = values[choices.below(values.len())].clone();
    }
    if choices.chance(10) {
        let kinds = [
            "tool_call",
            "mcp_request",
            "chat_completion",
            "embedding",
            "http_request",
        ];
        question.call["request"]["kind"] = json!(choices.pick(&kinds));
    }
    question
}

/// A call as text; where it says so with a number that no type holds.
fn text(question: &Question) -> String {
    question.call.to_string().replace("\"BIG\"", "1e999")
}

/// What a release decides.
fn effect(
    release: &CompiledRelease,
    call: &str,
    state: &Value,
    now: &str,
) -> (Effect, Option<Code>, Option<String>) {
    let limits = Limits::default();
    let document = Document::parse(call.as_bytes(), &limits.json).unwrap();
    let call = Call::read(document.root()).unwrap_or_else(|all| unreachable!("{all:?}\n{call}"));
    let state_text = state.to_string();
    let state_document = Document::parse(state_text.as_bytes(), &limits.json).unwrap();
    let state = match state.is_null() {
        true => State::UNAVAILABLE,
        false => State::read(state_document.root()).unwrap(),
    };
    let now = Timestamp::parse_rfc3339(now).unwrap();
    let active = Active::Release(release);
    let decision = decide(
        active,
        &call,
        &state,
        now,
        &mut Scratch::new(&limits),
        Explain::No,
    );
    let deciding = decision.record.deciding;
    let policy = deciding.and_then(|d| d.policy).map(|p| p.name.to_owned());
    (decision.record.decision, deciding.map(|d| d.code), policy)
}

/// Something that is nearly `documents`, or the same in other words.
fn variant(choices: &mut Choices, documents: &Documents) -> Documents {
    let mut other = documents.clone();
    if other.policies.is_empty() {
        other
            .policies
            .push(generator::policy(choices, "CelPolicy", 0));
        return other;
    }
    let place = choices.below(other.policies.len());
    let expression = other.policies[place]["spec"]["expression"]
        .as_str()
        .map(str::to_owned);
    let name = other.policies[place]["metadata"]["name"].clone();
    match (choices.below(9), expression) {
        (0, _) => {
            other.policies.remove(place);
        }
        (1, _) => {
            let added = generator::policy(choices, choices.clone().pick(generator::FAMILIES), 99);
            other.policies.push(added);
        }
        (2, _) => {
            let kind = other.policies[place]["kind"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            other.policies[place] = generator::policy(choices, &kind, 0);
            other.policies[place]["metadata"]["name"] = name;
        }
        (3, Some(text)) => set(&mut other, place, format!("{text} && ({text})")),
        (4, Some(text)) => set(&mut other, place, format!("!(!({text})) || false")),
        (5, Some(text)) => {
            let more = generator::expression(choices, 1);
            set(&mut other, place, format!("({text}) || ({more})"));
        }
        (6, Some(text)) => {
            let more = generator::expression(choices, 1);
            set(&mut other, place, format!("({text}) && ({more})"));
        }
        (7, Some(text)) => {
            let more = generator::expression(choices, 1);
            set(&mut other, place, format!("({more}) ? ({text}) : ({text})"));
        }
        _ => {
            let last = other.policies.len() - 1;
            other.policies.swap(place, last);
        }
    }
    other
}

fn set(documents: &mut Documents, place: usize, expression: String) {
    documents.policies[place]["spec"]["expression"] = json!(expression);
}

#[test]
fn no_call_contradicts_what_diff_proves() {
    let limits = Limits::default();
    let (mut proved, mut shown, mut unknown, mut calls) = (0_u64, 0_u64, 0_u64, 0_u64);
    for seed in seeds(120) {
        let mut choices = Choices::new(seed);
        let before = match choices.chance(50) {
            true => generator::documents(&mut choices),
            false => expressions(&mut choices),
        };
        let after = variant(&mut choices, &before);
        let releases = [&before, &after].map(compile);
        let [a, b] = &releases;
        let found: Diff = diff(a, b, &limits);
        let directions = [(&found.permissive, false), (&found.restrictive, true)];
        for (answer, up) in directions {
            match answer {
                Answer::ProvedEqual => proved += 1,
                Answer::Unknown => unknown += 1,
                Answer::Differs(difference) => {
                    shown += 1;
                    let example = &difference.example;
                    let at = example.now.to_string();
                    let decide = |r| effect(r, &example.call, &json!({}), &at).0;
                    let (before, after) = (decide(a), decide(b));
                    assert_eq!(
                        (before, after),
                        (difference.before.decision, difference.after.decision)
                    );
                    assert!(
                        if up { after > before } else { after < before },
                        "{seed} {example:?}"
                    );
                }
            }
        }
        for _ in 0..CALLS {
            let question = question(&mut choices, &before);
            let call = text(&question);
            calls += 1;
            let decided = |r| effect(r, &call, &question.state, &question.now).0;
            let (x, y) = (decided(a), decided(b));
            let wrong = x > y && found.permissive == Answer::ProvedEqual
                || x < y && found.restrictive == Answer::ProvedEqual;
            assert!(
                !wrong,
                "seed {seed}: {x} {y}\n{call}\n{before:#?}\n{after:#?}"
            );
        }
    }
    eprintln!("diff: {proved} proved, {shown} shown, {unknown} unknown, {calls} calls");
    assert!(proved > 0 && shown > 0, "{proved} {shown}");
}

/// Some expressions alone, which is where most can be proved.
fn expressions(choices: &mut Choices) -> Documents {
    let count = 1 + choices.below(4);
    let policies = (0..count).map(|index| generator::policy(choices, "CelPolicy", index));
    let policies = policies.collect();
    let combining = choices.pick(&["all", "any"]);
    Documents {
        policies,
        settings: json!({"allow_combining": combining, "mcp_methods": ["custom/*"]}),
    }
}

#[test]
fn no_call_contradicts_what_doctor_proves() {
    let limits = Limits::default();
    let (mut proved, mut shown, mut calls) = (0_u64, 0_u64, 0_u64);
    for seed in seeds(120) {
        let mut choices = Choices::new(seed ^ 0x5eed);
        let documents = match choices.chance(50) {
            true => generator::documents(&mut choices),
            false => expressions(&mut choices),
        };
        let release = compile(&documents);
        let found = doctor(&release, &limits);
        for finding in &found {
            match &finding.proof {
                Proof::Proved => proved += 1,
                Proof::Witness(example) => {
                    shown += 1;
                    let at = example.now.to_string();
                    witnessed(finding, &documents, &example.call, &at, seed);
                }
            }
        }
        let without: Vec<_> = found
            .iter()
            .map(|finding| without(finding, &documents))
            .collect();
        for _ in 0..CALLS {
            let question = question(&mut choices, &documents);
            let call = text(&question);
            calls += 1;
            for (finding, without) in found.iter().zip(&without) {
                let holds = holds(finding, &release, without.as_ref(), &call, &question);
                assert!(holds, "seed {seed}: {finding:?}\n{call}\n{documents:#?}");
            }
        }
    }
    eprintln!("doctor: {proved} proved, {shown} shown, {calls} calls");
    assert!(proved > 0 && shown > 0, "{proved} {shown}");
}

/// The release without the policy of a finding that says it changes nothing.
fn without(finding: &Finding, documents: &Documents) -> Option<CompiledRelease> {
    let codes = ["doctor.shadowed", "doctor.dead", "doctor.never_matches"];
    let mut fewer = documents.clone();
    let wanted = finding
        .policy
        .filter(|_| codes.contains(&finding.diagnostic.code))?;
    fewer.policies.remove(place(documents, wanted));
    Some(compile(&fewer))
}

/// Whether one call is as a finding that is proved says.
fn holds(
    finding: &Finding,
    release: &CompiledRelease,
    without: Option<&CompiledRelease>,
    call: &str,
    question: &Question,
) -> bool {
    let decided = effect(release, call, &question.state, &question.now);
    let limits = Limits::default();
    let document = Document::parse(call.as_bytes(), &limits.json).unwrap();
    let read = Call::read(document.root()).unwrap();
    let message = read.request.kind == Kind::McpRequest;
    let policy = finding
        .policy
        .and_then(|index| release.release().policies.get(index));
    let cel = policy.and_then(|policy| policy.spec.cel());
    let truth = |source: &str| {
        let ast = callgate_cel::parse(source, &limits).unwrap();
        let program = callgate_cel::compile(&ast, callgate_engine::environment(), &limits).unwrap();
        let now = Timestamp::parse_rfc3339(&question.now).unwrap();
        let activation: Vec<Option<CelValue<'_>>> = callgate_engine::activation(&read, now);
        let arena = Arena::new(limits.arena_bytes);
        program
            .test(&activation, &arena, &mut Gas::new(limits.gas))
            .ok()
    };
    match finding.diagnostic.code {
        "doctor.denies_everything" => message || decided.0 == Effect::Deny,
        "doctor.denies_every_tool" => {
            read.request.kind != Kind::ToolCall
                || read.request.tool.name.is_none()
                || decided.0 == Effect::Deny
        }
        "doctor.never_true" => {
            // Said of the calls that the policy's scope covers.
            let for_all = policy.is_some_and(|policy| policy.scope.targets.is_empty());
            !for_all
                || message
                || read.identity.is_none()
                || cel.is_none_or(|cel| truth(&cel.expression) != Some(true))
        }
        "doctor.always_true" => {
            let for_all = policy.is_some_and(|policy| policy.scope.targets.is_empty());
            !for_all
                || message
                || read.identity.is_none()
                || cel.is_none_or(|cel| truth(&cel.expression) != Some(false))
        }
        "doctor.condition_never_true" => {
            let span = finding.diagnostic.span.unwrap();
            let source =
                cel.and_then(|cel| cel.expression.get(span.start as usize..span.end as usize));
            read.identity.is_none() || source.is_none_or(|source| truth(source) != Some(true))
        }
        _ => without.is_none_or(|without| {
            effect(without, call, &question.state, &question.now).0 == decided.0
        }),
    }
}

/// The evaluator says what a finding with an example says.
fn witnessed(finding: &Finding, documents: &Documents, call: &str, at: &str, seed: u64) {
    let index = place(documents, finding.policy.unwrap());
    let policy = documents.policies[index].clone();
    let mut alone = documents.clone();
    alone.policies = vec![policy];
    match finding.diagnostic.code {
        "doctor.unguarded" | "doctor.absent_in_kind" => {
            let (decision, code, _) = effect(&compile(&alone), call, &json!({}), at);
            assert_eq!(
                (decision, code),
                (Effect::Deny, Some(Code::CelError)),
                "{seed} {call}"
            );
        }
        "doctor.priority_tie" => {}
        other => unreachable!("{other} has an example that is not looked at"),
    }
}

/// Where a policy of the release stands among the documents, of which it has the enabled ones.
fn place(documents: &Documents, index: usize) -> usize {
    let enabled = documents.policies.iter().enumerate();
    let mut enabled = enabled.filter(|(_, policy)| policy["enabled"] != json!(false));
    enabled.nth(index).unwrap().0
}
