//! The functions the host calls, and which context each is for.
#![expect(
    unsafe_code,
    reason = "the host finds these functions by name, so the names are not mangled"
)]
use crate::host;
use crate::root::{Records, Root};
use crate::stream::{Step, Stream};
use std::cell::RefCell;
use std::collections::BTreeMap;

#[derive(Default)]
struct Vm {
    roots: BTreeMap<u32, Root>,
    streams: BTreeMap<u32, Stream>,
}

thread_local! {
    static VM: RefCell<Vm> = RefCell::new(Vm::default());
}

/// Runs `callback` on the VM; a host that calls back into itself gets `otherwise`, never a trap.
fn with_vm<T>(otherwise: T, callback: impl FnOnce(&mut Vm) -> T) -> T {
    VM.with(|vm| match vm.try_borrow_mut() {
        Ok(mut vm) => callback(&mut vm),
        Err(_) => otherwise,
    })
}

/// Runs `callback` on a stream; a stream that is not known goes nowhere.
fn with_stream(context: u32, callback: impl FnOnce(&mut Stream) -> Step) -> u32 {
    let step = with_vm(Step::Pause, |vm| {
        vm.streams.get_mut(&context).map_or(Step::Pause, callback)
    });
    step as u32
}

/// Marks the ABI version.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

/// Lends the host memory for an answer.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(length: usize) -> *mut u8 {
    host::lend(length)
}

/// A plugin (no root) or one of its HTTP streams begins.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(context: u32, root: u32) {
    with_vm((), |vm| {
        if root == 0 {
            vm.roots.insert(context, Root::default());
        } else {
            let plugin = vm.roots.get(&root).map(Root::plugin).unwrap_or_default();
            vm.streams.insert(context, Stream::new(context, plugin));
        }
    });
}

/// The VM starts; there is nothing to prepare.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_vm_start(_root: u32, _length: usize) -> u32 {
    1
}

/// A plugin gets its configuration. Always succeeds: what cannot be used denies everything.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_configure(root: u32, length: usize) -> u32 {
    with_vm((), |vm| {
        let queues: Vec<Records> = vm.roots.values().filter_map(Root::records).collect();
        // A new configuration comes in a root context of its own.
        let before: Vec<_> = vm.roots.values().rev().map(Root::plugin).collect();
        let plugin = vm.roots.entry(root).or_default();
        plugin.configure(root, length, &queues, &before);
    });
    1
}

/// Time has passed.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_tick(root: u32) {
    with_vm((), |vm| {
        if let Some(root) = vm.roots.get_mut(&root) {
            root.on_tick();
        }
        // Last: each acts for itself.
        vm.streams.values_mut().for_each(Stream::on_tick);
    });
}

/// An answer to a question of a plugin arrived, or none will.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_http_call_response(
    root: u32,
    token: u32,
    _headers: usize,
    length: usize,
    _trailers: usize,
) {
    with_vm((), |vm| {
        let mut streams = vm.streams.values_mut();
        if let Some(stream) = streams.find(|stream| stream.awaits(token)) {
            stream.on_answer(length);
        } else if let Some(root) = vm.roots.get_mut(&root) {
            root.on_answer(token, length);
            // Some may have waited for what it brought.
            vm.streams.values_mut().for_each(Stream::on_tick);
        }
    });
}

/// Request headers arrived.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(context: u32, _count: usize, end: u32) -> u32 {
    with_stream(context, |stream| stream.on_request_headers(end != 0))
}

/// More of the request body arrived; `length` is all that is buffered.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_body(context: u32, length: usize, end: u32) -> u32 {
    with_stream(context, |stream| stream.on_request_body(length, end != 0))
}

/// Request trailers arrived: the body is complete.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_trailers(context: u32, _count: usize) -> u32 {
    with_stream(context, Stream::on_request_trailers)
}

/// Response headers arrived.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_headers(context: u32, _count: usize, end: u32) -> u32 {
    with_stream(context, |stream| stream.on_response_headers(end != 0))
}

/// More of the response body arrived; `length` is all that is buffered.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_body(context: u32, length: usize, end: u32) -> u32 {
    with_stream(context, |stream| stream.on_response_body(length, end != 0))
}

/// Response trailers arrived: the body is complete.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_trailers(context: u32, _count: usize) -> u32 {
    with_stream(context, Stream::on_response_trailers)
}

/// A context ends; a plugin's records may be outstanding.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_done(context: u32) -> u32 {
    with_vm(1, |vm| {
        if let Some(stream) = vm.streams.get_mut(&context) {
            stream.on_done();
            return 1;
        }
        let others = vm.roots.iter().filter(|(id, _)| **id != context);
        let plugins: Vec<_> = others.map(|(_, root)| root.plugin()).collect();
        let root = vm.roots.get_mut(&context);
        u32::from(root.is_none_or(|root| root.on_done(&plugins)))
    })
}

/// A context is gone.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_delete(context: u32) {
    with_vm((), |vm| {
        if let Some(mut stream) = vm.streams.remove(&context) {
            stream.abandon();
        }
        vm.roots.remove(&context);
    });
}
