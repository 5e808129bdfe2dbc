/**
 * Tool-call loops in the manner of Anthropic: the blocks of a message.
 *
 *     messages.push({ role: "user", content: await runToolUses(message.content, tools, gate) });
 */

import { runTool, type About, type Caller, type Gate, type Refusal, type Tools } from "./tools.js";

export type { About, Caller, Gate, Refusal, Tools };

/** A block of a message. */
export interface Block {
  type: string;
  id?: string;
  name?: string;
  input?: unknown;
}

/** An answer, as a block of the next message. */
export interface ToolResult {
  type: "tool_result";
  tool_use_id: string;
  content: string;
  is_error: boolean;
}

/** Runs the tool uses among a message's blocks that a policy lets, and answers all of them. */
export async function runToolUses(
  // biome-ignore lint/suspicious/noExplicitAny: blocks of other types are passed over
  content: readonly (Block | any)[],
  tools: Tools,
  gate: Gate<About>,
): Promise<ToolResult[]> {
  const answers: ToolResult[] = [];
  for (const block of content as readonly Block[]) {
    if (block.type !== "tool_use" || block.id === undefined) continue;
    const about = { name: block.name ?? "", args: JSON.stringify(block.input ?? {}) };
    const { text, failed } = await runTool(tools, gate, about);
    answers.push({ type: "tool_result", tool_use_id: block.id, content: text, is_error: failed });
  }
  return answers;
}
