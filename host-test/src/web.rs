//! The web module in wasmtime: the bytes of the npm package, and what its JavaScript does for them.
//!
//! `wasm-bindgen` lets the module import a few functions. Here they are implemented by their names, with
//! `externref` for what a JavaScript engine would hold: texts that the module throws.

mod link;

use wasmtime::{Config, Engine, Instance, Memory, Store, Table, WasmParams, WasmResults};

use crate::error::Error;
use crate::module;

/// An instance of the module, as one browser tab or one Node process has it.
pub struct WebModule {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    externrefs: Table,
}

/// A release that decides, inside of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebEngine(u32);

/// What a decision is asked with, beside the call.
#[derive(Debug, Clone, Copy)]
pub struct WebAsking<'a> {
    /// What the host knows.
    pub state: WebState<'a>,
    /// When: seconds since 1970, and nanoseconds within the second.
    pub now: (i64, u32),
    /// Whether the record explains itself.
    pub explain: bool,
}

/// What the host knows beside the call.
#[derive(Debug, Clone, Copy)]
pub enum WebState<'a> {
    /// Nothing has happened yet.
    Nothing,
    /// The host keeps none.
    Unavailable,
    /// State as JSON.
    Json(&'a str),
}

/// What the module answers: a text it makes, or one that it throws or answers instead.
pub type Answer = Result<String, String>;

impl WebModule {
    /// Compiles and starts a module.
    ///
    /// # Errors
    /// `Refused` when it is no wasm, or imports what no JavaScript of ours gives it.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |error: wasmtime::Error| Error::Refused {
            reason: format!("{error:#}"),
        };
        let mut config = Config::new();
        config.cache(module::cache());
        let engine = Engine::new(&config).map_err(refused)?;
        let module = wasmtime::Module::new(&engine, bytes).map_err(refused)?;
        let mut store = Store::new(&engine, ());
        let linker = link::linker(&engine, &module).map_err(refused)?;
        let instance = linker.instantiate(&mut store, &module).map_err(refused)?;
        let memory = instance.get_memory(&mut store, "memory");
        let externrefs = instance.get_table(&mut store, "__wbindgen_externrefs");
        let (Some(memory), Some(externrefs)) = (memory, externrefs) else {
            return Err(Error::Refused {
                reason: "no memory or no table of externrefs".to_owned(),
            });
        };
        link::init_table(&mut store, externrefs).map_err(refused)?;
        let mut module = Self {
            store,
            instance,
            memory,
            externrefs,
        };
        module.call::<(), ()>("__wbindgen_start", ())?;
        Ok(module)
    }

    /// Loads a release; what the module throws is in the answer.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn open(&mut self, release: &str) -> Result<Result<WebEngine, String>, Error> {
        let text = self.put(release)?;
        let (engine, thrown, failed) = self.call::<_, (u32, u32, u32)>("engine_load", text)?;
        match failed {
            0 => Ok(Ok(WebEngine(engine))),
            _ => Ok(Err(self.take_thrown(thrown)?)),
        }
    }

    /// An engine while no release is published.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn without_release(&mut self, allow: bool) -> Result<WebEngine, Error> {
        let engine = self.call("engine_without_release", u32::from(allow))?;
        Ok(WebEngine(engine))
    }

    /// Gives an engine's memory back.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn free(&mut self, engine: WebEngine) -> Result<(), Error> {
        self.call("__wbg_engine_free", (engine.0, 0u32))
    }

    /// Decides a call: its record, or `{"errors":[…]}`.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn decide(
        &mut self,
        engine: WebEngine,
        call: &[u8],
        asking: WebAsking<'_>,
    ) -> Result<Answer, Error> {
        self.judge("engine_decide", engine, call, asking)
    }

    /// Decides a call a line.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn decide_lines(
        &mut self,
        engine: WebEngine,
        calls: &[u8],
        asking: WebAsking<'_>,
    ) -> Result<Answer, Error> {
        self.judge("engine_decide_lines", engine, calls, asking)
    }

    fn judge(
        &mut self,
        name: &'static str,
        WebEngine(engine): WebEngine,
        call: &[u8],
        asking: WebAsking<'_>,
    ) -> Result<Answer, Error> {
        let (state, known) = match asking.state {
            WebState::Nothing => (-1, ""),
            WebState::Unavailable => (-2, ""),
            WebState::Json(text) => (i32::try_from(text.len()).unwrap_or(i32::MAX), text),
        };
        let bytes = length(call.len());
        let room = bytes.saturating_add(length(known.len()));
        let at: u32 = self.call("engine_reserve", (engine, room))?;
        self.write(at, call)?;
        self.write(at.saturating_add(bytes), known.as_bytes())?;
        let (seconds, nanos) = asking.now;
        let words = (
            engine,
            bytes,
            state,
            seconds as f64,
            nanos,
            u32::from(asking.explain),
        );
        let answered: i32 = self.call(name, words)?;
        let at = self.call("engine_output", engine)?;
        let text = self.read(at, answered.unsigned_abs())?;
        Ok(if answered < 0 { Err(text) } else { Ok(text) })
    }

    /// Calls an exported function of texts (and then numbers) that makes a text.
    ///
    /// # Errors
    /// `Trap` when the module traps.
    pub fn ask(
        &mut self,
        name: &'static str,
        texts: &[&str],
        number: Option<u32>,
    ) -> Result<String, Error> {
        let mut words = Vec::new();
        for text in texts {
            words.push(self.put(text)?);
        }
        let (at, bytes): (u32, u32) = match (words.as_slice(), number) {
            ([], None) => self.call(name, ())?,
            ([a], None) => self.call(name, *a)?,
            ([a, b], None) => self.call(name, (a.0, a.1, b.0, b.1))?,
            ([a, b], Some(n)) => self.call(name, (a.0, a.1, b.0, b.1, n))?,
            _ => return Err(Error::Script("no function takes these")),
        };
        let text = self.read(at, bytes)?;
        self.call::<_, ()>("__wbindgen_free", (at, bytes, 1u32))?;
        Ok(text)
    }

    /// Bytes of linear memory; it never shrinks, so this is also the peak.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    /// Writes a text where the module wants it; address and length.
    fn put(&mut self, text: &str) -> Result<(u32, u32), Error> {
        let bytes = length(text.len());
        let at = self.call("__wbindgen_malloc", (bytes, 1u32))?;
        self.write(at, text.as_bytes())?;
        Ok((at, bytes))
    }

    /// The text that the module threw, out of the table of what JavaScript holds.
    fn take_thrown(&mut self, index: u32) -> Result<String, Error> {
        let value = self.externrefs.get(&mut self.store, u64::from(index));
        let value = value.and_then(|value| value.as_extern().flatten().copied());
        let text = value.map(|value| link::text_of(&self.store, value));
        self.call::<_, ()>("__externref_table_dealloc", index)?;
        text.flatten()
            .ok_or(Error::Script("what was thrown is no text"))
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Error> {
        let written = self.memory.write(&mut self.store, at as usize, bytes);
        written.map_err(|_| Error::Script("the module gave an address outside of its memory"))
    }

    fn read(&self, at: u32, bytes: u32) -> Result<String, Error> {
        let mut text = vec![0; bytes as usize];
        let read = self.memory.read(&self.store, at as usize, &mut text);
        read.map_err(|_| Error::Script("the module gave an address outside of its memory"))?;
        String::from_utf8(text).map_err(|_| Error::Script("the module wrote no UTF-8"))
    }

    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        name: &'static str,
        params: P,
    ) -> Result<R, Error> {
        let trap = |error: wasmtime::Error| Error::Trap {
            callback: name,
            trap: format!("{error:?}"),
            logs: String::new(),
        };
        let function = self.instance.get_typed_func::<P, R>(&mut self.store, name);
        let called = function.map_err(trap)?.call(&mut self.store, params);
        called.map_err(trap)
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
