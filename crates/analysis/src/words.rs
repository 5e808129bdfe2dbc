//! Scopes, lists of names and conditions of policies that are no expressions, as conditions on a call.

use callgate_model::Glob;
use callgate_release::spec::{Condition, ControlPolicy, MatchPolicy, Matcher, Subject};
use callgate_release::{Level, Scope};

use crate::domain::quoted;
use crate::formula::Id;
use crate::question::Question;

/// The scope covers the call for certain: what grants needs that.
pub(crate) fn covers(question: &mut Question, scope: &Scope) -> Id {
    scoped(question, scope, false)
}

/// The scope covers the call, or may: what restricts applies then.
pub(crate) fn applies(question: &mut Question, scope: &Scope) -> Id {
    scoped(question, scope, true)
}

fn scoped(question: &mut Question, scope: &Scope, unknown: bool) -> Id {
    let targets: Vec<String> = scope.targets.iter().map(|target| quoted(target)).collect();
    let list = targets.join(", ");
    let attribute = match scope.level {
        Level::Platform | Level::Tenant => return question.formulas.truth(true),
        Level::Agent => return question.expression(&format!("identity.name in [{list}]")),
        Level::Group => {
            let groups: Vec<Id> = targets
                .iter()
                .map(|target| question.expression(&format!("{target} in identity.groups")))
                .collect();
            return question.formulas.any(groups);
        }
        Level::Mission => "mission.id",
        Level::Run => "run.id",
    };
    let named = question.expression(&format!("has({attribute})"));
    let listed = question.expression(&format!("{attribute} in [{list}]"));
    let unknown = question.formulas.truth(unknown);
    question.formulas.choice(named, listed, unknown)
}

/// A name, which is there, matches a pattern.
pub(crate) fn glob(question: &mut Question, name: &str, pattern: &Glob) -> Id {
    let text = pattern.as_str();
    let parts: Vec<&str> = text.split('*').collect();
    let source = match parts.as_slice() {
        [whole] => format!("{name} == {}", quoted(whole)),
        ["", ""] => return question.formulas.truth(true),
        [begin, ""] => format!("{name}.startsWith({})", quoted(begin)),
        ["", end] => format!("{name}.endsWith({})", quoted(end)),
        ["", middle, ""] => format!("{name}.contains({})", quoted(middle)),
        parts => {
            let parts: Vec<String> = parts.iter().map(|part| escaped(part)).collect();
            let pattern = format!("(?s)^{}$", parts.join(".*"));
            format!("{name}.matches({})", quoted(&pattern))
        }
    };
    question.expression(&source)
}

/// A text as a regular expression that matches it alone.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn globs(question: &mut Question, name: &str, patterns: &[Glob]) -> Id {
    let matching: Vec<Id> = patterns
        .iter()
        .map(|pattern| glob(question, name, pattern))
        .collect();
    question.formulas.any(matching)
}

/// A tool rule is broken. A tool call without a name is one of the empty name.
pub(crate) fn tool_rule(question: &mut Question, allow: Option<&[Glob]>, deny: &[Glob]) -> Id {
    let of_name = |question: &mut Question| {
        let denied = globs(question, "request.tool.name", deny);
        let allowed = match allow {
            Some(allow) => globs(question, "request.tool.name", allow),
            None => question.formulas.truth(true),
        };
        let not_allowed = question.formulas.not(allowed);
        question.formulas.any([denied, not_allowed])
    };
    let refuses = |name: &str| Glob::any(deny, name) || allow.is_some_and(|a| !Glob::any(a, name));
    let by_name = of_name(question);
    let named = question.expression("has(request.tool.name)");
    let call = question.expression(r#"request.kind == "tool_call""#);
    let nameless = question.formulas.truth(refuses(""));
    let nameless = question.formulas.all([call, nameless]);
    question.formulas.choice(named, by_name, nameless)
}

/// The lists of a control refuse the call's action: its tool, or else its kind.
pub(crate) fn control_lists(question: &mut Question, spec: &ControlPolicy) -> Id {
    let allowed = spec.allowed_actions.as_deref();
    let refuses = |name: &str| {
        Glob::any(&spec.denied_actions, name) || allowed.is_some_and(|a| !Glob::any(a, name))
    };
    let denied = globs(question, "request.tool.name", &spec.denied_actions);
    let listed = match allowed {
        Some(allowed) => globs(question, "request.tool.name", allowed),
        None => question.formulas.truth(true),
    };
    let unlisted = question.formulas.not(listed);
    let by_name = question.formulas.any([denied, unlisted]);
    let mut by_kind = Vec::new();
    for (name, kind) in callgate_model::Kind::NAMED {
        let action = match kind {
            callgate_model::Kind::ToolCall => "",
            _ => name,
        };
        if refuses(action) {
            by_kind.push(question.expression(&format!("request.kind == {}", quoted(name))));
        }
    }
    let by_kind = question.formulas.any(by_kind);
    let named = question.expression("has(request.tool.name)");
    question.formulas.choice(named, by_name, by_kind)
}

/// Every condition of a match policy holds.
pub(crate) fn matched(question: &mut Question, spec: &MatchPolicy) -> Id {
    let conditions: Vec<Id> = spec
        .conditions
        .iter()
        .map(|condition| holds(question, condition))
        .collect();
    question.formulas.all(conditions)
}

fn holds(question: &mut Question, condition: &Condition) -> Id {
    let (attribute, always) = match &condition.subject {
        Subject::Agent => ("identity.name".to_owned(), true),
        Subject::Kind => ("request.kind".to_owned(), true),
        Subject::Upstream => ("request.upstream".to_owned(), false),
        Subject::Tool => ("request.tool.name".to_owned(), false),
        Subject::Model => ("request.model".to_owned(), false),
        Subject::Header(name) => (format!("request.headers[{}]", quoted(name)), false),
        Subject::Prompt => return prompt(question, condition),
    };
    let matching: Vec<Id> = condition
        .alternatives
        .iter()
        .map(|matcher| alternative(question, &attribute, matcher))
        .collect();
    let matching = question.formulas.any(matching);
    match (always, &condition.subject) {
        (true, _) => matching,
        (false, Subject::Header(name)) => {
            let present = question.expression(&format!("{} in request.headers", quoted(name)));
            question.formulas.all([present, matching])
        }
        (false, _) => {
            let present = question.expression(&format!("has({attribute})"));
            question.formulas.all([present, matching])
        }
    }
}

fn alternative(question: &mut Question, attribute: &str, matcher: &Matcher) -> Id {
    if let Matcher::Glob(pattern) = matcher {
        return glob(question, attribute, pattern);
    }
    let source = condition(attribute, matcher);
    question.expression(&source)
}

/// A matcher as a condition on a text.
fn condition(text: &str, matcher: &Matcher) -> String {
    match matcher {
        Matcher::Equals(wanted) => format!("{text} == {}", quoted(wanted)),
        Matcher::Prefix(wanted) => format!("{text}.startsWith({})", quoted(wanted)),
        Matcher::Suffix(wanted) => format!("{text}.endsWith({})", quoted(wanted)),
        Matcher::Contains(wanted) => format!("{text}.contains({})", quoted(wanted)),
        Matcher::Matches(pattern) => format!("{text}.matches({})", quoted(pattern)),
        Matcher::Glob(pattern) => {
            let parts: Vec<String> = pattern.as_str().split('*').map(escaped).collect();
            let pattern = format!("(?s)^{}$", parts.join(".*"));
            format!("{text}.matches({})", quoted(&pattern))
        }
    }
}

/// Some text of the prompt matches; each alternative by itself, so that policies share them.
fn prompt(question: &mut Question, wanted: &Condition) -> Id {
    let alternatives: Vec<Id> = wanted
        .alternatives
        .iter()
        .map(|matcher| {
            let condition = condition("t", matcher);
            question.expression(&format!("request.prompt.exists(t, {condition})"))
        })
        .collect();
    question.formulas.any(alternatives)
}
