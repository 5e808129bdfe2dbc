//! Templates: which method and path stand for which tool.
use crate::name;
use crate::route::is_plain;

/// A method and a path with variables that stand for a tool.
#[derive(Clone, Debug)]
pub struct Template {
    method: &'static str,
    path: String,
    pattern: Pattern,
    tool: String,
    arguments: Option<Vec<String>>,
}

/// HTTP methods that templates may have, each with whether a body may come with it.
///
/// Source: RFC 9110 §9.3, RFC 5789. Content has no defined semantics with GET, HEAD and DELETE: servers
/// differ in whether they read it.
pub(crate) const METHODS: [(&str, bool); 6] = [
    ("GET", false),
    ("HEAD", false),
    ("DELETE", false),
    ("POST", true),
    ("PUT", true),
    ("PATCH", true),
];

impl Template {
    /// A template; `None` when the method, the path or the name of the tool cannot be one.
    ///
    /// A path has plain segments (`A-Z a-z 0-9 _ - . ~`) and variables, `{name}` for a whole segment.
    #[must_use]
    pub fn new(method: &str, path: &str, tool: &str) -> Option<Self> {
        let (method, _) = METHODS.iter().find(|(known, _)| *known == method)?;
        Some(Self {
            method,
            path: path.to_owned(),
            pattern: Pattern::read(path)?,
            tool: name::is_plain(tool).then(|| tool.to_owned())?,
            arguments: None,
        })
    }

    /// Sets the names that a query and a body may have, and no others.
    #[must_use]
    pub fn with_arguments(self, arguments: Vec<String>) -> Self {
        Self {
            arguments: Some(arguments),
            ..self
        }
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The path as it is written.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name of the tool, without its server's.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The only names that a query and a body may have, if they are bound.
    #[must_use]
    pub fn arguments(&self) -> Option<&[String]> {
        self.arguments.as_deref()
    }

    pub(crate) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether a body may come with the method.
    pub(crate) fn takes_body(&self) -> bool {
        let mut methods = METHODS.iter();
        methods.any(|(method, takes)| *method == self.method && *takes)
    }
}

/// A path with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
}

/// How a path fits a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Letter by letter.
    Exact,
    /// For a server that ignores case.
    Folded,
}

impl Pattern {
    fn read(path: &str) -> Option<Self> {
        let segment = |text: &str| {
            let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
            match inner {
                Some(name) if is_variable(name) => Some(Segment::Variable(name.to_owned())),
                Some(_) => None,
                None => Some(Segment::Literal(text.to_owned())),
            }
        };
        let pattern = Self(segments(path)?.map(segment).collect::<Option<_>>()?);
        // What is left when the variables are named for what they are must be a plain path.
        let shown: Vec<&str> = pattern
            .0
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => text.as_str(),
                Segment::Variable(_) => "x",
            })
            .collect();
        let plain = ["/", &shown.join("/")].concat();
        let unique = pattern
            .variables()
            .enumerate()
            .all(|(place, name)| !pattern.variables().take(place).any(|n| n == name));
        (unique && is_plain(&plain) && (plain == "/" || !plain.ends_with('/'))).then_some(pattern)
    }

    /// The names of the variables, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Names and values of the variables in a path that fits.
    pub(crate) fn values<'p>(
        &'p self,
        path: &'p str,
    ) -> impl Iterator<Item = (&'p str, &'p str)> + 'p {
        let pairs = self.0.iter().zip(segments(path).into_iter().flatten());
        pairs.filter_map(|(segment, value)| match segment {
            Segment::Variable(name) => Some((name.as_str(), value)),
            Segment::Literal(_) => None,
        })
    }

    /// How a plain path without a query fits.
    pub(crate) fn fit(&self, path: &str) -> Option<Fit> {
        let mut fit = Fit::Exact;
        let mut rest = self.0.iter();
        for value in segments(path)? {
            match rest.next()? {
                Segment::Variable(_) => {}
                Segment::Literal(text) if text == value => {}
                Segment::Literal(text) if text.eq_ignore_ascii_case(value) => fit = Fit::Folded,
                Segment::Literal(_) => return None,
            }
        }
        rest.next().is_none().then_some(fit)
    }

    /// Whether this pattern comes before `other` where a path fits both: the first segment that is
    /// plain in one and a variable in the other decides.
    pub(crate) fn comes_before(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        pairs
            .find_map(|pair| match pair {
                (Segment::Literal(_), Segment::Variable(_)) => Some(true),
                (Segment::Variable(_), Segment::Literal(_)) => Some(false),
                _ => None,
            })
            .unwrap_or(false)
    }

    /// Whether the same paths fit both, for a server that ignores case.
    pub(crate) fn is_shaped_like(&self, other: &Self) -> bool {
        let same = |(left, right): (&Segment, &Segment)| match (left, right) {
            (Segment::Variable(_), Segment::Variable(_)) => true,
            (Segment::Literal(left), Segment::Literal(right)) => left.eq_ignore_ascii_case(right),
            _ => false,
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }

    /// Whether some path that fits lies under `prefix`, for a server that ignores case and slashes at
    /// the end.
    pub(crate) fn reaches_under(&self, prefix: &str) -> bool {
        let mut rest = self.0.iter();
        segments(prefix.trim_end_matches('/')).is_some_and(|mut segments| {
            segments.all(|value| match rest.next() {
                Some(Segment::Variable(_)) => true,
                Some(Segment::Literal(text)) => text.eq_ignore_ascii_case(value),
                None => false,
            })
        })
    }
}

/// The segments of a path.
fn segments(path: &str) -> Option<std::str::Split<'_, char>> {
    path.strip_prefix('/').map(|rest| rest.split('/'))
}

fn is_variable(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() <= name::TOOL_NAME_BYTES && !name.is_empty() && name.bytes().all(plain)
}
