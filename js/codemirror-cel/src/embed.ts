/** CEL inside other languages: expressions as the values of some keys of YAML documents. */
import {
  type Input,
  type ParseWrapper,
  parseMixed,
  type SyntaxNode,
  type SyntaxNodeRef,
} from '@lezer/common';
import { celLanguage } from './language.js';

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
    return ranges.length > 0 ? { parser: celLanguage.parser, overlay: ranges } : null;
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
