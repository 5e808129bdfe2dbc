//! The gateway part of a configuration: identities, tasks, runs and routes, read strictly.
mod conflicts;
mod costs;
mod identity;
mod limits;
mod routes;
mod templates;

use crate::http::{self, Headers};
use crate::identity::{Source, TaskHeader};
use crate::route::Routes;
use crate::run::{RunHeader, RunSource};
use callgate_json::{Limits, Value};
use callgate_model::{Fields, Reader};
use limits::limits;

/// What is common to all requests of a gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Who calls.
    pub identity: Source,
    /// Within which task.
    pub task: Option<TaskHeader>,
    /// Which run of the caller it is.
    pub run: Option<RunSource>,
    /// Which paths there are.
    pub routes: Routes,
    /// Bounds on the JSON in headers; routes have their own.
    pub limits: Limits,
    /// The headers that say who calls, within which task, in which run.
    reads: Vec<ReadHeader>,
}

/// A header that is read here.
#[derive(Clone, Debug)]
struct ReadHeader {
    name: String,
    /// Whether the server behind does not see it.
    is_consumed: bool,
}

/// The fields of a configuration that [`Gateway::read`] takes.
pub const FIELDS: [&str; 5] = ["identity", "task", "run", "routes", "limits"];

/// Headers of this name are ours: clients that send them are stripped of them.
pub const OWN_HEADERS: &str = "x-callgate-";

impl Gateway {
    /// Reads the gateway's fields out of a configuration object.
    pub fn read(reader: &mut Reader, fields: Fields<'_>) -> Option<Self> {
        let limits = match fields.get("limits") {
            None => Some(Limits::default()),
            Some(value) => limits(reader, value, Limits::default()),
        };
        let limits = limits?;
        let identity = reader.required(fields, "identity", "the configuration");
        let identity = identity.and_then(|value| identity::source(reader, value, &limits));
        let task = match fields.get("task") {
            None => Some(None),
            Some(value) => task(reader, value).map(Some),
        };
        let run = match fields.get("run") {
            None => Some(None),
            Some(value) => run(reader, value).map(Some),
        };
        let routes = reader.required(fields, "routes", "the configuration");
        let routes = routes.and_then(|value| routes::read(reader, value, limits));
        let (identity, task, run) = (identity?, task?, run?);
        Some(Self {
            reads: reads(&identity, task.as_ref(), run.as_ref()),
            identity,
            task,
            run,
            routes: routes?,
            limits,
        })
    }

    /// Whether callers or tasks are believed by signed tokens.
    #[must_use]
    pub fn takes_tokens(&self) -> bool {
        let task = self.task.as_ref();
        matches!(self.identity, Source::Token(_)) || task.is_some_and(|task| task.signed)
    }

    /// The request headers that must not reach the server behind: ours, and those consumed here.
    pub fn stripped<'a>(&'a self, headers: Headers<'a>) -> impl Iterator<Item = &'a [u8]> + 'a {
        headers.names().filter(move |name| self.strips(name))
    }

    /// Whether a trailer of a request that is not judged stays here: whatever is read from a header, or
    /// resembles it, also where that header itself goes on.
    #[must_use]
    pub fn strips_trailer(&self, name: &[u8]) -> bool {
        http::begins(name, OWN_HEADERS) || self.reads.iter().any(|read| read.is_like(name))
    }

    /// Whether a request header stays here.
    #[must_use]
    pub fn strips(&self, name: &[u8]) -> bool {
        let mut like = self.reads.iter().filter(|read| read.is_like(name));
        // Whoever reads `_` as `-` would take the client's `x_agent` for the one that is trusted.
        if like.any(|read| read.is_consumed || name.contains(&b'_')) {
            return true;
        }
        // All others begin so, and few headers do.
        if !matches!(name, [b'x' | b'X', b'-' | b'_', ..]) {
            return false;
        }
        REWRITES
            .iter()
            .any(|rewrite| http::folds_alike(name, rewrite.as_bytes()))
            || http::begins(name, OWN_HEADERS) && !self.reads.iter().any(|read| read.is_like(name))
    }
}

impl ReadHeader {
    fn is_like(&self, name: &[u8]) -> bool {
        http::folds_alike(name, self.name.as_bytes())
    }
}

fn reads(identity: &Source, task: Option<&TaskHeader>, run: Option<&RunSource>) -> Vec<ReadHeader> {
    let sources = [
        (identity.header(), identity.consumed_header()),
        (
            task.map(|task| task.name.as_str()),
            task.and_then(TaskHeader::consumed),
        ),
        (
            run.and_then(RunSource::header),
            run.and_then(RunSource::consumed),
        ),
    ];
    let read = sources.into_iter().filter_map(|(name, consumed)| {
        Some(ReadHeader {
            name: name?.to_owned(),
            is_consumed: consumed.is_some(),
        })
    });
    read.collect()
}

/// Headers that some servers take for the path or the method, which was judged as it stands, and those
/// that have Envoy's router send a request that was judged once more than once.
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

fn task(reader: &mut Reader, value: Value<'_>) -> Option<TaskHeader> {
    let fields = reader.fields(value, "`task`", &["source", "header", "forward"])?;
    let kind = reader.required(fields, "source", "`task`")?;
    let signed = reader.choice(kind, "`task.source`", &[("header", false), ("token", true)])?;
    if signed {
        reader.fields(value, "a token `task`", &["source", "header"])?;
    }
    let name = header_name(reader, fields, "`task`");
    let forward = flag(reader, fields, "forward");
    Some(TaskHeader {
        signed,
        name: name?,
        forward: forward?,
    })
}

fn run(reader: &mut Reader, value: Value<'_>) -> Option<RunSource> {
    let fields = reader.fields(value, "`run`", &["source", "header", "forward"])?;
    let kind = reader.required(fields, "source", "`run`")?;
    let is_header = reader.choice(
        kind,
        "`run.source`",
        &[("header", true), ("session", false)],
    )?;
    if !is_header {
        reader.fields(value, "a `run` per session", &["source"])?;
        return Some(RunSource::Session);
    }
    let name = header_name(reader, fields, "`run`");
    let forward = flag(reader, fields, "forward");
    Some(RunSource::Header(RunHeader {
        name: name?,
        forward: forward?,
    }))
}

fn header_name(reader: &mut Reader, fields: Fields<'_>, what: &str) -> Option<String> {
    let value = reader.required(fields, "header", what)?;
    let name = reader.string(value, "`header`")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        let help = Some("letters, digits and `-`".to_owned());
        let message = format!("`{name}` is not a header name");
        reader.error("UNKNOWN_VALUE", value, message, help);
        return None;
    }
    Some(name.to_ascii_lowercase())
}

fn flag(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<bool> {
    match fields.get(key) {
        None => Some(false),
        Some(value) => reader.bool(value, key),
    }
}
