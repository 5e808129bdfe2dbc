/** Precedence, associativity and the less usual literals, as trees. */
import { expect, it } from 'vitest';
import { shape } from './tree.js';

const SHAPES: readonly (readonly [source: string, tree: string])[] = [
  [
    'a || b && c',
    'Source(BinaryExpression(Identifier LogicalOp BinaryExpression(Identifier LogicalOp Identifier)))',
  ],
  [
    'a - b - c',
    'Source(BinaryExpression(BinaryExpression(Identifier ArithmeticOp Identifier) ArithmeticOp Identifier))',
  ],
  ['-a.b', 'Source(UnaryExpression(ArithmeticOp MemberExpression(Identifier FieldName)))'],
  ['!a in b', 'Source(BinaryExpression(UnaryExpression(LogicalOp Identifier) in Identifier))'],
  [
    'a ? b : c ? d : e',
    'Source(ConditionalExpression(Identifier ConditionalOp Identifier ConditionalOp ConditionalExpression(Identifier ConditionalOp Identifier ConditionalOp Identifier)))',
  ],
  [
    'a.?b[?0].c',
    'Source(MemberExpression(IndexExpression(MemberExpression(Identifier FieldName) Int) FieldName))',
  ],
  ['.a.b(c)', 'Source(MethodExpression(Identifier FunctionName Arguments(Identifier)))'],
  ['a.`b-c`', 'Source(MemberExpression(Identifier FieldName(QuotedName)))'],
  [
    'a.package.in',
    'Source(BinaryExpression(MemberExpression(MemberExpression(Identifier FieldName) ⚠) in ⚠))',
  ],
  ['{?"k": 1u, "l": 0x1F,}', 'Source(MapExpression(MapEntry(String Uint) MapEntry(String Int)))'],
  [
    'T{f: .5, ?g: 1e-3}',
    'Source(MessageExpression(Identifier Field(FieldName Double) Field(FieldName Double)))',
  ],
  [
    "br\"\\\" + '''it's''' + b\"x\"",
    'Source(BinaryExpression(BinaryExpression(Bytes ArithmeticOp String) ArithmeticOp Bytes))',
  ],
  [
    'has(a.b) // why\n&& true',
    'Source(BinaryExpression(CallExpression(FunctionName Arguments(MemberExpression(Identifier FieldName))) LineComment LogicalOp Boolean))',
  ],
  ['let + null', 'Source(⚠ ⚠ Null)'],
];

it.each(SHAPES)('%s', (source, tree) => {
  expect(shape(source)).toBe(tree);
});
