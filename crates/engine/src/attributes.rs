//! What expressions can name, and where in a call each name's value is.

use std::sync::OnceLock;

use callgate_cel::{Environment, Known, SlotId, Type, Value};
use callgate_model::{Call, Headers, Timestamp};

/// Number of attributes: the length of an activation.
pub(crate) const COUNT: usize = 23;

/// The values of one call, in the order of [`declare`].
pub(crate) type Values<'a> = [Option<Value<'a>>; COUNT];

/// The environment of policies: `identity`, `task`, `request`, `run` and `now`.
pub fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(declare)
}

/// The slot of `request.tool.name`: what policies are indexed by.
pub(crate) fn tool_name() -> SlotId {
    environment().slot("request.tool.name").unwrap_or_default()
}

/// The slot of `request.headers`: what a host's headers are copied for.
pub(crate) fn headers() -> SlotId {
    environment().slot("request.headers").unwrap_or_default()
}

fn declare() -> Environment {
    let labels = || Type::map(Type::Dyn);
    let texts = || Type::list(Type::String);
    Environment::builder()
        .leaf("identity.name", Type::String)
        .leaf("identity.labels", labels())
        .leaf("identity.groups", texts())
        .leaf("task.name", Type::String)
        .leaf("task.labels", Type::Dyn)
        .leaf("task.context", Type::Dyn)
        .leaf("request.kind", Type::String)
        .leaf("request.tool.name", Type::String)
        .leaf("request.tool.server", Type::String)
        .leaf("request.tool.args", Type::map(Type::Dyn))
        .leaf("request.upstream", Type::String)
        .leaf("request.method", Type::String)
        .leaf("request.path", Type::String)
        .leaf("request.headers", Type::map(Type::String))
        .leaf("request.prompt", texts())
        .leaf("request.tags", texts())
        .leaf("request.risk", Type::String)
        .leaf("request.impact", Type::String)
        .leaf("request.cost_usd", Type::Double)
        .leaf("request.model", Type::String)
        .leaf("run.id", Type::String)
        .leaf("run.started_at", Type::Timestamp)
        .leaf("now", Type::Timestamp)
        .build()
}

/// The values of a call that was read from JSON, one for each attribute of [`environment`].
pub fn activation<'a>(call: &Call<'a>, now: Timestamp) -> Vec<Option<Value<'a>>> {
    values(call, &[], now).to_vec()
}

const EMPTY_MAP: Value<'static> = Value::Map(&[]);
const EMPTY_LIST: Value<'static> = Value::List(&[]);

/// Headers from the wire as entries of a map.
pub(crate) fn header_entries<'a>(call: &Call<'a>) -> Vec<(Value<'a>, Value<'a>)> {
    match call.request.headers {
        Headers::Pairs(pairs) => {
            let entry =
                |(name, value): &(&'a str, &'a str)| (Value::String(name), Value::String(value));
            pairs.iter().map(entry).collect()
        }
        Headers::Absent | Headers::Json(_) => Vec::new(),
    }
}

/// The values of `call`. Lists and maps of a part that is there are empty when absent; scalars stay
/// absent, so that reading them fails rather than comparing with an invented value.
pub(crate) fn values<'a>(
    call: &Call<'a>,
    headers: &'a [(Value<'a>, Value<'a>)],
    now: Timestamp,
) -> Values<'a> {
    let identity = call.identity;
    let task = call.task;
    let request = &call.request;
    let tool = &request.tool;
    let array = |list: Option<callgate_json::Array<'a>>| list.map_or(EMPTY_LIST, Value::JsonList);
    [
        identity.map(|i| Value::String(i.name)),
        identity.map(|i| i.labels.map_or(EMPTY_MAP, Value::JsonMap)),
        identity.map(|i| array(i.groups)),
        task.and_then(|t| t.name).map(Value::String),
        task.and_then(|t| t.labels.map_or(Some(EMPTY_MAP), readable)),
        task.and_then(|t| t.context).and_then(readable),
        Some(Value::String(request.kind.as_str())),
        tool.name.map(Value::String),
        tool.server.map(Value::String),
        tool.args.map_or(Some(EMPTY_MAP), readable),
        request.upstream.map(Value::String),
        request.method.map(Value::String),
        request.path.map(Value::String),
        Some(match request.headers {
            Headers::Json(object) => Value::JsonMap(object),
            Headers::Absent | Headers::Pairs(_) => Value::Map(headers),
        }),
        Some(array(request.prompt)),
        Some(array(request.tags)),
        request.risk.map(Value::String),
        request.impact.map(Value::String),
        request.cost.map(|cost| Value::Double(cost.dollars())),
        request.model.map(Value::String),
        call.run.id.map(Value::String),
        call.run.started_at.map(Value::Timestamp),
        Some(Value::Timestamp(now)),
    ]
}

/// What is known of a call of which only identity, kind and tool, or method, are: the rest may be anything, and so
/// may the arguments.
pub(crate) fn known<'a>(values: &Values<'a>) -> [Known<'a>; COUNT] {
    const SETTLED: [&str; 6] = [
        "identity.name",
        "identity.labels",
        "identity.groups",
        "request.kind",
        "request.tool.name",
        "request.tool.server",
    ];
    let mut known = [Known::Unknown; COUNT];
    let settled = SETTLED
        .iter()
        .filter_map(|path| environment().slot(path))
        .map(SlotId::index);
    for slot in settled {
        if let (Some(known), Some(value)) = (known.get_mut(slot), values.get(slot)) {
            *known = value.map_or(Known::Absent, Known::Value);
        }
    }
    // Of tool calls it may be any, and nobody says.
    let method = environment().slot("request.method").map(SlotId::index);
    if let Some(slot) = method
        && let (Some(known), Some(Some(value))) = (known.get_mut(slot), values.get(slot))
    {
        *known = Known::Value(*value);
    }
    known
}

/// A number that no type holds stays absent: reading it fails.
fn readable(value: callgate_json::Value<'_>) -> Option<Value<'_>> {
    Value::from_json(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_has_its_place() {
        let environment = environment();
        assert_eq!(environment.declarations().len(), COUNT);
        let path = environment
            .declaration(tool_name())
            .map(|declared| &*declared.path);
        assert_eq!(path, Some("request.tool.name"));
    }
}
