/** The value of what stands under the pointer in a policy file. */
import { placeOf } from '@callgate/engine';
import type { Session } from './session.js';

/** The value of the smallest part around a place of a file, as JSON; nothing where there is none. */
export function valueIn(session: Session, file: string, at: number): string | undefined {
  const rows = session.rows.peek();
  const around = session.policies.peek().policies.flatMap((policy) => {
    const row = policy.file === file ? rows.find((known) => known.policy === policy.name) : undefined;
    const parts = row?.expression?.parts ?? [];
    return parts.flatMap((part) => {
      const place = part.outcome === 'value' ? placeOf(policy, part.from, part.to) : undefined;
      return place && place.from <= at && at < place.to
        ? [{ length: place.to - place.from, value: part.value }]
        : [];
    });
  });
  const smallest = around.sort((a, b) => a.length - b.length)[0];
  return smallest && JSON.stringify(smallest.value);
}
