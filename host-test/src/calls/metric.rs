//! Counters, gauges and histograms; ids carry the kind in their low bits, as in Envoy.

use wasmtime::Linker;

use super::{Answer, Call, Refusal, Slice, import};
use crate::state::State;
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_define_metric", define, kind: u32, name: u32, size: u32, id: u32);
    import!(linker, "proxy_increment_metric", increment, id: u32, by: i64);
    import!(linker, "proxy_record_metric", record, id: u32, value: u64);
    import!(linker, "proxy_get_metric", get, id: u32, to: u32);
    Ok(())
}

const COUNTER: u32 = 0;
const GAUGE: u32 = 1;
const HISTOGRAM: u32 = 2;
const KINDS: u32 = 4;

fn define(call: &mut Call<'_, '_>, kind: u32, name: u32, size: u32, id: u32) -> Answer {
    if kind > HISTOGRAM {
        return Err(Status::BadArgument.into());
    }
    let name = call.text(Slice(name, size))?;
    let state = call.state();
    state.options.process.define_metric(kind, &name);
    let index = u32::try_from(state.metrics.len()).map_err(|_| Status::InternalFailure)?;
    state.metrics.push((kind, name));
    call.write_u32(id, index * KINDS + kind)
}

fn lookup(state: &State, id: u32) -> Result<(u32, String), Refusal> {
    let index = usize::try_from(id / KINDS).map_err(|_| Status::NotFound)?;
    let (kind, name) = state.metrics.get(index).ok_or(Status::NotFound)?;
    if *kind != id % KINDS {
        return Err(Status::NotFound.into());
    }
    Ok((*kind, name.clone()))
}

fn increment(call: &mut Call<'_, '_>, id: u32, by: i64) -> Answer {
    let state = call.state();
    let (kind, name) = lookup(state, id)?;
    if kind == HISTOGRAM || (kind == COUNTER && by <= 0) {
        return Err(Status::BadArgument.into());
    }
    let process = &state.options.process;
    process.update_metric(kind, &name, |value| value.wrapping_add_signed(by));
    Ok(())
}

fn record(call: &mut Call<'_, '_>, id: u32, value: u64) -> Answer {
    let state = call.state();
    let (kind, name) = lookup(state, id)?;
    let process = &state.options.process;
    process.update_metric(kind, &name, |old| match kind {
        GAUGE => value,
        COUNTER => old.wrapping_add(value),
        _ => old.wrapping_add(1),
    });
    Ok(())
}

fn get(call: &mut Call<'_, '_>, id: u32, to: u32) -> Answer {
    let state = call.state();
    let (kind, name) = lookup(state, id)?;
    if kind == HISTOGRAM {
        return Err(Status::BadArgument.into());
    }
    let value = state.options.process.metric_of(kind, &name);
    call.write_u64(to, value.ok_or(Status::NotFound)?)
}
