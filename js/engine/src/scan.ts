/** Secrets and personal data in a text. */

import { CallgateError } from "./errors.js";
import { module } from "./module.js";
import { answer, checked } from "./text.js";
import type { Scanner } from "./wasm/callgate_web.js";

/** What was found at `text.slice(from, to)`; never the value itself. */
export interface Scanned {
  readonly detector: string;
  readonly class: string;
  readonly severity: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
  readonly confidence: string;
  readonly masked: string;
  readonly from: number;
  readonly to: number;
}

let scanner: Scanner | undefined;

/** Looks through a text, by the detectors as they are when no policy changes them. */
export function scan(text: string, options?: { label?: string }): readonly Scanned[] {
  try {
    scanner ??= module().Scanner.open();
  } catch (error) {
    throw CallgateError.read(error);
  }
  const found = scanner.scan(checked(text), checked(options?.label ?? ""));
  return answer<{ findings: readonly Scanned[] }>(found).findings;
}
