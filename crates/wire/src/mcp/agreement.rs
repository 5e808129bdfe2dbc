//! Headers that mirror the body must mirror it exactly: whoever routes on them sees what is judged.
use super::head::{Head, METHOD, NAME, VERSION};
use super::header_value;
use super::revision::Revision;
use crate::error::WireError;
use crate::keys::{self, Others};
use callgate_json::Object;

const META: &str = "_meta";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// Whether a message carries the envelope of the stateless revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// A request: method, name and version are mandatory in stateless revisions.
    Request,
    /// A notification or response: what is present must agree.
    Other,
}

/// Compares the mirrored headers with `method` and `params`.
///
/// Source: MCP 2026-07-28, transports, "Header validation".
///
/// # Errors
/// [`WireError::HeaderMismatch`] with the header that disagrees or is missing.
pub(super) fn check(
    head: &Head,
    envelope: Envelope,
    method: &str,
    params: Option<Object<'_>>,
) -> Result<(), WireError> {
    let demanded =
        envelope == Envelope::Request && head.revision.is_some_and(Revision::is_stateless);
    check_version(head, demanded, params)?;
    match head.method.as_deref() {
        Some(mirrored) if mirrored != method => return Err(WireError::HeaderMismatch(METHOD)),
        None if demanded => return Err(WireError::HeaderMismatch(METHOD)),
        Some(_) | None => {}
    }
    check_name(head, demanded, method, params)
}

fn check_version(head: &Head, demanded: bool, params: Option<Object<'_>>) -> Result<(), WireError> {
    let meta = params.and_then(|params| params.get(META)?.as_object());
    if let Some(meta) = meta {
        keys::check(meta, &[META_VERSION], Others::Accepted)?;
    }
    let stated = meta
        .and_then(|meta| meta.get(META_VERSION))
        .map(|value| value.as_str().and_then(Revision::named));
    match stated {
        // The body names a revision: the header must name the same one.
        Some(stated) if stated.is_none() || stated != head.revision => {
            Err(WireError::HeaderMismatch(VERSION))
        }
        None if demanded => Err(WireError::HeaderMismatch(VERSION)),
        Some(_) | None => Ok(()),
    }
}

fn check_name(
    head: &Head,
    demanded: bool,
    method: &str,
    params: Option<Object<'_>>,
) -> Result<(), WireError> {
    let key = match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    };
    let Some(mirrored) = head.name.as_deref() else {
        return match key {
            Some(_) if demanded => Err(WireError::HeaderMismatch(NAME)),
            Some(_) | None => Ok(()),
        };
    };
    // A name header on a method without a name mirrors nothing that could be judged.
    let named = key
        .and_then(|key| params?.get(key)?.as_str())
        .ok_or(WireError::HeaderMismatch(NAME))?;
    match header_value::decode(mirrored) {
        Some(decoded) if decoded == named => Ok(()),
        Some(_) | None => Err(WireError::HeaderMismatch(NAME)),
    }
}
