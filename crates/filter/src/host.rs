//! Every call to the host, each with its own status: what the host refuses is a value, never a trap.
#![expect(
    unsafe_code,
    reason = "the host is reached through imported functions that take addresses"
)]
use crate::pairs::{self, Pairs};
use std::cell::RefCell;

/// What Envoy has of the WebAssembly System Interface, and is used.
mod wasi {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub fn random_get(bytes: *mut u8, length: usize) -> u32;
    }
}

/// The raw functions of the proxy-wasm ABI 0.2.1 that are used, and their statuses as plain numbers.
mod raw {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub fn proxy_log(level: u32, message: *const u8, length: usize) -> u32;
        pub fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
        pub fn proxy_get_buffer_bytes(
            kind: u32,
            start: usize,
            limit: usize,
            data: *mut *mut u8,
            length: *mut usize,
        ) -> u32;
        pub fn proxy_set_buffer_bytes(
            kind: u32,
            start: usize,
            length: usize,
            data: *const u8,
            data_length: usize,
        ) -> u32;
        pub fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
        pub fn proxy_http_call(
            cluster: *const u8,
            cluster_length: usize,
            headers: *const u8,
            headers_length: usize,
            body: *const u8,
            body_length: usize,
            trailers: *const u8,
            trailers_length: usize,
            timeout: u32,
            token: *mut u32,
        ) -> u32;
        pub fn proxy_done() -> u32;
        pub fn proxy_set_effective_context(context: u32) -> u32;
        pub fn proxy_continue_stream(kind: u32) -> u32;
        pub fn proxy_get_property(
            path: *const u8,
            path_length: usize,
            data: *mut *mut u8,
            length: *mut usize,
        ) -> u32;
        pub fn proxy_set_property(
            path: *const u8,
            path_length: usize,
            value: *const u8,
            length: usize,
        ) -> u32;
        pub fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, length: *mut usize) -> u32;
        pub fn proxy_replace_header_map_value(
            map: u32,
            name: *const u8,
            name_length: usize,
            value: *const u8,
            value_length: usize,
        ) -> u32;
        pub fn proxy_remove_header_map_value(map: u32, name: *const u8, length: usize) -> u32;
        pub fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_length: usize,
            body: *const u8,
            body_length: usize,
            headers: *const u8,
            headers_length: usize,
            grpc_status: i32,
        ) -> u32;
        pub fn proxy_define_metric(
            kind: u32,
            name: *const u8,
            length: usize,
            metric: *mut u32,
        ) -> u32;
        pub fn proxy_increment_metric(metric: u32, by: i64) -> u32;
        pub fn proxy_get_shared_data(
            key: *const u8,
            key_length: usize,
            data: *mut *mut u8,
            length: *mut usize,
            version: *mut u32,
        ) -> u32;
        pub fn proxy_set_shared_data(
            key: *const u8,
            key_length: usize,
            data: *const u8,
            length: usize,
            version: u32,
        ) -> u32;
    }
}

/// A host call that did not succeed, with the status it gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostError {
    /// The call, without its `proxy_` prefix.
    pub(crate) call: &'static str,
    /// The status, one of the ABI's or any other number.
    pub(crate) status: u32,
}

impl HostError {
    /// The host called back into a call that had not returned.
    pub(crate) const REENTERED: Self = Self {
        call: "reentry",
        status: u32::MAX,
    };
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// Which header map is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Map {
    Request = 0,
    RequestTrailers = 1,
    Response = 2,
    CalloutResponse = 6,
}

/// A counter the host keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter(u32);

const REQUEST: u32 = 0;
const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const CALLOUT_BODY: u32 = 4;
const PLUGIN_CONFIGURATION: u32 = 7;
const COUNTER: u32 = 0;
/// No gRPC status: the reply is plain HTTP.
const NO_GRPC: i32 = -1;

thread_local! {
    /// Memory that the host asked for and writes its answers into.
    static LENT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Lends the host `length` bytes to write an answer into; null when there is no memory.
///
/// The buffer stays ours: whoever asked collects it by address with [`collect`], so no length that
/// the host names is ever trusted.
pub(crate) fn lend(length: usize) -> *mut u8 {
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(length.max(1)).is_err() {
        return std::ptr::null_mut();
    }
    buffer.resize(length.max(1), 0);
    let address = buffer.as_mut_ptr();
    LENT.with(|lent| match lent.try_borrow_mut() {
        Ok(mut lent) => {
            lent.push(buffer);
            address
        }
        Err(_) => std::ptr::null_mut(),
    })
}

/// Takes back what was lent for one answer.
fn collect(call: &'static str, address: *mut u8, length: usize) -> Result<Vec<u8>, HostError> {
    // An empty answer may come without memory.
    let lost = if length == 0 {
        Ok(Vec::new())
    } else {
        Err(HostError {
            call,
            status: u32::MAX,
        })
    };
    let lent = LENT.with(|lent| match lent.try_borrow_mut() {
        Ok(mut lent) => std::mem::take(&mut *lent),
        Err(_) => Vec::new(),
    });
    match lent
        .into_iter()
        .find(|buffer| std::ptr::eq(buffer.as_ptr(), address))
    {
        Some(mut buffer) if length <= buffer.len() => {
            buffer.truncate(length);
            Ok(buffer)
        }
        Some(_) | None => lost,
    }
}

fn check(call: &'static str, status: u32) -> Result<(), HostError> {
    match status {
        0 => Ok(()),
        status => Err(HostError { call, status }),
    }
}

/// The host has nothing under that name.
const NOT_FOUND: u32 = 1;
/// Another worker wrote first.
const CAS_MISMATCH: u32 = 8;

/// What the workers of one process share under a name.
pub(crate) struct Shared {
    /// The bytes; none while nobody wrote any.
    pub(crate) bytes: Vec<u8>,
    /// What [`share`] must name; 0 while nobody wrote any.
    version: u32,
}

/// Reads what the workers share under `key`.
pub(crate) fn shared(key: &str) -> Result<Shared, HostError> {
    const CALL: &str = "get_shared_data";
    let (mut data, mut length, mut version) = (std::ptr::null_mut(), 0, 0);
    // SAFETY: the host reads `key`, and writes as in `buffer` and four bytes to `version`.
    let status = unsafe {
        raw::proxy_get_shared_data(
            key.as_ptr(),
            key.len(),
            &raw mut data,
            &raw mut length,
            &raw mut version,
        )
    };
    if status == NOT_FOUND {
        let bytes = Vec::new();
        return Ok(Shared { bytes, version: 0 });
    }
    check(CALL, status)?;
    let bytes = collect(CALL, data, length)?;
    // Nobody shares nothing: a host that says so has not answered.
    match bytes.is_empty() {
        true => Err(HostError {
            call: CALL,
            status: u32::MAX,
        }),
        false => Ok(Shared { bytes, version }),
    }
}

/// Writes `bytes` under `key`, or gives false and does nothing if another worker wrote since `seen` was
/// read.
pub(crate) fn share(key: &str, bytes: &[u8], seen: &Shared) -> Result<bool, HostError> {
    // SAFETY: the host reads both during the call only.
    let status = unsafe {
        raw::proxy_set_shared_data(
            key.as_ptr(),
            key.len(),
            bytes.as_ptr(),
            bytes.len(),
            seen.version,
        )
    };
    match status {
        CAS_MISMATCH => Ok(false),
        status => check("set_shared_data", status).map(|()| true),
    }
}

/// Writes a line to the host's log. A log that fails changes nothing else.
pub(crate) fn log(level: Level, message: &str) {
    // SAFETY: the host reads `message` during the call only.
    let _ = unsafe { raw::proxy_log(level as u32, message.as_ptr(), message.len()) };
}

/// Nanoseconds since 1970, by the host's clock.
pub(crate) fn now() -> Result<u64, HostError> {
    let mut time = 0;
    // SAFETY: the host writes eight bytes to `time` during the call.
    let status = unsafe { raw::proxy_get_current_time_nanoseconds(&raw mut time) };
    const CALL: &str = "get_current_time_nanoseconds";
    check(CALL, status)?;
    // A clock that succeeds and says nothing would make every time rule judge 1970.
    match time {
        0 => Err(HostError {
            call: CALL,
            status: u32::MAX,
        }),
        time => Ok(time),
    }
}

/// Sixteen bytes that nobody can guess.
pub(crate) fn random() -> Result<[u8; 16], HostError> {
    let mut bytes = [0; 16];
    // SAFETY: the host writes sixteen bytes during the call.
    let status = unsafe { wasi::random_get(bytes.as_mut_ptr(), bytes.len()) };
    check("random_get", status).map(|()| bytes)
}

/// The configuration of the plugin.
pub(crate) fn configuration(length: usize) -> Result<Vec<u8>, HostError> {
    buffer(PLUGIN_CONFIGURATION, length)
}

/// The request body that is buffered.
pub(crate) fn request_body(length: usize) -> Result<Vec<u8>, HostError> {
    if length == 0 {
        return Ok(Vec::new());
    }
    buffer(REQUEST_BODY, length)
}

/// The response body that is buffered.
pub(crate) fn response_body(length: usize) -> Result<Vec<u8>, HostError> {
    if length == 0 {
        return Ok(Vec::new());
    }
    buffer(RESPONSE_BODY, length)
}

/// The body of the answer that is being delivered.
pub(crate) fn callout_body(length: usize) -> Result<Vec<u8>, HostError> {
    buffer(CALLOUT_BODY, length)
}

/// Says that a context that was not done yet is done.
pub(crate) fn done() -> Result<(), HostError> {
    // SAFETY: nothing is passed.
    check("done", unsafe { raw::proxy_done() })
}

/// Has the host calls of this callback, from here on, act on a stream.
pub(crate) fn act_for(context: u32) -> Result<(), HostError> {
    // SAFETY: a plain number.
    let status = unsafe { raw::proxy_set_effective_context(context) };
    check("set_effective_context", status)
}

/// Lets a request go on that was held.
pub(crate) fn resume_request() -> Result<(), HostError> {
    // SAFETY: a plain number.
    let status = unsafe { raw::proxy_continue_stream(REQUEST) };
    check("continue_stream", status)
}

/// Has the root context called every so many milliseconds.
pub(crate) fn tick_every(milliseconds: u32) -> Result<(), HostError> {
    // SAFETY: a plain number.
    let status = unsafe { raw::proxy_set_tick_period_milliseconds(milliseconds) };
    check("set_tick_period_milliseconds", status)
}

/// Asks a cluster; the answer comes to the root context under the number that this gives.
pub(crate) fn http_call(
    cluster: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    timeout_ms: u32,
) -> Result<u32, HostError> {
    let (headers, trailers) = (pairs::encode(headers), pairs::encode(&[]));
    let mut token = 0;
    // SAFETY: the host reads all during the call only, and writes four bytes to `token`.
    let status = unsafe {
        raw::proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            trailers.as_ptr(),
            trailers.len(),
            timeout_ms,
            &raw mut token,
        )
    };
    check("http_call", status).map(|()| token)
}

/// Puts `bytes` in place of the `length` bytes of response body that are buffered.
pub(crate) fn replace_response_body(length: usize, bytes: &[u8]) -> Result<(), HostError> {
    // SAFETY: the host reads `bytes` during the call only.
    let status = unsafe {
        raw::proxy_set_buffer_bytes(RESPONSE_BODY, 0, length, bytes.as_ptr(), bytes.len())
    };
    check("set_buffer_bytes", status)
}

fn buffer(kind: u32, length: usize) -> Result<Vec<u8>, HostError> {
    const CALL: &str = "get_buffer_bytes";
    let (mut data, mut got) = (std::ptr::null_mut(), 0);
    // SAFETY: the host writes an address of lent memory and a length; `collect` trusts neither.
    let status =
        unsafe { raw::proxy_get_buffer_bytes(kind, 0, length, &raw mut data, &raw mut got) };
    check(CALL, status)?;
    let bytes = collect(CALL, data, got)?;
    // Fewer bytes than announced would be judged while more are forwarded.
    match bytes.len() == length {
        true => Ok(bytes),
        false => Err(HostError {
            call: CALL,
            status: u32::MAX,
        }),
    }
}

/// An attribute of the request or its connection; `None` when there is none. How it is encoded depends
/// on its type: texts are their bytes, lists are pairs.
pub(crate) fn property(path: &[&str]) -> Result<Option<Vec<u8>>, HostError> {
    let path = path.join("\0");
    let (mut data, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: the host reads `path` during the call only; the rest as in `buffer`.
    let status = unsafe {
        raw::proxy_get_property(path.as_ptr(), path.len(), &raw mut data, &raw mut length)
    };
    const CALL: &str = "get_property";
    if status == NOT_FOUND {
        return Ok(None);
    }
    check(CALL, status)?;
    collect(CALL, data, length).map(Some)
}

/// Leaves a text in the stream's filter state, where the access log finds it as `wasm.NAME`.
pub(crate) fn leave(name: &str, text: &str) -> Result<(), HostError> {
    // SAFETY: the host reads both during the call only.
    let status =
        unsafe { raw::proxy_set_property(name.as_ptr(), name.len(), text.as_ptr(), text.len()) };
    check("set_property", status)
}

/// All headers of a map, duplicates included, as bytes.
pub(crate) fn headers(map: Map) -> Result<Pairs, HostError> {
    const CALL: &str = "get_header_map_pairs";
    let (mut data, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: as in `buffer`.
    let status =
        unsafe { raw::proxy_get_header_map_pairs(map as u32, &raw mut data, &raw mut length) };
    check(CALL, status)?;
    let bytes = collect(CALL, data, length)?;
    Pairs::decode(bytes).ok_or(HostError {
        call: CALL,
        status: u32::MAX,
    })
}

/// Sets a header to exactly one value.
pub(crate) fn replace_header(map: Map, name: &[u8], value: &[u8]) -> Result<(), HostError> {
    // SAFETY: the host reads both during the call only.
    let status = unsafe {
        raw::proxy_replace_header_map_value(
            map as u32,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    };
    check("replace_header_map_value", status)
}

/// Removes every line of a header.
pub(crate) fn remove_header(map: Map, name: &[u8]) -> Result<(), HostError> {
    // SAFETY: the host reads `name` during the call only.
    let status =
        unsafe { raw::proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) };
    check("remove_header_map_value", status)
}

/// Answers the request in place of the server behind.
pub(crate) fn reply(
    status: u16,
    details: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<(), HostError> {
    let headers = pairs::encode(headers);
    // SAFETY: the host reads all four during the call only.
    let status = unsafe {
        raw::proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC,
        )
    };
    check("send_local_response", status)
}

/// Defines a counter, or finds the one of that name.
pub(crate) fn counter(name: &str) -> Result<Counter, HostError> {
    let mut metric = 0;
    // SAFETY: the host reads `name` and writes four bytes to `metric` during the call.
    let status =
        unsafe { raw::proxy_define_metric(COUNTER, name.as_ptr(), name.len(), &raw mut metric) };
    check("define_metric", status)?;
    Ok(Counter(metric))
}

/// Adds to a counter.
pub(crate) fn count(counter: Counter, by: u32) -> Result<(), HostError> {
    // SAFETY: plain numbers.
    let status = unsafe { raw::proxy_increment_metric(counter.0, i64::from(by)) };
    check("increment_metric", status)
}
