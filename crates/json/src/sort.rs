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
pub(crate) fn sort_numbers(numbers: &mut [u32], compare: &mut dyn FnMut(u32, u32) -> Ordering) {
    numbers.sort_unstable_by(|left, right| compare(*left, *right).then(left.cmp(right)));
}

#[cfg(test)]
mod tests {
    use super::sort_by;

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
}
