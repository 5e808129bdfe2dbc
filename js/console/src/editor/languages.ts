/** The languages of the page's texts: policies with CEL in them, and JSON. */
import {
  type CelProvider,
  celCompletion,
  celHover,
  celInYaml,
  celLanguage,
  celLinter,
} from '@callgate/codemirror-cel';
import { json, jsonLanguage } from '@codemirror/lang-json';
import { yamlLanguage } from '@codemirror/lang-yaml';
import { LanguageSupport } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

const policyLanguage = yamlLanguage.configure({ wrap: celInYaml(['expression']) });

/** A policy file: YAML with expressions, or JSON. */
export function policyFile(language: 'yaml' | 'json', provider: CelProvider): Extension {
  const complete = { autocomplete: celCompletion(provider) };
  const support =
    language === 'json'
      ? [json(), jsonLanguage.data.of(complete)]
      : // Within an expression the language is CEL, not YAML.
        [
          new LanguageSupport(policyLanguage),
          policyLanguage.data.of(complete),
          celLanguage.data.of(complete),
        ];
  return [support, celHover(provider), celLinter(provider, { delay: 100 })];
}

/** JSON whose mistakes the provider tells. */
export function jsonText(provider: CelProvider): Extension {
  return [json(), celLinter(provider, { delay: 100 })];
}
