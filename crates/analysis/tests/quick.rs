//! quick
use callgate_analysis::{diff, Answer};
use callgate_engine::CompiledRelease;
use callgate_model::Limits;
use callgate_release::{Build, CelEffect, Policy, Release};

fn release(policies: &[(&str, CelEffect, &str)]) -> CompiledRelease {
    let limits = Limits::default();
    let policies: Vec<Policy> = policies.iter().map(|(n, e, x)| Policy::cel(*n, *e, *x)).collect();
    let text = Build { number: 1, policies: &policies, ..Build::default() }.to_json();
    CompiledRelease::compile(Release::read(text.as_bytes(), &limits).unwrap(), &limits).unwrap()
}

#[test]
fn quick() {
    use CelEffect::*;
    let limits = Limits::default();
    for (a, b) in [
        (r#"identity.labels.team == "support""#, r#"identity.labels.team in ["support"]"#),
        (r#"identity.labels.team == "support""#, r#"has(identity.labels.team) && identity.labels.team == "support""#),
        (r#"identity.labels.team == "support" && request.tool.args.n < 5"#, r#"request.tool.args.n < 6 && identity.labels.team == "support""#),
        (r#"request.tool.name.startsWith("get_")"#, r#"request.tool.name.startsWith("get")"#),
        (r#"!(request.tool.name.startsWith("get_") && request.tool.args.a)"#, r#"!request.tool.name.startsWith("get_") || !request.tool.args.a"#),
        (r#"request.tool.args.to.all(t, t.endsWith("@a.com"))"#, r#"request.tool.args.to.all(t, t.endsWith("@b.com"))"#),
        (r#"size(request.prompt) > 3"#, r#"size(request.prompt) > 4"#),
    ] {
        let (x, y) = (release(&[("p", Allow, a)]), release(&[("p", Allow, b)]));
        let d = diff(&x, &y, &limits);
        println!("{a}\n{b}\n  more permissive {:?}\n  more restrictive {:?}", show(&d.permissive), show(&d.restrictive));
        let (x, y) = (release(&[("p", Deny, a)]), release(&[("p", Deny, b)]));
        let d = diff(&x, &y, &limits);
        println!("DENY  more permissive {:?}\n  more restrictive {:?}", show(&d.permissive), show(&d.restrictive));
    }
}
fn show(a: &Answer) -> String { match a { Answer::Differs(d) => format!("{} {:?}->{:?}", d.example.call, d.before.decision, d.after.decision), o => format!("{o:?}") } }
