//! The books of a process: counters, spending and run starts in shared data, the same for all workers.
mod fleet;
pub(crate) mod lent;
mod slot;

pub(crate) use fleet::Fleet;

use crate::host::{self, HostError, Level, Shared};
use crate::leases::Want;
use callgate_model::{Consumed, Count, Delta, Digest, MicroUsd, RunState, Spent, Timestamp};
use callgate_release::Exceptions;
use slot::{Book, Id, Slot};
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;

/// Slots that keys fall into, of each kind. Shared data cannot be listed or given back, so there are so
/// many and no more; at most 16 KiB each.
const SLOTS: u16 = 1_024;
/// Bytes that the evidence of one run may take.
const EVIDENCE: usize = 4 << 10;
/// How often a slot is read again because another worker wrote it first.
const TRIES: u32 = 64;
const SECOND: u64 = 1_000_000_000;
/// How long what belongs to a run or a session is kept after it was last touched, in nanoseconds.
const RUN: u64 = 30 * 86_400 * SECOND;
/// How long spending of a day is kept, in nanoseconds.
const DAY: u64 = 2 * 86_400 * SECOND;

/// The books as one decision sees them: what was read once is not read again.
pub(crate) struct Ledger<'p> {
    project: &'p str,
    now: u64,
    /// What is counted for all gateways together, if it is.
    fleet: Option<Fleet<'p>>,
    /// Whose uses are counted.
    exceptions: Option<&'p Exceptions>,
    salt: OnceCell<Vec<u8>>,
    seen: RefCell<Vec<(u16, Slot)>>,
    /// Runs that were asked for: they begin, or go on, if the call does.
    begun: RefCell<Vec<String>>,
}

/// Why a call was not written down; then nothing of it was.
pub(crate) enum Unkept {
    /// Others took what was left meanwhile.
    Raced,
    /// Units have to be lent first.
    Short(Vec<Want>),
    /// The host failed, or has no room.
    Failed(HostError),
}

/// What a change makes of a book: the book and until when it is kept, or `None` to refuse.
type Changed = Option<(Book, u64)>;

/// What slots are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What caps and ages are held against: without room a call is refused.
    Counted,
    /// What runs have left: the oldest makes room, and whoever needs it is refused.
    Past,
}

impl<'p> Ledger<'p> {
    pub(crate) fn new(project: &'p str, now: u64) -> Self {
        Self {
            project,
            now,
            fleet: None,
            exceptions: None,
            salt: OnceCell::new(),
            seen: RefCell::default(),
            begun: RefCell::default(),
        }
    }

    /// The same where rates and spending are counted for all gateways together.
    pub(crate) fn with(self, fleet: Option<Fleet<'p>>) -> Self {
        Self { fleet, ..self }
    }

    /// The same where uses of exceptions are counted.
    pub(crate) fn lifting(self, exceptions: Option<&'p Exceptions>) -> Self {
        Self { exceptions, ..self }
    }

    /// How often an exception was used; `None` when that cannot be told.
    pub(crate) fn uses(&self, id: &str) -> Option<u64> {
        let spent = callgate_model::Ledger::spent(self, &use_of(id))?;
        u64::try_from(spent.0).ok()
    }

    /// What a call consumes, each thing by itself.
    fn steps<'d>(&self, delta: &'d Delta) -> impl Iterator<Item = Step<'d>> {
        let uses = delta.exceptions.iter().map(|id| Step::Use {
            key: use_of(id),
            max: self
                .exceptions
                .and_then(|exceptions| exceptions.uses_left(id)),
        });
        let uses: Vec<_> = uses.collect();
        let counters = delta.counters.iter().map(Step::Count);
        // What costs nothing leaves no trace: whoever chooses the names of runs would fill the slots.
        let spend = delta.spend.iter().filter(|spent| spent.cost.0 != 0);
        counters.chain(spend.map(Step::Spend)).chain(uses)
    }

    /// What was not lent is not to be told from here on.
    pub(crate) fn refuse(&self, wants: &[Want]) {
        if let Some(fleet) = &self.fleet {
            fleet.refuse(wants);
        }
        self.forget();
    }

    /// Makes the slots that are not there yet. A host only notices that two workers write at once when
    /// a name exists already; plugins are configured on the main thread before any worker has one.
    ///
    /// # Errors
    /// The host failed.
    pub(crate) fn open() -> Result<(), HostError> {
        let tickets = host::shared(TICKETS)?;
        if tickets.bytes.is_empty() {
            host::share(TICKETS, &0u64.to_le_bytes(), &tickets)?;
        }
        let marker = host::shared(MARKER)?;
        if !marker.bytes.is_empty() {
            return Ok(());
        }
        for kind in [Kind::Counted, Kind::Past] {
            for number in 0..SLOTS {
                let name = name(kind, number);
                let shared = host::shared(&name)?;
                if shared.bytes.is_empty() {
                    host::share(&name, &Slot::EMPTY, &shared)?;
                }
            }
        }
        // Keys are spread by what nobody outside knows, or somebody could choose names that all fall
        // into one slot.
        let drawn = host::random().map_err(told).unwrap_or_default();
        let salt = Digest::of(&[&drawn[..], &host::now()?.to_le_bytes()].concat());
        host::share(MARKER, salt.as_bytes(), &marker).map(|_| ())
    }

    /// Reads everything anew when it is next asked for.
    pub(crate) fn forget(&self) {
        if let Ok(mut seen) = self.seen.try_borrow_mut() {
            seen.clear();
        }
    }

    /// Writes down what a call consumes, all or nothing.
    ///
    /// # Errors
    /// [`Unkept`], and nothing is written down.
    pub(crate) fn reserve(&self, delta: &Delta) -> Result<(), Unkept> {
        if let Some(fleet) = &self.fleet {
            self.has_lent(fleet, delta)?;
        }
        // A run begins with its first call that goes on.
        for key in self.begun.take() {
            self.change(Kind::Counted, &key, |book| {
                let at = match book {
                    Some(Book::Begun(at)) => *at,
                    _ => self.now,
                };
                Some((Book::Begun(at), self.now.saturating_add(RUN)))
            })?;
        }
        if let Some(fleet) = &self.fleet {
            return self.take_lent(fleet, delta);
        }
        let mut done: Vec<Step<'_>> = Vec::new();
        for step in self.steps(delta) {
            let taken = self.change(Kind::Counted, step.key(), |book| step.take(book, self.now));
            if let Err(unkept) = taken {
                self.take_back(done);
                return Err(unkept);
            }
            done.push(step);
        }
        Ok(())
    }

    /// Takes back what [`Ledger::reserve`] wrote down at this time.
    pub(crate) fn give_back(&self, delta: &Delta) {
        self.take_back(self.steps(delta));
    }

    fn take_back<'d>(&self, steps: impl IntoIterator<Item = Step<'d>>) {
        for step in steps {
            if self.fleet.is_some() {
                self.give_back_lent(&step);
                continue;
            }
            // What cannot be taken back stays counted: that lets less pass, never more.
            let give_back = |book: Option<&Book>| step.give_back(book, self.now);
            let _ = self.change(Kind::Counted, step.key(), give_back);
        }
    }

    /// Puts what a call has cost in the place of what was reserved for it, whatever the cap: what was
    /// spent was spent.
    ///
    /// # Errors
    /// [`Unkept`], and the reservation stands.
    pub(crate) fn settle(
        &self,
        key: &str,
        reserved: MicroUsd,
        cost: MicroUsd,
    ) -> Result<(), Unkept> {
        let more = cost.0.saturating_sub(reserved.0);
        if let Some(fleet) = &self.fleet {
            return self.settle_lent(fleet, key, more);
        }
        self.change(Kind::Counted, key, |book| {
            let before = slot::spent(book)?;
            let total = before.0.saturating_add(more).max(0);
            Some((Book::Spent(total), kept_until(key, self.now)))
        })
    }

    /// The evidence of a run, as a JSON array; `None` when that cannot be told.
    pub(crate) fn past(&self, run: &str) -> Option<String> {
        let (number, id) = self.place(&past_of(run)).map_err(told).ok()?;
        let (slot, _) = read(Kind::Past, number).map_err(told).ok()?;
        slot::past(slot.book(&id))
    }

    /// Writes down what a call has left.
    ///
    /// # Errors
    /// [`Unkept`]: whoever needs it is refused.
    pub(crate) fn keep(&self, run: &str, record: &str) -> Result<(), Unkept> {
        self.change(Kind::Past, &past_of(run), |book| {
            let mut records = match book {
                None => Vec::new(),
                Some(Book::Past(records)) => records.clone(),
                Some(_) => return None,
            };
            slot::record(&mut records, self.now, record, EVIDENCE);
            Some((Book::Past(records), self.now.saturating_add(RUN)))
        })
    }

    /// The number of the release that a run began with: `current`, if it begins now.
    ///
    /// # Errors
    /// [`Unkept`]: nobody can tell.
    pub(crate) fn release_of(
        &self,
        run: &str,
        current: Option<u64>,
    ) -> Result<Option<u64>, Unkept> {
        let key = ["release/", run].concat();
        let (number, id) = self.place(&key).map_err(Unkept::Failed)?;
        let (slot, _) = read(Kind::Past, number).map_err(Unkept::Failed)?;
        match (slot.book(&id), current) {
            (Some(Book::Begun(number)), _) => Ok(Some(*number)),
            (_, None) => Ok(None),
            (_, Some(current)) => {
                let first = Cell::new(current);
                self.change(Kind::Past, &key, |book| {
                    // Another worker may have been faster.
                    if let Some(Book::Begun(number)) = book {
                        first.set(*number);
                    }
                    Some((Book::Begun(first.get()), self.now.saturating_add(RUN)))
                })?;
                Ok(Some(first.get()))
            }
        }
    }

    /// Changes the book of one key as if nobody else was there.
    fn change(
        &self,
        kind: Kind,
        key: &str,
        change: impl Fn(Option<&Book>) -> Changed,
    ) -> Result<(), Unkept> {
        let (number, id) = self.place(key).map_err(Unkept::Failed)?;
        for _ in 0..TRIES {
            let (mut slot, shared) = read(kind, number).map_err(Unkept::Failed)?;
            let (book, until) = change(slot.book(&id)).ok_or(Unkept::Raced)?;
            slot.keep(id, book, until);
            let bytes = match kind {
                Kind::Counted => slot.write(self.now),
                Kind::Past => slot.write_within(self.now),
            };
            let bytes = bytes.ok_or(Unkept::Failed(failed("room in a slot of state")))?;
            if host::share(&name(kind, number), &bytes, &shared).map_err(Unkept::Failed)? {
                return Ok(());
            }
        }
        Err(Unkept::Raced)
    }

    /// What is kept under a key, as this decision sees it; `None` when that cannot be told.
    fn look<T>(&self, key: &str, read_as: impl Fn(Option<&Book>) -> Option<T>) -> Option<T> {
        let (number, id) = self.place(key).map_err(told).ok()?;
        let mut seen = self.seen.try_borrow_mut().ok()?;
        if let Some((_, slot)) = seen.iter().find(|(seen, _)| *seen == number) {
            return read_as(slot.book(&id));
        }
        let (slot, _) = read(Kind::Counted, number).map_err(told).ok()?;
        let found = read_as(slot.book(&id));
        seen.push((number, slot));
        found
    }

    fn place(&self, key: &str) -> Result<(u16, Id), HostError> {
        if self.salt.get().is_none() {
            let salt = host::shared(MARKER)?.bytes;
            let _ = self.salt.set(salt);
        }
        let salt = self.salt.get().filter(|salt| !salt.is_empty());
        let salt = salt.ok_or(failed("the salt of state"))?;
        let named = [self.project, "\n", key].concat();
        let digest = Digest::of(&[salt.as_slice(), named.as_bytes()].concat());
        let (id, _) = digest
            .as_bytes()
            .split_first_chunk()
            .unwrap_or((&[0; 16], &[]));
        let [first, second, ..] = *id;
        // SLOTS is a power of two.
        let number = u16::from_le_bytes([first, second]) & SLOTS.saturating_sub(1);
        Ok((number, *id))
    }
}

impl fmt::Debug for Ledger<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledger")
    }
}

impl callgate_model::Ledger for Ledger<'_> {
    fn counts(&self, key: &str) -> Option<Vec<Count>> {
        if let Some(fleet) = &self.fleet {
            return self.counts_lent(fleet, key);
        }
        self.look(key, slot::counts)
    }

    fn spent(&self, key: &str) -> Option<MicroUsd> {
        if let Some(fleet) = &self.fleet {
            return self.spent_lent(fleet, key);
        }
        self.look(key, slot::spent)
    }

    /// A run that nobody knows begins now, if the call goes on.
    fn run(&self, id: &str) -> Option<RunState> {
        let key = ["begun/", id].concat();
        let known = |book: Option<&Book>| match book {
            Some(Book::Begun(at)) => Some(Some(*at)),
            None => Some(None),
            Some(Book::Counts(_) | Book::Spent(_) | Book::Past(_) | Book::Lent(_)) => None,
        };
        let begun = self.look(&key, known)?.unwrap_or(self.now);
        if let Ok(mut touched) = self.begun.try_borrow_mut()
            && !touched.contains(&key)
        {
            touched.push(key);
        }
        let started_at = Timestamp::from_unix_nanos(begun);
        Some(RunState { started_at })
    }
}

/// One thing that a call consumes.
enum Step<'d> {
    Count(&'d Consumed),
    Spend(&'d Spent),
    /// One use of an exception that is for so many; `None` if nobody knows of how many.
    Use {
        key: String,
        max: Option<u64>,
    },
}

impl Step<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Count(consumed) => &consumed.key,
            Self::Spend(spent) => &spent.key,
            Self::Use { key, .. } => key,
        }
    }

    fn take(&self, book: Option<&Book>, now: u64) -> Changed {
        match (self, book) {
            (Self::Count(consumed), None | Some(Book::Counts(_))) => {
                let mut counts = counts(book);
                let window = consumed.window_seconds.saturating_mul(SECOND);
                slot::add(&mut counts, now, window, consumed.max)
                    .then(|| (Book::Counts(counts), now.saturating_add(window)))
            }
            (Self::Spend(spent), None | Some(Book::Spent(_))) => {
                let before = slot::spent(book)?;
                let total = before.0.checked_add(spent.cost.0)?;
                (total <= spent.max.0).then(|| (Book::Spent(total), kept_until(&spent.key, now)))
            }
            (Self::Use { key, max }, None | Some(Book::Spent(_))) => {
                let total = slot::spent(book)?.0.checked_add(1)?;
                let most = i64::try_from((*max)?).unwrap_or(i64::MAX);
                (total <= most).then(|| (Book::Spent(total), kept_until(key, now)))
            }
            _ => None,
        }
    }

    fn give_back(&self, book: Option<&Book>, now: u64) -> Changed {
        match (self, book) {
            (Self::Count(consumed), Some(Book::Counts(_))) => {
                let mut counts = counts(book);
                slot::take_back(&mut counts, now);
                let window = consumed.window_seconds.saturating_mul(SECOND);
                Some((Book::Counts(counts), now.saturating_add(window)))
            }
            (Self::Spend(spent), Some(Book::Spent(total))) => {
                let total = total.checked_sub(spent.cost.0)?;
                Some((Book::Spent(total), kept_until(&spent.key, now)))
            }
            (Self::Use { key, .. }, Some(Book::Spent(total))) => {
                Some((Book::Spent(total.checked_sub(1)?), kept_until(key, now)))
            }
            _ => None,
        }
    }
}

/// The key that uses of an exception are counted under.
fn use_of(id: &str) -> String {
    ["exception/", id].concat()
}

fn counts(book: Option<&Book>) -> Vec<(u64, u32)> {
    match book {
        Some(Book::Counts(counts)) => counts.clone(),
        _ => Vec::new(),
    }
}

/// What an agent spent is never forgotten while the process runs.
fn kept_until(key: &str, now: u64) -> u64 {
    match key.split('/').next() {
        Some("run" | "session") => now.saturating_add(RUN),
        Some("day") => now.saturating_add(DAY),
        _ => u64::MAX,
    }
}

const MARKER: &str = "callgate.state";
/// The name of how many tickets were drawn.
const TICKETS: &str = "callgate.state.tickets";

fn name(kind: Kind, number: u16) -> String {
    let kind = match kind {
        Kind::Counted => ".",
        Kind::Past => ".past.",
    };
    [MARKER, kind, &number.to_string()].concat()
}

/// The key of what a run has left.
fn past_of(run: &str) -> String {
    ["past/", run].concat()
}

fn read(kind: Kind, number: u16) -> Result<(Slot, Shared), HostError> {
    let shared = host::shared(&name(kind, number))?;
    // A slot that nobody made, or that is not ours, counts nothing: whoever needs it is refused.
    let slot = Slot::read(&shared.bytes).ok_or(failed("a slot of state"))?;
    Ok((slot, shared))
}

/// The record of a refusal says that there is no state; the log says why.
fn told(error: HostError) {
    let status = error.status.to_string();
    let line = ["callgate: state, `", error.call, "` gave status ", &status];
    host::log(Level::Error, &line.concat());
}

fn failed(call: &'static str) -> HostError {
    HostError {
        call,
        status: u32::MAX,
    }
}
