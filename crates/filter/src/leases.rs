//! Units that the control plane lends to this process: each VM asks for what it needs, one batch at a time.
mod batch;

pub(crate) use batch::{Terms, Want};

use crate::host::{self, HostError, Level};
use crate::ledger::Ledger;
use crate::plane::{self, ControlPlane};
use crate::tally::Tally;
use batch::Batch;
use callgate_json::{Document, Limits};
use std::cell::{Cell, RefCell};

/// Where a VM asks for units. Plugins that ask the same control plane share it.
#[derive(Debug)]
pub(crate) struct Leases {
    /// See [`ControlPlane::lender`].
    lender: String,
    /// Whether every call asks.
    strict: bool,
    /// The root context that answers come to.
    root: Cell<u32>,
    desk: RefCell<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    /// What the next batch asks for.
    wants: Vec<Want>,
    /// Tells the batches of this VM from those of others; made when first needed.
    nonce: Option<u64>,
    /// How many batches there were.
    batches: u64,
    /// What is asked: asked again as it is, or units could be lent twice.
    batch: Option<Batch>,
    /// The outstanding question.
    asked: Option<u32>,
    /// The root context that asked it.
    asker: u32,
    /// The last batch that nobody need wait for.
    over: u64,
    /// Batches in a row that were not answered.
    failures: u32,
    /// Not before this instant, in nanoseconds since 1970; while an answer is outstanding, until when it
    /// may come.
    due: u64,
    /// What the log was last told.
    told: String,
    alarm: Tally,
    /// Projects and keys that may have units here.
    known: Vec<(String, String)>,
    /// When to look next for units that nobody uses.
    sweep: u64,
}

/// Keys of a batch, at most.
const BATCH: usize = 128;
/// Keys that wait, at most: beyond, callers are refused.
const WAITING: usize = 4_096;
/// Keys that are looked after, at most. Units of others come back when they end, if they do.
const KNOWN: usize = 1_024;
/// Bytes of an answer, at most.
const ANSWER: usize = 1 << 20;
const SECOND: u64 = 1_000_000_000;
/// How long units may lie idle before others may have them, in nanoseconds.
const IDLE: u64 = 10 * SECOND;
/// Doublings of the wait after failures, at most: callers are refused meanwhile.
const BACK_OFF: u32 = 2;

/// Counts batches that were not answered as they should.
const ALARM: &str = "callgate_lease_failures_total";

impl Leases {
    /// Nothing lent yet.
    pub(crate) fn of(lender: String, strict: bool) -> Self {
        Self {
            lender,
            strict,
            root: Cell::new(0),
            desk: RefCell::default(),
        }
    }

    /// Whether it asks there, and as often.
    pub(crate) fn is_of(&self, lender: &str, strict: bool) -> bool {
        self.lender == lender && self.strict == strict
    }

    /// Whether every call asks.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// Answers come to this root context from now on.
    pub(crate) fn answer_to(&self, root: u32) {
        self.root.set(root);
    }

    /// Asks for units soon; gives the batch that does so, or `None` when there is no use in waiting.
    pub(crate) fn want(&self, wants: Vec<Want>, now: u64) -> Option<u64> {
        let mut desk = self.desk.try_borrow_mut().ok()?;
        if desk.is_down(now) {
            return None;
        }
        for want in wants {
            desk.put(want);
        }
        Some(desk.batches.saturating_add(1))
    }

    /// Tells soon of units that are used already.
    pub(crate) fn owe(&self, want: Want) {
        if let Ok(mut desk) = self.desk.try_borrow_mut() {
            desk.put(want);
        }
    }

    /// Looks after what is left of a key, so that it is given back when nobody uses it.
    pub(crate) fn mind(&self, project: &str, key: &str) {
        if let Ok(mut desk) = self.desk.try_borrow_mut() {
            desk.mind(project, key);
        }
    }

    /// Sends what is wanted if nothing is under way; `stream` is whose callback this is.
    pub(crate) fn send_for(&self, plane: &ControlPlane, stream: u32) {
        let Ok(mut desk) = self.desk.try_borrow_mut() else {
            return;
        };
        if desk.asked.is_some() || desk.batch.is_some() || desk.wants.is_empty() {
            return;
        }
        // The answer is the VM's, whatever becomes of the stream.
        let root = self.root.get();
        if host::act_for(root).is_ok() {
            desk.send(plane, root);
        }
        let _ = host::act_for(stream);
    }

    /// Whether nobody need wait for a batch any more.
    pub(crate) fn is_over(&self, batch: u64) -> bool {
        let desk = self.desk.try_borrow();
        desk.is_ok_and(|desk| desk.over >= batch)
    }

    /// Asks for what is wanted, again for what was not answered, and gives back what lies idle.
    pub(crate) fn tick(&self, plane: &ControlPlane, root: u32) {
        let (Ok(now), Ok(mut desk)) = (host::now(), self.desk.try_borrow_mut()) else {
            return;
        };
        desk.sweep(now);
        let waits = now < desk.due && desk.due <= now.saturating_add(plane.longest_word());
        if (desk.asked.is_some() || desk.failures > 0) && waits {
            return;
        }
        match desk.asked.take() {
            Some(_) => desk.failed(plane, "no answer"),
            None => desk.send(plane, root),
        }
    }

    /// A root context is over, and others go on asking: the answer that it waits for never comes.
    pub(crate) fn forsake(&self, root: u32) {
        if let Ok(mut desk) = self.desk.try_borrow_mut()
            && desk.asker == root
        {
            desk.asked = None;
        }
    }

    /// Whether something is under way as its plugin ends: what nobody used is given back without waiting.
    pub(crate) fn flush(&self, plane: &ControlPlane, root: u32) -> bool {
        let (Ok(now), Ok(mut desk)) = (host::now(), self.desk.try_borrow_mut()) else {
            return false;
        };
        desk.give_back(now, 0);
        if desk.asked.is_none() {
            desk.send(plane, root);
        }
        desk.asked.is_some()
    }

    /// Takes the answer to `token`: whether it was of use, or `None` when that is nothing it asked.
    pub(crate) fn answered(&self, plane: &ControlPlane, token: u32, length: usize) -> Option<bool> {
        let mut desk = self.desk.try_borrow_mut().ok()?;
        if desk.asked != Some(token) {
            return None;
        }
        desk.asked = None;
        let status = plane::status();
        match status {
            200..=299 if desk.take(length) => {
                desk.over = desk.batches;
                desk.batch = None;
                desk.failures = 0;
                desk.told.clear();
                let root = desk.asker;
                desk.send(plane, root);
                return Some(true);
            }
            0 => desk.failed(plane, "no answer"),
            200..=299 => desk.failed(plane, "an answer that cannot be read"),
            status => {
                desk.failed(plane, &["status ", &status.to_string()].concat());
                // What it does not understand it will not understand later.
                if (400..=499).contains(&status) {
                    desk.give_up();
                }
            }
        }
        Some(false)
    }
}

impl Desk {
    /// Whether the control plane failed to answer, and is not asked again yet.
    fn is_down(&self, now: u64) -> bool {
        self.failures > 0 && now < self.due || self.wants.len() >= WAITING
    }

    /// Puts what is wanted to what is wanted already.
    fn put(&mut self, want: Want) {
        let same = |other: &&mut Want| other.key == want.key && other.project == want.project;
        match self.wants.iter_mut().find(same) {
            Some(other) => {
                other.terms = want.terms.or(other.terms);
                other.need = other.need.saturating_add(want.need);
                other.owed = other.owed.saturating_add(want.owed);
                other.returned = other.returned.saturating_add(want.returned);
                other.returned_at = match (other.returned_at, want.returned_at) {
                    (Some(one), Some(another)) => Some(one.min(another)),
                    (one, another) => one.or(another),
                };
            }
            None => self.wants.push(want),
        }
    }

    fn mind(&mut self, project: &str, key: &str) {
        let is_known = |(of, known): &(String, String)| known == key && of == project;
        if self.known.len() < KNOWN && !self.known.iter().any(is_known) {
            self.known.push((project.to_owned(), key.to_owned()));
        }
    }

    /// Asks a batch no more. What is owed was used: it is told with the next one.
    fn give_up(&mut self) {
        let batch = self.batch.take();
        let wants = batch.into_iter().flat_map(|batch| batch.wants);
        for want in wants.filter(|want| want.owed > 0) {
            self.put(Want {
                project: want.project,
                key: want.key,
                owed: want.owed,
                ..Want::default()
            });
        }
    }

    /// Sends a batch; `root` is the context that the answer comes to.
    fn send(&mut self, plane: &ControlPlane, root: u32) {
        let Ok(now) = host::now() else { return };
        let is_late = |batch: &Batch| batch.wants.iter().any(|want| want.is_late(now));
        if self.batch.as_ref().is_some_and(is_late) {
            self.give_up();
        }
        let Some(batch) = self.batch.take().or_else(|| self.next_batch(now)) else {
            return;
        };
        let key = Some(("idempotency-key", batch.key.as_str()));
        let asked = plane.ask(&plane.leases, key, Some(&batch.body));
        self.batch = Some(batch);
        match asked {
            Ok(token) => {
                self.asked = Some(token);
                self.asker = root;
                self.due = now.saturating_add(plane::patience().saturating_mul(2));
            }
            Err(HostError { call, .. }) => self.failed(plane, call),
        }
    }

    fn next_batch(&mut self, now: u64) -> Option<Batch> {
        if self.wants.is_empty() {
            return None;
        }
        let ledger = Ledger::new("", now);
        let holder = ledger.holder().ok()?;
        let nonce = match self.nonce {
            Some(nonce) => nonce,
            None => ledger.ticket().ok()?,
        };
        self.nonce = Some(nonce);
        let rest = self.wants.split_off(self.wants.len().min(BATCH));
        let mut wants = std::mem::replace(&mut self.wants, rest);
        for want in wants.iter_mut().filter(|want| want.is_late(now)) {
            (want.returned, want.returned_at) = (0, None);
        }
        self.batches = self.batches.saturating_add(1);
        Some(Batch::of(wants, (&holder, nonce, self.batches), now))
    }

    /// Takes what an answer lends; whether it is one.
    fn take(&mut self, length: usize) -> bool {
        let (Ok(now), Some(batch)) = (host::now(), self.batch.take()) else {
            return false;
        };
        let body = host::callout_body(length).ok().filter(|_| length <= ANSWER);
        let document = body
            .as_deref()
            .map(|body| Document::parse(body, &Limits::default()));
        let read = match &document {
            Some(Ok(document)) => batch.read(document.root(), now),
            _ => None,
        };
        let is_read = read.is_some();
        for (want, grant) in read.iter().flatten() {
            let lent = Ledger::new(&want.project, now).lend(want, grant);
            match lent {
                Ok(()) => self.mind(&want.project, &want.key),
                // They are lost, and nobody else can use them: less passes, never more.
                Err(_) => host::log(Level::Error, "callgate: a lease could not be written down"),
            }
        }
        if !is_read {
            self.batch = Some(batch);
        }
        is_read
    }

    fn sweep(&mut self, now: u64) {
        if now < self.sweep && self.sweep <= now.saturating_add(IDLE) {
            return;
        }
        self.sweep = now.saturating_add(IDLE / 2);
        self.give_back(now, IDLE);
    }

    /// Gives back what nobody used for so long.
    fn give_back(&mut self, now: u64, idle: u64) {
        for (project, key) in std::mem::take(&mut self.known) {
            match Ledger::new(&project, now).reclaim(&key, idle) {
                Ok(want) if want.returned > 0 => self.put(want),
                Ok(_) => {}
                // In use, or it cannot be taken out of the books: it stays lent.
                Err(_) => self.known.push((project, key)),
            }
        }
    }

    fn failed(&mut self, plane: &ControlPlane, why: &str) {
        self.over = self.batches;
        self.failures = self.failures.saturating_add(1);
        self.due = plane.next(self.failures.min(BACK_OFF));
        self.alarm.count(ALARM, 1);
        if self.told != why {
            let line = ["callgate: no leases from the control plane: ", why];
            host::log(Level::Warn, &line.concat());
            self.told = why.to_owned();
        }
    }
}
