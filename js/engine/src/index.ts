/** callgate's policy engine: decides which tool calls an agent may make. */

export type { Call, Request, State } from './call.js';
export {
  type Completion,
  type Completions,
  complete,
  type Hover,
  hover,
  type Token,
  tokens,
} from './editor.js';
export { type Asking, type CallInput, Decisions, Engine } from './engine.js';
export { CallgateError, type Diagnostic } from './errors.js';
export { callOf, type Sender } from './mcp-call.js';
export { init, initSync, type ModuleSource } from './module.js';
export {
  Decision,
  type Delta,
  type Effect,
  type Explanation,
  type Fault,
  type Finding,
  type Obligation,
  type Part,
  type Reason,
  type Record,
  type Remediation,
  type Status,
} from './record.js';
export { type Scanned, scan } from './scan.js';
export {
  type Checked,
  type Compiled,
  type Compiling,
  check,
  compile,
  type Formatted,
  format,
  type Language,
  languageOf,
  type PolicySummary,
  placeOf,
  type Sources,
} from './sources.js';
export { unitsBefore } from './text.js';
export { type Version, version } from './version.js';
