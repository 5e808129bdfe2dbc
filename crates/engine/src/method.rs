//! Which MCP messages that are no tool calls may pass.

/// What a session needs to begin, list and end; none of these reads or changes anything behind the
/// server. From the MCP specifications 2025-06-18, 2025-11-25 and 2026-07-28. `GET` opens the
/// server's event stream, `DELETE` ends the session, `response` answers a question of the server.
pub const PROTOCOL: &[&str] = &[
    "DELETE",
    STREAM,
    "initialize",
    "logging/setLevel",
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/roots/list_changed",
    "ping",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "response",
    "server/discover",
    "tools/list",
];

/// What opens the event stream of a session.
pub(crate) const STREAM: &str = "GET";

/// How a message that is no tool call may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the protocol's own.
    Protocol,
    /// The release lists it; deny policies have a say.
    Listed,
    /// Nobody allows it.
    Unknown,
}

/// The standing of `method` under the release's list, where `*` at the end matches any rest.
pub(crate) fn standing(method: &str, listed: &[String]) -> Standing {
    let matches = |pattern: &String| match pattern.strip_suffix('*') {
        Some(prefix) => method.starts_with(prefix),
        None => method == pattern,
    };
    if PROTOCOL.contains(&method) {
        Standing::Protocol
    } else if method != TOOLS_CALL && listed.iter().any(matches) {
        Standing::Listed
    } else {
        Standing::Unknown
    }
}

/// Tool calls are judged as such or not at all, whatever the release lists.
const TOOLS_CALL: &str = "tools/call";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_is_refused_unless_listed() {
        let listed = ["resources/*", "prompts/get", "tools/*"].map(str::to_owned);
        assert_eq!(standing("initialize", &[]), Standing::Protocol);
        assert_eq!(standing("resources/read", &[]), Standing::Unknown);
        assert_eq!(standing("resources/read", &listed), Standing::Listed);
        assert_eq!(standing("prompts/get", &listed), Standing::Listed);
        assert_eq!(standing("prompts/getx", &listed), Standing::Unknown);
        assert_eq!(standing("Initialize", &listed), Standing::Unknown);
        assert_eq!(standing("tools/call", &listed), Standing::Unknown);
    }
}
