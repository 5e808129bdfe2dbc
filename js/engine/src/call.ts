/** What is asked: a call, and what the host knows beside it. `callgate schema call|state` prints the same. */

/** A tool call, as policies see it. Absent parts are empty; a call without an identity is refused. */
export interface Call {
  /** Who calls. */
  identity?: { name: string; labels?: Record<string, unknown>; groups?: string[] };
  /** The task session the call belongs to. */
  task?: { name?: string; labels?: Record<string, unknown>; context?: unknown };
  request?: Request;
  run?: { id?: string; started_at?: string };
  session?: { id?: string };
  mission?: { id?: string };
}

/** What is asked for. */
export interface Request {
  /** Which protocol it came by; `tool_call` when absent. */
  kind?: "tool_call" | "mcp_request" | "chat_completion" | "embedding" | "http_request";
  tool?: { name?: string; server?: string; args?: Record<string, unknown> };
  upstream?: string;
  /** The JSON-RPC method of MCP, the HTTP method of HTTP. */
  method?: string;
  path?: string;
  /** Names in lower case. */
  headers?: Record<string, string>;
  prompt?: string[];
  tags?: string[];
  risk?: string;
  impact?: string;
  /** US dollars, six decimals at most. */
  cost_usd?: number | string;
  model?: string;
  /** The JSON-RPC message it came in: DLP policies look at what it says beside the tool's name and arguments. */
  message?: Record<string, unknown>;
}

/** What the host remembers beside the call; `docs/semantics.md` names the keys. */
export interface State {
  counters?: Record<string, { at: string; count: number }[]>;
  spend?: Record<string, number | string>;
  evidence?: { run: string; action: string; at: string; args?: unknown; result?: unknown }[];
  approvals?: {
    id: string;
    policy: string;
    identity: string;
    tool: string;
    args_digest: string;
    expires_at: string;
  }[];
  exceptions?: {
    id: string;
    policy: string;
    reason: string;
    agents?: string[];
    runs?: string[];
    expires_at?: string;
    max_uses?: number;
    uses?: number;
  }[];
  runs?: Record<string, { started_at: string }>;
}
