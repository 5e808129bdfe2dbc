//! The plugin's configuration: read strictly and compiled once; only its release is ever replaced.
use crate::host;
use crate::leases::Leases;
use crate::ledger::{Ledger, Unkept};
use crate::plane::ControlPlane;
use crate::release::{self, Admitted};
use callgate_engine::CompiledRelease;
use callgate_json::{Document, Value};
use callgate_model::{Diagnostic, Fields, Limits, Reader, Span};
use callgate_release::{DefaultAction, Exceptions, Pinning, TokenKeys};
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
    /// Who is let off which of its policies.
    exceptions: Option<Rc<Exceptions>>,
    /// Where newer ones come from.
    pub(crate) plane: Option<Rc<ControlPlane>>,
    /// Those that were in force before, latest last, where runs may keep the one they began with.
    earlier: Rc<[Rc<CompiledRelease>]>,
    /// How long a request is held that a person has yet to approve, in nanoseconds.
    pub(crate) approval_wait: u64,
    /// What happens without a release.
    pub(crate) default_action: DefaultAction,
    /// Whether responses say what was decided.
    pub(crate) response_headers: bool,
    /// Where calls and spending are counted.
    pub(crate) state: Keeps,
    /// Where units are asked for that are counted for all gateways together.
    pub(crate) leases: Option<Rc<Leases>>,
    /// Who is told of every decision.
    pub(crate) audit: Audit,
    /// Whether it asks the control plane for all, and serves no requests.
    pub(crate) is_service: bool,
}

/// Where calls and spending are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Nowhere: whatever needs them is refused.
    Nothing,
    /// In this process.
    Process,
    /// By the control plane, which lends each process units to use.
    Fleet,
    /// By the control plane, which is asked at every call.
    Strict,
}

/// Who is told of every decision.
#[derive(Clone, Copy, Default)]
pub(crate) struct Audit {
    /// The log: the whole record.
    pub(crate) log: bool,
    /// The access log: a line's worth, as filter state.
    pub(crate) access_log: bool,
    /// The control plane: the whole record, in batches.
    pub(crate) executions: bool,
}

impl Audit {
    /// Whether somebody takes whole records.
    pub(crate) fn takes_records(self) -> bool {
        self.log || self.executions
    }
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
        let next = Self {
            release: Some(Rc::new(admitted.release)),
            ..self.clone()
        };
        next.after(self)
    }

    /// The same with a place where units are asked for.
    pub(crate) fn leasing(self, leases: Option<Rc<Leases>>) -> Self {
        Self { leases, ..self }
    }

    /// The same with other exceptions.
    pub(crate) fn excepting(&self, exceptions: Exceptions) -> Self {
        Self {
            exceptions: Some(Rc::new(exceptions)),
            ..self.clone()
        }
    }

    /// Who is let off which policy of the project in force.
    pub(crate) fn lifted(&self) -> Option<&Exceptions> {
        let exceptions = self.exceptions.as_deref()?;
        (self.project() == Some(exceptions.project())).then_some(exceptions)
    }

    /// The number of the exceptions that are known.
    pub(crate) fn excepted(&self) -> Option<u64> {
        self.exceptions.as_deref().map(Exceptions::number)
    }

    /// The same as the one that follows `before`: runs that began there may keep its releases.
    pub(crate) fn after(self, before: &Self) -> Self {
        let (Some(current), Some(last)) = (&self.release, &before.release) else {
            return self;
        };
        let mut earlier: Vec<_> = before.earlier.iter().chain([last]).cloned().collect();
        let is_other = |release: &Rc<CompiledRelease>| {
            let (one, other) = (release.release(), current.release());
            one.project == other.project && one.number != other.number
        };
        earlier.retain(is_other);
        // Those that nobody is pinned to are of no use.
        if !pins(current) && !earlier.iter().any(|release| pins(release)) {
            earlier.clear();
        }
        let more = earlier.len().saturating_sub(EARLIER);
        earlier.drain(..more);
        Self {
            earlier: earlier.into(),
            ..self
        }
    }

    /// The same with the release that `run` began with, if that is another one and still there.
    ///
    /// # Errors
    /// The host cannot tell.
    pub(crate) fn pinned(&self, run: Option<&str>) -> Result<Option<Self>, Unkept> {
        let (Some(run), Some(current)) = (run, &self.release) else {
            return Ok(None);
        };
        let begins = pins(current);
        if !self.keeps_state() || !begins && self.earlier.is_empty() {
            return Ok(None);
        }
        let ledger = Ledger::new(
            &current.release().project,
            host::now().map_err(Unkept::Failed)?,
        );
        let number = ledger.release_of(run, begins.then_some(current.release().number))?;
        let mut earlier = self.earlier.iter();
        let pinned = earlier.find(|release| Some(release.release().number) == number);
        Ok(pinned.map(|release| Self {
            release: Some(Rc::clone(release)),
            ..self.clone()
        }))
    }

    /// Whether calls and spending are counted; else whatever needs them is refused.
    pub(crate) fn keeps_state(&self) -> bool {
        self.state != Keeps::Nothing
    }

    /// The control plane, if there is one.
    pub(crate) fn plane(&self) -> Option<&ControlPlane> {
        self.plane.as_deref()
    }

    /// The project of the release in force.
    pub(crate) fn project(&self) -> Option<&str> {
        self.current().map(|(project, _)| project)
    }

    /// The number of the release in force.
    pub(crate) fn number(&self) -> Option<u64> {
        self.current().map(|(_, number)| number)
    }

    /// Project and number of the release in force.
    pub(crate) fn current(&self) -> Option<(&str, u64)> {
        let release = self.release.as_ref()?.release();
        Some((&release.project, release.number))
    }
}

/// Releases that are kept for runs that began with them.
const EARLIER: usize = 8;

/// Whether runs that begin with a release keep it.
fn pins(release: &CompiledRelease) -> bool {
    release.release().settings.pinning == Pinning::Run
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
        "approvals",
        "state",
        "tokens",
        "service",
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
    let asked = plane.as_ref().and_then(Option::as_ref);
    let own = release::own(fields, limits);
    let project = own.iter().flatten().map(|own| own.project.as_str()).next();
    let found = asked.and_then(|plane| plane.newer(project, None));
    let release = match (trusted, found) {
        (None, _) => None,
        (Some(_), Some(found)) if !release::is_newer(own.as_ref(), &found) => Some(Some(found)),
        (Some(trusted), _) => release::read(reader, fields, trusted.as_ref(), limits),
    };
    let project = release.iter().flatten().map(Admitted::project).next();
    let exceptions = asked.and_then(|plane| plane.newer_exceptions(project, None));
    let default_action = match fields.get("default_action") {
        None => Some(DefaultAction::Deny),
        Some(value) => reader.choice(value, "`default_action`", &DefaultAction::NAMED),
    };
    let response_headers = match fields.get("response_headers") {
        None => Some(true),
        Some(value) => reader.bool(value, "`response_headers`"),
    };
    let is_service = match fields.get("service") {
        None => Some(false),
        Some(value) => service(reader, value, fields.get("control_plane").is_some()),
    };
    let state = match fields.get("state") {
        None => Some(Keeps::Process),
        Some(value) => state(reader, value, fields.get("control_plane").is_some()),
    };
    let tokens = tokens(reader, fields, gateway.as_ref());
    let audit = match fields.get("audit") {
        None => Some(Audit::default()),
        Some(value) => audit(reader, value, fields.get("control_plane").is_some()),
    };
    let approval_wait = match fields.get("approvals") {
        None => Some(0),
        Some(value) => approvals(reader, value),
    };
    let config = Config {
        gateway: Rc::new(gateway?),
        release: None,
        earlier: Rc::default(),
        tokens: tokens?.map(Rc::new),
        plane: plane?.map(Rc::new),
        approval_wait: approval_wait?,
        default_action: default_action?,
        response_headers: response_headers?,
        state: state?,
        leases: None,
        exceptions: exceptions.map(Rc::new),
        audit: audit?,
        is_service: is_service?,
    };
    Some((config, release?))
}

fn service(reader: &mut Reader, service: Value<'_>, plane: bool) -> Option<bool> {
    let is_service = reader.bool(service, "`service`")?;
    if is_service && !plane {
        let message = "a `service` needs a `control_plane` to ask".to_owned();
        reader.error("MISSING_FIELD", service, message, None);
        return None;
    }
    Some(is_service)
}

fn state(reader: &mut Reader, state: Value<'_>, plane: bool) -> Option<Keeps> {
    let known = [
        ("process", Keeps::Process),
        ("fleet", Keeps::Fleet),
        ("strict", Keeps::Strict),
        ("none", Keeps::Nothing),
    ];
    let keeps = reader.choice(state, "`state`", &known)?;
    if matches!(keeps, Keeps::Fleet | Keeps::Strict) && !plane {
        let message =
            "this `state` needs a `control_plane` that counts for all gateways".to_owned();
        reader.error("MISSING_FIELD", state, message, None);
        return None;
    }
    Some(keeps)
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

/// Seconds that a request may be held, at most: less than the five minutes after which Envoy ends idle streams.
const LONGEST_WAIT: u64 = 240;
const SECOND: u64 = 1_000_000_000;

fn approvals(reader: &mut Reader, value: Value<'_>) -> Option<u64> {
    let fields = reader.fields(value, "`approvals`", &["wait_seconds"])?;
    let wait = reader.required(fields, "wait_seconds", "`approvals`")?;
    match reader.count(wait, "`wait_seconds`")? {
        seconds if seconds > LONGEST_WAIT => {
            let message = "`wait_seconds` must be 240 or less".to_owned();
            reader.error("WRONG_VALUE", wait, message, None);
            None
        }
        seconds => Some(seconds.saturating_mul(SECOND)),
    }
}

fn audit(reader: &mut Reader, audit: Value<'_>, plane: bool) -> Option<Audit> {
    let fields = reader.fields(audit, "`audit`", &["log", "access_log", "executions"])?;
    let mut asked = |name: &str, what: &str| match fields.get(name) {
        None => Some(false),
        Some(value) => reader.bool(value, what),
    };
    let log = asked("log", "`audit.log`");
    let access_log = asked("access_log", "`audit.access_log`");
    let executions = asked("executions", "`audit.executions`")?;
    if executions && !plane {
        let message = "`audit.executions` needs a `control_plane` to send records to".to_owned();
        reader.error("MISSING_FIELD", audit, message, None);
        return None;
    }
    Some(Audit {
        log: log?,
        access_log: access_log?,
        executions,
    })
}
