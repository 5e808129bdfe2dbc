//! Answers that the vendors' own clients raise as errors of a request that is not permitted.
use super::{JSON, Refusal, RefusalKind, Reply};
use crate::error::WireError;
use crate::llm::Vendor;
use callgate_json::Writer;

pub(super) fn error(vendor: Vendor, error: WireError) -> Reply {
    let status = match error.status() {
        // Only JSON-RPC has errors in successes.
        200 => 400,
        status => status,
    };
    let kind = "invalid_request_error";
    written(
        vendor,
        status,
        kind,
        error.code(),
        &error.to_string(),
        |writer| {
            writer.begin_object();
            writer.key("reasons").begin_array();
            writer.str(error.code()).end_array();
            writer.end_object();
        },
    )
}

pub(super) fn refusal(vendor: Vendor, refusal: &Refusal<'_>, status: u16) -> Reply {
    let kind = match (refusal.kind, status) {
        (RefusalKind::Unauthenticated, _) => "authentication_error",
        (RefusalKind::RateLimited, _) => "rate_limit_error",
        (_, 404) => "not_found_error",
        (_, 503) => "api_error",
        (RefusalKind::Denied | RefusalKind::PendingApproval, _) => "permission_error",
    };
    let sentence = refusal.sentence();
    written(vendor, status, kind, refusal.code, &sentence, |writer| {
        refusal.write_data(writer);
    })
}

/// OpenAI: `{"error": {message, type, code, param}}`; Anthropic: `{"type": "error", "error": {type,
/// message}}`. What is ours stands in `callgate`, which their clients keep.
fn written(
    vendor: Vendor,
    status: u16,
    kind: &str,
    code: &str,
    message: &str,
    data: impl FnOnce(&mut Writer<'_>),
) -> Reply {
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    writer.begin_object();
    writer.key("error").begin_object();
    writer.key("callgate");
    data(&mut writer);
    writer.key("code").str(code);
    writer.key("message").str(message);
    if vendor == Vendor::OpenAi {
        writer.key("param").null();
    }
    writer.key("type").str(kind);
    writer.end_object();
    if vendor == Vendor::Anthropic {
        writer.key("type").str("error");
    }
    writer.end_object();
    Reply {
        status,
        headers: vec![JSON],
        body,
    }
}
