//! The routes of a configuration: none may lead around another.
use super::limits::limits;
use crate::route::{Denial, Route, Routes, is_plain, leads_to};
use callgate_json::{Limits, Value};
use callgate_model::{Fields, Reader};

pub(super) fn read(reader: &mut Reader, value: Value<'_>, bounds: Limits) -> Option<Routes> {
    let (mut judged, mut passed) = (Vec::new(), Vec::new());
    let routes = reader.array(value, "`routes`")?;
    for value in routes.iter() {
        match route(reader, value, bounds) {
            Some(Entry::Judged(route)) => judged.push((*route, value)),
            Some(Entry::Passed(prefix)) => passed.push((prefix, value)),
            None => {}
        }
    }
    let complete = judged.len().saturating_add(passed.len()) == routes.len();
    let alone = each_path_once(reader, &judged);
    let apart = nothing_passes_around(reader, &judged, &passed);
    if !(complete && alone && apart) {
        return None;
    }
    let judged = judged.into_iter().map(|(route, _)| route).collect();
    let passed = passed.into_iter().map(|(prefix, _)| prefix).collect();
    Some(Routes::new(judged, passed))
}

/// Of two routes with one path only the first would ever be used, with its server and denial.
fn each_path_once(reader: &mut Reader, judged: &[(Route, Value<'_>)]) -> bool {
    let mut once = true;
    let mut earlier = judged;
    while let Some(((route, value), before)) = earlier.split_last() {
        if before.iter().any(|(other, _)| other.path() == route.path()) {
            let message = format!("two routes have the path `{}`", route.path());
            let help = "keep one of them".to_owned();
            reader.error("DUPLICATE_ROUTE", *value, message, Some(help));
            once = false;
        }
        earlier = before;
    }
    once
}

/// Many servers answer `/api/mcp/` and `/API/mcp` like `/api/mcp`: a prefix that passes `/api` would
/// let tool calls through that nobody judges.
fn nothing_passes_around(
    reader: &mut Reader,
    judged: &[(Route, Value<'_>)],
    passed: &[(String, Value<'_>)],
) -> bool {
    let mut apart = true;
    for (prefix, value) in passed {
        for (route, _) in judged {
            if leads_to(prefix, route.path()) {
                let path = route.path();
                let message = format!("`{prefix}` would pass other spellings of `{path}` unjudged");
                let help = "pass only paths that the mcp route does not lie under".to_owned();
                reader.error("ROUTE_SHADOWED", *value, message, Some(help));
                apart = false;
            }
        }
    }
    apart
}

enum Entry {
    Judged(Box<Route>),
    Passed(String),
}

fn route(reader: &mut Reader, value: Value<'_>, bounds: Limits) -> Option<Entry> {
    let all = [
        "path",
        "path_prefix",
        "kind",
        "server",
        "denial",
        "limits",
        "tools_list",
    ];
    let fields = reader.fields(value, "a route", &all)?;
    let kind = reader.required(fields, "kind", "a route")?;
    if reader.choice(kind, "`kind`", &[("mcp", false), ("pass", true)])? {
        let fields = reader.fields(value, "a pass route", &["path_prefix", "kind"])?;
        return path(reader, fields, "path_prefix").map(Entry::Passed);
    }
    let known = ["path", "kind", "server", "denial", "limits", "tools_list"];
    let fields = reader.fields(value, "an mcp route", &known)?;
    let mut route = Route::mcp(path(reader, fields, "path")?).with_limits(bounds);
    if let Some(value) = fields.get("server") {
        let server = reader.string(value, "`server`")?;
        let Some(named) = route.with_server(server) else {
            let help = "A-Z a-z 0-9 _ . / -, without `__`, not ending in `_`".to_owned();
            let message = format!("`{server}` cannot prefix tool names");
            reader.error("UNKNOWN_VALUE", value, message, Some(help));
            return None;
        };
        route = named;
    }
    if let Some(value) = fields.get("denial") {
        route = route.with_denial(reader.choice(value, "`denial`", &Denial::NAMED)?);
    }
    if let Some(value) = fields.get("tools_list") {
        let choices = [("filtered", false), ("whole", true)];
        route = route.with_whole_lists(reader.choice(value, "`tools_list`", &choices)?);
    }
    if let Some(value) = fields.get("limits") {
        route = route.with_limits(limits(reader, value, bounds)?);
    }
    Some(Entry::Judged(Box::new(route)))
}

fn path(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<String> {
    let value = reader.required(fields, key, "a route")?;
    let path = reader.string(value, "the path of a route")?;
    let help = match key {
        "path_prefix" if path == "/" || !is_plain(path) || path.ends_with('/') => {
            "a prefix is `/` and names of A-Z a-z 0-9 _ - . ~ between single `/`, none of them `.` or \
             `..`, without a `/` at its end; `/` alone would pass everything"
        }
        "path" if !is_plain(path.split_once('?').map_or(path, |(path, _)| path)) => {
            "a path is `/` and names of A-Z a-z 0-9 _ - . ~ between single `/`, none of them `.` or \
             `..`; servers read other paths in several ways"
        }
        _ => return Some(path.to_owned()),
    };
    let message = format!("`{key}` cannot be `{path}`");
    reader.error("UNKNOWN_VALUE", value, message, Some(help.to_owned()));
    None
}
