/** From texts to decisions, with the engine that the page has; what a key press costs is counted. */
import { init } from '@callgate/engine';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { EXAMPLES } from '../src/model/examples.js';
import type { Sample } from '../src/model/sample.js';
import { EMPTY } from '../src/model/sample.js';
import { Session } from '../src/model/session.js';

// As the page does, before anything is asked.
beforeAll(() => init());

const example = (id: string): Sample => EXAMPLES.find((known) => known.id === id)?.sample ?? EMPTY;
const outcomes = (session: Session) =>
  session.rows.value.map((row) => `${row.kind} ${row.policy}: ${row.outcome}`);

const EXPECTED: Record<string, readonly [decision: string, policy: string, rule: string | null]> = {
  'support-team': ['DENY', 'block-large-sums', null],
  'two-teams': ['DENY', 'block-production-access', null],
  'mail-and-spend': ['DENY', 'Block external email on support agents', 'recipients'],
  'model-gateway': ['FLAG', 'sensitive-intents', null],
  refunds: ['REQUIRE_APPROVAL', 'money', 'approval_threshold_usd'],
  secrets: ['DENY', 'leaks', 'gitlab-pat'],
};

it.each(EXAMPLES.map(({ id, sample }) => [id, sample] as const))('%s decides', (id, sample) => {
  const session = new Session(sample);
  expect(session.policies.value.diagnostics).toEqual([]);
  const { decision, deciding } = session.record.value ?? {};
  expect([decision, deciding?.policy, deciding?.rule]).toEqual(EXPECTED[id]);
  // Every policy has its row, and one of them decides.
  expect(session.rows.value.length).toBe(session.policies.value.policies.length);
  expect(session.rows.value.filter((row) => row.decides).map((row) => row.policy)).toEqual([
    deciding?.policy,
  ]);
});

it('tells every policy in the order in which they are asked', () => {
  expect(outcomes(new Session(example('support-team')))).toEqual([
    'deny block-dangerous-tools: false',
    'deny block-large-sums: true',
    'allow allow-team-tools: true',
    'allow scope-to-customer: true',
  ]);
});

it('marks findings where they stand in the message', () => {
  const session = new Session(example('secrets'));
  const { message } = session.sample.value;
  const marked = session.bodyMarks.value.flatMap((mark) =>
    mark.kind === 'finding' ? [`${mark.severity} ${message.slice(mark.from, mark.to)}`] : [],
  );
  expect(marked).toEqual(['critical glpat-Zq3xW8vN2kLm5RtY7uPd', 'medium joan.doyle@brightwater-labs.io']);
});

it('goes on deciding by the last sound policies, and says so', () => {
  const session = new Session(example('support-team'));
  expect(session.record.value?.decision).toBe('DENY');
  session.write('policies/20-block-large-sums.yaml', 'kind: [');
  expect(session.policies.value.ok).toBe(false);
  expect(session.diagnosticsOf('policies/20-block-large-sums.yaml').length).toBeGreaterThan(0);
  expect(session.record.value?.decision).toBe('DENY');
});

it.each([
  ['call', { form: 'call', call: '{"identity":' }],
  ['call', { form: 'call', call: '{"identity":{"nam":"x"}}' }],
  ['message', { form: 'mcp', message: '{"jsonrpc":"2.0","jsonrpc":"2.0"}' }],
  ['caller', { form: 'mcp', caller: '{' }],
  ['state', { state: '{"spent":{}}' }],
  ['now', { now: 'noon' }],
] as const)('blames the %s', (where, part) => {
  const session = new Session(example('support-team'));
  session.change(part);
  const verdict = session.verdict.value;
  expect(verdict.kind === 'trouble' && verdict.trouble.where).toBe(where);
  expect(verdict.kind === 'trouble' && verdict.trouble.diagnostics.length).toBeGreaterThan(0);
});

it('has no policies, and says so', () => {
  const verdict = new Session({ ...EMPTY, files: [{ name: 'policies/a.yaml', text: ': :' }] }).verdict.value;
  expect(verdict).toEqual({ kind: 'trouble', trouble: { where: 'policies', diagnostics: [] } });
});

/** A project of so many policies, one a file, and a call that none of them refuses. */
function large(count: number): Sample {
  const files = Array.from({ length: count }, (_, number) => ({
    name: `policies/${String(number).padStart(4, '0')}.yaml`,
    text: `apiVersion: callgate/v1
kind: CelPolicy
metadata: { name: rule-${number} }
spec:
  effect: deny
  expression: request.tool.name == "tool-${number}" && request.tool.args.amount > ${number} && identity.labels.team != "ops"
`,
  }));
  const call =
    '{"identity":{"name":"bot","labels":{"team":"support"}},"request":{"tool":{"name":"tool-7","args":{"amount":3}}}}';
  return { ...EMPTY, files, call };
}

const pressed: string[] = [];
afterEach(() => {
  if (pressed.length > 0) console.info(pressed.splice(0).join('\n'));
});

/** What a change costs, in steps of work; the time it took is printed, since machines differ. */
function press(what: string, session: Session, change: () => void) {
  const before = { ...session.judge.work };
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  change();
  const rows = session.rows.value.length;
  const marks = session.policyMarks.value.length + session.bodyMarks.value.length;
  const milliseconds = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const busy = ((user + system) / 1000).toFixed(1);
  pressed.push(`${what}: ${milliseconds.toFixed(1)} ms (${busy} ms of work), ${rows} rows, ${marks} marks`);
  const { reviews, compiles, decisions } = session.judge.work;
  return {
    reviews: reviews - before.reviews,
    compiles: compiles - before.compiles,
    decisions: decisions - before.decisions,
  };
}

it('reviews once for a key in a policy, not at all for a key in the call, and decides once for both', () => {
  const session = new Session(large(200));
  expect(session.rows.value.length).toBe(200);
  expect(session.record.value?.decision).toBe('ALLOW');
  for (let key = 0; key < 5; key++) {
    const call = session.sample.value.call.replace(/"amount":\d+/, `"amount":${key}`);
    const work = press('a key in the call, 200 policies', session, () => session.change({ call }));
    expect(work).toEqual({ reviews: 0, compiles: 0, decisions: 1 });
  }
  for (let key = 0; key < 5; key++) {
    const text = session.files.value[7]?.text.replace(/amount > \d+/, `amount > ${100 + key}`) ?? '';
    const work = press('a key in a policy, 200 policies', session, () =>
      session.write('policies/0007.yaml', text),
    );
    expect(work).toEqual({ reviews: 1, compiles: 1, decisions: 1 });
  }
  const same = session.files.value[7]?.text ?? '';
  expect(press('no change', session, () => session.write('policies/0007.yaml', same))).toEqual({
    reviews: 0,
    compiles: 0,
    decisions: 0,
  });
});
