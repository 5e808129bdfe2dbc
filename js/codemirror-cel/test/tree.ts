/** What tests ask of a tree: its shape as text, and where it could not be read. */
import type { Tree } from '@lezer/common';
import { celParser } from '../src/index.js';

/** The names of the nodes in brackets, tokens that only punctuate left out. */
export function shape(source: string): string {
  let out = '';
  celParser.parse(source).iterate({
    enter(node) {
      if (!/^\w/.test(node.name) && !node.type.isError) return false;
      out += `${/[(]$|^$/.test(out) ? '' : ' '}${node.type.isError ? '⚠' : node.name}(`;
      return true;
    },
    leave(node) {
      if (/^\w/.test(node.name) || node.type.isError) out += ')';
    },
  });
  return out.replaceAll('()', '');
}

/** The places of error nodes. */
export function errors(tree: Tree): number[] {
  const found: number[] = [];
  tree.iterate({ enter: (node) => void (node.type.isError && found.push(node.from)) });
  return found;
}
