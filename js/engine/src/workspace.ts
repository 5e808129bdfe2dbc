/** Files that are being edited. */

import { init, module } from "./module.js";
import { type Compiled, type Compiling, filesText, type Sources } from "./sources.js";
import { answer, json } from "./text.js";
import type { Workspace as Bound } from "./wasm/callgate_web.js";

/** Compiles the files of a project again and again; those that did not change are not reviewed again. */
export class Workspace {
  readonly #bound: Bound;

  private constructor(bound: Bound) {
    this.#bound = bound;
  }

  /** One that has seen no files yet. Opens the module if need be. */
  static async create(): Promise<Workspace> {
    await init();
    return Workspace.createSync();
  }

  /** The same at once; the module must be open, except in Node. */
  static createSync(): Workspace {
    return new Workspace(module().Workspace.open());
  }

  /** Answers as `compile` does. */
  compile(sources: Sources, options: Compiling = {}): Compiled {
    return answer(this.#bound.compile(filesText(sources), json(options, "options")));
  }

  /** Gives the memory back. */
  free(): void {
    this.#bound.free();
  }
}
