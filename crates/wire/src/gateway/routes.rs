//! The routes of a configuration: none may lead around another.
use super::limits::limits;
use super::{conflicts, costs, templates};
use crate::llm::{Api, Llm, Vendor};
use crate::route::{Route, Routes, is_plain};
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
    let apart = conflicts::none(reader, &judged, &passed);
    if !(complete && apart) {
        return None;
    }
    let judged = judged.into_iter().map(|(route, _)| route).collect();
    let passed = passed.into_iter().map(|(prefix, _)| prefix).collect();
    Some(Routes::new(judged, passed))
}

enum Entry {
    Judged(Box<Route>),
    Passed(String),
}

/// The kinds of routes.
#[derive(Clone, Copy)]
enum Kind {
    Mcp,
    Http,
    Llm(Vendor),
    Pass,
}

const KINDS: [(&str, Kind); 5] = [
    ("mcp", Kind::Mcp),
    ("http", Kind::Http),
    ("openai", Kind::Llm(Vendor::OpenAi)),
    ("anthropic", Kind::Llm(Vendor::Anthropic)),
    ("pass", Kind::Pass),
];

/// What every judged route may have.
const COMMON: [&str; 6] = ["kind", "server", "upstream", "denial", "limits", "cost"];

fn route(reader: &mut Reader, value: Value<'_>, bounds: Limits) -> Option<Entry> {
    let own = [
        "path",
        "path_prefix",
        "tools_list",
        "templates",
        "api",
        "provider_tools",
    ];
    let fields = reader.fields(value, "a route", &fields_of(&own))?;
    let kind = reader.required(fields, "kind", "a route")?;
    let route = match reader.choice(kind, "`kind`", &KINDS)? {
        Kind::Pass => {
            let fields = reader.fields(value, "a pass route", &["path_prefix", "kind"])?;
            return path(reader, fields, "path_prefix").map(Entry::Passed);
        }
        Kind::Mcp => {
            let own = ["path", "tools_list"];
            let fields = reader.fields(value, "an mcp route", &fields_of(&own))?;
            let mut route = Route::mcp(path(reader, fields, "path")?);
            if let Some(value) = fields.get("tools_list") {
                let choices = [("filtered", false), ("whole", true)];
                route = route.with_whole_lists(reader.choice(value, "`tools_list`", &choices)?);
            }
            route
        }
        Kind::Http => {
            let own = ["templates"];
            let fields = reader.fields(value, "an http route", &fields_of(&own))?;
            Route::http(templates::read(reader, fields)?)
        }
        Kind::Llm(vendor) => {
            let own = ["path", "api", "provider_tools"];
            let fields = reader.fields(value, "a route to models", &fields_of(&own))?;
            Route::llm(path(reader, fields, "path")?, llm(reader, fields, vendor)?)
        }
    };
    common(reader, fields, route, bounds).map(|route| Entry::Judged(Box::new(route)))
}

fn llm(reader: &mut Reader, fields: Fields<'_>, vendor: Vendor) -> Option<Llm> {
    let apis: &[(&str, Api)] = match vendor {
        Vendor::OpenAi => &[
            ("chat", Api::Chat),
            ("responses", Api::Responses),
            ("embeddings", Api::Embeddings),
        ],
        Vendor::Anthropic => &[("chat", Api::Chat)],
    };
    let api = match fields.get("api") {
        None => Some(Api::Chat),
        Some(value) => reader.choice(value, "`api`", apis),
    };
    let provider_tools = match fields.get("provider_tools") {
        None => Some(false),
        Some(value) => {
            let choices = [("refused", false), ("allowed", true)];
            reader.choice(value, "`provider_tools`", &choices)
        }
    };
    Some(Llm {
        vendor,
        api: api?,
        provider_tools: provider_tools?,
    })
}

fn fields_of(own: &[&'static str]) -> Vec<&'static str> {
    COMMON.iter().chain(own).copied().collect()
}

fn common(
    reader: &mut Reader,
    fields: Fields<'_>,
    mut route: Route,
    bounds: Limits,
) -> Option<Route> {
    route = route.with_limits(bounds);
    if let Some(value) = fields.get("server") {
        let server = reader.string(value, "`server`")?;
        let Some(named) = route.with_server(server) else {
            let help = "A-Z a-z 0-9 _ . / -, without `__`, not ending in `_`";
            let message = format!("`{server}` cannot prefix tool names");
            reader.error("UNKNOWN_VALUE", value, message, Some(help.to_owned()));
            return None;
        };
        route = named;
    }
    if let Some(value) = fields.get("upstream") {
        route = route.with_upstream(reader.string(value, "`upstream`")?);
    }
    if let Some(value) = fields.get("denial") {
        let shapes = route.denials();
        route = route.with_denial(reader.choice(value, "`denial`", shapes)?);
    }
    if let Some(value) = fields.get("cost") {
        let models = route.spoken_to_models().is_some();
        route = route.with_cost(costs::read(reader, value, models)?);
    }
    if let Some(value) = fields.get("limits") {
        route = route.with_limits(limits(reader, value, bounds)?);
    }
    Some(route)
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
