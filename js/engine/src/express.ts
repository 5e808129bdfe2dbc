/**
 * MCP over HTTP, for Express and whatever else has `(request, response, next)`.
 *
 *     app.post("/mcp", guardExpress({ engine, caller: (request) => whoIs(request) }), handler);
 *
 * Stands before `express.json()`: the bytes as they came are decided, and `request.body` is what they say.
 */

import { jsonRpcError } from "./fetch.js";
import { judge, type Caller, type Gate, type Refusal } from "./gate.js";

export type { Caller, Gate, Refusal };

/** What is needed of a request. */
export interface RequestLike extends AsyncIterable<Uint8Array> {
  method?: string | undefined;
  body?: unknown;
  readableEnded?: boolean;
}

/** What is needed of a response. */
export interface ResponseLike {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Bytes of one body. */
const LIMIT = 1_048_576;

/** Middleware that lets a request on only when a policy lets its message. */
export function guardExpress<Req extends RequestLike>(
  gate: Gate<Req>,
): (request: Req, response: ResponseLike, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    if (request.method !== "POST") return next();
    const body = await text(request);
    const refusal = await judge(gate, request, (engine, sender, asking) => engine.decideMessage(body, sender, asking));
    if (refusal === undefined) {
      request.body = JSON.parse(body);
      // Body parsers pass over a request that has this.
      (request as { _body?: boolean })._body = true;
      return next();
    }
    const answer = jsonRpcError(body, refusal);
    response.statusCode = answer.status;
    response.setHeader("content-type", "application/json");
    response.end(answer.body);
  };
}

/** The body; nothing, which no policy lets, when it is too long or no UTF-8. */
async function text(request: RequestLike): Promise<string> {
  if (request.readableEnded === true) {
    // A parser stood before: what it made of the bytes is all there is to decide about.
    return request.body === undefined ? "" : JSON.stringify(request.body);
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let text = "";
    let length = 0;
    for await (const piece of request) {
      length += piece.length;
      // Read to its end all the same: the connection may be used again.
      if (length <= LIMIT) text += decoder.decode(piece, { stream: true });
    }
    text += decoder.decode();
    return length > LIMIT ? "" : text;
  } catch {
    return "";
  }
}
