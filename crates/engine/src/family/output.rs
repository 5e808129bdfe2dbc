//! Output rules: what the result of a call may say, how much, and in which form.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::{Document, Value, View};
use callgate_model::Code;
use callgate_release::spec::{Check, Rule};
use callgate_release::{Policy, Spec};
use callgate_schema::{Budget, Refusal, Schema};

use crate::CompiledRelease;
use crate::asked::{Asked, reference};
use crate::response::{Duty, Response};
use crate::verdict::{Origin, Verdict};

/// The output rules of one rule set.
#[derive(Debug)]
pub(crate) struct CompiledOutput {
    /// Index of its policy in the release.
    pub(crate) policy: usize,
    pub(crate) rules: Vec<CompiledRule>,
}

/// One output rule.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    /// Its place among the rules of its set.
    pub(crate) rule: usize,
    pub(crate) schema: Option<Schema>,
    /// Phrases in lower case.
    pub(crate) forbid: Vec<String>,
}

impl CompiledOutput {
    /// The output rules of a policy; `None` when it has none. `compile` makes schemas of their texts.
    pub(crate) fn of(
        policy: usize,
        spec: &Spec,
        mut compile: impl FnMut(&str) -> Option<Schema>,
    ) -> Option<Self> {
        let Spec::RuleSet(written) = spec else {
            return None;
        };
        let mut rules = Vec::new();
        for (place, rule) in written.spec.rules.iter().enumerate() {
            if let Check::Output {
                json_schema,
                forbid,
                ..
            } = &rule.check
            {
                rules.push(CompiledRule {
                    rule: place,
                    schema: json_schema.as_deref().and_then(&mut compile),
                    forbid: forbid.iter().map(|phrase| phrase.to_lowercase()).collect(),
                });
            }
        }
        (!rules.is_empty()).then_some(Self { policy, rules })
    }
}

/// The rule sets whose output rules cover the call.
pub(crate) fn applying(asked: &Asked<'_, '_>) -> Vec<usize> {
    let policies = &asked.release.release().policies;
    let outputs = asked.release.outputs.iter();
    let applying = outputs.filter(|output| {
        let policy = policies.get(output.policy);
        policy.is_some_and(|policy| asked.restricts(output.policy, policy))
    });
    applying.map(|output| output.policy).collect()
}

/// Judges a response by the output rules of a duty.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    release: &'r CompiledRelease,
    duty: &Duty,
    response: Response<'_>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    if duty.outputs.is_empty() || is_the_protocols(duty, response) {
        return Ok(());
    }
    let said = Said::of(response, gas)?;
    for output in &release.outputs {
        if !duty.outputs.contains(&output.policy) {
            continue;
        }
        let Some(policy) = release.release().policies.get(output.policy) else {
            continue;
        };
        for compiled in &output.rules {
            let Some(rule) = rule_of(policy, compiled.rule) else {
                continue;
            };
            if !holds(compiled, rule, &said, response, gas)? {
                let origin = Origin {
                    policy: reference(policy),
                    rule: Some(&rule.name),
                    message: rule.message.as_deref(),
                };
                verdict.add(origin.reason(Code::OutputRejected));
            }
        }
    }
    Ok(())
}

/// Whether a response answers what the protocol itself has asked, and not what a call has.
fn is_the_protocols(duty: &Duty, response: Response<'_>) -> bool {
    const OF_CALLS: [&str; 4] = ["/content", "/structuredContent", "/contents", "/messages"];
    let is_of_a_call = |result: Value<'_>| OF_CALLS.iter().any(|at| result.pointer(at).is_some());
    duty.protocol && response.own && !response.result.is_some_and(is_of_a_call)
}

/// Whether a rule of a duty says how much a response may be, or in which form.
pub(crate) fn take_all(release: &CompiledRelease, duty: &Duty) -> bool {
    let outputs = release.outputs.iter();
    let mut outputs = outputs.filter(|output| duty.outputs.contains(&output.policy));
    outputs.any(|output| {
        let policy = release.release().policies.get(output.policy);
        let rules = output.rules.iter();
        let mut rules = rules.filter_map(|compiled| rule_of(policy?, compiled.rule));
        rules.any(|rule| match &rule.check {
            Check::Output {
                max_length,
                json_schema,
                ..
            } => max_length.is_some() || json_schema.is_some(),
            _ => false,
        })
    })
}

fn rule_of(policy: &Policy, place: usize) -> Option<&Rule> {
    match &policy.spec {
        Spec::RuleSet(written) => written.spec.rules.get(place),
        _ => None,
    }
}

fn holds(
    compiled: &CompiledRule,
    rule: &Rule,
    said: &Said,
    response: Response<'_>,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    let Check::Output {
        max_length,
        json_schema,
        ..
    } = &rule.check
    else {
        return Ok(true);
    };
    let is_part = response.part.is_some();
    if !is_part && max_length.is_some_and(|most| said.longest() > most) {
        return Ok(false);
    }
    for phrase in &compiled.forbid {
        for text in [&said.apart, &said.joined] {
            gas.charge(1)?;
            gas.charge_bytes(text.len())?;
            if text.contains(phrase.as_str()) {
                return Ok(false);
            }
        }
    }
    match (&compiled.schema, response.result) {
        (Some(schema), Some(result)) => conforms(schema, result, said, gas),
        // An error has no output; whatever else has none breaks the rule that asks for it.
        (Some(_), None) => Ok(true),
        (None, _) => Ok(json_schema.is_none()),
    }
}

/// The structured part of a result against a schema; without one, its text as JSON.
fn conforms(
    schema: &Schema,
    result: Value<'_>,
    said: &Said,
    gas: &mut Gas,
) -> Result<bool, ErrorCode> {
    if let Some(structured) = result.pointer("/structuredContent") {
        return valid(schema, structured, gas);
    }
    if result.pointer("/content").is_none() {
        return valid(schema, result, gas);
    }
    gas.charge_bytes(said.text.len())?;
    let limits = callgate_json::Limits::default();
    match Document::parse(said.text.as_bytes(), &limits) {
        Ok(document) => valid(schema, document.root(), gas),
        Err(_) => Ok(false),
    }
}

fn valid(schema: &Schema, value: Value<'_>, gas: &mut Gas) -> Result<bool, ErrorCode> {
    let mut budget = Budget::new(gas.left());
    let outcome = schema.validate(value, &mut budget);
    gas.charge(budget.used())?;
    match outcome {
        Ok(outcome) => Ok(outcome.valid),
        Err(Refusal::GasExhausted) => Err(ErrorCode::GasExhausted),
        Err(_) => Ok(false),
    }
}

/// What a response says, in all the ways it may be read.
#[derive(Default)]
struct Said {
    /// Every text and name in lower case, each apart from the next.
    apart: String,
    /// Every text in lower case without anything between: a phrase may be cut anywhere.
    joined: String,
    /// The text blocks of the content as they are.
    text: String,
    /// Characters of all texts of the structured part.
    structured: u64,
    /// Characters of all texts of everything else.
    other: u64,
}

impl Said {
    fn of(response: Response<'_>, gas: &mut Gas) -> Result<Self, ErrorCode> {
        let mut said = Self::default();
        if let Some(result) = response.result {
            match result.as_object() {
                None => said.take(result, gas, Part::Other)?,
                Some(object) => {
                    for (name, value) in object.iter() {
                        let part = match name {
                            "structuredContent" => Part::Structured,
                            _ => Part::Other,
                        };
                        said.name(name, gas)?;
                        said.take(value, gas, part)?;
                    }
                }
            }
            let blocks = result.pointer("/content").and_then(Value::as_array);
            for block in blocks.into_iter().flat_map(|blocks| blocks.iter()) {
                let text = block.pointer("/text").and_then(Value::as_str);
                said.text.push_str(text.unwrap_or_default());
            }
        }
        for value in [response.error, response.params, response.part]
            .into_iter()
            .flatten()
        {
            said.take(value, gas, Part::Other)?;
        }
        for value in [response.id, response.method].into_iter().flatten() {
            said.take(value, gas, Part::Kind)?;
        }
        Ok(said)
    }

    /// The structured part says again what the content says: the longer of the two counts.
    fn longest(&self) -> u64 {
        self.structured.max(self.other)
    }

    fn name(&mut self, name: &str, gas: &mut Gas) -> Result<(), ErrorCode> {
        gas.charge(1)?;
        gas.charge_bytes(name.len())?;
        self.apart.push_str(&name.to_lowercase());
        self.apart.push('\n');
        Ok(())
    }

    fn take(&mut self, value: Value<'_>, gas: &mut Gas, part: Part) -> Result<(), ErrorCode> {
        gas.charge(1)?;
        match value.view() {
            View::Null | View::Bool(_) | View::Number(_) => {}
            View::String(text) => {
                gas.charge_bytes(text.len())?;
                let lower = text.to_lowercase();
                self.apart.push_str(&lower);
                self.apart.push('\n');
                if part != Part::Kind {
                    self.joined.push_str(&lower);
                }
                let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                match part {
                    Part::Structured => self.structured = self.structured.saturating_add(length),
                    Part::Other => self.other = self.other.saturating_add(length),
                    Part::Kind => {}
                }
            }
            View::Array(array) => {
                for item in array.iter() {
                    self.take(item, gas, part)?;
                }
            }
            View::Object(object) => {
                for (name, member) in object.iter() {
                    self.name(name, gas)?;
                    // What tells one kind of content from another is no content.
                    let is_short = member.as_str().is_some_and(|text| text.len() <= KIND_BYTES);
                    let part = match name {
                        "type" | "mimeType" if is_short => Part::Kind,
                        _ => part,
                    };
                    self.take(member, gas, part)?;
                }
            }
        }
        Ok(())
    }
}

/// Bytes of what tells one kind of content from another; what is longer is content.
const KIND_BYTES: usize = 64;

/// Which part of a result a text stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Structured,
    Kind,
    Other,
}
