//! One request from head to verdict: what is known of it, and what becomes of it. No host calls but the
//! ledger's.
use crate::aftermath::Aftermath;
use crate::approval::{Question, Standing};
use crate::config::Config;
use crate::host::HostError;
use crate::listing::Listing;
use crate::model::Model;
use crate::pairs::Pairs;
use crate::record::Mark;
use crate::settle::{Court, Reserved, Settled, Unsettled};
use crate::watch::Watch;
use callgate_engine::{Permit, Scratch};
use callgate_json::{Buffers, Document};
use callgate_model::{Call, Limits, Request, Run};
use callgate_wire::identity::{Facts, Principal, TaskSession, Unknown};
use callgate_wire::llm::{self, Api, ModelCall};
use callgate_wire::mcp;
use callgate_wire::response::Spoken;
use callgate_wire::{
    Asked, Entry, Headers, Refusal, RefusalKind, Reply, Route, Shape, Target, WireError,
};

const HOST_FAILURE: &str = "HOST_FAILURE";
const ACCEPT_ENCODING: &[u8] = b"accept-encoding";

/// A request whose head is acceptable and whose caller is known.
pub(crate) struct Exchange {
    target: String,
    entry: Entry,
    principal: Principal,
    task: Option<TaskSession>,
    run: Option<String>,
    /// Names of headers that do not go on.
    stripped: Vec<Vec<u8>>,
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
    /// They go on if the control plane approves the call.
    Ask(Box<Exchange>, Question),
    /// They go on if the control plane lends what they need, which this batch asks for.
    Lend(Box<Exchange>, u64),
    /// They go on once the control plane took the call's tickets back.
    Redeem(Box<Exchange>, Box<Redemption>),
    /// It ends here.
    Answer(Answer),
    /// The host failed: it ends here, too.
    Failed(HostError),
}

/// Leave to go on with tickets that are still to be taken back.
pub(crate) struct Redemption {
    forward: Forward,
    decision_id: String,
    /// The tickets; those that were taken back are gone.
    pub(crate) tickets: Vec<String>,
    pub(crate) reserved: Reserved,
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
#[derive(Clone, Default)]
pub(crate) struct Moment {
    /// Nanoseconds since 1970.
    pub(crate) now: u64,
    /// The id under which the decision is known.
    pub(crate) decision_id: String,
}

fn refused_unread(route: &Route, error: WireError, decision_id: &str) -> Unsettled {
    let code = error.code();
    Unsettled::Refused(Box::new(Answer {
        reply: unread(route.shape(), RefusalKind::Denied, code, 403, decision_id),
        code,
        mark: Mark::undecided(),
        policy: None,
    }))
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
                    stripped: stripped(config, headers),
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
            Some(header) => header.read(headers, facts, &principal, &gateway.limits)?,
            None => None,
        };
        let run = match &gateway.run {
            Some(source) => source.read(headers, entry.session())?.map(str::to_owned),
            None => None,
        };
        Ok((entry, principal, task, run))
    }

    /// The run that it belongs to.
    pub(crate) fn run(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// The answer to a body of `length` bytes if that is more than it may have.
    pub(crate) fn too_large(&self, config: &Config, length: usize) -> Option<Answer> {
        let route = self.route(config);
        let limit = route.map_or(0, |route| route.limits().bytes);
        (length > usize::try_from(limit).unwrap_or(0))
            .then(|| Answer::to_error(config, route, WireError::BodyTooLarge, None))
    }

    /// Judges the message in a complete body, with what is known of its approvals.
    pub(crate) fn judge(
        self: Box<Self>,
        config: &Config,
        body: &[u8],
        standing: &Standing,
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
        let court = Court {
            config,
            route,
            moment,
            standing: Some(standing),
        };
        let decided = match asked {
            Ok(asked) => self.decide(&court, &asked, &mut memory.scratch),
            Err(error) => {
                let id = document.as_ref().and_then(mcp::request_id);
                let answer = Answer::to_error(config, Some(route), error, id);
                Err(Unsettled::Refused(Box::new(answer)))
            }
        };
        memory.buffers = document.map(Document::into_buffers).unwrap_or_default();
        match decided {
            Err(Unsettled::Refused(answer)) => Outcome::Answer(*answer),
            Err(Unsettled::Failed(error)) => Outcome::Failed(error),
            Err(Unsettled::Ask(question)) => Outcome::Ask(self, question),
            Err(Unsettled::Lend(batch)) => Outcome::Lend(self, batch),
            Ok((forward, reserved)) if reserved.delta.approvals.is_empty() => {
                Outcome::Forward(self.listen(config, forward, &moment.decision_id))
            }
            Ok((forward, reserved)) => Outcome::Redeem(
                self,
                Box::new(Redemption {
                    forward,
                    decision_id: moment.decision_id.clone(),
                    tickets: reserved.delta.approvals.clone(),
                    reserved,
                }),
            ),
        }
    }

    /// Goes on with a call whose tickets are all taken back.
    pub(crate) fn redeemed(self, config: &Config, redemption: Redemption) -> Forward {
        self.listen(config, redemption.forward, &redemption.decision_id)
    }

    /// What a model answers has calls in it, which are as much the caller's as its requests are.
    fn listen(self, config: &Config, mut forward: Forward, decision_id: &str) -> Forward {
        let route = self.route(config);
        let spoken = route.and_then(|route| Some((route, route.spoken_to_models()?)));
        let Some((route, llm)) = spoken.filter(|(_, llm)| llm.api != Api::Embeddings) else {
            return forward;
        };
        let watch = forward.watch.take();
        let watch = watch.unwrap_or_else(|| {
            self.read_plain(&mut forward.stripped);
            Box::new(Watch::new(None, None, None, route, decision_id))
        });
        forward.watch = Some(Box::new(watch.for_calls(Model::new(llm, self))));
        forward
    }

    /// What comes back compressed could not be judged.
    fn read_plain(&self, stripped: &mut Vec<Vec<u8>>) {
        let lines = self.headers.lines();
        if Headers::new(&lines)
            .names()
            .any(|name| name == ACCEPT_ENCODING)
        {
            stripped.push(ACCEPT_ENCODING.to_vec());
        }
    }

    fn decide(
        &self,
        court: &Court<'_>,
        asked: &Asked<'_>,
        scratch: &mut Scratch,
    ) -> Result<(Forward, Reserved), Unsettled> {
        let (config, route, moment) = (court.config, court.route, court.moment);
        let settled = self.with_call(config, asked.request(route, &[]), |call| {
            court.settle(call, scratch, &|refusal| asked.refused(route, refusal))
        });
        let Settled {
            permit,
            mark,
            duty,
            kept,
            due,
            reserved,
        } = settled?;
        let mut stripped = self.stripped.clone();
        let shown = config.release.is_some() && !route.whole_lists() && asked.may_list();
        let listing = shown.then(|| Listing {
            caller: self.principal.clone(),
            server: route.server().map(str::to_owned),
        });
        let id = asked.id().map(callgate_wire::RawId::as_json);
        let (project, _) = config.current().unwrap_or_default();
        let aftermath = Aftermath::of(project, (kept, due), id, Spoken::of(route));
        let aftermath = aftermath.map(|aftermath| aftermath.owing(config.leases.as_ref()));
        let watched = duty.is_some() || listing.is_some() || aftermath.is_some();
        let watch = watched.then(|| {
            self.read_plain(&mut stripped);
            let watch = Watch::new(duty, listing, id, route, &moment.decision_id);
            Box::new(watch.with_aftermath(aftermath))
        });
        Ok((Forward::judged(permit, mark, stripped, watch), reserved))
    }

    /// Asks about a request of this caller, with its headers, in its task and run.
    fn with_call<T>(
        &self,
        config: &Config,
        request: Request<'_>,
        ask: impl FnOnce(&Call<'_>) -> T,
    ) -> T {
        let release = config.release.as_ref();
        let asks = release.is_some_and(|release| release.asks_for_headers());
        let lines = if asks {
            self.headers.lines()
        } else {
            Vec::new()
        };
        let judged = Headers::new(&lines).judged(|name| config.gateway.strips(name));
        let judged: Vec<_> = judged
            .iter()
            .map(|(n, v)| (n.as_ref(), v.as_ref()))
            .collect();
        ask(&Call {
            identity: Some(self.principal.identity()),
            task: self.task.as_ref().and_then(TaskSession::task),
            request: Request {
                headers: callgate_model::Headers::Pairs(&judged),
                ..request
            },
            run: Run {
                id: self.run.as_deref(),
                ..Run::default()
            },
            session: self.entry.session(),
            mission: None,
        })
    }

    /// Judges the calls of a model that this request led to; one that may not be made keeps all of them
    /// from the caller.
    ///
    /// Whether others before it would consume something is only found out when all of them may be made
    /// alone. What was written down for those stays written down, should a later one find nothing left:
    /// that lets less pass, never more.
    ///
    /// # Errors
    /// One of them is refused, or cannot be written down.
    pub(crate) fn permit(
        &self,
        config: &Config,
        calls: &[ModelCall],
        moments: &mut dyn FnMut() -> Moment,
        scratch: &mut Scratch,
    ) -> Result<Vec<Mark>, Unsettled> {
        let Some(route) = self.route(config) else {
            return Err(Unsettled::Refused(Box::new(Answer::to_failure("NO_ROUTE"))));
        };
        let read = |call| llm::read_call(route, call);
        let mut asked = Vec::with_capacity(calls.len());
        for call in calls {
            let unreadable = |error| refused_unread(route, error, &moments().decision_id);
            asked.push(read(call).map_err(unreadable)?);
        }
        let reply = |refusal: &Refusal<'_>| route.shape().response(refusal, None);
        let alone = asked.len() == 1;
        for asked in asked.iter().filter(|_| !alone) {
            let court = Court {
                config,
                route,
                moment: &moments(),
                standing: None,
            };
            self.with_call(config, asked.request(route, &[]), |call| {
                court.foresee(call, scratch, &reply)
            })?;
        }
        let mut marks = Vec::with_capacity(asked.len());
        for asked in &asked {
            let court = Court {
                config,
                route,
                moment: &moments(),
                standing: None,
            };
            let settled = self.with_call(config, asked.request(route, &[]), |call| {
                court.settle(call, scratch, &reply)
            })?;
            marks.push(settled.mark);
        }
        Ok(marks)
    }

    /// The answer when the host fails while a response is judged.
    pub(crate) fn failed(&self, config: &Config) -> Answer {
        let shape = shape_of(self.route(config));
        Answer {
            reply: unread(shape, RefusalKind::Denied, HOST_FAILURE, 503, ""),
            ..Answer::to_failure(HOST_FAILURE)
        }
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
            Halt::Host => (RefusalKind::Denied, HOST_FAILURE, 503),
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
        approval: None,
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
