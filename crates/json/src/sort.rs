//! One sort for every type: `std` makes some kilobytes of code for each type that it sorts, and modules
//! are loaded over networks.

use core::cmp::Ordering;

/// Sorts stably.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let at = |place: u32| usize::try_from(place).unwrap_or(usize::MAX);
    let mut order: Vec<u32> = (0_u32..).take(items.len()).collect();
    sort_numbers(
        &mut order,
        &mut |left, right| match (items.get(at(left)), items.get(at(right))) {
            (Some(left), Some(right)) => compare(left, right),
            _ => Ordering::Equal,
        },
    );
    for start in 0..items.len() {
        let mut place = start;
        // A cycle of places, each of which gets what belongs there.
        while let Some(slot) = order.get_mut(place) {
            let from = at(core::mem::replace(
                slot,
                u32::try_from(place).unwrap_or(u32::MAX),
            ));
            if from == start || from == place {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

/// Sorts numbers of things by what they are numbers of, and by themselves where that is the same.
///
/// A merge sort, which compares least: `std`'s would be eight kilobytes of code.
pub(crate) fn sort_numbers(numbers: &mut [u32], compare: &mut dyn FnMut(u32, u32) -> Ordering) {
    let mut is_before = |left: u32, right: u32| compare(left, right).then(left.cmp(&right)).is_lt();
    for run in numbers.chunks_mut(RUN) {
        insert(run, &mut is_before);
    }
    let mut width = RUN;
    let mut from = Vec::new();
    while width < numbers.len() {
        from.clear();
        from.extend_from_slice(numbers);
        let both = width.saturating_mul(2);
        for (runs, merged) in from.chunks(both).zip(numbers.chunks_mut(both)) {
            let (left, right) = runs.split_at(width.min(runs.len()));
            merge(left, right, merged, &mut is_before);
        }
        width = both;
    }
}

/// Numbers that are sorted by moving each to its place.
const RUN: usize = 8;

fn insert(run: &mut [u32], is_before: &mut dyn FnMut(u32, u32) -> bool) {
    for end in 2..=run.len() {
        let mut sorted = run.get_mut(..end).unwrap_or_default();
        while let [.., left, right] = sorted
            && is_before(*right, *left)
        {
            core::mem::swap(left, right);
            sorted = sorted.split_last_mut().map_or(&mut [], |(_, rest)| rest);
        }
    }
}

fn merge<'a>(
    mut left: &'a [u32],
    mut right: &'a [u32],
    merged: &mut [u32],
    is_before: &mut dyn FnMut(u32, u32) -> bool,
) {
    for place in merged {
        let from = match (left.first(), right.first()) {
            (Some(first), Some(second)) if is_before(*second, *first) => &mut right,
            (Some(_), _) => &mut left,
            (None, _) => &mut right,
        };
        if let Some((first, rest)) = from.split_first() {
            (*place, *from) = (*first, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort_by;
    use core::cmp::Ordering;

    #[test]
    fn sorts_as_std_does() {
        let mut state = 7u32;
        for length in (0..40).chain([1_000, 4_099]) {
            let mut random = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 24
            };
            let mut items: Vec<(u32, usize)> = (0..length).map(|at| (random(), at)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by(&mut items, |(a, _), (b, _)| a.cmp(b));
            assert_eq!(items, expected);
        }
    }

    /// Whoever compares may contradict itself, as hostile input may have it: what comes out is still what went in.
    #[test]
    fn nothing_is_lost_and_it_ends_whatever_the_comparing_says() {
        let mut state = 7u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 24
        };
        for length in (0..40).chain([1_000, 4_099]) {
            let answers = [Ordering::Less, Ordering::Equal, Ordering::Greater];
            for kind in 0..4 {
                let mut items: Vec<usize> = (0..length).collect();
                let mut compared = 0;
                sort_by(&mut items, |_, _| {
                    compared += 1;
                    let random = usize::try_from(random()).unwrap_or_default() % 3;
                    answers[if kind < 3 { kind } else { random }]
                });
                let most = length * (length.max(2).ilog2() as usize + 4);
                assert!(compared <= most, "{compared} for {length}");
                items.sort_unstable();
                assert!(items.iter().copied().eq(0..length));
            }
        }
    }
}
