/** A page in its address: what goes in comes out, and what nobody wrote with this page does no harm. */
import { expect, it } from 'vitest';
import { EXAMPLES } from '../src/model/examples.js';
import { EMPTY } from '../src/model/sample.js';
import { fromFragment, toFragment } from '../src/model/share.js';

it.each(EXAMPLES.map(({ id, sample }) => [id, sample] as const))(
  '%s comes back as it was',
  async (_, sample) => {
    const fragment = await toFragment(sample);
    expect(fragment).toMatch(/^p1\.[\w-]+$/);
    expect(await fromFragment(`#${fragment}`)).toEqual(sample);
  },
);

it('keeps characters beyond the first plane', async () => {
  const sample = { ...EMPTY, call: '{"a":"𝄞é\\u0000"}' };
  expect(await fromFragment(await toFragment(sample))).toEqual(sample);
});

async function packed(value: unknown): Promise<string> {
  return toFragment(value as typeof EMPTY);
}

it.each([
  ['nothing', ''],
  ['another page', '#section'],
  ['no base64', 'p1.%%%'],
  ['no deflate', 'p1.AAAA'],
])('takes nothing from %s', async (_, fragment) => {
  expect(await fromFragment(fragment)).toBeNull();
});

it.each([[null], [[]], [{}], [{ files: [] }], [{ files: [{ name: 1, text: 2 }] }]])(
  'takes nothing from %j',
  async (value) => {
    expect(await fromFragment(await packed(value))).toBeNull();
  },
);

it('takes over what has the right shape and leaves the rest', async () => {
  const value = { files: [{ name: 'a.yaml', text: 't', more: 1 }, 7], form: 'x', call: 1, now: 'then' };
  const expected = { ...EMPTY, files: [{ name: 'a.yaml', text: 't' }], now: 'then' };
  expect(await fromFragment(await packed(value))).toEqual(expected);
});

it('gives up on a page that unpacks to more than anybody types', async () => {
  const bomb = { ...EMPTY, call: ' '.repeat(3_000_000) };
  const fragment = await toFragment(bomb);
  expect(fragment.length).toBeLessThan(10_000);
  expect(await fromFragment(fragment)).toBeNull();
});
