/** What all adapters share: who calls, what was decided, and what a caller is told of a refusal. */

import type { Call } from "./call.js";
import type { Asking, Engine } from "./engine.js";
import type { CallgateError } from "./errors.js";
import type { Sender } from "./mcp-call.js";
import type { Decision, Effect, Remediation } from "./record.js";

/** Who calls and within what, and what the host knows. */
export interface Caller extends Sender {
  /** As in `Engine.decide`, but absent means that the host keeps no state: what has to be counted is refused. */
  state?: Asking["state"];
  now?: Asking["now"];
}

/** What stands before tools. `About` is what an adapter can tell of one call: a message, a request. */
export interface Gate<About> {
  /** The engine, or a function that gives the one in force. */
  engine: Engine | (() => Engine);
  /** Who calls, or a function that finds out. When it fails, the call is refused. */
  caller: Caller | ((about: About) => Caller | Promise<Caller>);
  /** Hears of every decision, also of those that let a call go on. */
  onDecision?: (decision: Decision, about: About) => void;
}

/** What a caller is told: codes and the policy's own words, never expressions, labels or values. */
export interface Refusal {
  /** A sentence. */
  readonly message: string;
  readonly decision: Effect;
  /** Why: the deciding code, or what could not be read. */
  readonly code: string;
  readonly policy: string | null;
  readonly reasons: readonly string[];
  readonly remediation: Remediation | null;
}

/** A decision is made by `decide` alone; whatever fails on the way is a refusal. */
export async function judge<About>(
  gate: Gate<About>,
  about: About,
  ask: (engine: Engine, sender: Sender, asking: Asking) => Decision,
): Promise<Refusal | undefined> {
  try {
    const { state = null, now, ...sender } = typeof gate.caller === "function" ? await gate.caller(about) : gate.caller;
    const engine = typeof gate.engine === "function" ? gate.engine() : gate.engine;
    const decision = ask(engine, sender, now === undefined ? { state } : { state, now });
    gate.onDecision?.(decision, about);
    return decision.permitted ? undefined : refusalOf(decision);
  } catch (error) {
    return unreadable(error);
  }
}

const WORDS = { REQUIRE_APPROVAL: "approval required", DENY: "denied by policy" };

function refusalOf(decision: Decision): Refusal {
  const { deciding, reasons, remediation } = decision.record;
  const code = deciding?.code ?? "DENIED";
  const words = decision.decision === "REQUIRE_APPROVAL" ? WORDS.REQUIRE_APPROVAL : WORDS.DENY;
  const said = decision.message === code ? "" : `: ${decision.message}`;
  return {
    message: `${words}: ${code}${said}`,
    decision: decision.decision,
    code,
    policy: deciding?.policy ?? null,
    reasons: reasons.map((reason) => reason.code),
    remediation,
  };
}

/** Codes of `CallgateError` are the caller's to know; whatever else went wrong is not. */
function unreadable(error: unknown): Refusal {
  const known = error instanceof Error && error.name === "CallgateError";
  const code = known ? (error as CallgateError).code : "UNDECIDED";
  const message = `denied: ${code}${known ? `: ${error.message}` : ""}`;
  return { message, decision: "DENY", code, policy: null, reasons: [code], remediation: null };
}

/** A tool call; policies see the tools of a named server as `SERVER__TOOL`. */
export function toolCall({ server = "", ...sender }: Sender, name: string, args: unknown): Call {
  const tool = server === "" ? { name } : { name: `${server}__${name}`, server };
  return { ...sender, request: { kind: "tool_call", tool: { ...tool, args: args as { [name: string]: unknown } } } };
}
