/** callgate's policy engine: decides which tool calls an agent may make. */

export {
  diff,
  diffSync,
  doctor,
  doctorSync,
  replay,
  replaySync,
  type Answer,
  type Change,
  type Decided,
  type Difference,
  type Finding as ReleaseFinding,
  type Flips,
  type Judged,
  type Replayed,
  type Replaying,
  type Witness,
} from "./analysis.js";
export type { Call, Request, State } from "./call.js";
export { complete, hover, tokens, type Completion, type Completions, type Hover, type Token } from "./editor.js";
export { Decisions, Engine, type Asking, type CallInput, type ReleaseInForce, type Trust } from "./engine.js";
export { CallgateError, type Diagnostic } from "./errors.js";
export { callOf, type Sender } from "./mcp-call.js";
export { init, initAnalysis, initAnalysisSync, initSync, type ModuleSource } from "./module.js";
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
} from "./record.js";
export type { ReleaseInput } from "./release.js";
export { scan, type Scanned } from "./scan.js";
export {
  check,
  compile,
  format,
  languageOf,
  placeOf,
  type Checked,
  type Compiled,
  type Compiling,
  type Formatted,
  type Language,
  type PolicySummary,
  type Sources,
} from "./sources.js";
export { unitsBefore } from "./text.js";
export { version, type Version } from "./version.js";
export { Workspace } from "./workspace.js";
