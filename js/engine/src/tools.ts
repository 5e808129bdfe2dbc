/** Tool-call loops of language models: each call is decided before its tool runs. */

import { judge, toolCall, type Caller, type Gate, type Refusal } from "./gate.js";

export type { Caller, Gate, Refusal };

/** What one call is about. */
export interface About {
  /** The tool. */
  name: string;
  /** Its arguments, JSON as the model wrote it. */
  args: string;
}

/** Tools by their names: each takes what the model wrote, and gives what the model reads. */
// biome-ignore lint/suspicious/noExplicitAny: tools know their own arguments
export type Tools = Readonly<Record<string, (args: any) => unknown>>;

/** What became of a call. */
export interface Outcome {
  /** What the model reads. */
  readonly text: string;
  /** Whether the tool did not run, or failed. */
  readonly failed: boolean;
}

/** Runs a tool if a policy lets the call, and says what became of it. What is decided is what the tool gets. */
export async function runTool(tools: Tools, gate: Gate<About>, about: About): Promise<Outcome> {
  let args: unknown;
  try {
    args = JSON.parse(about.args);
  } catch {
    return { text: "the arguments are not JSON", failed: true };
  }
  const refusal = await judge(gate, about, (engine, sender, asking) =>
    engine.decide(toolCall(sender, about.name, args), asking),
  );
  if (refusal !== undefined) return { text: told(refusal), failed: true };
  const tool = Object.hasOwn(tools, about.name) ? tools[about.name] : undefined;
  if (tool === undefined) return { text: `unknown tool: ${about.name}`, failed: true };
  try {
    const result = await tool(args);
    return { text: typeof result === "string" ? result : (JSON.stringify(result) ?? ""), failed: false };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), failed: true };
  }
}

/** Words for the model: what was refused, and what it can do about it. */
function told({ message, remediation }: Refusal): string {
  return JSON.stringify({ error: message, ...(remediation === null ? {} : { remediation }) });
}
