/** Policy files: checked, formatted, and made into a release. */

import { CallgateError, type Diagnostic } from "./errors.js";
import { module } from "./module.js";
import { answer, checked, json } from "./text.js";

/** Files by their names. `callgate.yaml` is the project's own, `*.yaml`, `*.yml` and `*.json` are policies. */
export type Sources = Readonly<Record<string, string>> | readonly { readonly name: string; readonly text: string }[];

/** What a text is written in. */
export type Language = "yaml" | "json" | "cel";

/** What a release says of itself. */
export interface Compiling {
  /** The project's name, instead of the one in `callgate.yaml`. */
  project?: string;
  /** From 1; hosts expect it to grow. */
  number?: number;
  /** RFC 3339. */
  created_at?: string;
  author?: string;
  note?: string;
}

/** A policy that could be read. */
export interface PolicySummary {
  readonly name: string;
  readonly kind: "CelPolicy" | "RuleSet" | "MatchPolicy" | "ControlPolicy" | "DlpPolicy";
  readonly enabled: boolean;
  readonly effect?: "allow" | "deny";
  /** What a decision by it costs at most. */
  readonly gas?: number;
  readonly file: string;
  /**
   * Of a CEL policy, where its expression stands in the file, as pairs: a byte of the expression, and the
   * UTF-16 unit of the file from which on both go step by step; the last pair is the end. See `placeOf`.
   */
  readonly expression?: readonly number[];
  /** Where its `spec` stands in the file, from and to. */
  readonly spec: readonly [number, number];
  /** Where its name stands in the file. */
  readonly from: number;
  readonly to: number;
}

/** What a check found. */
export interface Checked {
  /** Whether there is no error. */
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly policies: readonly PolicySummary[];
  /** `empty` and `deny-only` releases let through whatever no policy refuses. */
  readonly shape: "empty" | "deny-only" | "ordinary";
  /** Of a bare expression: what it costs at most. */
  readonly gas?: number;
}

/** What files came to. */
export interface Compiled extends Checked {
  /** The release as canonical JSON; absent when there is an error. */
  readonly release?: string;
}

/** A text in canonical form. */
export interface Formatted {
  readonly text: string;
  readonly changed: boolean;
  /** Why something was left as it was. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything that is wrong with an expression, a policy file, or the files of a project. */
export function check(source: string | Sources, options?: { language?: Language }): Checked {
  if (typeof source !== "string") return answer(module().check(filesText(source)));
  const language = options?.language ?? languageOf(source);
  if (language === "cel") {
    const found = answer<Pick<Checked, "ok" | "diagnostics" | "gas">>(module().check_expression(checked(source)));
    return { policies: [], shape: "empty", ...found };
  }
  const found = answer<Checked>(module().check(filesText({ [`policy.${language}`]: source })));
  return { ...found, diagnostics: found.diagnostics.map(({ file: _, ...diagnostic }) => diagnostic) };
}

/** The release that files come to, and everything that is wrong with them. */
export function compile(sources: Sources, options: Compiling = {}): Compiled {
  return answer(module().compile(filesText(sources), json(options, "options")));
}

/** An expression or a policy file in canonical form; comments are kept. */
export function format(source: string, options?: { language?: Language }): Formatted {
  const language = options?.language ?? languageOf(source);
  return language === "cel"
    ? answer(module().format_expression(checked(source)))
    : answer(module().format(`policy.${language}`, checked(source)));
}

/** What a text is, when nobody says: a policy file names callgate's API version, an expression does not. */
export function languageOf(source: string): Language {
  if (typeof source !== "string") throw CallgateError.of("NOT_TEXT", "a text was expected");
  if (!(source.includes("apiVersion") && source.includes("callgate/"))) return "cel";
  return /^\s*[[{]/.test(source) ? "json" : "yaml";
}

/** Files as the module reads them. @internal */
export function filesText(sources: Sources): string {
  if (typeof sources !== "object" || sources === null) {
    throw CallgateError.of("NOT_SOURCES", "sources are an object of texts by their names, or a list of `{ name, text }`");
  }
  const list: unknown[] = Array.isArray(sources)
    ? (sources as unknown[]).map((file) => ({ ...(file as { name: string; text: string }) }))
    : Object.entries(sources).map(([name, text]) => ({ name, text }));
  return checked(json(list, "sources"));
}

/** Where the bytes `from` to `to` of a policy's expression, as records count them, stand in its file. */
export function placeOf(policy: PolicySummary, from: number, to: number): { from: number; to: number } | undefined {
  const map = policy.expression;
  if (map === undefined) return undefined;
  const start = unitAt(map, from);
  // The end is behind the last byte, wherever the next one stands.
  return { from: start, to: to > from ? unitAt(map, to - 1) + 1 : start };
}

function unitAt(map: readonly number[], byte: number): number {
  let low = 0;
  let high = map.length / 2 - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((map[middle * 2] as number) <= byte) low = middle;
    else high = middle - 1;
  }
  return (map[low * 2 + 1] as number) + byte - (map[low * 2] as number);
}
