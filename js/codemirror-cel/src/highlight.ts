/** Which part of a CEL expression is what, for highlighters. */
import { styleTags, tags as t } from '@lezer/highlight';

/** The highlighting tags of the grammar's nodes. */
export const celHighlighting = styleTags({
  'Boolean Null': t.atom,
  Int: t.integer,
  'Uint Double': t.number,
  String: t.string,
  Bytes: t.special(t.string),
  LineComment: t.lineComment,
  Identifier: t.variableName,
  FunctionName: t.function(t.variableName),
  'FieldName QuotedName': t.propertyName,
  in: t.operatorKeyword,
  LogicalOp: t.logicOperator,
  CompareOp: t.compareOperator,
  ArithmeticOp: t.arithmeticOperator,
  ConditionalOp: t.controlOperator,
  '( )': t.paren,
  '[ ]': t.squareBracket,
  '{ }': t.brace,
  '.': t.derefOperator,
  ', :': t.separator,
});
