//! A real Envoy verifies a token or a client's certificate, and what they say is who calls.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD};
use callgate_envoy::{ClientCertificates, Gateway, Upstream as Behind};
use callgate_tests::envoy::client::{Answer, Client};
use callgate_tests::envoy::upstream::Upstream;
use callgate_tests::envoy::{Rig, request};
use callgate_tests::filter::{plugin, policy};
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper_util::rt::TokioIo;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType,
};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use xtask::envoy::Envoy;
use xtask::envoy::bootstrap::{Authentication, TASK_ISSUER, TASK_PAYLOAD, TASK_TOKEN_HEADER};
use xtask::layout::Layout;
use xtask::process::Scratch;

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

/// Who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    own: Certificate,
}

/// A certificate and its key.
struct Owned {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Whose issuer has its own name has signed itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        let own = params.self_signed(&key)?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            own,
        })
    }

    fn sign(&self, names: Vec<SanType>) -> Result<Owned> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.subject_alt_names = names;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Owned { certificate, key })
    }
}

fn uri(name: &str) -> Result<SanType> {
    Ok(SanType::URI(Ia5String::try_from(name)?))
}

fn dns(name: &str) -> Result<SanType> {
    Ok(SanType::DnsName(Ia5String::try_from(name)?))
}

/// What the gateway is called in its own certificate.
const GATEWAY: &str = "gateway.test";

/// An Envoy that asks clients for certificates of an authority, if there is one.
async fn tls(
    folder: &Path,
    authority: &Authority,
    asks: bool,
    identity: Value,
    upstream: u16,
) -> Result<Envoy> {
    let server = authority.sign(vec![dns(GATEWAY)?])?;
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        anyhow::Ok(path.display().to_string())
    };
    let certificates = ClientCertificates {
        certificate: file("server.pem", server.certificate.pem())?,
        key: file("server.key", server.key.serialize_pem())?,
        client_ca: match asks {
            true => Some(file("authority.pem", authority.own.pem())?),
            false => None,
        },
    };
    let rule = json!({ "effect": "allow", "expression": "identity.labels.team == 'support'" });
    let mut plugin = plugin(&[policy("CelPolicy", rule)])?;
    plugin["identity"] = identity;
    let layout = Layout::of_this_tree();
    let module = layout.filter().display().to_string();
    let gateway = Gateway {
        listen: ("127.0.0.1".to_owned(), 0),
        admin: 0,
        upstream: Behind {
            host: "127.0.0.1".to_owned(),
            port: upstream,
            tls: false,
        },
        filter: callgate_envoy::filter(&callgate_envoy::wasm(&module, &plugin)),
        tokens: None,
        certificates: Some(certificates),
        control_plane: None,
        buffer_bytes: 2 << 20,
    };
    let whole = gateway.bootstrap();
    let start = move || Envoy::start_with(&layout, &whole, 1);
    tokio::task::spawn_blocking(start).await?
}

/// A call by whoever has that certificate, or none.
async fn call(envoy: &Envoy, authority: &Authority, own: Option<&Owned>) -> Result<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.own.der().clone())?;
    let config = ClientConfig::builder().with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::try_from(own.key.serialize_der());
            let key = key.map_err(|why| anyhow::anyhow!(why))?;
            config.with_client_auth_cert(vec![own.certificate.der().clone()], key)?
        }
    };
    let stream = TcpStream::connect(&envoy.address).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector
        .connect(ServerName::try_from(GATEWAY)?, stream)
        .await
        .context(NO_TLS)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let body = request::call(1, "echo", &json!({}));
    let request = request::post(None, request::whole(body))?;
    // What Envoy does not take of a client it says by ending the connection.
    let answer = Client::Http1(sender).send(request).await;
    answer.context(NO_TLS)
}

/// What is said of a connection that TLS ends.
const NO_TLS: &str = "TLS ends it";

const SUPPORT: &str = "spiffe://corp/support-bot";
const STRANGER: &str = "spiffe://corp/other";

fn passed(answer: &Answer) -> bool {
    answer.json()["result"].is_object()
}

/// The directory knows one name, whose team passes.
fn known(san: &str, name: &str) -> Value {
    json!({ "source": "mtls", "san": san, "directory": { name: { "labels": { "team": "support" } } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_envoy_verified_says_who_calls() -> Result<()> {
    let (authority, other) = (Authority::new()?, Authority::new()?);
    let upstream = Upstream::start().await?;
    let scratch = Scratch::new(&Layout::of_this_tree().products())?;
    let identity = known("uri", SUPPORT);
    let envoy = tls(scratch.path(), &authority, true, identity, upstream.port).await?;
    let by = async |own: Option<&Owned>| call(&envoy, &authority, own).await;
    let right = authority.sign(vec![dns("bot.test")?, uri(SUPPORT)?])?;
    let answer = by(Some(&right)).await?;
    ensure!(passed(&answer), "{}", answer.json());
    // The first URI is the name; what follows it, or stands elsewhere, is none.
    for names in [
        vec![uri(STRANGER)?],
        vec![uri(STRANGER)?, uri(SUPPORT)?],
        vec![uri(&format!("{SUPPORT}/x"))?],
        vec![dns(SUPPORT.trim_start_matches("spiffe://"))?],
        vec![],
    ] {
        let words = format!("{names:?}");
        let answer = by(Some(&authority.sign(names)?)).await?;
        ensure!(
            answer.status == 401 && !passed(&answer),
            "{words}: {}",
            answer.json()
        );
    }
    let both = authority.sign(vec![uri(SUPPORT)?, uri(STRANGER)?])?;
    ensure!(passed(&by(Some(&both)).await?), "the first URI is the name");
    assert_eq!(upstream.seen().len(), 2);
    // Without a certificate, or with one that somebody else signed, TLS itself ends it.
    let forged = other.sign(vec![uri(SUPPORT)?])?;
    for own in [None, Some(&forged)] {
        let ended = by(own).await.map(|answer| answer.status);
        let words = ended.err().map(|why| format!("{why:#}"));
        ensure!(
            words.as_ref().is_some_and(|it| it.contains(NO_TLS)),
            "{words:?}"
        );
    }
    assert_eq!(upstream.seen().len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_may_say_so_with_its_dns_name() -> Result<()> {
    let authority = Authority::new()?;
    let upstream = Upstream::start().await?;
    let scratch = Scratch::new(&Layout::of_this_tree().products())?;
    let identity = known("dns", "support-bot.corp");
    let envoy = tls(scratch.path(), &authority, true, identity, upstream.port).await?;
    let right = authority.sign(vec![uri(STRANGER)?, dns("support-bot.corp")?])?;
    let answer = call(&envoy, &authority, Some(&right)).await?;
    ensure!(passed(&answer), "{}", answer.json());
    let wrong = authority.sign(vec![uri("support-bot.corp")?, dns("x.support-bot.corp")?])?;
    assert_eq!(call(&envoy, &authority, Some(&wrong)).await?.status, 401);
    assert_eq!(upstream.seen().len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_envoy_asks_for_no_certificate_nobody_is_known() -> Result<()> {
    let authority = Authority::new()?;
    let upstream = Upstream::start().await?;
    let scratch = Scratch::new(&Layout::of_this_tree().products())?;
    let identity = known("uri", SUPPORT);
    let envoy = tls(scratch.path(), &authority, false, identity, upstream.port).await?;
    let unasked = authority.sign(vec![uri(SUPPORT)?])?;
    for own in [None, Some(&unasked)] {
        assert_eq!(call(&envoy, &authority, own).await?.status, 401);
    }
    assert!(upstream.seen().is_empty());
    Ok(())
}
