/** The values of an expression's parts, placed below it: each under the character it belongs to. */
import { celParser } from '@callgate/codemirror-cel';
import type { Part } from '@callgate/engine';
import { unitsBefore } from '@callgate/engine';

/** One value below a line of the expression. */
export interface Value {
  /** Characters before it in its line. */
  readonly column: number;
  /** Rows below the line, from 0. */
  readonly row: number;
  readonly text: string;
  readonly tone: 'true' | 'false' | 'value' | 'error';
  /** The part, in UTF-16 units of the expression. */
  readonly from: number;
  readonly to: number;
}

/** A line of the expression and what stands below it. */
export interface Line {
  readonly text: string;
  /** Where it begins in the expression. */
  readonly from: number;
  readonly rows: number;
  readonly values: readonly Value[];
  /** Pieces of the line that were not needed. */
  readonly unneeded: readonly { readonly from: number; readonly to: number }[];
}

/** Characters of a value that are shown. */
const LONGEST = 40;

/** The lines of an expression with the values of its parts. */
export function diagram(expression: string, parts: readonly Part[]): Line[] {
  const tree = celParser.parse(expression);
  const placed = parts.map((part) => {
    const from = unitsBefore(expression, part.from);
    const to = unitsBefore(expression, part.to);
    return { ...part, from, to, anchor: anchor(tree, from, to) };
  });
  const unneeded = placed.filter((part) => part.outcome === 'not needed');
  const told = placed.filter((part) => part.outcome !== 'not needed' && !isOwnValue(expression, part));
  let from = 0;
  return expression.split('\n').map((text): Line => {
    const start = from;
    const end = start + text.length;
    from = end + 1;
    const here = told.filter((part) => start <= part.anchor && part.anchor <= end);
    const values = stacked(here.map((part) => shown(part, part.anchor - start)));
    const rows = values.reduce((most, value) => Math.max(most, value.row + 1), 0);
    const left = unneeded.filter((part) => part.from < end && part.to > start);
    const pieces = left.map((part) => ({
      from: Math.max(part.from - start, 0),
      to: Math.min(part.to, end) - start,
    }));
    return { text, from: start, rows, values, unneeded: pieces };
  });
}

type Placed = Part & { readonly anchor: number };

/** A literal tells its value itself. */
function isOwnValue(expression: string, part: Part): boolean {
  return part.outcome === 'value' && JSON.stringify(part.value) === expression.slice(part.from, part.to);
}

function shown(part: Placed, column: number): Value {
  const { from, to } = part;
  if (part.outcome === 'error')
    return { column, row: 0, text: part.fault?.code ?? 'error', tone: 'error', from, to };
  if (part.outcome === 'left out') return { column, row: 0, text: '…', tone: 'value', from, to };
  const text = JSON.stringify(part.value) ?? '';
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  const tone = part.value === true ? 'true' : part.value === false ? 'false' : 'value';
  return { column, row: 0, text: short, tone, from, to };
}

/** Rows from the right to the left: a value goes down a row when it would run into the one beside it. */
function stacked(values: readonly Value[]): Value[] {
  const ordered = [...values].sort((a, b) => b.column - a.column || b.to - b.from - (a.to - a.from));
  const taken: number[] = [];
  const found: Value[] = [];
  for (const value of ordered) {
    let row = 0;
    while ((taken[row] ?? Number.POSITIVE_INFINITY) < value.column + value.text.length + 1) row += 1;
    // What stands further left must not cross the line that leads down to this value.
    for (let above = 0; above <= row; above++) taken[above] = value.column;
    found.push({ ...value, row });
  }
  return found.sort((a, b) => a.column - b.column);
}

/** The character that a part's value stands under: its operator, the last name of a path, else its start. */
function anchor(tree: ReturnType<typeof celParser.parse>, from: number, to: number): number {
  let node = tree.resolve(from, 1);
  while (node.parent && !(node.from === from && node.to >= to)) node = node.parent;
  while (node.parent && node.to < to) node = node.parent;
  switch (node.name) {
    case 'BinaryExpression':
      return node.firstChild?.nextSibling?.from ?? from;
    case 'MemberExpression':
      return node.getChild('FieldName')?.from ?? from;
    case 'MethodExpression':
      return node.getChild('FunctionName')?.from ?? from;
    default:
      return from;
  }
}
