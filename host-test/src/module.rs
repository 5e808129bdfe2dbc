//! A compiled module: the same checks that Envoy makes before it loads one.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use wasmtime::{Cache, CacheConfig, Config, Engine, InstancePre, Linker};

use crate::calls;
use crate::error::Error;
use crate::state::State;

/// A compiled and linked module; cloning is cheap.
#[derive(Clone)]
pub struct Module {
    pub(crate) linked: InstancePre<State>,
}

/// Names the built filter for tests; `cargo xtask test` sets it.
const FILTER_VARIABLE: &str = "CALLGATE_FILTER_WASM";

/// Where `cargo build` leaves it, from the workspace's root.
const FILTER_PATH: &str = "target/wasm32-unknown-unknown/wasm/callgate_filter.wasm";

impl Module {
    /// Compiles a module and links it against the host calls.
    ///
    /// # Errors
    /// `Refused` when Envoy would not load it: not wasm, no marker of ABI 0.2.0 or 0.2.1, no
    /// allocator, an unknown import.
    pub fn load(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |error: wasmtime::Error| Error::Refused {
            reason: format!("{error:#}"),
        };
        let engine = engine()?;
        let module = wasmtime::Module::new(engine, bytes).map_err(refused)?;
        check_exports(&module)?;
        let mut linker = Linker::new(engine);
        calls::link(&mut linker).map_err(refused)?;
        let linked = linker.instantiate_pre(&module).map_err(refused)?;
        Ok(Self { linked })
    }

    /// The built callgate filter, compiled once per test binary.
    ///
    /// # Errors
    /// `Missing` with the command that builds it; or as [`Module::load`].
    pub fn filter() -> Result<&'static Self, Error> {
        static FILTER: OnceLock<Module> = OnceLock::new();
        static COMPILING: Mutex<()> = Mutex::new(());
        let guard = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = FILTER.get() {
            return Ok(module);
        }
        let path = filter_path();
        let bytes = std::fs::read(&path).map_err(|_| Error::Missing { path })?;
        let module = Self::load(&bytes)?;
        let module = FILTER.get_or_init(|| module);
        drop(guard);
        Ok(module)
    }
}

fn filter_path() -> PathBuf {
    std::env::var_os(FILTER_VARIABLE).map_or_else(
        || {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(FILTER_PATH)
        },
        PathBuf::from,
    )
}

fn engine() -> Result<&'static Engine, Error> {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    if let Some(engine) = ENGINE.get() {
        return Ok(engine);
    }
    let mut config = Config::new();
    config.consume_fuel(true).cache(cache());
    let engine = Engine::new(&config).map_err(|error| Error::Refused {
        reason: format!("{error:#}"),
    })?;
    Ok(ENGINE.get_or_init(|| engine))
}

/// Compiled modules, for the processes of a test run: compiling the filter takes longer than most tests.
/// They lie beside the built filter; where that is not possible each process compiles for itself.
pub(crate) fn cache() -> Option<Cache> {
    let folder = filter_path().parent()?.canonicalize().ok()?;
    let mut config = CacheConfig::new();
    config.with_directory(folder.join("compiled"));
    Cache::new(config).ok()
}

fn check_exports(module: &wasmtime::Module) -> Result<(), Error> {
    let exported = |name: &str| module.get_export(name).is_some();
    let any = |names: &[&str]| names.iter().any(|name| exported(name));
    let refused = |reason: &str| Error::Refused {
        reason: reason.into(),
    };
    if !any(&["proxy_abi_version_0_2_0", "proxy_abi_version_0_2_1"]) {
        return Err(refused("no marker of proxy-wasm ABI 0.2.0 or 0.2.1"));
    }
    if !any(&["malloc", "proxy_on_memory_allocate"]) {
        return Err(refused("neither `malloc` nor `proxy_on_memory_allocate`"));
    }
    if !exported("memory") {
        return Err(refused("no exported memory"));
    }
    Ok(())
}
