//! The plugin's configuration: read strictly and compiled once; only its release is ever replaced.
use crate::poller::ControlPlane;
use crate::release::{self, Admitted};
use callgate_engine::CompiledRelease;
use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Fields, Limits, Reader, Span};
use callgate_release::{DefaultAction, TokenKeys};
use callgate_wire::Gateway;
use std::rc::Rc;

/// A configuration that can decide.
#[derive(Clone)]
pub(crate) struct Config {
    /// Identities, tasks and routes.
    pub(crate) gateway: Rc<Gateway>,
    /// What decides; `None` until a release is published.
    pub(crate) release: Option<Rc<CompiledRelease>>,
    /// Whose tokens are believed.
    pub(crate) tokens: Option<Rc<TokenKeys>>,
    /// Where newer ones come from.
    pub(crate) plane: Option<Rc<ControlPlane>>,
    /// What happens without a release.
    pub(crate) default_action: DefaultAction,
    /// Whether responses say what was decided.
    pub(crate) response_headers: bool,
    /// Whether calls and spending are counted; else whatever needs them is refused.
    pub(crate) keeps_state: bool,
    /// Who is told of every decision.
    pub(crate) audit: Audit,
}

/// Who is told of every decision.
#[derive(Clone, Copy, Default)]
pub(crate) struct Audit {
    /// The log: the whole record.
    pub(crate) log: bool,
    /// The access log: a line's worth, as filter state.
    pub(crate) access_log: bool,
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
        let (config, admitted) = reader.finish(config)?;
        if let Some(admitted) = &admitted {
            admitted.enforce()?;
        }
        let release = admitted.map(|admitted| Rc::new(admitted.release));
        Ok(Self { release, ..config })
    }

    /// The same with another release.
    pub(crate) fn with(&self, admitted: Admitted) -> Self {
        Self {
            release: Some(Rc::new(admitted.release)),
            ..self.clone()
        }
    }

    /// Project and number of the release in force.
    pub(crate) fn current(&self) -> Option<(&str, u64)> {
        let release = self.release.as_ref()?.release();
        Some((&release.project, release.number))
    }
}

/// The configuration, its release apart.
fn config(
    reader: &mut Reader,
    root: Value<'_>,
    limits: &Limits,
) -> Option<(Config, Option<Admitted>)> {
    let mut known = vec![
        "release",
        "default_action",
        "response_headers",
        "audit",
        "control_plane",
        "state",
        "tokens",
    ];
    known.extend(release::FIELDS);
    known.extend(callgate_wire::gateway::FIELDS);
    let fields = reader.fields(root, "the configuration", &known)?;
    let gateway = Gateway::read(reader, fields);
    let trusted = release::trusted(reader, fields);
    let plane = match &trusted {
        Some(trusted) => ControlPlane::read(reader, fields, trusted.as_ref()),
        None => None,
    };
    // What the control plane brought since is in force for workers that begin later, too.
    let found = plane.as_ref().and_then(Option::as_ref);
    let found = found.and_then(|plane| plane.newer(None));
    let release = match (trusted, found) {
        (None, _) => None,
        (Some(_), Some(found)) if !release::is_newer(fields, &found, limits) => Some(Some(found)),
        (Some(trusted), _) => release::read(reader, fields, trusted.as_ref(), limits),
    };
    let default_action = match fields.get("default_action") {
        None => Some(DefaultAction::Deny),
        Some(value) => reader.choice(value, "`default_action`", &DefaultAction::NAMED),
    };
    let response_headers = match fields.get("response_headers") {
        None => Some(true),
        Some(value) => reader.bool(value, "`response_headers`"),
    };
    let keeps_state = match fields.get("state") {
        None => Some(true),
        Some(value) => reader.choice(value, "`state`", &[("process", true), ("none", false)]),
    };
    let tokens = tokens(reader, fields, gateway.as_ref());
    let audit = match fields.get("audit") {
        None => Some(Audit::default()),
        Some(value) => audit(reader, value),
    };
    let config = Config {
        gateway: Rc::new(gateway?),
        release: None,
        tokens: tokens?.map(Rc::new),
        plane: plane?.map(Rc::new),
        default_action: default_action?,
        response_headers: response_headers?,
        keeps_state: keeps_state?,
        audit: audit?,
    };
    Some((config, release?))
}

/// Whose tokens are believed: needed where tokens are taken, and said nowhere else.
fn tokens(
    reader: &mut Reader,
    fields: Fields<'_>,
    gateway: Option<&Gateway>,
) -> Option<Option<TokenKeys>> {
    let taken = gateway.is_none_or(Gateway::takes_tokens);
    match fields.get("tokens") {
        Some(value) => {
            let fields = reader.fields(value, "`tokens`", &["keys", "audience"])?;
            TokenKeys::read(reader, fields).map(Some)
        }
        None if taken && gateway.is_some() => {
            reader.required(fields, "tokens", "a configuration that takes tokens")?;
            None
        }
        None => Some(None),
    }
}

fn audit(reader: &mut Reader, audit: Value<'_>) -> Option<Audit> {
    let fields = reader.fields(audit, "`audit`", &["log", "access_log"])?;
    let mut asked = |name: &str, what: &str| match fields.get(name) {
        None => Some(false),
        Some(value) => reader.bool(value, what),
    };
    let log = asked("log", "`audit.log`");
    let access_log = asked("access_log", "`audit.access_log`");
    Some(Audit {
        log: log?,
        access_log: access_log?,
    })
}
