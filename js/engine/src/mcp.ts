/**
 * MCP in process: messages are decided before a server sees them, or before a client sends them.
 *
 *     await guardServer(server, { engine, caller: { identity: { name: "support-bot" } } }).connect(transport);
 *
 * Works with the official TypeScript SDK, and with anything else that has its `Transport`.
 */

import { judge, type Caller, type Gate, type Refusal } from "./gate.js";

export type { Caller, Gate, Refusal };

/** A JSON-RPC message. */
export interface Message {
  jsonrpc: "2.0";
  id?: string | number;
  method?: string;
  params?: unknown;
}

/** What one message is about: itself, and what the transport knows of it (`extra.authInfo` of HTTP, say). */
export interface About {
  message: Message;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the transport gives
  extra?: any;
}

/** What is needed of a transport. */
export interface TransportLike {
  start(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: as the SDK declares it, with messages of its own type
  send(message: any, options?: any): Promise<void>;
  close(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  onmessage?: ((message: any, extra?: any) => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
}

/** What is needed of a server or a client. */
export interface Peer {
  // biome-ignore lint/suspicious/noExplicitAny: servers and clients take different options
  connect(transport: any, ...rest: any[]): Promise<void>;
}

/** The codes that the Envoy filter answers with, too. */
const CODES = { DENY: 40301, REQUIRE_APPROVAL: 40302, UNAUTHENTICATED: 40101 };

/** A server, to which a message gets only when a policy lets it. */
export function guardServer<Server extends Peer>(server: Server, gate: Gate<About>): Server {
  return guarded(server, (transport) => guardIncoming(transport, gate));
}

/** A client, from which a message goes out only when a policy lets it. */
export function guardClient<Client extends Peer>(client: Client, gate: Gate<About>): Client {
  return guarded(client, (transport) => guardOutgoing(transport, gate));
}

function guarded<T extends Peer>(peer: T, guard: (transport: TransportLike) => TransportLike): T {
  const connect = peer.connect.bind(peer);
  peer.connect = (transport, ...rest) => connect(guard(transport), ...rest);
  return peer;
}

/** A transport whose incoming messages are decided. */
export function guardIncoming<T extends TransportLike>(transport: T, gate: Gate<About>): T {
  // One at a time: what came first is decided and handed on first, however long finding the caller takes.
  let last: Promise<void> = Promise.resolve();
  const enter = async (receive: NonNullable<TransportLike["onmessage"]>, message: Message, extra: unknown) => {
    const refusal = await judged(gate, { message, extra });
    if (refusal === undefined) receive(message, extra);
    else if (message.id !== undefined) await transport.send(answer(message.id, refusal), { relatedRequestId: message.id });
  };
  return over(transport, {
    set: (receive) => {
      if (receive === undefined) return undefined;
      return (message: Message, extra: unknown) => {
        last = last.then(() => enter(receive, message, extra)).catch((error) => transport.onerror?.(error as Error));
      };
    },
  });
}

/** A transport whose outgoing messages are decided. */
export function guardOutgoing<T extends TransportLike>(transport: T, gate: Gate<About>): T {
  return over(transport, {
    send: async (message: Message, options: unknown) => {
      const refusal = await judged(gate, { message });
      if (refusal === undefined) return transport.send(message, options);
      if (message.id !== undefined) transport.onmessage?.(answer(message.id, refusal));
      return undefined;
    },
  });
}

/** Answers pass: what they answer was decided. */
async function judged(gate: Gate<About>, about: About): Promise<Refusal | undefined> {
  if (about.message.method === undefined) return undefined;
  return judge(gate, about, (engine, sender, asking) =>
    engine.decideMessage(JSON.stringify(about.message), sender, asking),
  );
}

function answer(id: string | number, refusal: Refusal): object {
  const code =
    refusal.code === "UNAUTHENTICATED"
      ? CODES.UNAUTHENTICATED
      : refusal.decision === "REQUIRE_APPROVAL"
        ? CODES.REQUIRE_APPROVAL
        : CODES.DENY;
  const { message, policy, reasons, remediation } = refusal;
  const data = { ...(policy === null ? {} : { policy }), reasons, ...(remediation === null ? {} : { remediation }) };
  return { jsonrpc: "2.0", id, error: { code, message, data } };
}

/** The transport itself but for `send` and `onmessage`; what it keeps of its own stays its own. */
function over<T extends TransportLike>(
  transport: T,
  changed: {
    send?: TransportLike["send"];
    set?: (receive: TransportLike["onmessage"]) => TransportLike["onmessage"];
  },
): T {
  return new Proxy(transport, {
    get(target, key) {
      if (key === "send" && changed.send !== undefined) return changed.send;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" && key !== "onmessage" ? value.bind(target) : value;
    },
    set(target, key, value) {
      const wanted = key === "onmessage" && changed.set !== undefined ? changed.set(value) : value;
      return Reflect.set(target, key, wanted, target);
    },
  });
}
