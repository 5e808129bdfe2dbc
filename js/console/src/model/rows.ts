/** Every policy's outcome, in the order in which policies are asked. */
import type { Record as DecisionRecord, Explanation, Part, PolicySummary } from '@callgate/engine';

/** How a policy's part in the decision is shown. */
export type Tone = 'pass' | 'stop' | 'mark' | 'idle';

/** One check of a policy that is no expression. */
export type Check = Explanation['judged'][number]['checks'][number];

/** The conditions that would have to come out otherwise; places in bytes of the expression. */
export type Flip = Explanation['policies'][number]['flip'];

/** One policy. */
export interface Row {
  readonly policy: string;
  /** What kind it is, in a word. */
  readonly kind: 'deny' | 'allow' | 'rules' | 'match' | 'control' | 'dlp';
  readonly outcome: string;
  readonly tone: Tone;
  readonly decides: boolean;
  /** Of an expression: its text and the values of its parts. */
  readonly expression?: { readonly text: string; readonly parts: readonly Part[]; readonly flip: Flip };
  readonly checks?: readonly Check[];
}

const SHORT = { RuleSet: 'rules', MatchPolicy: 'match', ControlPolicy: 'control', DlpPolicy: 'dlp' } as const;

/** The rows of a record that explains itself; `known` are the policies as they are written. */
export function rows(record: DecisionRecord, known: readonly PolicySummary[]): Row[] {
  const { explanation, deciding } = record;
  const decides = (policy: string) => deciding?.policy === policy;
  const asked = (explanation?.policies ?? []).map((policy): Row => {
    const { text, tone } = expressionOutcome(policy);
    return {
      policy: policy.policy,
      kind: policy.effect,
      outcome: text,
      tone,
      decides: decides(policy.policy),
      expression: { text: policy.expression, parts: policy.parts, flip: policy.flip },
    };
  });
  const judged = (explanation?.judged ?? []).map((policy): Row => {
    const acts = decides(policy.policy);
    return {
      policy: policy.policy,
      kind: policy.kind in SHORT ? SHORT[policy.kind as keyof typeof SHORT] : 'rules',
      outcome: policy.standing,
      tone: standingTone(policy.standing, record, acts),
      decides: acts,
      checks: policy.checks,
    };
  });
  return [
    ...asked,
    ...judged,
    ...rest(record, known, new Set([...asked, ...judged].map((row) => row.policy))),
  ];
}

/** Policies that the explanation does not name: those that look for data, and those not asked at all. */
function rest(record: DecisionRecord, known: readonly PolicySummary[], told: ReadonlySet<string>): Row[] {
  const others = known.filter((policy) => !told.has(policy.name));
  return others.map((policy): Row => {
    const base = { policy: policy.name, decides: record.deciding?.policy === policy.name };
    if (!policy.enabled) {
      return { ...base, kind: kindOf(policy), outcome: 'disabled', tone: 'idle' };
    }
    if (policy.kind === 'DlpPolicy') {
      const count = record.findings.length;
      const outcome = count === 0 ? 'finds nothing' : `${count} finding${count === 1 ? '' : 's'}`;
      const blocked = record.status === 'DLP_BLOCKED';
      return { ...base, kind: 'dlp', outcome, tone: count === 0 ? 'pass' : blocked ? 'stop' : 'mark' };
    }
    return { ...base, kind: kindOf(policy), outcome: 'not asked', tone: 'idle' };
  });
}

function kindOf(policy: PolicySummary): Row['kind'] {
  return policy.kind === 'CelPolicy' ? (policy.effect ?? 'deny') : SHORT[policy.kind];
}

type Asked = Explanation['policies'][number];

function expressionOutcome(policy: Asked): { text: string; tone: Tone } {
  if (policy.outcome === 'error') return { text: `error ${policy.fault?.code ?? ''}`.trim(), tone: 'stop' };
  if (policy.outcome === 'left out') return { text: 'not evaluated', tone: 'idle' };
  const passes = policy.value === (policy.effect === 'allow');
  return { text: String(policy.value), tone: passes ? 'pass' : 'stop' };
}

function standingTone(standing: string, record: DecisionRecord, acts: boolean): Tone {
  switch (standing) {
    case 'holds':
      return 'pass';
    case 'fails':
      return 'stop';
    case 'acts':
      return acts && record.decision === 'DENY' ? 'stop' : record.decision === 'FLAG' ? 'mark' : 'pass';
    default:
      return 'idle';
  }
}
