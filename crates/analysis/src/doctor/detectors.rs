//! DLP policies that take detectors off each other's hands.

use callgate_release::spec::{DlpPolicy, LooksFor};
use callgate_release::{Policy, Spec};

use super::matches::is_for_all;
use super::{Examination, Proof, note, warning};
use crate::whole::of_family;

pub(super) fn examine(examination: &mut Examination<'_>) {
    let release = examination.release;
    let policies: Vec<(usize, &Policy, &DlpPolicy)> = of_family(release, dlp_of).collect();
    for (index, policy, spec) in &policies {
        let off = spec.detectors.iter().filter(|(_, change)| change.off);
        for (detector, _) in off {
            let wanting = policies.iter().find(|(other, of, wanted)| {
                other != index
                    && wants(wanted, detector)
                    && (is_for_all(policy) || of.scope == policy.scope)
            });
            let name = &policy.name;
            let diagnostic = match wanting {
                Some((_, other, _)) => {
                    let message = format!(
                        "`{name}` switches `{detector}` off, also for `{}`, which asks for it",
                        other.name
                    );
                    let help = "a detector that one policy switches off is off for all of them";
                    warning("doctor.conflict", None, message).with_help(help)
                }
                None => note(
                    "doctor.detector_off",
                    None,
                    format!("`{name}` switches `{detector}` off"),
                )
                .with_help("to leave it to other policies, use `looks_for: listed` instead"),
            };
            examination.add(Some(*index), diagnostic, Proof::Proved);
        }
        if spec.looks_for == LooksFor::Listed
            && spec.detectors.is_empty()
            && spec.patterns.is_empty()
        {
            let message = format!(
                "`{}` looks for nothing: it lists no detector and no pattern",
                policy.name
            );
            let diagnostic = warning("doctor.never_matches", None, message);
            let help = "name `detectors` or `patterns`, or leave `looks_for` out to look for all";
            examination.add(Some(*index), diagnostic.with_help(help), Proof::Proved);
        }
    }
}

fn dlp_of(spec: &Spec) -> Option<&DlpPolicy> {
    match spec {
        Spec::Dlp(written) => Some(&written.spec),
        Spec::Cel(_) | Spec::Match(_) | Spec::RuleSet(_) | Spec::Control(_) => None,
    }
}

/// Whether a policy names the detector to look for it.
fn wants(spec: &DlpPolicy, detector: &str) -> bool {
    let named = spec.detectors.iter().filter(|(name, _)| name == detector);
    let mut asked = named
        .map(|(_, change)| !change.off && (change.action.is_some() || change.severity.is_some()));
    asked.next().unwrap_or(false)
}
