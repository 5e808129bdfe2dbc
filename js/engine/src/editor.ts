/** What editors ask about expressions. Texts may have errors: what is being written has some. */

import { module } from "./module.js";
import { languageOf, type Language } from "./sources.js";
import { answer, checked } from "./text.js";

/** Something that may be written. */
export interface Completion {
  /** What to write. */
  readonly label: string;
  readonly kind: "local" | "variable" | "field" | "function" | "keyword";
  /** Its type, or how a function is written. */
  readonly detail: string;
  /** A sentence on what it is for; empty for values. */
  readonly doc: string;
}

/** What may be written in the place of `text.slice(from, to)`. */
export interface Completions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
}

/** What stands at a place. */
export interface Hover {
  readonly from: number;
  readonly to: number;
  /** A declaration, `request.tool.name: string`, or a function's usages, one a line. */
  readonly title: string;
  readonly doc: string;
}

/** A token and what it is. */
export interface Token {
  readonly from: number;
  readonly to: number;
  readonly class:
    | "variable"
    | "local"
    | "field"
    | "function"
    | "macro"
    | "type"
    | "keyword"
    | "number"
    | "string"
    | "comment"
    | "operator"
    | "punctuation";
}

/** What may be written at `position` of an expression, or of a policy file, within its expressions. */
export function complete(source: string, position: number, options?: { language?: Language }): Completions {
  const found = answer<Completions | null>(module().complete(file(source, options), checked(source), offset(position)));
  return found ?? { from: position, to: position, items: [] };
}

/** What stands at `position`, likewise; `null` where nothing is to be said. */
export function hover(source: string, position: number, options?: { language?: Language }): Hover | null {
  return answer(module().hover(file(source, options), checked(source), offset(position)));
}

/** The tokens of an expression in order. */
export function tokens(source: string): readonly Token[] {
  return answer(module().tokens(checked(source)));
}

/** A place that is none is the start or the end. */
function offset(position: number): number {
  return position > 0 ? Math.min(Math.floor(position), 0xffff_ffff) : 0;
}

/** A name that tells what the text is written in; none for an expression. */
function file(source: string, options: { language?: Language } | undefined): string {
  const language = options?.language ?? languageOf(source);
  return language === "cel" ? "" : `policy.${language}`;
}
