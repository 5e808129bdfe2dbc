//! One worker's VM: started as Envoy starts it, called back as Envoy calls it.

use wasmtime::{Instance, Store, WasmParams, WasmResults};

use crate::error::Error;
use crate::exchange::Exchange;
use crate::fault::{Fault, Faults};
use crate::module::Module;
use crate::options::Options;
use crate::outcome::{LogLine, Outcome};
use crate::process::Process;
use crate::state::{Guest, Hook, Root, State};

/// A started module with one plugin configuration.
pub struct Vm {
    pub(crate) store: Store<State>,
    pub(crate) root: u32,
    pub(crate) failed: bool,
    module: Module,
    instance: Instance,
    configuration: Vec<u8>,
    last_context: u32,
}

impl Vm {
    /// Instantiates, creates the root context, runs `on_vm_start` and `on_configure`.
    ///
    /// # Errors
    /// `Trap` when the module traps, `Rejected` when it answers false.
    pub fn start(
        module: &Module,
        configuration: impl Into<Vec<u8>>,
        options: Options,
    ) -> Result<Self, Error> {
        Self::start_with(module, configuration, options, &[])
    }

    /// [`Vm::start`] with host calls that fail from the first on.
    ///
    /// # Errors
    /// As [`Vm::start`].
    pub fn start_with(
        module: &Module,
        configuration: impl Into<Vec<u8>>,
        options: Options,
        faults: &[Fault],
    ) -> Result<Self, Error> {
        let (store, instance) = instantiate(module, options)?;
        let mut vm = Self {
            store,
            instance,
            module: module.clone(),
            configuration: configuration.into(),
            root: 0,
            last_context: 0,
            failed: false,
        };
        for fault in faults {
            vm.inject(*fault);
        }
        vm.boot()?;
        Ok(vm)
    }

    fn boot(&mut self) -> Result<(), Error> {
        self.call::<(), ()>("_initialize", 0, ())?;
        self.call::<(), ()>("_start", 0, ())?;
        let configuration = self.configuration.clone();
        self.root = self.create_root(configuration)?;
        let size = length(self.state().options.vm_configuration.len());
        let root = self.root;
        let started = self.call("proxy_on_vm_start", root, (root, size))?;
        self.accepted("proxy_on_vm_start", root, started)?;
        self.configure(root)
    }

    fn create_root(&mut self, configuration: Vec<u8>) -> Result<u32, Error> {
        let id = self.new_context();
        let root = Root {
            configuration,
            ..Root::default()
        };
        self.state_mut().roots.insert(id, root);
        self.call::<_, ()>("proxy_on_context_create", id, (id, 0u32))?;
        Ok(id)
    }

    fn configure(&mut self, root: u32) -> Result<(), Error> {
        let size = self.state().roots.get(&root);
        let size = length(size.map_or(0, |root| root.configuration.len()));
        self.state_mut().configuring = Some(root);
        let configured = self.call("proxy_on_configure", root, (root, size));
        self.state_mut().configuring = None;
        self.accepted("proxy_on_configure", root, configured?)
    }

    fn accepted(
        &self,
        callback: &'static str,
        root: u32,
        answer: Option<u32>,
    ) -> Result<(), Error> {
        if answer == Some(0) {
            let logs = self.state().log_text(root);
            return Err(Error::Rejected { callback, logs });
        }
        Ok(())
    }

    /// A configuration update: Envoy makes a new root context in the same VM, and streams in
    /// flight keep the old one.
    ///
    /// # Errors
    /// As [`Vm::start`]; when the module answers false the old configuration keeps serving.
    pub fn reconfigure(&mut self, configuration: impl Into<Vec<u8>>) -> Result<(), Error> {
        let configuration = configuration.into();
        let root = self.create_root(configuration.clone())?;
        self.configure(root)?;
        self.root = root;
        self.configuration = configuration;
        Ok(())
    }

    /// A new instance with the same configuration over the same process, as `FAIL_RELOAD` does.
    ///
    /// # Errors
    /// As [`Vm::start`].
    pub fn reload(&mut self) -> Result<(), Error> {
        let options = self.state().options.clone();
        let (store, instance) = instantiate(&self.module, options)?;
        self.store = store;
        self.instance = instance;
        self.last_context = 0;
        self.failed = false;
        self.boot()
    }

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

pub(crate) fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn instantiate(module: &Module, options: Options) -> Result<(Store<State>, Instance), Error> {
    let refused = |error: wasmtime::Error| Error::Refused {
        reason: format!("{error:#}"),
    };
    let fuel = options.fuel;
    let engine = module.linked.module().engine();
    let mut store = Store::new(engine, State::new(options));
    store.limiter(|state| &mut state.limits);
    store.set_fuel(fuel).map_err(refused)?;
    let instance = module.linked.instantiate(&mut store).map_err(refused)?;
    let memory = instance.get_memory(&mut store, "memory");
    let memory = memory.ok_or_else(|| refused(wasmtime::Error::msg("`memory` is not a memory")))?;
    let allocate = instance
        .get_typed_func(&mut store, "proxy_on_memory_allocate")
        .or_else(|_| instance.get_typed_func(&mut store, "malloc"))
        .map_err(refused)?;
    store.data_mut().guest = Some(Guest { memory, allocate });
    Ok((store, instance))
}
