//! Workers of one process: shared data, traps, limits, reloads.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod probe;

use std::sync::{Arc, Mutex};

use callgate_host_test::{
    Error, Exchange, FailurePolicy, Fault, Module, Options, Process, Status, Vm, When,
};
use probe::{probe, trace};

fn module() -> Module {
    probe(include_str!("probes/workers.wat"))
}

fn worker(options: &Options) -> Vm {
    Vm::start(&module(), "", options.clone()).expect("starts")
}

fn request(mode: &str) -> Exchange {
    Exchange::get("/").header("x-mode", mode)
}

fn counted(process: &Process) -> Option<u32> {
    let (bytes, _) = process.shared("callgate", "n")?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[test]
fn two_workers_on_two_threads_count_exactly() {
    let options = Options::default();
    // The key exists before the race: Envoy has no compare-and-swap for an absent key.
    let seeded = options.process.set_shared("callgate", "n", vec![0; 4], 0);
    seeded.expect("stored");
    let threads = [(); 2].map(|()| {
        let mut vm = worker(&options);
        std::thread::spawn(move || {
            for _ in 0..200 {
                vm.exchange(request("-")).expect("no trap");
            }
        })
    });
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(counted(&options.process), Some(400));
}

#[test]
fn a_write_between_read_and_swap_makes_the_swap_fail_once() {
    let options = Options::default();
    let mut first = worker(&options);
    first.exchange(request("-")).expect("no trap");
    let second = Arc::new(Mutex::new(worker(&options)));
    let intruder = second.clone();
    first.before("proxy_set_shared_data", 0, move || {
        let mut vm = intruder.lock().expect("not poisoned");
        vm.exchange(request("-")).expect("no trap");
    });
    let outcome = first.exchange(request("-")).expect("no trap");
    assert_eq!(outcome.calls("proxy_set_shared_data"), 2);
    assert_eq!(outcome.metrics.get("tries"), Some(&3));
    assert_eq!(counted(&options.process), Some(3));
}

#[test]
fn namespaces_of_shared_data_are_apart() {
    let options = Options::default();
    worker(&options).exchange(request("-")).expect("no trap");
    let other = Options {
        vm_id: "other".into(),
        ..options.clone()
    };
    worker(&other).exchange(request("-")).expect("no trap");
    assert_eq!(counted(&options.process), Some(1));
    assert!(options.process.shared_bytes("other") > 0);
}

#[test]
fn a_trap_is_an_error_with_its_backtrace_and_closes_the_worker() {
    let options = Options::default();
    let mut vm = worker(&options);
    let error = vm.exchange(request("t")).expect_err("traps");
    let Error::Trap { callback, trap, .. } = error else {
        panic!("not a trap: {error}");
    };
    assert_eq!(callback, "proxy_on_request_headers");
    assert!(
        trap.contains("unreachable") && trap.contains("backtrace"),
        "{trap}"
    );
    let outcome = vm.exchange(request("-")).expect("skipped");
    assert_eq!(outcome.status(), Some(503));
    assert!(outcome.forwarded.is_none());
}

#[test]
fn another_stream_of_a_dead_worker_gets_503() {
    let mut vm = worker(&Options::default());
    let bystander = vm.open(request("-")).expect("no trap");
    vm.exchange(request("t")).expect_err("traps");
    let outcome = vm.close(bystander).expect("skipped");
    assert_eq!(outcome.status(), Some(503));
}

#[test]
fn fail_open_bypasses_a_dead_worker() {
    let options = Options {
        failure_policy: FailurePolicy::Open,
        ..Options::default()
    };
    let mut vm = worker(&options);
    vm.exchange(request("t")).expect_err("traps");
    let outcome = vm.exchange(request("-").body("x")).expect("bypassed");
    assert_eq!(outcome.forwarded.expect("forwarded").body, b"x");
    assert!(outcome.callbacks.is_empty());
}

#[test]
fn fail_reload_starts_anew_and_keeps_shared_data() {
    let options = Options {
        failure_policy: FailurePolicy::Reload,
        ..Options::default()
    };
    let mut vm = worker(&options);
    vm.exchange(request("-")).expect("no trap");
    vm.exchange(request("t")).expect_err("traps");
    assert!(vm.failed());
    vm.exchange(request("-")).expect("reloaded");
    assert_eq!(counted(&options.process), Some(2));
}

#[test]
fn a_busy_loop_runs_out_of_fuel() {
    let options = Options {
        fuel: 1_000_000,
        ..Options::default()
    };
    let error = worker(&options).exchange(request("l")).expect_err("traps");
    assert!(error.to_string().contains("fuel"), "{error}");
}

#[test]
fn fuel_is_the_same_for_the_same_exchange() {
    let mut vm = worker(&Options::default());
    let fuel = |vm: &mut Vm| vm.exchange(request("-")).expect("no trap").fuel;
    fuel(&mut vm);
    let spent = fuel(&mut vm);
    assert!(spent > 0);
    assert_eq!(fuel(&mut vm), spent);
}

#[test]
fn memory_grows_up_to_the_ceiling() {
    let mut vm = worker(&Options::default());
    let before = vm.memory_bytes();
    let outcome = vm.exchange(request("m")).expect("no trap");
    assert!(trace(&outcome).contains(&"grow 1 0".to_owned()));
    assert_eq!(vm.memory_bytes(), before + 64 * 65536);

    let options = Options {
        memory_limit: before,
        ..Options::default()
    };
    let mut vm = worker(&options);
    let outcome = vm.exchange(request("m")).expect("no trap");
    assert!(trace(&outcome).contains(&"grow 0 0".to_owned()));
    assert_eq!(vm.memory_bytes(), before);
}

#[test]
fn filter_state_can_be_read_back_and_reaches_the_outcome() {
    let outcome = worker(&Options::default())
        .exchange(request("-"))
        .expect("no trap");
    assert!(trace(&outcome).contains(&"count 0 4".to_owned()));
    let state = outcome.filter_state.get(b"count".as_slice());
    assert_eq!(state, Some(&1u32.to_le_bytes().to_vec()));
}

#[test]
fn a_fault_hits_the_calls_it_names_and_no_others() {
    let property = |when: When, status: Status| {
        let mut vm = worker(&Options::default());
        vm.inject(Fault { when, status });
        let outcome = vm.exchange(request("-")).expect("no trap");
        let line = trace(&outcome)
            .into_iter()
            .find(|line| line.starts_with("count"));
        line.expect("logged")
    };
    let get = "proxy_get_property";
    assert_eq!(property(When::Every(get), Status::Other(77)), "count 77 1");
    assert_eq!(
        property(When::Nth(get, 0), Status::ParseFailure),
        "count 4 1"
    );
    assert_eq!(
        property(When::Nth(get, 1), Status::ParseFailure),
        "count 0 4"
    );
    // get header, increment, get shared, set shared, set property, get property
    assert_eq!(property(When::Index(5), Status::Empty), "count 7 1");
    assert_eq!(property(When::Index(4), Status::Empty), "count 1 1");
}

#[test]
fn the_worst_unnamed_status_reaches_the_module() {
    let mut vm = worker(&Options::default());
    vm.inject(Fault {
        when: When::Every("proxy_get_property"),
        status: Status::Other(u32::MAX),
    });
    let outcome = vm.exchange(request("-")).expect("no trap");
    assert!(trace(&outcome).contains(&"count 94967295 1".to_owned()));
}
