/** What was decided, and why. `callgate schema record` prints the same. */

/** From the most permissive to the least. */
export type Effect = "ALLOW" | "FLAG" | "REQUIRE_APPROVAL" | "DENY";

/** The decision in one word for lists and filters. */
export type Status =
  | "ALLOWED"
  | "FLAGGED"
  | "PENDING_APPROVAL"
  | "DENIED"
  | "RATE_LIMITED"
  | "DLP_BLOCKED"
  | "DLP_WARNED";

/** An evaluation error. */
export interface Fault {
  readonly code: string;
  /** Bytes of the expression. */
  readonly from: number;
  readonly to: number;
}

/** One policy's part in the decision. */
export interface Reason {
  readonly code: string;
  readonly policy: string | null;
  readonly policy_id?: string;
  readonly rule?: string;
  /** The policy's own words for the caller. */
  readonly message?: string;
  readonly error?: Fault;
}

/** What a detector found; never the value itself. */
export interface Finding {
  readonly detector: string;
  readonly class: string;
  readonly severity: "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";
  /** JSON Pointer of the text in the request. */
  readonly path: string;
  /** Bytes (UTF-8) of that text. */
  readonly start: number;
  readonly end: number;
  readonly masked: string;
  /** In percent. */
  readonly confidence: number;
}

/** What the host has to do. */
export type Obligation =
  | {
      readonly type: "approval";
      readonly policy: string | null;
      readonly policy_id?: string;
      readonly approvers: readonly string[];
      readonly args_digest: string;
      readonly timeout_seconds: number;
    }
  | { readonly type: "output"; readonly policy: string | null; readonly policy_id?: string };

/** What the agent can do about a refusal. */
export interface Remediation {
  readonly reason_code: string;
  readonly recoverable: boolean;
  readonly retry_after_seconds?: number | null;
  readonly missing_requirements?: readonly string[];
  readonly required_prior_actions?: readonly string[];
  readonly argument_violations?: readonly { readonly keyword: string; readonly message: string; readonly pointer: string }[];
  readonly safe_alternatives?: readonly string[];
}

/** What the host writes down before the call goes on; empty unless it does. */
export interface Delta {
  readonly approvals?: readonly string[];
  readonly exceptions?: readonly string[];
  readonly counters?: readonly {
    readonly count: 1;
    readonly key: string;
    readonly max: number;
    readonly window_seconds: number;
  }[];
  readonly spend?: readonly { readonly cost_usd: string; readonly key: string; readonly max_usd: string }[];
}

/** The value of one part of an expression. */
export interface Part {
  /** Bytes (UTF-8) of the expression. */
  readonly from: number;
  readonly to: number;
  readonly outcome: "not needed" | "value" | "left out" | "error";
  readonly value?: unknown;
  readonly fault?: Fault;
}

/** The long answer: every policy's outcome. */
export interface Explanation {
  /** Expressions, in the order of evaluation. */
  readonly policies: readonly {
    readonly policy: string;
    readonly policy_id?: string;
    readonly effect: "allow" | "deny";
    readonly expression: string;
    readonly outcome: "value" | "error" | "left out";
    readonly value?: boolean;
    readonly fault?: Fault;
    readonly parts: readonly Part[];
    /** The smallest change that flips it: conditions that would have to come out as `value`. */
    readonly flip?: readonly { readonly from: number; readonly to: number; readonly value: boolean }[] | null;
  }[];
  /** Policies of the other families. */
  readonly judged: readonly {
    readonly kind: string;
    readonly policy: string;
    readonly policy_id?: string;
    readonly standing: "not covered" | "lifted" | "holds" | "fails" | "does not match" | "matches" | "acts";
    readonly checks: readonly {
      readonly code?: string;
      readonly outcome: "idle" | "holds" | "fails" | "left out";
      readonly pointer: string;
      readonly rule: string;
      readonly values: { readonly [name: string]: unknown };
    }[];
  }[];
}

/** One decision. */
export interface Record {
  readonly decision: Effect;
  readonly status: Status;
  readonly release: { readonly number: number; readonly digest: string } | null;
  readonly deciding: {
    readonly policy: string | null;
    readonly policy_id?: string;
    readonly rule: string | null;
    readonly code: string;
  } | null;
  readonly reasons: readonly Reason[];
  readonly findings: readonly Finding[];
  readonly obligations: readonly Obligation[];
  readonly exceptions: readonly { readonly id: string; readonly policy: string | null; readonly policy_id?: string }[];
  readonly remediation: Remediation | null;
  readonly delta: Delta;
  readonly gas: number;
  /** Present when asked for. */
  readonly explanation?: Explanation;
}

/** A record that is read when somebody looks at it. */
export class Decision {
  /** The record as canonical JSON: the same bytes in every host. */
  readonly text: string;
  #record: Record | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The whole record. */
  get record(): Record {
    this.#record ??= JSON.parse(this.text) as Record;
    return this.#record;
  }

  get decision(): Effect {
    return this.record.decision;
  }

  get status(): Status {
    return this.record.status;
  }

  get release(): Record["release"] {
    return this.record.release;
  }

  get deciding(): Record["deciding"] {
    return this.record.deciding;
  }

  get reasons(): readonly Reason[] {
    return this.record.reasons;
  }

  get findings(): readonly Finding[] {
    return this.record.findings;
  }

  get obligations(): readonly Obligation[] {
    return this.record.obligations;
  }

  get exceptions(): Record["exceptions"] {
    return this.record.exceptions;
  }

  get remediation(): Remediation | null {
    return this.record.remediation;
  }

  get delta(): Delta {
    return this.record.delta;
  }

  get gas(): number {
    return this.record.gas;
  }

  get explanation(): Explanation | undefined {
    return this.record.explanation;
  }

  /** Whether the call may go on: ALLOW or FLAG. */
  get permitted(): boolean {
    const { decision } = this.record;
    return decision === "ALLOW" || decision === "FLAG";
  }

  /** The policy's own words to the caller, or else the code. */
  get message(): string {
    const { deciding, reasons } = this.record;
    const said = reasons.find((reason) => reason.policy === deciding?.policy && reason.message !== undefined);
    return said?.message ?? deciding?.code ?? "";
  }

  toJSON(): Record {
    return this.record;
  }

  toString(): string {
    return this.text;
  }
}
