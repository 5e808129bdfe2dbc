//! The decision corpus through the engine, natively.
use anyhow::{Result, anyhow, ensure};
use callgate_engine::{CompiledRelease, Explain, Scratch, decide};
use callgate_json::{Document, canonical};
use callgate_model::{Call, Code, Diagnostic, Effect, Limits};
use callgate_release::{Build, Release};
use callgate_tests::decisions::{Active, Case, State, cases};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_case_is_decided_as_it_must_be() -> Result<()> {
    let mut failures = Vec::new();
    for case in &cases()? {
        let failed = match judged(case) {
            Ok([short, long]) => wrong(case, &short, &long),
            Err(error) => vec![format!("{error:#}")],
        };
        failures.extend(failed.iter().map(|what| format!("{}: {what}", place(case))));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

#[test]
fn every_name_says_one_thing() -> Result<()> {
    let mut names = BTreeSet::new();
    for case in cases()? {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(case.name.chars().all(plain), "{}", place(&case));
        assert!(
            names.insert(case.name.clone()),
            "{} is there twice",
            place(&case)
        );
    }
    assert!(names.len() >= 400, "{} cases", names.len());
    Ok(())
}

#[test]
fn every_family_lets_calls_go_on_and_refuses_others() -> Result<()> {
    let mut families: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases()? {
        let (goes_on, refused) = families.entry(case.family).or_default();
        match case.expect["decision"].as_str() {
            Some("ALLOW" | "FLAG") => *goes_on += 1,
            _ => *refused += 1,
        }
    }
    for (family, (goes_on, refused)) in families {
        assert!(goes_on >= 5, "{family} lets {goes_on} calls go on");
        assert!(refused >= 5, "{family} refuses {refused} calls");
    }
    Ok(())
}

#[test]
fn every_code_is_the_reason_of_five_cases() -> Result<()> {
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases()? {
        let reasons = case.expect["reasons"].as_array();
        let reasons = reasons.into_iter().flatten();
        let named = reasons.chain([&case.expect["code"]]);
        let named: BTreeSet<&str> = named.filter_map(Value::as_str).collect();
        for code in named {
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
    for code in Code::ALL {
        let count = codes.get(code.as_str()).copied().unwrap_or_default();
        match AWAITED.contains(code) {
            true => assert_eq!(count, 0, "{code} is awaited no more"),
            false => assert!(count >= 5, "{code} is the reason of {count} cases"),
        }
    }
    Ok(())
}

/// Codes that no decision gives yet.
const AWAITED: [Code; 1] = [Code::OutputRejected];

#[test]
fn every_release_reads_back_as_it_was_written() -> Result<()> {
    let limits = Limits::default();
    for case in cases()? {
        let Active::Release(text) = &case.active else {
            continue;
        };
        let document = Document::parse(text.as_bytes(), &limits.release_json())?;
        assert_eq!(
            &canonical::to_string(document.root()),
            text,
            "{}",
            place(&case)
        );
        let release = read(text)?;
        let again = Build {
            project: &release.project,
            number: release.number,
            created_at: release.created_at,
            author: &release.author,
            note: &release.note,
            settings: release.settings.clone(),
            policies: &release.policies,
            zones: &release.zones,
        };
        assert_eq!(&again.to_json(), text, "{}", place(&case));
    }
    Ok(())
}

fn place(case: &Case) -> String {
    format!("{}/{}/{}", case.family, case.topic, case.name)
}

fn read(text: &str) -> Result<Release> {
    Release::read(text.as_bytes(), &Limits::default()).map_err(unread)
}

fn unread(problems: Vec<Diagnostic>) -> anyhow::Error {
    anyhow!("{problems:?}")
}

/// The record without an explanation, and the one with it.
fn judged(case: &Case) -> Result<[Value; 2]> {
    let compiled = match &case.active {
        Active::Release(text) => {
            let compiled = CompiledRelease::compile(read(text)?, &Limits::default());
            Some(compiled.map_err(|problems| anyhow!("{problems:?}"))?)
        }
        Active::None(_) => None,
    };
    let active = match (&compiled, &case.active) {
        (Some(release), _) => callgate_engine::Active::Release(release),
        (None, Active::None(settings)) => callgate_engine::Active::None {
            default_action: settings.default_action,
        },
        (None, Active::Release(_)) => unreachable!("a release compiles or fails"),
    };
    let limits = Limits::default();
    let call = Document::parse(case.call.as_bytes(), &limits.json)?;
    let call = Call::read(call.root()).map_err(unread)?;
    let kept = match &case.state {
        State::Kept(text) => Some(Document::parse(text.as_bytes(), &limits.json)?),
        State::Unavailable => None,
    };
    let state = match &kept {
        Some(document) => callgate_model::State::read(document.root()).map_err(unread)?,
        None => callgate_model::State::UNAVAILABLE,
    };
    let mut scratch = Scratch::new(&limits);
    let mut record = |explain| {
        let mut decision = decide(active, &call, &state, case.now, &mut scratch, explain);
        let goes_on = decision.record.decision < Effect::RequireApproval;
        ensure!(decision.permit().is_some() == goes_on, "the permit is off");
        Ok(serde_json::from_str(&decision.record.to_json())?)
    };
    Ok([record(Explain::No)?, record(Explain::Yes)?])
}

/// What of the records is not as the case has it, or as it always has to be.
fn wrong(case: &Case, short: &Value, long: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for part in [
        "decision",
        "status",
        "deciding",
        "delta",
        "exceptions",
        "gas",
    ] {
        if short[part] != long[part] {
            let (short, long) = (&short[part], &long[part]);
            wrong.push(format!("explained, `{part}` is {long} and not {short}"));
        }
    }
    let (few, all) = (&short["reasons"], &long["reasons"]);
    if !among(few, all) {
        wrong.push(format!(
            "explained, the reasons are {all} and miss some of {few}"
        ));
    }
    let held = matches!(
        short["decision"].as_str(),
        Some("DENY" | "REQUIRE_APPROVAL")
    );
    if held && short["delta"] != serde_json::json!({}) {
        wrong.push(format!("it is held back and consumes {}", short["delta"]));
    }
    let differs = expected(&case.expect, short, false);
    let explained = expected(&case.expect, long, true).into_iter();
    let more = explained.filter(|what| !differs.contains(what));
    wrong.extend(more.map(|what| format!("explained, {what}")));
    wrong.extend(differs);
    wrong.extend(untold(long));
    wrong
}

/// Rules that refuse or ask by the reasons, and not by the explanation of their policy.
fn untold(record: &Value) -> Vec<String> {
    // What changes nothing, and what DLP found, stands in the reasons and findings alone.
    let beside = ["BUDGET_WARNING", "DLP_BLOCKED", "DLP_WARNED"];
    let mut untold = Vec::new();
    for reason in record["reasons"].as_array().into_iter().flatten() {
        let code = reason["code"].as_str().unwrap_or_default();
        if reason["rule"].is_null() || beside.contains(&code) {
            continue;
        }
        let judged = record["explanation"]["judged"].as_array();
        let own = judged.into_iter().flatten();
        let own = own.filter(|entry| entry["policy"] == reason["policy"]);
        let mut checks = own.flat_map(|entry| entry["checks"].as_array().into_iter().flatten());
        if !checks.any(|check| check["rule"] == reason["rule"] && check["outcome"] == "fails") {
            untold.push(format!("the explanation does not tell {reason}"));
        }
    }
    untold
}

fn expected(expect: &Value, record: &Value, explained: bool) -> Vec<String> {
    let Some(members) = expect.as_object() else {
        return vec!["`expect` is no object".to_owned()];
    };
    let mut wrong = Vec::new();
    let needed = ["decision", "status"];
    for missing in needed.iter().filter(|key| !members.contains_key(**key)) {
        wrong.push(format!("`{missing}` is missing in `expect`"));
    }
    for (key, expected) in members {
        let got = match key.as_str() {
            "decision" | "status" | "delta" | "obligations" | "findings" | "remediation" => {
                record[key].clone()
            }
            "code" | "policy" | "rule" => record["deciding"][key].clone(),
            // Without an explanation judging ends at the first refusal.
            "reasons" if !explained => continue,
            "reasons" => each(&record["reasons"], "code"),
            "exceptions" => each(&record["exceptions"], "id"),
            "message" => record["reasons"][0]["message"].clone(),
            "retry_after_seconds" => record["remediation"][key].clone(),
            other => {
                wrong.push(format!("`{other}` is unknown in `expect`"));
                continue;
            }
        };
        let part = matches!(key.as_str(), "obligations" | "findings" | "remediation");
        if !(got == *expected || part && holds(&got, expected)) {
            wrong.push(format!("`{key}` is {got} and not {expected}"));
        }
    }
    wrong
}

/// Whether the items of `few` are in `all`, in the same order.
fn among(few: &Value, all: &Value) -> bool {
    let mut all = all.as_array().into_iter().flatten();
    let mut few = few.as_array().into_iter().flatten();
    few.all(|item| all.any(|other| other == item))
}

fn each(list: &Value, key: &str) -> Value {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item[key].clone()).collect()
}

/// Whether `got` has what is expected, and perhaps more members; lists have to be as long.
fn holds(got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => expected
            .iter()
            .all(|(key, value)| got.get(key).is_some_and(|got| holds(got, value))),
        (Value::Array(got), Value::Array(expected)) => {
            got.len() == expected.len() && got.iter().zip(expected).all(|(g, e)| holds(g, e))
        }
        (got, expected) => got == expected,
    }
}
