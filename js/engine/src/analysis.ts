/** What releases mean: what can never matter, what tells two apart, what a log would have met. */

import type { Call, State } from "./call.js";
import { type Asking, instant, releaseText } from "./engine.js";
import type { Diagnostic } from "./errors.js";
import { module } from "./module.js";
import type { Effect } from "./record.js";
import { answer, checked } from "./text.js";

/** A release as text, bytes or an object, or the files of a project. */
export type ReleaseInput = string | Uint8Array | object;

/** A call that shows something, as the evaluator says. */
export interface Witness {
  readonly witness: Call;
  /** When it is made. */
  readonly now: string;
}

/** Something about a release that its author would want to know; places are in the text of the release. */
export interface Finding extends Diagnostic {
  /** The policy it is about. */
  readonly policy: string | null;
  /** The rule of that policy. */
  readonly rule: string | null;
  /** `proved` for every call there can be, exceptions aside, or a call that shows it. */
  readonly proof: "proved" | Witness;
}

/** What a release says about a call. */
export interface Judged {
  readonly decision: Effect;
  readonly policy: string | null;
  readonly rule: string | null;
  readonly code: string | null;
}

/** Whether a release decides some call otherwise than another, in one direction. */
export type Answer =
  /** No call there can be is. */
  | { readonly answer: "proved equal" }
  /** Neither a proof nor a call was found. */
  | { readonly answer: "unknown" }
  /** This one is. */
  | {
      readonly answer: "differs";
      readonly call: Call;
      readonly now: string;
      readonly before: Judged;
      readonly after: Judged;
    };

/** What differs in the texts: of a policy, or of the settings. */
export interface Change {
  readonly policy: string | null;
  readonly change: "added" | "removed" | "changed" | "moved";
  readonly parts: readonly { readonly name: string; readonly before: string | null; readonly after: string | null }[];
}

/** What tells two releases apart. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly more_permissive: Answer;
  readonly more_restrictive: Answer;
}

/** How many decisions flip. */
export interface Flips {
  /** Denied, and were not. */
  readonly newly_denied: number;
  /** Were denied, and are not. */
  readonly newly_allowed: number;
  /** Marked or held for an approval otherwise than before. */
  readonly otherwise: number;
}

/** A decision as replays tell it. */
export type Decided = Omit<Judged, "rule">;

/** What a release would have decided about a log. */
export interface Replayed extends Flips {
  readonly calls: number;
  readonly unchanged: number;
  /** By the policy that the stricter of two decisions rests on; `null` for what rests on none. */
  readonly policies: readonly ({ readonly policy: string | null } & Flips)[];
  /** The first ones. */
  readonly flips: readonly {
    readonly line: number;
    readonly flip: "newly denied" | "newly allowed" | "otherwise";
    readonly before: Decided;
    readonly after: Decided;
    readonly entry: Call | { readonly call: Call; readonly state?: State; readonly now?: string };
  }[];
  /** Lines that could not be judged; places are in the line. */
  readonly unread: readonly { readonly line: number; readonly diagnostics: readonly Diagnostic[] }[];
}

/** Examines a release: dead policies, conditions that never hold, failures that decide calls. Each is proved, or has a call. */
export function doctor(release: ReleaseInput): readonly Finding[] {
  type Found = Pick<Finding, "policy" | "rule" | "proof"> & { readonly diagnostics: readonly [Diagnostic] };
  const { findings } = answer<{ readonly findings: readonly Found[] }>(module().doctor(text(release)));
  return findings.map(({ diagnostics: [diagnostic], ...rest }) => ({ ...diagnostic, ...rest }));
}

/** What tells two releases apart: for each direction the proof that nothing does, a call that does, or `unknown`. */
export function diff(before: ReleaseInput, after: ReleaseInput): Difference {
  return answer(module().diff(text(before), text(after)));
}

/**
 * What a release would have decided about a log, a line each: `{"call", "state", "now", "record"}`, or a call.
 * Compared with what `base` decides, or else with the records of the log.
 */
export function replay(
  release: ReleaseInput,
  log: string,
  base?: ReleaseInput,
  options?: Pick<Asking, "now">,
): Replayed {
  const [seconds, nanos] = instant(options?.now);
  const other = base === undefined ? "" : text(base);
  return answer(module().replay(text(release), checked(log), other, seconds, nanos));
}

function text(release: ReleaseInput): string {
  return checked(releaseText(release, undefined));
}
