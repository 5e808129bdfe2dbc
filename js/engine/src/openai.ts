/**
 * Tool-call loops in the manner of OpenAI: chat completions and responses.
 *
 *     messages.push(message, ...(await runToolCalls(message.tool_calls, tools, gate)));
 */

import { runTool, type About, type Caller, type Gate, type Refusal, type Tools } from "./tools.js";

export type { About, Caller, Gate, Refusal, Tools };

/** A call in a message of a chat completion. */
export interface ToolCall {
  id: string;
  type: string;
  function?: { name: string; arguments: string };
}

/** An answer, as a message of a chat. */
export interface ToolMessage {
  role: "tool";
  tool_call_id: string;
  content: string;
}

/** Runs the calls of a chat completion's message that a policy lets, and answers all of them. */
export async function runToolCalls(
  calls: readonly ToolCall[] | null | undefined,
  tools: Tools,
  gate: Gate<About>,
): Promise<ToolMessage[]> {
  const answers: ToolMessage[] = [];
  for (const call of calls ?? []) {
    const about = { name: call.function?.name ?? "", args: written(call.function?.arguments) };
    const { text } = await runTool(tools, gate, about);
    answers.push({ role: "tool", tool_call_id: call.id, content: text });
  }
  return answers;
}

/** An item of a response's output. */
export interface OutputItem {
  type: string;
  call_id?: string;
  name?: string;
  arguments?: string;
}

/** An answer, as an item of the next request's input. */
export interface FunctionCallOutput {
  type: "function_call_output";
  call_id: string;
  output: string;
}

/** Runs the function calls among a response's output that a policy lets, and answers all of them. */
export async function runFunctionCalls(
  output: readonly OutputItem[],
  tools: Tools,
  gate: Gate<About>,
): Promise<FunctionCallOutput[]> {
  const answers: FunctionCallOutput[] = [];
  for (const item of output) {
    if (item.type !== "function_call" || item.call_id === undefined) continue;
    const about = { name: item.name ?? "", args: written(item.arguments) };
    const { text } = await runTool(tools, gate, about);
    answers.push({ type: "function_call_output", call_id: item.call_id, output: text });
  }
  return answers;
}

/** Models write nothing where there are no arguments. */
function written(args: string | undefined): string {
  return args === undefined || args.trim() === "" ? "{}" : args;
}
