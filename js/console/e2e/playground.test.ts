/**
 * The playground in a real Chromium, served by the real `callgate serve`.
 *
 * `CALLGATE` is the binary, `CHROMIUM` the browser; `cargo xtask console test` sets both.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';

const BINARY = process.env.CALLGATE ?? 'callgate';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server: ChildProcess;
let address: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** Whatever the page complained about: its content security policy among it. */
let complaints: string[];

beforeAll(async () => {
  server = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!server.stdout) throw new Error('the server says nothing');
  const [line] = await once(createInterface(server.stdout), 'line');
  address = String(line);
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser?.close();
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  await page.waitForSelector('.strip strong');
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const decision = () => page.textContent('.strip strong');
const outcomes = () => page.locator('.outcomes .toggle').allTextContents();
const example = (id: string) => page.selectOption('header select', id);
const work = () =>
  page.evaluate(() => ({
    ...(window as unknown as { callgate: { judge: { work: object } } }).callgate.judge.work,
  }));
const editor = (label: RegExp) => page.getByRole('textbox', { name: label });

/** Replaces what an editor holds, by the keyboard as somebody would. */
async function type(label: RegExp, text: string): Promise<void> {
  await editor(label).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

it('shows the decision, the policies in order and the values below an expression', async () => {
  expect(await decision()).toBe('DENY');
  expect(await page.textContent('.strip .by button')).toBe('block-large-sums');
  expect(await outcomes()).toEqual([
    '1✓denyblock-dangerous-toolsfalse',
    '2✕denyblock-large-sumstruedecides',
    '3✓allowallow-team-toolstrue',
    '4✓allowscope-to-customertrue',
  ]);
  const values = page.locator('.outcomes li').nth(1).locator('.values span:not(.stem)');
  expect(await values.allTextContents()).toEqual(
    expect.arrayContaining(['"get-sum"', '5000', 'true', 'false']),
  );
});

it('decides anew at every key press, and does no more than it has to', async () => {
  await page.locator('.sample .cm-content').getByText('5000').dblclick();
  const before = (await work()) as Record<string, number>;
  await page.keyboard.type('70');
  await expect.poll(decision).toBe('ALLOW');
  const after = (await work()) as Record<string, number>;
  const done = Object.fromEntries(
    Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)]),
  );
  expect(done).toEqual({ reviews: 0, compiles: 0, decisions: 2 });
});

it('reads policies as they are typed, and tells what is wrong with them', async () => {
  await page.getByRole('tab', { name: '20-block-large-sums.yaml' }).click();
  const policy = `apiVersion: callgate/v1
kind: CelPolicy
metadata: { name: block-large-sums }
spec:
  effect: deny
  expression: request.tool.name.sise() > 0
`;
  await type(/Policies in policies\/20/, policy);
  await page.getByText('These policies cannot be used').waitFor();
  expect(await page.textContent('.problems li')).toContain('20-block-large-sums.yaml:6');
  expect(await page.getByRole('tab', { selected: true }).first().textContent()).toContain('1 errors');
  await type(/Policies in policies\/20/, policy.replace('sise() > 0', 'size() > 100'));
  await expect.poll(decision).toBe('ALLOW');
  expect(await page.textContent('.problems')).toContain('4 policies, no problems');
});

it('completes names from the engine', async () => {
  await page.getByRole('tab', { name: '20-block-large-sums.yaml' }).click();
  await editor(/Policies in policies\/20/).click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(
    'apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: { name: p }\nspec:\n  effect: deny\n  expression: ',
  );
  await page.keyboard.type('identity.la', { delay: 20 });
  const offered = page.locator('.cm-tooltip-autocomplete li[aria-selected]');
  await offered.waitFor();
  expect(await offered.textContent()).toContain('labels');
  await page.keyboard.press('Escape');
});

it('marks findings in the message', async () => {
  await example('secrets');
  const marked = page.locator('.cm-finding');
  await marked.first().waitFor();
  expect((await marked.allTextContents()).join(' ')).toContain('glpat-Zq3xW8vN2kLm5RtY7uPd');
  expect(await page.locator('table.findings th').allTextContents()).toEqual(['gitlab-pat', 'email-address']);
  // The record itself has the value masked.
  await page.getByRole('tab', { name: 'Record' }).click();
  const record = await page.textContent('pre.record');
  expect(record).toContain('DLP_BLOCKED');
  expect(record).not.toContain('glpat-Zq3xW8vN2kLm5RtY7uPd');
});

it('shares the whole page in its address', async () => {
  await example('refunds');
  await page.getByLabel('When the call is made').fill('2026-05-04T12:10:00Z');
  await expect.poll(() => page.url()).toContain('#p1.');
  // Ten minutes later the evidence is too old.
  await expect.poll(decision).toBe('DENY');
  const denied = await page.textContent('.strip');
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('status').getByText('Link').waitFor();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForSelector('.strip strong');
  expect(await other.textContent('.strip')).toBe(denied);
  expect(await other.inputValue('.moment input')).toBe('2026-05-04T12:10:00Z');
});

it('is used by the keyboard alone', async () => {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  // The tabs of the files are one stop; arrows move between them.
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  expect(await page.getByRole('tab', { selected: true }).first().textContent()).toBe(
    '20-block-large-sums.yaml',
  );
  // From the editor, the tab key leads on.
  for (let step = 0; step < 4; step++) await page.keyboard.press('Tab');
  const within = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  expect(within).toBe('Policies in policies/20-block-large-sums.yaml');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).not.toBe(within);
});

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

const WIDTHS = { wide: 1440, narrow: 390 } as const;

it.each(['light', 'dark'] as const)('has nothing for axe to find, %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(AXE);
  for (const width of Object.values(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    for (const id of ['support-team', 'mail-and-spend', 'refunds', 'secrets']) {
      await example(id);
      const found = await page.evaluate(async () => {
        const axe = (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
        const { violations } = await axe.run();
        return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
      });
      expect(found).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
    }
  }
});

it('prints what a key press costs with 200 policies', async () => {
  const files = Array.from({ length: 200 }, (_, number) => ({
    name: `policies/${number}.yaml`,
    text: `apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: { name: rule-${number} }\nspec:\n  effect: deny\n  expression: request.tool.name == "tool-${number}" && request.tool.args.amount > ${number} && identity.labels.team != "ops"\n`,
  }));
  const call =
    '{"identity":{"name":"bot","labels":{"team":"a"}},"request":{"tool":{"name":"tool-7","args":{"amount":3}}}}';
  const figures = await page.evaluate(
    ([files, call]) => {
      const session = (window as unknown as { callgate: import('../src/model/session.js').Session }).callgate;
      session.load({ files, call, form: 'call', message: '{}', caller: '{}', state: '{}', now: '' });
      const times = (press: (key: number) => void) => {
        const taken = Array.from({ length: 15 }, (_, key) => {
          const started = performance.now();
          press(key);
          // What is shown is worked out when it is read.
          if (
            session.rows.value.length + session.policyMarks.value.length + session.bodyMarks.value.length ===
            0
          )
            throw new Error('nothing');
          return performance.now() - started;
        });
        return taken.sort((a, b) => a - b)[7]?.toFixed(1);
      };
      return {
        rows: session.rows.value.length,
        call: times((key) => session.change({ call: call.replace('3}', `${key}}`) })),
        policy: times((key) =>
          session.write('policies/7.yaml', files[7]?.text.replace('> 7', `> ${70 + key}`) ?? ''),
        ),
      };
    },
    [files, call] as const,
  );
  expect(figures.rows).toBe(200);
  console.info(
    `200 policies: a key in the call ${figures.call} ms, a key in a policy ${figures.policy} ms (median of 15, Chromium)`,
  );
});

it('looks like this', async () => {
  await page.getByRole('button', { name: 'Show block-large-sums' }).click();
  await page.mouse.move(700, 500);
  const picture = await page.screenshot(process.env.SCREENSHOT ? { path: process.env.SCREENSHOT } : {});
  expect(picture.length).toBeGreaterThan(20_000);
  expect(picture.length).toBeLessThan(300_000);
});
