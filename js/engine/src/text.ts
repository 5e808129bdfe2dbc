/** Texts of JavaScript and texts of the module: UTF-16 with loose halves there, UTF-8 here. */

import { CallgateError, type Diagnostic } from "./errors.js";

/** Bytes of the longest text that the module reads. */
export const LONGEST = 16_777_216;

/** Whether every surrogate has its other half. */
export function isWellFormed(text: string): boolean {
  return typeof text.isWellFormed === "function" ? text.isWellFormed() : !/\p{Surrogate}/u.test(text);
}

/** The text, if the module can take it: written as UTF-8, half a pair would become another character. */
export function checked(text: string): string {
  if (typeof text !== "string") throw CallgateError.of("NOT_TEXT", "a text was expected");
  if (text.length > LONGEST) throw CallgateError.of("TOO_LARGE", `the text is longer than ${LONGEST} bytes`);
  if (!isWellFormed(text)) throw CallgateError.of("LONE_SURROGATE", "the text has half a surrogate pair");
  return text;
}

/** A value as JSON that the module can take. */
export function json(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw CallgateError.of("NOT_JSON", `the ${what} cannot be written as JSON: ${why}`);
  }
  if (text === undefined) throw CallgateError.of("NOT_JSON", `the ${what} cannot be written as JSON`);
  return text;
}

/** What bytes say. */
export function utf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw CallgateError.of("INVALID_UTF8", `the ${what} is not UTF-8`);
  }
}

/** What the module answered. */
export function answer<T>(json: string): T {
  const found = JSON.parse(json) as T & { errors?: readonly Diagnostic[] };
  if (found !== null && found.errors !== undefined) throw new CallgateError(found.errors);
  return found;
}

/** UTF-16 units of `text` before its byte `offset`; records count bytes. */
export function unitsBefore(text: string, offset: number): number {
  let bytes = 0;
  let units = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > offset) break;
    units += character.length;
  }
  return units;
}
