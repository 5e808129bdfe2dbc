//! Answers of plain HTTP APIs: problem details (RFC 9457).
use super::{Refusal, Reply};
use crate::error::WireError;
use crate::route::Denial;
use callgate_json::Writer;

const PROBLEM: (&str, &str) = ("content-type", "application/problem+json");
/// The status of what is refused as not there.
const NOT_FOUND: u16 = 404;

pub(super) fn error(error: WireError, denial: Denial) -> Reply {
    let status = match error.status() {
        // Only JSON-RPC has errors in successes.
        200 => 400,
        status => status,
    };
    if denial == Denial::Stealth && status == NOT_FOUND {
        return hidden();
    }
    written(status, &error.to_string(), |writer| {
        let reasons = writer.key("reasons").begin_array();
        reasons.str(error.code()).end_array();
    })
}

pub(super) fn refusal(refusal: &Refusal<'_>, status: u16, denial: Denial) -> Reply {
    match denial {
        Denial::Stealth => hidden(),
        Denial::JsonRpc | Denial::Http403 | Denial::IsError => {
            written(status, &refusal.sentence(), |writer| {
                refusal.write_members(writer);
            })
        }
    }
}

/// Says what many servers say about a path that does not exist.
fn hidden() -> Reply {
    written(NOT_FOUND, "", |_| {})
}

/// Members in the order of their names.
fn written(status: u16, detail: &str, members: impl FnOnce(&mut Writer<'_>)) -> Reply {
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    writer.begin_object();
    if !detail.is_empty() {
        writer.key("detail").str(detail);
    }
    members(&mut writer);
    writer.key("status").uint(status.into());
    writer.key("title").str(title(status));
    writer.end_object();
    Reply {
        status,
        headers: vec![PROBLEM],
        body,
    }
}

/// The words of a status (RFC 9110 §15): without a `type` they are the title of a problem.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        NOT_FOUND => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Refused",
    }
}
