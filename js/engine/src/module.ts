/** The WebAssembly modules: each is opened once, when it is first needed. */

import { analysis as analysisPlace, type Place, web as webPlace } from "#platform";
import { CallgateError } from "./errors.js";
import * as boundWeb from "./wasm/callgate_web.js";
import * as boundAnalysis from "./wasm/callgate_web_analysis.js";

/** What a module can be opened from, where the package's own file cannot be found. */
export type ModuleSource = BufferSource | WebAssembly.Module | Response | PromiseLike<Response>;

/** What `wasm-bindgen` writes for a module. */
interface Glue {
  initSync(given: { module: WebAssembly.Module }): { readonly memory: WebAssembly.Memory };
}

declare const PACKAGE_VERSION: string;

/** The section in which a module says what it is. */
const SECTION = "callgate";

class Module<Bound extends Glue> {
  readonly #name: string;
  readonly #init: string;
  readonly #bound: Bound;
  readonly #place: Place;
  #memory: WebAssembly.Memory | undefined;
  #opening: Promise<void> | undefined;

  /** `init` is the name of the function that opens it. */
  constructor(name: string, init: string, bound: Bound, place: Place) {
    this.#name = name;
    this.#init = init;
    this.#bound = bound;
    this.#place = place;
  }

  async open(source?: ModuleSource): Promise<void> {
    if (this.#memory !== undefined) return;
    this.#opening ??= this.#fetch(source).finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  openSync(source?: BufferSource | WebAssembly.Module): void {
    if (this.#memory !== undefined) return;
    const given = source ?? this.#place.openSync();
    if (given === undefined) {
      const message = `${this.#name}.wasm is not open yet`;
      throw CallgateError.of("NOT_READY", message, `\`await ${this.#init}()\` before the first call`);
    }
    this.#bind(given instanceof WebAssembly.Module ? given : new WebAssembly.Module(given));
  }

  /** The functions of the module; opens it if it is not open. */
  bound(): Bound {
    this.openSync();
    return this.#bound;
  }

  memory(): WebAssembly.Memory {
    this.openSync();
    return this.#memory as WebAssembly.Memory;
  }

  async #fetch(source: ModuleSource | undefined): Promise<void> {
    const module = await this.#compiled(await (source ?? this.#place.open()));
    // Somebody may have opened it at once while this waited; another one would orphan the first.
    if (this.#memory === undefined) this.#bind(module);
  }

  async #compiled(source: BufferSource | WebAssembly.Module | Response): Promise<WebAssembly.Module> {
    if (source instanceof WebAssembly.Module) return source;
    if (typeof Response !== "undefined" && source instanceof Response) {
      if (!source.ok) throw CallgateError.of("NOT_FOUND", `${this.#name}.wasm answered with status ${source.status}`);
      // Some servers do not know the media type, and streaming insists on it.
      if (source.headers.get("content-type")?.startsWith("application/wasm")) {
        return WebAssembly.compileStreaming(source);
      }
      return WebAssembly.compile(await source.arrayBuffer());
    }
    return WebAssembly.compile(source as BufferSource);
  }

  /** Starts the module, if it is the one that this package was built with. */
  #bind(module: WebAssembly.Module): void {
    const wanted = `${this.#name} ${PACKAGE_VERSION}`;
    const [section] = WebAssembly.Module.customSections(module, SECTION);
    const found = section === undefined ? "of some other kind" : new TextDecoder().decode(section);
    if (found !== wanted) throw this.#wrong(`the module is ${found}, and this package needs ${wanted}`);
    try {
      this.#memory = this.#bound.initSync({ module }).memory;
    } catch (error) {
      throw this.#wrong(`${wanted} does not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #wrong(message: string): CallgateError {
    return CallgateError.of("WRONG_MODULE", message, `serve the ${this.#name}.wasm that this package brings`);
  }
}

const web = /* @__PURE__ */ new Module("callgate_web", "init", boundWeb, webPlace);
const examining = /* @__PURE__ */ new Module("callgate_web_analysis", "initAnalysis", boundAnalysis, analysisPlace);

/** Opens the module. Needed before the functions that answer at once, except in Node, where they open it. */
export async function init(source?: ModuleSource): Promise<void> {
  await web.open(source);
}

/** Opens the module at once: in Node from its own file, elsewhere from what is given. */
export function initSync(source?: BufferSource | WebAssembly.Module): void {
  web.openSync(source);
}

/** Opens the module that examines releases, for `doctorSync`, `diffSync` and `replaySync`; the others open it. */
export async function initAnalysis(source?: ModuleSource): Promise<void> {
  await examining.open(source);
}

/** The same at once: in Node from its own file, elsewhere from what is given. */
export function initAnalysisSync(source?: BufferSource | WebAssembly.Module): void {
  examining.openSync(source);
}

/** The functions of the module. @internal */
export function module(): typeof boundWeb {
  return web.bound();
}

/** The module's memory. @internal */
export function memory(): WebAssembly.Memory {
  return web.memory();
}

/** The functions of the module that examines releases. @internal */
export function analysis(): typeof boundAnalysis {
  return examining.bound();
}
