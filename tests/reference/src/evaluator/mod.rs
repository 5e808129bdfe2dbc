//! The reference: what `docs/semantics.md` says, as directly as it can be written down.
#![allow(missing_docs, reason = "the names are those of docs/semantics.md")]

mod cel;
mod control;
mod matching;
mod outcome;
mod rules;
mod schema;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use outcome::{Effect, Outcome, Reason, status};
pub use values::{digest, glob, instant, micro_usd, part, seconds};

/// One question, and what has been found out about it so far.
pub struct Asked<'a> {
    policies: Vec<&'a Value>,
    settings: &'a Value,
    call: &'a Value,
    state: &'a Value,
    /// Nanoseconds since 1970.
    now: i128,
    found: Vec<(Effect, Reason)>,
    exceptions: BTreeSet<(String, String)>,
    obligations: BTreeSet<String>,
    /// Counters, exceptions and approvals, one line each.
    lines: BTreeSet<String>,
    /// Key, then the smallest cap.
    spend: BTreeMap<String, i128>,
}

/// How sure it is that a scope covers the call.
#[derive(Clone, Copy, PartialEq)]
enum Cover {
    No,
    Maybe,
    Yes,
}

const NANOS: i128 = 1_000_000_000;

/// Decides `call` by the documents.
pub fn evaluate(
    policies: &[Value],
    settings: &Value,
    call: &Value,
    state: &Value,
    now: &str,
) -> Outcome {
    let enabled: Vec<&Value> = policies.iter().filter(|p| p["enabled"] != false).collect();
    let mut asked = Asked {
        policies: enabled,
        settings,
        call,
        state,
        now: instant(now),
        found: Vec::new(),
        exceptions: BTreeSet::new(),
        obligations: BTreeSet::new(),
        lines: BTreeSet::new(),
        spend: BTreeMap::new(),
    };
    if call["identity"].is_null() {
        asked.deny(None, None, "UNAUTHENTICATED");
    } else if !asked.passes_by_method() {
        asked.lift();
        cel::judge(&mut asked);
        rules::judge(&mut asked);
        matching::judge(&mut asked);
        control::judge(&mut asked);
    }
    asked.outcome()
}

impl<'a> Asked<'a> {
    fn add(&mut self, effect: Effect, policy: Option<&Value>, rule: Option<&str>, code: &str) {
        let policy = policy.map(|policy| text(&policy["metadata"]["name"]).to_owned());
        let reason = Reason {
            code: code.to_owned(),
            policy,
            rule: rule.map(str::to_owned),
        };
        self.found.push((effect, reason));
    }

    fn deny(&mut self, policy: Option<&Value>, rule: Option<&str>, code: &str) {
        self.add(Effect::Deny, policy, rule, code);
    }

    fn outcome(self) -> Outcome {
        let greatest = self.found.iter().map(|(effect, _)| *effect).max();
        let decision = greatest.unwrap_or(Effect::Allow);
        let first = self.found.iter().find(|(effect, _)| *effect == decision);
        let deciding = first.filter(|_| decision > Effect::Allow);
        let deciding = deciding.map(|(_, reason)| reason.clone());
        let cost = self.cost();
        let spend = self
            .spend
            .iter()
            .map(|(key, max)| format!("spend {key} {cost} of {max}"));
        let delta = match decision {
            Effect::Allow | Effect::Flag => self.lines.iter().cloned().chain(spend).collect(),
            Effect::RequireApproval | Effect::Deny => BTreeSet::new(),
        };
        Outcome {
            decision,
            status: status(decision, deciding.as_ref().map(|r| r.code.as_str())).to_owned(),
            deciding,
            reasons: self.found.into_iter().map(|(_, reason)| reason).collect(),
            exceptions: self.exceptions,
            obligations: self.obligations,
            delta,
        }
    }

    fn request(&self) -> &'a Value {
        &self.call["request"]
    }

    fn kind(&self) -> &'a str {
        self.request()["kind"].as_str().unwrap_or("tool_call")
    }

    /// A request that has no tool at all.
    fn is_without_tool(&self) -> bool {
        self.kind() != "tool_call" && self.request()["tool"]["name"].is_null()
    }

    fn action(&self) -> &'a str {
        match self.is_without_tool() {
            true => self.kind(),
            false => text(&self.request()["tool"]["name"]),
        }
    }

    fn agent(&self) -> &'a str {
        text(&self.call["identity"]["name"])
    }

    fn run(&self) -> Option<&'a str> {
        self.call["run"]["id"].as_str()
    }

    fn cost(&self) -> i128 {
        match &self.request()["cost_usd"] {
            Value::Null => 0,
            cost => micro_usd(cost),
        }
    }

    fn is_without_state(&self) -> bool {
        self.state.is_null()
    }

    /// Messages of MCP that are no tool calls. Those that settings list are judged; true for others.
    fn passes_by_method(&mut self) -> bool {
        let method = text(&self.request()["method"]);
        if self.kind() != "mcp_request" {
            return false;
        }
        if method == "ping" {
            return true;
        }
        let listed = strings(&self.settings["mcp_methods"]);
        let is_listed = listed.iter().any(|pattern| glob(pattern, method));
        if !is_listed {
            self.deny(None, None, "METHOD_NOT_ALLOWED");
        }
        !is_listed
    }

    fn cover(&self, policy: &Value) -> Cover {
        let targets = strings(&policy["scope"]["targets"]);
        let named = |name: &Value| match name.as_str() {
            None => Cover::Maybe,
            Some(name) if targets.contains(&name) => Cover::Yes,
            Some(_) => Cover::No,
        };
        match policy["scope"]["level"].as_str() {
            Some("group") => {
                let groups = strings(&self.call["identity"]["groups"]);
                let belongs = groups.iter().any(|group| targets.contains(group));
                if belongs { Cover::Yes } else { Cover::No }
            }
            Some("agent") => named(&self.call["identity"]["name"]),
            Some("mission") => named(&self.call["mission"]["id"]),
            Some("run") => named(&self.call["run"]["id"]),
            _ => Cover::Yes,
        }
    }

    /// Whether the policy applies: to a call that does not name its run, those apply that restrict.
    fn applies(&self, policy: &Value) -> bool {
        let spec = &policy["spec"];
        let any = self.settings["allow_combining"] == "any";
        let only_grants = match policy["kind"].as_str() {
            Some("CelPolicy") => any && spec["effect"] == "allow",
            Some("MatchPolicy") => spec["action"] == "ALLOW",
            _ => false,
        };
        match self.cover(policy) {
            Cover::Yes => true,
            Cover::Maybe => !only_grants,
            Cover::No => false,
        }
    }

    /// Policies of a kind that are judged, in the order of the release.
    fn applying(&self, kind: &str) -> Vec<&'a Value> {
        let of_kind = self
            .policies
            .iter()
            .filter(|policy| policy["kind"] == kind)
            .copied();
        of_kind
            .filter(|policy| self.applies(policy) && self.live(policy).is_none())
            .collect()
    }

    /// Whether a control covers the call for certain, lifted or not.
    fn is_covered(&self) -> bool {
        let mut controls = self
            .policies
            .iter()
            .filter(|p| p["kind"] == "ControlPolicy");
        controls.any(|control| self.cover(control) == Cover::Yes)
    }

    /// The exception that lifts the policy from this call.
    fn live(&self, policy: &Value) -> Option<&'a Value> {
        let is_live = |exception: &&&Value| {
            let lists = |member: &str, name: Option<&str>| {
                exception[member].is_null()
                    || name.is_some_and(|name| strings(&exception[member]).contains(&name))
            };
            let uses = exception["uses"].as_u64().unwrap_or(0);
            let expires = exception["expires_at"].as_str().map(instant);
            exception["policy"] == key(policy)
                && lists("agents", Some(self.agent()))
                && lists("runs", self.run())
                && expires.is_none_or(|at| at > self.now)
                && exception["max_uses"].as_u64().is_none_or(|max| max > uses)
        };
        if self.cover(policy) != Cover::Yes {
            return None;
        }
        let all: Vec<&Value> = items(&self.state["exceptions"]).iter().collect();
        let live: Vec<&Value> = all.iter().filter(is_live).copied().collect();
        let endless = live
            .iter()
            .find(|exception| exception["max_uses"].is_null());
        endless.or(live.first()).copied()
    }

    fn lift(&mut self) {
        for policy in self.policies.clone() {
            let Some(exception) = self.live(policy) else {
                continue;
            };
            let id = text(&exception["id"]).to_owned();
            if !exception["max_uses"].is_null() {
                self.lines.insert(format!("exception {id}"));
            }
            self.exceptions
                .insert((id, text(&policy["metadata"]["name"]).to_owned()));
        }
    }

    /// Whether one more call fits, and if it does, that it will be counted.
    fn fits(&mut self, key: String, max: u64, window: i128) -> bool {
        let counted: i128 = items(&self.state["counters"][&key])
            .iter()
            .filter(|count| instant(text(&count["at"])) > self.now - window * NANOS)
            .map(|count| i128::from(count["count"].as_u64().unwrap_or(0)))
            .sum();
        self.lines
            .insert(format!("count {key} 1 of {max} in {window}"));
        counted < i128::from(max)
    }

    /// What was spent under a key before this call; the call's cost is reserved there.
    fn spent(&mut self, key: String, max: i128) -> i128 {
        let spent = match &self.state["spend"][&key] {
            Value::Null => 0,
            spent => micro_usd(spent),
        };
        let cap = self.spend.entry(key).or_insert(max);
        *cap = (*cap).min(max);
        spent
    }
}

/// What state refers to a policy by.
pub fn key(policy: &Value) -> &str {
    let metadata = &policy["metadata"];
    metadata["id"].as_str().unwrap_or(text(&metadata["name"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<&str> {
    items(value).iter().filter_map(Value::as_str).collect()
}

/// Whether any pattern of a list matches.
fn any_glob(patterns: &Value, name: &str) -> bool {
    strings(patterns).iter().any(|pattern| glob(pattern, name))
}
