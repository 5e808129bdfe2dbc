//! Lists of tools, resources and prompts through the filter: a caller is shown what it could call, and nothing else changes.

use anyhow::{Result, ensure};
use callgate_host_test::{Exchange, Outcome, Process, Upstream, Vm};
use callgate_tests::filter::{plugin, policy, worker};
use serde_json::{Value, json};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

/// Nobody may drop; only `ann` may pay, and only small amounts.
fn start(route: &Value) -> Result<Vm> {
    let rules = policy(
        "RuleSet",
        json!({ "rules": [{ "type": "tool", "deny": ["*drop"] }] }),
    );
    let expression = r#"!request.tool.name.endsWith("pay") ||
        identity.name == "ann" && request.tool.args.amount < 10"#;
    let pay = policy(
        "CelPolicy",
        json!({ "effect": "allow", "expression": expression }),
    );
    let mut plugin = plugin(&[rules, pay])?;
    plugin["identity"] = json!({ "source": "header", "header": "x-agent" });
    for (name, value) in route.as_object().into_iter().flatten() {
        plugin["routes"][0][name] = value.clone();
    }
    worker(&Process::new(), &plugin)
}

fn ask(vm: &mut Vm, agent: &str, upstream: Upstream) -> Result<Outcome> {
    ask_for(vm, LIST, agent, upstream)
}

fn ask_for(vm: &mut Vm, list: &str, agent: &str, upstream: Upstream) -> Result<Outcome> {
    let exchange = Exchange::post("/mcp")
        .header("mcp-protocol-version", "2025-06-18")
        .header("x-agent", agent)
        .body(list)
        .upstream(upstream);
    let outcome = vm.exchange(exchange)?;
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    ensure!(outcome.forwarded.is_some(), "the request was not forwarded");
    Ok(outcome)
}

fn body(outcome: &Outcome) -> Result<String> {
    let bytes = match (&outcome.reply, &outcome.response) {
        (Some(reply), _) => reply.body.clone(),
        (None, Some(response)) => response.body.clone(),
        (None, None) => anyhow::bail!("nobody answered"),
    };
    Ok(String::from_utf8(bytes)?)
}

fn listed(vm: &mut Vm, agent: &str, body_of_server: &str) -> Result<String> {
    body(&ask(vm, agent, Upstream::json(body_of_server))?)
}

const ALL: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"drop"}, {"name":"pay","x":1.0e5},{"name":"read"} ],"nextCursor":"c"}}"#;

#[test]
fn tools_that_no_call_could_use_are_not_shown() -> Result<()> {
    let mut vm = start(&json!({}))?;
    let ann = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"pay","x":1.0e5},{"name":"read"}],"cacheScope":"private","nextCursor":"c"}}"#;
    assert_eq!(listed(&mut vm, "ann", ALL)?, ann);
    let ben = r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read"}],"cacheScope":"private","nextCursor":"c"}}"#;
    assert_eq!(listed(&mut vm, "ben", ALL)?, ben);
    Ok(())
}

#[test]
fn a_list_of_which_everything_is_shown_stays_byte_for_byte() -> Result<()> {
    let mut vm = start(&json!({}))?;
    for same in [
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"read"} ]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no tools"}}"#,
    ] {
        assert_eq!(listed(&mut vm, "ben", same)?, same);
    }
    let shared = r#"{"jsonrpc":"2.0","id":1,"result":{"cacheScope":"public","tools":[]}}"#;
    assert_eq!(
        listed(&mut vm, "ben", shared)?,
        shared.replace("public", "private")
    );
    Ok(())
}

#[test]
fn names_are_those_that_policies_know() -> Result<()> {
    let mut vm = start(&json!({ "server": "shop" }))?;
    let said = listed(&mut vm, "ben", ALL)?;
    ensure!(
        !said.contains("drop") && !said.contains("pay") && said.contains("read"),
        "{said}"
    );
    // Every call of such a name is refused.
    let odd =
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"shop__read"},{"name":"re ad"}]}}"#;
    let said = listed(&mut vm, "ben", odd)?;
    ensure!(said.contains(r#""tools":[]"#), "{said}");
    Ok(())
}

#[test]
fn a_list_that_cannot_be_read_is_shown_to_nobody() -> Result<()> {
    let mut vm = start(&json!({}))?;
    for unreadable in [
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":{"drop":{}}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":["drop"]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"title":"drop"}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[],"tools":[{"name":"drop"}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"drop"}]}"#,
    ] {
        let said = listed(&mut vm, "ben", unreadable)?;
        ensure!(
            said.contains("RESPONSE_UNREADABLE") && !said.contains("drop"),
            "{said}"
        );
    }
    // A status that is no success brings no list, and the client has to see it.
    let gone = Upstream::status(404)
        .header("content-type", "text/plain")
        .chunks(vec![b"no such session".to_vec()]);
    let outcome = ask(&mut vm, "ben", gone)?;
    assert_eq!(outcome.status(), Some(404));
    assert_eq!(body(&outcome)?, "no such session");
    Ok(())
}

#[test]
fn lists_in_events_are_shortened_too() -> Result<()> {
    let mut vm = start(&json!({}))?;
    let events = format!("event: message\ndata: {ALL}\n\n: alive\n\n");
    let upstream = Upstream::status(200)
        .header("content-type", "text/event-stream")
        .chunks(vec![events.into_bytes()]);
    let said = body(&ask(&mut vm, "ben", upstream)?)?;
    ensure!(
        !said.contains("drop") && !said.contains("pay") && said.contains("read"),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_route_may_show_whole_lists() -> Result<()> {
    let mut vm = start(&json!({ "tools_list": "whole" }))?;
    assert_eq!(listed(&mut vm, "ben", ALL)?, ALL);
    Ok(())
}

/// A filter whose release lists these methods, and where only `ann` may ask for what is in lists.
fn start_listing(methods: &[&str]) -> Result<Vm> {
    let expression = r#"request.kind != "mcp_request" || !(request.method in ["resources/read", "prompts/get"]) ||
        identity.name == "ann""#;
    let mine = policy(
        "CelPolicy",
        json!({ "effect": "allow", "expression": expression }),
    );
    let settings = callgate_release::Settings {
        mcp_methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        ..callgate_release::Settings::default()
    };
    let policies = callgate_tests::releases::policies(&json!([mine]))?;
    let build = callgate_release::Build {
        project: "lists",
        number: 1,
        policies: &policies,
        settings,
        ..callgate_release::Build::default()
    };
    let mut plugin = plugin(&[])?;
    plugin["identity"] = json!({ "source": "header", "header": "x-agent" });
    plugin["release"] = serde_json::from_str(&build.to_json())?;
    worker(&Process::new(), &plugin)
}

#[test]
fn resources_and_prompts_are_shown_to_who_may_ask_for_them() -> Result<()> {
    let lists = [
        (
            "resources/list",
            "resources",
            r#"{"uri":"file:///a","name":"a"}"#,
        ),
        (
            "resources/templates/list",
            "resourceTemplates",
            r#"{"uriTemplate":"file:///{x}","name":"a"}"#,
        ),
        ("prompts/list", "prompts", r#"{"name":"a"}"#),
    ];
    for (method, member, entry) in lists {
        let asked = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#);
        let all = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"{member}":[ {entry} ],"nextCursor":"c"}}}}"#
        );
        let none = format!(
            r#"{{"jsonrpc":"2.0","id":1,"result":{{"{member}":[],"cacheScope":"private","nextCursor":"c"}}}}"#
        );
        let listed = |vm: &mut Vm, agent: &str| {
            let outcome = ask_for(vm, &asked, agent, Upstream::json(all.as_str()))?;
            body(&outcome)
        };
        let mut vm = start_listing(&["resources/*", "prompts/get"])?;
        assert_eq!(listed(&mut vm, "ann")?, all);
        assert_eq!(listed(&mut vm, "ben")?, none);
        // Nobody may ask for what the release does not list.
        let mut vm = start_listing(&[])?;
        assert_eq!(listed(&mut vm, "ann")?, none);
    }
    Ok(())
}
