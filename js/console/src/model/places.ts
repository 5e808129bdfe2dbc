/** Where things stand: a JSON Pointer in a JSON text, a byte of a string in its literal. */
import { jsonLanguage } from '@codemirror/lang-json';
import type { SyntaxNode } from '@lezer/common';

/** A piece of a text, in UTF-16 units. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The value at a JSON Pointer; `null` when there is none. */
export function valueAt(text: string, pointer: string): Range | null {
  const names = pointer.split('/').slice(1);
  let node: SyntaxNode | null = jsonLanguage.parser.parse(text).topNode.firstChild;
  for (const name of names) {
    if (!node) return null;
    node = member(text, node, name.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return node && { from: node.from, to: node.to };
}

function member(text: string, node: SyntaxNode, name: string): SyntaxNode | null {
  if (node.name === 'Array') {
    const values = children(node).filter((child) => !/^[[\],]$|⚠/.test(child.name));
    return values[Number(name)] ?? null;
  }
  const found = node.getChildren('Property').find((property) => {
    const key = property.getChild('PropertyName');
    return key !== null && decoded(text.slice(key.from, key.to)) === name;
  });
  return found?.lastChild ?? null;
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function decoded(literal: string): string | null {
  try {
    return JSON.parse(literal);
  } catch {
    return null;
  }
}

/** The part of a string literal that bytes `start` up to `end` of the string were written as. */
export function bytesWithin(text: string, literal: Range, start: number, end: number): Range {
  let at = literal.from + 1;
  let byte = 0;
  let from = at;
  while (at < literal.to - 1) {
    if (byte <= start) from = at;
    if (byte >= end) break;
    const [units, bytes] = character(text, at);
    at += units;
    byte += bytes;
  }
  return { from, to: at };
}

/** How many units one character takes in a literal, and how many bytes of UTF-8 it stands for. */
function character(text: string, at: number): [units: number, bytes: number] {
  if (text[at] !== '\\') {
    const point = text.codePointAt(at) ?? 0;
    return [point > 0xffff ? 2 : 1, utf8(point)];
  }
  if (text[at + 1] !== 'u') return [2, 1];
  const unit = Number.parseInt(text.slice(at + 2, at + 6), 16);
  // Both halves of a pair are one character of four bytes.
  if (unit >= 0xd800 && unit < 0xdc00) return [12, 4];
  return [6, utf8(unit)];
}

function utf8(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x1_0000 ? 3 : 4;
}
