/** Which version this is. */

import { module } from "./module.js";
import { answer } from "./text.js";

/** The version, the formats it speaks, and the digests of its modules. */
export interface Version {
  readonly version: string;
  readonly policies: string;
  readonly releases: string;
  /** SHA-256 of `callgate_web.wasm`, in hexadecimal. */
  readonly sha256: string;
  /** Each module's, by its name and written as `callgate version` writes them. */
  readonly modules: Readonly<Record<string, string>>;
}

declare const MODULES_SHA256: { readonly "callgate_web.wasm": string; readonly [name: string]: string };

/** What this is. */
export function version(): Version {
  const sha256 = MODULES_SHA256;
  const modules = Object.entries(sha256).map(([name, digest]) => [name, `sha256:${digest}`] as const);
  const told = answer<Omit<Version, "sha256" | "modules">>(module().version());
  return { ...told, sha256: sha256["callgate_web.wasm"], modules: Object.fromEntries(modules) };
}
