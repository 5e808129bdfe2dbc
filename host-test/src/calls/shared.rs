//! Shared data and shared queues.

use wasmtime::Linker;

use super::{Answer, Call, Return, Slice, import};
use crate::state::State;
use crate::status::Status;

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    import!(linker, "proxy_get_shared_data", get, key: u32, size: u32, to: u32, len: u32, cas: u32);
    import!(linker, "proxy_set_shared_data", set, key: u32, size: u32, value: u32, len: u32, cas: u32);
    import!(linker, "proxy_register_shared_queue", register, name: u32, size: u32, token: u32);
    import!(linker, "proxy_resolve_shared_queue", resolve, vm: u32, vm_size: u32, name: u32, size: u32, token: u32);
    import!(linker, "proxy_enqueue_shared_queue", enqueue, token: u32, data: u32, size: u32);
    import!(linker, "proxy_dequeue_shared_queue", dequeue, token: u32, to: u32, len: u32);
    Ok(())
}

fn get(call: &mut Call<'_, '_>, key: u32, size: u32, to: u32, len: u32, cas: u32) -> Answer {
    let key = call.bytes(Slice(key, size))?;
    let options = &call.state().options;
    let found = options.process.shared(&options.vm_id, key);
    let (value, version) = found.ok_or(Status::NotFound)?;
    call.give(&value, Return(to, len))?;
    call.write_u32(cas, version)
}

fn set(call: &mut Call<'_, '_>, key: u32, size: u32, value: u32, len: u32, cas: u32) -> Answer {
    let key = call.bytes(Slice(key, size))?;
    let value = call.bytes(Slice(value, len))?;
    let options = &call.state().options;
    options
        .process
        .set_shared(&options.vm_id, key, value, cas)?;
    Ok(())
}

fn register(call: &mut Call<'_, '_>, name: u32, size: u32, token: u32) -> Answer {
    let name = call.bytes(Slice(name, size))?;
    let state = call.state();
    let options = &state.options;
    let id = options.process.register_queue(&options.vm_id, &name);
    let root = state.root_of(state.context());
    state.queues.insert(id, root);
    call.write_u32(token, id)
}

fn resolve(
    call: &mut Call<'_, '_>,
    vm: u32,
    vm_size: u32,
    name: u32,
    size: u32,
    token: u32,
) -> Answer {
    let vm = call.text(Slice(vm, vm_size))?;
    let name = call.bytes(Slice(name, size))?;
    let options = &call.state().options;
    let vm = if vm.is_empty() { &options.vm_id } else { &vm };
    let found = options.process.resolve_queue(vm, &name);
    call.write_u32(token, found.ok_or(Status::NotFound)?)
}

fn enqueue(call: &mut Call<'_, '_>, token: u32, data: u32, size: u32) -> Answer {
    let data = call.bytes(Slice(data, size))?;
    call.state().options.process.enqueue(token, data)?;
    Ok(())
}

fn dequeue(call: &mut Call<'_, '_>, token: u32, to: u32, len: u32) -> Answer {
    let item = call.state().options.process.dequeue(token)?;
    call.give(&item, Return(to, len))
}
