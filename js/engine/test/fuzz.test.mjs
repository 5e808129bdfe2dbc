// Every function with anything: a typed error, a finding or an answer, never a trap. `CALLGATE_CASES` asks for more.
import assert from "node:assert/strict";
import test from "node:test";
import * as api from "@callgate/engine";
import { NOW, call, cases, policies, release } from "./support.mjs";

const CASES = cases(20_000);
const SEED = Number(process.env.CALLGATE_SEED ?? 1);

/** SplitMix32-like: the same choices on every machine. */
function choices(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (end) => next() % end;
  return { below, pick: (list) => list[below(list.length)] };
}

const EXPRESSION = 'identity.labels.team == "support" && request.tool.args.list.exists(x, x > 1) ? has(task.name) : now > now';
const TEXTS = [
  release,
  JSON.stringify(call("refund", { amount: 500, deep: [[{ a: ["é", "😀", null, 1e300, -0] }]] })),
  ...Object.values(policies),
  EXPRESSION,
  "-----BEGIN PRIVATE KEY----- 4111 1111 1111 1111 a@b.example",
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{}}}',
  "2026-01-31T12:00:00Z",
  "",
];
const PIECES = ["{", "}", "[", "]", '"', "\\u", ",", ":", "\n", "\r", "\t", " ", "\0", "\ud800", "\udc00", "😀", "é", "\ufeff", "- ", "|", ">", "&a", "*a", "!!", "%", "#", "'", "((((", "?:", "&&", "1e999", "-", "0x", "999999999999999999999", "null", "__proto__"];
const VALUES = [undefined, null, true, 0, -1, Number.NaN, 1e308, 1n, Symbol.iterator, "", [], {}, () => 1, new Date(Number.NaN), new Uint8Array([0xff, 0, 0x22]), Object.create(null)];

function text({ below, pick }) {
  let text = pick(TEXTS);
  for (let changes = below(4); changes > 0; changes--) {
    const at = below(text.length + 1);
    const piece = below(4) === 0 ? pick(TEXTS).slice(0, 300) : pick(PIECES);
    text = text.slice(0, at) + piece.repeat(below(8) === 0 ? 300 : 1) + text.slice(at + below(6));
  }
  return text;
}

function value(chosen) {
  const { below, pick } = chosen;
  switch (below(8)) {
    case 0:
      return pick(VALUES);
    case 1:
      return new TextEncoder().encode(text(chosen));
    case 2:
      return { [pick(["name", "text", "identity", "request", "format", "a.yaml", "callgate.yaml"])]: value(chosen) };
    case 3:
      return [value(chosen)];
    case 4:
      try {
        return JSON.parse(text(chosen));
      } catch {
        return {};
      }
    default:
      return text(chosen);
  }
}

const number = ({ below, pick }) => (below(2) === 0 ? below(400) : pick([-1, 0.5, Number.NaN, 2 ** 32, 2 ** 53, "7", null, undefined]));
const asking = (chosen) => (chosen.below(2) === 0 ? undefined : { state: value(chosen), now: value(chosen), explain: chosen.below(2) === 0 });
const language = ({ pick }) => ({ language: pick([undefined, "yaml", "json", "cel"]) });

/** Keys that nobody has; every other time none at all, and then a release loads. */
function trust(c) {
  return c.below(2) === 0 ? {} : { trustedKeys: value(c), newerThan: value(c) };
}

const CONDITIONS = [
  'identity.labels.team == "support"',
  "request.tool.args.amount > 100",
  "request.tool.args.amount <= request.tool.args.most",
  "has(request.tool.args.e) && has(task.name)",
  'request.tool.name in ["refund", "é😀"]',
  'request.tool.name.startsWith("re")',
  "size(request.tags) > 3",
  'request.kind == "chat_completion"',
  "request.tool.args.list.exists(x, x > 1)",
  "now > now",
  "1 / 0 == 1",
  "true",
  "false",
];

function condition(c, deep = 4) {
  switch (deep === 0 ? 0 : c.below(5)) {
    case 1:
      return `(${condition(c, deep - 1)} && ${condition(c, deep - 1)})`;
    case 2:
      return `(${condition(c, deep - 1)} || ${condition(c, deep - 1)})`;
    case 3:
      return `!${condition(c, deep - 1)}`;
    default:
      return c.pick(CONDITIONS);
  }
}

/** The files of some release that was never written before. */
function project(c) {
  const policies = Array.from({ length: c.below(5) }, (_, at) => ({
    apiVersion: "callgate/v1",
    kind: "CelPolicy",
    metadata: { name: `policy-${at}` },
    spec: { effect: c.pick(["allow", "deny"]), expression: condition(c) },
  }));
  return { "policies.json": JSON.stringify(policies), "callgate.yaml": `settings: { allow_combining: ${c.pick(["any", "all"])} }\n` };
}

/** A release, the files of one, or anything. */
function released(c) {
  const kind = c.below(4);
  return kind === 0 ? release : kind === 3 ? value(c) : project(c);
}

/** Every export that does something, by what it is given. */
const CALLS = {
  create: (c) => api.Engine.createSync(value(c), value(c)).free(),
  createTrusting: (c) => api.Engine.createSync(value(c), trust(c)).free(),
  decide: (c, engine) => engine.decide(value(c), asking(c)).record,
  decideText: (c, engine) => engine.decideText(text(c), asking(c)),
  decideMany: (c, engine) => [...engine.decideMany(value(c), asking(c))],
  decideMessage: (c, engine) => engine.decideMessage(text(c), value(c), asking(c)),
  callOf: (c) => api.callOf(value(c), value(c)),
  check: (c) => api.check(value(c), language(c)),
  compile: (c) => api.compile(value(c), value(c)),
  format: (c) => api.format(value(c), language(c)),
  complete: (c) => api.complete(value(c), number(c), language(c)),
  hover: (c) => api.hover(value(c), number(c), language(c)),
  tokens: (c) => api.tokens(value(c)),
  scan: (c) => api.scan(value(c), { label: value(c) }),
  languageOf: (c) => api.languageOf(value(c)),
  doctor: (c) => api.doctorSync(released(c)),
  diff: (c) => api.diffSync(released(c), released(c)),
  replay: (c) => api.replaySync(released(c), value(c), released(c), { now: c.pick([undefined, NOW, value(c)]), examples: number(c) ?? 1 }),
};

test(`${CASES} calls of every kind, from seed ${SEED}`, () => {
  const engine = api.Engine.createSync(release);
  const names = Object.keys(CALLS);
  const seen = new Map();
  for (let at = 0; at < CASES; at++) {
    const chosen = choices(SEED * 0x1000000 + at);
    const name = names[at % names.length];
    let end = "answered";
    try {
      CALLS[name](chosen, engine);
    } catch (error) {
      if (!(error instanceof api.CallgateError) || error.code === "INTERNAL") {
        assert.fail(`seed ${SEED}, case ${at}, ${name}: ${error?.stack ?? String(error)}`);
      }
      end = "refused";
    }
    const key = `${name} ${end}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  for (const name of names.filter((name) => name !== "languageOf")) {
    for (const end of ["answered", "refused"]) assert.ok(seen.get(`${name} ${end}`) > 0, `${name} never ${end}`);
  }
  // It decides as before.
  assert.equal(engine.decide(call("get_issue", { id: 1 })).decision, "ALLOW");
});
