/** CEL, the Common Expression Language, for CodeMirror 6. */
export { celInYaml, celRanges } from './embed.js';
export { celHighlighting } from './highlight.js';
export { type CelConfig, cel, celLanguage, celParser } from './language.js';
export {
  type CelCompletion,
  type CelCompletions,
  type CelDiagnostic,
  type CelHover,
  type CelProvider,
  celCompletion,
  celHover,
  celLinter,
  celMark,
  type Later,
} from './provider.js';
