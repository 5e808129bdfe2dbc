//! The methods of MCP that a client may send; any other is refused.

/// Requests and notifications of all revisions, client to server.
///
/// Source: the MCP schema of 2024-11-05 to 2026-07-28 (`ClientRequest`, `ClientNotification`).
const KNOWN: [&str; 24] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "notifications/cancelled",
    "notifications/initialized",
    "notifications/progress",
    "notifications/roots/list_changed",
    "notifications/tasks/status",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tools/call",
    "tools/list",
];

/// Whether `method` is one of the protocol's own, spelt exactly.
#[must_use]
pub fn is_known(method: &str) -> bool {
    KNOWN.contains(&method)
}
