//! The functions that a module may import, and what is common to all of them.

mod buffer;
mod callout;
mod general;
mod map;
mod metric;
mod shared;
mod stream;
mod wasi;

use wasmtime::{Caller, Linker};

use crate::state::State;
use crate::status::Status;

/// Every host call of the ABI, by name.
pub const HOST_CALLS: [&str; 40] = [
    "proxy_add_header_map_value",
    "proxy_call_foreign_function",
    "proxy_clear_route_cache",
    "proxy_close_stream",
    "proxy_continue_stream",
    "proxy_define_metric",
    "proxy_dequeue_shared_queue",
    "proxy_done",
    "proxy_enqueue_shared_queue",
    "proxy_get_buffer_bytes",
    "proxy_get_buffer_status",
    "proxy_get_current_time_nanoseconds",
    "proxy_get_header_map_pairs",
    "proxy_get_header_map_size",
    "proxy_get_header_map_value",
    "proxy_get_log_level",
    "proxy_get_metric",
    "proxy_get_property",
    "proxy_get_shared_data",
    "proxy_get_status",
    "proxy_grpc_call",
    "proxy_grpc_cancel",
    "proxy_grpc_close",
    "proxy_grpc_send",
    "proxy_grpc_stream",
    "proxy_http_call",
    "proxy_increment_metric",
    "proxy_log",
    "proxy_record_metric",
    "proxy_register_shared_queue",
    "proxy_remove_header_map_value",
    "proxy_replace_header_map_value",
    "proxy_resolve_shared_queue",
    "proxy_send_local_response",
    "proxy_set_buffer_bytes",
    "proxy_set_effective_context",
    "proxy_set_header_map_pairs",
    "proxy_set_property",
    "proxy_set_shared_data",
    "proxy_set_tick_period_milliseconds",
];

/// A pointer and a length that the module passed.
#[derive(Clone, Copy)]
struct Slice(u32, u32);

/// Where the module wants a pointer and a length written.
#[derive(Clone, Copy)]
struct Return(u32, u32);

/// Why a host call does not answer Ok.
enum Refusal {
    Status(Status),
    Trap(wasmtime::Error),
}

type Answer = Result<(), Refusal>;

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// One host call in progress.
struct Call<'a, 'c> {
    caller: &'a mut Caller<'c, State>,
}

/// Counts the call, applies hooks and faults, then runs it.
fn answer(
    mut caller: Caller<'_, State>,
    name: &'static str,
    body: impl FnOnce(&mut Call<'_, '_>) -> Answer,
) -> wasmtime::Result<u32> {
    let state = caller.data_mut();
    let usage = state.usage.entry(state.current).or_default();
    *usage.host_calls.entry(name).or_default() += 1;
    run_hooks(state, name);
    if let Some(status) = state.faults.hit(name) {
        return Ok(status.code());
    }
    let mut call = Call {
        caller: &mut caller,
    };
    match body(&mut call) {
        Ok(()) => Ok(Status::Ok.code()),
        Err(Refusal::Status(status)) => Ok(status.code()),
        Err(Refusal::Trap(trap)) => Err(trap),
    }
}

fn run_hooks(state: &mut State, name: &'static str) {
    for hook in &mut state.hooks {
        if hook.call != name || hook.run.is_none() {
            continue;
        }
        if hook.after > 0 {
            hook.after -= 1;
        } else if let Some(run) = hook.run.take() {
            run();
        }
    }
}

impl Call<'_, '_> {
    fn state(&mut self) -> &mut State {
        self.caller.data_mut()
    }

    fn guest(&self) -> Result<crate::state::Guest, Refusal> {
        let guest = self.caller.data().guest.clone();
        guest.ok_or(Refusal::Status(Status::InternalFailure))
    }

    fn bytes(&self, slice: Slice) -> Result<Vec<u8>, Refusal> {
        let guest = self.guest()?;
        let memory = guest.memory.data(&*self.caller);
        let range = range(slice.0, slice.1)?;
        let bytes = memory.get(range).ok_or(Status::InvalidMemoryAccess)?;
        Ok(bytes.to_vec())
    }

    fn text(&self, slice: Slice) -> Result<String, Refusal> {
        let bytes = self.bytes(slice)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Answer {
        let guest = self.guest()?;
        let len = u32::try_from(bytes.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let range = range(at, len)?;
        let memory = guest.memory.data_mut(&mut *self.caller);
        let target = memory.get_mut(range).ok_or(Status::InvalidMemoryAccess)?;
        target.copy_from_slice(bytes);
        Ok(())
    }

    fn write_u32(&mut self, at: u32, value: u32) -> Answer {
        self.write(at, &value.to_le_bytes())
    }

    fn write_u64(&mut self, at: u32, value: u64) -> Answer {
        self.write(at, &value.to_le_bytes())
    }

    /// Copies bytes into memory that the module allocates; empty ones are a null pointer.
    fn give(&mut self, bytes: &[u8], to: Return) -> Answer {
        let len = u32::try_from(bytes.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let mut at = 0;
        if len > 0 {
            let guest = self.guest()?;
            let allocated = guest.allocate.call(&mut *self.caller, len);
            at = allocated.map_err(Refusal::Trap)?;
            if at == 0 {
                return Err(Status::InvalidMemoryAccess.into());
            }
            self.write(at, bytes)?;
        }
        self.write_u32(to.0, at)?;
        self.write_u32(to.1, len)
    }
}

fn range(at: u32, len: u32) -> Result<std::ops::Range<usize>, Refusal> {
    let start = usize::try_from(at).map_err(|_| Status::InvalidMemoryAccess)?;
    let len = usize::try_from(len).map_err(|_| Status::InvalidMemoryAccess)?;
    let end = start.checked_add(len).ok_or(Status::InvalidMemoryAccess)?;
    Ok(start..end)
}

/// Every import a module may have.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    general::link(linker)?;
    buffer::link(linker)?;
    map::link(linker)?;
    stream::link(linker)?;
    shared::link(linker)?;
    metric::link(linker)?;
    callout::link(linker)?;
    wasi::link(linker)
}

/// Binds `env` functions whose arguments are plain words.
macro_rules! import {
    ($linker:ident, $name:literal, $function:path $(, $arg:ident : $ty:ty)*) => {
        $linker.func_wrap("env", $name, |caller: wasmtime::Caller<'_, crate::state::State>, $($arg: $ty),*| {
            crate::calls::answer(caller, $name, |call| $function(call $(, $arg)*))
        })?;
    };
}
use import;
