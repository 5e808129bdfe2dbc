// What the tests have in common: the example's policies, a release of them, and servers that say what they are told.
import { createServer } from "node:http";
import { compile, Engine } from "@callgate/engine";
import { identity, policies } from "../examples/policies.mjs";

export { identity, policies };

/** The release of the example's policies, as text. */
export const release = compile(policies, { number: 7, created_at: "2026-01-31T12:00:00Z" }).release;

export const engine = () => Engine.createSync(release);

export const NOW = "2026-01-31T12:00:00Z";

/** A tool call of the support agent. */
export const call = (name, args) => ({ identity, request: { tool: { name, args } } });

/** A number from the environment: more cases than the short run's. */
export const cases = (otherwise) => Number(process.env.CALLGATE_CASES ?? otherwise);

/** A server that gives each request the next answer, and remembers what it was asked. */
export async function scripted(answers) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    asked.push(JSON.parse(body));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answers[asked.length - 1]));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => new Promise((closed) => server.close(closed));
  return { asked, close, url: `http://127.0.0.1:${server.address().port}` };
}
