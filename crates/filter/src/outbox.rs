//! Records on their way to the control plane: a bounded queue in each VM, sent in batches, one at a time.
use crate::host::{self, HostError, Level};
use crate::plane::{self, ControlPlane};
use crate::tally::Tally;
use callgate_model::Digest;
use std::collections::VecDeque;

/// Records that the control plane has not taken yet.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// See [`ControlPlane::destination`].
    destination: String,
    waiting: VecDeque<String>,
    /// Bytes of what waits.
    bytes: usize,
    /// What was sent and not taken: sent again as it is, or a record could be there twice.
    batch: Option<Batch>,
    /// The outstanding question.
    asked: Option<u32>,
    /// Batches in a row that were not taken.
    failures: u32,
    /// Not before this instant, in nanoseconds since 1970; while an answer is outstanding, until when it
    /// may come.
    due: u64,
    /// What the log was last told.
    told: String,
    sent: Tally,
    dropped: Tally,
    refused: Tally,
}

#[derive(Debug)]
struct Batch {
    body: Vec<u8>,
    /// The same for the same batch: who has it already takes it for nothing new.
    key: String,
    records: u32,
}

/// Bytes that may wait: some ten thousand records.
const QUEUE: usize = 4 << 20;
/// Records of a batch, at most.
const BATCH: u32 = 512;
/// Bytes of a batch, at most, but for one record that is larger alone.
const BATCH_BYTES: usize = 256 << 10;

const SENT: &str = "callgate_records_sent_total";
const DROPPED: &str = "callgate_records_dropped_total";
const REFUSED: &str = "callgate_record_batch_failures_total";

impl Outbox {
    /// An empty one for a destination.
    pub(crate) fn to(destination: String) -> Self {
        Self {
            destination,
            waiting: VecDeque::new(),
            bytes: 0,
            batch: None,
            asked: None,
            failures: 0,
            due: 0,
            told: String::new(),
            sent: Tally::default(),
            dropped: Tally::default(),
            refused: Tally::default(),
        }
    }

    /// Whether its records go there.
    pub(crate) fn is_to(&self, destination: &str) -> bool {
        self.destination == destination
    }

    /// Takes a record along. One that finds no room is counted and lost: what waits already is older, and a
    /// gap has one beginning.
    pub(crate) fn push(&mut self, record: &str) {
        let bytes = self.bytes.saturating_add(record.len());
        if bytes > QUEUE {
            self.dropped.count(DROPPED, 1);
            return;
        }
        self.bytes = bytes;
        self.waiting.push_back(record.to_owned());
    }

    /// Sends a batch if there is one and none is under way.
    pub(crate) fn tick(&mut self, plane: &ControlPlane) {
        if self.asked.is_none() && self.batch.is_none() && self.waiting.is_empty() {
            return;
        }
        let Ok(now) = host::now() else { return };
        // A clock that was set back does not keep anybody waiting for longer than a wait.
        if now < self.due && self.due <= now.saturating_add(plane.longest_word()) {
            return;
        }
        match self.asked.take() {
            Some(_) => self.failed(plane, "no answer"),
            None => self.send(plane, now),
        }
    }

    /// Whether something is under way as its plugin ends: what is left is sent without waiting.
    pub(crate) fn flush(&mut self, plane: &ControlPlane) -> bool {
        if self.asked.is_none()
            && let Ok(now) = host::now()
        {
            self.send(plane, now);
        }
        self.asked.is_some()
    }

    fn send(&mut self, plane: &ControlPlane, now: u64) {
        let Some(batch) = self.batch.take().or_else(|| self.next_batch()) else {
            return;
        };
        let key = Some(("idempotency-key", batch.key.as_str()));
        let asked = plane.ask(&plane.executions, key, Some(&batch.body));
        self.batch = Some(batch);
        match asked {
            Ok(token) => {
                self.asked = Some(token);
                self.due = now.saturating_add(plane::patience().saturating_mul(2));
            }
            Err(HostError { call, .. }) => self.failed(plane, call),
        }
    }

    fn next_batch(&mut self) -> Option<Batch> {
        let mut body = br#"{"executions":["#.to_vec();
        let mut records: u32 = 0;
        while let Some(record) = self.waiting.front() {
            let length = body.len().saturating_add(record.len());
            if records == BATCH || records > 0 && length > BATCH_BYTES {
                break;
            }
            if records > 0 {
                body.push(b',');
            }
            body.extend_from_slice(record.as_bytes());
            self.bytes = self.bytes.saturating_sub(record.len());
            self.waiting.pop_front();
            records = records.saturating_add(1);
        }
        body.extend_from_slice(b"]}");
        // Of all of it: where the clock failed, records of different batches say the same.
        let key = Digest::of(&body).to_text();
        (records > 0).then_some(Batch { body, key, records })
    }

    /// Takes the answer to `token`: whether the batch was taken, or `None` when that is nothing it asked.
    pub(crate) fn answered(&mut self, plane: &ControlPlane, token: u32) -> Option<bool> {
        if self.asked != Some(token) {
            return None;
        }
        self.asked = None;
        match plane::status() {
            200..=299 => {
                let records = self.batch.take().map_or(0, |batch| batch.records);
                self.sent.count(SENT, records);
                self.failures = 0;
                self.due = 0;
                self.told.clear();
                // Many requests a second are more than a batch at each tick.
                let many = usize::try_from(BATCH).unwrap_or(0);
                let is_full = self.waiting.len() >= many || self.bytes >= BATCH_BYTES;
                if is_full && let Ok(now) = host::now() {
                    self.send(plane, now);
                }
            }
            0 => self.failed(plane, "no answer"),
            status => self.failed(plane, &["status ", &status.to_string()].concat()),
        }
        Some(self.failures == 0)
    }

    fn failed(&mut self, plane: &ControlPlane, why: &str) {
        self.failures = self.failures.saturating_add(1);
        self.due = plane.next(self.failures);
        self.refused.count(REFUSED, 1);
        if self.told != why {
            let line = ["callgate: records wait for the control plane: ", why];
            host::log(Level::Warn, &line.concat());
            self.told = why.to_owned();
        }
    }
}
