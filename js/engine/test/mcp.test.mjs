// MCP in process, with the official SDK: servers, clients, and a server of its own process.
import assert from "node:assert/strict";
import test from "node:test";
import { guardClient, guardServer } from "@callgate/engine/mcp";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { engine, identity } from "./support.mjs";

function issues() {
  const ran = [];
  const server = new McpServer({ name: "issues", version: "1.0.0" });
  const tool = (name, inputSchema) =>
    server.registerTool(name, { inputSchema }, (args) => {
      ran.push([name, args]);
      return { content: [{ type: "text", text: `${name} ran` }] };
    });
  tool("get_issue", { id: z.number() });
  tool("refund", { amount: z.number() });
  tool("delete_issue", { id: z.number() });
  return { ran, server };
}

async function connected(guard) {
  const { ran, server } = issues();
  const client = new Client({ name: "agent", version: "1.0.0" });
  const peers = guard({ server, client });
  const [there, here] = InMemoryTransport.createLinkedPair();
  await Promise.all([peers.server.connect(there), peers.client.connect(here)]);
  const run = (name, args) => client.callTool({ name, arguments: args });
  return { ran, client, run, close: () => client.close() };
}

const refused = (code, reason, policy) => (error) => {
  assert.equal(error.code, code, error.stack);
  assert.equal(error.data.policy, policy);
  assert.equal(error.data.reasons[0], reason);
  return true;
};

for (const [side, guard] of [
  ["server", (gate) => ({ server, client }) => ({ server: guardServer(server, gate), client })],
  ["client", (gate) => ({ server, client }) => ({ server, client: guardClient(client, gate) })],
]) {
  test(`a guarded ${side} runs what policies let, and answers for the rest`, async () => {
    const heard = [];
    const gate = { engine, caller: { identity }, onDecision: ({ decision }, { message }) => heard.push([message.method, decision]) };
    const { ran, run, client, close } = await connected(guard(gate));
    assert.equal((await client.listTools()).tools.length, 3);
    assert.equal((await run("get_issue", { id: 7 })).content[0].text, "get_issue ran");
    await assert.rejects(run("refund", { amount: 500 }), refused(40301, "CEL_DENY_MATCHED", "block-large-refunds"));
    await assert.rejects(run("delete_issue", { id: 7 }), refused(40301, "CEL_ALLOW_NOT_MET", "allow-support-tools"));
    assert.deepEqual(ran, [["get_issue", { id: 7 }]]);
    assert.ok(heard.some(([method, decision]) => method === "tools/call" && decision === "DENY"));
    assert.ok(heard.some(([method]) => method === "initialize"));
    await close();
  });
}

test("the message tells who calls; when that fails, nothing runs", async () => {
  let who = identity;
  const caller = async () => {
    if (who === undefined) throw new Error("the directory is down");
    return { identity: who };
  };
  const { ran, run, close } = await connected(({ server, client }) => ({
    server: guardServer(server, { engine: engine(), caller }),
    client,
  }));
  await run("get_issue", { id: 1 });
  who = { name: "visitor" };
  await assert.rejects(run("get_issue", { id: 2 }), refused(40301, "CEL_ERROR", "allow-support-tools"));
  who = undefined;
  await assert.rejects(run("get_issue", { id: 3 }), (error) => {
    assert.equal(error.code, 40301);
    assert.deepEqual(error.data.reasons, ["UNDECIDED"]);
    assert.ok(!error.message.includes("directory"), "what went wrong inside is nobody's business");
    return true;
  });
  assert.deepEqual(ran, [["get_issue", { id: 1 }]]);
  await close();
});

test("nobody gets no further than hello", async () => {
  const { server, client } = { ...issues(), client: new Client({ name: "agent", version: "1.0.0" }) };
  const [there, here] = InMemoryTransport.createLinkedPair();
  await guardServer(server, { engine: engine(), caller: {} }).connect(there);
  await assert.rejects(client.connect(here), (error) => error.code === 40101);
});

test("messages keep their order, however long finding the caller takes", async () => {
  let waits = 20;
  const caller = async () => {
    for (let turns = waits--; turns > 0; turns--) await Promise.resolve();
    return { identity };
  };
  const { ran, run, close } = await connected(({ server, client }) => ({
    server: guardServer(server, { engine: engine(), caller }),
    client,
  }));
  await Promise.all([1, 2, 3, 4, 5].map((id) => run("get_issue", { id })));
  assert.deepEqual(ran.map(([, { id }]) => id), [1, 2, 3, 4, 5]);
  await close();
});

test("the example is a server that refuses", async () => {
  const client = new Client({ name: "agent", version: "1.0.0" });
  const args = [new URL("../examples/mcp-server.mjs", import.meta.url).pathname];
  await client.connect(new StdioClientTransport({ command: process.execPath, args }));
  const found = await client.callTool({ name: "refund", arguments: { amount: 5 } });
  assert.equal(found.content[0].text, "refunded 5");
  await assert.rejects(client.callTool({ name: "refund", arguments: { amount: 500 } }), /refunds over 100 need a person/);
  await client.close();
});
