/**
 * MCP over HTTP, for handlers of the Fetch API: Deno, Bun, service workers, Hono, Next.js.
 *
 *     export default { fetch: guardFetch(handler, { engine, caller: (request) => whoIs(request) }) };
 */

import { judge, type Caller, type Gate, type Refusal } from "./gate.js";

export type { Caller, Gate, Refusal };

/** Bytes of one body. */
const LIMIT = 1_048_576;

/** A handler that gets a request only when a policy lets its message. */
export function guardFetch<Rest extends unknown[]>(
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  gate: Gate<Request>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    // The streams and the ends of sessions carry no message; what goes through a stream was asked for by one.
    if (request.method !== "POST") return handler(request, ...rest);
    const body = await text(request);
    const refusal = await judge(gate, request, (engine, sender, asking) => engine.decideMessage(body, sender, asking));
    if (refusal !== undefined) return response(body, refusal);
    return handler(new Request(request, { body }), ...rest);
  };
}

/** The body; nothing, which no policy lets, when it is too long or no UTF-8. */
async function text(request: Request): Promise<string> {
  const bytes = new Uint8Array(await request.clone().arrayBuffer());
  if (bytes.length > LIMIT) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "";
  }
}

/** What the Envoy filter would answer. */
function response(body: string, refusal: Refusal): Response {
  const answer = jsonRpcError(body, refusal);
  return new Response(answer.body, { status: answer.status, headers: { "content-type": "application/json" } });
}

/** @internal */
export function jsonRpcError(body: string, refusal: Refusal): { status: number; body: string } {
  const { message, decision, policy, reasons, remediation } = refusal;
  const unauthenticated = refusal.code === "UNAUTHENTICATED";
  const code = unauthenticated ? 40101 : decision === "REQUIRE_APPROVAL" ? 40302 : 40301;
  const id = idOf(body);
  const data = { ...(policy === null ? {} : { policy }), reasons, ...(remediation === null ? {} : { remediation }) };
  return {
    // Clients show the JSON-RPC error of a 200 to whoever called; without an id there is nobody to show it to.
    status: id === null ? (unauthenticated ? 401 : 403) : 200,
    body: JSON.stringify({ jsonrpc: "2.0", id, error: { code, message, data } }),
  };
}

function idOf(body: string): string | number | null {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === "string" || typeof id === "number" ? id : null;
  } catch {
    return null;
  }
}
