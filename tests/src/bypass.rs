//! The bypass corpus: requests that fooled gateways of this kind, and their harmless twins.
//!
//! A case is a file `tests/corpus/bypass/<CLASS>/<lesson>.json`; `config.json` beside the classes is
//! the gateway they all meet, which a case may change.
mod bytes;
mod config;
mod end;
pub(crate) mod judge;
mod response;
mod script;
mod stage;

use anyhow::{Context, Result, ensure};
use bytes::Written;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

pub use config::Config;
pub use end::{Answer, End, Sent};
pub use response::Response;
pub(crate) use script::{Configure, Meanwhile, Moment, Poll};
pub use script::{Script, Send, Step};
pub(crate) use stage::{DENYING, fault};
pub use stage::{Shape, play};

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
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "WrittenRequest")]
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
    /// What the host knows of it beside: Envoy's attributes, by their paths.
    pub attributes: Vec<(Vec<String>, Vec<u8>)>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenRequest {
    method: Option<Written>,
    path: Option<Written>,
    headers: Option<Vec<(Written, Written)>>,
    body: Option<Written>,
    chunks: Vec<usize>,
    trailers: Option<Vec<(Written, Written)>>,
    attributes: Vec<(Vec<String>, Written)>,
}

/// A host call that answers a status of our choice, every time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostFailure {
    /// Its name in the ABI.
    pub call: String,
    /// The status it gives.
    pub status: u32,
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

/// A file: one request, or a script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    class: String,
    source: String,
    about: String,
    #[serde(default)]
    config: Value,
    request: Option<Request>,
    #[serde(default)]
    host_failures: Vec<HostFailure>,
    expect: Option<End>,
    #[serde(default)]
    host: script::Host,
    script: Option<Vec<Step>>,
}

/// The cases of one request, in order of their names.
///
/// # Errors
/// A file that is not a case.
pub fn cases() -> Result<Vec<Case>> {
    let files = files()?;
    let cases = files.into_iter().filter(|(_, file)| file.script.is_none());
    cases
        .map(|(config, file)| Ok(case(config, file)?.0))
        .collect()
}

/// Every case of the corpus, in order of their names: one request is a script of one step.
///
/// # Errors
/// A file that is not a case.
pub fn scripts() -> Result<Vec<Script>> {
    let script = |(config, mut file): (Config, File)| match file.script.take() {
        None => case(config, file).map(|(case, expect)| Script::of_request(case, expect)),
        Some(steps) => {
            ensure!(
                file.request.is_none() && file.expect.is_none() && file.host_failures.is_empty(),
                "`{}` is a script and a request",
                file.id
            );
            Ok(Script {
                id: file.id,
                class: file.class,
                config,
                host: file.host,
                steps,
            })
        }
    };
    files()?.into_iter().map(script).collect()
}

fn case(config: Config, file: File) -> Result<(Case, End)> {
    let id = || file.id.clone();
    let expect = file.expect.with_context(id)?;
    ensure!(
        config.release.is_null(),
        "{}: a release needs a script",
        file.id
    );
    let attested = file
        .request
        .as_ref()
        .is_some_and(|request| !request.attributes.is_empty());
    ensure!(!attested, "{}: attributes need a script", file.id);
    let verdict = expect.verdict().with_context(id)?;
    let case = Case {
        expect: verdict.with_context(|| format!("{}: an answer needs a script", file.id))?,
        request: file.request.with_context(id)?,
        host_failures: file.host_failures,
        about: file.about,
        class: file.class,
        id: file.id,
        config,
    };
    Ok((case, expect))
}

/// The gateway that all cases meet, unless they change it.
///
/// # Errors
/// Its file cannot be read.
pub fn shared() -> Result<Config> {
    Config::read(read_json(&corpus().join("config.json"))?)
}

/// Every file with its gateway.
fn files() -> Result<Vec<(Config, File)>> {
    let (root, shared) = (corpus(), shared()?);
    let mut paths = Vec::new();
    for class in std::fs::read_dir(&root)? {
        let class = class?.path();
        if class.is_dir() {
            for file in std::fs::read_dir(class)? {
                paths.push(file?.path());
            }
        }
    }
    paths.sort();
    let file = |path: &PathBuf| file(path, &shared).with_context(|| path.display().to_string());
    paths.iter().map(file).collect()
}

/// Where the corpus is.
#[must_use]
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/bypass")
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path)?;
    Ok(serde_json::from_str(&text)?)
}

fn file(path: &Path, shared: &Config) -> Result<(Config, File)> {
    let file: File = read_json(path)?;
    let lesson = path.file_stem().context("a name")?.to_string_lossy();
    ensure!(
        file.id == format!("{}-{lesson}", file.class),
        "`id` is not the file's name"
    );
    ensure!(
        path.parent().is_some_and(|p| p.ends_with(&file.class)),
        "`class` is not the folder's name"
    );
    ensure!(!file.source.is_empty(), "`source` is empty");
    ensure!(!file.about.is_empty(), "`about` is empty");
    Ok((shared.changed(&file.config)?, file))
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
        let pieces = |body: &Vec<u8>| bytes::pieces(body, &self.chunks);
        self.body.as_ref().map(pieces).unwrap_or_default()
    }
}

/// An allowed caller's JSON.
const USUAL: [(&str, &str); 2] = [
    ("content-type", "application/json"),
    ("x-callgate-identity", "support-bot"),
];
/// An allowed call.
const HARMLESS: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_issue","arguments":{}}}"#;

impl TryFrom<WrittenRequest> for Request {
    type Error = anyhow::Error;

    fn try_from(written: WrittenRequest) -> Result<Self> {
        let or = |written: &Option<Written>, usual: &str| match written {
            None => Ok(usual.as_bytes().to_vec()),
            Some(written) => written.bytes(),
        };
        let usual = || {
            let usual = USUAL.iter();
            usual.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        };
        let attribute = |(path, value): &(Vec<String>, Written)| Ok((path.clone(), value.bytes()?));
        Ok(Self {
            method: or(&written.method, "POST")?,
            path: or(&written.path, "/mcp")?,
            headers: match &written.headers {
                None => usual().collect(),
                Some(headers) => bytes::lines(headers)?,
            },
            body: written.body.as_ref().map(Written::bytes).transpose()?,
            chunks: written.chunks,
            trailers: written.trailers.as_deref().map(bytes::lines).transpose()?,
            attributes: written
                .attributes
                .iter()
                .map(attribute)
                .collect::<Result<_>>()?,
        })
    }
}

impl Default for Request {
    /// A call that the corpus's gateway lets pass.
    fn default() -> Self {
        let usual = USUAL.iter();
        let usual =
            usual.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        Self {
            method: b"POST".to_vec(),
            path: b"/mcp".to_vec(),
            headers: usual.collect(),
            body: Some(HARMLESS.as_bytes().to_vec()),
            chunks: Vec::new(),
            trailers: None,
            attributes: Vec::new(),
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
