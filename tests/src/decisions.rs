//! The decision corpus: calls under policies, and what the semantics say of them.
//!
//! A topic is a file `tests/corpus/decisions/<FAMILY>/<TOPIC>.yaml`; its README has the format.

mod overlay;

use anyhow::{Context, Result, anyhow, ensure};
use callgate_json::{Document, Object, Value};
use callgate_model::{Diagnostic, Limits, Timestamp};
use callgate_release::{Build, Format, Project, Settings, Source, documents, zones};
use std::path::{Path, PathBuf};

/// One call, and what must be decided about it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder: what it is about in the first place.
    pub family: String,
    /// The file.
    pub topic: String,
    /// A sentence that says what holds.
    pub name: String,
    /// What is in force.
    pub active: Active,
    /// The call as JSON.
    pub call: String,
    /// What the host knows.
    pub state: State,
    /// When it is asked.
    pub now: Timestamp,
    /// What the record must say.
    pub expect: serde_json::Value,
}

/// What is in force.
#[derive(Debug, Clone)]
pub enum Active {
    /// The text of a release.
    Release(String),
    /// No release was published.
    None(Settings),
}

/// What the host knows.
#[derive(Debug, Clone)]
pub enum State {
    /// The state as JSON.
    Kept(String),
    /// The host keeps none.
    Unavailable,
}

/// Every case of the corpus, in order of family, topic and place in the file.
///
/// # Errors
/// A file that is not a topic.
pub fn cases() -> Result<Vec<Case>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/decisions");
    let mut files = Vec::new();
    for family in std::fs::read_dir(&root)? {
        let family = family?.path();
        if family.is_dir() {
            for file in std::fs::read_dir(family)? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    let mut cases = Vec::new();
    for file in &files {
        cases.extend(topic(file).with_context(|| file.display().to_string())?);
    }
    Ok(cases)
}

const TOPIC: [&str; 7] = [
    "about", "settings", "policies", "call", "state", "now", "cases",
];
const CASE: [&str; 9] = [
    "name", "release", "settings", "policies", "call", "without", "state", "now", "expect",
];

fn topic(path: &PathBuf) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(path)?;
    let source = Source::read(&text, Format::Yaml, &Limits::default());
    let source = source.map_err(|problem| problems(&text, &[*problem]))?;
    let [document] = source.documents.as_slice() else {
        return Err(anyhow!("a topic is one document"));
    };
    let shared = members(document.root(), &TOPIC)?;
    ensure!(shared.contains("about"), "`about` is missing");
    let cases = shared.get("cases").and_then(Value::as_array);
    let cases = cases.context("`cases` is a list")?;
    let family = path.parent().and_then(Path::file_name);
    let names = family.zip(path.file_stem()).context("a place")?;
    let [family, topic] = [names.0, names.1].map(|name| name.to_string_lossy().into_owned());
    let read = |value: Value<'_>| {
        let own = members(value, &CASE)?;
        let name = own.get("name").and_then(Value::as_str);
        let name = name.context("a case has a `name`")?;
        case(&family, &topic, name, shared, own).with_context(|| name.to_owned())
    };
    cases.iter().map(read).collect()
}

fn case(
    family: &str,
    topic: &str,
    name: &str,
    shared: Object<'_>,
    own: Object<'_>,
) -> Result<Case> {
    let overlaid = |key| overlay::merged(shared.get(key), own.get(key));
    let settings = settings(&overlaid("settings"))?;
    let active = match own.get("release") {
        None => Active::Release(release(
            settings,
            shared.get("policies"),
            own.get("policies"),
        )?),
        Some(release) => {
            ensure!(release.as_str() == Some("none"), "`release` is `none`");
            Active::None(settings)
        }
    };
    let without = own.get("without").and_then(Value::as_array);
    let without = without.into_iter().flat_map(|list| list.iter());
    let without: Vec<&str> = without.filter_map(Value::as_str).collect();
    let now = own.get("now").or(shared.get("now"));
    let now = now.and_then(Value::as_str);
    let expect = own.get("expect").context("`expect` is missing")?;
    Ok(Case {
        family: family.to_owned(),
        topic: topic.to_owned(),
        name: name.to_owned(),
        active,
        call: overlay::without(&overlaid("call"), &without)?,
        state: match own.get("state").and_then(Value::as_str) {
            Some("unavailable") => State::Unavailable,
            _ => State::Kept(overlaid("state")),
        },
        now: now
            .and_then(Timestamp::parse_rfc3339)
            .context("`now` is an RFC 3339 date-time")?,
        expect: serde_json::from_str(expect.raw())?,
    })
}

fn members<'d>(value: Value<'d>, known: &[&str]) -> Result<Object<'d>> {
    let object = value.as_object().context("an object is expected")?;
    let mut names = object.iter().map(|(name, _)| name);
    match names.find(|name| !known.contains(name)) {
        Some(name) => Err(anyhow!("`{name}` is unknown; there are {known:?}")),
        None => Ok(object),
    }
}

fn settings(text: &str) -> Result<Settings> {
    let text = format!(r#"{{"project":"decisions","settings":{text}}}"#);
    let document = Document::parse(text.as_bytes(), &Limits::default().json)?;
    let project = Project::read(document.root());
    Ok(project.map_err(|found| problems(&text, &found))?.settings)
}

/// A release of the policies that a topic's cases share, and then of the case's own.
fn release(
    settings: Settings,
    shared: Option<Value<'_>>,
    own: Option<Value<'_>>,
) -> Result<String> {
    let lists = [shared, own].map(|list| list.and_then(Value::as_array));
    let policies = lists.into_iter().flatten().flat_map(|list| list.iter());
    // Every document says this, so topics need not.
    let version = Document::parse(br#"{"apiVersion":"callgate/v1"}"#, &Limits::default().json)?;
    let whole = |policy| overlay::merged(Some(version.root()), Some(policy));
    let texts: Vec<String> = policies.map(whole).collect();
    let text = format!("[{}]", texts.join(","));
    let found = documents::read(&text, Format::Json, &Limits::default());
    ensure!(
        found.diagnostics.is_empty(),
        problems(&text, &found.diagnostics)
    );
    let policies: Vec<_> = found.policies.into_iter().map(|p| p.policy).collect();
    let named = policies.iter().filter_map(|policy| match &policy.spec {
        callgate_release::Spec::RuleSet(rules) => Some(&rules.spec),
        _ => None,
    });
    let zones = zones::resolve(named.flat_map(|rules| rules.zones()));
    let build = Build {
        project: "decisions",
        number: 4,
        settings,
        policies: &policies,
        zones: &zones.map_err(|name| anyhow!("`{name}` is no time zone"))?,
        ..Build::default()
    };
    Ok(build.to_json())
}

/// Problems with the text around them: the texts here are never seen as they are read.
fn problems(text: &str, found: &[Diagnostic]) -> anyhow::Error {
    let around = |problem: &Diagnostic| {
        let from = problem.span.map_or(0, |span| span.start) as usize;
        let excerpt: String = text
            .get(from..)
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect();
        format!("{}: {} at {excerpt:?}", problem.code, problem.message)
    };
    anyhow!(found.iter().map(around).collect::<Vec<_>>().join("\n"))
}
