//! Edits that are proved to change nothing.

use callgate_cel::Reduced;
use callgate_cel::conditions::{Conditions, Truth};
use callgate_engine::environment;
use callgate_model::Limits;
use callgate_release::{CelPolicy, Policy};

/// Whether the two policies decide alike whatever is asked; `false` where that is not proved.
pub fn is_equal(policy: &Policy, edited: &Policy) -> bool {
    if policy == edited {
        return true;
    }
    match (policy.spec.cel(), edited.spec.cel()) {
        (Some(cel), Some(other)) if cel.effect == other.effect && policy.scope == edited.scope => {
            same_expression(cel, other)
        }
        _ => false,
    }
}

fn same_expression(left: &CelPolicy, right: &CelPolicy) -> bool {
    let limits = Limits::default();
    let canonical = |cel: &CelPolicy| callgate_cel::tooling::format(&cel.expression, &limits).ok();
    if canonical(left).is_some_and(|left| Some(left) == canonical(right)) {
        return true;
    }
    let [left_truth, right_truth] = [left, right].map(always);
    left_truth.is_some() && left_truth == right_truth || same_table(left, right)
}

/// The truth that an expression has whatever is asked, by partial evaluation.
fn always(cel: &CelPolicy) -> Option<bool> {
    let program =
        callgate_cel::compile_source(&cel.expression, environment(), &Limits::default()).ok()?;
    match program.reduce(&[]) {
        Reduced::Always(truth) => Some(truth),
        Reduced::Fails(_) | Reduced::Residual(_) => None,
    }
}

/// Conditions that a table of truths is made for: three to the seventh rows are enough for a policy.
const CONDITIONS: usize = 7;

/// Whether both have the same outcome for every truth and failure of their conditions.
fn same_table(left: &CelPolicy, right: &CelPolicy) -> bool {
    let conditions =
        |cel: &CelPolicy| Conditions::new(&cel.expression, environment(), &Limits::default()).ok();
    let (Some(left_conditions), Some(right_conditions)) = (conditions(left), conditions(right))
    else {
        return false;
    };
    let tops = (
        left_conditions.decisions().next(),
        right_conditions.decisions().next(),
    );
    let (Some(left_top), Some(right_top)) = tops else {
        return false;
    };
    let texts = |cel: &CelPolicy, decision: &callgate_cel::conditions::Decision| {
        let spans = decision.conditions.iter().map(|condition| condition.span);
        let texts = spans.map(|span| {
            let text = cel.expression.get(span.start as usize..span.end as usize);
            text.unwrap_or_default().to_owned()
        });
        texts.collect::<Vec<String>>()
    };
    let (left_texts, right_texts) = (texts(left, left_top), texts(right, right_top));
    let mut names: Vec<&String> = left_texts.iter().chain(&right_texts).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > CONDITIONS {
        return false;
    }
    let exponent = u32::try_from(names.len()).unwrap_or(u32::MAX);
    (0..3usize.saturating_pow(exponent)).all(|row| {
        let truth = |text: &String| -> Truth {
            let number = names.iter().position(|name| *name == text).unwrap_or(0);
            let digit = u32::try_from(number).unwrap_or(0);
            match (row / 3usize.saturating_pow(digit)) % 3 {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            }
        };
        let truths = |texts: &[String]| texts.iter().map(truth).collect::<Vec<_>>();
        left_top.outcome(&truths(&left_texts)) == right_top.outcome(&truths(&right_texts))
    })
}

#[cfg(test)]
mod tests {
    use callgate_release::CelEffect;

    use super::*;

    #[test]
    fn what_is_proved_to_mean_the_same_is_equal() {
        let risk = "request.risk == \"high\"";
        let impact = "request.impact == \"high\"";
        let cases = [
            (
                format!("{risk} || {risk} && {impact}"),
                risk.to_owned(),
                true,
            ),
            (
                format!("{risk} && {impact}"),
                format!("({impact}) && {risk}"),
                true,
            ),
            (
                format!("!({risk} && {impact})"),
                format!("!({risk}) || !({impact})"),
                true,
            ),
            (format!("true || {risk}"), "true".to_owned(), true),
            // Where the first fails, the second does not have to.
            (format!("{risk} && !({risk})"), "false".to_owned(), false),
            (
                format!("{risk} || {impact}"),
                format!("{risk} && {impact}"),
                false,
            ),
            (risk.to_owned(), impact.to_owned(), false),
        ];
        for (left, right, equal) in cases {
            let policy = |source: &String| Policy::cel("p", CelEffect::Deny, source);
            assert_eq!(
                is_equal(&policy(&left), &policy(&right)),
                equal,
                "{left} and {right}"
            );
        }
        let allow = Policy::cel("p", CelEffect::Allow, risk);
        assert!(!is_equal(&Policy::cel("p", CelEffect::Deny, risk), &allow));
    }
}
