//! However a body arrives, it is judged whole, and nothing of it goes on before the verdict.

use anyhow::Result;
use bytes::Bytes;
use callgate_tests::envoy::{Rig, request};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::Frame;
use serde_json::json;

/// The filter's limit on a body.
const LIMIT: usize = 1 << 20;

/// An `echo` call of exactly `size` bytes.
fn sized(size: usize) -> Vec<u8> {
    let empty = request::call(1, "echo", &json!({ "message": "" })).len();
    request::call(1, "echo", &json!({ "message": "x".repeat(size - empty) }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_one_mebibyte_passes_and_one_byte_more_does_not() -> Result<()> {
    let rig = Rig::start().await?;
    let key = Some(rig.key("support-bot")?);
    let answer = rig
        .http1()
        .await?
        .send(request::post(key, request::whole(sized(LIMIT)))?)
        .await?;
    assert_eq!(
        (answer.status, answer.header("x-callgate-decision")),
        (200, "ALLOW")
    );
    assert_eq!(rig.upstream.seen().len(), 1);

    let answer = rig
        .http1()
        .await?
        .send(request::post(key, request::whole(sized(LIMIT + 1)))?)
        .await?;
    assert_eq!(
        (answer.status, answer.header("x-callgate-decision")),
        (413, "DENY"),
        "{answer:?}"
    );
    // The same without a length, by both protocols.
    for mut client in [rig.http1().await?, rig.http2().await?] {
        let body = request::chunks(&sized(LIMIT + 1), 64 << 10, None);
        let answer = client.send(request::post(key, body)?).await?;
        assert_eq!(answer.status, 413, "{answer:?}");
    }
    assert_eq!(rig.upstream.seen().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_and_trailers_change_no_verdict() -> Result<()> {
    let rig = Rig::start().await?;
    let key = Some(rig.key("support-bot")?);
    let allowed = request::call(1, "echo", &json!({ "message": "in pieces" }));
    let denied = request::call(2, "get-env", &json!({}));
    let (mut http1, mut http2) = (rig.http1().await?, rig.http2().await?);
    let mut passed = 0;
    for client in [&mut http1, &mut http2] {
        for size in [1, 7, usize::MAX] {
            for trailers in [None, Some(("x-checksum", "1"))] {
                let answer = client
                    .send(request::post(
                        key,
                        request::chunks(&allowed, size, trailers),
                    )?)
                    .await?;
                assert_eq!(
                    answer.header("x-callgate-decision"),
                    "ALLOW",
                    "{size} {trailers:?} {answer:?}"
                );
                passed += 1;
                let answer = client
                    .send(request::post(
                        key,
                        request::chunks(&denied, size, trailers),
                    )?)
                    .await?;
                assert_eq!(
                    answer.json()["error"]["code"],
                    40301,
                    "{size} {trailers:?} {answer:?}"
                );
            }
        }
    }
    let seen = rig.upstream.seen();
    assert_eq!(seen.len(), passed);
    assert!(
        seen.iter()
            .all(|seen| seen.body.as_deref() == Some(allowed.as_slice()))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forwarded_before_the_verdict() -> Result<()> {
    let rig = Rig::start().await?;
    let key = Some(rig.key("support-bot")?);
    let mut client = rig.http2().await?;
    let denied = request::call(1, "get-env", &json!({}));
    let (first, rest) = denied.split_at(denied.len() / 2);

    let (sender, body) = request::open();
    let mut second = rig.http2().await?;
    let request = request::post(key, body)?;
    let slow = tokio::spawn(async move { client.send(request).await });
    sender
        .send(Frame::data(Bytes::copy_from_slice(first)))
        .await?;
    // A whole other call goes through while half of the first one waits at the gateway.
    let whole = request::post(
        key,
        request::whole(request::call(2, "echo", &json!({ "message": "x" }))),
    )?;
    assert_eq!(
        second.send(whole).await?.header("x-callgate-decision"),
        "ALLOW"
    );
    assert_eq!(rig.upstream.seen().len(), 1);

    sender
        .send(Frame::data(Bytes::copy_from_slice(rest)))
        .await?;
    drop(sender);
    assert_eq!(slow.await??.json()["error"]["code"], 40301);
    assert_eq!(rig.upstream.seen().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_passes_while_it_is_open() -> Result<()> {
    let rig = Rig::start().await?;
    let get = |key: &str| {
        let request = Request::get("http://gateway.test/mcp")
            .header("host", "gateway.test")
            .header("x-api-key", key);
        request
            .header("accept", "text/event-stream")
            .body(request::whole(""))
    };
    for mut client in [rig.http1().await?, rig.http2().await?] {
        let response = client.open(get(rig.key("support-bot")?)?).await?;
        assert_eq!(response.status(), 200);
        let frame = response.into_body().frame().await.transpose()?;
        let event = frame
            .and_then(|frame| frame.into_data().ok())
            .unwrap_or_default();
        assert!(event.starts_with(b"data: "), "{event:?}");
    }
    assert_eq!(
        rig.http1().await?.send(get("no such key")?).await?.status,
        401
    );
    Ok(())
}
