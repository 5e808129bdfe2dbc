// Decisions: what comes in, what goes out, and what is thrown.
import assert from "node:assert/strict";
import test from "node:test";
import { CallgateError, Decision, Engine, callOf, unitsBefore } from "@callgate/engine";
import { NOW, call, engine, identity, policies, release } from "./support.mjs";

const thrown = (code, run) =>
  assert.throws(run, (error) => {
    assert.ok(error instanceof CallgateError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.diagnostics.length > 0);
    return true;
  });

test("a call is decided the same as an object, as text and as bytes", () => {
  const gate = engine();
  const object = call("get_issue", { id: 7 });
  const text = JSON.stringify(object);
  const decided = [object, text, new TextEncoder().encode(text)].map((asked) => gate.decideText(asked, { now: NOW }));
  assert.equal(new Set(decided).size, 1);
  const record = JSON.parse(decided[0]);
  assert.equal(record.decision, "ALLOW");
  assert.equal(record.release.number, 7);
  gate.free();
});

test("a record is read when somebody looks, and says who decided and why", () => {
  const decision = engine().decide(call("refund", { amount: 500 }));
  assert.ok(decision instanceof Decision);
  assert.equal(decision.permitted, false);
  assert.deepEqual(
    [decision.decision, decision.status, decision.deciding.policy, decision.deciding.code],
    ["DENY", "DENIED", "block-large-refunds", "CEL_DENY_MATCHED"],
  );
  assert.equal(decision.message, "refunds over 100 need a person");
  assert.equal(decision.remediation.recoverable, false);
  assert.equal(decision.explanation, undefined);
  assert.equal(JSON.stringify(decision), JSON.stringify(JSON.parse(decision.text)));
  assert.equal(String(decision), decision.text);
});

test("an explanation has every policy and the value of every part", () => {
  const { explanation } = engine().decide(call("refund", { amount: 500 }), { explain: true });
  assert.deepEqual(
    explanation.policies.map(({ policy, value }) => [policy, value]),
    [
      ["block-large-refunds", true],
      ["allow-support-tools", true],
    ],
  );
  const [{ expression, parts }] = explanation.policies;
  const part = parts.find(({ value }) => value === 500);
  assert.equal(expression.slice(part.from, part.to), "request.tool.args.amount");
});

test("nobody's call is refused", () => {
  assert.equal(engine().decide({ request: { tool: { name: "get_issue" } } }).deciding.code, "UNAUTHENTICATED");
});

test("what is no call is told with its place, in units of the text", () => {
  const gate = engine();
  thrown("JSON_UNEXPECTED_END", () => gate.decide('{"identity":'));
  thrown("JSON_DUPLICATE_KEY", () => gate.decide('{"identity":{"name":"a"},"identity":{"name":"b"}}'));
  try {
    gate.decide('{"identity":{"name":"😀","nmae":1}}');
    assert.fail();
  } catch (error) {
    const [{ from, to, line, column, help }] = error.diagnostics;
    const text = '{"identity":{"name":"😀","nmae":1}}';
    assert.equal(text.slice(from, to), '"nmae"');
    assert.deepEqual([line, column], [1, from + 1]);
    assert.match(help, /name/);
  }
});

test("a text with half a surrogate pair is not taken for another text", () => {
  const gate = engine();
  thrown("LONE_SURROGATE", () => gate.decide('{"identity":{"name":"\ud800"}}'));
  thrown("JSON_LONE_SURROGATE", () => gate.decide({ identity: { name: "\ud800" } }));
  thrown("JSON_INVALID_UTF8", () => gate.decide(new Uint8Array([0x22, 0xff, 0x22])));
});

test("what is too large is refused before it is copied", () => {
  const gate = engine();
  thrown("JSON_TOO_LARGE", () => gate.decide(" ".repeat(1_048_577)));
  thrown("JSON_TOO_LARGE", () => gate.decide({ identity }, { state: " ".repeat(1_048_577) }));
  thrown("JSON_TOO_LARGE", () => gate.decideMany("x".repeat(1_048_577)));
});

test("values that are no JSON are told", () => {
  const gate = engine();
  thrown("NOT_JSON", () => gate.decide({ identity, request: { tool: { name: "x", args: { n: 1n } } } }));
  const circle = {};
  circle.self = circle;
  thrown("NOT_JSON", () => gate.decide(circle));
});

test("times are dates, milliseconds and texts; nothing else", () => {
  const gate = engine();
  for (const now of [new Date(NOW), Date.parse(NOW), NOW, "2026-01-31T13:00:00.000+01:00"]) {
    assert.equal(gate.decide(call("get_issue"), { now }).decision, "ALLOW");
  }
  for (const now of [Number.NaN, new Date("never"), "yesterday", 1e18, "\ud800"]) {
    thrown("NOT_A_TIME", () => gate.decide(call("get_issue"), { now }));
  }
});

const LIMITED = {
  "policies/limit.yaml": `apiVersion: callgate/v1
kind: ControlPolicy
metadata: { name: limit }
spec:
  rate_limits: { "*": { max_count: 1, window_seconds: 60 } }
`,
};

test("state is an object, text or bytes; null is a host that keeps none", () => {
  const gate = Engine.createSync(LIMITED);
  const asked = call("get_issue", {});
  const now = "2026-01-31T12:00:10Z";
  const first = gate.decide(asked, { now });
  assert.equal(first.decision, "ALLOW");
  const [{ key }] = first.delta.counters;
  const state = { counters: { [key]: [{ at: NOW, count: 1 }] } };
  const text = JSON.stringify(state);
  for (const known of [state, text, new TextEncoder().encode(text)]) {
    assert.equal(gate.decide(asked, { now, state: known }).deciding.code, "RATE_LIMITED");
  }
  assert.equal(gate.decide(asked, { now, state: null }).deciding.code, "STATE_UNAVAILABLE");
  thrown("JSON_UNEXPECTED_END", () => gate.decide(asked, { state: "{" }));
  assert.throws(() => gate.decide(asked, { state: { couters: {} } }), CallgateError);
  assert.throws(() => gate.decideMany("{}\n", { state: "{" }), CallgateError);
});

test("many calls give a line each, and unreadable ones a line that says so", () => {
  const gate = engine();
  const lines = [call("get_issue"), "{", call("refund", { amount: 101 })].map((line) =>
    typeof line === "string" ? line : JSON.stringify(line),
  );
  const jsonl = `${lines[0]}\n\n${lines[1]}\r\n${lines[2]}`;
  for (const asked of [jsonl, new TextEncoder().encode(jsonl)]) {
    const found = [...gate.decideMany(asked, { now: NOW }).lines()];
    assert.deepEqual(found[0], gate.decideText(lines[0], { now: NOW }));
    assert.equal(JSON.parse(found[1]).errors[0].code, "JSON_UNEXPECTED_END");
    assert.equal(found[2], gate.decideText(lines[2], { now: NOW }));
    assert.equal(found.length, 3);
  }
  assert.throws(() => [...gate.decideMany("{\n")], CallgateError);
  const permitted = [...gate.decideMany(`${lines[0]}\n${lines[2]}\n`)].map((decision) => decision.permitted);
  assert.deepEqual(permitted, [true, false]);
});

test("more than a chunk of calls keeps its lines whole", () => {
  const gate = engine();
  const line = JSON.stringify(call("get_issue", { id: 7, words: "ü".repeat(900) }));
  const one = gate.decideText(line, { now: NOW });
  const many = gate.decideMany(`${line}\n`.repeat(1000), { now: NOW });
  assert.equal(many.text, `${one}\n`.repeat(1000));
});

test("a release is text, bytes, an object, or files", async () => {
  const bytes = new TextEncoder().encode(release);
  const of = async (from) => (await Engine.create(from)).release.digest;
  const digests = [await of(release), await of(bytes), await of(JSON.parse(release)), await of(policies)];
  assert.equal(new Set(digests).size, 1);
  assert.equal(engine().release.project, "examples");
});

test("a release that is none is refused with everything that is wrong", async () => {
  thrown("JSON_UNEXPECTED_END", () => Engine.createSync("{"));
  thrown("TOO_LARGE", () => Engine.createSync(" ".repeat(16_777_217)));
  thrown("INVALID_UTF8", () => Engine.createSync(new Uint8Array([0xff])));
  const altered = JSON.parse(release);
  altered.policies[0].name = "other";
  assert.throws(() => Engine.createSync(altered), CallgateError);
  const broken = { "a.yaml": policies["policies/support.yaml"].replace("amount", "amount +") };
  await assert.rejects(Engine.create(broken), (error) => error.diagnostics[0].file === "a.yaml");
});

test("without a release every call is refused, or let through", async () => {
  const deny = await Engine.withoutRelease("deny");
  assert.equal(deny.release, null);
  assert.equal(deny.decide(call("x")).deciding.code, "NO_ACTIVE_RELEASE");
  const allow = await Engine.withoutRelease("allow");
  assert.equal(allow.decide(call("x")).decision, "ALLOW");
});

test("an engine that was freed decides nothing more", () => {
  const gate = engine();
  gate.free();
  gate.free();
  thrown("FREED", () => gate.decide(call("x")));
  const other = engine();
  other[Symbol.dispose]();
  thrown("FREED", () => other.release);
});

test("an MCP message is the call that the gateway would see", () => {
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"refund","arguments":{"amount":9007199254740993}}}';
  const text = callOf(body, { identity, server: "shop" });
  assert.match(text, /"amount":9007199254740993/);
  const { request } = JSON.parse(text);
  assert.deepEqual([request.kind, request.tool.name, request.tool.server], ["tool_call", "shop__refund", "shop"]);
  assert.equal(engine().decideMessage(body, { identity }).deciding.code, "CEL_DENY_MATCHED");
  thrown("KEY_LOOK_ALIKE", () => callOf(body.replace('"name"', '"Name"')));
  thrown("BATCH", () => callOf(`[${body}]`));
  thrown("SERVER_NAME", () => callOf(body, { server: "a__b" }));
});

test("bytes of a record are found in a text", () => {
  assert.equal(unitsBefore("aé😀b", 0), 0);
  assert.equal(unitsBefore("aé😀b", 3), 2);
  assert.equal(unitsBefore("aé😀b", 7), 4);
  assert.equal(unitsBefore("aé😀b", 99), 5);
});
