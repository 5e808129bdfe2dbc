//! What the control plane has lent of one counter or purse: units that nobody else can use.
use super::slot::Input;

/// Units of one key, as this process knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lent {
    /// How long a unit counts, in nanoseconds; 0 for ever.
    window: u64,
    /// When the control plane was asked for what is held, in nanoseconds since 1970.
    as_of: u64,
    /// When units were last lent or used, in nanoseconds since 1970.
    used_at: u64,
    /// Of what was taken before this instant it is not known any more until when it could be used.
    gone: u64,
    /// Units that may still be used here, and until when.
    left: Vec<Units>,
    /// All that the control plane holds for all gateways, what is left here included, and until when it counts.
    held: Vec<Units>,
}

/// So many units until an instant, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) until: u64,
    pub(crate) count: u64,
}

/// What the control plane says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// When it was asked.
    pub(crate) as_of: u64,
    /// What it lends.
    pub(crate) granted: Units,
    /// What it holds for all gateways from now on, this included.
    pub(crate) held: Vec<Units>,
}

/// Bunches of either list, at most.
const BUNCHES: usize = 32;
/// The shortest window that units are given back of, in nanoseconds: until they would be over anyway nobody takes
/// them for others, be they under way for a while.
const LEAST: u64 = 60 * 1_000_000_000;

impl Lent {
    /// When the control plane was asked for what is known here.
    pub(crate) fn as_of(&self) -> u64 {
        self.as_of
    }

    /// Units that may be used at `now` by what counts for `window`.
    pub(crate) fn left(&self, now: u64, window: u64) -> u64 {
        match self.window == window {
            true => self.usable(now),
            false => 0,
        }
    }

    /// What is left at `now`. Of a clock that was set back nobody knows how long units may still be used.
    fn usable(&self, now: u64) -> u64 {
        let units = self.left.iter().filter(|units| self.is_usable(units, now));
        units.fold(0, |sum, units| sum.saturating_add(units.count))
    }

    fn is_usable(&self, units: &Units, now: u64) -> bool {
        units.until == u64::MAX || units.until > now && self.as_of <= now
    }

    /// Uses units, those that end first; `None` when there are too few.
    #[must_use]
    pub(crate) fn take(mut self, now: u64, window: u64, count: u64) -> Option<Self> {
        if self.left(now, window) < count {
            return None;
        }
        self.shrink(now, count);
        self.used_at = now;
        Some(self)
    }

    /// Uses as many units as there are; gives how many were missing, which then count as held.
    pub(crate) fn overdraw(&mut self, now: u64, count: u64) -> u64 {
        let there = count.min(self.usable(now));
        self.shrink(now, there);
        let missing = count.saturating_sub(there);
        if missing > 0 {
            let count = missing;
            merge(
                &mut self.held,
                Units {
                    until: u64::MAX,
                    count,
                },
            );
        }
        missing
    }

    /// Takes all units out that nobody used, to give them back.
    pub(crate) fn drain(&mut self, now: u64) -> u64 {
        if (1..LEAST).contains(&self.window) {
            return 0;
        }
        let count = self.usable(now);
        self.shrink(now, count);
        let mut rest = count;
        for units in self.held.iter_mut().rev() {
            let less = rest.min(units.count);
            units.count = units.count.saturating_sub(less);
            rest = rest.saturating_sub(less);
        }
        count
    }

    /// Puts units back that were taken at an instant and not used after all, where they were taken from. Where
    /// that is not known any more they stay used.
    pub(crate) fn give_back(&mut self, taken: u64, count: u64) {
        if self.window > 0 && taken < self.gone {
            return;
        }
        if let Some(units) = self.left.iter_mut().find(|units| units.until > taken) {
            units.count = units.count.saturating_add(count);
        }
    }

    /// Takes what the control plane lends.
    pub(crate) fn lend(&mut self, now: u64, window: Option<u64>, grant: &Grant) {
        if let Some(window) = window
            && window != self.window
        {
            // What was lent for another window counts for that one, and is no use for this.
            self.forsake(now, |_| false);
            self.window = window;
        }
        if self.as_of > now {
            self.forsake(now, |units| units.until == u64::MAX);
            self.as_of = 0;
        }
        for units in self.left.extract_if(.., |units| units.until <= now) {
            self.gone = self.gone.max(units.until);
        }
        if grant.granted.count > 0 {
            self.used_at = now;
        }
        if window.is_some() {
            // A clock that was set back since says nothing about the end.
            if grant.as_of <= now || grant.granted.until == u64::MAX {
                merge(&mut self.left, grant.granted);
            }
            // What is left may be over too soon, and what is held too late, never the other way round.
            limit(&mut self.left, u64::min);
        }
        // Answers to different workers may come in another order than they were given.
        if grant.as_of >= self.as_of {
            self.as_of = grant.as_of.min(now);
            self.held.clear();
            grant
                .held
                .iter()
                .for_each(|units| merge(&mut self.held, *units));
            limit(&mut self.held, u64::max);
        }
    }

    /// What all gateways have used, as far as is known, and until when it counts: what others only have
    /// been lent counts as used.
    pub(crate) fn used(&self, now: u64) -> Vec<Units> {
        let mut left = self.usable(now);
        let mut used: Vec<Units> = self
            .held
            .iter()
            .filter(|it| it.until > now)
            .copied()
            .collect();
        for units in used.iter_mut().rev() {
            let less = left.min(units.count);
            units.count = units.count.saturating_sub(less);
            left = left.saturating_sub(less);
        }
        used.retain(|units| units.count > 0);
        used
    }

    /// When units were last lent or used.
    pub(crate) fn used_at(&self) -> u64 {
        self.used_at
    }

    /// How long a unit counts, in nanoseconds; 0 for ever.
    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Until when there is something to know, at most.
    pub(crate) fn until(&self) -> u64 {
        let ends = self.left.iter().chain(&self.held).map(|units| units.until);
        ends.max().unwrap_or(self.as_of.saturating_add(self.window))
    }

    /// Keeps only such of what is left, and takes back nothing of the rest.
    fn forsake(&mut self, now: u64, keeps: impl Fn(&Units) -> bool) {
        self.left.retain(keeps);
        self.gone = self.used_at.max(now).saturating_add(1);
    }

    /// Fewer units are left.
    fn shrink(&mut self, now: u64, count: u64) {
        let mut rest = count;
        for units in self.left.iter_mut().filter(|units| units.until > now) {
            let less = rest.min(units.count);
            units.count = units.count.saturating_sub(less);
            rest = rest.saturating_sub(less);
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(&self.window.to_le_bytes());
        out.extend_from_slice(&self.as_of.to_le_bytes());
        out.extend_from_slice(&self.used_at.to_le_bytes());
        out.extend_from_slice(&self.gone.to_le_bytes());
        for list in [&self.left, &self.held] {
            out.push(u8::try_from(list.len()).ok()?);
            for units in list {
                out.extend_from_slice(&units.until.to_le_bytes());
                out.extend_from_slice(&units.count.to_le_bytes());
            }
        }
        Some(())
    }

    pub(super) fn read(input: &mut Input<'_>) -> Option<Self> {
        let (window, as_of) = (input.number()?, input.number()?);
        let (used_at, gone) = (input.number()?, input.number()?);
        let mut list = || {
            let [length] = input.take()?;
            let mut list = Vec::with_capacity(usize::from(length));
            for _ in 0..length {
                let (until, count) = (input.number()?, input.number()?);
                list.push(Units { until, count });
            }
            Some(list)
        };
        Some(Self {
            window,
            as_of,
            used_at,
            gone,
            left: list()?,
            held: list()?,
        })
    }
}

/// Puts units to others, in the order of their ends.
fn merge(list: &mut Vec<Units>, units: Units) {
    let place = list.iter().position(|other| other.until >= units.until);
    let place = place.unwrap_or(list.len());
    match list.get_mut(place) {
        Some(same) if same.until == units.until => {
            same.count = same.count.saturating_add(units.count);
        }
        _ => list.insert(place, units),
    }
}

/// Makes one bunch of the two that end first when there are too many; `end` is when that one ends.
fn limit(list: &mut Vec<Units>, end: impl Fn(u64, u64) -> u64) {
    while list.len() > BUNCHES {
        let first = list.remove(0);
        if let Some(second) = list.first_mut() {
            second.count = second.count.saturating_add(first.count);
            second.until = end(first.until, second.until);
        }
    }
}
