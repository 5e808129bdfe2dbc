// Loops of tool calls: the real SDKs of OpenAI and Anthropic, with a local server in the place of the model.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { promisify } from "node:util";
import { runToolUses } from "@callgate/engine/anthropic";
import { runFunctionCalls, runToolCalls } from "@callgate/engine/openai";
import OpenAI from "openai";
import { engine, identity, scripted } from "./support.mjs";

const run = promisify(execFile);
const example = (name, env) =>
  run(process.execPath, [new URL(`../examples/${name}.mjs`, import.meta.url).pathname], { env: { ...process.env, ...env } });

const chat = (message) => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: null, ...message } }],
});
const calls = (...list) =>
  list.map(([id, name, args]) => ({ id, type: "function", function: { name, arguments: args } }));

test("OpenAI's chat completions: each call is answered, none that policies refuse has run", async () => {
  const wanted = calls(
    ["a", "get_issue", '{"id":7}'],
    ["b", "refund", '{"amount":500}'],
    ["c", "delete_issue", '{"id":7}'],
    ["d", "refund", '{"amount":'],
    ["e", "refund", '{"amount":5}}'],
  );
  const model = await scripted([chat({ tool_calls: wanted }), chat({ content: "done" })]);
  const { stdout } = await example("openai", { OPENAI_API_KEY: "none", OPENAI_BASE_URL: model.url });
  const lines = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(/: (.*)/s)));
  assert.equal(lines.a, "issue 7: the parcel is late");
  assert.match(lines.b, /refunds over 100 need a person/);
  assert.match(lines.c, /CEL_ALLOW_NOT_MET/);
  assert.equal(lines.d, "the arguments are not JSON");
  assert.equal(lines.e, "the arguments are not JSON");
  assert.match(stdout, /done/);
  const answers = model.asked[1].messages.filter(({ role }) => role === "tool");
  assert.deepEqual(answers.map(({ tool_call_id }) => tool_call_id), ["a", "b", "c", "d", "e"]);
  await model.close();
});

test("OpenAI's responses", async () => {
  const output = [
    { type: "reasoning", id: "r", summary: [] },
    { type: "function_call", id: "f1", call_id: "a", name: "refund", arguments: '{"amount":5}', status: "completed" },
    { type: "function_call", id: "f2", call_id: "b", name: "refund", arguments: '{"amount":101}', status: "completed" },
  ];
  const model = await scripted([{ id: "resp_1", object: "response", created_at: 1, model: "m", status: "completed", output }]);
  const client = new OpenAI({ apiKey: "none", baseURL: model.url });
  const response = await client.responses.create({ model: "m", input: "refund" });
  const ran = [];
  const tools = { refund: ({ amount }) => ran.push(amount) && { amount } };
  const answers = await runFunctionCalls(response.output, tools, { engine: engine(), caller: { identity } });
  assert.deepEqual(ran, [5]);
  assert.deepEqual(answers[0], { type: "function_call_output", call_id: "a", output: '{"amount":5}' });
  assert.match(answers[1].output, /CEL_DENY_MATCHED/);
  await model.close();
});

test("Anthropic's messages", async () => {
  const uses = [
    { type: "text", text: "let me see" },
    { type: "tool_use", id: "a", name: "get_issue", input: { id: 7 } },
    { type: "tool_use", id: "b", name: "refund", input: { amount: 500 } },
  ];
  const said = (content) => ({
    id: "m1",
    type: "message",
    role: "assistant",
    model: "m",
    content,
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  });
  const model = await scripted([said(uses), said([{ type: "text", text: "done" }])]);
  const { stdout } = await example("anthropic", { ANTHROPIC_API_KEY: "none", ANTHROPIC_BASE_URL: model.url });
  assert.match(stdout, /^a: issue 7: the parcel is late$/m);
  assert.match(stdout, /^b: .*refunds over 100 need a person/m);
  assert.match(stdout, /^done$/m);
  const results = model.asked[1].messages.at(-1).content;
  assert.deepEqual(results.map(({ tool_use_id, is_error }) => [tool_use_id, is_error]), [["a", false], ["b", true]]);
  await model.close();
});

test("a tool gets what was decided, and only tools that are there are run", async () => {
  const gate = { engine: engine(), caller: { identity } };
  const got = [];
  const tools = { refund: (args) => got.push(args) && "ok", get_issue: () => Promise.reject(new Error("no such issue")) };
  // Of two members with one name JavaScript keeps the last: that is what is decided, too.
  const answers = await runToolCalls(
    calls(["a", "refund", '{"amount":500,"amount":5}'], ["b", "refund", '{"amount":5,"amount":500}'], ["c", "get_issue", ""]),
    tools,
    gate,
  );
  assert.deepEqual(got, [{ amount: 5 }]);
  assert.match(answers[1].content, /CEL_DENY_MATCHED/);
  assert.equal(answers[2].content, "no such issue");
  const names = ["toString", "__proto__", "hasOwnProperty"];
  const free = { engine: () => engine(), caller: { identity } };
  for (const name of names) {
    const [result] = await runToolUses([{ type: "tool_use", id: "x", name, input: {} }], tools, free);
    assert.equal(result.is_error, true);
  }
  assert.deepEqual(await runToolCalls(undefined, tools, gate), []);
});
