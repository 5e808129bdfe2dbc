//! What callers are told: exact bytes, ids echoed as they were written.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
use callgate_json::{Document, Limits};
use callgate_wire::mcp::{self, request_id};
use callgate_wire::{
    Approval, Denial, Headers, HttpRequest, Message, Refusal, RefusalKind, Reply, Route, WireError,
};

const POST: &[(&[u8], &[u8])] = &[(b"content-type", b"application/json")];

fn message<'d>(document: &'d Document<'_>, route: &'d Route) -> Message<'d> {
    let request = HttpRequest {
        method: b"POST",
        path: b"/mcp",
        headers: Headers::new(POST),
        body: document.source().as_bytes(),
    };
    mcp::read(&request, Some(document), route).unwrap()
}

fn refused(body: &str, shape: Denial) -> (u16, String) {
    let document = Document::parse(body.as_bytes(), &Limits::default()).unwrap();
    let route = Route::mcp("/mcp");
    let refusal = Refusal {
        kind: RefusalKind::Denied,
        code: "CEL_DENY_MATCHED",
        reasons: &["CEL_DENY_MATCHED"],
        policy: Some("block-delete"),
        message: Some("ask \"ops\""),
        decision_id: "exe_1",
        remediation: Some(br#"{"recoverable":false}"#),
        approval: None,
    };
    let reply = Reply::to_refusal(&refusal, &message(&document, &route), shape);
    (reply.status, String::from_utf8(reply.body).unwrap())
}

fn call(id: &str) -> String {
    format!(r#"{{"params":{{"name":"x"}},"method":"tools/call","id":{id},"jsonrpc":"2.0"}}"#)
}

const DATA: &str = r#"{"decision_id":"exe_1","policy":"block-delete","reasons":["CEL_DENY_MATCHED"],"remediation":{"recoverable":false}}"#;
const SENTENCE: &str = r#"denied by policy: CEL_DENY_MATCHED: ask \"ops\""#;

#[test]
fn a_denied_call_echoes_its_id_byte_for_byte() {
    for id in [r#""a\u0062c""#, "7", "0", "-9007199254740991", r#""""#] {
        let expected = format!(
            r#"{{"error":{{"code":40301,"data":{DATA},"message":"{SENTENCE}"}},"id":{id},"jsonrpc":"2.0"}}"#
        );
        assert_eq!(refused(&call(id), Denial::JsonRpc), (200, expected.clone()));
        assert_eq!(refused(&call(id), Denial::Http403), (403, expected));
    }
}

#[test]
fn a_call_that_waits_says_for_which_approval_and_where_it_is_given() {
    let body = call("1");
    let document = Document::parse(body.as_bytes(), &Limits::default()).unwrap();
    let route = Route::mcp("/mcp");
    let mut refusal = Refusal {
        kind: RefusalKind::PendingApproval,
        code: "APPROVAL_REQUIRED",
        reasons: &["APPROVAL_REQUIRED"],
        policy: None,
        message: None,
        decision_id: "exe_1",
        remediation: None,
        approval: None,
    };
    for (url, place, sentence) in [
        (None, "", ""),
        (
            Some("https://a/b"),
            r#","url":"https://a/b""#,
            " at https://a/b",
        ),
    ] {
        refusal.approval = Some(Approval { id: "apr_1", url });
        let reply = Reply::to_refusal(&refusal, &message(&document, &route), Denial::JsonRpc);
        let expected = format!(
            r#"{{"error":{{"code":40302,"data":{{"approval":{{"id":"apr_1"{place}}},"decision_id":"exe_1","reasons":["APPROVAL_REQUIRED"]}},"message":"approval required: APPROVAL_REQUIRED; asked for as apr_1{sentence}"}},"id":1,"jsonrpc":"2.0"}}"#
        );
        assert_eq!(String::from_utf8(reply.body).unwrap(), expected);
    }
}

#[test]
fn a_denial_as_a_result_is_text_for_the_model() {
    let expected = format!(
        r#"{{"id":1,"jsonrpc":"2.0","result":{{"_meta":{{"callgate/refusal":{DATA}}},"content":[{{"text":"{SENTENCE}","type":"text"}}],"isError":true,"resultType":"complete"}}}}"#
    );
    assert_eq!(refused(&call("1"), Denial::IsError), (200, expected));
}

#[test]
fn a_stealthy_denial_says_what_an_unknown_tool_says() {
    let expected =
        r#"{"error":{"code":-32602,"message":"Unknown tool: x"},"id":1,"jsonrpc":"2.0"}"#;
    assert_eq!(
        refused(&call("1"), Denial::Stealth),
        (200, expected.to_owned())
    );
}

#[test]
fn a_stealthy_denial_of_a_method_says_what_an_unknown_method_says() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/execute"}"#;
    let expected =
        r#"{"error":{"code":-32601,"message":"Method not found"},"id":1,"jsonrpc":"2.0"}"#;
    assert_eq!(refused(body, Denial::Stealth), (200, expected.to_owned()));
}

#[test]
fn a_denied_notification_is_never_accepted() {
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    for shape in [
        Denial::JsonRpc,
        Denial::Http403,
        Denial::IsError,
        Denial::Stealth,
    ] {
        let (status, body) = refused(notification, shape);
        assert_eq!(status, 403);
        assert!(body.contains(r#""id":null"#), "{body}");
    }
}

#[test]
fn an_error_echoes_an_id_only_where_the_message_was_read() {
    let text = r#"{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"a b"}}"#;
    let document = Document::parse(text.as_bytes(), &Limits::default()).unwrap();
    let id = request_id(&document);
    let body = |error| String::from_utf8(Reply::to_error(error, id).body).unwrap();
    assert!(body(WireError::ToolName).contains(r#""id":"q""#));
    assert!(body(WireError::KeyLookAlike).contains(r#""id":null"#));
    assert_eq!(Reply::to_error(WireError::ToolName, None).status, 400);
}

#[test]
fn an_unknown_revision_is_answered_with_the_known_ones() {
    let reply = Reply::to_error(WireError::ProtocolVersion, None);
    let body = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status, 400);
    assert!(body.contains(r#""supported":["2025-03-26","2025-06-18","2025-11-25","2026-07-28"]"#));
    assert!(body.contains(r#""code":-32022"#));
}
