//! What is counted: calls in sliding windows, and money, against what the host remembers.

use callgate_model::{Code, Consumed, Count, MicroUsd, Spent, Timestamp};

use crate::asked::Asked;
use crate::verdict::{Origin, Verdict};

/// A key of state. Parts are told apart whatever is in them: names of runs are their clients' to choose.
pub(crate) fn key(parts: &[&str]) -> String {
    let length = parts.iter().fold(0usize, |sum, part| {
        sum.saturating_add(part.len()).saturating_add(1)
    });
    let mut key = String::with_capacity(length);
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            key.push('/');
        }
        if !part.bytes().any(|byte| matches!(byte, b'/' | b'%')) {
            key.push_str(part);
            continue;
        }
        for character in part.chars() {
            match character {
                '/' => key.push_str("%2F"),
                '%' => key.push_str("%25"),
                other => key.push(other),
            }
        }
    }
    key
}

/// Counts the call under `key` unless `max` calls within the window are there already.
pub(super) fn rate<'r>(
    asked: &Asked<'_, 'r>,
    origin: Origin<'r>,
    key: String,
    max: u64,
    window_seconds: u64,
    verdict: &mut Verdict<'r>,
) {
    let Some(counts) = asked.state.counts(&key) else {
        verdict.add(origin.reason(Code::StateUnavailable));
        return;
    };
    if used(&counts, asked.now, window_seconds) < max {
        verdict.delta.counters.push(Consumed {
            key,
            max,
            window_seconds,
        });
        return;
    }
    let window = i64::try_from(window_seconds).unwrap_or(i64::MAX);
    verdict.retry_after(retry(&counts, asked.now, window, max));
    verdict.add(origin.reason(Code::RateLimited));
}

/// Calls in the window that ends now.
pub(crate) fn used(counts: &[Count], now: Timestamp, window_seconds: u64) -> u64 {
    let window = i64::try_from(window_seconds).unwrap_or(i64::MAX);
    let counts = counts.iter();
    let inside = counts.filter(|count| after(count.at, window) > now);
    inside.fold(0, |sum, count| sum.saturating_add(count.count))
}

/// Seconds until one more call fits into the window; `None` if none ever does.
fn retry(counts: &[Count], now: Timestamp, window: i64, max: u64) -> Option<u64> {
    let most = max.checked_sub(1)?;
    let mut ends: Vec<(Timestamp, u64)> = counts
        .iter()
        .map(|count| (after(count.at, window), count.count))
        .filter(|(end, _)| *end > now)
        .collect();
    callgate_json::sort_by(&mut ends, |(a, _), (b, _)| a.cmp(b));
    let mut left: u128 = ends.iter().map(|(_, count)| u128::from(*count)).sum();
    for (end, count) in ends {
        left = left.saturating_sub(u128::from(count));
        if left <= u128::from(most) {
            let seconds = end.seconds.saturating_sub(now.seconds);
            let begun = i64::from(end.nanos > now.nanos);
            return u64::try_from(seconds.saturating_add(begun).max(1)).ok();
        }
    }
    None
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp {
        seconds: at.seconds.saturating_add(seconds),
        nanos: at.nanos,
    }
}

/// Reserves what the call costs under `key` unless that would exceed `max`.
pub(super) fn spend<'r>(
    asked: &Asked<'_, 'r>,
    origin: Origin<'r>,
    key: String,
    max: MicroUsd,
    code: Code,
    verdict: &mut Verdict<'r>,
) -> Option<Crossing> {
    let Some(spent) = asked.state.spent(&key) else {
        verdict.add(origin.reason(Code::StateUnavailable));
        return None;
    };
    let cost = asked.call.request.cost.unwrap_or_default();
    // A sum beyond every amount is beyond every cap.
    let total = spent.0.checked_add(cost.0).map(MicroUsd);
    let Some(total) = total.filter(|total| *total <= max) else {
        verdict.add(origin.reason(code));
        return None;
    };
    let reserved = &mut verdict.delta.spend;
    match reserved.iter_mut().find(|reserved| reserved.key == key) {
        // Several caps on one purse: the money is spent once, the smallest cap holds.
        Some(reserved) => reserved.max = reserved.max.min(max),
        None => reserved.push(Spent { key, max, cost }),
    }
    Some(Crossing { spent, total, max })
}

/// How far a call fills a budget.
#[derive(Clone, Copy)]
pub(super) struct Crossing {
    spent: MicroUsd,
    total: MicroUsd,
    max: MicroUsd,
}

impl Crossing {
    /// Whether the call takes the spending from below `percent` of the budget to it or above.
    pub(super) fn crosses(self, percent: u8) -> bool {
        let share = i128::from(self.max.0).saturating_mul(i128::from(percent));
        let reaches = |amount: MicroUsd| i128::from(amount.0).saturating_mul(100) >= share;
        !reaches(self.spent) && reaches(self.total)
    }
}
