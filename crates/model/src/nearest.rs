//! "Did you mean": the known name nearest to a misspelt one.

/// The candidate that `name` most likely stands for: at most a third of its letters differ.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = (name.chars().count().max(3)).div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance, letters compared without case.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX >> 1);
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row.saturating_add(1)];
        for (column, b) in right.iter().enumerate() {
            let substitution = at(&above, column).saturating_add(usize::from(a != b));
            let deletion = at(&above, column.saturating_add(1)).saturating_add(1);
            let insertion = at(&current, column).saturating_add(1);
            let mut best = substitution.min(deletion).min(insertion);
            let swapped = row.checked_sub(1).and_then(|r| left.get(r)) == Some(b)
                && column.checked_sub(1).and_then(|c| right.get(c)) == Some(a);
            if swapped {
                best = best.min(at(&before, column.saturating_sub(1)).saturating_add(1));
            }
            current.push(best);
        }
        before = core::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_misspelt_name() {
        let known = ["identity", "task", "request", "run", "session"];
        assert_eq!(nearest("identiy", known), Some("identity"));
        assert_eq!(nearest("reqeust", known), Some("request"));
        assert_eq!(nearest("Task", known), Some("task"));
        assert_eq!(nearest("policy", known), None);
    }
}
