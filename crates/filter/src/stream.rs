//! One HTTP stream: pause until the request is whole, then let the same bytes go on, or answer.
use crate::approval::Standing;
use crate::exchange::{Answer, Exchange, Forward, Moment, Opening, Outcome};
use crate::facts::Attributes;
use crate::held::{Held, Stage};
use crate::host::{self, HostError, Level, Map};
use crate::ledger::Unkept;
use crate::record::{self, DECISION_HEADER, Mark, RELEASE_HEADER, Shown};
use crate::root::Plugin;
use crate::watch::Watch;
use callgate_model::Effect;
use callgate_wire::Gateway;
use std::rc::Rc;

/// What the host does with the stream next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Continue = 0,
    Pause = 1,
}

/// The context of one HTTP stream. It ends on the configuration it began with.
pub(crate) struct Stream {
    pub(crate) context: u32,
    pub(crate) plugin: Rc<Plugin>,
    pub(crate) state: State,
}

/// How far a stream has come.
pub(crate) enum State {
    /// Nothing arrived yet.
    New,
    /// The head is acceptable and the body is arriving.
    Collecting(Box<Exchange>, Progress),
    /// It arrived, and waits for what the control plane says.
    Held(Box<Held>),
    /// The request went on; its response is watched if policies have a say in it.
    Forwarded(Option<Mark>, Option<Box<Watch>>),
    /// The request was answered here, or lost: nothing of it goes on any more.
    Ended,
    /// The response was going on and could not be judged any further.
    Withheld,
}

/// How far a request has come that is judged.
#[derive(Default)]
pub(crate) struct Progress {
    /// Bytes of its body that are buffered.
    length: usize,
    /// Whether trailers came.
    pub(crate) trailed: bool,
    /// What is known of its approvals.
    pub(crate) standing: Standing,
    /// Until when it may be held, in nanoseconds since 1970; 0 before it was.
    pub(crate) until: u64,
}

impl Stream {
    pub(crate) fn new(context: u32, plugin: Rc<Plugin>) -> Self {
        Self {
            context,
            plugin,
            state: State::New,
        }
    }

    pub(crate) fn on_request_headers(&mut self, end: bool) -> Step {
        self.abandon();
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else {
            return self.answer(Answer::to_failure("CONFIGURATION_INVALID"));
        };
        let headers = match host::headers(Map::Request) {
            Ok(headers) => headers,
            Err(error) => return self.fail(error),
        };
        let tokens = config.tokens.as_deref();
        match Exchange::open(config, headers, &Attributes { tokens }) {
            Err(halted) => {
                // A refusal stands without its id, should the clock fail.
                let moment = self.moment();
                let id = moment.map(|moment| moment.decision_id).unwrap_or_default();
                self.answer(Answer::to_halt(config, &halted, &id))
            }
            Ok(Opening::Forward(forward)) => self.forward(forward),
            Ok(Opening::Judge(exchange)) => {
                match config.pinned(exchange.run()) {
                    Ok(None) => {}
                    Ok(Some(config)) => self.plugin = Rc::new(plugin.with(config)),
                    Err(Unkept::Failed(error)) => return self.fail(error),
                    Err(Unkept::Raced | Unkept::Short(_)) => {
                        return self.answer(Answer::to_failure("STATE_CONTENDED"));
                    }
                }
                self.state = State::Collecting(exchange, Progress::default());
                if end { self.judge() } else { Step::Pause }
            }
        }
    }

    pub(crate) fn on_request_body(&mut self, length: usize, end: bool) -> Step {
        let plugin = Rc::clone(&self.plugin);
        match (&mut self.state, &plugin.config) {
            (State::Collecting(exchange, progress), Some(config)) => {
                progress.length = length;
                if let Some(answer) = exchange.too_large(config, length) {
                    return self.answer(answer);
                }
                if end { self.judge() } else { Step::Pause }
            }
            _ => self.settled(),
        }
    }

    /// With trailers the end of the body is only seen here.
    pub(crate) fn on_request_trailers(&mut self) -> Step {
        match &mut self.state {
            State::Collecting(_, progress) => {
                progress.trailed = true;
                match self.judge() {
                    // Nobody judged them, and servers merge them into headers. MCP has none.
                    Step::Continue => self.strip_trailers(|_, _| true),
                    Step::Pause => Step::Pause,
                }
            }
            State::Forwarded(Some(_), _) => self.strip_trailers(|_, _| true),
            State::Forwarded(None, _) => self.strip_trailers(Gateway::strips_trailer),
            State::New | State::Held(_) | State::Ended | State::Withheld => self.settled(),
        }
    }

    /// What to do with more of a request whose fate is settled.
    fn settled(&mut self) -> Step {
        match self.state {
            State::Forwarded(..) => Step::Continue,
            // What was judged was all of it, and this would go on with it.
            State::Held(_) => {
                self.abandon();
                self.answer(Answer::to_failure("STATE_INVALID"))
            }
            State::New | State::Collecting(..) | State::Ended | State::Withheld => Step::Pause,
        }
    }

    pub(crate) fn judge(&mut self) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let state = std::mem::replace(&mut self.state, State::Ended);
        let (State::Collecting(exchange, progress), Some(config)) = (state, &plugin.config) else {
            return self.answer(Answer::to_failure("STATE_INVALID"));
        };
        let judged = host::request_body(progress.length).and_then(|body| {
            let moment = self.moment()?;
            let mut memory = plugin
                .memory
                .try_borrow_mut()
                .map_err(|_| HostError::REENTERED)?;
            Ok(exchange.judge(config, &body, &progress.standing, &moment, &mut memory))
        });
        match judged {
            Err(error) => self.fail(error),
            Ok(Outcome::Failed(error)) => self.fail(error),
            Ok(Outcome::Answer(answer)) => self.answer(answer),
            Ok(Outcome::Forward(forward)) => self.forward(forward),
            Ok(Outcome::Lend(exchange, batch)) => {
                let step = self.hold(exchange, progress, Stage::Lending(batch));
                self.send_for_units();
                step
            }
            Ok(Outcome::Ask(exchange, question)) => {
                self.hold(exchange, progress, Stage::Asking(question))
            }
            Ok(Outcome::Redeem(exchange, redemption)) => {
                self.hold(exchange, progress, Stage::Redeeming(redemption))
            }
        }
    }

    /// Has units asked for that are wanted by now.
    fn send_for_units(&self) {
        if let Some(config) = &self.plugin.config
            && let (Some(leases), Some(plane)) = (&config.leases, config.plane())
        {
            leases.send_for(plane, self.context);
        }
    }

    fn moment(&self) -> Result<Moment, HostError> {
        let now = host::now()?;
        let decision_id = record::decision_id(now, self.context, self.plugin.configured_at);
        Ok(Moment { now, decision_id })
    }

    pub(crate) fn forward(&mut self, forward: Forward) -> Step {
        for name in &forward.stripped {
            if let Err(error) = host::remove_header(Map::Request, name) {
                return self.fail(error);
            }
        }
        if let Some(mark) = &forward.mark {
            self.plugin.count(mark.effect);
            self.plugin.tell(mark);
        }
        self.send_for_units();
        self.state = State::Forwarded(forward.mark, forward.watch);
        Step::Continue
    }

    /// Servers that merge trailers into headers must not find there what they trust in a header.
    pub(crate) fn strip_trailers(&mut self, strips: impl Fn(&Gateway, &[u8]) -> bool) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else {
            return self.answer(Answer::to_failure("STATE_INVALID"));
        };
        let stripped = host::headers(Map::RequestTrailers).and_then(|trailers| {
            let lines = trailers.lines();
            let names = callgate_wire::Headers::new(&lines).names();
            names
                .filter(|name| strips(&config.gateway, name))
                .try_for_each(|name| host::remove_header(Map::RequestTrailers, name))
        });
        match stripped {
            Ok(()) => Step::Continue,
            Err(error) => self.fail(error),
        }
    }

    pub(crate) fn fail(&mut self, error: HostError) -> Step {
        let status = error.status.to_string();
        let line = ["callgate: denied, `", error.call, "` gave status ", &status];
        host::log(Level::Error, &line.concat());
        self.answer(Answer::to_failure("HOST_FAILURE"))
    }

    /// Tells of a refusal, which is a record also where nothing was there to be decided.
    pub(crate) fn tell_of(&self, answer: &mut Answer) {
        if let Some(config) = &self.plugin.config
            && answer.mark.is_untold(config)
        {
            // A refusal stands without its time, should the clock fail.
            let moment = self.moment().unwrap_or_default();
            let policy = answer.policy.as_deref();
            answer
                .mark
                .tell_unread(config, answer.code, policy, &moment);
        }
        self.plugin.tell(&answer.mark);
    }

    pub(crate) fn answer(&mut self, mut answer: Answer) -> Step {
        // INVARIANT: from here on no callback of this stream returns `Continue`.
        self.state = State::Ended;
        self.plugin.count(answer.mark.effect);
        log_refusal(&answer);
        self.tell_of(&mut answer);
        let mut headers = answer.reply.headers.clone();
        if let Shown::Release(release) = &answer.mark.shown {
            headers.push((DECISION_HEADER, answer.mark.effect.as_str()));
            headers.push((RELEASE_HEADER, release));
        }
        let details = ["callgate_", answer.code].concat();
        let status = answer.reply.status;
        if host::reply(status, &details, &headers, &answer.reply.body).is_err() {
            // The host may have disliked the headers or the body; without them it can still refuse.
            if host::reply(status, "", &[], &[]).is_err() {
                host::log(
                    Level::Error,
                    "callgate: a denied request could not be answered",
                );
            }
        }
        Step::Pause
    }
}

pub(crate) fn log_refusal(answer: &Answer) {
    if answer.mark.effect == Effect::Allow {
        return;
    }
    let policy = answer.policy.as_deref().unwrap_or("-");
    let effect = answer.mark.effect.as_str();
    let line = [
        "callgate: ",
        effect,
        " code=",
        answer.code,
        " policy=",
        policy,
    ];
    host::log(Level::Info, &line.concat());
}
