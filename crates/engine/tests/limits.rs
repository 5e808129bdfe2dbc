//! What one release may take to load, and what explaining may take beside deciding.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{Active, CompiledRelease, Explain, PolicyDiagnostic, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Limits, Record, State, Timestamp};
use callgate_release::{Build, CelEffect, Policy, Release, Settings};

fn compile(expressions: &[String]) -> Result<CompiledRelease, Vec<PolicyDiagnostic>> {
    let policy = |(number, expression): (usize, &String)| {
        Policy::cel(format!("p{number}"), CelEffect::Deny, expression)
    };
    let policies: Vec<Policy> = expressions.iter().enumerate().map(policy).collect();
    let build = Build {
        project: "test",
        number: 1,
        settings: Settings::default(),
        policies: &policies,
        ..Build::default()
    };
    let limits = Limits {
        release_regex_bytes: 1_048_576,
        ..Limits::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits)
}

fn codes(found: &[PolicyDiagnostic]) -> Vec<&'static str> {
    found.iter().map(|found| found.diagnostic.code).collect()
}

/// A policy with one pattern that takes nearly what one pattern may, different in each.
fn large_pattern(number: usize) -> String {
    format!("'x{number}'.matches('x{number}[a-z]{{900}}(a|b){{900}}')")
}

#[test]
fn patterns_together_have_a_limit() {
    let few: Vec<String> = (0..3).map(large_pattern).collect();
    assert!(compile(&few).is_ok());
    let many: Vec<String> = (0..40).map(large_pattern).collect();
    let found = compile(&many).unwrap_err();
    assert_eq!(codes(&found).first(), Some(&"release.regex_limit"));
}

#[test]
fn case_folding_counts_as_work() {
    // The class compiles to little, but the case of 70,000 characters is looked up for it.
    let folding = r"'x'.matches('(?i)[a-z\\x{100}-\\x{10fff}]')".to_owned();
    assert!(compile(&vec![folding.clone(); 5]).is_ok());
    let found = compile(&vec![folding; 100]).unwrap_err();
    assert_eq!(codes(&found).first(), Some(&"release.regex_limit"));
}

#[test]
fn findings_end_somewhere() {
    let wrong = format!("[{}] == []", vec!["nobody(1)"; 300].join(","));
    let found = compile(&vec![wrong; 100]).unwrap_err();
    assert_eq!(found.len(), Limits::default().findings as usize);
}

const CALL: &str =
    r#"{"identity":{"name":"bot"},"request":{"tool":{"name":"t","args":{"l":[LIST]}}}}"#;

/// Runs a test on the record of a call with a list of 2,000 numbers.
fn decided(release: &CompiledRelease, explain: Explain, test: impl FnOnce(&Record<'_>)) {
    let limits = Limits::default();
    let call = CALL.replace("LIST", &vec!["1"; 2_000].join(","));
    let document = Document::parse(call.as_bytes(), &limits.json).unwrap();
    let call = Call::read(document.root()).unwrap();
    let mut scratch = Scratch::new(&limits);
    let active = Active::Release(release);
    let now = Timestamp::default();
    test(&decide(active, &call, &State::EMPTY, now, &mut scratch, explain).record);
}

#[test]
fn what_is_evaluated_for_the_explanation_alone_costs_the_decision_nothing() {
    // Irrelevant to the tool `t`, and together far beyond what one decision may spend.
    let costly = "request.tool.args.l.all(x, request.tool.args.l.all(y, x == y)) && request.tool.name == 'u'";
    let release = compile(&vec![costly.to_owned(); 3]).unwrap();
    let mut spent = 0;
    decided(&release, Explain::No, |record| spent = record.gas);
    decided(&release, Explain::Yes, |record| {
        assert_eq!(record.decision.as_str(), "ALLOW");
        assert_eq!(record.gas, spent);
    });
}

#[test]
fn each_policy_may_build_as_much_as_the_others() {
    // Half of what one policy may build, eight times over.
    let building = "size(request.tool.args.l.map(x, [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x])) == 0";
    let release = compile(&vec![building.to_owned(); 8]).unwrap();
    decided(&release, Explain::No, |record| {
        assert_eq!(record.decision.as_str(), "ALLOW");
    });
}

#[test]
fn what_only_the_explanation_runs_out_of_is_no_error() {
    // Cheap to decide and dear to explain; the last could not matter. The first builds much, too.
    let dear = "((size(request.tool.args.l.filter(x, x == 2)) + 1) * 2 - 2) * 3 + 1 > 5";
    let big = "size((request.tool.args.l + request.tool.args.l) + request.tool.args.l) == 1";
    let mut expressions = vec![big.to_owned()];
    expressions.extend(vec![dear.to_owned(); 60]);
    expressions.push("request.tool.name == 'other'".to_owned());
    let release = compile(&expressions).unwrap();
    decided(&release, Explain::Yes, |record| {
        assert_eq!(record.decision.as_str(), "ALLOW");
        let text = record.to_json();
        assert!(
            !text.contains("exhausted"),
            "{}",
            &text[..2_000.min(text.len())]
        );
    });
}
