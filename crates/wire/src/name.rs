//! Names that decide: which spellings of tools and servers are accepted at all.

/// The longest tool name accepted, in bytes; the MCP specification's own bound.
pub const TOOL_NAME_BYTES: usize = 128;

/// What joins a server and one of its tools into the name that policies see.
pub const SEPARATOR: &str = "__";

/// Whether `name` is spelt so that no other reader can take it for another name.
///
/// Only `[A-Za-z0-9_./-]{1,128}`: no white space, no zero-width character, no homoglyph, nothing
/// that folds, trims or normalises to a second spelling.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    (1..=TOOL_NAME_BYTES).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte))
}

/// The longest method name accepted, in bytes.
pub const METHOD_BYTES: usize = 128;

/// Whether `method` is spelt so that no other reader trims, cuts or normalises it into another.
///
/// Only `[A-Za-z0-9_$./-]{1,128}`: every method of MCP and of the Language Server Protocol fits.
#[must_use]
pub fn is_method(method: &str) -> bool {
    (1..=METHOD_BYTES).contains(&method.len())
        && method
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_$./-".contains(&byte))
}

/// Whether `server` can prefix tool names without two pairs ever giving the same full name.
///
/// The first separator in `server__tool` must be the one we wrote, so a server holds none itself
/// and does not end in the character it begins with.
#[must_use]
pub fn is_server(server: &str) -> bool {
    is_plain(server) && !server.contains(SEPARATOR) && !server.ends_with('_')
}

/// Whether `tool`, sent to the route of `server`, already carries that server's prefix.
///
/// A server that strips its own prefix would run `delete` for `crm__delete`, while policies on
/// `crm__delete` would be asked about `crm__crm__delete`.
#[must_use]
pub fn is_prefix_alias(server: &str, tool: &str) -> bool {
    tool.split_once(SEPARATOR)
        .is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(server))
}

#[cfg(test)]
mod tests;
