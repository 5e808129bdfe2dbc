//! What an author is told about an expression that may cost too much.

use callgate_model::Diagnostic;

use super::{Cost, LoopCost};

/// The finding for an expression that may cost more than `budget`.
pub(super) fn over(cost: &Cost, budget: u64) -> Diagnostic {
    let dearest = outermost_over(&cost.loops, budget)
        .or_else(|| cost.loops.iter().max_by_key(|task| task.gas));
    let Some(task) = dearest else {
        let message = message("this expression", cost.gas, budget);
        let help = "give patterns as literals, since one known only when a call comes is dear, and \
             bound what they repeat where matches are extracted or replaced: `{1,9}` for `+`";
        return Diagnostic::error("cel.cost", cost.span, message).with_help(help);
    };
    let inner = nested(&cost.loops, task);
    let levels = inner.clone().map(|inner| inner.depth).max();
    let levels = levels.map_or(1, |deepest| {
        deepest.saturating_sub(task.depth).saturating_add(1)
    });
    let visits = inner.map(|inner| inner.visits).max().unwrap_or_default();
    let visits = grouped(visits.max(task.visits));
    let elements = cost.hints.elements;
    let (what, help) = match levels {
        1 => (
            "this loop".to_owned(),
            format!(
                "its body may run {visits} times: compute what does not change before the loop, \
                 with `cel.bind(name, value, …)`, or compare with literals"
            ),
        ),
        _ => (
            format!("these {levels} loops, one inside the other,"),
            format!(
                "the innermost body may run {visits} times, for lists of up to {elements} elements: \
                 take a loop out, or use `in` with a literal list"
            ),
        ),
    };
    let gas = if task.gas > budget {
        task.gas
    } else {
        cost.gas
    };
    Diagnostic::error("cel.cost", task.span, message(&what, gas, budget)).with_help(help)
}

fn message(what: &str, gas: u64, budget: u64) -> String {
    let gas = match gas {
        u64::MAX => "more than can be counted".to_owned(),
        gas => format!("{} gas", grouped(gas)),
    };
    let budget = grouped(budget);
    format!("{what} may cost {gas}, and a decision has {budget}")
}

/// The first loop over the budget that is in no other.
fn outermost_over(loops: &[LoopCost], budget: u64) -> Option<&LoopCost> {
    let over = loops.iter().filter(|task| task.gas > budget);
    over.min_by_key(|task| task.depth)
}

/// The loops inside a loop.
fn nested<'c>(
    loops: &'c [LoopCost],
    outer: &'c LoopCost,
) -> impl Iterator<Item = &'c LoopCost> + Clone {
    let after = loops.iter().skip_while(move |task| *task != outer).skip(1);
    after.take_while(move |task| task.depth > outer.depth)
}

/// A number with a comma between every three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len().saturating_add(digits.len() / 3));
    for (place, digit) in digits.chars().enumerate() {
        let rest = digits.len().saturating_sub(place);
        if place > 0 && rest % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
