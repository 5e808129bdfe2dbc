/** Expressions where policies keep them: in YAML, as plain, quoted and block scalars. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { yamlLanguage } from '@codemirror/lang-yaml';
import type { SyntaxNode, Tree } from '@lezer/common';
import { describe, expect, it } from 'vitest';
import { celInYaml } from '../src/index.js';

const ROOT = join(import.meta.dirname, '../../..');
const parser = yamlLanguage.configure({ wrap: celInYaml(['expression']) }).parser;

/** The expressions that a YAML text mounts, as their source, and whether they could be read. */
function mounted(text: string): { source: string; broken: boolean }[] {
  const found: { source: string; broken: boolean }[] = [];
  const tree: Tree = parser.parse(text);
  const seen = new Set<number>();
  for (let at = 0; at <= text.length; at++) {
    // A blank belongs to whatever stands beside it.
    if (/\s/.test(text[at] ?? '')) continue;
    let node: SyntaxNode | null = tree.resolveInner(at, 1);
    let broken = false;
    for (; node && node.name !== 'Source'; node = node.parent) if (node.type.isError) broken = true;
    if (!node) continue;
    const earlier = seen.has(node.from);
    seen.add(node.from);
    if (!earlier) found.push({ source: text.slice(node.from, node.to), broken });
    else if (broken)
      for (const one of found) if (one.source === text.slice(node.from, node.to)) one.broken = true;
  }
  return found;
}

function yamlFiles(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the examples of the documentation', () => {
  it.each(yamlFiles('docs/examples').filter((file) => file.includes('/policies/')))('%s', (file) => {
    const text = readFileSync(file, 'utf8');
    const found = mounted(text);
    expect(found.length).toBe(text.match(/^ {2}expression:/gm)?.length ?? 0);
    expect(found.filter((one) => one.broken)).toEqual([]);
  });
});

it('reads the expressions of the decision cases', () => {
  const found = yamlFiles('tests/corpus/decisions/cel').flatMap((file) =>
    mounted(readFileSync(file, 'utf8')),
  );
  expect(found.length).toBeGreaterThan(40);
  const broken = found.filter((one) => one.broken).map((one) => one.source);
  expect(broken).toEqual([]);
});

const FORMS: readonly (readonly [yaml: string, sources: readonly string[]])[] = [
  ['expression: a == 1', ['a == 1']],
  ['spec:\n  expression: "a.b > 1"\n  message: no', ['a.b > 1']],
  ["spec: { expression: 'a in [1]', effect: deny }", ['a in [1]']],
  ['expression: |-\n  a\n  && b // both\n  || c\nmessage: d', ['a\n  && b // both\n  || c']],
  ['expression: >-\n  a ||\n  b\n', ['a ||\n  b']],
  ['message: a == 1', []],
  ['expression: "a == \\"x\\""', []],
  ['expression', []],
  ['expression:', []],
];

it.each(FORMS)('%j', (yaml, sources) => {
  expect(mounted(yaml).map((one) => one.source.trim())).toEqual(sources);
});
