/** The engine as what editors ask: about expressions within policy files, with values where there are some. */
import { type CelCompletions, type CelDiagnostic, type CelHover, type CelProvider, celAt } from '@callgate/codemirror-cel';
import { complete, type Diagnostic, hover } from '@callgate/engine';
import { yamlLanguage } from '@codemirror/lang-yaml';
import { EXPRESSIONS } from './languages.js';

/** What a provider looks at besides the text it is asked about. */
export interface Known {
  /** What is wrong with the text. */
  diagnostics(): readonly Diagnostic[];
  /** The value of the smallest part around a place of the text. */
  value?(at: number): string | undefined;
}

/** For policy files. */
export function policyProvider(known: Known): CelProvider {
  const at = (text: string, position: number) =>
    celAt(yamlLanguage.parser.parse(text), text, position, EXPRESSIONS);
  return {
    complete(text, position): CelCompletions | null {
      const found = at(text, position);
      const inner = found?.inner(position);
      if (!found || inner === null || inner === undefined) return null;
      const { from, to, items } = complete(found.source, inner, { language: 'cel' });
      return { from: found.outer(from), to: to === inner ? position : found.outer(to), items };
    },
    hover(text, position): CelHover | null {
      const found = at(text, position);
      const inner = found?.inner(position);
      if (!found || inner === null || inner === undefined) return null;
      const told = hover(found.source, inner, { language: 'cel' });
      if (!told) return null;
      const value = known.value?.(position);
      const place = { from: found.outer(told.from), to: found.outer(Math.max(told.to - 1, told.from)) + 1 };
      return { ...place, title: told.title, doc: told.doc, ...(value !== undefined && { value }) };
    },
    check: () => known.diagnostics().map(toMark),
  };
}

/** For JSON: only what is wrong with it. */
export function jsonProvider(known: Known): CelProvider {
  return { check: () => known.diagnostics().map(toMark) };
}

function toMark({ code, severity, message, help, from, to }: Diagnostic): CelDiagnostic {
  const place = { from: from ?? 0, to: to ?? from ?? 0 };
  return {
    ...place,
    code,
    message,
    severity: severity === 'note' ? 'info' : severity,
    ...(help !== undefined && { help }),
  };
}
