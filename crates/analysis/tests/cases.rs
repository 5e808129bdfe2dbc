//! What is found for the policies in `tests/data`, a lesson each. `CALLGATE_UPDATE=1` writes down what is found now.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_analysis::{Answer, Proof, diff, doctor};
use callgate_engine::CompiledRelease;
use callgate_model::Limits;
use callgate_release::{AllowCombining, Build, CelEffect, Policy, Release, Settings};

/// `deny …` or `allow …`, a policy a line; `all` or `any`.
fn release<'l>(lines: impl Iterator<Item = &'l str>) -> CompiledRelease {
    let limits = Limits::default();
    let mut settings = Settings::default();
    let mut policies = Vec::new();
    for line in lines {
        let (word, expression) = line.split_once(' ').unwrap_or((line, ""));
        let effect = match word {
            "deny" => CelEffect::Deny,
            "allow" => CelEffect::Allow,
            "any" => {
                settings.allow_combining = AllowCombining::Any;
                continue;
            }
            _ => continue,
        };
        let name = format!("{word}-{}", policies.len() + 1);
        policies.push(Policy::cel(name, effect, expression));
    }
    let build = Build {
        number: 1,
        settings,
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &limits).unwrap();
    CompiledRelease::compile(release, &limits).unwrap()
}

/// Checks every case of a file: what it gives, and what `found` says for it.
fn check(file: &str, found: impl Fn(&[&str]) -> Vec<String>) {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut actual = Vec::new();
    for case in text.split("\n\n") {
        let given = case.lines().filter(|line| !line.starts_with('='));
        let given: Vec<&str> = given.collect();
        let found = found(&given).into_iter().map(|line| format!("= {line}"));
        let lines: Vec<String> = given
            .iter()
            .map(|line| (*line).to_owned())
            .chain(found)
            .collect();
        actual.push(lines.join("\n"));
    }
    let actual = actual.join("\n\n") + "\n";
    if std::env::var("CALLGATE_UPDATE").is_ok() {
        std::fs::write(&path, &actual).unwrap();
    }
    assert!(actual.len() > 1_000, "few cases");
    for (actual, expected) in actual.split("\n\n").zip(text.split("\n\n")) {
        assert_eq!(actual.trim_end(), expected.trim_end());
    }
}

#[test]
fn pairs_of_policies_differ_as_written() {
    check("diff.txt", |given| {
        let side = |sign: &'static str| {
            release(given.iter().filter_map(move |line| line.strip_prefix(sign)))
        };
        let found = diff(&side("- "), &side("+ "), &Limits::default());
        let answers = [
            ("permissive", &found.permissive),
            ("restrictive", &found.restrictive),
        ];
        let shown = answers.map(|(direction, answer)| match answer {
            Answer::ProvedEqual => format!("more {direction}: proved equal"),
            Answer::Unknown => format!("more {direction}: unknown"),
            Answer::Differs(difference) => {
                format!(
                    "more {direction}: {} at {}",
                    difference.example.call, difference.example.now
                )
            }
        });
        shown.to_vec()
    });
}

#[test]
fn policies_have_the_findings_written_below_them() {
    check("doctor.txt", |given| {
        let release = release(given.iter().copied());
        let found = doctor(&release, &Limits::default());
        let shown = found.into_iter().map(|finding| {
            let diagnostic = &finding.diagnostic;
            let proof = match &finding.proof {
                Proof::Proved => "proved".to_owned(),
                Proof::Witness(example) => example.call.clone(),
            };
            let message = &diagnostic.message;
            let severity = diagnostic.severity.as_str();
            let help = diagnostic
                .help
                .as_deref()
                .unwrap_or_default()
                .replace('\n', " ");
            format!(
                "{severity} {}: {message}; {help} [{proof}]",
                diagnostic.code
            )
        });
        shown.collect()
    });
}
