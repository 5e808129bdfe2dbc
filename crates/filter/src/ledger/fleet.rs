//! Books that all gateways keep together: this process uses what the control plane has lent it.
use super::lent::{Grant, Lent, Units};
use super::slot::Book;
use super::{Kind, Ledger, SECOND, Step, TICKETS, TRIES, Unkept, failed, kept_until};
use crate::host::{self, HostError};
use crate::leases::{Leases, Terms, Want};
use callgate_model::{Count, Delta, Digest, Effect, MicroUsd, Record, Status, Timestamp};
use std::cell::{Cell, RefCell};

/// How one decision sees what is lent.
pub(crate) struct Fleet<'l> {
    leases: &'l Leases,
    /// What the control plane said before, in nanoseconds since 1970, does not count.
    since: u64,
    /// What it said before, in nanoseconds since 1970, refuses nobody for good.
    fresh: u64,
    /// Keys that were looked at, and of which nothing is known that is new enough.
    doubts: RefCell<Vec<Doubt>>,
    /// Keys that the control plane did not lend, although it was asked.
    refused: RefCell<Vec<String>>,
}

struct Doubt {
    key: String,
    /// Nothing is known at all.
    unknown: bool,
}

/// Of a limit, the part that is lent at once.
const PARTS: u64 = 16;
/// How long after an answer more is asked for ahead of need, in nanoseconds.
const AHEAD: u64 = SECOND / 10;

impl<'l> Fleet<'l> {
    /// As a decision sees it for which the control plane has to be asked after `since`; after `fresh`, if it is
    /// a refusal.
    pub(crate) fn new(leases: &'l Leases, since: u64, fresh: u64) -> Self {
        Self {
            leases,
            since,
            fresh,
            doubts: RefCell::default(),
            refused: RefCell::default(),
        }
    }

    /// What was not lent is not to be told from here on.
    pub(crate) fn refuse(&self, wants: &[Want]) {
        if let Ok(mut refused) = self.refused.try_borrow_mut() {
            refused.extend(wants.iter().map(|want| want.key.clone()));
        }
    }

    fn is_refused(&self, key: &str) -> bool {
        let refused = self.refused.try_borrow();
        refused.is_ok_and(|refused| refused.iter().any(|other| other == key))
    }

    fn doubt(&self, key: &str, unknown: bool) {
        if let Ok(mut doubts) = self.doubts.try_borrow_mut()
            && !doubts.iter().any(|doubt| doubt.key == key)
        {
            let key = key.to_owned();
            doubts.push(Doubt { key, unknown });
        }
    }
}

impl Ledger<'_> {
    /// What has to be asked before a refusal stands: nobody is refused by what others may have given back, or
    /// asked for an approval of what may be refused.
    pub(crate) fn doubts(&self, record: &Record<'_>) -> Vec<Want> {
        let Some(fleet) = &self.fleet else {
            return Vec::new();
        };
        let is_counted = |code: &str| ["BUDGET_EXCEEDED", "COST_EXCEEDED"].contains(&code);
        let mut reasons = record.reasons.iter();
        let any = record.status == Status::RateLimited
            || reasons.any(|reason| is_counted(reason.code.as_str()));
        let unknown = record.decision == Effect::RequireApproval;
        let doubts = fleet.doubts.take();
        let wanted = doubts
            .into_iter()
            .filter(|doubt| any || unknown && doubt.unknown);
        wanted
            .map(|doubt| Want {
                project: self.project.to_owned(),
                key: doubt.key,
                ..Want::default()
            })
            .collect()
    }

    pub(super) fn counts_lent(&self, fleet: &Fleet<'_>, key: &str) -> Option<Vec<Count>> {
        let used = self.used(fleet, key)?;
        let count = |(units, window): (Units, u64)| Count {
            at: Timestamp::from_unix_nanos(units.until.saturating_sub(window)),
            count: units.count,
        };
        Some(used.into_iter().map(count).collect())
    }

    pub(super) fn spent_lent(&self, fleet: &Fleet<'_>, key: &str) -> Option<MicroUsd> {
        let used = self.used(fleet, key)?;
        let sum = used
            .iter()
            .fold(0u64, |sum, (units, _)| sum.saturating_add(units.count));
        Some(MicroUsd(i64::try_from(sum).unwrap_or(i64::MAX)))
    }

    /// What is used of a key, each with how long it counts; `None` when that cannot be told.
    fn used(&self, fleet: &Fleet<'_>, key: &str) -> Option<Vec<(Units, u64)>> {
        if fleet.is_refused(key) {
            return None;
        }
        let now = self.now;
        let known = self.look(&lent_of(key), |book| match book {
            None => Some(None),
            Some(Book::Lent(lent)) => {
                let used = lent
                    .used(now)
                    .into_iter()
                    .map(|units| (units, lent.window()));
                Some(Some((lent.as_of(), used.collect())))
            }
            Some(_) => None,
        })?;
        let Some((as_of, used)) = known else {
            fleet.doubt(key, true);
            return Some(Vec::new());
        };
        // What was said before the clock was set back may be long ago.
        let unknown = as_of < fleet.since || as_of > now;
        if unknown || as_of < fleet.fresh {
            fleet.doubt(key, unknown);
        }
        Some(used)
    }

    /// Whether enough was lent.
    ///
    /// # Errors
    /// What has to be lent first.
    pub(super) fn has_lent(&self, fleet: &Fleet<'_>, delta: &Delta) -> Result<(), Unkept> {
        let mut short = Vec::new();
        for step in self.steps(delta) {
            let (window, count) = step.units();
            let there = self.look(&lent_of(step.key()), |book| match book {
                Some(Book::Lent(lent)) if lent.as_of() >= fleet.since => {
                    Some(lent.left(self.now, window))
                }
                _ => Some(0),
            });
            if there.is_none_or(|there| there < count) {
                short.push(self.want(fleet, &step, count));
            }
        }
        match short.is_empty() {
            true => Ok(()),
            false => Err(Unkept::Short(short)),
        }
    }

    /// Uses what was lent, all or nothing.
    pub(super) fn take_lent(&self, fleet: &Fleet<'_>, delta: &Delta) -> Result<(), Unkept> {
        let mut done: Vec<Step<'_>> = Vec::new();
        for step in self.steps(delta) {
            match self.take_one(fleet, &step) {
                Ok(()) => done.push(step),
                Err(unkept) => {
                    self.take_back(done);
                    return Err(unkept);
                }
            }
        }
        Ok(())
    }

    fn take_one(&self, fleet: &Fleet<'_>, step: &Step<'_>) -> Result<(), Unkept> {
        let (window, count) = step.units();
        let rest = Cell::new(None);
        self.change(Kind::Counted, &lent_of(step.key()), |book| {
            let Some(Book::Lent(lent)) = book else {
                return None;
            };
            let lent = lent.clone().take(self.now, window, count)?;
            rest.set(Some((lent.left(self.now, window), lent.as_of())));
            Some(kept(lent, step.key(), self.now))
        })?;
        let want = self.want(fleet, step, 0);
        let chunk = want.terms.map_or(0, |terms| terms.chunk);
        // More is asked for before somebody has to wait for it.
        if let Some((rest, as_of)) = rest.get()
            && rest < chunk / 2
            && as_of.saturating_add(AHEAD) <= self.now
        {
            fleet.leases.want(vec![want], self.now);
        }
        Ok(())
    }

    fn want(&self, fleet: &Fleet<'_>, step: &Step<'_>, need: u64) -> Want {
        let (limit, window_seconds) = match step {
            Step::Count(consumed) => (consumed.max, Some(consumed.window_seconds)),
            Step::Spend(spent) => (units(spent.max), None),
            Step::Use { max, .. } => (max.unwrap_or(0), None),
        };
        // Uses of exceptions are few, and one that lies idle is one too few elsewhere.
        let chunk = match step {
            Step::Count(_) | Step::Spend(_) if !fleet.leases.is_strict() => (limit / PARTS).max(1),
            Step::Count(_) | Step::Spend(_) | Step::Use { .. } => 0,
        };
        Want {
            project: self.project.to_owned(),
            key: step.key().to_owned(),
            terms: Some(Terms {
                limit,
                window_seconds,
                chunk,
            }),
            need,
            ..Want::default()
        }
    }

    pub(super) fn give_back_lent(&self, step: &Step<'_>) {
        let (_, count) = step.units();
        // What cannot be given back stays used: that lets less pass, never more.
        let _ = self.change(Kind::Counted, &lent_of(step.key()), |book| {
            let Some(Book::Lent(lent)) = book else {
                return None;
            };
            let mut lent = lent.clone();
            lent.give_back(self.now, count);
            Some(kept(lent, step.key(), self.now))
        });
        if let Some(fleet) = &self.fleet {
            fleet.leases.mind(self.project, step.key());
        }
    }

    /// What a call has cost more or less than was reserved.
    pub(super) fn settle_lent(
        &self,
        fleet: &Fleet<'_>,
        key: &str,
        more: i64,
    ) -> Result<(), Unkept> {
        let owed = Cell::new(0);
        let amount = more.unsigned_abs();
        self.change(Kind::Counted, &lent_of(key), |book| {
            let mut lent = match book {
                None => Lent::default(),
                Some(Book::Lent(lent)) => lent.clone(),
                Some(_) => return None,
            };
            match more < 0 {
                true => lent.give_back(self.now, amount),
                false => owed.set(lent.overdraw(self.now, amount)),
            }
            Some(kept(lent, key, self.now))
        })?;
        if more < 0 {
            fleet.leases.mind(self.project, key);
        }
        if owed.get() > 0 {
            let want = Want {
                project: self.project.to_owned(),
                key: key.to_owned(),
                owed: owed.get(),
                ..Want::default()
            };
            fleet.leases.owe(want);
        }
        Ok(())
    }

    /// Writes down what the control plane lends.
    ///
    /// # Errors
    /// [`Unkept`], and nothing is lent.
    pub(crate) fn lend(&self, want: &Want, grant: &Grant) -> Result<(), Unkept> {
        let window = want
            .terms
            .map(|terms| terms.window_seconds.unwrap_or(0).saturating_mul(SECOND));
        self.change(Kind::Counted, &lent_of(&want.key), |book| {
            let mut lent = match book {
                Some(Book::Lent(lent)) => lent.clone(),
                _ => Lent::default(),
            };
            lent.lend(self.now, window, grant);
            Some(kept(lent, &want.key, self.now))
        })
    }

    /// Takes what nobody used for so long out of the books, to be given back.
    ///
    /// # Errors
    /// [`Unkept`], and it stays there: it is in use.
    pub(crate) fn reclaim(&self, key: &str, idle: u64) -> Result<Want, Unkept> {
        let there = Cell::new((0, 0));
        self.change(Kind::Counted, &lent_of(key), |book| {
            let mut lent = match book {
                Some(Book::Lent(lent)) => lent.clone(),
                _ => Lent::default(),
            };
            if lent.used_at().saturating_add(idle) > self.now {
                return None;
            }
            there.set((lent.drain(self.now), lent.window()));
            Some(kept(lent, key, self.now))
        })?;
        let (returned, window) = there.get();
        Ok(Want {
            project: self.project.to_owned(),
            key: key.to_owned(),
            returned,
            returned_at: (window > 0).then_some(self.now),
            ..Want::default()
        })
    }

    /// Whom units are lent to: this process, under a name that tells nothing.
    ///
    /// # Errors
    /// The host failed.
    pub(crate) fn holder(&self) -> Result<String, HostError> {
        let (_, id) = self.place("holder")?;
        Ok(Digest::of(&id).to_text())
    }

    /// A number that no other VM of this process draws.
    ///
    /// # Errors
    /// The host failed.
    pub(crate) fn ticket(&self) -> Result<u64, HostError> {
        for _ in 0..TRIES {
            let seen = host::shared(TICKETS)?;
            let number = seen.bytes.first_chunk().ok_or(failed("tickets"))?;
            let next = u64::from_le_bytes(*number).saturating_add(1);
            if host::share(TICKETS, &next.to_le_bytes(), &seen)? {
                return Ok(next);
            }
        }
        Err(failed("tickets"))
    }
}

impl Step<'_> {
    /// How long a unit counts, in nanoseconds or 0 for ever, and how many the call needs.
    fn units(&self) -> (u64, u64) {
        match self {
            Self::Count(consumed) => (consumed.window_seconds.saturating_mul(SECOND), 1),
            Self::Spend(spent) => (0, units(spent.cost)),
            Self::Use { .. } => (0, 1),
        }
    }
}

/// Money in units. What was never negative in a policy stays as it is.
fn units(amount: MicroUsd) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}

/// The key that what was lent of another is kept under.
fn lent_of(key: &str) -> String {
    ["lent/", key].concat()
}

fn kept(lent: Lent, key: &str, now: u64) -> (Book, u64) {
    let until = lent.until().min(kept_until(key, now));
    (Book::Lent(lent), until.max(now.saturating_add(SECOND)))
}
