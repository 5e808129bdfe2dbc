//! The values that can stand at a place of a call, cut into classes.
//!
//! A class is *exact* when it has one value, as far as any expression can tell; others say for each
//! form of atom what it comes to on all of their values.

use callgate_model::Timestamp;

use crate::atom::Constant;
use crate::place::Place;
use crate::texts;

/// A class of values.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) kind: Kind,
    /// Values of the class, as JSON; of a class that holds none, nothing.
    pub(crate) samples: Vec<String>,
}

/// What the values of a class have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is no map that the last key could stand in.
    Broken,
    /// The map has no such key; the call has no such attribute.
    Absent,
    /// One value.
    Exact,
    /// Numbers that no type holds: reading one fails.
    Unreadable,
    /// Texts that are not listed.
    Text,
    /// Numbers between two that are listed, on which comparisons agree.
    Between,
    /// Numbers that are not told apart.
    Number,
    /// Instants between two that are listed.
    When,
    /// Lists of anything, but the empty one.
    List,
    /// Lists of texts, but the empty one.
    Texts,
    /// Maps: what they hold is at places of its own.
    Map,
}

/// What can stand at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Anything,
    /// A map of anything.
    Map,
    Text,
    Texts,
    RequestKind,
    Cost,
    Instant,
    /// Never there.
    Nothing,
}

/// Numbers beyond this are not all told apart by comparisons.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The classes of a place that is compared with `points`; `texts` are further texts worth trying.
pub(crate) fn classes(place: &Place, points: &[&Constant], texts: &[String]) -> Vec<Class> {
    let (sort, may_be_absent) = sort(place);
    let mut classes = Vec::new();
    let mut add = |kind: Kind, samples: Vec<String>| classes.push(Class { kind, samples });
    if may_be_absent {
        add(Kind::Absent, Vec::new());
    }
    if place.keys.len() > 1 || place.keys.len() == 1 && holds_anything(&place.attribute) {
        add(Kind::Broken, Vec::new());
    }
    let own: Vec<&str> = points
        .iter()
        .filter_map(|point| match point {
            Constant::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if matches!(sort, Sort::Text | Sort::Anything) {
        for text in &own {
            add(Kind::Exact, vec![quoted(text)]);
        }
        let others = texts.iter().filter(|text| !own.contains(&text.as_str()));
        add(Kind::Text, others.map(|text| quoted(text)).collect());
    }
    match sort {
        Sort::Nothing | Sort::Text => {}
        Sort::RequestKind => {
            for (name, _) in callgate_model::Kind::NAMED {
                add(Kind::Exact, vec![quoted(name)]);
            }
        }
        Sort::Map => add(Kind::Map, vec!["{}".to_owned()]),
        Sort::Texts => {
            add(Kind::Exact, vec!["[]".to_owned()]);
            add(Kind::Texts, lists(points, &own, texts));
        }
        Sort::Instant => instants(points, &mut add),
        Sort::Cost => numbers(points, Numbers::Costs, &mut add),
        Sort::Anything => {
            for value in ["true", "false", "null", "[]"] {
                add(Kind::Exact, vec![value.to_owned()]);
            }
            numbers(points, Numbers::All, &mut add);
            add(Kind::Unreadable, vec!["1e999".to_owned()]);
            let mut samples = lists(points, &own, texts);
            samples.extend(["[1]", "[[]]", "[{}]"].map(str::to_owned));
            add(Kind::List, samples);
            add(Kind::Map, vec!["{}".to_owned()]);
        }
    }
    classes
}

/// What stands at a place, and whether it may be absent there.
fn sort(place: &Place) -> (Sort, bool) {
    match (&*place.attribute, place.keys.as_slice()) {
        ("request.headers", [name]) => match name.bytes().any(|b| b.is_ascii_uppercase()) {
            true => (Sort::Nothing, true),
            false => (Sort::Text, true),
        },
        (_, [_, ..]) => (Sort::Anything, true),
        ("identity.labels" | "request.tool.args" | "request.headers", []) => (Sort::Map, false),
        ("task.labels" | "task.context", []) => (Sort::Anything, true),
        ("identity.groups" | "request.prompt" | "request.tags", []) => (Sort::Texts, false),
        ("request.kind", []) => (Sort::RequestKind, false),
        ("identity.name", []) => (Sort::Text, false),
        ("request.cost_usd", []) => (Sort::Cost, true),
        ("run.started_at", []) => (Sort::Instant, true),
        ("now", []) => (Sort::Instant, false),
        (_, []) => (Sort::Text, true),
    }
}

/// Whether an attribute may be something else than a map, or nothing.
fn holds_anything(attribute: &str) -> bool {
    !matches!(
        attribute,
        "identity.labels" | "request.tool.args" | "request.headers"
    )
}

/// Whether an attribute is a map in every call.
pub(crate) fn is_map(attribute: &str) -> bool {
    !holds_anything(attribute)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    All,
    /// Doubles that stand for whole millionths of a dollar.
    Costs,
}

/// Numbers: the listed ones, and what lies between them.
fn numbers(points: &[&Constant], which: Numbers, add: &mut impl FnMut(Kind, Vec<String>)) {
    let mut listed: Vec<f64> = Vec::new();
    for point in points {
        if let Constant::Number(number) = point {
            // Of the two zeros the positive one.
            listed.push(*number + 0.0);
        }
    }
    let most = match which {
        Numbers::All => EXACT,
        Numbers::Costs => MOST_DOLLARS,
    };
    if listed.iter().any(|n| !n.is_finite() || n.abs() >= most) {
        let samples = listed.iter().filter(|n| n.is_finite());
        let mut samples: Vec<String> = samples.map(|n| double(*n)).collect();
        samples.extend(["0", "1", "-1", "0.5", "9223372036854775807"].map(str::to_owned));
        add(Kind::Number, samples);
        return;
    }
    callgate_json::sort_by(&mut listed, f64::total_cmp);
    listed.dedup();
    for number in &listed {
        match which {
            Numbers::All => {
                if number.fract() == 0.0 {
                    add(Kind::Exact, vec![whole(*number)]);
                }
                add(Kind::Exact, vec![double(*number)]);
                if *number == 0.0 {
                    add(Kind::Exact, vec!["-0.0".to_owned()]);
                }
            }
            Numbers::Costs => {
                if let Some(text) = cost(*number) {
                    add(Kind::Exact, vec![text]);
                }
            }
        }
    }
    let ends = listed.iter().copied().map(Some);
    let from = std::iter::once(None).chain(ends.clone());
    for (from, to) in from.zip(ends.chain(std::iter::once(None))) {
        between(from, to, which, add);
    }
    if which == Numbers::All {
        add(Kind::Between, vec!["18446744073709551615".to_owned()]);
    }
}

/// Whole numbers, and others, strictly between two.
fn between(
    from: Option<f64>,
    to: Option<f64>,
    which: Numbers,
    add: &mut impl FnMut(Kind, Vec<String>),
) {
    let inside = |n: f64| from.is_none_or(|from| n > from) && to.is_none_or(|to| n < to);
    let candidates = match (from, to) {
        (None, None) => vec![1.0, 7.0, -3.0],
        (None, Some(to)) => vec![to.ceil() - 1.0, to.ceil() - 2.0, to.ceil() - 1_000.0],
        (Some(from), None) => vec![
            from.floor() + 1.0,
            from.floor() + 2.0,
            from.floor() + 1_000.0,
        ],
        (Some(from), Some(to)) => vec![
            from.floor() + 1.0,
            to.ceil() - 1.0,
            ((from + to) / 2.0).floor(),
        ],
    };
    let candidates: Vec<f64> = candidates.into_iter().filter(|n| inside(*n)).collect();
    match which {
        Numbers::All => {
            // INVARIANT: `from.floor() + 1` is the least whole number above, if there is one.
            if !candidates.is_empty() {
                add(
                    Kind::Between,
                    candidates.iter().map(|n| whole(*n)).collect(),
                );
            }
            let halves = match (from, to) {
                (Some(from), Some(to)) => vec![(from + to) / 2.0],
                _ => candidates.iter().map(|n| n + 0.5).collect(),
            };
            let halves = halves.into_iter().filter(|n| inside(*n));
            add(Kind::Between, halves.map(double).collect());
        }
        Numbers::Costs => {
            let middle = from.zip(to).map(|(from, to)| (from + to) / 2.0);
            let all = candidates.into_iter().chain(middle);
            let costs = all.filter(|n| inside(*n)).filter_map(cost);
            add(Kind::Between, costs.collect());
        }
    }
}

/// Instants: the listed ones, and what lies between them.
fn instants(points: &[&Constant], add: &mut impl FnMut(Kind, Vec<String>)) {
    let mut listed: Vec<Timestamp> = Vec::new();
    for point in points {
        if let Constant::Instant(instant) = point {
            listed.push(*instant);
        }
    }
    callgate_json::sort_by(&mut listed, Ord::cmp);
    listed.dedup();
    for instant in &listed {
        add(Kind::Exact, vec![quoted(&instant.to_string())]);
    }
    let ends = listed.iter().copied().map(Some);
    let from = std::iter::once(None).chain(ends.clone());
    for (from, to) in from.zip(ends.chain(std::iter::once(None))) {
        let inside = |at: &Timestamp| from.is_none_or(|f| *at > f) && to.is_none_or(|t| *at < t);
        let base = from.or(to).unwrap_or(SOME_DAY);
        // Every hour of a week, for conditions on hours and days; then the nearest neighbours.
        let hours = (-84..84_i64).map(|hour| hour * 3_600 + 60);
        let near = [1, -1, 60, -60].into_iter().chain(hours);
        let found = near.map(|seconds| Timestamp {
            seconds: base.seconds.saturating_add(seconds),
            ..base
        });
        let found = found.filter(inside).map(|at| quoted(&at.to_string()));
        add(Kind::When, found.collect());
    }
}

/// Wednesday, 15 July 2026, noon: when the examples are set that do not depend on the time.
const SOME_DAY: Timestamp = Timestamp {
    seconds: 1_784_116_800,
    nanos: 0,
};

/// The instant of examples that do not depend on the time.
pub(crate) fn some_day() -> Timestamp {
    SOME_DAY
}

/// Lists of texts: of one, of two, of all.
fn lists(points: &[&Constant], own: &[&str], texts: &[String]) -> Vec<String> {
    const PAIRED: usize = 8;
    let list = |items: &[&str]| {
        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        format!("[{}]", items.join(","))
    };
    let mut found: Vec<String> = own.iter().map(|text| list(&[text])).collect();
    found.extend(texts.iter().map(|text| list(&[text])));
    for size in points.iter().filter_map(|point| texts::size(point)) {
        for length in [size.saturating_sub(1), size, size.saturating_add(1)] {
            found.extend((length > 0).then(|| list(&vec!["x"; length])));
        }
    }
    if own.len() > 1 {
        found.push(list(own));
    }
    for (index, one) in own.iter().enumerate().take(PAIRED) {
        for other in own.iter().skip(index.saturating_add(1)).take(PAIRED) {
            found.push(list(&[one, other]));
        }
    }
    found
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    callgate_json::canonical::write_str(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// A whole number that is read as an int.
fn whole(number: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole numbers here are below 2^53"
    )]
    let whole = number as i64;
    whole.to_string()
}

/// A number that is read as a double.
fn double(number: f64) -> String {
    let mut out = Vec::new();
    callgate_json::write_double(number, &mut out);
    let text = String::from_utf8(out).unwrap_or_default();
    // Without a fraction or an exponent it were an int.
    match text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        true => text + ".0",
        false => text,
    }
}

/// Costs beyond this are not all told apart: 2^50 millionths are more.
const MOST_DOLLARS: f64 = 1e9;

/// An amount that is read as exactly this number of dollars, if there is one.
fn cost(number: f64) -> Option<String> {
    let millionths = (number * 1e6).round();
    if !(0.0..=MOST_DOLLARS * 1e6).contains(&millionths) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be small and whole"
    )]
    let amount = callgate_model::MicroUsd(millionths as i64);
    #[expect(clippy::float_cmp, reason = "this very number or none")]
    (amount.dollars() == number).then(|| amount.to_text())
}
