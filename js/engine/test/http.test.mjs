// MCP over HTTP: a handler of the Fetch API, and Express with the official SDK on both sides.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import { guardExpress } from "@callgate/engine/express";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import express from "express";
import example from "../examples/fetch.mjs";
import { engine, identity } from "./support.mjs";

const message = (name, args, id = 1) =>
  JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
const post = (body) =>
  new Request("http://tools.test/mcp", { method: "POST", body, headers: { "content-type": "application/json" } });

test("a handler of the Fetch API sees what policies let, byte for byte", async () => {
  const let_on = await example.fetch(post(message("refund", { amount: 5 })));
  assert.equal((await let_on.json()).result.content[0].text, "refunded 5");
  const refused = await example.fetch(post(message("refund", { amount: 500 }, "r1")));
  const { id, error } = await refused.json();
  assert.deepEqual([refused.status, id, error.code, error.data.policy], [200, "r1", 40301, "block-large-refunds"]);
});

test("what is no message is answered, never handed on", async () => {
  const ambiguous = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_issue","name":"delete_issue"}}';
  for (const [body, reason] of [
    [ambiguous, "JSON_DUPLICATE_KEY"],
    ["", "BODY_EMPTY"],
    [`[${message("get_issue", {})}]`, "BATCH"],
    [new Uint8Array([0xff]), "BODY_EMPTY"],
    [" ".repeat(1_048_577), "BODY_EMPTY"],
  ]) {
    const answer = await example.fetch(post(body));
    const { error } = await answer.json();
    assert.ok([200, 403].includes(answer.status));
    assert.deepEqual(error.data.reasons, [reason]);
  }
});

async function served(app, use) {
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${server.address().port}/mcp`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const send = (url, body) =>
  fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });

for (const [place, before] of [
  ["before a parser", []],
  ["behind a parser", [express.json()]],
]) {
  test(`Express ${place}: a handler gets the message, or nothing`, async () => {
    const seen = [];
    const app = express();
    app.post("/mcp", ...before, guardExpress({ engine: engine(), caller: { identity } }), express.json(), (request, response) => {
      seen.push(request.body.params.name);
      response.json({ ok: true });
    });
    await served(app, async (url) => {
      assert.deepEqual(await (await send(url, message("get_issue", { id: 1 }))).json(), { ok: true });
      const refused = await (await send(url, message("delete_issue", { id: 1 }))).json();
      assert.equal(refused.error.code, 40301);
      if (before.length === 0) {
        const huge = await (await send(url, message("get_issue", { pad: "x".repeat(1_048_577) }))).json();
        assert.deepEqual(huge.error.data.reasons, ["BODY_EMPTY"]);
      }
      assert.deepEqual(seen, ["get_issue"]);
    });
  });
}

test("the example with the SDK on both sides", async () => {
  const file = new URL("../examples/express.mjs", import.meta.url).pathname;
  const key = "only-for-this-test";
  const env = { ...process.env, SUPPORT_KEY: key, PORT: "0" };
  const child = spawn(process.execPath, [file], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [address] = await once(child.stdout, "data");
    const url = new URL(String(address).trim());
    const client = new Client({ name: "agent", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: { "x-api-key": key } } }));
    const found = await client.callTool({ name: "get_issue", arguments: { id: 7 } });
    assert.equal(found.content[0].text, "issue 7: the parcel is late");
    await assert.rejects(client.callTool({ name: "refund", arguments: { amount: 101 } }), (error) => error.code === 40301);
    await client.close();
    const stranger = new Client({ name: "stranger", version: "1.0.0" });
    await assert.rejects(stranger.connect(new StreamableHTTPClientTransport(url)));
  } finally {
    child.kill();
    await once(child, "exit");
  }
});
