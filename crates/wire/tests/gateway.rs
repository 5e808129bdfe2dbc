//! The gateway's configuration: what it accepts, what it refuses, whom and what it lets through.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
use callgate_json::{Document, Limits};
use callgate_model::Reader;
use callgate_wire::gateway::FIELDS;
use callgate_wire::identity::{NoFacts, TaskSession, Unknown};
use callgate_wire::{Gateway, Headers, Route, Routes, Target, WireError};

const ROUTES: &str = r#""routes":[{"path":"/mcp","kind":"mcp"},{"path":"/crm?v=1","kind":"mcp","server":"crm"},{"path_prefix":"/health","kind":"pass"}]"#;
const TRUSTED: &str = r#""identity":{"source":"header","header":"X-Agent","directory":{"bot":{"labels":{"team":"support"},"groups":["a"]}}}"#;

fn read(text: &str) -> Result<Gateway, Vec<String>> {
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let mut reader = Reader::default();
    let fields = reader.fields(document.root(), "the configuration", &FIELDS);
    let gateway = fields.and_then(|fields| Gateway::read(&mut reader, fields));
    let messages = |problems: Vec<callgate_model::Diagnostic>| {
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    };
    reader.finish(gateway).map_err(messages)
}

fn gateway(identity: &str) -> Gateway {
    read(&format!("{{{identity},{ROUTES}}}")).unwrap()
}

/// Name and team of the caller that the header lines establish.
fn caller(gateway: &Gateway, lines: &[(&[u8], &[u8])]) -> Result<(String, String), Unknown> {
    let principal = gateway
        .identity
        .establish(Headers::new(lines), &NoFacts, &gateway.limits)?;
    let identity = principal.identity();
    let team = identity
        .labels
        .and_then(|labels| labels.get("team")?.as_str());
    Ok((
        identity.name.to_owned(),
        team.unwrap_or_default().to_owned(),
    ))
}

#[test]
fn every_problem_of_a_configuration_is_named() {
    let cases = [
        (r#"{"routes":[]}"#, "the configuration needs `identity`"),
        (
            r#"{"identity":{"source":"static","name":"a b"},"routes":[]}"#,
            "`a b` is not an identity's name",
        ),
        (
            r#"{"identity":{"source":"oidc"},"routes":[]}"#,
            "`identity.source` cannot be `oidc`",
        ),
        (
            r#"{"identity":{"source":"jwt","header":"x"},"routes":[]}"#,
            "unknown field `header` in a jwt `identity`",
        ),
        (
            r#"{"identity":{"source":"jwt","payload":[]},"routes":[]}"#,
            "`payload` must be a name, or a list of names",
        ),
        (
            r#"{"identity":{"source":"api_key","header":"x","keys":[{"sha256":"AB","name":"a"}]},"routes":[]}"#,
            "`sha256` must be 64 hexadecimal digits in lower case",
        ),
        (
            r#"{"identity":{"source":"mtls","san":"email"},"routes":[]}"#,
            "`san` cannot be `email`",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"run":{"source":"session","header":"x"},"routes":[]}"#,
            "unknown field `header` in a `run` per session",
        ),
        (
            r#"{"identity":{"source":"static","name":"a","header":"x"},"routes":[]}"#,
            "unknown field `header` in a static `identity`",
        ),
        (
            r#"{"identity":{"source":"header","header":":path"},"routes":[]}"#,
            "`:path` is not a header name",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"routes":[{"path":"mcp","kind":"mcp"}]}"#,
            "`path` cannot be `mcp`",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"routes":[{"path_prefix":"/","kind":"pass"}]}"#,
            "`path_prefix` cannot be `/`",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"routes":[{"path":"/m","kind":"mcp","server":"a__b"}]}"#,
            "`a__b` cannot prefix tool names",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"routes":[{"path":"/m","kind":"mcp","denial":"silent"}]}"#,
            "`denial` cannot be `silent`",
        ),
        (
            r#"{"identity":{"source":"static","name":"a"},"routes":[],"limits":{"depth":-1}}"#,
            "`depth` must be a whole number from 0 to 128",
        ),
    ];
    for (text, expected) in cases {
        let problems = read(text).map(drop).unwrap_err();
        assert!(
            problems.iter().any(|message| message == expected),
            "{text}: {problems:?}"
        );
    }
}

/// What reading these routes complains about, in order.
fn routed(routes: &str) -> Vec<String> {
    let identity = r#""identity":{"source":"static","name":"a"}"#;
    read(&format!(r#"{{{identity},"routes":{routes}}}"#))
        .map(drop)
        .err()
        .unwrap_or_default()
}

#[test]
fn nothing_passes_around_a_judged_path() {
    for (pass, path) in [
        ("/api", "/api/mcp"),
        ("/mcp", "/mcp"),
        ("/mcp", "/mcp/"),
        ("/mcp", "/mcp?v=1"),
        ("/API", "/api/mcp"),
        ("/a/b", "/A/B/c/mcp?x=/y"),
    ] {
        let problems = routed(&format!(
            r#"[{{"path":"{path}","kind":"mcp"}},{{"path_prefix":"{pass}","kind":"pass"}}]"#
        ));
        let expected = format!("`{pass}` would pass other spellings of `{path}` unjudged");
        assert_eq!(problems, [expected], "{pass} {path}");
    }
    for (pass, path) in [
        ("/health", "/healthy/mcp"),
        ("/mcp/health", "/mcp"),
        ("/health", "/"),
        ("/~ops/v1.0", "/mcp/"),
    ] {
        let problems = routed(&format!(
            r#"[{{"path_prefix":"{pass}","kind":"pass"}},{{"path":"{path}","kind":"mcp"}}]"#
        ));
        assert!(problems.is_empty(), "{pass} {path}: {problems:?}");
    }
}

#[test]
fn a_path_has_one_reading_and_one_route() {
    for path in [
        "/mcp//x", "/./mcp", "/mcp/.", "/../mcp", "/%6dcp", "/mcp;x", "/m cp", "//",
    ] {
        let problems = routed(&format!(r#"[{{"path":"{path}","kind":"mcp"}}]"#));
        assert_eq!(problems, [format!("`path` cannot be `{path}`")]);
        let problems = routed(&format!(r#"[{{"path_prefix":"{path}","kind":"pass"}}]"#));
        assert_eq!(problems, [format!("`path_prefix` cannot be `{path}`")]);
    }
    for prefix in ["/pub/", "/.", "/..", "/a?b"] {
        let problems = routed(&format!(r#"[{{"path_prefix":"{prefix}","kind":"pass"}}]"#));
        assert_eq!(problems, [format!("`path_prefix` cannot be `{prefix}`")]);
    }
    let twice =
        r#"[{"path":"/m","kind":"mcp"},{"path":"/n","kind":"mcp"},{"path":"/m","kind":"mcp"}]"#;
    assert_eq!(routed(twice), ["two routes have the path `/m`"]);
}

#[test]
fn routes_that_were_not_read_from_a_configuration_pass_nothing_around_either() {
    let routes = Routes::new(vec![Route::mcp("/api/mcp")], vec!["/api".to_owned()]);
    for path in [
        "/api/mcp/",
        "/api/MCP",
        "/API/mcp",
        "/api/./mcp",
        "/api/mcp/.",
    ] {
        assert!(routes.find(path.as_bytes()).is_none(), "{path}");
    }
    assert!(matches!(
        routes.find(b"/api/health"),
        Some(Target::Passed(_))
    ));
}

#[test]
fn limits_have_ceilings_that_no_configuration_raises() {
    let limits = |limits: &str| {
        read(&format!(
            r#"{{"identity":{{"source":"static","name":"a"}},{ROUTES},"limits":{limits}}}"#
        ))
        .map(|gateway| gateway.limits)
    };
    let highest =
        r#"{"body_bytes":16777216,"depth":128,"keys":65536,"nodes":1000000,"number_bytes":1024}"#;
    assert_eq!(limits(highest).unwrap().depth, 128);
    let above = r#"{"body_bytes":16777217,"depth":4294967295,"keys":65537,"nodes":1000001,"number_bytes":99999999999}"#;
    let expected = [
        ("body_bytes", 16_777_216),
        ("depth", 128),
        ("keys", 65_536),
        ("nodes", 1_000_000),
        ("number_bytes", 1_024),
    ];
    let expected = expected
        .map(|(key, ceiling)| format!("`{key}` must be a whole number from 0 to {ceiling}"));
    assert_eq!(limits(above).unwrap_err(), expected);
    let route = r#"[{"path":"/m","kind":"mcp","limits":{"depth":129}}]"#;
    assert_eq!(
        routed(route),
        ["`depth` must be a whole number from 0 to 128"]
    );
}

#[test]
fn a_directory_knows_names_and_nothing_else() {
    let gateway = gateway(TRUSTED);
    let known = ("bot".to_owned(), "support".to_owned());
    assert_eq!(caller(&gateway, &[(b"x-agent", b"bot")]), Ok(known.clone()));
    assert_eq!(caller(&gateway, &[(b"X-AGENT", b"bot")]), Ok(known));
    for stranger in [&b"Bot"[..], b"bot ", b"bot,bot", b"", br#"{"name":"bot"}"#] {
        let lines: &[(&[u8], &[u8])] = &[(b"x-agent", stranger)];
        assert_eq!(caller(&gateway, lines), Err(Unknown::Unauthenticated));
    }
    assert_eq!(caller(&gateway, &[]), Err(Unknown::Unauthenticated));
}

#[test]
fn two_identities_or_unreadable_ones_are_refused() {
    let gateway = gateway(TRUSTED);
    let twice: &[(&[u8], &[u8])] = &[(b"x-agent", b"bot"), (b"X-Agent", b"bot")];
    let wire = |result| match result {
        Err(Unknown::Wire(error)) => WireError::code(error),
        other => panic!("{other:?}"),
    };
    assert_eq!(wire(caller(&gateway, twice)), "HEADER_REPEATED");
    assert_eq!(
        wire(caller(&gateway, &[(b"x-agent", b"\xff")])),
        "HEADER_NOT_TEXT"
    );
}

#[test]
fn without_a_directory_the_header_may_say_more() {
    let gateway = gateway(
        r#""identity":{"source":"header","header":"x-agent","anonymous":{"name":"nobody"}}"#,
    );
    let name =
        |lines: &[(&[u8], &[u8])]| caller(&gateway, lines).map(|(name, team)| name + "/" + &team);
    assert_eq!(name(&[(b"x-agent", b"a@b:c/d")]).as_deref(), Ok("a@b:c/d/"));
    let object = br#"{"name":"bot","labels":{"team":"x"}}"#;
    assert_eq!(name(&[(b"x-agent", object)]).as_deref(), Ok("bot/x"));
    assert_eq!(name(&[]).as_deref(), Ok("nobody/"));
    for bad in [
        &br#"{"name":"b b"}"#[..],
        br#"{"name":"b","role":1}"#,
        br#"{"name":"b","name":"c"}"#,
        b"{",
        b"a b",
    ] {
        assert_eq!(name(&[(b"x-agent", bad)]), Err(Unknown::Unauthenticated));
    }
}

#[test]
fn a_task_is_one_object_or_a_refusal() {
    let text =
        r#""identity":{"source":"static","name":"a"},"task":{"source":"header","header":"x-task"}"#;
    let gateway = gateway(text);
    let header = gateway.task.as_ref().unwrap();
    let read = |value: &[u8]| {
        let lines: &[(&[u8], &[u8])] = &[(b"x-task", value)];
        let lines = Headers::new(lines);
        let caller = gateway.identity.establish(lines, &NoFacts, &gateway.limits);
        let session = header.read(lines, &NoFacts, &caller.unwrap(), &gateway.limits);
        session.map(|session| session.as_ref().and_then(TaskSession::task).is_some())
    };
    assert_eq!(
        read(br#"{"name":"t","context":{"customer_id":"c"}}"#),
        Ok(true)
    );
    assert_eq!(read(b"{}"), Ok(false));
    for bad in [
        &b"t"[..],
        b"[]",
        br#"{"nam":"t"}"#,
        br#"{"name":"t"}{}"#,
        b"",
    ] {
        let wrong = WireError::HeaderInvalid("configured for the task");
        assert_eq!(read(bad), Err(Unknown::Wire(wrong)));
    }
}

#[test]
fn only_exact_paths_are_ours() {
    let gateway = gateway(TRUSTED);
    let kind = |path: &[u8]| match gateway.routes.find(path) {
        None => "nobody",
        Some(Target::Judged(_)) => "judged",
        Some(Target::Passed(_)) => "passed",
    };
    for path in [&b"/mcp"[..], b"/crm?v=1"] {
        assert_eq!(kind(path), "judged");
    }
    for path in [&b"/health"[..], b"/health/live.json"] {
        assert_eq!(kind(path), "passed");
    }
    let others: [&[u8]; 16] = [
        b"/",
        b"",
        b"/mcp/",
        b"//mcp",
        b"/mcp;x",
        b"/%6dcp",
        b"/mcp?",
        b"/MCP",
        b"/crm",
        b"/healthy",
        b"/health/../mcp",
        b"/health/%2e%2e/mcp",
        b"/health//mcp",
        b"/health/./mcp",
        b"/health/.",
        b"/Health",
    ];
    for path in others {
        assert_eq!(kind(path), "nobody", "{}", String::from_utf8_lossy(path));
    }
}

#[test]
fn our_headers_never_reach_the_server_behind() {
    let lines: &[(&[u8], &[u8])] = &[
        (b"x-agent", b"bot"),
        (b"X-Callgate-Decision", b"ALLOW"),
        (b"x-callgate-", b""),
        (b"x-callgat", b""),
        (b"x_agent", b"admin"),
        (b"X_Callgate-Decision", b"ALLOW"),
        (b"x_callgate_identity", b"admin"),
        (b"accept", b"*/*"),
    ];
    let names = |gateway: &Gateway| {
        let stripped = gateway.stripped(Headers::new(lines));
        stripped
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect::<Vec<_>>()
    };
    let consumed = gateway(TRUSTED);
    let look_alikes = ["x_agent", "X_Callgate-Decision", "x_callgate_identity"];
    let expected = ["x-agent", "X-Callgate-Decision", "x-callgate-"];
    assert_eq!(names(&consumed), [expected, look_alikes].concat());
    let forwarded =
        r#""identity":{"source":"header","header":"x-callgate-decision","forward":true}"#;
    assert_eq!(
        names(&gateway(forwarded)),
        ["x-callgate-", "X_Callgate-Decision", "x_callgate_identity"]
    );
    let forwarded = r#""identity":{"source":"header","header":"x-agent","forward":true}"#;
    let expected = ["X-Callgate-Decision", "x-callgate-"];
    assert_eq!(
        names(&gateway(forwarded)),
        [&expected[..], &look_alikes].concat()
    );
}

#[test]
fn headers_that_rewrite_path_or_method_never_go_on() {
    let gateway = gateway(TRUSTED);
    for name in [
        "x-original-url",
        "X-Rewrite-URL",
        "x_original_url",
        "x-http-method-override",
    ] {
        assert!(gateway.strips(name.as_bytes()), "{name}");
    }
    for name in ["x-original-urls", "x-original-host", "x-http", "url"] {
        assert!(!gateway.strips(name.as_bytes()), "{name}");
    }
}

#[test]
fn a_trailer_that_nobody_judges_carries_nothing_that_is_trusted() {
    let forwarded = r#""identity":{"source":"header","header":"x-agent","forward":true}"#;
    let gateway = gateway(forwarded);
    for name in [
        "x-agent",
        "X-Agent",
        "x_agent",
        "x-callgate-task",
        "x_callgate-decision",
    ] {
        assert!(gateway.strips_trailer(name.as_bytes()), "{name}");
    }
    for name in ["x-checksum", "x-agents", "agent"] {
        assert!(!gateway.strips_trailer(name.as_bytes()), "{name}");
    }
}
