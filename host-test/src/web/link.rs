//! The functions that `wasm-bindgen` has the web module import, as its JavaScript implements them.

use wasmtime::{
    AsContext, AsContextMut, Caller, Engine, Extern, ExternRef, Linker, Module, Ref, Result,
    Rooted, Table, bail, format_err,
};

/// The module that the imports are of.
const GLUE: &str = "./callgate_web_bg.js";

/// Slots of the table that stand for `undefined` (twice), `null`, `true` and `false`.
const CONSTANTS: [u64; 5] = [0, 1024, 1025, 1026, 1027];

/// What a JavaScript engine would hold.
enum Held {
    Text(String),
    /// `undefined`, `null`, `true` or `false`.
    Constant,
}

/// Links every import, or tells the first that is not known: a change of the glue is noticed here.
pub(super) fn linker(engine: &Engine, module: &Module) -> Result<Linker<()>> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        if import.module() != GLUE {
            bail!("an import of `{}`", import.module());
        }
        let name = import.name();
        if name.contains("wbindgen_throw") {
            linker.func_wrap(GLUE, name, throw)?;
        } else if name == "__wbindgen_init_externref_table" {
            linker.func_wrap(GLUE, name, || ())?;
        } else if name.starts_with("__wbindgen_generic") || name.contains("string_new") {
            linker.func_wrap(GLUE, name, hold_text)?;
        } else {
            bail!("an unknown import `{name}`");
        }
    }
    Ok(linker)
}

/// The text that a reference stands for.
pub(super) fn text_of(store: impl AsContext, value: Rooted<ExternRef>) -> Option<String> {
    let data = value.data(store.as_context()).ok()??;
    match data.downcast_ref::<Held>()? {
        Held::Text(text) => Some(text.clone()),
        Held::Constant => None,
    }
}

/// `throw new Error(text)`.
fn throw(mut caller: Caller<'_, ()>, at: u32, bytes: u32) -> Result<()> {
    let text = read(&mut caller, at, bytes)?;
    Err(format_err!("thrown: {text}"))
}

/// A text of the module's memory as a reference.
fn hold_text(mut caller: Caller<'_, ()>, at: u32, bytes: u32) -> Result<Option<Rooted<ExternRef>>> {
    let text = read(&mut caller, at, bytes)?;
    ExternRef::new(&mut caller, Held::Text(text)).map(Some)
}

/// `table.set(0, undefined)`, and so on. The module may export this import as its start function, and then there
/// is no caller whose table could be looked up: [`WebModule`](super::WebModule) calls it for every module.
pub(super) fn init_table(mut store: impl AsContextMut, table: Table) -> Result<()> {
    for slot in CONSTANTS {
        let constant = ExternRef::new(&mut store, Held::Constant)?;
        table.set(&mut store, slot, Ref::Extern(Some(constant)))?;
    }
    Ok(())
}

fn read(caller: &mut Caller<'_, ()>, at: u32, bytes: u32) -> Result<String> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        bail!("no memory");
    };
    let mut text = vec![0; bytes as usize];
    memory.read(&caller, at as usize, &mut text)?;
    Ok(String::from_utf8(text)?)
}
