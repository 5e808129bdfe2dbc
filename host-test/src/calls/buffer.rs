//! Bodies, configurations and callout bodies, read and replaced by range.

use wasmtime::Linker;

use super::{Answer, Call, Refusal, Return, Slice, import};
use crate::state::State;
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_get_buffer_bytes", get, kind: u32, start: u32, max: u32, to: u32, len: u32);
    import!(linker, "proxy_set_buffer_bytes", set, kind: u32, start: u32, size: u32, data: u32, len: u32);
    import!(linker, "proxy_get_buffer_status", status, kind: u32, len: u32, flags: u32);
    Ok(())
}

fn get(call: &mut Call<'_, '_>, kind: u32, start: u32, max: u32, to: u32, len: u32) -> Answer {
    let start = usize::try_from(start).map_err(|_| Status::BadArgument)?;
    let max = usize::try_from(max).map_err(|_| Status::BadArgument)?;
    let buffer = buffer(call.state(), kind)?;
    let rest = buffer.get(start..).ok_or(Status::BadArgument)?;
    let bytes = rest.get(..max.min(rest.len())).unwrap_or_default().to_vec();
    if bytes.is_empty() {
        // Envoy answers Ok and leaves the module's pointers as they were.
        return Ok(());
    }
    call.give(&bytes, Return(to, len))
}

fn status(call: &mut Call<'_, '_>, kind: u32, len: u32, flags: u32) -> Answer {
    let size = buffer(call.state(), kind)?.len();
    let size = u32::try_from(size).map_err(|_| Status::BadArgument)?;
    call.write_u32(len, size)?;
    call.write_u32(flags, 0)
}

fn buffer(state: &State, kind: u32) -> Result<&[u8], Refusal> {
    let stream = state.streams.get(&state.context());
    let callout = state.callout_response.as_ref();
    let configuring = state.configuring.and_then(|root| state.roots.get(&root));
    let found = match kind {
        0 => stream.map(|stream| stream.request.body.as_slice()),
        1 => stream.map(|stream| stream.response.body.as_slice()),
        4 => callout.map(|response| response.body.as_slice()),
        6 => Some(state.options.vm_configuration.as_slice()),
        7 => configuring.map(|root| root.configuration.as_slice()),
        2 | 3 | 5 | 8 => None,
        _ => return Err(Status::BadArgument.into()),
    };
    found.ok_or(Refusal::Status(Status::NotFound))
}

/// Envoy allows three edits: prepend, replace everything, append.
fn set(call: &mut Call<'_, '_>, kind: u32, start: u32, size: u32, data: u32, len: u32) -> Answer {
    let data = call.bytes(Slice(data, len))?;
    let state = call.state();
    buffer(state, kind)?;
    let context = state.context();
    let stream = state.streams.get_mut(&context).ok_or(Status::BadArgument)?;
    let body = match kind {
        0 => &mut stream.request.body,
        1 => &mut stream.response.body,
        _ => return Err(Status::BadArgument.into()),
    };
    let start = usize::try_from(start).map_err(|_| Status::BadArgument)?;
    let size = usize::try_from(size).map_err(|_| Status::BadArgument)?;
    if start == 0 && size == 0 {
        body.splice(0..0, data);
    } else if start == 0 && size >= body.len() {
        *body = data;
    } else if start > 0 && start >= body.len() {
        body.extend(data);
    } else {
        return Err(Status::BadArgument.into());
    }
    Ok(())
}
