//! A real Envoy verifies a token, and its claims say who calls.

use anyhow::{Result, ensure};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use callgate_tests::envoy::{Rig, request};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use xtask::envoy::bootstrap::{Authentication, TASK_ISSUER, TASK_PAYLOAD, TASK_TOKEN_HEADER};

/// A JSON Web Token (RFC 7519) signed with HS256.
fn token(claims: &Value, key: &str) -> Result<String> {
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())?;
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("{signed}.{signature}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_envoy_verified_say_who_calls() -> Result<()> {
    let rig = Rig::adapted(|bootstrap| {
        bootstrap.authentication = Authentication::None;
        bootstrap.plugin["identity"] = json!({
            "source": "jwt", "payload": TASK_PAYLOAD,
            "labels": { "team": ["org", "team"] }, "groups": "groups",
        });
    })
    .await?;
    let mut client = rig.http1().await?;
    let claims = |team: &str| {
        json!({
            "iss": TASK_ISSUER, "sub": "bot-7", "exp": 4_102_444_800_u64,
            "org": { "team": team }, "groups": ["agents", "night shift"],
        })
    };
    for (team, tool, passes) in [
        ("support", "echo", true),
        ("engineering", "echo", true),
        ("sales", "echo", false),
        ("support", "get-env", false),
    ] {
        let body = request::call(1, tool, &json!({ "message": "hi" }));
        let mut sent = request::post(None, request::whole(body))?;
        let token = token(&claims(team), &rig.front.task_key)?;
        sent.headers_mut().insert(TASK_TOKEN_HEADER, token.parse()?);
        let answer = client.send(sent).await?;
        let passed = answer.json()["result"].is_object();
        ensure!(passed == passes, "{team} {tool}: {}", answer.json());
    }
    // Nobody without a token, or with one that somebody else signed. Whoever is refused before the body
    // has arrived loses the connection with it.
    let body = || request::call(1, "echo", &json!({ "message": "hi" }));
    let answer = rig
        .http1()
        .await?
        .send(request::post(None, request::whole(body()))?)
        .await?;
    assert_eq!(answer.status, 401, "{}", answer.json());
    let mut sent = request::post(None, request::whole(body()))?;
    let forged = token(&claims("support"), "another key of the same length, or so")?;
    sent.headers_mut()
        .insert(TASK_TOKEN_HEADER, forged.parse()?);
    assert_eq!(rig.http1().await?.send(sent).await?.status, 401);
    Ok(())
}
