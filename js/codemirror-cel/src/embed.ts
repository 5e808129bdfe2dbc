/** CEL inside other languages: expressions as the values of some keys of YAML documents. */
import {
  type Input,
  type ParseWrapper,
  parseMixed,
  type SyntaxNode,
  type SyntaxNodeRef,
  type Tree,
} from '@lezer/common';
import { celParser } from './language.js';

/** A piece of the outer document. */
interface Range {
  from: number;
  to: number;
}

/**
 * Reads the values of these keys as CEL; for the `wrap` of `@lezer/yaml`'s parser.
 *
 * ```ts
 * yamlLanguage.configure({ wrap: celInYaml(['expression']) })
 * ```
 */
export function celInYaml(keys: readonly string[]): ParseWrapper {
  return parseMixed((node, input) => {
    const ranges = celRanges(node, input, keys);
    return ranges.length > 0 ? { parser: celParser, overlay: ranges } : null;
  });
}

/** The text of an expression that this node of a YAML tree holds: its lines, without what is YAML's. */
export function celRanges(node: SyntaxNodeRef, input: Input, keys: readonly string[]): readonly Range[] {
  switch (node.name) {
    case 'Literal':
      return isValueOf(node.node, input, keys) ? [{ from: node.from, to: node.to }] : [];
    case 'QuotedLiteral': {
      if (!isValueOf(node.node, input, keys) || node.to - node.from < 2) return [];
      // An escape would be read as CEL's own: such a text stays plain.
      const text = input.read(node.from + 1, node.to - 1);
      const escaped =
        input.read(node.from, node.from + 1) === '"' ? text.includes('\\') : text.includes("''");
      return escaped || text === '' ? [] : [{ from: node.from + 1, to: node.to - 1 }];
    }
    case 'BlockLiteralContent': {
      const block = node.node.parent;
      if (!block || !isValueOf(block, input, keys)) return [];
      return lines(input.read(node.from, node.to), node.from);
    }
    default:
      return [];
  }
}

/** Each line from its first character to its end of line, so that comments end there. */
function lines(text: string, offset: number): readonly Range[] {
  const found: Range[] = [];
  for (const match of text.matchAll(/[^ \t\r\n][^\n]*\n?/g)) {
    const from = offset + match.index;
    found.push({ from, to: from + match[0].length });
  }
  return found;
}

function isValueOf(value: SyntaxNode, input: Input, keys: readonly string[]): boolean {
  const pair = value.parent;
  if (pair?.name !== 'Pair') return false;
  const key = pair.getChild('Key');
  // A plain text is a value and a key alike: what stands first is the key.
  if (!key || key.from === value.from) return false;
  return keys.includes(input.read(key.from, key.to).replace(/^["']|["']$/g, ''));
}

/** An expression within another text. */
export interface EmbeddedCel {
  /** The expression as it stands there, line breaks kept and indentation left out. */
  readonly source: string;
  /** The place in the expression of a place in the outer text; `null` outside of it. */
  inner(outer: number): number | null;
  /** The place in the outer text of a place in the expression. */
  outer(inner: number): number;
}

/** The expression at a place of a YAML text, if there is one. */
export function celAt(tree: Tree, text: string, position: number, keys: readonly string[]): EmbeddedCel | null {
  const input = { read: (from: number, to: number) => text.slice(from, to) } as Input;
  // On the outer tree: mounted expressions would hide the scalars that hold them.
  for (let node: SyntaxNode | null = tree.resolve(position, -1); node; node = node.parent) {
    const ranges = celRanges(node, input, keys);
    if (ranges.length > 0) return embedded(text, ranges);
  }
  return null;
}

function embedded(text: string, ranges: readonly Range[]): EmbeddedCel {
  const starts: number[] = [];
  let source = '';
  for (const { from, to } of ranges) {
    starts.push(source.length);
    source += text.slice(from, to);
  }
  return {
    source,
    inner(outer) {
      const at = ranges.findIndex(({ from, to }) => from <= outer && outer <= to);
      const range = ranges[at];
      return range === undefined ? null : (starts[at] as number) + outer - range.from;
    },
    outer(inner) {
      const after = starts.findIndex((start) => start > inner);
      const at = (after < 0 ? starts.length : after) - 1;
      return (ranges[at] as Range).from + inner - (starts[at] as number);
    },
  };
}
