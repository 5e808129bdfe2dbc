//! A request that waits for the control plane: held, asked about, and resumed on its answer.
use crate::approval::{self, Missing, Question, Said};
use crate::config::Config;
use crate::exchange::{Answer, Exchange, Redemption};
use crate::host::{self, Level};
use crate::plane::{self, ControlPlane};
use crate::settle;
use crate::stream::{Progress, State, Step, Stream};
use std::rc::Rc;

/// A request that is held. It was read to its end, and the host has all of it.
pub(crate) struct Held {
    exchange: Box<Exchange>,
    progress: Progress,
    stage: Stage,
    /// The outstanding question; none while time has to pass until it is put again.
    asked: Option<u32>,
    /// When it is put again, or the answer is given up.
    due: u64,
}

/// What the control plane was asked.
pub(crate) enum Stage {
    /// Whether the call is approved.
    Asking(Question),
    /// For units of what all gateways share, in a batch of this number for several calls.
    Lending(u64),
    /// To take back the tickets of a call that may go on with them.
    Redeeming(Box<Redemption>),
}

/// How often a question is put again, in nanoseconds.
const AGAIN: u64 = 1_000_000_000;

impl Stream {
    /// Holds a request and puts a question to the control plane.
    pub(crate) fn hold(
        &mut self,
        exchange: Box<Exchange>,
        mut progress: Progress,
        stage: Stage,
    ) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let plane = plugin.config.as_ref().and_then(Config::plane);
        let now = host::now().unwrap_or(0);
        let lends = matches!(stage, Stage::Lending(_));
        match &plugin.config {
            Some(_) if lends => progress.standing.wait_for_units(now),
            Some(config) if progress.until == 0 => {
                progress.until = now.saturating_add(config.approval_wait);
            }
            Some(_) | None => {}
        }
        let held = Held {
            asked: plane.and_then(|plane| stage.ask(plane)),
            exchange,
            progress,
            stage,
            due: now.saturating_add(approval::patience()),
        };
        if held.asked.is_none() && !lends {
            return self.heard(held, 0, 0);
        }
        self.state = State::Held(Box::new(held));
        Step::Pause
    }

    /// Whether it waits for this answer.
    pub(crate) fn awaits(&self, token: u32) -> bool {
        matches!(&self.state, State::Held(held) if held.asked == Some(token))
    }

    /// Takes the answer that it waits for.
    pub(crate) fn on_answer(&mut self, length: usize) {
        // Else time tells that no answer comes.
        if host::act_for(self.context).is_err() {
            return;
        }
        let state = std::mem::replace(&mut self.state, State::Ended);
        let State::Held(held) = state else { return };
        let trailed = held.progress.trailed;
        let step = self.heard(*held, plane::status(), length);
        self.go_on(step, trailed);
    }

    /// Puts a question again, or gives an answer up.
    pub(crate) fn on_tick(&mut self) {
        let State::Held(held) = &self.state else {
            return;
        };
        let is_due = host::now().is_ok_and(|now| now >= held.due);
        let is_over = is_due || held.has_units(self.plugin.config.as_ref());
        if !is_over || host::act_for(self.context).is_err() {
            return;
        }
        let lends = matches!(held.stage, Stage::Lending(_));
        let (is_lost, trailed) = (lends || held.asked.is_some(), held.progress.trailed);
        let state = std::mem::replace(&mut self.state, State::Ended);
        let State::Held(held) = state else { return };
        let step = match is_lost {
            true => self.heard(*held, 0, 0),
            false => self.hold(held.exchange, held.progress, held.stage),
        };
        self.go_on(step, trailed);
    }

    /// Does outside the request's own callbacks what these have the host do.
    fn go_on(&mut self, step: Step, trailed: bool) {
        let step = match step {
            Step::Continue if trailed => self.strip_trailers(|_, _| true),
            step => step,
        };
        if step == Step::Continue
            && let Err(error) = host::resume_request()
        {
            self.fail(error);
        }
    }

    /// What an answer comes to; without one the status is 0.
    fn heard(&mut self, held: Held, status: u16, length: usize) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else {
            return self.answer(Answer::to_failure("STATE_INVALID"));
        };
        let Held {
            exchange,
            mut progress,
            stage,
            ..
        } = held;
        match stage {
            // It is decided anew, with what was lent by now.
            Stage::Lending(_) => {}
            Stage::Asking(question) => match Said::read(status, length) {
                Some(Said::Approved(id, until)) => progress.standing.grant(question, id, until),
                Some(Said::Refused(code)) => progress.standing.missing = Missing::Refused(code),
                said => {
                    if said.is_none() {
                        plugin.alarm(status);
                    }
                    let now = host::now().unwrap_or(u64::MAX);
                    if now < progress.until {
                        self.state = State::Held(Box::new(Held {
                            exchange,
                            progress,
                            stage: Stage::Asking(question),
                            asked: None,
                            due: now.saturating_add(AGAIN),
                        }));
                        return Step::Pause;
                    }
                    progress.standing.missing = match said {
                        Some(Said::Pending(pending)) => Missing::Pending(pending),
                        _ => Missing::Unknown,
                    };
                }
            },
            Stage::Redeeming(mut redemption) => match (status, redemption.tickets.pop()) {
                (200..=299, _) if redemption.tickets.is_empty() => {
                    return self.forward(exchange.redeemed(config, *redemption));
                }
                (200..=299, _) => {
                    return self.hold(exchange, progress, Stage::Redeeming(redemption));
                }
                _ => {
                    settle::give_back(config, &redemption.reserved);
                    let missing = match status {
                        409 => Missing::Refused(approval::USED),
                        status => {
                            plugin.alarm(status);
                            Missing::Unknown
                        }
                    };
                    progress.standing.revoke(missing);
                }
            },
        }
        self.state = State::Collecting(exchange, progress);
        self.judge()
    }

    /// Ends a request that is held and will not go on: nothing of it stays written down.
    pub(crate) fn abandon(&mut self) {
        if !matches!(self.state, State::Held(_)) {
            return;
        }
        let state = std::mem::replace(&mut self.state, State::Ended);
        if let (State::Held(held), Some(config)) = (state, &self.plugin.config)
            && let Stage::Redeeming(redemption) = &held.stage
        {
            settle::give_back(config, &redemption.reserved);
        }
    }
}

impl Held {
    /// Whether it waited for units, and need not any more.
    fn has_units(&self, config: Option<&Config>) -> bool {
        let leases = config.and_then(|config| config.leases.as_ref());
        match (&self.stage, leases) {
            (Stage::Lending(batch), Some(leases)) => leases.is_over(*batch),
            (Stage::Lending(_), None) => true,
            (Stage::Asking(_) | Stage::Redeeming(_), _) => false,
        }
    }
}

impl Stage {
    fn ask(&self, plane: &ControlPlane) -> Option<u32> {
        let asked = match self {
            Self::Lending(_) => return None,
            Self::Asking(question) => question.ask(plane),
            Self::Redeeming(redemption) => {
                approval::redeem(plane, redemption.tickets.last().map_or("", String::as_str))
            }
        };
        asked
            .map_err(|error| {
                host::log(
                    Level::Error,
                    &["callgate: `", error.call, "` failed"].concat(),
                )
            })
            .ok()
    }
}
