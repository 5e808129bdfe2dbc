// An MCP server on standard input and output, behind policies: `node examples/mcp-server.mjs`.
import { Engine } from "@callgate/engine";
import { guardServer } from "@callgate/engine/mcp";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { identity, policies, tools } from "./policies.mjs";

const server = new McpServer({ name: "issues", version: "1.0.0" });
const text = (text) => ({ content: [{ type: "text", text }] });
server.registerTool("get_issue", { inputSchema: { id: z.number() } }, (args) => text(tools.get_issue(args)));
server.registerTool("refund", { inputSchema: { amount: z.number() } }, (args) => text(tools.refund(args)));
server.registerTool("delete_issue", { inputSchema: { id: z.number() } }, (args) => text(tools.delete_issue(args)));

const engine = await Engine.create(policies);
await guardServer(server, { engine, caller: { identity } }).connect(new StdioServerTransport());
