/** The WebAssembly module: opened once, when it is first needed. */

import { open, openSync } from "#platform";
import { CallgateError } from "./errors.js";
import * as bound from "./wasm/callgate_web.js";

/** What the module can be opened from, where the package's own file cannot be found. */
export type ModuleSource = BufferSource | WebAssembly.Module | Response | PromiseLike<Response>;

let instance: bound.InitOutput | undefined;
let opening: Promise<void> | undefined;

/** Opens the module. Needed before the functions that answer at once, except in Node, where they open it. */
export async function init(source?: ModuleSource): Promise<void> {
  if (instance !== undefined) return;
  opening ??= bind(source).finally(() => {
    opening = undefined;
  });
  await opening;
}

/** Opens the module at once: in Node from its own file, elsewhere from what is given. */
export function initSync(source?: BufferSource | WebAssembly.Module): void {
  if (instance !== undefined) return;
  const module = source ?? openSync();
  if (module === undefined) {
    throw CallgateError.of("NOT_READY", "the module is not open yet", "`await init()` before the first call");
  }
  instance = bound.initSync({ module });
}

async function bind(source: ModuleSource | undefined): Promise<void> {
  const module_or_path = source ?? (await open());
  // Somebody may have opened it at once while this waited; another one would orphan the first.
  const opened = await compiled(await module_or_path);
  if (instance === undefined) instance = bound.initSync({ module: opened });
}

async function compiled(source: BufferSource | WebAssembly.Module | Response): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof Response !== "undefined" && source instanceof Response) {
    if (!source.ok) throw CallgateError.of("NOT_FOUND", `the module answered with status ${source.status}`);
    // Some servers do not know the media type, and streaming insists on it.
    if (source.headers.get("content-type")?.startsWith("application/wasm")) {
      return WebAssembly.compileStreaming(source);
    }
    return WebAssembly.compile(await source.arrayBuffer());
  }
  return WebAssembly.compile(source as BufferSource);
}

/** The functions of the module. @internal */
export function module(): typeof bound {
  initSync();
  return bound;
}

/** The module's memory. @internal */
export function memory(): WebAssembly.Memory {
  initSync();
  return (instance as bound.InitOutput).memory;
}
