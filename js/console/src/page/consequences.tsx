/** What else the record says: other reasons, what the host has to do, what the agent can do, what is used up. */
import type { Record as DecisionRecord } from '@callgate/engine';

export function Consequences({ record }: { record: DecisionRecord }) {
  const facts = [
    ...reasons(record),
    ...exceptions(record),
    ...obligations(record),
    ...remedies(record),
    ...used(record),
  ];
  if (facts.length === 0) return null;
  return (
    <section class="block" aria-label="What follows">
      <h2>What follows</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name + value}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type Fact = readonly [name: string, value: string];

function reasons({ reasons, deciding }: DecisionRecord): Fact[] {
  const others = reasons.filter(
    (reason) => reason.policy !== deciding?.policy || reason.code !== deciding?.code,
  );
  return others.map((reason) => [
    'because',
    [reason.policy, reason.rule, reason.code, reason.message].filter(Boolean).join(' · '),
  ]);
}

function exceptions({ exceptions }: DecisionRecord): Fact[] {
  return exceptions.map((lifted) => [
    'exception',
    `${lifted.id} lifts ${lifted.policy ?? lifted.policy_id ?? ''}`,
  ]);
}

function obligations({ obligations }: DecisionRecord): Fact[] {
  return obligations.map((due): Fact => {
    if (due.type !== 'approval') return ['response', `is judged by ${due.policy ?? 'a policy'}`];
    const who = due.approvers.length > 0 ? ` by ${due.approvers.join(', ')}` : '';
    return ['approval', `${due.policy ?? ''}${who}, within ${due.timeout_seconds} s`];
  });
}

function remedies({ remediation, decision }: DecisionRecord): Fact[] {
  if (!remediation || decision === 'ALLOW') return [];
  const facts: Fact[] = [['recoverable', remediation.recoverable ? 'yes' : 'no']];
  const list = (name: string, values: readonly string[] | undefined) => {
    if (values?.length) facts.push([name, values.join(', ')]);
  };
  list('missing', remediation.missing_requirements);
  list('first', remediation.required_prior_actions);
  list('instead', remediation.safe_alternatives);
  for (const found of remediation.argument_violations ?? []) {
    facts.push(['argument', `${found.pointer || '/'}: ${found.message}`]);
  }
  if (remediation.retry_after_seconds) facts.push(['retry after', `${remediation.retry_after_seconds} s`]);
  return facts;
}

function used({ delta }: DecisionRecord): Fact[] {
  return [
    ...(delta.counters ?? []).map((counter): Fact => ['counts', `${counter.key}, at most ${counter.max}`]),
    ...(delta.spend ?? []).map(
      (spent): Fact => ['spends', `${spent.cost_usd} of ${spent.max_usd} USD, ${spent.key}`],
    ),
    ...(delta.approvals ?? []).map((id): Fact => ['uses approval', id]),
    ...(delta.exceptions ?? []).map((id): Fact => ['uses exception', id]),
  ];
}
