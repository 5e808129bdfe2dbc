/** Findings about a release, told where its policies are written. */

import type { Diagnostic } from "./errors.js";
import { type Compiled, placeOf, type Sources } from "./sources.js";

/** A finding with its place in the file of the policy: of bytes of its expression, or else of its spec. @internal */
export function located(
  finding: Diagnostic,
  policy: string | null,
  expression: readonly [number, number] | null,
  compiled: Compiled,
  sources: Sources,
): Diagnostic {
  const { code, severity, message, help } = finding;
  const bare = { code, severity, message, ...(help === undefined ? {} : { help }) };
  const written = compiled.policies.find(({ name }) => name === policy);
  if (written === undefined) return bare;
  const [specFrom, specTo] = written.spec;
  const { from, to } = (expression && placeOf(written, ...expression)) ?? { from: specFrom, to: specTo };
  const text = textOf(sources, written.file);
  const [line, column] = lineAndColumn(text, from);
  const [endLine, endColumn] = lineAndColumn(text, to);
  return { ...bare, file: written.file, from, to, line, column, endLine, endColumn };
}

function textOf(sources: Sources, file: string): string {
  const list = Array.isArray(sources) ? sources : Object.entries(sources).map(([name, text]) => ({ name, text }));
  return (list as readonly { name: string; text: string }[]).find(({ name }) => name === file)?.text ?? "";
}

function lineAndColumn(text: string, at: number): readonly [number, number] {
  const before = text.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  return [before.split("\n").length, at - start + 1];
}
