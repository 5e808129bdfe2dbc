/** CEL as a CodeMirror language: highlighting, folding, indentation, brackets, comments. */
import {
  delimitedIndent,
  foldInside,
  foldNodeProp,
  indentNodeProp,
  LanguageSupport,
  LRLanguage,
} from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { parser } from './parser.js';
import { type CelProvider, celCompletion, celHover, celLinter } from './provider.js';

const brackets = 'Arguments ParenthesizedExpression ListExpression MapExpression IndexExpression';

/** The parser of one CEL expression, with what editors need to know of its nodes. */
export const celParser = parser.configure({
  props: [
    indentNodeProp.add({
      Arguments: delimitedIndent({ closing: ')', align: false }),
      ParenthesizedExpression: delimitedIndent({ closing: ')', align: false }),
      ListExpression: delimitedIndent({ closing: ']', align: false }),
      MapExpression: delimitedIndent({ closing: '}', align: false }),
      MessageExpression: delimitedIndent({ closing: '}', align: false }),
      // Operators lead their lines, one level in from where the first operand stands.
      'BinaryExpression ConditionalExpression': (context) => context.baseIndent,
    }),
    foldNodeProp.add({ [brackets]: foldInside }),
  ],
});

/** The language of one expression. */
export const celLanguage = LRLanguage.define({
  name: 'cel',
  parser: celParser,
  languageData: {
    closeBrackets: { brackets: ['(', '[', '{', '"', "'", '`'], stringPrefixes: ['r', 'b', 'rb', 'br'] },
    commentTokens: { line: '//' },
    indentOnInput: /^\s*[)\]}]$/,
  },
});

/** What {@link cel} takes. */
export interface CelConfig {
  /** Who completes names, explains what is under the pointer, and finds mistakes. Nobody, if left out. */
  provider?: CelProvider;
  /** Milliseconds after the last change before the expression is checked. 150 if left out. */
  delay?: number;
}

/** Support for documents that are one CEL expression. */
export function cel(config: CelConfig = {}): LanguageSupport {
  const { provider, delay = 150 } = config;
  const extensions: Extension[] = [];
  if (provider?.complete) {
    extensions.push(celLanguage.data.of({ autocomplete: celCompletion(provider) }));
  }
  if (provider?.hover) extensions.push(celHover(provider));
  if (provider?.check) extensions.push(celLinter(provider, { delay }));
  return new LanguageSupport(celLanguage, extensions);
}
