/** What a decision marks in the texts: findings in the body, outcomes beside the policies' names. */
import type { Finding, PolicySummary } from '@callgate/engine';
import type { Mark } from '../editor/marks.js';
import { bytesWithin, valueAt } from './places.js';
import type { Row } from './rows.js';
import type { Sample } from './sample.js';

/** Where the arguments stand in a call, and in a message. */
const ARGUMENTS = '/request/tool/args';
const IN_MESSAGE = '/params/arguments';

/** The findings, where they stand in the text that is typed. */
export function findingMarks(
  { form, call, message }: Omit<Sample, 'files'>,
  findings: readonly Finding[],
): Mark[] {
  return findings.flatMap((finding): Mark[] => {
    const text = form === 'mcp' ? message : call;
    const { path } = finding;
    const pointer = form === 'mcp' ? path.replace(ARGUMENTS, IN_MESSAGE) : path;
    const literal = valueAt(text, pointer);
    if (!literal || text[literal.from] !== '"') return [];
    const { from, to } = bytesWithin(text, literal, finding.start, finding.end);
    const title = `${finding.severity} ${finding.detector}, ${finding.confidence} % sure`;
    return [{ kind: 'finding', from, to, severity: finding.severity.toLowerCase(), title }];
  });
}

/** Each policy's outcome behind its name. */
export function outcomeMarks(file: string, policies: readonly PolicySummary[], rows: readonly Row[]): Mark[] {
  return policies.flatMap((policy): Mark[] => {
    const row = rows.find((row) => row.policy === policy.name);
    if (policy.file !== file || !row) return [];
    const text = row.decides ? `${row.outcome} — decides` : row.outcome;
    return [{ kind: 'outcome', at: policy.from, tone: row.tone, text }];
  });
}
