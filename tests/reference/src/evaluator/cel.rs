//! CelPolicy, for the part of CEL that the generator writes. A fault is `Err`; faults are all alike.

use serde_json::{Map, Value, json};

use super::values::equal;
use super::{Asked, Effect, text};

type Outcome = Result<Value, ()>;

pub fn judge(asked: &mut Asked<'_>) {
    let attributes = attributes(asked.call);
    let policies = asked.applying("CelPolicy");
    let of = |effect: &str| {
        let chosen = policies
            .iter()
            .filter(|policy| policy["spec"]["effect"] == effect);
        let value = |policy: &&&Value| value(text(&policy["spec"]["expression"]), &attributes);
        chosen
            .map(|policy| (*policy, value(&policy)))
            .collect::<Vec<_>>()
    };
    for (policy, outcome) in of("deny") {
        match outcome {
            Ok(true) => asked.deny(Some(policy), None, "CEL_DENY_MATCHED"),
            Ok(false) => {}
            Err(()) => asked.deny(Some(policy), None, "CEL_ERROR"),
        }
    }
    if asked.kind() == "mcp_request" {
        return;
    }
    let any = asked.settings["allow_combining"] == "any";
    let allows = of("allow");
    for (policy, outcome) in &allows {
        match outcome {
            Ok(true) => {}
            Ok(false) if any => {}
            Ok(false) => asked.deny(Some(policy), None, "CEL_ALLOW_NOT_MET"),
            Err(()) if any => asked.add(Effect::Allow, Some(policy), None, "CEL_ERROR"),
            Err(()) => asked.deny(Some(policy), None, "CEL_ERROR"),
        }
    }
    if any && !allows.iter().any(|(_, outcome)| *outcome == Ok(true)) {
        asked.deny(None, None, "CEL_NO_ALLOW_MATCHED");
    }
}

/// What expressions see: absent lists and maps of a part that is there are empty.
fn attributes(call: &Value) -> Map<String, Value> {
    let with = |part: &Value, defaults: &[(&str, Value)]| {
        let mut object = part.as_object().cloned().unwrap_or_default();
        for (name, empty) in defaults {
            object.entry(*name).or_insert_with(|| empty.clone());
        }
        Value::Object(object)
    };
    let identity = with(
        &call["identity"],
        &[("labels", json!({})), ("groups", json!([]))],
    );
    let has_task = call["task"]
        .as_object()
        .is_some_and(|task| !task.is_empty());
    let task = match has_task {
        true => with(&call["task"], &[("labels", json!({}))]),
        false => json!({}),
    };
    let request = &call["request"];
    let empty = [
        ("prompt", json!([])),
        ("tags", json!([])),
        ("headers", json!({})),
    ];
    let mut seen = with(request, &empty);
    seen["tool"] = with(&request["tool"], &[("args", json!({}))]);
    seen["kind"] = json!(request["kind"].as_str().unwrap_or("tool_call"));
    if !request["cost_usd"].is_null() {
        seen["cost_usd"] = json!(super::micro_usd(&request["cost_usd"]) as f64 / 1e6);
    }
    let parts = [("identity", identity), ("task", task), ("request", seen)];
    let run = [("run", with(&call["run"], &[]))];
    parts
        .into_iter()
        .chain(run)
        .map(|(name, part)| (name.to_owned(), part))
        .collect()
}

fn value(expression: &str, variables: &Map<String, Value>) -> Result<bool, ()> {
    let reading = Reading {
        rest: expression,
        variables,
    };
    boolean(&{ reading }.either()).ok_or(())
}

fn boolean(outcome: &Outcome) -> Option<bool> {
    outcome.as_ref().ok().and_then(Value::as_bool)
}

/// Evaluates while it reads.
#[derive(Clone, Copy)]
struct Reading<'e> {
    rest: &'e str,
    variables: &'e Map<String, Value>,
}

impl<'e> Reading<'e> {
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self) -> &'e str {
        self.rest = self.rest.trim_start();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// `a ? b : c` and everything that binds tighter.
    fn either(&mut self) -> Outcome {
        let condition = self.chain(" ||", true);
        if !self.take("?") {
            return condition;
        }
        let yes = self.either();
        self.take(":");
        let no = self.either();
        if boolean(&condition).ok_or(())? {
            yes
        } else {
            no
        }
    }

    /// A chain of `||` or `&&`: one absorbing value decides, whatever fails beside it.
    fn chain(&mut self, operator: &str, absorbing: bool) -> Outcome {
        let mut values = Vec::new();
        loop {
            values.push(match absorbing {
                true => self.chain(" &&", false),
                false => self.comparison(),
            });
            if !self.take(operator.trim()) {
                break;
            }
        }
        match values.as_slice() {
            [only] => only.clone(),
            _ => absorb(&values, absorbing),
        }
    }

    fn comparison(&mut self) -> Outcome {
        let left = self.operand();
        for operator in ["==", "!=", "<=", ">=", "<", ">", "in "] {
            if self.take(operator) {
                let right = self.operand();
                return compare(operator, &left?, &right?);
            }
        }
        left
    }

    fn operand(&mut self) -> Outcome {
        if self.take("!") {
            let negated = boolean(&self.operand());
            return negated.map(|truth| json!(!truth)).ok_or(());
        }
        if self.take("(") {
            let inner = self.either();
            self.take(")");
            return inner;
        }
        if self.take("has(") {
            return self.has();
        }
        if let Some(literal) = self.literal() {
            return Ok(literal);
        }
        let name = self.word();
        let mut here = self.variables.get(name).cloned().ok_or(());
        loop {
            if self.take(".exists(") {
                here = self.each(here, true);
            } else if self.take(".all(") {
                here = self.each(here, false);
            } else if self.take(".startsWith(") {
                let prefix = self.operand()?;
                self.take(")");
                here = here.and_then(|value| {
                    let whole = value.as_str().ok_or(())?;
                    Ok(json!(whole.starts_with(text(&prefix))))
                });
            } else if self.take(".?") {
                return self.optional(here);
            } else if self.take(".") {
                let member = self.word();
                here = here.and_then(|v| v.get(member).cloned().ok_or(()));
            } else {
                return here;
            }
        }
    }

    fn literal(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        let is_end = |c: char| !(c.is_alphanumeric() || c == '.' || c == '-');
        let word = self.rest.find(is_end).unwrap_or(self.rest.len());
        let text = match self.rest.starts_with(['"', '[']) {
            true => self.rest,
            false => self.rest.get(..word)?,
        };
        let mut literals = serde_json::Deserializer::from_str(text).into_iter();
        let literal = literals.next()?.ok()?;
        self.rest = self.rest.get(literals.byte_offset()..)?;
        Some(literal)
    }

    /// The path in `has(…)` up to its end: all but the last member must be there.
    fn has(&mut self) -> Outcome {
        let mut here = self.variables.get(self.word()).cloned().ok_or(());
        let mut last = None;
        while self.take(".") {
            if let Some(name) = last.replace(self.word()) {
                here = here.and_then(|v: Value| v.get(name).cloned().ok_or(()));
            }
        }
        self.take(")");
        let object = here?;
        let members = object.as_object().ok_or(())?;
        Ok(json!(members.contains_key(last.unwrap_or_default())))
    }

    /// After `.?`: members that may be absent, then `.orValue(literal)`.
    fn optional(&mut self, from: Outcome) -> Outcome {
        let mut here = from.map(Some);
        loop {
            let member = self.word();
            here = here.and_then(|value| match value {
                None => Ok(None),
                Some(value) => Ok(value.as_object().ok_or(())?.get(member).cloned()),
            });
            if !self.take(".?") {
                break;
            }
        }
        self.take(".orValue(");
        let otherwise = self.operand();
        self.take(")");
        here?.map_or(otherwise, Ok)
    }

    /// `exists` or `all` over a list: a fault counts only if nothing decides.
    fn each(&mut self, list: Outcome, absorbing: bool) -> Outcome {
        let name = self.word();
        self.take(",");
        let body = self.rest;
        let outcome = list.and_then(|list| {
            let item = |item: &Value| {
                let mut variables = self.variables.clone();
                variables.insert(name.to_owned(), item.clone());
                Reading {
                    rest: body,
                    variables: &variables,
                }
                .either()
            };
            let outcomes: Vec<Outcome> = list.as_array().ok_or(())?.iter().map(item).collect();
            absorb(&outcomes, absorbing)
        });
        // Read once more for where it ends.
        let _ = self.either();
        self.take(")");
        outcome
    }
}

fn absorb(values: &[Outcome], absorbing: bool) -> Outcome {
    if values.iter().any(|value| boolean(value) == Some(absorbing)) {
        return Ok(json!(absorbing));
    }
    let all = values.iter().all(|value| boolean(value).is_some());
    if all { Ok(json!(!absorbing)) } else { Err(()) }
}

fn compare(operator: &str, left: &Value, right: &Value) -> Outcome {
    let order = match (
        left.as_f64().zip(right.as_f64()),
        left.as_str().zip(right.as_str()),
    ) {
        (Some((left, right)), _) => left.partial_cmp(&right),
        (None, Some((left, right))) => Some(left.cmp(right)),
        (None, None) => None,
    };
    Ok(json!(match operator {
        "==" => equal(left, right),
        "!=" => !equal(left, right),
        "in " => match right {
            Value::Array(list) => list.iter().any(|item| equal(item, left)),
            Value::Object(map) => left.as_str().is_some_and(|name| map.contains_key(name)),
            _ => return Err(()),
        },
        "<" => order.ok_or(())?.is_lt(),
        "<=" => order.ok_or(())?.is_le(),
        ">" => order.ok_or(())?.is_gt(),
        _ => order.ok_or(())?.is_ge(),
    }))
}
