//! Resuming, closing and answering a stream. Envoy does these after the callback returns.

use wasmtime::{Caller, Linker};

use super::{Answer, Call, Slice, answer, import};
use crate::headers::Headers;
use crate::outcome::{Origin, Reply};
use crate::state::State;
use crate::status::Status;
use crate::stream::{Deferred, Direction};

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_continue_stream", resume, kind: u32);
    import!(linker, "proxy_close_stream", close, kind: u32);
    import!(linker, "proxy_clear_route_cache", clear_route_cache);
    linker.func_wrap("env", "proxy_send_local_response", send)?;
    Ok(())
}

fn resume(call: &mut Call<'_, '_>, kind: u32) -> Answer {
    let direction = match kind {
        0 => Direction::Request,
        1 => Direction::Response,
        _ => return Err(Status::BadArgument.into()),
    };
    let state = call.state();
    let context = state.context();
    let Some(stream) = state.streams.get_mut(&context) else {
        return Ok(());
    };
    // Envoy forgets both request maps here, whatever the direction.
    stream.request.headers_visible = false;
    stream.request.trailers_visible = false;
    state
        .deferred
        .push((context, Deferred::Continue(direction)));
    Ok(())
}

fn close(call: &mut Call<'_, '_>, kind: u32) -> Answer {
    if kind > 3 {
        return Err(Status::BadArgument.into());
    }
    let state = call.state();
    let context = state.context();
    state.deferred.push((context, Deferred::Close));
    Ok(())
}

fn clear_route_cache(_: &mut Call<'_, '_>) -> Answer {
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the signature is the ABI's")]
fn send(
    caller: Caller<'_, State>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    grpc_status: i32,
) -> wasmtime::Result<u32> {
    answer(caller, "proxy_send_local_response", |call| {
        let reply = Reply {
            status,
            details: call.bytes(Slice(details, details_size))?,
            body: call.bytes(Slice(body, body_size))?,
            headers: Headers::unmarshal(&call.bytes(Slice(headers, headers_size))?),
            grpc_status,
            origin: Origin::Filter,
        };
        let state = call.state();
        let context = state.context();
        if state.streams.contains_key(&context) {
            state.deferred.push((context, Deferred::Reply(reply)));
        }
        Ok(())
    })
}
