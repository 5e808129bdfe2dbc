/** From what stands on the page to a decision: one review of the policies, one decision of the call. */
import {
  type Asking,
  CallgateError,
  type Checked,
  callOf,
  type Decision,
  type Diagnostic,
  Engine,
  type Sender,
  Workspace,
} from '@callgate/engine';
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
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly call: string;
      readonly milliseconds: number;
    }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** Keeps the engine of the policies, so that a changed call compiles nothing. */
export class Judge {
  readonly work: Work = { reviews: 0, compiles: 0, decisions: 0 };
  /** Reviews what changed, and remembers the rest. */
  readonly #workspace = Workspace.createSync();
  #engine: Engine | null = null;

  /** Reviews the files. While they have errors, the engine before them goes on deciding. */
  review(files: readonly SourceFile[]): Policies {
    this.work.reviews += 1;
    const { ok, diagnostics, policies, shape, release } = this.#workspace.compile(files);
    if (release !== undefined) {
      this.work.compiles += 1;
      try {
        const engine = Engine.createSync(release);
        this.#engine?.free();
        this.#engine = engine;
      } catch (error) {
        return {
          ok: false,
          diagnostics: [...diagnostics, ...found(error)],
          policies,
          shape,
          engine: this.#engine,
        };
      }
    }
    return { ok, diagnostics, policies, shape, engine: this.#engine };
  }

  /** Decides the sample's call. */
  decide({ engine }: Policies, sample: Omit<Sample, 'files'>): Verdict {
    if (!engine) return { kind: 'trouble', trouble: { where: 'policies', diagnostics: [] } };
    const started = performance.now();
    const { form, state, now } = sample;
    const asking = { ...(state.trim() && { state }), ...(now.trim() && { now: now.trim() }) };
    let where: Trouble['where'] = 'caller';
    try {
      const sender = form === 'mcp' ? senderOf(sample.caller) : {};
      where = form === 'mcp' ? 'message' : 'call';
      const call = form === 'mcp' ? callOf(sample.message, sender) : sample.call;
      this.work.decisions += 1;
      const decision = engine.decide(call, { ...asking, explain: true });
      return { kind: 'decided', decision, call, milliseconds: performance.now() - started };
    } catch (error) {
      const trouble = { where: troubled(engine, asking) ?? where, diagnostics: found(error) };
      return { kind: 'trouble', trouble };
    }
  }
}

/** Which of these cannot be read, as a call shows with which nothing is wrong. */
function troubled(engine: Engine, { now, ...asking }: Asking): 'state' | 'now' | null {
  try {
    engine.decideText('{}', asking);
  } catch {
    return 'state';
  }
  try {
    engine.decideText('{}', now === undefined ? {} : { now });
  } catch {
    return 'now';
  }
  return null;
}

/** What the gateway knows of the sender; the engine says what is wrong with its parts. */
function senderOf(text: string): Sender {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as Sender;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CallgateError([{ code: 'NOT_JSON', severity: 'error', message, from: 0, to: text.length }]);
  }
}

function found(error: unknown): readonly Diagnostic[] {
  if (error instanceof CallgateError) return error.diagnostics;
  throw error;
}
