/** From what stands on the page to a decision: one review of the policies, one decision of the call. */
import { type Checked, CallgateError, type Decision, type Diagnostic, Engine, compile, readMcp } from '@callgate/engine';
import type { Sample, SourceFile } from './sample.js';

/** What was done since the page was opened: what a key press costs is told by the difference. */
export interface Work {
  /** How often files were read, checked and made into a release. */
  reviews: number;
  /** How often a release was compiled. */
  compiles: number;
  /** How often a call was decided. */
  decisions: number;
}

/** The policies as they are written now, and the engine of the last ones that could be used. */
export interface Policies extends Pick<Checked, 'ok' | 'diagnostics' | 'policies' | 'shape'> {
  readonly engine: Engine | null;
}

/** Something that keeps the call from being decided, and in which of the sample's texts. */
export interface Trouble {
  readonly where: 'call' | 'message' | 'caller' | 'state' | 'now' | 'policies';
  readonly diagnostics: readonly Diagnostic[];
}

/** The decision, or why there is none. */
export type Verdict =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly call: string; readonly milliseconds: number }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** Keeps the engine of the policies, so that a changed call compiles nothing. */
export class Judge {
  readonly work: Work = { reviews: 0, compiles: 0, decisions: 0 };
  #engine: Engine | null = null;

  /** Reviews the files. While they have errors, the engine before them goes on deciding. */
  review(files: readonly SourceFile[]): Policies {
    this.work.reviews += 1;
    const { ok, diagnostics, policies, shape, release } = compile(files);
    if (release !== undefined) {
      this.work.compiles += 1;
      try {
        const engine = Engine.createSync(release);
        this.#engine?.free();
        this.#engine = engine;
      } catch (error) {
        return { ok: false, diagnostics: [...diagnostics, ...found(error)], policies, shape, engine: this.#engine };
      }
    }
    return { ok, diagnostics, policies, shape, engine: this.#engine };
  }

  /** Decides the sample's call. */
  decide({ engine }: Policies, sample: Omit<Sample, 'files'>): Verdict {
    if (!engine) return { kind: 'trouble', trouble: { where: 'policies', diagnostics: [] } };
    const started = performance.now();
    let where: Trouble['where'] = sample.form === 'mcp' ? 'message' : 'call';
    try {
      const call = sample.form === 'mcp' ? readMcp(sample.message, sample.caller) : sample.call;
      where = 'state';
      const state = sample.state.trim() === '' ? undefined : readState(sample.state);
      where = 'now';
      const now = sample.now.trim() === '' ? undefined : sample.now.trim();
      where = sample.form === 'mcp' ? 'message' : 'call';
      this.work.decisions += 1;
      const asking = { explain: true, ...(state && { state }), ...(now && { now }) };
      const decision = engine.decide(call, asking);
      return { kind: 'decided', decision, call, milliseconds: performance.now() - started };
    } catch (error) {
      return { kind: 'trouble', trouble: { where: blamed(error, where), diagnostics: found(error) } };
    }
  }
}

/** JSON that is no object would be taken for text by the engine. */
function readState(text: string): string {
  return text;
}

/** A text that could not be read is to blame; what else is wrong lies with the call. */
function blamed(error: unknown, where: Trouble['where']): Trouble['where'] {
  const code = error instanceof CallgateError ? error.code : '';
  if (code === 'NOT_A_TIME') return 'now';
  return where;
}

function found(error: unknown): readonly Diagnostic[] {
  if (error instanceof CallgateError) return error.diagnostics;
  throw error;
}
