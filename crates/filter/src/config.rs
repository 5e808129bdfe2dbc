//! The plugin's configuration: read strictly, compiled once, then never changed.
use callgate_engine::CompiledRelease;
use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Limits, Reader, Span};
use callgate_release::{DefaultAction, Release};
use callgate_wire::Gateway;

/// A configuration that can decide.
pub(crate) struct Config {
    /// Identities, tasks and routes.
    pub(crate) gateway: Gateway,
    /// What decides; `None` until a release is published.
    pub(crate) release: Option<CompiledRelease>,
    /// What happens without a release.
    pub(crate) default_action: DefaultAction,
    /// Whether responses say what was decided.
    pub(crate) response_headers: bool,
}

impl Config {
    /// Reads and compiles a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let limits = Limits::default();
        let document = Document::parse(bytes, &limits.release_json()).map_err(|error| {
            let span = Span::new(error.offset, error.offset);
            vec![Diagnostic::error(
                error.code.as_str(),
                span,
                error.to_string(),
            )]
        })?;
        let mut reader = Reader::default();
        let config = config(&mut reader, document.root(), &limits);
        reader.finish(config)
    }
}

fn config(reader: &mut Reader, root: Value<'_>, limits: &Limits) -> Option<Config> {
    let mut known = vec!["release", "default_action", "response_headers"];
    known.extend(callgate_wire::gateway::FIELDS);
    let fields = reader.fields(root, "the configuration", &known)?;
    let gateway = Gateway::read(reader, fields);
    let release = match fields.get("release") {
        None => Some(None),
        Some(value) => release(reader, value, limits).map(Some),
    };
    let default_action = match fields.get("default_action") {
        None => Some(DefaultAction::Deny),
        Some(value) => reader.choice(value, "`default_action`", &DefaultAction::NAMED),
    };
    let response_headers = match fields.get("response_headers") {
        None => Some(true),
        Some(value) => reader.bool(value, "`response_headers`"),
    };
    Some(Config {
        gateway: gateway?,
        release: release?,
        default_action: default_action?,
        response_headers: response_headers?,
    })
}

fn release(reader: &mut Reader, value: Value<'_>, limits: &Limits) -> Option<CompiledRelease> {
    let release = match Release::read_value(value, limits) {
        Ok(release) => release,
        Err(problems) => {
            problems
                .into_iter()
                .for_each(|problem| reader.push(problem));
            return None;
        }
    };
    let names: Vec<String> = release.policies.iter().map(|p| p.name.clone()).collect();
    match CompiledRelease::compile(release, limits) {
        Ok(compiled) => Some(compiled),
        Err(problems) => {
            for problem in problems {
                let mut finding = problem.diagnostic;
                let policy = names.get(problem.policy).map_or("?", String::as_str);
                finding.message = ["policy `", policy, "`: ", &finding.message].concat();
                reader.push(finding);
            }
            None
        }
    }
}
