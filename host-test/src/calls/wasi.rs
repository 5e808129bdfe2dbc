//! The few WASI functions that Envoy resolves, under both of their module names.

use wasmtime::{Caller, Linker};

use super::{Answer, Call, Slice};
use crate::outcome::LogLine;
use crate::state::State;

const EBADF: u32 = 8;
const EFAULT: u32 = 21;
const ENOSYS: u32 = 52;
const ENOTSUP: u32 = 58;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    for module in ["wasi_unstable", "wasi_snapshot_preview1"] {
        linker.func_wrap(module, "fd_write", fd_write)?;
        linker.func_wrap(module, "clock_time_get", clock_time_get)?;
        linker.func_wrap(module, "random_get", random_get)?;
        linker.func_wrap(module, "environ_get", |_: u32, _: u32| 0u32)?;
        linker.func_wrap(module, "environ_sizes_get", sizes)?;
        linker.func_wrap(module, "args_get", |_: u32, _: u32| 0u32)?;
        linker.func_wrap(module, "args_sizes_get", sizes)?;
        linker.func_wrap(module, "fd_read", |_: u32, _: u32, _: u32, _: u32| ENOSYS)?;
        linker.func_wrap(module, "fd_seek", |_: u32, _: i64, _: u32, _: u32| 0u32)?;
        linker.func_wrap(module, "fd_close", |_: u32| 0u32)?;
        linker.func_wrap(module, "fd_fdstat_get", |_: u32, _: u32| EBADF)?;
        linker.func_wrap(module, "sched_yield", || 0u32)?;
        linker.func_wrap(module, "proc_exit", |_: u32| {
            Err::<(), _>(wasmtime::Error::msg("the module called proc_exit"))
        })?;
    }
    Ok(())
}

/// WASI has its own error numbers: any refusal is a bad address there.
fn errno(mut caller: Caller<'_, State>, body: impl FnOnce(&mut Call<'_, '_>) -> Answer) -> u32 {
    let mut call = Call {
        caller: &mut caller,
    };
    body(&mut call).map_or(EFAULT, |()| 0)
}

fn word(call: &Call<'_, '_>, at: u32) -> Result<u32, super::Refusal> {
    let bytes = call.bytes(Slice(at, 4))?;
    let raw = bytes.try_into().unwrap_or_default();
    Ok(u32::from_le_bytes(raw))
}

fn fd_write(caller: Caller<'_, State>, fd: u32, iovs: u32, count: u32, written: u32) -> u32 {
    let level = match fd {
        1 => 2,
        2 => 4,
        _ => return EBADF,
    };
    errno(caller, |call| {
        let mut text = Vec::new();
        for index in 0..count {
            let at = iovs.wrapping_add(index.wrapping_mul(8));
            let slice = Slice(word(call, at)?, word(call, at.wrapping_add(4))?);
            text.extend(call.bytes(slice)?);
        }
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let message = String::from_utf8_lossy(&text).trim_end().to_owned();
        let state = call.state();
        let usage = state.usage.entry(state.context()).or_default();
        usage.logs.push(LogLine { level, message });
        call.write_u32(written, len)
    })
}

fn clock_time_get(caller: Caller<'_, State>, clock: u32, _precision: u64, to: u32) -> u32 {
    if clock > 1 {
        return ENOTSUP;
    }
    errno(caller, |call| {
        let now = call.state().options.process.now();
        call.write_u64(to, now)
    })
}

/// Seeded: the same run draws the same bytes, and each process others.
fn random_get(caller: Caller<'_, State>, to: u32, len: u32) -> u32 {
    errno(caller, |call| {
        let mut bytes = call.bytes(Slice(to, len))?;
        call.state().options.process.draw(&mut bytes);
        call.write(to, &bytes)
    })
}

fn sizes(caller: Caller<'_, State>, count: u32, size: u32) -> u32 {
    errno(caller, |call| {
        call.write_u32(count, 0)?;
        call.write_u32(size, 0)
    })
}
