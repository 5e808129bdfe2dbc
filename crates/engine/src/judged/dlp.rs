//! DLP policies: each pattern of theirs, and each other detector that found something.

use callgate_model::{Check, CheckOutcome, Effect, Judged};
use callgate_release::Policy;
use callgate_release::spec::DlpPolicy;

use super::{Explaining, Values, aside, entry, standing};
use crate::asked::Asked;
use crate::family::dlp::{self, Said};

pub(super) fn judged<'r>(
    asked: &Asked<'_, 'r>,
    explaining: &mut Explaining<'_>,
) -> Vec<Judged<'r>> {
    let policies = asked.release.release().policies.iter().enumerate();
    let policies = policies.filter_map(|(index, policy)| Some((index, policy, dlp::dlp(policy)?)));
    let policies: Vec<(usize, &Policy, &DlpPolicy)> = policies.collect();
    if policies.is_empty() {
        return Vec::new();
    }
    let (said, whole) = dlp::said(asked, explaining.gas);
    let judged = policies.into_iter().map(|(index, policy, spec)| {
        if let Some(aside) = aside(asked, index, policy) {
            return entry(policy, aside, Vec::new());
        }
        let own = said.iter().filter(|said| said.place == index).copied();
        let checks = checks(spec, &own.collect::<Vec<_>>(), whole);
        entry(policy, standing(&checks), checks)
    });
    judged.collect()
}

/// Its patterns in order, then the detectors in the order of what they found.
fn checks<'r>(spec: &'r DlpPolicy, said: &[Said<'r>], whole: bool) -> Vec<Check<'r>> {
    let patterns = spec.patterns.iter().enumerate().map(|(number, pattern)| {
        let of = |said: &&Said<'r>| said.own && said.detector == pattern.name;
        let pointer = format!("/patterns/{number}");
        check(pointer, &pattern.name, said.iter().filter(of), whole)
    });
    let mut checks: Vec<Check<'r>> = patterns.collect();
    let found = said.iter().filter(|said| !said.own);
    let mut names: Vec<&str> = Vec::new();
    for Said { detector, .. } in found {
        if names.contains(detector) {
            continue;
        }
        names.push(detector);
        let of = |said: &&Said<'r>| !said.own && said.detector == *detector;
        let pointer = match spec.detectors.iter().any(|(name, _)| name == detector) {
            true => format!("/detectors/{detector}"),
            // By its class or its severity: the policy does not name it.
            false => String::new(),
        };
        checks.push(check(pointer, detector, said.iter().filter(of), whole));
    }
    checks
}

fn check<'s, 'r: 's>(
    pointer: String,
    rule: &'r str,
    said: impl Iterator<Item = &'s Said<'r>>,
    whole: bool,
) -> Check<'r> {
    let (mut count, mut worst) = (0u64, None);
    for said in said {
        count = count.saturating_add(1);
        worst = worst.max(Some(said.effect));
    }
    let mut values = Values::default();
    values.number("findings", count);
    Check {
        pointer,
        rule,
        outcome: match worst {
            None if whole => CheckOutcome::Idle,
            None => CheckOutcome::LeftOut,
            // Recorded, and no more.
            Some(Effect::Allow) => CheckOutcome::Holds,
            Some(effect) => CheckOutcome::Fails(Some(dlp::code(effect))),
        },
        values: values.0,
    }
}
