/** Which version this is. */

import { module } from "./module.js";
import { answer } from "./text.js";

/** The version, the formats it speaks, and the digest of its module. */
export interface Version {
  readonly version: string;
  readonly policies: string;
  readonly releases: string;
  /** SHA-256 of `callgate_web.wasm`, in hexadecimal. */
  readonly sha256: string;
}

declare const MODULE_SHA256: string;

/** What this is. */
export function version(): Version {
  return { ...answer<Omit<Version, "sha256">>(module().version()), sha256: MODULE_SHA256 };
}
