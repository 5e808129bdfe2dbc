// A loop of tool uses with Anthropic's SDK, behind policies: `ANTHROPIC_API_KEY=… node examples/anthropic.mjs`.
import Anthropic from "@anthropic-ai/sdk";
import { Engine } from "@callgate/engine";
import { runToolUses } from "@callgate/engine/anthropic";
import { identity, policies, tools } from "./policies.mjs";

const gate = { engine: await Engine.create(policies), caller: { identity } };
const described = Object.keys(tools).map((name) => ({ name, input_schema: { type: "object" } }));

const client = new Anthropic();
const messages = [{ role: "user", content: process.argv[2] ?? "Refund 500 for issue 7, then delete it." }];
for (let turn = 0; turn < 8; turn++) {
  const model = "claude-sonnet-4-5";
  const message = await client.messages.create({ model, max_tokens: 1024, messages, tools: described });
  const results = await runToolUses(message.content, tools, gate);
  for (const result of results) console.log(`${result.tool_use_id}: ${result.content}`);
  if (results.length === 0) {
    console.log(message.content.find((block) => block.type === "text")?.text);
    break;
  }
  messages.push({ role: "assistant", content: message.content }, { role: "user", content: results });
}
