//! One sort for every type: `std` makes some kilobytes of code for each type that it sorts, and modules
//! are loaded over networks.

use core::cmp::Ordering;

/// Sorts stably.
pub fn sort_by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut order = order(
        items.len(),
        &mut |left, right| match (items.get(left), items.get(right)) {
            (Some(left), Some(right)) => compare(left, right),
            _ => Ordering::Equal,
        },
    );
    for start in 0..items.len() {
        let mut place = start;
        // A cycle of places, each of which gets what belongs there.
        while let Some(slot) = order.get_mut(place) {
            let from = core::mem::replace(slot, place);
            if from == start || from == place {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

/// For each place the index of the item that belongs there.
fn order(length: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_unstable_by(|left, right| compare(*left, *right).then(left.cmp(right)));
    order
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
