/** Values stand under the characters they belong to, and no two of them over each other. */
import type { Part } from '@callgate/engine';
import { expect, it } from 'vitest';
import { diagram } from '../src/model/values.js';

/** The diagram as text, as the page draws it. */
function drawn(expression: string, parts: readonly Part[]): string[] {
  return diagram(expression, parts).flatMap((line) => {
    const rows = Array.from({ length: line.rows }, (_, row) => {
      let text = '';
      for (const value of line.values.filter((value) => value.row === row)) {
        expect(text.length).toBeLessThanOrEqual(value.column);
        text = text.padEnd(value.column) + value.text;
      }
      return text;
    });
    return [line.text, ...rows];
  });
}

const value = (from: number, to: number, found: unknown): Part => ({
  from,
  to,
  outcome: 'value',
  value: found,
});

it('puts an operation under its operator and a path under its last name', () => {
  const expression = 'a.b.size() > 10 && !c';
  const parts = [
    value(0, 21, true),
    value(0, 15, true),
    value(0, 10, 12),
    value(0, 3, 'text'),
    value(19, 21, true),
    value(20, 21, false),
  ];
  expect(drawn(expression, parts)).toEqual([
    'a.b.size() > 10 && !c',
    '    12     true     false',
    '  "text"           true',
    '                true',
  ]);
});

it('tells faults by their code, and nothing of what was not needed', () => {
  const expression = 'a.b || c';
  const parts: Part[] = [
    { from: 0, to: 8, outcome: 'error', fault: { code: 'NO_SUCH_KEY', from: 0, to: 3 } },
    { from: 7, to: 8, outcome: 'not needed' },
  ];
  expect(drawn(expression, parts)).toEqual(['a.b || c', '    NO_SUCH_KEY']);
  expect(diagram(expression, parts)[0]?.unneeded).toEqual([{ from: 7, to: 8 }]);
});

it('counts bytes of the record and characters of the page', () => {
  const expression = '"é𝄞" == a';
  expect(drawn(expression, [value(12, 13, 'z')])).toEqual(['"é𝄞" == a', '         "z"']);
});

it('keeps each line with its own values', () => {
  const expression = 'a\n&& b';
  expect(drawn(expression, [value(0, 6, false), value(0, 1, true), value(5, 6, false)])).toEqual([
    'a',
    'true',
    '&& b',
    '   false',
    'false',
  ]);
});
