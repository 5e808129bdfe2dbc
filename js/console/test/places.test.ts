/** Bytes of a decoded string, found again in the literal that it was typed as. */
import { expect, it } from 'vitest';
import { bytesWithin, valueAt } from '../src/model/places.js';

const TEXT = '{"a": {"b/c": [1, "x\\u00e9\\n𝄞 secret \\ud834\\udd1e!"]}, "~": null}';

it.each([
  ['', TEXT],
  ['/a/b~1c/0', '1'],
  ['/~0', 'null'],
  ['/a/b~1c/2', null],
  ['/b', null],
])('finds %s', (pointer, found) => {
  const place = valueAt(TEXT, pointer);
  expect(place && TEXT.slice(place.from, place.to)).toBe(found);
});

it.each([
  [0, 1, 'x'],
  [1, 3, '\\u00e9'],
  [3, 4, '\\n'],
  [4, 8, '𝄞'],
  [9, 15, 'secret'],
  [16, 20, '\\ud834\\udd1e'],
  [20, 21, '!'],
])('bytes %i to %i are %s', (start, end, written) => {
  const literal = valueAt(TEXT, '/a/b~1c/1');
  expect(literal).not.toBeNull();
  const { from, to } = bytesWithin(TEXT, literal ?? { from: 0, to: 0 }, start, end);
  expect(TEXT.slice(from, to)).toBe(written);
});
