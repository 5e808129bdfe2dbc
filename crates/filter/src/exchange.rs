//! One request from head to verdict: what is known of it, and what becomes of it. No host calls but the
//! ledger's.
use crate::config::Config;
use crate::host::HostError;
use crate::ledger::{Ledger, Unkept};
use crate::listing::Listing;
use crate::pairs::Pairs;
use crate::record::{self, Mark};
use crate::watch::Watch;
use callgate_engine::{Active, Duty, Explain, Permit, Scratch, decide};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Limits, Run, State, Timestamp};
use callgate_wire::identity::{Facts, Principal, TaskSession, Unknown};
use callgate_wire::mcp;
use callgate_wire::{
    Asked, Entry, Headers, Refusal, RefusalKind, Reply, Route, Shape, Target, WireError,
};

/// How often a call is decided anew because others took what was left.
const ATTEMPTS: u32 = 8;
const ACCEPT_ENCODING: &[u8] = b"accept-encoding";

/// A request whose head is acceptable and whose caller is known.
pub(crate) struct Exchange {
    target: String,
    entry: Entry,
    principal: Principal,
    task: Option<TaskSession>,
    run: Option<String>,
    headers: Pairs,
}

/// What a head says: itself, who calls, within which task, in which run.
type Opened = (Entry, Principal, Option<TaskSession>, Option<String>);

/// What an acceptable head leads to.
pub(crate) enum Opening {
    /// Its message must be judged.
    Judge(Box<Exchange>),
    /// It goes on at once: a path that is configured to pass.
    Forward(Forward),
}

/// Why a head goes no further.
enum Halt {
    /// It is not readable in one way.
    Wire(WireError),
    /// Nobody known is calling.
    Unauthenticated,
    /// The path is nobody's.
    NoRoute,
    /// The host could not say who calls.
    Host,
}

/// A head that goes no further, and the route it was for.
pub(crate) struct Halted<'c> {
    halt: Halt,
    route: Option<&'c Route>,
}

/// What a judged request leads to.
pub(crate) enum Outcome {
    /// The same bytes go on.
    Forward(Forward),
    /// It ends here.
    Answer(Answer),
    /// The host failed: it ends here, too.
    Failed(HostError),
}

/// Leave to go on; there is no other way to make one than a permit or a pass route.
pub(crate) struct Forward {
    /// Request headers to remove first.
    pub(crate) stripped: Vec<Vec<u8>>,
    /// What responses and counters say; `None` for a path that passes unjudged.
    pub(crate) mark: Option<Mark>,
    /// What the response has to hold against, if anything.
    pub(crate) watch: Option<Box<Watch>>,
}

/// A reply in place of the server behind.
pub(crate) struct Answer {
    /// What is sent.
    pub(crate) reply: Reply,
    /// The deciding code.
    pub(crate) code: &'static str,
    /// What the response and counters say.
    pub(crate) mark: Mark,
    /// The policy that decided, for the log.
    pub(crate) policy: Option<String>,
}

/// Working memory that the requests of a plugin share, one after the other.
pub(crate) struct Memory {
    pub(crate) buffers: Buffers,
    pub(crate) scratch: Scratch,
}

impl Memory {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            buffers: Buffers::default(),
            scratch: Scratch::new(limits),
        }
    }
}

/// Facts of the host that a verdict needs.
pub(crate) struct Moment {
    /// Nanoseconds since 1970.
    pub(crate) now: u64,
    /// The id under which the decision is known.
    pub(crate) decision_id: String,
}

impl Forward {
    fn judged(
        _permit: Permit,
        mark: Mark,
        stripped: Vec<Vec<u8>>,
        watch: Option<Box<Watch>>,
    ) -> Self {
        Self {
            stripped,
            mark: Some(mark),
            watch,
        }
    }

    fn configured(_pass: callgate_wire::route::Pass, stripped: Vec<Vec<u8>>) -> Self {
        Self {
            stripped,
            mark: None,
            watch: None,
        }
    }
}

impl Exchange {
    /// Judges the head of a request.
    ///
    /// # Errors
    /// A path that is nobody's, a head that is ambiguous, a caller that is not known.
    pub(crate) fn open<'c>(
        config: &'c Config,
        pairs: Pairs,
        facts: &dyn Facts,
    ) -> Result<Opening, Halted<'c>> {
        let lines = pairs.lines();
        let headers = Headers::new(&lines);
        let target = headers.only(":path").ok().flatten().unwrap_or_default();
        match config.gateway.routes.find(target) {
            None => Err(Halted {
                halt: Halt::NoRoute,
                route: None,
            }),
            Some(Target::Passed(pass)) => {
                let stripped = stripped(config, headers);
                Ok(Opening::Forward(Forward::configured(pass, stripped)))
            }
            Some(Target::Judged(route)) => {
                // A route is only found by what is text.
                let target = core::str::from_utf8(target).unwrap_or_default();
                let opened = Self::read(config, route, target, headers, facts);
                let opened = opened.map_err(|halt| Halted {
                    halt,
                    route: Some(route),
                });
                let (entry, principal, task, run) = opened?;
                Ok(Opening::Judge(Box::new(Self {
                    target: target.to_owned(),
                    entry,
                    principal,
                    task,
                    run,
                    headers: pairs,
                })))
            }
        }
    }

    fn read(
        config: &Config,
        route: &Route,
        target: &str,
        headers: Headers<'_>,
        facts: &dyn Facts,
    ) -> Result<Opened, Halt> {
        let gateway = &config.gateway;
        let method = headers.only(":method").ok().flatten().unwrap_or_default();
        let entry = Entry::read(route, method, target, headers)?;
        entry.check_announced(route.limits().bytes)?;
        let principal = gateway
            .identity
            .establish(headers, facts, &gateway.limits)?;
        let task = match &gateway.task {
            Some(header) => header.read(headers, &gateway.limits)?,
            None => None,
        };
        let run = match &gateway.run {
            Some(source) => source.read(headers, entry.session())?.map(str::to_owned),
            None => None,
        };
        Ok((entry, principal, task, run))
    }

    /// The answer to a body of `length` bytes if that is more than it may have.
    pub(crate) fn too_large(&self, config: &Config, length: usize) -> Option<Answer> {
        let route = self.route(config);
        let limit = route.map_or(0, |route| route.limits().bytes);
        (length > usize::try_from(limit).unwrap_or(0))
            .then(|| Answer::to_error(config, route, WireError::BodyTooLarge, None))
    }

    /// Judges the message in a complete body.
    pub(crate) fn judge(
        self,
        config: &Config,
        body: &[u8],
        moment: &Moment,
        memory: &mut Memory,
    ) -> Outcome {
        let Some(route) = self.route(config) else {
            return Outcome::Answer(Answer::to_error(config, None, WireError::Shape, None));
        };
        let buffers = std::mem::take(&mut memory.buffers);
        let document = self.entry.document(route, &self.target, body, buffers);
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                return Outcome::Answer(Answer::to_error(config, Some(route), error, None));
            }
        };
        let asked = self.entry.asked(route, &self.target, document.as_ref());
        let outcome = match asked {
            Ok(asked) => self.decide(config, route, &asked, moment, &mut memory.scratch),
            Err(error) => {
                let id = document.as_ref().and_then(mcp::request_id);
                Outcome::Answer(Answer::to_error(config, Some(route), error, id))
            }
        };
        memory.buffers = document.map(Document::into_buffers).unwrap_or_default();
        outcome
    }

    fn decide(
        &self,
        config: &Config,
        route: &Route,
        asked: &Asked<'_>,
        moment: &Moment,
        scratch: &mut Scratch,
    ) -> Outcome {
        let lines = self.headers.lines();
        let headers = Headers::new(&lines);
        let judged = headers.judged(|name| config.gateway.strips(name));
        let judged: Vec<_> = judged
            .iter()
            .map(|(n, v)| (n.as_ref(), v.as_ref()))
            .collect();
        let call = Call {
            identity: Some(self.principal.identity()),
            task: self.task.as_ref().and_then(TaskSession::task),
            request: asked.request(route, &judged),
            run: Run {
                id: self.run.as_deref(),
                ..Run::default()
            },
            session: self.entry.session(),
            mission: None,
        };
        let active = match &config.release {
            Some(release) => Active::Release(release),
            None => Active::None {
                default_action: config.default_action,
            },
        };
        let now = Timestamp::from_unix_nanos(moment.now);
        let release = config.release.as_ref();
        let project = release.map(|release| release.release().project.as_str());
        let ledger = Ledger::new(project.unwrap_or_default(), moment.now);
        let state = match config.keeps_state {
            true => State::kept_by(&ledger),
            false => State::UNAVAILABLE,
        };
        for _ in 0..ATTEMPTS {
            let mut decision = decide(active, &call, &state, now, scratch, Explain::No);
            let mark = Mark::of(&decision.record, config, route, moment);
            let Some(permit) = decision.permit() else {
                let refused = record::Refused::of(&decision.record);
                let refusal = refused.refusal(&moment.decision_id);
                return Outcome::Answer(Answer {
                    reply: asked.refused(route, &refusal),
                    code: refused.code,
                    mark,
                    policy: refused.policy.map(str::to_owned),
                });
            };
            match ledger.reserve(&decision.record.delta) {
                Ok(()) => {}
                // What was left when it was decided is gone: decided again, it may be refused.
                Err(Unkept::Raced) => {
                    ledger.forget();
                    continue;
                }
                Err(Unkept::Failed(error)) => return Outcome::Failed(error),
            }
            let mut stripped = stripped(config, headers);
            let duty = release.and_then(|release| Duty::of(release, &call, &state, now));
            let shown = release.is_some() && !route.whole_lists() && asked.may_list();
            let listing = shown.then(|| Listing {
                caller: self.principal.clone(),
                server: route.server().map(str::to_owned),
            });
            let watched = duty.is_some() || listing.is_some();
            let watch = watched.then(|| {
                // What comes back compressed could not be judged.
                if headers.names().any(|name| name == ACCEPT_ENCODING) {
                    stripped.push(ACCEPT_ENCODING.to_vec());
                }
                let id = asked.id().map(callgate_wire::RawId::as_json);
                Box::new(Watch::new(duty, listing, id, route, &moment.decision_id))
            });
            return Outcome::Forward(Forward::judged(permit, mark, stripped, watch));
        }
        Outcome::Answer(Answer::to_failure("STATE_CONTENDED"))
    }

    fn route<'c>(&self, config: &'c Config) -> Option<&'c Route> {
        match config.gateway.routes.find(self.target.as_bytes()) {
            Some(Target::Judged(route)) => Some(route),
            Some(Target::Passed(_)) | None => None,
        }
    }
}

impl Answer {
    /// Answers what is not one unambiguous message.
    pub(crate) fn to_error(
        config: &Config,
        route: Option<&Route>,
        error: WireError,
        id: Option<callgate_wire::RawId<'_>>,
    ) -> Self {
        Self {
            reply: shape_of(route).error(error, id),
            code: error.code(),
            mark: Mark::unread(config, route),
            policy: None,
        }
    }

    /// Answers a head that goes no further.
    pub(crate) fn to_halt(config: &Config, halted: &Halted<'_>, decision_id: &str) -> Self {
        let route = halted.route;
        let (kind, code, status) = match halted.halt {
            Halt::Wire(error) => return Self::to_error(config, route, error, None),
            Halt::Unauthenticated => (RefusalKind::Unauthenticated, "UNAUTHENTICATED", 401),
            Halt::NoRoute => (RefusalKind::Denied, "NO_ROUTE", 404),
            Halt::Host => (RefusalKind::Denied, "HOST_FAILURE", 503),
        };
        Self {
            reply: unread(shape_of(route), kind, code, status, decision_id),
            code,
            mark: Mark::unread(config, route),
            policy: None,
        }
    }

    /// Answers when nothing can be decided: no usable configuration, or a host that fails.
    pub(crate) fn to_failure(code: &'static str) -> Self {
        Self {
            reply: unread(Shape::NOWHERE, RefusalKind::Denied, code, 503, ""),
            code,
            mark: Mark::undecided(),
            policy: None,
        }
    }
}

fn shape_of(route: Option<&Route>) -> Shape {
    route.map_or(Shape::NOWHERE, Route::shape)
}

fn unread(shape: Shape, kind: RefusalKind, code: &str, status: u16, decision_id: &str) -> Reply {
    let refusal = Refusal {
        kind,
        code,
        reasons: &[code],
        policy: None,
        message: None,
        decision_id,
        remediation: None,
    };
    shape.unread(&refusal, status)
}

fn stripped(config: &Config, headers: Headers<'_>) -> Vec<Vec<u8>> {
    let stripped = config.gateway.stripped(headers);
    stripped.map(<[u8]>::to_vec).collect()
}

impl From<WireError> for Halt {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<Unknown> for Halt {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Unauthenticated => Self::Unauthenticated,
            Unknown::Wire(error) => Self::Wire(error),
            Unknown::Host => Self::Host,
        }
    }
}
