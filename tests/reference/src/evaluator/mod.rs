//! The reference: what `docs/semantics.md` says, as directly as it can be written down.

mod cel;
mod control;
mod dlp;
mod matching;
mod rules;

use serde_json::Value;

use crate::outcome::{Effect, Outcome};
use crate::values::{any_glob, instant, items, key, micro_usd, name, number, strings, text};
use crate::{Documents, Question};

/// One question, and what has come of it so far.
struct Asked<'a> {
    policies: Vec<&'a Value>,
    settings: &'a Value,
    call: &'a Value,
    request: &'a Value,
    state: &'a Value,
    now: i64,
    kind: &'a str,
    action: &'a str,
    agent: &'a str,
    run: Option<&'a str>,
    cost: i64,
    outcome: Outcome,
}

/// A reason code, if there is anything to say.
type Code = Option<&'static str>;

/// Decides a call by the documents.
pub fn evaluate(documents: &Documents, question: &Question) -> Outcome {
    let call = &question.call;
    let request = &call["request"];
    let kind = request["kind"].as_str().unwrap_or("tool_call");
    let tool = request["tool"]["name"].as_str();
    let method = text(&request["method"]);
    let mut asked = Asked {
        policies: documents.policies.iter().filter(|p| p["enabled"] != false).collect(),
        settings: &documents.settings,
        call,
        request,
        state: &question.state,
        now: instant(&question.now),
        kind,
        action: tool.unwrap_or(if kind == "tool_call" { "" } else { kind }),
        agent: text(&call["identity"]["name"]),
        run: call["run"]["id"].as_str(),
        cost: micro_usd(&request["cost_usd"]),
        outcome: Outcome::default(),
    };
    if call["identity"].is_null() {
        asked.deny(&Value::Null, "", Some("UNAUTHENTICATED"));
    } else if kind != "mcp_request" || any_glob(&asked.settings["mcp_methods"], method) {
        asked.lift();
        let families = [cel::judge, rules::judge, matching::judge, control::judge, dlp::judge];
        families.iter().for_each(|judge| judge(&mut asked));
    } else if method != "ping" {
        asked.deny(&Value::Null, "", Some("METHOD_NOT_ALLOWED"));
    }
    asked.outcome.finish()
}

impl<'a> Asked<'a> {
    fn deny(&mut self, policy: &Value, rule: &str, code: Code) {
        code.into_iter().for_each(|code| self.outcome.add(Effect::Deny, policy, rule, code));
    }

    /// Whether a policy's scope covers the call; `None` if the call does not say.
    fn covers(&self, policy: &Value) -> Option<bool> {
        let targets = strings(&policy["scope"]["targets"]);
        let is_target = |name: &str| targets.contains(&name);
        match text(&policy["scope"]["level"]) {
            "group" => Some(strings(&self.call["identity"]["groups"]).into_iter().any(is_target)),
            "agent" => Some(is_target(self.agent)),
            "mission" => self.call["mission"]["id"].as_str().map(is_target),
            "run" => self.run.map(is_target),
            _ => Some(true),
        }
    }

    /// The policies of a kind that are judged, in order. To a call that does not name its run those
    /// of runs apply, unless they only grant.
    fn applying(&self, kind: &str) -> Vec<&'a Value> {
        let any = self.settings["allow_combining"] == "any";
        let applies = |policy: &&Value| {
            let (effect, action) = (&policy["spec"]["effect"], &policy["spec"]["action"]);
            let grants = kind == "MatchPolicy" && action == "ALLOW" || any && effect == "allow";
            policy["kind"] == kind && self.covers(policy).unwrap_or(!grants)
        };
        let applying = self.policies.iter().copied().filter(applies);
        applying.filter(|policy| self.live(policy).is_none()).collect()
    }

    /// The exception that lifts a policy from this call.
    fn live(&self, policy: &Value) -> Option<&'a Value> {
        let names = |list: &Value, name| list.is_null() || strings(list).contains(&name);
        let is_live = |exception: &&Value| {
            let expiry = exception["expires_at"].as_str().map(instant);
            let max_uses = exception["max_uses"].as_i64();
            exception["policy"] == key(policy)
                && names(&exception["agents"], self.agent)
                && names(&exception["runs"], self.run.unwrap_or_default())
                && expiry.is_none_or(|expiry| expiry > self.now)
                && max_uses.is_none_or(|max| max > number(&exception["uses"]))
        };
        let live = items(&self.state["exceptions"]).iter().filter(is_live);
        let is_covered = self.covers(policy) == Some(true);
        live.min_by_key(|live| live["max_uses"].is_number()).filter(|_| is_covered)
    }

    fn lift(&mut self) {
        for policy in self.policies.clone() {
            let Some(exception) = self.live(policy) else { continue };
            let id = text(&exception["id"]);
            self.outcome.exceptions.insert(format!("{id} {}", name(policy)));
            if exception["max_uses"].is_number() {
                self.outcome.reserve(format!("exception {id}"), 0);
            }
        }
    }

    /// A code that only a host with state can come to.
    fn known(&self, code: Code) -> Code {
        self.state.is_null().then_some("STATE_UNAVAILABLE").or(code)
    }

    /// Counts the call, unless so many are counted in the window of seconds.
    fn count(&mut self, key: &str, max: i64, window: i64) -> Code {
        let counts = items(&self.state["counters"][key]).iter();
        let recent = counts.filter(|count| instant(text(&count["at"])) > self.now - window);
        let counted: i64 = recent.map(|count| number(&count["count"])).sum();
        self.outcome.reserve(format!("count {key} 1 in {window}"), max);
        self.known((counted >= max).then_some("RATE_LIMITED"))
    }

    /// Reserves the cost in an account: what was spent there, and what is wrong with more.
    fn spend(&mut self, account: Option<String>, max: i64, code: &'static str) -> (i64, Code) {
        let Some(account) = account else { return (0, Some("CONTEXT_MISSING")) };
        let spent = micro_usd(&self.state["spend"][&account]);
        self.outcome.reserve(format!("spend {account} {}", self.cost), max);
        (spent, self.known((spent + self.cost > max).then_some(code)))
    }
}
