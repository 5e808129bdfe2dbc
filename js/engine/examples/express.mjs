// MCP over HTTP with Express, behind policies: `node examples/express.mjs`; prints its address.
import { Engine } from "@callgate/engine";
import { guardExpress } from "@callgate/engine/express";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import express from "express";
import { z } from "zod";
import { identity, policies, tools } from "./policies.mjs";

const engine = await Engine.create(policies);

// Whoever has this key is the support agent; without it nobody is calling, and nothing is let through.
const KEY = process.env.SUPPORT_KEY ?? "support-key";
const caller = (request) => (request.headers["x-api-key"] === KEY ? { identity } : {});

const app = express();
app.post("/mcp", guardExpress({ engine, caller }), async (request, response) => {
  const server = new McpServer({ name: "issues", version: "1.0.0" });
  const text = (text) => ({ content: [{ type: "text", text }] });
  server.registerTool("get_issue", { inputSchema: { id: z.number() } }, (args) => text(tools.get_issue(args)));
  server.registerTool("refund", { inputSchema: { amount: z.number() } }, (args) => text(tools.refund(args)));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on("close", () => server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});

const listening = app.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${listening.address().port}/mcp`);
});
