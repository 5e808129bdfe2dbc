//! One worker's VM: started as Envoy starts it, called back as Envoy calls it.

use wasmtime::{Instance, Store, WasmParams, WasmResults};

use crate::error::Error;
use crate::exchange::Exchange;
use crate::fault::{Fault, Faults};
use crate::module::Module;
use crate::outcome::{LogLine, Outcome};
use crate::process::Process;
use crate::state::{Hook, State};

/// A started module with one plugin configuration.
pub struct Vm {
    pub(crate) store: Store<State>,
    pub(crate) root: u32,
    pub(crate) failed: bool,
    pub(crate) module: Module,
    pub(crate) instance: Instance,
    pub(crate) configuration: Vec<u8>,
    pub(crate) last_context: u32,
}

impl Vm {
    /// Plays a whole exchange.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn exchange(&mut self, exchange: Exchange) -> Result<Outcome, Error> {
        let open = self.open(exchange)?;
        while self.advance(&open)? {}
        self.close(open)
    }

    /// Makes host calls fail from now on.
    pub fn inject(&mut self, fault: Fault) {
        self.state_mut().faults.add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&mut self) {
        self.state_mut().faults = Faults::default();
    }

    /// Runs `hook` right before the host call `call` after `after` more calls of that name: how a
    /// test puts another worker's exchange between a read and its compare-and-swap.
    pub fn before(&mut self, call: &'static str, after: u64, hook: impl FnOnce() + Send + 'static) {
        let run: Option<Box<dyn FnOnce() + Send>> = Some(Box::new(hook));
        self.state_mut().hooks.push(Hook { call, after, run });
    }

    /// Bytes of linear memory; it never shrinks, so this is also the peak.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let guest = self.state().guest.as_ref();
        guest.map_or(0, |guest| guest.memory.data_size(&self.store))
    }

    /// The process this worker belongs to.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.state().options.process
    }

    /// What the current root context logged: start, configuration, ticks, callout answers.
    #[must_use]
    pub fn root_logs(&self) -> &[LogLine] {
        let usage = self.state().usage.get(&self.root);
        usage.map_or(&[], |usage| usage.logs.as_slice())
    }

    /// Host calls made so far by the root context.
    #[must_use]
    pub fn root_calls(&self) -> u64 {
        let usage = self.state().usage.get(&self.root);
        usage.map_or(0, |usage| usage.host_calls.values().sum())
    }

    /// Whether the VM is dead after a trap.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Calls any exported callback with any words, as no Envoy would: for fuzzing. Nothing that the
    /// module defers is lost, and no stream's script is moved.
    ///
    /// # Errors
    /// `Trap` when the module traps, `Script` when it exports no such function of these words.
    pub fn callback(&mut self, name: &'static str, words: &[u32]) -> Result<Option<u32>, Error> {
        let context = words.first().copied().unwrap_or(0);
        match *words {
            [a] if name == "proxy_on_done" => self.call(name, context, a),
            [a] => self.call::<_, ()>(name, context, a).map(|_| None),
            [a, b] if RETURNING_TWO.contains(&name) => self.call(name, context, (a, b)),
            [a, b] => self.call::<_, ()>(name, context, (a, b)).map(|_| None),
            [a, b, c] => self.call(name, context, (a, b, c)),
            [a, b, c, d, e] => {
                let called = self.call::<_, ()>(name, context, (a, b, c, d, e));
                called.map(|_| None)
            }
            _ => Err(Error::Script("no callback takes so many words")),
        }
    }

    pub(crate) fn state(&self) -> &State {
        self.store.data()
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        self.store.data_mut()
    }

    pub(crate) fn new_context(&mut self) -> u32 {
        self.last_context += 1;
        self.last_context
    }

    /// Runs a callback of `context`, then what it deferred. `None` when it is not exported.
    pub(crate) fn call<P, R>(
        &mut self,
        name: &'static str,
        context: u32,
        params: P,
    ) -> Result<Option<R>, Error>
    where
        P: WasmParams,
        R: WasmResults,
    {
        if self.instance.get_func(&mut self.store, name).is_none() {
            return Ok(None);
        }
        let outcome = self.run(name, context, params);
        match outcome {
            Ok(result) => {
                self.settle();
                Ok(Some(result))
            }
            Err(trap) => {
                self.failed = true;
                Err(Error::Trap {
                    callback: name,
                    trap: format!("{trap:?}"),
                    logs: self.state().log_text(context),
                })
            }
        }
    }

    fn run<P, R>(&mut self, name: &'static str, context: u32, params: P) -> wasmtime::Result<R>
    where
        P: WasmParams,
        R: WasmResults,
    {
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, name)?;
        let state = self.state_mut();
        let fuel = state.options.fuel;
        state.current = context;
        state.effective = 0;
        let usage = state.usage.entry(context).or_default();
        usage.callbacks.push(name);
        self.store.set_fuel(fuel)?;
        let result = function.call(&mut self.store, params);
        let spent = fuel.saturating_sub(self.store.get_fuel()?);
        let usage = self.state_mut().usage.entry(context).or_default();
        usage.fuel = usage.fuel.saturating_add(spent);
        result
    }
}

/// Callbacks of two words that return one.
const RETURNING_TWO: [&str; 4] = [
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_request_trailers",
    "proxy_on_response_trailers",
];

pub(crate) fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
