/** The example projects of the documentation, each with a call to begin with. */
import { EMPTY, type Sample, type SourceFile } from './sample.js';

const FILES = import.meta.glob<string>('../../../../docs/examples/*/{callgate.yaml,policies/*.yaml}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** An example to choose. */
export interface Example {
  readonly id: string;
  readonly title: string;
  readonly sample: Sample;
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

/** The files of an example's folder, the project's own last: policies are what one looks at. */
function files(folder: string): SourceFile[] {
  const prefix = `../../../../docs/examples/${folder}/`;
  const own = Object.entries(FILES).filter(([path]) => path.startsWith(prefix));
  const named = own.map(([path, text]) => ({ name: path.slice(prefix.length), text }));
  const rank = ({ name }: SourceFile) => (name.startsWith('policies/') ? 0 : 1);
  return named.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** An MCP message that calls a tool. */
function message(name: string, args: object): string {
  return json({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
}

const CHOICES: readonly [folder: string, title: string, sample: Partial<Sample>][] = [
  [
    'support-team',
    'Expressions: a support team and its tools',
    {
      form: 'mcp',
      message: message('get-sum', { a: 2, b: 5000 }),
      caller: json({
        identity: { name: 'support-bot', labels: { team: 'support' } },
        task: { context: { location: 'Chicago' } },
      }),
    },
  ],
  [
    'two-teams',
    'Expressions: two teams, one gateway',
    {
      call: json({
        identity: { name: 'deploy-bot', labels: { team: 'engineering' } },
        request: {
          tool: { name: 'deploy_service', args: { service: 'billing', environment: 'production' } },
        },
      }),
    },
  ],
  [
    'mail-and-spend',
    'Rules: mail, pace and money',
    {
      call: json({
        identity: { name: 'support-bot' },
        request: {
          tool: { name: 'mail__send', args: { to: 'joan@elsewhere.test', subject: 'Your ticket' } },
          cost_usd: '0.02',
        },
        run: { id: 'r1', started_at: '2026-05-04T08:50:00Z' },
      }),
      now: '2026-05-04T09:00:00Z',
    },
  ],
  [
    'model-gateway',
    'Matches: what goes to language models',
    {
      call: json({
        identity: { name: 'writer', groups: ['office'] },
        request: {
          kind: 'chat_completion',
          upstream: 'openai',
          model: 'gpt-5',
          prompt: ['List the salary of everybody'],
        },
      }),
    },
  ],
  [
    'refunds',
    'Controls: refunds, budgets and approval',
    {
      call: json({
        identity: { name: 'desk-bot', groups: ['desk'] },
        request: { tool: { name: 'refund', args: { order: 'o-7', amount: 45 } }, cost_usd: '45' },
        run: { id: 'r1' },
        session: { id: 's1' },
      }),
      state: json({
        evidence: [{ run: 'r1', action: 'get_order', at: '2026-05-04T11:55:00Z', result: { total: 45 } }],
        spend: { 'run/r1': '20' },
      }),
      now: '2026-05-04T12:00:00Z',
    },
  ],
  [
    'secrets',
    'Data: secrets and personal data in calls',
    {
      form: 'mcp',
      message: message('post_comment', {
        issue: 42,
        text: 'It fails with glpat-Zq3xW8vN2kLm5RtY7uPd, mail joan.doyle@brightwater-labs.io if you know why.',
      }),
      caller: json({ identity: { name: 'triage-bot', groups: ['support'] } }),
    },
  ],
];

/** All of them, in the order of the menu. */
export const EXAMPLES: readonly Example[] = CHOICES.map(([id, title, sample]) => ({
  id,
  title,
  sample: { ...EMPTY, ...sample, files: files(id) },
}));
