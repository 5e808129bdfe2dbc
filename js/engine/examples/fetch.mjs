// A handler of the Fetch API behind policies: a tool server as Deno, Bun and service workers have it.
import { Engine } from "@callgate/engine";
import { guardFetch } from "@callgate/engine/fetch";
import { identity, policies, tools } from "./policies.mjs";

const engine = await Engine.create(policies);

async function handler(request) {
  const { id, params } = await request.json();
  const text = tools[params.name](params.arguments);
  return Response.json({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
}

export default { fetch: guardFetch(handler, { engine, caller: { identity } }) };
