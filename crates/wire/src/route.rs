//! Routes: which path speaks what, and how a denial looks there.
use crate::Cost;
use crate::api::{Fit, Pattern, Template};
use crate::llm::Llm;
use crate::name;
use crate::reply::{Dialect, Shape};
use callgate_json::Limits;

/// What is spoken on a route.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// MCP over streamable HTTP.
    Mcp,
    /// A plain HTTP API: calls are told by these templates.
    Http(Vec<Template>),
    /// Requests to language models.
    Llm(Llm),
}

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

    /// The shape that language models have: an error that the vendor's own clients raise.
    pub(crate) const OF_LLM: [(&'static str, Self); 1] = [("http_403", Self::Http403)];

    /// The shapes that plain HTTP has: a status and a problem, or nothing there.
    pub(crate) const OF_HTTP: [(&'static str, Self); 2] =
        [("http_403", Self::Http403), ("stealth", Self::Stealth)];
}

/// A path, or several, whose requests are judged.
#[derive(Clone, Debug)]
pub struct Route {
    path: String,
    protocol: Protocol,
    upstream: Option<String>,
    server: Option<String>,
    denial: Denial,
    limits: Limits,
    whole_lists: bool,
    cost: Option<Cost>,
}

impl Route {
    /// An MCP route for exactly the request target `path`, query included.
    #[must_use]
    pub fn mcp(path: impl Into<String>) -> Self {
        Self::new(path.into(), Protocol::Mcp, Denial::JsonRpc)
    }

    /// A route for every request that a template knows.
    #[must_use]
    pub fn http(templates: Vec<Template>) -> Self {
        Self::new(String::new(), Protocol::Http(templates), Denial::Http403)
    }

    /// A route to language models for exactly the request target `path`, query included.
    #[must_use]
    pub fn llm(path: impl Into<String>, llm: Llm) -> Self {
        Self::new(path.into(), Protocol::Llm(llm), Denial::Http403)
    }

    fn new(path: String, protocol: Protocol, denial: Denial) -> Self {
        Self {
            path,
            protocol,
            upstream: None,
            server: None,
            denial,
            limits: Limits::default(),
            whole_lists: false,
            cost: None,
        }
    }

    /// Names where the route leads, for policies that ask.
    #[must_use]
    pub fn with_upstream(self, upstream: impl Into<String>) -> Self {
        Self {
            upstream: Some(upstream.into()),
            ..self
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

    /// Sets what calls cost.
    #[must_use]
    pub fn with_cost(self, cost: Cost) -> Self {
        Self {
            cost: Some(cost),
            ..self
        }
    }

    /// What calls cost.
    #[must_use]
    pub fn cost(&self) -> Option<&Cost> {
        self.cost.as_ref()
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

    /// The shapes that its denials can have, with their names.
    pub(crate) fn denials(&self) -> &'static [(&'static str, Denial)] {
        match self.protocol {
            Protocol::Mcp => &Denial::NAMED,
            Protocol::Http(_) => &Denial::OF_HTTP,
            Protocol::Llm(_) => &Denial::OF_LLM,
        }
    }

    /// How its callers are answered.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let dialect = match self.protocol {
            Protocol::Mcp => Dialect::Rpc,
            Protocol::Http(_) => Dialect::Problem,
            Protocol::Llm(llm) => Dialect::Llm(llm.vendor),
        };
        Shape {
            dialect,
            denial: self.denial,
        }
    }

    /// The bounds on a body.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The request target; empty for a route of templates, which has many.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is spoken here.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// What is spoken here to language models, if anything is.
    #[must_use]
    pub fn spoken_to_models(&self) -> Option<Llm> {
        match self.protocol {
            Protocol::Llm(llm) => Some(llm),
            Protocol::Mcp | Protocol::Http(_) => None,
        }
    }

    /// Where the route leads.
    #[must_use]
    pub fn upstream(&self) -> Option<&str> {
        self.upstream.as_deref()
    }

    /// Whether the route is for the one target that [`Route::path`] says.
    pub(crate) fn has_one_path(&self) -> bool {
        !matches!(self.protocol, Protocol::Http(_))
    }

    /// The templates of a route for plain HTTP; no other route has any.
    #[must_use]
    pub fn templates(&self) -> &[Template] {
        match &self.protocol {
            Protocol::Http(templates) => templates,
            Protocol::Mcp | Protocol::Llm(_) => &[],
        }
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
    pub fn find(&self, target: &[u8]) -> Option<Target<'_>> {
        let target = core::str::from_utf8(target).ok()?;
        let exact = |route: &&Route| route.has_one_path() && route.path == target;
        if let Some(route) = self.judged.iter().find(exact) {
            return Some(Target::Judged(route));
        }
        let path = without_query(target);
        if !is_plain(path) {
            return None;
        }
        // Whichever way the routes came here: a judged path has no second, unjudged spelling.
        let around = |route: &Route| {
            route.has_one_path() && bare(route.path()).eq_ignore_ascii_case(bare(path))
        };
        if self.judged.iter().any(around) {
            return None;
        }
        let templates = self.judged.iter().flat_map(Route::templates);
        if self.fits(bare(path)) {
            let pattern = pattern_of(templates, path)?;
            let has = |route: &&Route| route.templates().iter().any(|t| t.pattern() == pattern);
            return self.judged.iter().find(has).map(Target::Judged);
        }
        // A pass route never leads out of its own subtree.
        let passes = |prefix: &&String| {
            target
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let passed = is_plain(target) && self.passed.iter().any(|prefix| passes(&prefix));
        passed.then_some(Target::Passed(Pass(())))
    }

    /// Whether some template takes a path, in whatever spelling.
    fn fits(&self, path: &str) -> bool {
        let mut templates = self.judged.iter().flat_map(Route::templates);
        templates.any(|template| template.pattern().fit(path).is_some())
    }
}

/// The pattern that a path without a query stands for: of all that it fits, the one that has a plain
/// segment first where others have a variable.
///
/// A server that ignores case takes `/refunds/BULK` for `/refunds/bulk`, though it also fits
/// `/refunds/{id}`: such a path stands for nothing.
pub(crate) fn pattern_of<'t>(
    templates: impl IntoIterator<Item = &'t Template>,
    path: &str,
) -> Option<&'t Pattern> {
    let mut best: Option<(&Pattern, Fit)> = None;
    for template in templates {
        let pattern = template.pattern();
        let Some(fit) = pattern.fit(path) else {
            continue;
        };
        let is_better = best.is_none_or(|(other, other_fit)| {
            pattern.comes_before(other)
                || !other.comes_before(pattern) && other_fit == Fit::Folded && fit == Fit::Exact
        });
        if is_better {
            best = Some((pattern, fit));
        }
    }
    let (pattern, fit) = best?;
    (fit == Fit::Exact && is_plain(path) && (path == "/" || !path.ends_with('/')))
        .then_some(pattern)
}

/// The path of a request target.
pub(crate) fn without_query(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
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
