//! Starting a VM as Envoy does, giving it a new configuration, starting it anew after a trap.

use wasmtime::{Instance, Store};

use crate::error::Error;
use crate::fault::Fault;
use crate::module::Module;
use crate::options::Options;
use crate::state::{Guest, Root, State};
use crate::vm::{Vm, length};

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

    /// Ends the plugin, as Envoy does when no stream of it is left: whether it is done. One that is not says
    /// so later ([`Vm::is_done`]).
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn end(&mut self) -> Result<bool, Error> {
        let root = self.root;
        let done = self.call::<_, u32>("proxy_on_done", root, root)?;
        if done != Some(0) {
            self.state_mut().done.push(root);
        }
        Ok(self.is_done())
    }

    /// Whether the plugin was ended and has nothing left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state().done.contains(&self.root)
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
