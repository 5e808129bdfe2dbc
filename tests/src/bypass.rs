//! The bypass corpus: requests that fooled gateways of this kind, and their harmless twins.
//!
//! A case is a file `tests/corpus/bypass/<CLASS>/<lesson>.json`; `config.json` beside the classes is
//! the gateway they all meet, which a case may change.
use anyhow::{Context, Result, bail, ensure};
use callgate_model::{Limits, Reader};
use callgate_release::{Build, Format, Settings, documents};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One request, and what must become of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// `CLASS-lesson`, as the file says and is named.
    pub id: String,
    /// The class, for example `W01`.
    pub class: String,
    /// Why this fooled somebody.
    pub about: String,
    /// What is sent.
    pub request: Request,
    /// Host calls that fail while the request is handled, for hosts that can.
    pub host_failures: Vec<HostFailure>,
    /// The gateway it meets.
    pub config: Config,
    /// What must become of it.
    pub expect: Expect,
}

/// A request as it travels.
#[derive(Debug, Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Vec<u8>,
    /// The request target.
    pub path: Vec<u8>,
    /// Header lines in order, pseudo-headers not among them.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body; absent when the headers end the request.
    pub body: Option<Vec<u8>>,
    /// Lengths of the pieces that the body arrives in; the rest is the last piece.
    pub chunks: Vec<usize>,
    /// Trailer lines; absent when there are none.
    pub trailers: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

/// A host call that answers a status of our choice, every time.
#[derive(Debug, Clone)]
pub struct HostFailure {
    /// Its name in the ABI.
    pub call: String,
    /// The status it gives.
    pub status: u32,
}

/// The gateway's configuration and the policies behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The filter's configuration without a release.
    pub gateway: Value,
    /// Policy documents.
    pub policies: Value,
}

/// What must become of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// The same bytes go on.
    Forwarded,
    /// It is answered with this.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The JSON-RPC error code.
        rpc_code: i64,
        /// The reason code, first in `data.reasons`.
        code: String,
    },
    /// Nothing goes on, and nobody can be told: the host cannot answer.
    Withheld,
}

/// Every case of the corpus, in order of their names.
///
/// # Errors
/// A file that is not a case.
pub fn cases() -> Result<Vec<Case>> {
    let root = corpus();
    let shared = read_json(&root.join("config.json"))?;
    let mut files = Vec::new();
    for class in std::fs::read_dir(&root)? {
        let class = class?.path();
        if class.is_dir() {
            for file in std::fs::read_dir(class)? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    let case = |path: &PathBuf| case(path, &shared).with_context(|| path.display().to_string());
    files.iter().map(case).collect()
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/bypass")
}

fn read_json(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path)?;
    Ok(serde_json::from_str(&text)?)
}

fn case(path: &Path, shared: &Value) -> Result<Case> {
    let file = read_json(path)?;
    let text = |key: &str| {
        file[key]
            .as_str()
            .map(str::to_owned)
            .context(format!("`{key}`"))
    };
    let (id, class) = (text("id")?, text("class")?);
    let lesson = path.file_stem().context("a name")?.to_string_lossy();
    ensure!(
        id == format!("{class}-{lesson}"),
        "`id` is not the file's name"
    );
    ensure!(
        path.parent().is_some_and(|p| p.ends_with(&class)),
        "`class` is not the folder's name"
    );
    ensure!(!text("source")?.is_empty(), "`source` is empty");
    let mut config = shared.clone();
    merge(&mut config, &file["config"]);
    let failures = file["host_failures"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    Ok(Case {
        about: text("about")?,
        request: request(&file["request"])?,
        host_failures: failures.iter().map(host_failure).collect::<Result<_>>()?,
        config: Config {
            gateway: config["gateway"].take(),
            policies: config["policies"].take(),
        },
        expect: expect(&file["expect"])?,
        id,
        class,
    })
}

/// Objects merge member by member; anything else replaces.
fn merge(base: &mut Value, change: &Value) {
    match (base, change) {
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(change)) => {
            for (key, value) in change {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, change) => *base = change.clone(),
    }
}

fn request(value: &Value) -> Result<Request> {
    let body = match &value["body"] {
        Value::Null => None,
        Value::Array(parts) => {
            let parts: Vec<_> = parts.iter().map(bytes).collect::<Result<_>>()?;
            Some(parts.concat())
        }
        whole => Some(bytes(whole)?),
    };
    let chunks = value["chunks"].as_array().cloned().unwrap_or_default();
    let length = |chunk: &Value| {
        Ok(usize::try_from(
            chunk.as_u64().context("a chunk's length")?,
        )?)
    };
    let trailers = &value["trailers"];
    Ok(Request {
        method: bytes(&value["method"])?,
        path: bytes(&value["path"])?,
        headers: lines(&value["headers"])?,
        body,
        chunks: chunks.iter().map(length).collect::<Result<_>>()?,
        trailers: if trailers.is_null() {
            None
        } else {
            Some(lines(trailers)?)
        },
    })
}

fn lines(value: &Value) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let lines = value.as_array().context("header lines")?;
    lines
        .iter()
        .map(|line| Ok((bytes(&line[0])?, bytes(&line[1])?)))
        .collect()
}

/// Text, `{"base64": text}` or `{"repeat": text, "times": n}`.
fn bytes(value: &Value) -> Result<Vec<u8>> {
    if let Some(text) = value.as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(text) = value["base64"].as_str() {
        return from_base64(text);
    }
    match (value["repeat"].as_str(), value["times"].as_u64()) {
        (Some(text), Some(times)) => Ok(text.repeat(usize::try_from(times)?).into_bytes()),
        _ => bail!("neither text nor bytes: {value}"),
    }
}

fn from_base64(text: &str) -> Result<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS
            .iter()
            .position(|d| *d == byte)
            .context("a base64 digit")?;
        bits = (bits << 6 | u32::try_from(digit)?) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff)?);
        }
    }
    Ok(out)
}

fn host_failure(value: &Value) -> Result<HostFailure> {
    Ok(HostFailure {
        call: value["call"].as_str().context("`call`")?.to_owned(),
        status: u32::try_from(value["status"].as_u64().context("`status`")?)?,
    })
}

fn expect(value: &Value) -> Result<Expect> {
    if value["forwarded"].as_bool().context("`forwarded`")? {
        return Ok(Expect::Forwarded);
    }
    if value["status"].is_null() {
        return Ok(Expect::Withheld);
    }
    Ok(Expect::Refused {
        status: u16::try_from(value["status"].as_u64().context("`status`")?)?,
        rpc_code: value["jsonrpc_code"].as_i64().context("`jsonrpc_code`")?,
        code: value["code"].as_str().context("`code`")?.to_owned(),
    })
}

impl Case {
    /// Whether its path is one that the gateway lets pass unjudged.
    #[must_use]
    pub fn passes_by_configuration(&self) -> bool {
        let routes = self.config.gateway["routes"].as_array();
        let prefixes = routes.into_iter().flatten().filter_map(|route| {
            let prefix = route["path_prefix"].as_str()?;
            (route["kind"] == "pass").then_some(prefix)
        });
        let mut prefixes = prefixes.map(str::as_bytes);
        self.expect == Expect::Forwarded
            && prefixes.any(|prefix| self.request.path.starts_with(prefix))
    }
}

impl Request {
    /// The body in the pieces it arrives in; empty pieces are kept.
    #[must_use]
    pub fn pieces(&self) -> Vec<Vec<u8>> {
        let Some(body) = &self.body else {
            return Vec::new();
        };
        let (mut rest, mut pieces) = (body.as_slice(), Vec::new());
        for length in &self.chunks {
            let (piece, tail) = rest.split_at((*length).min(rest.len()));
            pieces.push(piece.to_vec());
            rest = tail;
        }
        pieces.push(rest.to_vec());
        pieces
    }
}

impl Config {
    /// The filter's whole configuration: the gateway and a release of the policies.
    ///
    /// # Errors
    /// Policies that are not documents.
    pub fn plugin_configuration(&self) -> Result<String> {
        let mut gateway = self.gateway.clone();
        gateway["release"] = serde_json::from_str(&self.release()?)?;
        Ok(gateway.to_string())
    }

    /// A release of the policies, number 7.
    ///
    /// # Errors
    /// Policies that are not documents.
    pub fn release(&self) -> Result<String> {
        let text = self.policies.to_string();
        let found = documents::read(&text, Format::Json, &Limits::default());
        ensure!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
        let policies: Vec<_> = found.policies.into_iter().map(|p| p.policy).collect();
        let build = Build {
            project: "bypass",
            number: 7,
            settings: Settings::default(),
            policies: &policies,
            ..Build::default()
        };
        Ok(build.to_json())
    }

    /// The gateway as the wire reads it.
    ///
    /// # Errors
    /// A gateway that the wire does not accept.
    pub fn gateway(&self) -> Result<callgate_wire::Gateway> {
        let text = self.gateway.to_string();
        let document = callgate_json::Document::parse(text.as_bytes(), &Limits::default().json)?;
        let mut reader = Reader::default();
        let fields = reader.fields(
            document.root(),
            "a gateway",
            &callgate_wire::gateway::FIELDS,
        );
        let gateway = fields.and_then(|fields| callgate_wire::Gateway::read(&mut reader, fields));
        match reader.finish(gateway) {
            Ok(gateway) => Ok(gateway),
            Err(problems) => bail!("{problems:?}"),
        }
    }
}

impl Expect {
    /// What a reply says, in the terms of an expectation.
    ///
    /// # Errors
    /// A body that is not a JSON-RPC error with reasons.
    pub fn of_reply(status: u16, body: &[u8]) -> Result<Self> {
        let body: Value = serde_json::from_slice(body).context("the reply's body")?;
        ensure!(body["jsonrpc"] == "2.0", "no JSON-RPC reply: {body}");
        let code = body["error"]["data"]["reasons"][0].as_str();
        Ok(Self::Refused {
            status,
            rpc_code: body["error"]["code"].as_i64().context("`error.code`")?,
            code: code.context("`error.data.reasons`")?.to_owned(),
        })
    }
}
