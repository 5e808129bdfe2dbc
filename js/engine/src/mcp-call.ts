/** MCP messages as the calls that policies see. */

import type { Call } from "./call.js";
import { CallgateError } from "./errors.js";
import { module } from "./module.js";
import { answer, checked, json } from "./text.js";

/** Who sends a message, and within what. */
export interface Sender extends Pick<Call, "identity" | "task" | "run" | "session" | "mission"> {
  /** The name of the MCP server that it goes to: policies then see the tool `SERVER__TOOL`. */
  server?: string;
}

/**
 * The call, as JSON, that the body of an MCP message stands for, read as strictly as the Envoy filter reads it.
 * Text, so that no number loses digits. Throws when the body is not one unambiguous message.
 */
export function callOf(body: string, sender: Sender = {}): string {
  if (typeof sender !== "object" || sender === null) throw CallgateError.of("NOT_JSON", "the sender is no object");
  const { server = "", ...around } = sender;
  const request = module().mcp_request(checked(body), checked(server));
  answer(request);
  const text = json(around, "sender");
  const comma = text === "{}" ? "" : ",";
  return `${text.slice(0, -1)}${comma}"request":${request}}`;
}
