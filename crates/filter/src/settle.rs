//! From a call to a permit: decided by the release in force, and what it consumes written down.
use crate::aftermath::Due;
use crate::approval::{Missing, Question, Standing};
use crate::config::Config;
use crate::exchange::{Answer, Moment};
use crate::host::HostError;
use crate::leases::{Leases, Want};
use crate::ledger::{Fleet, Ledger, Unkept};
use crate::record::{Mark, Refused};
use callgate_engine::{Active, Decision, Duty, Explain, Kept, Permit, Scratch, decide};
use callgate_json::Document;
use callgate_model::{Call, Delta, Effect, Exception, Limits, State, Timestamp};
use callgate_release::Exceptions;
use callgate_wire::{Refusal, RefusalKind, Reply, Route};

/// How often a call is decided anew because others took what was left.
const ATTEMPTS: u32 = 8;

/// How old an answer of the control plane may be that a call is refused by, in nanoseconds.
const FRESH: u64 = 1_000_000_000;

/// How often a call waits for units that others take before it.
const ROUNDS: u32 = 8;

/// The place and time of a decision.
pub(crate) struct Court<'c> {
    pub(crate) config: &'c Config,
    pub(crate) route: &'c Route,
    pub(crate) moment: &'c Moment,
    /// What is known of its approvals; none where nobody can be asked for any.
    pub(crate) standing: Option<&'c Standing>,
}

/// A call that may go on: what it consumes is written down.
pub(crate) struct Settled {
    pub(crate) permit: Permit,
    pub(crate) mark: Mark,
    /// What its response has to hold against.
    pub(crate) duty: Option<Duty>,
    /// What later calls may ask of it, should it succeed.
    pub(crate) kept: Option<Kept>,
    /// What was reserved, where the response says what it has cost.
    pub(crate) due: Option<Due>,
    /// What it consumes, tickets among it.
    pub(crate) reserved: Reserved,
}

/// What was written down for a call.
pub(crate) struct Reserved {
    pub(crate) delta: Delta,
    at: u64,
}

/// Why a call may not go on.
pub(crate) enum Unsettled {
    /// It is refused.
    Refused(Box<Answer>),
    /// The control plane has to be asked first.
    Ask(Question),
    /// It has to be lent something first, which this batch asks for.
    Lend(u64),
    /// The host failed.
    Failed(HostError),
}

/// Takes back what was written down for a call that does not go on after all.
pub(crate) fn give_back(config: &Config, reserved: &Reserved) {
    ledger(config, reserved.at, (0, 0)).give_back(&reserved.delta);
}

/// The books of the configuration's project; what all gateways share is as the control plane said after `since`, and
/// after `fresh` for a refusal.
fn ledger(config: &Config, now: u64, (since, fresh): (u64, u64)) -> Ledger<'_> {
    let fleet = config.leases.as_deref();
    let fleet = fleet.map(|leases| Fleet::new(leases, since, fresh));
    let ledger = Ledger::new(config.project().unwrap_or_default(), now);
    ledger.with(fleet).lifting(config.lifted())
}

impl Court<'_> {
    /// Decides a call and writes down what it consumes; `reply` words a refusal.
    ///
    /// # Errors
    /// It is refused, or cannot be written down.
    pub(crate) fn settle(
        &self,
        call: &Call<'_>,
        scratch: &mut Scratch,
        reply: &dyn Fn(&Refusal<'_>) -> Reply,
    ) -> Result<Settled, Unsettled> {
        let asked = (self.since(), self.fresh());
        let ledger = ledger(self.config, self.moment.now, asked);
        let past = self.past(&ledger, call);
        for _ in 0..ATTEMPTS {
            // Each time anew: others may have used exceptions meanwhile.
            let state = self.state(&ledger, past.as_ref(), call);
            let mut decision = self.decide(call, &state, scratch);
            let Some(permit) = decision.permit() else {
                let doubts = ledger.doubts(&decision.record);
                return Err(match self.lend(&doubts) {
                    Some(batch) => Unsettled::Lend(batch),
                    None => self.refused(call, &decision, reply),
                });
            };
            match ledger.reserve(&decision.record.delta) {
                Ok(()) => {}
                // What was left when it was decided is gone: decided again, it may be refused.
                Err(Unkept::Raced) => {
                    ledger.forget();
                    continue;
                }
                Err(Unkept::Short(wants)) => {
                    if let Some(batch) = self.lend(&wants) {
                        return Err(Unsettled::Lend(batch));
                    }
                    // Decided again, it is refused for want of what is not there.
                    ledger.refuse(&wants);
                    continue;
                }
                Err(Unkept::Failed(error)) => return Err(Unsettled::Failed(error)),
            }
            let release = self.config.release.as_ref();
            let keeps = release.filter(|_| self.config.keeps_state());
            return Ok(Settled {
                permit,
                mark: self.mark(call, &decision),
                duty: release.and_then(|release| Duty::of(release, call, &state, self.now())),
                kept: keeps.and_then(|release| release.keeps(call)),
                due: self.due(call, &decision.record.delta),
                reserved: Reserved {
                    delta: decision.record.delta,
                    at: self.moment.now,
                },
            });
        }
        let contended = Answer::to_failure("STATE_CONTENDED");
        Err(Unsettled::Refused(Box::new(contended)))
    }

    /// Asks for units; the batch that does so, if the call is to wait for it.
    fn lend(&self, wants: &[Want]) -> Option<u64> {
        let leases = self.config.leases.as_ref().filter(|_| !wants.is_empty())?;
        let waits = self.standing.filter(|standing| standing.lent < ROUNDS);
        let wants = wants.iter().map(|want| Want {
            need: if waits.is_some() { want.need } else { 0 },
            ..want.clone()
        });
        let batch = leases.want(wants.collect(), self.moment.now);
        batch.filter(|_| waits.is_some())
    }

    /// What the control plane said before does not count.
    fn since(&self) -> u64 {
        let leases = self.config.leases.as_deref();
        if !leases.is_some_and(Leases::is_strict) {
            return 0;
        }
        match self.standing {
            Some(standing) if standing.lent > 0 => standing.lent_since,
            _ => self.moment.now,
        }
    }

    /// What the control plane said before refuses nobody for good. An answer that took long is as good as any.
    fn fresh(&self) -> u64 {
        let fresh = self.moment.now.saturating_sub(FRESH);
        match self.standing {
            Some(standing) if standing.lent > 0 => fresh.min(standing.lent_since),
            _ => fresh,
        }
    }

    /// Decides a call as [`Court::settle`] does, and writes nothing down.
    ///
    /// # Errors
    /// It would be refused.
    pub(crate) fn foresee(
        &self,
        call: &Call<'_>,
        scratch: &mut Scratch,
        reply: &dyn Fn(&Refusal<'_>) -> Reply,
    ) -> Result<(), Unsettled> {
        let ledger = ledger(self.config, self.moment.now, (0, 0));
        let past = self.past(&ledger, call);
        let state = self.state(&ledger, past.as_ref(), call);
        let mut decision = self.decide(call, &state, scratch);
        match decision.permit() {
            Some(_) => Ok(()),
            None => Err(self.refused(call, &decision, reply)),
        }
    }

    fn decide<'a>(
        &'a self,
        call: &Call<'a>,
        state: &State<'a>,
        scratch: &mut Scratch,
    ) -> Decision<'a> {
        let active = match &self.config.release {
            Some(release) => Active::Release(release),
            None => Active::None {
                default_action: self.config.default_action,
            },
        };
        decide(active, call, state, self.now(), scratch, Explain::No)
    }

    /// The evidence of the call's run, if somebody asks for it and it can be told.
    fn past(&self, ledger: &Ledger<'_>, call: &Call<'_>) -> Option<Document<'static>> {
        let release = self.config.release.as_ref();
        release.filter(|release| self.config.keeps_state() && release.looks_back())?;
        let past = match call.run.id {
            None => "[]".to_owned(),
            Some(run) => ledger.past(run)?,
        };
        Document::parse_owned(past.into_bytes(), &Limits::default().json).ok()
    }

    fn state<'l>(
        &'l self,
        ledger: &'l Ledger<'_>,
        past: Option<&'l Document<'_>>,
        call: &Call<'_>,
    ) -> State<'l> {
        let state = self.kept(ledger, past);
        let state = match self.config.plane() {
            Some(_) => state.with_approvals(self.standing.map_or_else(Vec::new, Standing::tickets)),
            None => state,
        };
        let Some(records) = self.config.lifted().and_then(Exceptions::records) else {
            return state;
        };
        // Without state nothing is counted, and only what needs no count is lifted.
        let keeps = self.config.keeps_state();
        // Nobody looks up how often others used theirs.
        let uses = |exception: &Exception<'_>| match keeps && exception.is_for(call) {
            true => ledger.uses(exception.id),
            false => None,
        };
        // They were read when they came.
        state.clone().lifting(records, uses).unwrap_or(state)
    }

    fn kept<'l>(&self, ledger: &'l Ledger<'_>, past: Option<&'l Document<'_>>) -> State<'l> {
        if !self.config.keeps_state() {
            return State::UNAVAILABLE;
        }
        match past.map(|past| State::kept_by(ledger).recalling(past.root())) {
            Some(Ok(state)) => state,
            Some(Err(_)) | None => State::kept_by(ledger),
        }
    }

    /// What was reserved for a call, if its response will say what it has cost.
    fn due(&self, call: &Call<'_>, delta: &Delta) -> Option<Due> {
        let said = self.route.cost()?.said.clone()?;
        let keys: Vec<String> = delta.spend.iter().map(|spent| spent.key.clone()).collect();
        (!keys.is_empty()).then(|| Due {
            keys,
            reserved: call.request.cost.unwrap_or_default(),
            said,
            model: call.request.model.unwrap_or_default().to_owned(),
        })
    }

    fn refused(
        &self,
        call: &Call<'_>,
        decision: &Decision<'_>,
        reply: &dyn Fn(&Refusal<'_>) -> Reply,
    ) -> Unsettled {
        let refused = Refused::of(&decision.record);
        let mut refusal = refused.refusal(&self.moment.decision_id);
        let asks = decision.record.decision == Effect::RequireApproval;
        let standing = self.standing.filter(|_| asks);
        let mut over = None;
        match standing.map(|standing| (standing, &standing.missing)) {
            Some((standing, Missing::Unasked)) => {
                if let Some(question) = self.question(call, decision, standing) {
                    return Unsettled::Ask(question);
                }
            }
            Some((_, Missing::Pending(pending))) => refusal.approval = Some(pending.shown()),
            Some((_, Missing::Refused(code))) => over = Some(code),
            Some((_, Missing::Unknown)) | None => {}
        }
        if let Some(code) = over {
            refusal.kind = RefusalKind::Denied;
            refusal.code = code;
            refusal.reasons = core::slice::from_ref(code);
        }
        Unsettled::Refused(Box::new(Answer {
            reply: reply(&refusal),
            code: over.copied().unwrap_or(refused.code),
            mark: match over {
                None => self.mark(call, decision),
                Some(_) => Mark::unread(self.config, Some(self.route)),
            },
            policy: refused.policy.map(str::to_owned),
        }))
    }

    fn question(
        &self,
        call: &Call<'_>,
        decision: &Decision<'_>,
        standing: &Standing,
    ) -> Option<Question> {
        let release = self.config.release.as_ref();
        let project = &release?.release().project;
        Question::of(&decision.record, project, call, standing, self.moment.now)
    }

    fn mark(&self, call: &Call<'_>, decision: &Decision<'_>) -> Mark {
        Mark::of(call, &decision.record, self.config, self.route, self.moment)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.moment.now)
    }
}
