//! Routes: which path speaks what, and how a denial looks there.
use crate::name;
use callgate_json::Limits;

/// How a denied tool call is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Denial {
    /// 200 and a JSON-RPC error: both SDKs show code and message to the caller.
    #[default]
    JsonRpc,
    /// 403 and a JSON-RPC error.
    Http403,
    /// 200 and a result with `isError`: the model reads the text.
    IsError,
    /// 200 and the error of a tool that does not exist.
    Stealth,
}

impl Denial {
    /// Every shape with the name that configuration uses.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("json_rpc", Self::JsonRpc),
        ("http_403", Self::Http403),
        ("is_error", Self::IsError),
        ("stealth", Self::Stealth),
    ];
}

/// A path that speaks MCP.
#[derive(Clone, Debug)]
pub struct Route {
    path: String,
    server: Option<String>,
    denial: Denial,
    limits: Limits,
    whole_lists: bool,
}

impl Route {
    /// An MCP route for exactly the request target `path`, query included.
    #[must_use]
    pub fn mcp(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            server: None,
            denial: Denial::default(),
            limits: Limits::default(),
            whole_lists: false,
        }
    }

    /// Names the server behind the route; `None` when the name could make two tools share a name.
    #[must_use]
    pub fn with_server(self, server: impl Into<String>) -> Option<Self> {
        let server = server.into();
        name::is_server(&server).then_some(Self {
            server: Some(server),
            ..self
        })
    }

    /// Sets the shape of denials.
    #[must_use]
    pub fn with_denial(self, denial: Denial) -> Self {
        Self { denial, ..self }
    }

    /// Sets the bounds on a body.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets whether lists of tools show every caller all of them.
    #[must_use]
    pub fn with_whole_lists(self, whole_lists: bool) -> Self {
        Self {
            whole_lists,
            ..self
        }
    }

    /// Whether lists of tools show every caller all of them.
    #[must_use]
    pub fn whole_lists(&self) -> bool {
        self.whole_lists
    }

    /// The server behind the route.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The shape of denials.
    #[must_use]
    pub fn denial(&self) -> Denial {
        self.denial
    }

    /// The bounds on a body.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The request target.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// What a path is for.
#[derive(Clone, Copy, Debug)]
pub enum Target<'r> {
    /// Messages that are judged.
    Judged(&'r Route),
    /// Configured to pass without a judgement.
    Passed(Pass),
}

/// Proof that a path is configured to pass unjudged; only [`Routes::find`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Pass(());

/// All routes of a gateway.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    judged: Vec<Route>,
    passed: Vec<String>,
}

impl Routes {
    /// Routes that judge, and path prefixes that pass unjudged (health checks).
    #[must_use]
    pub fn new(judged: Vec<Route>, passed: Vec<String>) -> Self {
        Self { judged, passed }
    }

    /// The route of a request target, compared byte for byte.
    ///
    /// Paths that differ from a configured one in any byte are nobody's: `//mcp`, `/mcp;x`,
    /// `/%6dcp` are read differently by different servers.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<Target<'_>> {
        if let Some(route) = self.judged.iter().find(|r| r.path.as_bytes() == path) {
            return Some(Target::Judged(route));
        }
        // A pass route never leads out of its own subtree.
        let path = core::str::from_utf8(path)
            .ok()
            .filter(|path| is_plain(path))?;
        let passes = |prefix: &&String| {
            path.strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // Whichever way the routes came here: a judged path has no second, unjudged spelling.
        let around = |route: &Route| bare(route.path()).eq_ignore_ascii_case(bare(path));
        self.passed.iter().find(passes)?;
        (!self.judged.iter().any(around)).then_some(Target::Passed(Pass(())))
    }
}

/// Whether all servers must read `path` alike: segments of `[A-Za-z0-9_.~-]` between single slashes,
/// none of which is `.` or `..`; one slash at the end is accepted.
pub(crate) fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~".contains(&byte);
    let Some(segments) = path.strip_prefix('/') else {
        return false;
    };
    let segments = segments.strip_suffix('/').unwrap_or(segments);
    path == "/"
        || segments
            .split('/')
            .all(|segment| !matches!(segment, "" | "." | "..") && segment.bytes().all(plain))
}

/// Whether `path` lies under `prefix` for a server that ignores case and slashes at the end.
pub(crate) fn leads_to(prefix: &str, path: &str) -> bool {
    let (prefix, path) = (bare(prefix), bare(path));
    let (start, rest) = match path.split_at_checked(prefix.len()) {
        Some(parts) => parts,
        None => return false,
    };
    start.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/'))
}

/// A path without its query and the slashes at its end.
fn bare(path: &str) -> &str {
    path.split_once('?')
        .map_or(path, |(path, _)| path)
        .trim_end_matches('/')
}
