//! DlpPolicy: what every detector finds in every text, and what every policy makes of that.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Asked, Effect};
use crate::detectors::Detector;
use crate::values::{items, members, strings};

/// How bad a policy finds what a detector finds, and what it asks for; `None` if it does not look.
type Stance = Option<(usize, Effect)>;

/// A detector with the stance of each policy.
type Looking<'a> = (Detector<'a>, Vec<Stance>);

/// From where to where somebody found something.
type Found<'d> = (usize, usize, &'d Looking<'d>);

/// Looks through one text, or a number that tells things apart.
type Look<'l, 'd> = &'l dyn Fn(&str, bool) -> Vec<Found<'d>>;

const SEVERITIES: [&str; 4] = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

pub fn judge(asked: &mut Asked<'_>) {
    let policies = asked.applying("DlpPolicy");
    let certain = policies.iter().filter(|policy| asked.covers(policy) == Some(true));
    let allowed: Vec<&str> = certain.flat_map(|policy| strings(&policy["spec"]["allow"])).collect();
    let detectors = detectors(asked, &policies);
    let but_cards: Vec<_> =
        detectors.iter().filter(|looking| looking.0.name != "payment-card").cloned().collect();
    let look =
        |text: &str, is_id| look(if is_id { &but_cards } else { &detectors }, &allowed, text);
    let (request, is_http) = (asked.request, asked.kind == "http_request");
    let mut found = search(&look, &request["tool"]["name"], "/request/tool/name", "");
    found.extend(search(&look, &request["tool"]["args"], "/request/tool/args", ""));
    found.extend(search(&look, &request["model"], "/request/model", ""));
    found.extend(search(&look, &request["prompt"], "/request/prompt", ""));
    // Also as the texts of a prompt read one after the other, where one goes over into the next.
    let prompts = strings(&request["prompt"]);
    for place in 1..prompts.len() {
        let (cut, path) = (prompts[..place].concat().len(), format!("/request/prompt/{place}"));
        let mut across = look(&prompts[..=place].concat(), false);
        // What begins with a text is not always seen behind another one.
        let last = (0..place).rfind(|place| !prompts[*place].is_empty()).unwrap_or_default();
        let before = prompts[..last].concat().len();
        for (start, end, looking) in look(&prompts[last..=place].concat(), false) {
            let (start, end) = (start + before, end + before);
            let is_same = |(from, to, other): &Found<'_>| {
                (*from, *to, other.0.name) == (start, end, looking.0.name)
            };
            if !across.iter().any(is_same) {
                across.push((start, end, looking));
            }
        }
        across.retain(|(start, end, _)| *start < cut && cut < *end);
        across.sort_by_key(|(start, end, _)| (*start, Reverse(*end)));
        let across = across.into_iter();
        found.extend(across.map(|(_, end, looking)| (path.clone(), (0, end - cut, looking))));
    }
    found.extend(
        search(&look, &request["path"], "/request/path", "").into_iter().filter(|_| is_http),
    );
    for (path, (start, end, (detector, stances))) in &found {
        let worst = stances.iter().flatten().map(|(rank, _)| *rank).max();
        let severity = SEVERITIES[worst.unwrap_or_default()];
        asked.outcome.findings.push(format!("{path} {start}..{end} {} {severity}", detector.name));
    }
    for (place, policy) in policies.iter().enumerate() {
        let found = found.iter().rev().map(|(_, (_, _, looking))| looking);
        let asks = found.filter_map(|(detector, stances)| Some((stances[place]?.1, detector.name)));
        // The last of the greatest from behind: the first.
        let worst = asks.max_by_key(|(effect, _)| *effect);
        if let Some((effect, rule)) = worst.filter(|(effect, _)| *effect > Effect::Allow) {
            let code = if effect == Effect::Deny { "DLP_BLOCKED" } else { "DLP_WARNED" };
            asked.outcome.add(effect, policy, rule, code);
        }
    }
}

/// Everything that somebody looks for, and that nobody who may has off.
fn detectors<'a>(asked: &Asked<'a>, policies: &[&'a Value]) -> Vec<Looking<'a>> {
    let mut looking = Vec::new();
    'detectors: for (detector, owner) in Detector::all(policies) {
        let mut stances = Vec::new();
        for policy in policies {
            let is_anothers = !owner.is_null() && owner != policy["metadata"];
            let changes =
                [detector.name, detector.class].map(|name| change(policy, name, asked.agent));
            let is_off = !is_anothers && changes.iter().any(|change| change["action"] == "off");
            if is_off && asked.covers(policy) == Some(true) {
                continue 'detectors;
            }
            let stance = stance(&policy["spec"], &detector, &changes);
            stances.push(stance.filter(|_| !is_anothers && !is_off));
        }
        looking.push((detector, stances));
    }
    looking.retain(|(_, stances)| stances.iter().any(Option::is_some));
    looking
}

/// What a policy changes of a detector or a class for an agent.
fn change(policy: &Value, name: &str, agent: &str) -> Value {
    match &policy["spec"]["detectors"][name] {
        Value::String(action) => json!({"action": action}),
        change if strings(&change["off_for"]).contains(&agent) => json!({"action": "off"}),
        change => change.clone(),
    }
}

/// The first change that says something counts.
fn stance(spec: &Value, detector: &Detector<'_>, changes: &[Value; 2]) -> Stance {
    let said = |member: &str| changes.iter().find_map(|change| change[member].as_str());
    let is_named = detector.class == "custom" || changes.iter().any(Value::is_object);
    let is_left = spec["looks_for"] == "listed" && !is_named || said("on") == Some("response");
    let severity = said("severity").unwrap_or(detector.severity);
    let action = said("action").or(spec["actions"][severity].as_str());
    let effect = match (action, severity) {
        (Some("deny"), _) | (None, "CRITICAL") => Effect::Deny,
        (Some("flag"), _) | (None, "HIGH" | "MEDIUM") => Effect::Flag,
        _ => Effect::Allow,
    };
    let rank = SEVERITIES.iter().position(|name| *name == severity)?;
    (!is_left).then_some((rank, effect))
}

/// What is found in a text, in its order, without what something else there makes superfluous.
fn look<'d>(detectors: &'d [Looking<'d>], allowed: &[&str], text: &str) -> Vec<Found<'d>> {
    let mut all: Vec<Found<'_>> = Vec::new();
    for looking in detectors {
        let places = looking.0.find(text).into_iter();
        let places = places.filter(|place| !allowed.contains(&&text[place.clone()]));
        all.extend(places.map(|place| (place.start, place.end, looking)));
    }
    all.sort_by_key(|(start, end, looking)| (*start, Reverse(*end), Reverse(looking.0.percent)));
    let mut kept: Vec<Found<'_>> = Vec::new();
    for inner in all {
        if !kept.iter().any(|outer| covers(outer, &inner)) {
            kept.push(inner);
        }
    }
    kept
}

/// Whether the first is as sure and around the second, for everybody who looks for the second.
fn covers((start, end, outer): &Found<'_>, (from, to, inner): &Found<'_>) -> bool {
    let is_around = start <= from && to <= end && outer.0.percent >= inner.0.percent;
    let suffices = |(outer_stance, stance): (&Stance, &Stance)| {
        let is_enough = |asks, wanted| inner.0.class != "custom" || asks >= wanted;
        stance.is_none_or(|wanted| outer_stance.is_some_and(|asks| is_enough(asks.1, wanted.1)))
    };
    is_around && outer.1.iter().zip(&inner.1).all(suffices)
}

/// Looks through a value with all that is in it.
fn search<'d>(
    look: Look<'_, 'd>,
    value: &Value,
    path: &str,
    label: &str,
) -> Vec<(String, Found<'d>)> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // Short numbers are nobody's.
    let is_text = value.is_string() || value.is_number() && text.len() >= 7;
    let here =
        if is_text { look(&text, value.is_number() && is_of_ids(label)) } else { Vec::new() };
    let mut found: Vec<_> = here.into_iter().map(|found| (path.to_owned(), found)).collect();
    for (place, item) in items(value).iter().enumerate() {
        found.extend(search(look, item, &format!("{path}/{place}"), label));
    }
    for (name, member) in members(value) {
        // Names are given away as a whole here.
        let there = look(name, false);
        let blank = there.iter().map(|(_, _, looking)| format!("[{}]", looking.0.name)).min();
        let path = format!("{path}/{}", blank.as_deref().unwrap_or(name));
        found.extend(there.into_iter().map(|found| (path.clone(), found)));
        found.extend(search(look, member, &path, name));
    }
    found
}

/// Whether a name is one of numbers that tell things apart, and of no cards.
fn is_of_ids(name: &str) -> bool {
    let ends = ["id", "ids", "hash", "seed", "nonce", "cursor", "sequence", "snowflake"];
    let cards = ["card", "visa", "maestro", "unionpay"];
    let name = name.to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end)) && !cards.iter().any(|card| name.contains(card))
}
