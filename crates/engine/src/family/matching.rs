//! Match policies: the first that matches, by priority, says what is done.

use callgate_cel::{ErrorCode, Gas, TextPattern, Trigrams};
use callgate_model::{Call, Code, Effect, Headers, Reason};
use callgate_release::spec::{Condition, MatchAction, MatchPolicy, Matcher, Subject};
use callgate_release::{Policy, Spec};

use crate::asked::{Asked, pay, reference};
use crate::scope::Coverage;
use crate::verdict::{Origin, Verdict};

/// A match policy with its regular expressions.
#[derive(Debug)]
pub(crate) struct CompiledMatch {
    /// Index of its policy in the release.
    pub(crate) policy: usize,
    /// Of all its matchers that are regular expressions, in order.
    pub(crate) patterns: Vec<TextPattern>,
}

/// Judges the call by the first match policy that matches.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let prompts = Prompts::of(asked);
    for compiled in &asked.release.matches {
        gas.charge(1)?;
        let policies = &asked.release.release().policies;
        let Some((policy, spec)) = policies.get(compiled.policy).and_then(matching) else {
            continue;
        };
        let applies = match asked.coverage(&policy.scope) {
            Coverage::Covered => !asked.is_lifted(compiled.policy),
            Coverage::NotCovered => false,
            // A call that hides its run or mission does not escape, and is not let through either.
            Coverage::Unknown => {
                spec.action != MatchAction::Allow && !asked.is_lifted(compiled.policy)
            }
        };
        if applies && matches(asked.call, spec, &compiled.patterns, &prompts, gas)? {
            act(policy, spec, verdict);
            return Ok(());
        }
    }
    let fallback = asked.release.release().settings.match_default.effect();
    if fallback != Effect::Allow {
        verdict.raise(fallback, Reason::bare(Code::MatchDefault));
    }
    Ok(())
}

pub(crate) fn matching(policy: &Policy) -> Option<(&Policy, &MatchPolicy)> {
    match &policy.spec {
        Spec::Match(written) => Some((policy, &written.spec)),
        _ => None,
    }
}

fn act<'r>(policy: &'r Policy, spec: &'r MatchPolicy, verdict: &mut Verdict<'r>) {
    let origin = Origin {
        policy: reference(policy),
        rule: None,
        message: spec.message.as_deref(),
    };
    match spec.action {
        MatchAction::Allow => {}
        MatchAction::Flag => verdict.raise(Effect::Flag, origin.reason(Code::MatchFlagged)),
        MatchAction::Deny => verdict.add(origin.reason(Code::MatchDenied)),
    }
}

/// What is known of the texts of a prompt before anything is looked for in them.
#[derive(Default)]
pub(crate) struct Prompts {
    /// In order; none of texts that are short, or stand far behind.
    trigrams: Vec<Option<Trigrams>>,
}

impl Prompts {
    /// Shorter texts are looked through as fast as they are known.
    const LONG: usize = 128;
    /// Texts of one prompt that are known.
    const MOST: usize = 16;
    /// Things to look for from which on knowing the texts is worth it.
    pub(crate) const WORTH: usize = 8;

    fn of(asked: &Asked<'_, '_>) -> Self {
        let prompt = asked.call.request.prompt;
        let texts = prompt.filter(|_| asked.release.skims_prompts());
        let texts = texts.into_iter().flat_map(|prompt| prompt.iter());
        let trigrams = texts.take(Self::MOST).map(|text| {
            let text = text.as_str().filter(|text| text.len() >= Self::LONG)?;
            Some(Trigrams::of(text))
        });
        Self {
            trigrams: trigrams.collect(),
        }
    }

    fn get(&self, number: usize) -> Option<&Trigrams> {
        self.trigrams.get(number)?.as_ref()
    }
}

fn matches(
    call: &Call<'_>,
    spec: &MatchPolicy,
    patterns: &[TextPattern],
    prompts: &Prompts,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    let mut patterns = patterns.iter();
    let mut all = true;
    for condition in &spec.conditions {
        // Also what is no longer asked takes its patterns from the list.
        let count = condition.patterns().count();
        let (own, rest) = patterns
            .as_slice()
            .split_at_checked(count)
            .unwrap_or_default();
        patterns = rest.iter();
        all = all && holds(call, condition, own, prompts, gas)?;
    }
    Ok(all)
}

pub(crate) fn holds(
    call: &Call<'_>,
    condition: &Condition,
    patterns: &[TextPattern],
    prompts: &Prompts,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    if condition.subject == Subject::Prompt {
        let texts = call
            .request
            .prompt
            .into_iter()
            .flat_map(|prompt| prompt.iter());
        for (number, text) in texts.enumerate() {
            let known = prompts.get(number);
            let text = text.as_str().unwrap_or_default();
            if any(text, known, &condition.alternatives, patterns, gas)? {
                return Ok(true);
            }
        }
    }
    match subject(call, &condition.subject) {
        None => Ok(false),
        Some(text) => any(text, None, &condition.alternatives, patterns, gas),
    }
}

/// The text that a condition looks at, unless it is one of several: a prompt has many.
pub(crate) fn subject<'a>(call: &Call<'a>, subject: &Subject) -> Option<&'a str> {
    let request = &call.request;
    match subject {
        Subject::Agent => call.identity.map(|identity| identity.name),
        Subject::Kind => Some(request.kind.as_str()),
        Subject::Upstream => request.upstream,
        Subject::Tool => request.tool.name,
        Subject::Model => request.model,
        Subject::Header(name) => header(request.headers, name),
        Subject::Prompt => None,
    }
}

fn header<'a>(headers: Headers<'a>, name: &str) -> Option<&'a str> {
    match headers {
        Headers::Absent => None,
        Headers::Json(object) => object.get(name)?.as_str(),
        Headers::Pairs(pairs) => {
            let found = pairs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        }
    }
}

/// What is `known` of the text answers most of what would take a look through it, for the same gas.
fn any(
    text: &str,
    known: Option<&Trigrams>,
    alternatives: &[Matcher],
    patterns: &[TextPattern],
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    let mut patterns = patterns.iter();
    for matcher in alternatives {
        pay(gas, text)?;
        let found = match matcher {
            Matcher::Equals(wanted) => text == wanted,
            Matcher::Prefix(wanted) => text.starts_with(wanted.as_str()),
            Matcher::Suffix(wanted) => text.ends_with(wanted.as_str()),
            Matcher::Contains(wanted) => {
                known.is_none_or(|known| known.may_hold(wanted)) && text.contains(wanted.as_str())
            }
            Matcher::Glob(pattern) => pattern.matches(text),
            Matcher::Matches(_) => match patterns.next() {
                Some(pattern) if known.is_some_and(|known| !known.may_match(pattern)) => {
                    pattern.charge(text, gas)?;
                    false
                }
                Some(pattern) => pattern.is_match(text, gas)?,
                None => false,
            },
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
