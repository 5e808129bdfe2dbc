/** A release that decides calls. */

import { decode } from "#platform";
import type { Call, State } from "./call.js";
import { CallgateError } from "./errors.js";
import { callOf, type Sender } from "./mcp-call.js";
import { init, initSync, memory, module } from "./module.js";
import { Decision } from "./record.js";
import { isFiles, type ReleaseInput, soundText, writtenText } from "./release.js";
import { compile, type Compiling } from "./sources.js";
import { isWellFormed, json } from "./text.js";
import type { Engine as Bound } from "./wasm/callgate_web.js";

/** What a decision is asked with, beside the call. */
export interface Asking {
  /** What the host knows, as an object or as JSON; absent: nothing has happened yet. `null`: the host keeps none. */
  state?: State | string | Uint8Array | null;
  /** When; absent: now. Numbers are milliseconds since 1970, texts RFC 3339. */
  now?: Date | number | string;
  /** Whether the record tells every policy's outcome and the value of every part. */
  explain?: boolean;
}

/** Whom releases are believed from. Without it a signed release loads as it is, and nobody checks by whom. */
export interface Trust {
  /** Public keys in PEM, as `callgate keygen` writes them, 1 to 16: the release must be signed by one of them. */
  trustedKeys?: readonly string[];
  /** How many of them must have signed; 1 unless set. */
  requiredSignatures?: number;
  /** The number in force: a release with this or a smaller one is refused. */
  newerThan?: number;
}

/** What is in force. */
export interface ReleaseInForce {
  readonly digest: string;
  readonly number: number;
  readonly policies: number;
  readonly project: string;
  /** SHA-256 of the trusted keys that signed it, where `trustedKeys` were given. */
  readonly signers?: readonly string[];
}

/** A call as an object, as JSON text, or as the bytes of that. */
export type CallInput = Call | string | Uint8Array;

/** Bytes of one call, and of the state. */
export const LIMIT = 1_048_576;

/** UTF-16 units of JSONL that are decided in one go. */
const CHUNK = 262_144;

const encoder = /* @__PURE__ */ new TextEncoder();

/** Not every host of WebAssembly has the symbol. */
const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

export class Engine {
  #bound: Bound | undefined;
  /** The module's memory as it was when last looked at; it is another buffer after it has grown. */
  #heap: Uint8Array;

  private constructor(bound: Bound) {
    this.#bound = bound;
    this.#heap = new Uint8Array(memory().buffer);
  }

  /** An engine for a release, signed or not, or for the files of a project. Opens the module if need be. */
  static async create(release: ReleaseInput, options?: Compiling & Trust): Promise<Engine> {
    await init();
    return Engine.createSync(release, options);
  }

  /** The same at once; the module must be open, except in Node. */
  static createSync(release: ReleaseInput, options?: Compiling & Trust): Engine {
    initSync();
    const text = releaseText(release, options);
    const trust = trustText(options);
    try {
      const { Engine: bound } = module();
      return new Engine(trust === undefined ? bound.load(text) : bound.load_signed(text, trust));
    } catch (error) {
      throw CallgateError.read(error);
    }
  }

  /** An engine while no release is published: `deny` refuses every call, `allow` lets every call through. */
  static async withoutRelease(action: "allow" | "deny"): Promise<Engine> {
    await init();
    return new Engine(module().Engine.without_release(action === "allow"));
  }

  /** What is in force; `null` while no release is. */
  get release(): ReleaseInForce | null {
    return JSON.parse(this.#open().release());
  }

  /** Decides a call. Throws when the call, the state or the time cannot be read. */
  decide(call: CallInput, asking?: Asking): Decision {
    return new Decision(this.decideText(call, asking));
  }

  /** The same, with the record as canonical JSON: the shortest way. */
  decideText(call: CallInput, asking?: Asking): string {
    const bound = this.#open();
    const bytes = this.#write(bound, input(call, "call"), asking?.state);
    const [seconds, nanos] = instant(asking?.now);
    const length = bound.decide(bytes, this.#state, seconds, nanos, asking?.explain === true);
    const answer = this.#read(bound, length);
    if (length < 0) throw CallgateError.read(answer);
    return answer;
  }

  /** Decides an MCP message, read as strictly as the Envoy filter reads it. Throws as `decide` does. */
  decideMessage(body: string, sender: Sender, asking?: Asking): Decision {
    return this.decide(callOf(body, sender), asking);
  }

  /** Decides a call a line. A line that cannot be read gives `{"errors":[…]}` in the place of its record. */
  decideMany(jsonl: string | Uint8Array, asking?: Asking): Decisions {
    const bound = this.#open();
    const [seconds, nanos] = instant(asking?.now);
    const texts: string[] = [];
    for (const chunk of chunks(jsonl)) {
      const bytes = this.#write(bound, chunk, asking?.state);
      const length = bound.decide_lines(bytes, this.#state, seconds, nanos, asking?.explain === true);
      const answer = this.#read(bound, length);
      if (length < 0) throw CallgateError.read(answer);
      texts.push(answer);
    }
    return new Decisions(texts.join(""));
  }

  /** Gives the memory back. An engine that was freed decides nothing more. */
  free(): void {
    this.#bound?.free();
    this.#bound = undefined;
  }

  [dispose](): void {
    this.free();
  }

  /** Bytes of state behind the call in the input, or what stands for none. */
  #state = -1;

  #open(): Bound {
    if (this.#bound === undefined) throw CallgateError.of("FREED", "the engine was freed");
    return this.#bound;
  }

  /** Writes call and state into the module's memory; the number of bytes of the call. */
  #write(bound: Bound, call: string | Uint8Array, state: Asking["state"]): number {
    const known = state === undefined || state === null ? "" : input(state, "state");
    const at = bound.reserve(room(call) + room(known));
    if (this.#heap.byteLength === 0) this.#heap = new Uint8Array(memory().buffer);
    const bytes = put(this.#heap, at, call);
    if (state === undefined) this.#state = -1;
    else if (state === null) this.#state = -2;
    else this.#state = put(this.#heap, at + bytes, known);
    return bytes;
  }

  #read(bound: Bound, length: number): string {
    if (this.#heap.byteLength === 0) this.#heap = new Uint8Array(memory().buffer);
    const at = bound.output();
    return decode(this.#heap.subarray(at, at + Math.abs(length)));
  }
}

/** The records of many calls, a line each; read when somebody looks at them. */
export class Decisions implements Iterable<Decision> {
  /** JSONL, canonical. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Each record in turn. Throws at a line that could not be read. */
  *[Symbol.iterator](): Iterator<Decision> {
    for (const line of this.lines()) {
      if (line.startsWith('{"errors":')) throw CallgateError.read(line);
      yield new Decision(line);
    }
  }

  /** Each line in turn. */
  *lines(): IterableIterator<string> {
    for (let from = 0; from < this.text.length; ) {
      const end = this.text.indexOf("\n", from);
      yield this.text.slice(from, end);
      from = end + 1;
    }
  }
}

function room(text: string | Uint8Array): number {
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  return typeof text === "string" ? text.length * 3 : text.length;
}

function put(heap: Uint8Array, at: number, text: string | Uint8Array): number {
  if (typeof text === "string") return encoder.encodeInto(text, heap.subarray(at)).written;
  heap.set(text, at);
  return text.length;
}

/** JSON, no longer than can be read, of which every character can be written as UTF-8. */
function input(value: object | string | Uint8Array, what: string): string | Uint8Array {
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) {
    throw CallgateError.of("NOT_JSON", `the ${what} is no object, JSON text or bytes`);
  }
  const text = value instanceof Uint8Array || typeof value === "string" ? value : json(value, what);
  if (text.length > LIMIT) {
    // The code that the module has for as many bytes.
    throw CallgateError.of("JSON_TOO_LARGE", `the ${what} is longer than ${LIMIT} bytes`);
  }
  if (typeof text === "string" && !isWellFormed(text)) {
    // Written as UTF-8 it would be another text than the one that was asked about.
    throw CallgateError.of("LONE_SURROGATE", `the ${what} has half a surrogate pair`);
  }
  return text;
}

function instant(now: Asking["now"]): readonly [number, number] {
  if (typeof now === "string") {
    const at = isWellFormed(now) && now.length < 64 ? module().instant_of(now) : undefined;
    if (at === undefined) throw notATime();
    return [at[0] as number, at[1] as number];
  }
  const milliseconds = now === undefined ? Date.now() : now instanceof Date ? now.getTime() : now;
  if (typeof milliseconds !== "number") throw notATime();
  // The years that RFC 3339 can write.
  if (!(milliseconds >= -62_135_596_800_000 && milliseconds < 253_402_300_800_000)) throw notATime();
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.min(999_999_999, Math.round((milliseconds - seconds * 1000) * 1e6))];
}

function notATime(): CallgateError {
  return CallgateError.of("NOT_A_TIME", "`now` must be a Date, milliseconds since 1970, or RFC 3339 text");
}

/** Pieces of JSONL that end where lines do. */
function* chunks(jsonl: string | Uint8Array): Generator<string | Uint8Array> {
  if (typeof jsonl !== "string" && !(jsonl instanceof Uint8Array)) {
    throw CallgateError.of("NOT_TEXT", "calls are a text or bytes, a call a line");
  }
  const newline = typeof jsonl === "string" ? "\n" : 10;
  for (let from = 0; from < jsonl.length; ) {
    let end = from + CHUNK;
    if (end >= jsonl.length) end = jsonl.length;
    else {
      const last = jsonl.lastIndexOf(newline as never, end - 1);
      const next = last >= from ? last : jsonl.indexOf(newline as never, end);
      end = next < 0 ? jsonl.length : next + 1;
    }
    const chunk = typeof jsonl === "string" ? jsonl.slice(from, end) : jsonl.subarray(from, end);
    yield input(chunk, "line");
    from = end;
  }
}

/** The text of a release; of files, what they come to. */
function releaseText(release: ReleaseInput, options: Compiling | undefined): string {
  return isFiles(release) ? soundText(compile(release, options)) : writtenText(release);
}

/** Whom to believe, as the module reads it. What is asked for without keys is an error there, too. */
function trustText(options: Trust | undefined): string | undefined {
  const { trustedKeys, requiredSignatures, newerThan } = options ?? {};
  if (trustedKeys === undefined && requiredSignatures === undefined && newerThan === undefined) return undefined;
  return json(
    { trusted_keys: trustedKeys, required_signatures: requiredSignatures, newer_than: newerThan },
    "trust",
  );
}
