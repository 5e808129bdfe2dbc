/** Releases as they are given: written ones, and the files that one is made of. */

import { CallgateError } from "./errors.js";
import type { Compiled, Sources } from "./sources.js";
import { json, utf8 } from "./text.js";

/** A release as text, bytes or an object, signed or not, or the files of a project. */
export type ReleaseInput = string | Uint8Array | object;

/** Bytes of one release. */
const LONGEST = 16_777_216;

/** Whether a release has yet to be made of these. @internal */
export function isFiles(release: ReleaseInput): release is Sources {
  if (typeof release === "string" || release instanceof Uint8Array) return false;
  if (typeof release !== "object" || release === null) {
    throw CallgateError.of("NOT_A_RELEASE", "a release is text, bytes, an object, or the files of a project");
  }
  const isRelease = "format" in release && typeof release.format === "string";
  const isEnvelope = "payloadType" in release && typeof release.payloadType === "string";
  return !isRelease && !isEnvelope;
}

/** The text of a release that is none of files. @internal */
export function writtenText(release: ReleaseInput): string {
  if (typeof release !== "string" && !(release instanceof Uint8Array)) return json(release, "release");
  if (release.length > LONGEST) throw CallgateError.of("TOO_LARGE", `the release is longer than ${LONGEST} bytes`);
  return typeof release === "string" ? release : utf8(release, "release");
}

/** The text of the release that files came to. @internal */
export function soundText(compiled: Compiled): string {
  if (compiled.release !== undefined) return compiled.release;
  throw new CallgateError(compiled.diagnostics.filter((diagnostic) => diagnostic.severity === "error"));
}
