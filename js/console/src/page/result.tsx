/** The lower right: the decision, and every policy's part in it. */
import type { Record as DecisionRecord } from '@callgate/engine';
import { useSignal } from '@preact/signals';
import type { Trouble, Verdict } from '../model/judge.js';
import type { Session } from '../model/session.js';
import { Consequences } from './consequences.js';
import { Findings } from './findings.js';
import { Outcomes } from './outcomes.js';
import { TabPanel, Tabs } from './tabs.js';

const TABS = [
  { id: 'why', title: 'Policies in order' },
  { id: 'record', title: 'Record' },
];

export function Result({ session }: { session: Session }) {
  const active = useSignal('why');
  const verdict = session.verdict.value;
  const record = session.record.value;
  return (
    <section class="pane result" aria-label="Decision">
      <Strip session={session} verdict={verdict} />
      {record ? (
        <>
          <div class="bar">
            <Tabs
              name="result"
              label="About the decision"
              tabs={TABS}
              active={active.value}
              onSelect={(id) => {
                active.value = id;
              }}
            />
            <span class="space" />
            <Figures verdict={verdict} record={record} />
          </div>
          <TabPanel name="result" active={active.value}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable */}
            <section class="scroll" tabIndex={0} aria-label="Details of the decision">
              {active.value === 'why' ? (
                <>
                  <Outcomes session={session} />
                  <Findings findings={record.findings} />
                  <Consequences record={record} />
                </>
              ) : (
                <pre class="record">{JSON.stringify(withoutExplanation(record), null, 2)}</pre>
              )}
            </section>
          </TabPanel>
        </>
      ) : null}
    </section>
  );
}

/** The decision in words and color, never in color alone. */
function Strip({ session, verdict }: { session: Session; verdict: Verdict }) {
  if (verdict.kind === 'trouble') return <NoDecision trouble={verdict.trouble} />;
  const { decision, deciding, status, reasons } = verdict.decision.record;
  const message = reasons.find((reason) => reason.policy === deciding?.policy && reason.message)?.message;
  return (
    <div class={`strip effect-${decision.toLowerCase()}`} role="status" aria-live="polite">
      <strong>{decision}</strong>
      {WORD[decision] === status || deciding?.code === status ? null : <span class="status">{status}</span>}
      {deciding ? (
        <span class="by">
          {deciding.policy ? (
            <button type="button" onClick={() => session.show(deciding.policy ?? '')}>
              {deciding.policy}
            </button>
          ) : null}
          {deciding.rule ? <span>{deciding.rule}</span> : null}
          <code>{deciding.code}</code>
        </span>
      ) : (
        <span class="by">no policy refuses it</span>
      )}
      {message ? <q>{message}</q> : null}
    </div>
  );
}

/** The status that says no more than the decision. */
const WORD: Record<string, string> = {
  ALLOW: 'ALLOWED',
  DENY: 'DENIED',
  FLAG: 'FLAGGED',
  REQUIRE_APPROVAL: 'PENDING_APPROVAL',
};

const WHERE: Record<Trouble['where'], string> = {
  call: 'The call cannot be read',
  message: 'A gateway would refuse this message',
  caller: 'The sender cannot be read',
  state: 'The state cannot be read',
  now: 'The time cannot be read',
  policies: 'There are no policies to decide by',
};

function NoDecision({ trouble }: { trouble: Trouble }) {
  return (
    <div class="strip trouble" role="status" aria-live="polite">
      <strong>No decision</strong>
      <span>{WHERE[trouble.where]}</span>
      <ul>
        {trouble.diagnostics.map((found) => (
          <li key={`${found.code}:${found.from}`}>
            <code>{found.code}</code> {found.line ? `line ${found.line}: ` : ''}
            {found.message}
            {found.help ? <small> {found.help}</small> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Figures({ verdict, record }: { verdict: Verdict; record: DecisionRecord }) {
  const milliseconds = verdict.kind === 'decided' ? verdict.milliseconds : 0;
  return (
    <span class="figures">
      <span title="Steps of evaluation; the same number in every host">
        {record.gas.toLocaleString('en')} gas
      </span>
      <span title="Decided and explained in this page">{milliseconds.toFixed(1)} ms</span>
      <code title={record.release?.digest}>{record.release?.digest.replace('sha256:', '').slice(0, 12)}</code>
    </span>
  );
}

function withoutExplanation({ explanation: _, ...record }: DecisionRecord) {
  return record;
}
