//! DLP policies: every text of a request is looked through once, and each policy says what it makes of
//! what is found; the greatest effect acts.

mod row;
mod search;

use callgate_cel::{ErrorCode, Gas};
use callgate_detect::{
    Class, Config, Custom, CustomPattern, Detectors, Direction, FoundBy, Override, Severity,
    detectors,
};
use callgate_model::{Code, Diagnostic, Effect, Limits, Span};
use callgate_release::spec::{DlpPolicy, Searched, Stance};
use callgate_release::{Policy, Release, Spec};

use crate::asked::{Asked, reference};
use crate::response::{Blanked, Duty, Response};
use crate::scope::Coverage;
use crate::verdict::{Origin, Verdict};
use crate::{CompiledRelease, PolicyDiagnostic};
use search::Search;

/// What the DLP policies of a release look with: one set of detectors for all of them.
#[derive(Debug)]
pub(crate) struct CompiledDlp {
    /// Indices of the policies in the release, in order.
    policies: Vec<usize>,
    /// The policy each pattern is of.
    owners: Vec<usize>,
    detectors: Detectors,
    /// Whether any of the policies finds anything in responses.
    responds: bool,
    /// Bytes that the findings of one decision may take.
    memory: u32,
}

/// The detectors of a release before they are compiled.
pub(crate) struct Looking {
    policies: Vec<usize>,
    owners: Vec<usize>,
    responds: bool,
    config: Config,
}

impl Looking {
    /// What the DLP policies of `release` look for; `None` if there are none.
    pub(crate) fn of(release: &Release) -> Option<Self> {
        let policies = release.policies.iter().enumerate();
        let specs = policies.filter_map(|(index, policy)| Some((index, dlp(policy)?)));
        let specs: Vec<(usize, &DlpPolicy)> = specs.collect();
        let mut looking = Self {
            policies: specs.iter().map(|(index, _)| *index).collect(),
            owners: Vec::new(),
            responds: specs.iter().any(|(_, spec)| responds(spec)),
            config: Config::default(),
        };
        for detector in detectors() {
            let (name, class, severity) = (detector.id, detector.class, detector.severity);
            let wanted = |(_, spec): &(usize, &DlpPolicy)| spec.may_find(name, class, severity);
            if !specs.iter().any(wanted) {
                looking.config.overrides.push(Override {
                    detector: name.to_owned(),
                    off: true,
                    ..Override::default()
                });
            }
        }
        for (index, spec) in &specs {
            looking.add(*index, spec);
        }
        (!specs.is_empty()).then_some(looking)
    }

    fn add(&mut self, policy: usize, spec: &DlpPolicy) {
        for pattern in &spec.patterns {
            // Policies may give different patterns one name; a space is in no name.
            let id = format!("{policy} {}", pattern.name);
            self.owners.push(policy);
            self.config.custom.push(Custom {
                id,
                pattern: match &pattern.what {
                    Searched::Regex(source) => CustomPattern::Regex(source.clone()),
                    Searched::Keywords(words) => CustomPattern::Keywords(words.clone()),
                },
                severity: pattern.severity,
                reach: pattern.on,
            });
        }
    }

    /// The regular expressions, each with its policy.
    pub(crate) fn regexes(&self) -> impl Iterator<Item = (usize, &str)> {
        let customs = self.owners.iter().zip(&self.config.custom);
        customs.filter_map(|(policy, custom)| match &custom.pattern {
            CustomPattern::Regex(source) => Some((*policy, source.as_str())),
            CustomPattern::Keywords(_) => None,
        })
    }

    pub(crate) fn compile(self, limits: &Limits) -> Result<CompiledDlp, Vec<PolicyDiagnostic>> {
        let bounds = callgate_detect::Limits {
            regex_bytes: limits.regex_bytes,
            ..callgate_detect::Limits::default()
        };
        match Detectors::compile(&self.config, &bounds) {
            Ok(detectors) => Ok(CompiledDlp {
                policies: self.policies,
                owners: self.owners,
                responds: self.responds,
                detectors,
                memory: limits.arena_bytes,
            }),
            Err(problems) => Err(problems
                .iter()
                .map(|problem| self.diagnostic(problem))
                .collect()),
        }
    }

    fn diagnostic(&self, problem: &callgate_detect::Problem) -> PolicyDiagnostic {
        let number = problem.place.split('/').nth(2);
        let number = number.and_then(|number| number.parse::<usize>().ok());
        let owner = number.and_then(|number| self.owners.get(number));
        let policy = owner.or(self.policies.first()).copied().unwrap_or(0);
        let message = problem.message.clone();
        let mut diagnostic = Diagnostic::error("release.detector", Span::new(0, 0), message);
        diagnostic.help.clone_from(&problem.help);
        PolicyDiagnostic { policy, diagnostic }
    }
}

/// Whether a policy finds anything in responses.
fn responds(spec: &DlpPolicy) -> bool {
    let finds = |found: (&str, Class, Severity)| {
        let stance = spec.stance(found, "", Direction::Response);
        matches!(stance, Stance::Finds(..))
    };
    let own = |pattern: &callgate_release::spec::Pattern| {
        let found = (pattern.name.as_str(), Class::Custom, pattern.severity);
        pattern.on.covers(Direction::Response) && finds(found)
    };
    spec.patterns.iter().any(own) || detectors().any(|d| finds((d.id, d.class, d.severity)))
}

pub(crate) fn dlp(policy: &Policy) -> Option<&DlpPolicy> {
    match &policy.spec {
        Spec::Dlp(written) => Some(&written.spec),
        Spec::Cel(_) | Spec::RuleSet(_) | Spec::Match(_) | Spec::Control(_) => None,
    }
}

/// A policy that looks at this call.
struct Applying<'r> {
    /// Its index in the release.
    index: usize,
    policy: &'r Policy,
    spec: &'r DlpPolicy,
    /// Whether it covers the call for certain: only then it takes anything off others' hands.
    certain: bool,
}

/// All policies that look at this call.
struct Together<'q, 'r> {
    dlp: &'r CompiledDlp,
    policies: Vec<Applying<'r>>,
    agent: &'q str,
    direction: Direction,
}

impl<'q, 'r> Together<'q, 'r> {
    fn of(asked: &Asked<'q, 'r>, dlp: &'r CompiledDlp, gas: &mut Gas) -> Result<Self, ErrorCode> {
        let mut policies = Vec::new();
        for index in &dlp.policies {
            gas.charge(1)?;
            let policy = asked.release.release().policies.get(*index);
            let Some((policy, spec)) = policy.and_then(|policy| Some((policy, self::dlp(policy)?)))
            else {
                continue;
            };
            if asked.restricts(*index, policy) {
                policies.push(Applying {
                    index: *index,
                    policy,
                    spec,
                    certain: asked.coverage(&policy.scope) == Coverage::Covered,
                });
            }
        }
        let agent = asked.agent();
        Ok(Self {
            dlp,
            policies,
            agent,
            direction: Direction::Request,
        })
    }

    /// The policies of a duty, which look at a response.
    fn answering(release: &'r CompiledRelease, dlp: &'r CompiledDlp, duty: &'q Duty) -> Self {
        let policies = duty.dlp.iter().filter_map(|(index, certain)| {
            let policy = release.release().policies.get(*index)?;
            Some(Applying {
                index: *index,
                policy,
                spec: self::dlp(policy)?,
                certain: *certain,
            })
        });
        Self {
            dlp,
            policies: policies.collect(),
            agent: &duty.agent,
            direction: Direction::Response,
        }
    }

    /// What each policy that has a say, by its place here, makes of what a detector found. A pattern
    /// is its policy's own.
    fn stances(&self, by: FoundBy<'_>) -> impl Iterator<Item = (usize, Stance)> {
        let owner = by.custom;
        let owner = owner.and_then(|custom| self.dlp.owners.get(usize::from(custom)));
        let policies = self.policies.iter().enumerate();
        let policies = policies.filter(move |(_, p)| owner.is_none_or(|owner| *owner == p.index));
        let found = (pattern_name(by.detector, by.custom), by.class, by.severity);
        policies.map(move |(place, applying)| {
            let stance = applying.spec.stance(found, self.agent, self.direction);
            (place, stance)
        })
    }

    /// Whether a finding counts: somebody looks for it, and nobody who may has switched that off or
    /// allows the value.
    fn wants(&self, by: FoundBy<'_>, value: &str) -> bool {
        let allowed = |p: &Applying<'_>| p.certain && p.spec.allows(value);
        if self.policies.iter().any(allowed) {
            return false;
        }
        let mut wanted = false;
        for (place, stance) in self.stances(by) {
            let certain = self.policies.get(place).is_some_and(|p| p.certain);
            match stance {
                Stance::Off if certain => return false,
                Stance::Off | Stance::None => {}
                Stance::Finds(..) => wanted = true,
            }
        }
        wanted
    }

    /// Whether every policy that looks for what the second detector found looks for what the first
    /// did, too: no policy takes a finding away from another by finding more. And what a pattern of
    /// one's own finds is not left out for what asks for less.
    fn covers(&self, outer: FoundBy<'_>, inner: FoundBy<'_>) -> bool {
        let own = inner.custom.is_some();
        let effect = |(place, stance)| match stance {
            Stance::Finds(_, effect) => Some((place, effect)),
            Stance::Off | Stance::None => None,
        };
        let mut outer = self.stances(outer).filter_map(effect);
        let mut inner = self.stances(inner).filter_map(effect);
        // Both are in the order of the policies.
        inner.all(|(place, wanted)| {
            outer.any(|(other, effect)| other == place && (effect >= wanted || !own))
        })
    }

    /// Whether the policy of a pattern looks at this call.
    fn has_pattern(&self, custom: u16) -> bool {
        let owner = self.dlp.owners.get(usize::from(custom));
        let mut policies = self.policies.iter();
        policies.any(|applying| Some(&applying.index) == owner)
    }
}

/// A pattern's name without what tells it from others of that name.
fn pattern_name(detector: &str, custom: Option<u16>) -> &str {
    match (custom, detector.split_once(' ')) {
        (Some(_), Some((_, name))) => name,
        _ => detector,
    }
}

/// What one policy says of one finding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'r> {
    /// Place of the policy among those that look; [`said`] makes it the index in the release.
    pub(crate) place: usize,
    pub(crate) detector: &'r str,
    /// Whether the detector is a pattern of the policy's own.
    pub(crate) own: bool,
    pub(crate) effect: Effect,
}

/// What every policy says of every finding, for an explanation; and whether all was looked through.
pub(crate) fn said<'r>(asked: &Asked<'_, 'r>, gas: &mut Gas) -> (Vec<Said<'r>>, bool) {
    let Some(dlp) = &asked.release.dlp else {
        return (Vec::new(), true);
    };
    let Ok(together) = Together::of(asked, dlp, gas) else {
        return (Vec::new(), false);
    };
    let mut search = Search::new(&together, gas);
    search.said = Some(Vec::new());
    let whole = search.request(&asked.call.request).is_ok();
    let mut said = search.said.unwrap_or_default();
    for said in &mut said {
        said.place = together.policies.get(said.place).map_or(0, |p| p.index);
    }
    (said, whole)
}

/// The code of a finding that asks for `effect`.
pub(crate) fn code(effect: Effect) -> Code {
    match effect {
        Effect::Deny => Code::DlpBlocked,
        _ => Code::DlpWarned,
    }
}

/// Judges the call by what its texts hold.
///
/// # Errors
/// Gas, or the memory for findings, that runs out. What was found until then counts.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let Some(dlp) = &asked.release.dlp else {
        return Ok(());
    };
    let together = Together::of(asked, dlp, gas)?;
    if together.policies.is_empty() {
        return Ok(());
    }
    let mut search = Search::new(&together, gas);
    let outcome = search.request(&asked.call.request);
    raise(&together, search.worst, verdict);
    verdict.findings = search.findings;
    outcome
}

/// The policies that look at the response to a call, each with whether it covers the call for certain.
pub(crate) fn looking_at_responses(asked: &Asked<'_, '_>) -> Vec<(usize, bool)> {
    let dlp = asked.release.dlp.as_ref().filter(|dlp| dlp.responds);
    let policies = &asked.release.release().policies;
    let looking = dlp.into_iter().flat_map(|dlp| &dlp.policies);
    let looking = looking.filter_map(|index| {
        let policy = policies.get(*index)?;
        let certain = asked.coverage(&policy.scope) == Coverage::Covered;
        asked.restricts(*index, policy).then_some((*index, certain))
    });
    looking.collect()
}

/// Judges a response by what its texts hold, and blanks what policies have blanked.
///
/// # Errors
/// As [`judge`].
pub(crate) fn respond<'r>(
    release: &'r CompiledRelease,
    duty: &Duty,
    response: Response<'_>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<Vec<Blanked>, ErrorCode> {
    let Some(dlp) = release.dlp.as_ref().filter(|_| !duty.dlp.is_empty()) else {
        return Ok(Vec::new());
    };
    let together = Together::answering(release, dlp, duty);
    let mut search = Search::new(&together, gas);
    let outcome = search.response(response);
    raise(&together, search.worst, verdict);
    verdict.findings = search.findings;
    outcome.map(|()| search.blanked)
}

/// What the policies say, each by the worst that it found.
fn raise<'r>(
    together: &Together<'_, 'r>,
    worst: Vec<Option<(Effect, &'r str)>>,
    verdict: &mut Verdict<'r>,
) {
    for (applying, worst) in together.policies.iter().zip(worst) {
        let Some((effect, rule)) = worst.filter(|(effect, _)| *effect > Effect::Allow) else {
            continue;
        };
        let origin = Origin {
            policy: reference(applying.policy),
            rule: Some(rule),
            message: applying.spec.message.as_deref(),
        };
        verdict.raise(effect, origin.reason(code(effect)));
    }
}
