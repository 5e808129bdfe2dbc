/** Every policy, in the order in which they are asked; each opens to show why. */
import { useSignal } from '@preact/signals';
import type { Check, Row } from '../model/rows.js';
import type { Session } from '../model/session.js';
import { Diagram } from './diagram.js';

const SIGNS: Record<Row['tone'], string> = { pass: '✓', stop: '✕', mark: '!', idle: '·' };

export function Outcomes({ session }: { session: Session }) {
  const rows = session.rows.value;
  // What somebody opened or closed; else those are open that are worth a look.
  const chosen = useSignal<ReadonlyMap<string, boolean>>(new Map());
  const toggle = (policy: string, open: boolean) => {
    chosen.value = new Map(chosen.value).set(policy, open);
  };
  return (
    <ol class="outcomes">
      {rows.map((row, at) => {
        const open = chosen.value.get(row.policy) ?? isWorthALook(row, rows.length);
        return (
          <li key={row.policy} class={`tone-${row.tone}${row.decides ? ' decides' : ''}`}>
            <div class="row">
              <button
                type="button"
                class="toggle"
                aria-expanded={open}
                disabled={!row.expression && !row.checks?.length}
                onClick={() => toggle(row.policy, !open)}
              >
                <span class="ordinal">{at + 1}</span>
                <span class="sign" aria-hidden="true">
                  {SIGNS[row.tone]}
                </span>
                <span class="kind">{row.kind}</span>
                <span class="name">{row.policy}</span>
                <span class="outcome">{row.outcome}</span>
                {row.decides ? <span class="deciding">decides</span> : null}
              </button>
              <button
                type="button"
                class="goto"
                onClick={() => session.show(row.policy)}
                aria-label={`Show ${row.policy} in its file`}
              >
                show
              </button>
            </div>
            {open && row.expression ? <Diagram expression={row.expression} /> : null}
            {open && row.checks?.length ? <Checks checks={row.checks} /> : null}
          </li>
        );
      })}
    </ol>
  );
}

/** Short lists are shown whole; in long ones what stops the call stands out. */
function isWorthALook(row: Row, count: number): boolean {
  return row.decides || (row.tone !== 'idle' && (count <= 6 || row.tone === 'stop') && count <= 60);
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <table class="checks">
      <tbody>
        {checks.map((check) => (
          <tr key={check.pointer + check.rule} class={check.outcome === 'left out' ? 'idle' : check.outcome}>
            <th scope="row">{check.rule}</th>
            <td>
              {check.outcome === 'idle' ? 'not about this call' : check.outcome}
              {check.code ? <code>{check.code}</code> : null}
            </td>
            <td>
              {Object.entries(check.values).map(([name, value]) => (
                <span class="value" key={name}>
                  {name} <b>{JSON.stringify(value)}</b>
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
