//! Callbacks outside streams: ticks, callout answers, queues.

use crate::error::Error;
use crate::exchange::CalloutAnswer;
use crate::process::Callout;
use crate::state::{CalloutResponse, Pending};
use crate::vm::{Vm, length};

impl Vm {
    /// Runs `on_tick` of the root context now.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn tick(&mut self) -> Result<(), Error> {
        let root = self.root;
        self.call::<_, ()>("proxy_on_tick", root, root)?;
        Ok(())
    }

    /// Runs what the clock made due: ticks of every root, callouts that timed out.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn run_due(&mut self) -> Result<(), Error> {
        let now = self.process().now();
        let roots: Vec<u32> = self.state().roots.keys().copied().collect();
        for id in roots {
            while self.take_due_tick(id, now) {
                self.call::<_, ()>("proxy_on_tick", id, id)?;
            }
        }
        let expired = |pending: &Pending| pending.deadline.is_some_and(|at| at <= now);
        while let Some(at) = self.state().pending.iter().position(expired) {
            if let Some(pending) = self.state_mut().pending.remove(at) {
                self.deliver_callout(&pending, CalloutAnswer::Failed)?;
            }
        }
        Ok(())
    }

    fn take_due_tick(&mut self, id: u32, now: u64) -> bool {
        let Some(root) = self.state_mut().roots.get_mut(&id) else {
            return false;
        };
        if root.tick_ms == 0 || root.next_tick > now {
            return false;
        }
        let period = u64::from(root.tick_ms).saturating_mul(1_000_000);
        root.next_tick = root.next_tick.saturating_add(period);
        true
    }

    /// The period the root context asked to be ticked at, in milliseconds; 0 is never.
    #[must_use]
    pub fn tick_period_ms(&self) -> u32 {
        let root = self.state().roots.get(&self.root);
        root.map_or(0, |root| root.tick_ms)
    }

    /// Callouts that have no answer yet, oldest first.
    #[must_use]
    pub fn open_callouts(&self) -> Vec<Callout> {
        let pending = self.state().pending.iter();
        pending.map(|pending| pending.callout.clone()).collect()
    }

    /// Answers an open callout.
    ///
    /// # Errors
    /// `Trap` when the module traps, `Script` when no callout has this token.
    pub fn answer(&mut self, token: u32, answer: CalloutAnswer) -> Result<(), Error> {
        let of_token = |pending: &Pending| pending.callout.token == token;
        let at = self.state().pending.iter().position(of_token);
        let pending = at.and_then(|at| self.state_mut().pending.remove(at));
        let pending = pending.ok_or(Error::Script("no open callout has this token"))?;
        self.deliver_callout(&pending, answer)
    }

    /// Answers the oldest open callout from the exchange's script, if it has an answer left.
    pub(crate) fn answer_next_callout(&mut self, stream: u32) -> Result<bool, Error> {
        let state = self.state_mut();
        let Some(stream) = state.streams.get_mut(&stream) else {
            return Ok(false);
        };
        if state.pending.is_empty() {
            return Ok(false);
        }
        let Some(answer) = stream.answers.pop_front() else {
            return Ok(false);
        };
        if let Some(pending) = state.pending.pop_front() {
            self.deliver_callout(&pending, answer)?;
        }
        Ok(true)
    }

    fn deliver_callout(&mut self, pending: &Pending, answer: CalloutAnswer) -> Result<(), Error> {
        let response = match answer {
            CalloutAnswer::Failed => None,
            CalloutAnswer::Response {
                headers,
                body,
                trailers,
            } => Some(CalloutResponse {
                headers,
                body,
                trailers,
            }),
        };
        let sizes = response.as_ref().map_or((0, 0, 0), |response| {
            let body = length(response.body.len());
            (
                length(response.headers.len()),
                body,
                length(response.trailers.len()),
            )
        });
        let (root, token) = (pending.root, pending.callout.token);
        self.state_mut().callout_response = response;
        let params = (root, token, sizes.0, sizes.1, sizes.2);
        let called = self.call::<_, ()>("proxy_on_http_call_response", root, params);
        self.state_mut().callout_response = None;
        called?;
        Ok(())
    }

    /// Tells the roots that registered them about queues that hold items.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn run_queues(&mut self) -> Result<(), Error> {
        let queues: Vec<(u32, u32)> = self
            .state()
            .queues
            .iter()
            .map(|(id, root)| (*id, *root))
            .collect();
        for (queue, root) in queues {
            if self.process().queued(queue) > 0 {
                self.call::<_, ()>("proxy_on_queue_ready", root, (root, queue))?;
            }
        }
        Ok(())
    }
}
