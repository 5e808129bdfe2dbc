/** What one page holds: policies, a call to try them on, and when. */

/** One file of the project. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** How the call is written: as callgate's own JSON, or as the MCP message an agent sends. */
export type Form = 'call' | 'mcp';

/** Everything that a link shares. */
export interface Sample {
  readonly files: readonly SourceFile[];
  readonly form: Form;
  /** The call as callgate's own JSON. */
  readonly call: string;
  /** The MCP message. */
  readonly message: string;
  /** Who sends the message, within which task and run: JSON. */
  readonly caller: string;
  /** What has happened before: JSON. */
  readonly state: string;
  /** When; RFC 3339, and the present when empty. */
  readonly now: string;
}

/** A page with nothing on it. */
export const EMPTY: Sample = {
  files: [{ name: 'policies/policy.yaml', text: '' }],
  form: 'call',
  call: '{}',
  message: '{}',
  caller: '{}',
  state: '{}',
  now: '',
};

/** The project's own file, which is no policy. */
export const PROJECT_FILE = 'callgate.yaml';
