//! Which headers stay here, by the plain definition: [`Gateway::strips`] answers for every header of every request, and
//! so is written to say no early.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
use callgate_json::{Document, Limits};
use callgate_model::Reader;
use callgate_wire::Gateway;
use callgate_wire::gateway::FIELDS;

const REWRITES: [&str; 11] = [
    "x-original-url",
    "x-rewrite-url",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-max-retries",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
];
const OWN: &str = "x-callgate-";
/// Names that configurations give to what they trust; few, so that two sources often share one.
const TRUSTED: [&str; 4] = ["X-Agent", "agent-1-2", "x-callgate-task", "x-original-url"];

fn identities() -> Vec<String> {
    let key = "0".repeat(64);
    let mut found = vec![
        r#"{"source":"static","name":"a"}"#.to_owned(),
        r#"{"source":"mtls"}"#.to_owned(),
    ];
    for name in TRUSTED {
        found.push(format!(r#"{{"source":"token","header":"{name}"}}"#));
        for forward in [false, true] {
            found.push(format!(
                r#"{{"source":"header","header":"{name}","forward":{forward}}}"#
            ));
            found.push(format!(
                r#"{{"source":"api_key","header":"{name}","forward":{forward},"keys":[{{"sha256":"{key}","name":"a"}}]}}"#
            ));
        }
    }
    found
}

/// What `task` or `run` may be.
fn sources() -> Vec<Option<String>> {
    let named = TRUSTED.iter().flat_map(|name| {
        [false, true].map(|forward| {
            Some(format!(
                r#"{{"source":"header","header":"{name}","forward":{forward}}}"#
            ))
        })
    });
    [None].into_iter().chain(named).collect()
}

fn gateway(identity: &str, task: Option<&str>, run: Option<&str>) -> Option<Gateway> {
    let mut text = format!(r#"{{"identity":{identity},"routes":[]"#);
    for (key, value) in [("task", task), ("run", run)] {
        if let Some(value) = value {
            text.push_str(&format!(r#","{key}":{value}"#));
        }
    }
    text.push('}');
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let mut reader = Reader::default();
    let fields = reader.fields(document.root(), "the configuration", &FIELDS);
    let gateway = fields.and_then(|fields| Gateway::read(&mut reader, fields));
    reader.finish(gateway).ok()
}

/// Every known name, and what nearly is one.
fn names() -> Vec<Vec<u8>> {
    let mut found = vec![
        Vec::new(),
        b"x".to_vec(),
        b"-".to_vec(),
        b"\xff\xdf".to_vec(),
    ];
    let own = [OWN, "x-callgate-decision", "x-callgate"];
    for name in TRUSTED.iter().chain(&REWRITES).chain(&own) {
        let name = name.as_bytes();
        found.push(name.to_vec());
        found.push(name.to_ascii_lowercase());
        found.push(name.to_ascii_uppercase());
        found.push([name, b"s"].concat());
        found.push([name, b"_"].concat());
        found.push([b"x", name].concat());
        for at in 0..name.len() {
            found.push(name[..at].to_vec());
            for byte in [b'_', b'-', b' ', 0, name[at] ^ 0x20, name[at] | 0x80] {
                let mut other = name.to_vec();
                other[at] = byte;
                found.push(other);
            }
        }
        let folded = name.iter().map(|b| if *b == b'-' { b'_' } else { *b });
        found.push(folded.collect());
    }
    found.sort();
    found.dedup();
    found
}

fn folded(name: &[u8]) -> Vec<u8> {
    let dashes = name.iter().map(|b| if *b == b'_' { b'-' } else { *b });
    dashes.map(|b| b.to_ascii_lowercase()).collect()
}

#[test]
fn what_stays_here_is_what_the_definition_says() {
    let names: Vec<_> = names()
        .into_iter()
        .map(|name| (folded(&name), name))
        .collect();
    let mut gateways = 0;
    for identity in identities() {
        for task in sources() {
            for run in sources() {
                let Some(gateway) = gateway(&identity, task.as_deref(), run.as_deref()) else {
                    continue;
                };
                gateways += 1;
                let (task, run) = (gateway.task.as_ref(), gateway.run.as_ref());
                let read = [
                    gateway.identity.header(),
                    task.map(|task| task.name.as_str()),
                    run.and_then(|run| run.header()),
                ];
                let consumed = [
                    gateway.identity.consumed_header(),
                    task.and_then(|task| task.consumed()),
                    run.and_then(|run| run.consumed()),
                ];
                for (folded, name) in &names {
                    let is = |other: &&str| name.eq_ignore_ascii_case(other.as_bytes());
                    let resembles = |other: &&str| folded == other.as_bytes();
                    let own = folded.starts_with(OWN.as_bytes());
                    let expected = consumed.iter().flatten().any(is)
                        || name.contains(&b'_') && read.iter().flatten().any(resembles)
                        || REWRITES.iter().any(resembles)
                        || own && !read.iter().flatten().any(is);
                    let shown = String::from_utf8_lossy(name);
                    assert_eq!(
                        gateway.strips(name),
                        expected,
                        "{shown} {read:?} {consumed:?}"
                    );
                    let expected = own || read.iter().flatten().any(resembles);
                    assert_eq!(gateway.strips_trailer(name), expected, "{shown} {read:?}");
                }
            }
        }
    }
    assert!(gateways > 500, "{gateways} configurations were taken");
}
