//! HTTP calls that the module makes itself; gRPC ones are refused.

use wasmtime::{Caller, Linker};

use super::{Answer, Call, Slice, answer, import};
use crate::headers::Headers;
use crate::process::Callout;
use crate::state::{Pending, State};
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_http_call", http_call)?;
    linker.func_wrap("env", "proxy_grpc_call", grpc_call)?;
    linker.func_wrap("env", "proxy_grpc_stream", grpc_stream)?;
    import!(linker, "proxy_grpc_send", grpc_send, token: u32, data: u32, size: u32, end: u32);
    import!(linker, "proxy_grpc_cancel", grpc_end, token: u32);
    import!(linker, "proxy_grpc_close", grpc_end, token: u32);
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the signature is the ABI's")]
fn http_call(
    caller: Caller<'_, State>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    trailers: u32,
    trailers_size: u32,
    timeout_ms: u32,
    token: u32,
) -> wasmtime::Result<u32> {
    answer(caller, "proxy_http_call", |call| {
        let mut callout = Callout {
            token: 0,
            cluster: call.text(Slice(cluster, cluster_size))?,
            headers: Headers::unmarshal(&call.bytes(Slice(headers, headers_size))?),
            body: call.bytes(Slice(body, body_size))?,
            trailers: Headers::unmarshal(&call.bytes(Slice(trailers, trailers_size))?),
            timeout_ms,
        };
        call.write_u32(token, 0)?;
        check(call.state(), &callout)?;
        callout.token = call.state().token();
        call.write_u32(token, callout.token)?;
        dispatch(call.state(), callout);
        Ok(())
    })
}

/// Envoy refuses unknown clusters and calls without path, method and host at once.
fn check(state: &State, callout: &Callout) -> Answer {
    let required = [":path", ":method", ":authority"];
    let complete = required
        .iter()
        .all(|name| callout.headers.first(name).is_some());
    let known = state.options.clusters.contains(&callout.cluster);
    let timeout = i32::try_from(callout.timeout_ms).is_ok();
    if known && complete && timeout {
        Ok(())
    } else {
        Err(Status::BadArgument.into())
    }
}

fn dispatch(state: &mut State, callout: Callout) {
    let root = state.root_of(state.context());
    let now = state.options.process.now();
    let timeout = u64::from(callout.timeout_ms).saturating_mul(1_000_000);
    state.callouts.push(callout.clone());
    state.pending.push_back(Pending {
        root,
        deadline: (callout.timeout_ms > 0).then(|| now.saturating_add(timeout)),
        callout,
    });
}

/// There is no gRPC service to call: Envoy refuses a service it cannot parse like this.
const NO_SERVICE: Status = Status::ParseFailure;

#[expect(
    clippy::too_many_arguments,
    reason = "the signature is the ABI's, and nothing of it is read"
)]
fn grpc_call(
    caller: Caller<'_, State>,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
) -> wasmtime::Result<u32> {
    answer(caller, "proxy_grpc_call", |_| Err(NO_SERVICE.into()))
}

#[expect(
    clippy::too_many_arguments,
    reason = "the signature is the ABI's, and nothing of it is read"
)]
fn grpc_stream(
    caller: Caller<'_, State>,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
) -> wasmtime::Result<u32> {
    answer(caller, "proxy_grpc_stream", |_| Err(NO_SERVICE.into()))
}

fn grpc_send(_: &mut Call<'_, '_>, _token: u32, _data: u32, _size: u32, _end: u32) -> Answer {
    Err(Status::NotFound.into())
}

fn grpc_end(_: &mut Call<'_, '_>, _token: u32) -> Answer {
    Err(Status::NotFound.into())
}
