// A loop of tool calls with OpenAI's SDK, behind policies: `OPENAI_API_KEY=… node examples/openai.mjs`.
import { Engine } from "@callgate/engine";
import { runToolCalls } from "@callgate/engine/openai";
import OpenAI from "openai";
import { identity, policies, tools } from "./policies.mjs";

const gate = { engine: await Engine.create(policies), caller: { identity } };
const described = Object.keys(tools).map((name) => ({
  type: "function",
  function: { name, parameters: { type: "object", additionalProperties: { type: "number" } } },
}));

const client = new OpenAI();
const messages = [{ role: "user", content: process.argv[2] ?? "Refund 500 for issue 7, then delete it." }];
for (let turn = 0; turn < 8; turn++) {
  const { choices } = await client.chat.completions.create({ model: "gpt-4.1", messages, tools: described });
  const { message } = choices[0];
  const answers = await runToolCalls(message.tool_calls, tools, gate);
  for (const answer of answers) console.log(`${answer.tool_call_id}: ${answer.content}`);
  if (answers.length === 0) {
    console.log(message.content);
    break;
  }
  messages.push(message, ...answers);
}
