/** The engine as what editors ask: about expressions within policy files, with values where there are some. */
import type { CelDiagnostic, CelProvider } from '@callgate/codemirror-cel';
import { complete, type Diagnostic, hover, type Language } from '@callgate/engine';

/** What a provider looks at besides the text it is asked about. */
export interface Known {
  /** What is wrong with the text. */
  diagnostics(): readonly Diagnostic[];
  /** The value of the smallest part around a place of the text. */
  value(at: number): string | undefined;
}

/** For policy files. */
export function policyProvider(language: Language, known: Known): CelProvider {
  return {
    complete: (text, position) => complete(text, position, { language }),
    hover(text, position) {
      const told = hover(text, position, { language });
      const value = told && known.value(position);
      return told && { ...told, ...(value && { value }) };
    },
    check: () => known.diagnostics().map(toMark),
  };
}

/** For JSON: only what is wrong with it. */
export function jsonProvider(diagnostics: () => readonly Diagnostic[]): CelProvider {
  return { check: () => diagnostics().map(toMark) };
}

function toMark({ code, severity, message, help, from = 0, to = from }: Diagnostic): CelDiagnostic {
  const found = { code, message, from, to, ...(help !== undefined && { help }) };
  return { ...found, severity: severity === 'note' ? 'info' : severity };
}
