//! Policies of every family.

use serde_json::{Map, Value, json};

use crate::Documents;
use crate::choices::Choices;

use super::dlp;
use super::expressions::expression;
use super::{
    AGENTS, FIELDS, GROUPS, MISSIONS, MONEY, PATTERNS, RISKS, RUNS, SECONDS, TAGS, TEXTS, TOOLS,
    ZONES, patterns,
};

/// The families in the order in which they are judged.
pub const FAMILIES: &[&str] =
    &["CelPolicy", "RuleSet", "MatchPolicy", "ControlPolicy", "DlpPolicy"];

/// Makes the value of one member.
type Make = fn(&mut Choices) -> Value;

/// A release: up to six policies, of few families.
pub fn documents(choices: &mut Choices) -> Documents {
    let families = match choices.below(3) {
        0 => vec![choices.pick(FAMILIES)],
        1 => vec![choices.pick(FAMILIES), choices.pick(FAMILIES)],
        _ => FAMILIES.to_vec(),
    };
    let length = choices.below(7);
    let policies = (0..length).map(|number| {
        let family = choices.pick(&families);
        policy(choices, family, number)
    });
    Documents { policies: policies.collect(), settings: settings(choices) }
}

fn settings(choices: &mut Choices) -> Value {
    let mut settings = Map::new();
    let mut set = |name: &str, values: &[&str], percent: usize| {
        if choices.chance(percent) {
            settings.insert(name.to_owned(), json!(choices.pick(values)));
        }
    };
    set("allow_combining", &["all", "any"], 40);
    set("match_default", &["ALLOW", "FLAG", "DENY"], 20);
    set("uncovered", &["allow", "deny_writes", "deny"], 20);
    settings.insert("mcp_methods".to_owned(), json!(["custom/*"]));
    Value::Object(settings)
}

/// One policy of a family.
pub fn policy(choices: &mut Choices, family: &str, number: usize) -> Value {
    let mut metadata = json!({"name": format!("p{number}")});
    if choices.chance(20) {
        metadata["id"] = json!(format!("pol_{number}"));
    }
    let spec = match family {
        "CelPolicy" => cel(choices),
        "RuleSet" => rule_set(choices),
        "MatchPolicy" => match_policy(choices),
        "DlpPolicy" => dlp::spec(choices),
        _ => control(choices),
    };
    json!({
        "apiVersion": "callgate/v1",
        "kind": family,
        "metadata": metadata,
        "enabled": !choices.chance(3),
        "scope": scope(choices),
        "spec": spec,
    })
}

fn scope(choices: &mut Choices) -> Value {
    let (level, names) = match choices.below(12) {
        0 => ("platform", None),
        1 => ("global", None),
        2 => ("group", Some(GROUPS)),
        3 => ("agent", Some(AGENTS)),
        4 => ("run", Some(RUNS)),
        5 => ("mission", Some(MISSIONS)),
        _ => ("tenant", None),
    };
    match names {
        None => json!({"level": level}),
        Some(names) => {
            let mut targets = choices.some(names, 30);
            targets.push(choices.pick(names));
            json!({"level": level, "targets": targets})
        }
    }
}

fn cel(choices: &mut Choices) -> Value {
    let effect = choices.pick(&["allow", "deny"]);
    let depth = choices.below(3);
    json!({"effect": effect, "expression": expression(choices, depth)})
}

fn rule_set(choices: &mut Choices) -> Value {
    let length = 1 + choices.below(3);
    let rules = (0..length).map(|number| {
        let mut rule = rule(choices);
        if choices.chance(30) {
            rule["name"] = json!(format!("n{number}"));
        }
        rule
    });
    json!({"rules": rules.collect::<Vec<Value>>()})
}

fn rule(choices: &mut Choices) -> Value {
    match choices.below(8) {
        0 => lists(choices, json!({"type": "tool"}), PATTERNS),
        1 => {
            let length = 1 + choices.below(2);
            let resource = |choices: &mut Choices| {
                let arg = choices.pick(&["/id", "/id", "/to", "/to", "/n", "/n/id", "/n/0", ""]);
                json!({"tool": choices.pick(&["*_a", "get_*", "*t*a", "del", "chat_*", "*"]), "arg": arg})
            };
            let resources: Vec<Value> = (0..length).map(|_| resource(choices)).collect();
            let rule = json!({"type": "data_access", "resources": resources});
            lists(choices, rule, &["x", "y", "x*", "*y", "1", "*", "1.5", "2"])
        }
        2 | 3 => {
            let by = choices.pick(&["agent", "caller", "tool", "tenant"]);
            let mut rule = json!({"type": "rate", "max": choices.below(4), "by": by});
            match choices.chance(50) {
                true => rule["per"] = json!(choices.pick(&["minute", "hour", "day"])),
                false => rule["window_seconds"] = json!(choices.pick(SECONDS)),
            }
            rule
        }
        4 => {
            let per = choices.pick(&["run", "agent", "day"]);
            json!({"type": "cost", "max_usd": choices.pick(MONEY), "per": per})
        }
        5 => json!({"type": "time", "max_seconds": choices.pick(&["90s", "1h", "60", "15m", "1d"])
            .parse::<u64>().map_or_else(|_| json!("1h"), |seconds| json!(seconds))}),
        6 => {
            let length = 1 + choices.below(2);
            let windows: Vec<Value> = (0..length).map(|_| window(choices)).collect();
            json!({"type": "time", "windows": windows})
        }
        _ => json!({"type": "output", "max_length": 100}),
    }
}

fn lists(choices: &mut Choices, mut rule: Value, names: &[&str]) -> Value {
    let which = choices.below(3);
    let list = |choices: &mut Choices| {
        let length = choices.below(3);
        (0..length).map(|_| choices.pick(names)).collect::<Vec<_>>()
    };
    if which != 0 {
        rule["allow"] = json!(list(choices));
    }
    if which != 1 {
        rule["deny"] = json!(list(choices));
    }
    rule
}

fn window(choices: &mut Choices) -> Value {
    let times = [
        ("09:00", "17:00"),
        ("22:00", "06:00"),
        ("00:00", "24:00"),
        ("02:00", "03:00"),
        ("03:00", "02:30"),
        ("00:00", "00:01"),
        ("24:00", "02:00"),
        ("20:00", "00:00"),
    ];
    let (from, to) = choices.pick(&times);
    let mut window = json!({"from": from, "to": to});
    if choices.chance(60) {
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let mut some = choices.some(&days, 40);
        some.push(choices.pick(&days));
        window["days"] = json!(some);
    }
    if choices.chance(70) {
        window["timezone"] = json!(choices.pick(ZONES));
    }
    window
}

fn match_policy(choices: &mut Choices) -> Value {
    let mut conditions = Map::new();
    let subjects: [(&str, &[&str], usize); 6] = [
        ("agent", AGENTS, 15),
        ("kind", &["tool_call", "chat_completion", "http_request", "*"], 15),
        ("upstream", &["u1", "u2"], 10),
        ("prompt", &["salary", "aws_", ""], 15),
        ("tool", TOOLS, 40),
        ("model", &["gpt", "gpt-x", ""], 10),
    ];
    for (subject, texts, percent) in subjects {
        if choices.chance(percent) {
            conditions.insert(subject.to_owned(), alternatives(choices, texts));
        }
    }
    if choices.chance(15) {
        let names = choices.some(&["x-a", "x-b"], 60);
        let headers = names.into_iter().map(|name| (name.to_owned(), alternatives(choices, TEXTS)));
        conditions.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    json!({
        "conditions": conditions,
        "action": choices.pick(&["ALLOW", "FLAG", "DENY"]),
        "priority": choices.pick(&[-1, 0, 10, 10, 1000]),
    })
}

fn alternatives(choices: &mut Choices, texts: &[&str]) -> Value {
    let mut alternative = || {
        let text = choices.pick(texts);
        // Cut at a place that all of these texts have: they are ASCII.
        let part = &text[choices.below(2).min(text.len())..];
        let plain = part.replace('*', "");
        match choices.below(9) {
            0 => json!({"equals": text}),
            1 => json!({"prefix": &text[..text.len().min(2)]}),
            2 => json!({"suffix": part}),
            3 => json!({"contains": part}),
            4 => json!({"glob": format!("*{part}")}),
            5 => json!({"matches": format!("^{plain}")}),
            6 => json!({"matches": format!("{plain}$")}),
            _ => json!(text),
        }
    };
    match alternative() {
        single if single["equals"].is_string() => single,
        first => match first["matches"].is_string() {
            true => json!([first, alternative()]),
            false => json!([first]),
        },
    }
}

fn control(choices: &mut Choices) -> Value {
    let mut spec = Map::new();
    let members: [(&str, usize, Make); 19] = [
        ("denied_actions", 15, |c| json!(patterns(c))),
        ("allowed_actions", 15, |c| json!([patterns(c), vec![c.pick(&["*", "get_*"])]].concat())),
        ("argument_constraints", 15, |c| by_action(c, schema)),
        ("evidence_requirements", 20, |c| by_action(c, |c| json!(patterns(c)))),
        ("evidence_max_age_seconds", 45, |c| json!(c.pick(SECONDS))),
        ("commit_actions", 15, |c| json!(patterns(c))),
        ("evidence_actions", 20, |c| json!(patterns(c))),
        ("grounding_rules", 15, |c| by_action(c, grounding)),
        ("rate_limits", 25, |c| {
            by_action(c, |c| json!({"max_count": c.below(4), "window_seconds": c.pick(SECONDS)}))
        }),
        ("run_budget", 20, |c| json!(c.pick(MONEY))),
        ("session_budget", 20, |c| json!(c.pick(MONEY))),
        ("action_budgets", 20, |c| by_action(c, |c| json!(c.pick(MONEY)))),
        ("budget_warning_thresholds", 15, |c| json!(c.some(&[1, 50, 80, 100], 50))),
        ("require_approval", 35, |c| json!(c.chance(80))),
        ("approval_actions", 20, |c| json!(patterns(c))),
        ("approval_tags", 15, |c| json!(c.some(TAGS, 40))),
        ("approval_risk_levels", 15, |c| json!(c.some(RISKS, 40))),
        ("approval_threshold_usd", 15, |c| json!(c.pick(MONEY))),
        ("approval_rules", 20, approval_rules),
    ];
    for (name, percent, make) in members {
        if choices.chance(percent) {
            spec.insert(name.to_owned(), make(choices));
        }
    }
    Value::Object(spec)
}

fn by_action(choices: &mut Choices, value: Make) -> Value {
    let patterns = patterns(choices).into_iter();
    let members = patterns.map(|pattern| (pattern.to_owned(), value(choices)));
    Value::Object(members.collect())
}

fn schema(choices: &mut Choices) -> Value {
    let of_field = |choices: &mut Choices| match choices.below(6) {
        0 => json!({"type": choices.pick(&["string", "number", "integer", "array", "null"])}),
        1 => json!({"enum": ["x", 1, null]}),
        2 => json!({"const": choices.pick(TEXTS)}),
        3 => json!({"minimum": choices.pick(&[1.5, 2.0])}),
        4 => json!({"maxLength": choices.below(4)}),
        _ => json!({"type": "object", "required": ["id"]}),
    };
    let fields = choices.some(FIELDS, 40).into_iter();
    let fields = fields.map(|field| (field.to_owned(), of_field(choices)));
    let mut schema = json!({"type": "object", "properties": Value::Object(fields.collect())});
    if choices.chance(40) {
        schema["required"] = json!(choices.some(FIELDS, 40));
    }
    if choices.chance(20) {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn grounding(choices: &mut Choices) -> Value {
    let fields = choices.some(FIELDS, 40).into_iter();
    let members = fields.map(|field| {
        let source = choices.pick(&["id", "to", "user.id"]);
        let mut rule = json!({"source_action": choices.pick(PATTERNS), "source_field": source});
        if choices.chance(50) {
            rule["source_from"] = json!(choices.pick(&["result", "kwargs"]));
        }
        (field.to_owned(), rule)
    });
    Value::Object(members.collect())
}

fn approval_rules(choices: &mut Choices) -> Value {
    let length = 1 + choices.below(2);
    let rules = (0..length).map(|_| {
        let mut rule = Map::new();
        let members: [(&str, Make); 4] = [
            ("actions", |c| json!(patterns(c))),
            ("tags", |c| json!([c.pick(TAGS)])),
            ("risk_levels", |c| json!([c.pick(RISKS)])),
            ("threshold_usd", |c| json!(c.pick(MONEY))),
        ];
        for (name, make) in members {
            if choices.chance(40) {
                rule.insert(name.to_owned(), make(choices));
            }
        }
        Value::Object(rule)
    });
    Value::Array(rules.collect())
}
