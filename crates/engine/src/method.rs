//! Which MCP messages that are no tool calls may pass.

/// What a session needs to begin, list and end; none of these reads or changes anything behind the
/// server. From the MCP specifications 2025-06-18, 2025-11-25 and 2026-07-28. `GET` opens the
/// server's event stream, `DELETE` ends the session, `response` answers a question of the server.
const PROTOCOL: &[&str] = &[
    "DELETE",
    "GET",
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

/// Whether `method` is the protocol's own or one of `listed`, where `*` at the end matches any rest.
pub(crate) fn allowed(method: &str, listed: &[String]) -> bool {
    let matches = |pattern: &String| match pattern.strip_suffix('*') {
        Some(prefix) => method.starts_with(prefix),
        None => method == pattern,
    };
    PROTOCOL.contains(&method) || listed.iter().any(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_is_refused_unless_listed() {
        let listed = ["resources/*".to_owned(), "prompts/get".to_owned()];
        assert!(allowed("initialize", &[]));
        assert!(!allowed("resources/read", &[]));
        assert!(allowed("resources/read", &listed));
        assert!(allowed("prompts/get", &listed));
        assert!(!allowed("prompts/getx", &listed));
        assert!(!allowed("Initialize", &listed));
        assert!(!allowed("tools/call", &listed));
    }
}
