//! However many policies a release has, a decision by the index is the decision by all of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use callgate_engine::{Active, CompiledRelease, Explain, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Effect, Limits, State, Timestamp};
use callgate_release::{AllowCombining, Build, CelEffect, Policy, Release, Settings};

fn policy(number: usize, effect: CelEffect, expression: String) -> Policy {
    Policy::cel(format!("p{number}"), effect, expression)
}

/// A third of the policies each deny, need or grant something for one tool; one speaks of all tools.
fn release(combining: AllowCombining) -> CompiledRelease {
    let guarded = |number: usize| match number % 3 {
        0 => (
            CelEffect::Deny,
            format!(r#"request.tool.name == "t{number}" && request.tool.args.n > 3"#),
        ),
        1 => (
            CelEffect::Allow,
            format!(r#"request.tool.name != "t{number}" || identity.labels.team == "a""#),
        ),
        _ => (
            CelEffect::Allow,
            format!(r#"request.tool.name in ["t{number}"] && request.tool.args.n < 3"#),
        ),
    };
    let mut policies: Vec<Policy> = (0..300)
        .filter(|number| combining == AllowCombining::Any || number % 3 != 2)
        .map(|number| {
            let (effect, expression) = guarded(number);
            policy(number, effect, expression)
        })
        .collect();
    let all = r#"request.tool.name.startsWith("forbidden")"#.to_owned();
    policies.push(policy(300, CelEffect::Deny, all));
    let build = Build {
        project: "test",
        number: 1,
        settings: Settings {
            allow_combining: combining,
            ..Settings::default()
        },
        policies: &policies,
        ..Build::default()
    };
    let release = Release::read(build.to_json().as_bytes(), &Limits::default()).unwrap();
    CompiledRelease::compile(release, &Limits::default()).unwrap()
}

#[test]
fn the_index_changes_no_decision() {
    let limits = Limits::default();
    let mut scratch = Scratch::new(&limits);
    let mut effects = Vec::new();
    for combining in [AllowCombining::All, AllowCombining::Any] {
        let release = release(combining);
        for tool in [
            "t0",
            "t1",
            "t2",
            "t3",
            "t100",
            "t298",
            "other",
            "forbidden_tool",
            "",
        ] {
            for rest in [r#"{"n":1}"#, r#"{"n":5}"#, r#"{"n":"x"}"#, "{}"] {
                for team in ["a", "b"] {
                    let text = format!(
                        r#"{{"identity":{{"name":"x","labels":{{"team":"{team}"}}}},"request":{{"tool":{{"name":"{tool}","args":{rest}}}}}}}"#
                    );
                    let document = Document::parse(text.as_bytes(), &limits.json).unwrap();
                    let Ok(call) = Call::read(document.root()) else {
                        continue;
                    };
                    let mut judge = |explain| {
                        let state = State::default();
                        let now = Timestamp::default();
                        let active = Active::Release(&release);
                        let record =
                            decide(active, &call, &state, now, &mut scratch, explain).record;
                        let deciding = record.deciding.map(|deciding| format!("{deciding:?}"));
                        (record.decision, deciding)
                    };
                    let by_index = judge(Explain::No);
                    assert_eq!(by_index, judge(Explain::Yes), "{combining:?} {text}");
                    effects.push(by_index.0);
                }
            }
        }
    }
    assert!(effects.contains(&Effect::Allow) && effects.contains(&Effect::Deny));
}
