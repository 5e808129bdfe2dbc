//! The CEL engine alone, in wasmtime as a host would run it: no fuel, nothing imported.

use wasmtime::{Engine, Instance, Module, Store, TypedFunc};

use crate::error::Error;

/// An instance of the module `callgate-cel-module`.
pub struct CelModule {
    store: Store<()>,
    prepare: TypedFunc<u32, ()>,
    ask: TypedFunc<u32, u32>,
}

impl CelModule {
    /// Compiles and starts a module.
    ///
    /// # Errors
    /// `Refused` when the bytes are no such module.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |error: wasmtime::Error| Error::Refused {
            reason: format!("{error:#}"),
        };
        let engine = Engine::default();
        let module = Module::new(&engine, bytes).map_err(refused)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).map_err(refused)?;
        let prepare = instance.get_typed_func(&mut store, "prepare");
        let ask = instance.get_typed_func(&mut store, "ask");
        Ok(Self {
            prepare: prepare.map_err(refused)?,
            ask: ask.map_err(refused)?,
            store,
        })
    }

    /// Gets ready for a question by its number.
    ///
    /// # Errors
    /// `Trap` when there is no such question, or the module's answer to it is not the right one.
    pub fn prepare(&mut self, number: u32) -> Result<(), Error> {
        let done = self.prepare.call(&mut self.store, number);
        done.map_err(|error| trap("prepare", &error))
    }

    /// The answer to the prepared question, after `times` evaluations.
    ///
    /// # Errors
    /// `Trap` when nothing is prepared.
    pub fn ask(&mut self, times: u32) -> Result<bool, Error> {
        let answer = self.ask.call(&mut self.store, times);
        Ok(answer.map_err(|error| trap("ask", &error))? == 1)
    }
}

fn trap(callback: &'static str, error: &wasmtime::Error) -> Error {
    Error::Trap {
        callback,
        trap: format!("{error:?}"),
        logs: String::new(),
    }
}
