/** Where and what kind: one type for everything a person can mend. Offsets are UTF-16 units. */
export interface Diagnostic {
  /** Stable name of the kind of finding. */
  readonly code: string;
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  /** How to mend it. */
  readonly help?: string;
  /** The name of the source it is in, where there are several. */
  readonly file?: string;
  /** The place in that text, as `text.slice(from, to)`. */
  readonly from?: number;
  readonly to?: number;
  /** The same for people: lines and columns count from 1. */
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** Everything that this package throws. */
export class CallgateError extends Error {
  override readonly name = "CallgateError";
  /** The code of the first finding. */
  readonly code: string;
  /** All findings; never empty. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const [first = { code: "UNKNOWN", severity: "error", message: "unknown error" } as const] = diagnostics;
    super(first.message);
    this.code = first.code;
    this.diagnostics = diagnostics.length > 0 ? diagnostics : [first];
  }

  /** An error that stands in no text. */
  static of(code: string, message: string, help?: string): CallgateError {
    return new CallgateError([{ code, severity: "error", message, ...(help === undefined ? {} : { help }) }]);
  }

  /** What the module answered or threw in the place of a result: `{"errors":[…]}`. */
  static read(answer: unknown): CallgateError {
    if (typeof answer === "string") {
      const { errors } = JSON.parse(answer) as { errors: Diagnostic[] };
      return new CallgateError(errors);
    }
    return CallgateError.of("INTERNAL", answer instanceof Error ? answer.message : String(answer));
  }
}
