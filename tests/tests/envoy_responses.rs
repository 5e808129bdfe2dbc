//! A real Envoy judges responses, and believes releases by their signatures.

use std::convert::Infallible;

use anyhow::Result;
use callgate_envoy::{Gateway, Upstream};
use callgate_release::Envelope;
use callgate_release::signed::PrivateKey;
use callgate_tests::envoy::Rig;
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::request;
use callgate_tests::filter::{plugin, policy};
use callgate_tests::releases::extended;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use xtask::envoy::Envoy;
use xtask::layout::Layout;

const TOKEN: &str = "glpat-Zq3xW8vN2kLm5RtY7uPd";

/// Policies about responses.
fn about_responses() -> Value {
    json!([
        {
            "apiVersion": "callgate/v1", "kind": "RuleSet", "metadata": { "name": "quiet" },
            "spec": { "rules": [{ "type": "output", "forbid": ["internal only"] }] },
        },
        {
            "apiVersion": "callgate/v1", "kind": "DlpPolicy", "metadata": { "name": "leaks" },
            "spec": { "redact": true, "looks_for": "listed",
                "patterns": [{ "name": "token", "regex": "glpat-[0-9A-Za-z]{20}", "on": "response" }] },
        },
    ])
}

async fn rig() -> Result<Rig> {
    Rig::adapted(|bootstrap| {
        if let Ok(release) = extended(&bootstrap.plugin, &about_responses()) {
            bootstrap.plugin["release"] = release;
        }
    })
    .await
}

async fn echo(rig: &Rig, client: &mut Client, arguments: Value) -> Result<Answer> {
    client
        .send(rig.call("support-bot", 7, "echo", &arguments)?)
        .await
}

async fn clients(rig: &Rig) -> Result<[Client; 2]> {
    Ok([rig.http1().await?, rig.http2().await?])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_passes_is_blanked_or_is_refused() -> Result<()> {
    let rig = rig().await?;
    for mut client in clients(&rig).await? {
        for message in ["all is well", "ünï", &"x".repeat(200_000)] {
            let answer = echo(&rig, &mut client, json!({ "message": message })).await?;
            let text = answer.json()["result"]["content"][0]["text"].clone();
            assert_eq!(text, json!({ "message": message }).to_string());
            assert_eq!(answer.header("x-callgate-decision"), "ALLOW");
        }
        let answer = echo(
            &rig,
            &mut client,
            json!({ "message": format!("a {TOKEN} b") }),
        )
        .await?;
        let text = answer.json()["result"]["content"][0]["text"].to_string();
        assert!(
            text.contains("a [token] b") && !text.contains(TOKEN),
            "{text}"
        );
        assert_eq!(answer.header("x-callgate-decision"), "FLAG");
        assert_eq!(
            answer.header("content-length"),
            answer.body.len().to_string()
        );
        let answer = echo(
            &rig,
            &mut client,
            json!({ "message": "this is Internal Only" }),
        )
        .await?;
        assert_eq!(
            (answer.status, answer.header("x-callgate-decision")),
            (200, "DENY")
        );
        let body = answer.json();
        assert_eq!(body["id"], 7, "{body}");
        assert_eq!(
            body["error"]["data"]["reasons"][0], "OUTPUT_REJECTED",
            "{body}"
        );
    }
    let seen = rig.upstream.seen();
    assert!(
        seen.iter()
            .all(|seen| !seen.headers.contains_key("accept-encoding"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_judged_one_by_one() -> Result<()> {
    let rig = rig().await?;
    for mut client in clients(&rig).await? {
        let answer = echo(
            &rig,
            &mut client,
            json!({ "events": true, "message": TOKEN }),
        )
        .await?;
        let text = String::from_utf8(answer.body.to_vec())?;
        assert_eq!(text.matches("data: ").count(), 2, "{text}");
        assert!(text.contains("[token]") && !text.contains(TOKEN), "{text}");
        let bad = json!({ "events": true, "message": "internal only" });
        let answer = echo(&rig, &mut client, bad).await?;
        let text = String::from_utf8(answer.body.to_vec())?;
        assert!(
            text.contains("OUTPUT_REJECTED") && !text.contains("internal only"),
            "{text}"
        );
        assert_eq!(text.matches("data: ").count(), 2, "{text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_release_that_a_trusted_key_signed_decides() -> Result<()> {
    for (signer, status) in [(1, 200), (2, 503)] {
        let rig = Rig::adapted(move |bootstrap| {
            let plugin = &mut bootstrap.plugin;
            // Sorted keys and no white space: what is canonical already.
            let mut envelope = Envelope::new(&plugin["release"].to_string());
            PrivateKey::from_seed(&[signer; 32]).sign(&mut envelope);
            plugin["release"] = serde_json::from_str(&envelope.to_json()).unwrap_or_default();
            plugin["trusted_keys"] = json!([PrivateKey::from_seed(&[1; 32]).public().to_pem()]);
        });
        let rig = rig.await?;
        let answer = echo(&rig, &mut rig.http1().await?, json!({ "message": "hello" })).await?;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(rig.upstream.seen().len(), usize::from(status == 200));
    }
    Ok(())
}

/// A server that speaks for the filter; its port.
async fn forger() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper::service::service_fn(|_: Request<hyper::body::Incoming>| async {
                let mut answer = Response::new(request::whole("{}"));
                for name in ["x-callgate-decision", "x-callgate-release"] {
                    let forged = hyper::header::HeaderValue::from_static("FORGED");
                    answer.headers_mut().insert(name, forged);
                }
                Ok::<_, Infallible>(answer)
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async { drop(connection.await) });
        }
    });
    Ok(port)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_speaks_for_the_filter_whether_it_says_something_or_not() -> Result<()> {
    let port = forger().await?;
    for (says, decision, release) in [(true, "ALLOW", "3"), (false, "", "")] {
        let rule = json!({ "effect": "allow", "expression": "true" });
        let mut plugin = plugin(&[policy("CelPolicy", rule)])?;
        plugin["response_headers"] = says.into();
        let layout = Layout::of_this_tree();
        let module = layout.filter().display().to_string();
        let gateway = Gateway {
            listen: ("127.0.0.1".to_owned(), 0),
            admin: 0,
            upstream: Upstream {
                host: "127.0.0.1".to_owned(),
                port,
                tls: false,
            },
            filter: callgate_envoy::filter(&callgate_envoy::wasm(&module, &plugin)),
            tokens: None,
            certificates: None,
            control_plane: None,
            buffer_bytes: 2 << 20,
        };
        let whole = gateway.bootstrap();
        let start = move || Envoy::start_with(&layout, &whole, 1);
        let envoy = tokio::task::spawn_blocking(start).await??;
        let body = request::whole(request::call(1, "echo", &json!({})));
        let mut client = Client::http1(&envoy.address).await?;
        let answer = client.send(request::post(None, body)?).await?;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-callgate-decision"), decision);
        assert_eq!(answer.header("x-callgate-release"), release);
    }
    Ok(())
}
