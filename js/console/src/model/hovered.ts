/** The value of what stands under the pointer in a policy file. */
import { celAt } from '@callgate/codemirror-cel';
import { unitsBefore } from '@callgate/engine';
import { yamlLanguage } from '@codemirror/lang-yaml';
import { EXPRESSIONS } from '../editor/languages.js';
import type { Session } from './session.js';

/** The value of the smallest part around a place of a file, as JSON; nothing where there is none. */
export function valueIn(session: Session, file: string, at: number): string | undefined {
  const text = session.files.peek().find((known) => known.name === file)?.text ?? '';
  const found = celAt(yamlLanguage.parser.parse(text), text, at, EXPRESSIONS);
  const inner = found?.inner(at);
  if (!found || inner === null || inner === undefined) return undefined;
  const written = letters(found.source);
  for (const { expression } of session.rows.peek()) {
    // Two texts of one expression differ in white space at most: YAML folds lines.
    if (!expression || letters(expression.text) !== written) continue;
    const place = placeOf(expression.text, letters(found.source.slice(0, inner)).length);
    const around = expression.parts
      .map((part) => ({ ...part, from: unitsBefore(expression.text, part.from), to: unitsBefore(expression.text, part.to) }))
      .filter((part) => part.from <= place && place < part.to && part.outcome === 'value');
    const smallest = around.sort((a, b) => a.to - a.from - (b.to - b.from))[0];
    return smallest && JSON.stringify(smallest.value);
  }
  return undefined;
}

function letters(text: string): string {
  return text.replace(/\s/g, '');
}

/** The place of the letter before which there are so many. */
function placeOf(text: string, count: number): number {
  let left = count;
  for (let at = 0; at < text.length; at++) {
    if (/\s/.test(text[at] ?? '')) continue;
    if (left === 0) return at;
    left -= 1;
  }
  return text.length;
}
