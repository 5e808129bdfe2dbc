/** The languages of the page's texts: policies with CEL in them, and JSON. */
import { celCompletion, celHover, celInYaml, celLinter, type CelProvider } from '@callgate/codemirror-cel';
import { json } from '@codemirror/lang-json';
import { yamlLanguage } from '@codemirror/lang-yaml';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

/** The keys whose values are expressions. */
export const EXPRESSIONS = ['expression'];

const policyLanguage = yamlLanguage.configure({ wrap: celInYaml(EXPRESSIONS) });

/** A policy file: YAML with expressions, or JSON. */
export function policyFile(name: string, provider: CelProvider): Extension {
  const language = name.endsWith('.json') ? json() : new LanguageSupport(policyLanguage);
  const completion = name.endsWith('.json')
    ? []
    : policyLanguage.data.of({ autocomplete: celCompletion(provider) });
  return [language, completion, celHover(provider), celLinter(provider, { delay: 100 })];
}

/** JSON whose mistakes the provider tells. */
export function jsonText(provider: CelProvider): Extension {
  return [json(), celLinter(provider, { delay: 100 })];
}

