//! Log, clock, ticks, properties, contexts, foreign functions.

use wasmtime::{Caller, Linker};

use super::{Answer, Call, Return, Slice, answer, import};
use crate::outcome::LogLine;
use crate::state::State;
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_log", log, level: u32, text: u32, size: u32);
    import!(linker, "proxy_get_log_level", log_level, to: u32);
    import!(linker, "proxy_get_current_time_nanoseconds", time, to: u32);
    import!(linker, "proxy_set_tick_period_milliseconds", tick, period: u32);
    import!(linker, "proxy_get_status", status, code: u32, text: u32, size: u32);
    import!(linker, "proxy_set_effective_context", effective, context: u32);
    import!(linker, "proxy_done", done);
    import!(linker, "proxy_get_property", get_property, path: u32, size: u32, to: u32, len: u32);
    import!(linker, "proxy_set_property", set_property, path: u32, size: u32, value: u32, len: u32);
    linker.func_wrap(
        "env",
        "proxy_call_foreign_function",
        |caller: Caller<'_, State>,
         name: u32,
         size: u32,
         args: u32,
         len: u32,
         to: u32,
         out: u32| {
            answer(caller, "proxy_call_foreign_function", |call| {
                foreign(call, Slice(name, size), Slice(args, len), Return(to, out))
            })
        },
    )?;
    Ok(())
}

/// The last level the ABI names: critical.
const MAX_LEVEL: u32 = 5;

fn log(call: &mut Call<'_, '_>, level: u32, text: u32, size: u32) -> Answer {
    if level > MAX_LEVEL {
        return Err(Status::BadArgument.into());
    }
    let message = call.text(Slice(text, size))?;
    let state = call.state();
    let usage = state.usage.entry(state.context()).or_default();
    usage.logs.push(LogLine { level, message });
    Ok(())
}

fn log_level(call: &mut Call<'_, '_>, to: u32) -> Answer {
    let level = call.state().options.log_level;
    call.write_u32(to, level)
}

fn time(call: &mut Call<'_, '_>, to: u32) -> Answer {
    let now = call.state().options.process.now();
    call.write_u64(to, now)
}

fn tick(call: &mut Call<'_, '_>, period: u32) -> Answer {
    let state = call.state();
    let now = state.options.process.now();
    let root = state.root_of(state.context());
    if let Some(root) = state.roots.get_mut(&root) {
        root.tick_ms = period;
        root.next_tick = now.saturating_add(u64::from(period).saturating_mul(1_000_000));
    }
    Ok(())
}

/// The status of the last gRPC call; there never is one.
fn status(call: &mut Call<'_, '_>, code: u32, text: u32, size: u32) -> Answer {
    call.write_u32(code, 0)?;
    call.give(&[], Return(text, size))
}

fn effective(call: &mut Call<'_, '_>, context: u32) -> Answer {
    let state = call.state();
    if !state.streams.contains_key(&context) && !state.roots.contains_key(&context) {
        return Err(Status::BadArgument.into());
    }
    state.effective = context;
    Ok(())
}

fn done(call: &mut Call<'_, '_>) -> Answer {
    let state = call.state();
    let context = state.context();
    state.done.push(context);
    Ok(())
}

fn get_property(call: &mut Call<'_, '_>, path: u32, size: u32, to: u32, len: u32) -> Answer {
    let path = call.bytes(Slice(path, size))?;
    let value = property(call.state(), &path).ok_or(Status::NotFound)?;
    call.give(&value, Return(to, len))
}

/// Scripted properties first, then what follows from the stream, then filter state by bare name.
fn property(state: &State, path: &[u8]) -> Option<Vec<u8>> {
    let stream = state.streams.get(&state.context());
    let scripted = stream.and_then(|stream| stream.properties.get(path));
    if let Some(value) = scripted.or_else(|| state.options.properties.get(path)) {
        return Some(value.clone());
    }
    let parts: Vec<&[u8]> = path.split(|byte| *byte == 0).collect();
    let header = |name: &str| Some(stream?.request.headers.first(name)?.to_vec());
    match parts.as_slice() {
        [b"plugin_name"] => Some(state.options.name.clone().into_bytes()),
        [b"plugin_root_id"] => Some(state.options.root_id.clone().into_bytes()),
        [b"plugin_vm_id"] => Some(state.options.vm_id.clone().into_bytes()),
        [b"request", b"path"] => header(":path"),
        [b"request", b"method"] => header(":method"),
        [b"request", b"host"] => header(":authority"),
        [b"request", b"scheme"] => header(":scheme"),
        [b"request", b"headers", name] => Some(stream?.request.headers.first(name)?.to_vec()),
        [b"response", b"code"] => {
            let code = stream?.response.headers.text(":status")?;
            Some(code.parse::<u64>().ok()?.to_le_bytes().to_vec())
        }
        [name] => stream?.filter_state.get(*name).cloned(),
        [b"filter_state", name] => {
            let name = name.strip_prefix(b"wasm.")?;
            stream?.filter_state.get(name).cloned()
        }
        _ => None,
    }
}

fn set_property(call: &mut Call<'_, '_>, path: u32, size: u32, value: u32, len: u32) -> Answer {
    let path = call.bytes(Slice(path, size))?;
    let value = call.bytes(Slice(value, len))?;
    let state = call.state();
    let context = state.context();
    let stream = state.streams.get_mut(&context).ok_or(Status::NotFound)?;
    stream.filter_state.insert(path, value);
    Ok(())
}

fn foreign(call: &mut Call<'_, '_>, name: Slice, args: Slice, to: Return) -> Answer {
    let name = call.text(name)?;
    call.bytes(args)?;
    let functions = &call.state().options.foreign_functions;
    let result = functions.get(&name).cloned().ok_or(Status::NotFound)?;
    if to.0 == 0 || to.1 == 0 {
        return Ok(());
    }
    call.give(&result, to)
}
