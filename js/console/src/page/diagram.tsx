/** An expression with the values of its parts below it, each under the character it belongs to. */
import { celParser } from '@callgate/codemirror-cel';
import { unitsBefore } from '@callgate/engine';
import { classHighlighter, highlightTree } from '@lezer/highlight';
import type { Row } from '../model/rows.js';
import { diagram, type Line, type Value } from '../model/values.js';

export function Diagram({ expression }: { expression: NonNullable<Row['expression']> }) {
  const lines = diagram(expression.text, expression.parts);
  const tokens = highlighted(expression.text);
  return (
    // Long lines scroll, by the keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable
    <fieldset class="diagram" tabIndex={0} aria-label="The expression and the values of its parts">
      {lines.map((line) => (
        <div class="line" key={line.from}>
          <code>{pieces(line, tokens)}</code>
          {line.values.length > 0 ? <Values line={line} source={expression.text} /> : null}
        </div>
      ))}
      <Flip expression={expression} />
    </fieldset>
  );
}

/** The smallest change that would make the expression come out otherwise. */
function Flip({ expression }: { expression: NonNullable<Row['expression']> }) {
  const { text, flip } = expression;
  if (!flip?.length) return null;
  return (
    <p class="flip">
      flips if{' '}
      {flip.map((change, at) => (
        <span key={change.from}>
          {at > 0 ? ' and ' : ''}
          <code>{slice(text, change)}</code> is <b class={`is-${change.value}`}>{String(change.value)}</b>
        </span>
      ))}
    </p>
  );
}

function slice(text: string, { from, to }: { from: number; to: number }): string {
  return text.slice(unitsBefore(text, from), unitsBefore(text, to)).replace(/\s+/g, ' ');
}

/** Rows of values; for readers without eyes, a list of what is what. */
function Values({ line, source }: { line: Line; source: string }) {
  return (
    <div class="values" style={{ height: `${line.rows * 1.25}em` }}>
      {line.values.map((value) => (
        <span key={`stem${value.from}-${value.to}`} aria-hidden="true" class="stem" style={stem(value)} />
      ))}
      {line.values.map((value) => (
        <span
          key={`${value.from}-${value.to}`}
          class={`is-${value.tone}`}
          style={{ left: `${value.column}ch`, top: `${value.row * 1.25}em` }}
          title={`${source.slice(value.from, value.to)} = ${value.text}`}
        >
          {value.text}
        </span>
      ))}
    </div>
  );
}

/** The line from a character down to its value. */
function stem(value: Value) {
  return { left: `${value.column}ch`, top: '0', height: `${value.row * 1.25}em` };
}

interface Token {
  readonly from: number;
  readonly to: number;
  readonly classes: string;
}

function highlighted(source: string): Token[] {
  const found: Token[] = [];
  highlightTree(celParser.parse(source), classHighlighter, (from, to, classes) =>
    found.push({ from, to, classes }),
  );
  return found;
}

/** The line's text in its tokens; what was not needed is dimmed. */
function pieces(line: Line, tokens: readonly Token[]) {
  const end = line.from + line.text.length;
  const cuts = new Set([line.from, end]);
  for (const { from, to } of tokens)
    for (const at of [from, to]) if (at > line.from && at < end) cuts.add(at);
  for (const { from, to } of line.unneeded) cuts.add(line.from + from).add(line.from + to);
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, at) => {
    const to = places[at + 1] ?? end;
    const token = tokens.find((known) => known.from <= from && to <= known.to);
    const dim = line.unneeded.some((piece) => line.from + piece.from <= from && to <= line.from + piece.to);
    return (
      <span key={from} class={`${token?.classes ?? ''}${dim ? ' unneeded' : ''}`}>
        {line.text.slice(from - line.from, to - line.from)}
      </span>
    );
  });
}
