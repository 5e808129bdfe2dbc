/**
 * What an engine knows of CEL, as extensions of an editor.
 *
 * A provider is any object with these functions; all places are offsets in UTF-16 code units, as
 * JavaScript and CodeMirror count. Answers may be promises: an engine can live in a worker.
 */
import type {
  Completion,
  CompletionContext,
  CompletionResult,
  CompletionSource,
} from '@codemirror/autocomplete';
import { type Diagnostic, linter } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';

/** A value, or one that comes later. */
export type Later<T> = T | Promise<T>;

/** What may be written at a place. */
export interface CelCompletion {
  label: string;
  kind: 'local' | 'variable' | 'field' | 'function' | 'keyword';
  /** Its type, or how a function is written. */
  detail?: string;
  /** A sentence on what it is for. */
  doc?: string;
}

/** The candidates, and the text that one of them replaces. */
export interface CelCompletions {
  from: number;
  to: number;
  items: readonly CelCompletion[];
}

/** What stands at a place. */
export interface CelHover {
  from: number;
  to: number;
  /** The type, or the signature of a function. */
  title: string;
  /** What it is for. */
  doc?: string;
  /** Its value, where there is something to evaluate it on. */
  value?: string;
}

/** Something wrong, and how to mend it. */
export interface CelDiagnostic {
  from: number;
  to: number;
  severity: 'error' | 'warning' | 'info';
  message: string;
  code?: string;
  help?: string;
}

/** What an engine can say about a text; whatever is left out is not offered. */
export interface CelProvider {
  complete?(source: string, offset: number): Later<CelCompletions | null>;
  hover?(source: string, offset: number): Later<CelHover | null>;
  check?(source: string): Later<readonly CelDiagnostic[]>;
}

const TYPES: Record<CelCompletion['kind'], string> = {
  local: 'variable',
  variable: 'namespace',
  field: 'property',
  function: 'function',
  keyword: 'keyword',
};

/** A source of completions for `autocompletion({ override: […] })` or a language's data. */
export function celCompletion(provider: CelProvider): CompletionSource {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[\w.]+$/);
    if (!provider.complete || (!word && !context.explicit)) return null;
    const found = await provider.complete(context.state.doc.toString(), context.pos);
    if (!found || context.aborted || found.items.length === 0) return null;
    return { from: found.from, to: found.to, options: found.items.map(option), validFor: /^\w*$/ };
  };
}

function option(item: CelCompletion): Completion {
  const signature = item.detail?.split('\n')[0];
  const made: Completion = { label: item.label, type: TYPES[item.kind] };
  if (signature) made.detail = signature;
  if (item.doc) made.info = item.doc;
  if (item.kind === 'function') made.apply = `${item.label}(`;
  return made;
}

/** A tooltip with type, meaning and value of what is under the pointer. */
export function celHover(provider: CelProvider): Extension {
  return hoverTooltip(async (view, pos) => {
    const found = await provider.hover?.(view.state.doc.toString(), pos);
    if (!found) return null;
    return { pos: found.from, end: found.to, above: true, create: () => ({ dom: tooltip(found) }) };
  });
}

function tooltip(hover: CelHover): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-cel-hover';
  const add = (className: string, text: string | undefined) => {
    if (!text) return;
    const line = dom.appendChild(document.createElement('div'));
    line.className = className;
    line.textContent = text;
  };
  add('cm-cel-hover-title', hover.title);
  add('cm-cel-hover-value', hover.value && `= ${hover.value}`);
  add('cm-cel-hover-doc', hover.doc);
  return dom;
}

/** Marks for what is wrong. */
export function celLinter(provider: CelProvider, config: { delay?: number } = {}): Extension {
  return linter(async (view) => {
    const source = view.state.doc.toString();
    const found = (await provider.check?.(source)) ?? [];
    return found.map((diagnostic) => celMark(diagnostic, view.state.doc.length));
  }, config);
}

/** A diagnostic as CodeMirror's own, kept within a document of `length`. */
export function celMark(found: CelDiagnostic, length: number): Diagnostic {
  const from = Math.min(Math.max(found.from, 0), length);
  const to = Math.min(Math.max(found.to, from), length);
  const message = found.help ? `${found.message}\n${found.help}` : found.message;
  const mark: Diagnostic = { from, to, severity: found.severity, message };
  if (found.code) mark.source = found.code;
  return mark;
}
