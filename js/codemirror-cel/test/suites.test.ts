/** The grammar against cel-go's and the specification's own suites: what parses there parses here. */
import { tests as checking } from '@bufbuild/cel-spec/testdata/checking.js';
import { tests as comprehension } from '@bufbuild/cel-spec/testdata/comprehension.js';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { tests as parsing } from '@bufbuild/cel-spec/testdata/parsing.js';
import { describe, expect, it } from 'vitest';
import { celParser } from '../src/index.js';
import { errors } from './tree.js';

interface Case {
  original: { expr: string };
  ast?: string;
  error?: string;
}
interface Suite {
  name: string;
  tests?: readonly Case[];
  suites?: readonly Suite[];
}

const casesOf = (suite: Suite): Case[] => [...(suite.tests ?? []), ...(suite.suites ?? []).flatMap(casesOf)];
const suites = [parsing, conformance, checking, comprehension] as unknown as Suite[];

describe.each(suites.map((suite) => [suite.name, casesOf(suite)] as const))('%s', (_, cases) => {
  it('reads every source that has a tree', () => {
    const readable = cases.filter((found) => found.ast !== undefined);
    const refused = readable.filter((found) => errors(celParser.parse(found.original.expr)).length > 0);
    expect(readable.length).toBeGreaterThan(50);
    expect(refused.map((found) => found.original.expr)).toEqual([]);
  });
});

// What is refused for its meaning (a macro's arguments, a number's range, depth) has no error of syntax.
// Of these, what only the inside of a literal, or a name's meaning, tells is left to the engine.
const LENIENT = ['TestAllTypes(){}', '"\\xFh"', String.raw`"\a\b\f\n\r\t\v\'\"\\\? Illegal escape \>"`];

it('marks errors of syntax', () => {
  const broken = suites
    .flatMap(casesOf)
    .filter((found) => !found.ast && /Syntax error/.test(found.error ?? ''));
  const passed = broken.filter((found) => errors(celParser.parse(found.original.expr)).length === 0);
  expect(broken.length).toBeGreaterThan(20);
  expect(passed.map((found) => found.original.expr)).toEqual(LENIENT);
});
