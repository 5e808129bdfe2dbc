/** What releases mean: what can never matter, what tells two apart, what a log would have met. */

import type { Call, State } from "./call.js";
import type { Asking } from "./engine.js";
import { CallgateError, type Diagnostic } from "./errors.js";
import { located } from "./located.js";
import { analysis, init, initAnalysis } from "./module.js";
import type { Effect } from "./record.js";
import { isFiles, type ReleaseInput, soundText, writtenText } from "./release.js";
import { compile } from "./sources.js";
import { answer, checked, utf8 } from "./text.js";

/** A call that shows something, as the evaluator says. */
export interface Witness {
  readonly witness: Call;
  /** When it is made. */
  readonly now: string;
}

/** Something about a release that its author would want to know. Places are in the text of the release, or in files. */
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
  /** What is wrong with lines that could not be judged, with places in the log. */
  readonly unread: readonly Diagnostic[];
}

/** How a log is replayed. */
export interface Replaying extends Pick<Asking, "now"> {
  /** Flips to show at most; 10 unless set, and never more than 1,000. */
  examples?: number;
}

/** Examines a release: dead policies, conditions that never hold, failures that decide calls. Each is proved, or has a call. */
export async function doctor(release: ReleaseInput): Promise<readonly Finding[]> {
  await opened(release);
  return doctorSync(release);
}

/** What tells two releases apart: for each direction the proof that nothing does, a call that does, or `unknown`. */
export async function diff(before: ReleaseInput, after: ReleaseInput): Promise<Difference> {
  await opened(before, after);
  return diffSync(before, after);
}

/**
 * What a release would have decided about a log, a line each: `{"call", "state", "now", "record"}`, or a call.
 * Compared with what `base` decides, or else with the records of the log.
 */
export async function replay(
  release: ReleaseInput,
  log: string | Uint8Array,
  base?: ReleaseInput,
  options?: Replaying,
): Promise<Replayed> {
  await opened(release, ...(base === undefined ? [] : [base]));
  return replaySync(release, log, base, options);
}

/** As `doctor`, at once; except in Node, `initAnalysis` comes first, and for files `init`. */
export function doctorSync(release: ReleaseInput): readonly Finding[] {
  if (!isFiles(release)) {
    return examined(checked(writtenText(release))).map(([diagnostic, _, about]) => ({ ...diagnostic, ...about }));
  }
  const compiled = compile(release);
  return examined(soundText(compiled)).map(([diagnostic, expression, about]) => {
    return { ...located(diagnostic, about.policy, expression, compiled, release), ...about };
  });
}

/** As `diff`, at once; except in Node, `initAnalysis` comes first, and for files `init`. */
export function diffSync(before: ReleaseInput, after: ReleaseInput): Difference {
  return answer(analysis().diff(text(before), text(after)));
}

/** As `replay`, at once; except in Node, `initAnalysis` comes first, and for files `init`. */
export function replaySync(
  release: ReleaseInput,
  log: string | Uint8Array,
  base?: ReleaseInput,
  options?: Replaying,
): Replayed {
  const lines = checked(log instanceof Uint8Array ? utf8(log, "log") : log);
  const examples = options?.examples ?? 10;
  if (!Number.isSafeInteger(examples) || examples < 0) {
    throw CallgateError.of("NOT_A_COUNT", "`examples` must be a whole number from 0");
  }
  const other = base === undefined ? "" : text(base);
  const now = instant(options?.now);
  return answer(analysis().replay(text(release), lines, other, now, Math.min(examples, 0xffff_ffff)));
}

/** Opens what the releases need: files are made into releases by the module that decides. */
async function opened(...releases: readonly ReleaseInput[]): Promise<void> {
  await Promise.all([initAnalysis(), releases.some(isFiles) ? init() : undefined]);
}

type About = Pick<Finding, "policy" | "rule" | "proof">;

/** Findings, the bytes of the expression that they are about, and the rest. */
function examined(text: string): readonly [Diagnostic, readonly [number, number] | null, About][] {
  type Found = About & { diagnostics: readonly [Diagnostic]; expression: readonly [number, number] | null };
  const { findings } = answer<{ readonly findings: readonly Found[] }>(analysis().doctor(text));
  return findings.map(({ diagnostics: [diagnostic], expression, ...about }) => [diagnostic, expression, about]);
}

function text(release: ReleaseInput): string {
  return isFiles(release) ? soundText(compile(release)) : checked(writtenText(release));
}

/** A time as RFC 3339; what is none remains none, and the module says so. */
function instant(now: Asking["now"]): string {
  if (typeof now === "string") return checked(now);
  if (now === undefined) return new Date().toISOString();
  const date = now instanceof Date ? now : new Date(typeof now === "number" ? now : Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}
