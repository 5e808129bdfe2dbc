//! What a call that succeeded leaves for later calls of its run: evidence, with the fields that some
//! policy may ground arguments in.

use callgate_json::{Value, Writer};
use callgate_model::{Call, Glob, Kind};
use callgate_release::Spec;
use callgate_release::spec::{ControlPolicy, Origin};

use crate::CompiledRelease;
use crate::asked::action;

/// What is kept of a call, should it succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The run it belongs to.
    run: String,
    /// The tool that was called.
    action: String,
    /// The wanted fields of its arguments, as JSON.
    args: Option<String>,
    /// The wanted fields of its result, as dotted paths.
    result: Vec<String>,
}

impl CompiledRelease {
    /// Whether calls are judged by what happened in their run before.
    pub fn looks_back(&self) -> bool {
        self.looks_back
    }

    /// What later calls of its run may ask of this one; `None` when no policy asks for it, or it has no run.
    /// Who a policy covers is not asked: a later call may be covered where this one is not.
    pub fn keeps(&self, call: &Call<'_>) -> Option<Kept> {
        let is_call = call.request.kind != Kind::McpRequest;
        let run = call.run.id.filter(|_| self.looks_back && is_call)?;
        let action = action(call);
        let mut wanted = false;
        let (mut args, mut result) = (Vec::new(), Vec::new());
        for policy in &self.release().policies {
            let Spec::Control(written) = &policy.spec else {
                continue;
            };
            let control = &written.spec;
            wanted |= evidence(control).any(|glob| glob.matches(action));
            for (_, fields) in &control.grounding_rules {
                for (_, grounding) in fields {
                    if grounding.source_action.matches(action) {
                        wanted = true;
                        let fields = match grounding.source_from {
                            Origin::Result => &mut result,
                            Origin::Kwargs => &mut args,
                        };
                        fields.push(grounding.source_field.clone());
                    }
                }
            }
        }
        wanted.then(|| Kept {
            run: run.to_owned(),
            action: action.to_owned(),
            args: call
                .request
                .tool
                .args
                .and_then(|value| picked(value, &args)),
            result,
        })
    }
}

/// The actions that a control wants to have happened.
fn evidence(control: &ControlPolicy) -> impl Iterator<Item = &Glob> {
    let evidence = &control.evidence;
    let required = evidence.requirements.iter().flat_map(|(_, needed)| needed);
    required.chain(&evidence.evidence_actions)
}

/// Whether a control judges by what happened before.
pub(crate) fn looks_back(control: &ControlPolicy) -> bool {
    let evidence = &control.evidence;
    !control.grounding_rules.is_empty()
        || !evidence.requirements.is_empty()
        || !evidence.commit_actions.is_empty()
}

impl Kept {
    /// The run it belongs to.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The record of [`State`](callgate_model::State) without its time: members of a JSON object. Fields that
    /// take more than `most` bytes together are left out, and ground nothing.
    pub fn record(&self, result: Option<Value<'_>>, most: usize) -> String {
        let result = result.and_then(|value| picked(value, &self.result));
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object().key("action").str(&self.action);
        let fields = [("args", &self.args), ("result", &result)];
        let fields = fields
            .into_iter()
            .filter_map(|(name, json)| Some((name, json.as_ref()?)));
        let length = fields.clone().map(|(_, json)| json.len());
        if length.sum::<usize>() <= most {
            for (name, json) in fields {
                w.key(name).raw(json.as_bytes());
            }
        }
        w.key("run").str(&self.run).end_object();
        // INVARIANT: JSON is written as UTF-8.
        String::from_utf8(out).unwrap_or_default()
    }
}

/// The members of a value at dotted paths, in objects that have them at the same paths.
fn picked(value: Value<'_>, paths: &[String]) -> Option<String> {
    let mut paths: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
    callgate_json::sort_by(&mut paths, Ord::cmp);
    let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
    let mut out = Vec::new();
    pick(value, &paths, &mut Writer::new(&mut out));
    // INVARIANT: JSON is written as UTF-8.
    (!paths.is_empty()).then(|| String::from_utf8(out).unwrap_or_default())
}

/// Writes what is at sorted paths, none of them empty.
fn pick(value: Value<'_>, paths: &[&[&str]], w: &mut Writer<'_>) {
    w.begin_object();
    let mut rest = paths;
    while let Some(step) = rest.first().and_then(|path| path.first()) {
        let end = rest.partition_point(|path| path.first() <= Some(step));
        let (here, others) = rest.split_at(end);
        rest = others;
        let Some(member) = at(value, step) else {
            continue;
        };
        let below: Vec<&[&str]> = here.iter().filter_map(|path| path.get(1..)).collect();
        w.key(step);
        // The shortest comes first: with it, all that is below is there.
        match below.first().is_some_and(|path| path.is_empty()) {
            true => {
                w.raw(member.raw().as_bytes());
            }
            false => pick(member, &below, w),
        }
    }
    w.end_object();
}

/// The member that a step of a dotted path leads to; a number is an index of an array.
pub(crate) fn at<'a>(value: Value<'a>, step: &str) -> Option<Value<'a>> {
    match value.as_object() {
        Some(object) => object.get(step),
        None => value.as_array()?.get(step.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callgate_json::{Document, Limits};

    #[test]
    fn fields_are_kept_where_they_were() {
        let json = r#"{"a": {"b": [1, {"c": "x"}], "d": 2}, "a-b": 3, "e": null}"#;
        let document = Document::parse(json.as_bytes(), &Limits::default()).unwrap();
        for (paths, expected) in [
            (&["a.d", "a-b"][..], Some(r#"{"a":{"d":2},"a-b":3}"#)),
            (
                &["a.b.1.c", "a.b.0"],
                Some(r#"{"a":{"b":{"0":1,"1":{"c":"x"}}}}"#),
            ),
            (
                &["a.b", "a", "a.b.0"],
                Some(r#"{"a":{"b": [1, {"c": "x"}], "d": 2}}"#),
            ),
            (&["e", "f.g"], Some(r#"{"e":null}"#)),
            (&["e.x"], Some("{\"e\":{}}")),
            (&[], None),
        ] {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!(
                picked(document.root(), &paths).as_deref(),
                expected,
                "{paths:?}"
            );
        }
    }
}
