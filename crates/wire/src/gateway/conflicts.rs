//! What keeps routes apart: no path stands for two of them, and none leads around another.
use crate::api::Template;
use crate::route::{Route, leads_to, without_query};
use callgate_json::Value;
use callgate_model::Reader;

/// A route with its place in the configuration.
pub(super) type Judged<'v> = (Route, Value<'v>);

/// Whether the routes are apart; every conflict is an error of the reader.
pub(super) fn none(
    reader: &mut Reader,
    judged: &[Judged<'_>],
    passed: &[(String, Value<'_>)],
) -> bool {
    let alone = each_path_once(reader, judged);
    let apart = nothing_passes_around(reader, judged, passed);
    alone && apart
}

/// Of two routes with one path only the first would ever be used, with its server and denial.
fn each_path_once(reader: &mut Reader, judged: &[Judged<'_>]) -> bool {
    let mut once = true;
    let mut earlier = judged;
    while let Some(((route, value), before)) = earlier.split_last() {
        for (other, _) in before {
            if let Some((path, help)) = clash(route, other) {
                let message = format!("two routes have the path `{path}`");
                reader.error("DUPLICATE_ROUTE", *value, message, Some(help.to_owned()));
                once = false;
            }
        }
        earlier = before;
    }
    once
}

/// A path that two routes have, and what to do about it.
fn clash<'r>(route: &'r Route, other: &'r Route) -> Option<(&'r str, &'static str)> {
    match (route.has_one_path(), other.has_one_path()) {
        (true, true) => (route.path() == other.path()).then(|| (route.path(), "keep one of them")),
        (true, false) => taken(route, other),
        (false, true) => taken(other, route),
        (false, false) => {
            let same = |one: &&Template| other.templates().iter().any(|two| is_same(one, two));
            let template = route.templates().iter().find(same)?;
            let help = "a path and all its methods belong into one route";
            Some((template.path(), help))
        }
    }
}

/// Whether a path that a route has alone fits a template of another, in whatever spelling.
fn taken<'r>(alone: &'r Route, other: &Route) -> Option<(&'r str, &'static str)> {
    let path = without_query(alone.path()).trim_end_matches('/');
    let mut templates = other.templates().iter();
    let fits = templates.any(|template| template.pattern().fit(path).is_some());
    let help =
        "one of them is a template that the other one's path fits; begin it with another segment";
    fits.then_some((alone.path(), help))
}

fn is_same(one: &Template, two: &Template) -> bool {
    one.pattern().is_shaped_like(two.pattern())
}

/// Many servers answer `/api/mcp/` and `/API/mcp` like `/api/mcp`: a prefix that passes `/api` would
/// let tool calls through that nobody judges.
fn nothing_passes_around(
    reader: &mut Reader,
    judged: &[Judged<'_>],
    passed: &[(String, Value<'_>)],
) -> bool {
    let mut apart = true;
    for (prefix, value) in passed {
        for path in judged.iter().flat_map(|(route, _)| under(route, prefix)) {
            let message = format!("`{prefix}` would pass other spellings of `{path}` unjudged");
            let help = "pass only paths that no judged route lies under".to_owned();
            reader.error("ROUTE_SHADOWED", *value, message, Some(help));
            apart = false;
        }
    }
    apart
}

/// The paths of a route that lie under a prefix.
fn under<'r>(route: &'r Route, prefix: &str) -> Vec<&'r str> {
    if route.has_one_path() {
        let lies = leads_to(prefix, route.path());
        return lies.then(|| route.path()).into_iter().collect();
    }
    let templates = route.templates().iter();
    let lies = templates.filter(|template| template.pattern().reaches_under(prefix));
    lies.map(Template::path).collect()
}
