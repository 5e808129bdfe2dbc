/** What an editor does with the language: folds, indents, matches brackets, completes. */
import { CompletionContext } from '@codemirror/autocomplete';
import { ensureSyntaxTree, foldable, getIndentation, matchBrackets } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { classHighlighter, highlightTree } from '@lezer/highlight';
import { expect, it } from 'vitest';
import { type CelProvider, cel, celCompletion, celMark, celParser } from '../src/index.js';

function state(doc: string): EditorState {
  const made = EditorState.create({ doc, extensions: cel() });
  ensureSyntaxTree(made, doc.length, 1000);
  // A state keeps the tree that it was made with; the next one has the finished tree.
  return made.update({}).state;
}

it('folds what stands in brackets', () => {
  const open = state('a in [\n  1,\n  2\n] && b');
  expect(foldable(open, 0, 6)).toEqual({ from: 6, to: 16 });
});

it('indents within brackets and not by operators', () => {
  const inside = state('f(\n1,\n2\n)');
  expect([3, 6].map((at) => getIndentation(inside, at))).toEqual([2, 2]);
  expect(getIndentation(state('a\n&& b'), 2)).toBe(0);
});

it('matches brackets, and none of those in texts', () => {
  const text = state('f(")", [1])');
  expect(matchBrackets(text, 1, 1)).toMatchObject({ end: { from: 10, to: 11 }, matched: true });
});

it('tells names of functions, fields and variables apart', () => {
  const source = 'has(a.b) && "x" in c';
  const found: string[] = [];
  highlightTree(celParser.parse(source), classHighlighter, (from, to, classes) => {
    found.push(`${source.slice(from, to)} ${classes.replaceAll('tok-', '')}`);
  });
  expect(found.filter((one) => !/punctuation/.test(one))).toEqual([
    'has variableName',
    'a variableName',
    '. operator',
    'b propertyName',
    '&& operator',
    '"x" string',
    'in keyword',
    'c variableName',
  ]);
});

const provider: CelProvider = {
  complete: async (source, offset) => ({
    from: offset - 2,
    to: offset,
    items: [
      { label: 'name', kind: 'field', detail: 'string' },
      { label: 'size', kind: 'function', detail: 'size(list) -> int\nsize(map) -> int', doc: source },
    ],
  }),
};

it('offers what the provider knows, functions with their bracket', async () => {
  const text = state('a.na');
  const found = await celCompletion(provider)(new CompletionContext(text, 4, false));
  expect(found?.from).toBe(2);
  expect(found?.options).toEqual([
    { label: 'name', type: 'property', detail: 'string' },
    { label: 'size', type: 'function', detail: 'size(list) -> int', info: 'a.na', apply: 'size(' },
  ]);
});

it('offers nothing where nothing is typed', async () => {
  const found = await celCompletion(provider)(new CompletionContext(state('a && '), 5, false));
  expect(found).toBeNull();
});

it('keeps marks within the document', () => {
  const mark = celMark({ from: 3, to: 99, severity: 'error', message: 'no', code: 'x', help: 'do' }, 4);
  expect(mark).toEqual({ from: 3, to: 4, severity: 'error', message: 'no\ndo', source: 'x' });
});
