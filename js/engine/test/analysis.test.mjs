// What releases mean: proofs and counter-examples, and what a log would have met.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  CallgateError,
  compile,
  diff,
  diffSync,
  doctor,
  doctorSync,
  Engine,
  initAnalysis,
  initAnalysisSync,
  replay,
  replaySync,
} from "@callgate/engine";
import { NOW, release } from "./support.mjs";

const module = (name) => readFileSync(new URL(`../dist/${name}.wasm`, import.meta.url));
const code = (wanted) => (error) => error instanceof CallgateError && error.code === wanted;

const policy = (name, effect, expression) =>
  `apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: { name: ${name} }\nspec:\n  effect: ${effect}\n  expression: ${JSON.stringify(expression)}\n`;
const files = (...policies) => ({ "policies/p.yaml": policies.join("---\n") });
const decided = (policies, { call, now }) => Engine.createSync(policies).decide(call, { now }).record.decision;

test("a module that is another one is refused before it runs, and the right one opens after it", async () => {
  const renamed = module("callgate_web_analysis");
  const at = renamed.lastIndexOf("callgate_web_analysis ") + "callgate_web_analysis ".length;
  renamed[at] = "9".charCodeAt(0);
  for (const wrong of [module("callgate_web"), renamed, new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])]) {
    await assert.rejects(initAnalysis(wrong), code("WRONG_MODULE"));
    assert.throws(() => initAnalysisSync(wrong), code("WRONG_MODULE"));
  }
  await assert.rejects(initAnalysis(renamed), /callgate_web_analysis 9.* needs callgate_web_analysis \d/);
  initAnalysisSync(module("callgate_web_analysis"));
  await initAnalysis();
  assert.ok(doctorSync(release).length > 0);
});

test("two teams that must both be asked deny everybody, and a joined policy is offered", async () => {
  const teams = files(
    policy("support", "allow", 'identity.labels.team == "support"'),
    policy("engineering", "allow", 'identity.labels.team == "engineering"'),
  );
  const [found] = await doctor(teams);
  assert.deepEqual([found.code, found.severity, found.proof, found.policy], ["doctor.denies_everything", "error", "proved", null]);
  assert.match(found.help, /"support"\) \|\| /);
  assert.equal(found.from, undefined);
});

test("a finding stands in the text of the release, or in its file, and its call shows it", async () => {
  const expression = 'request.tool.name == "é" && request.tool.args.n > 5';
  const sources = files(policy("first", "deny", "false"), policy("é", "deny", expression));
  const built = compile(sources).release;
  const guard = (found) => found.find(({ code }) => code === "doctor.unguarded");
  const inRelease = guard(await doctor(built));
  assert.equal(built.slice(inRelease.from, inRelease.to), "request.tool.args.n > 5");
  assert.equal(inRelease.file, undefined);
  const [[name, text]] = Object.entries(sources);
  const inFile = guard(await doctor(sources));
  assert.equal(text.slice(inFile.from, inFile.to), "request.tool.args.n > 5");
  assert.deepEqual([inFile.file, inFile.line, inFile.policy], [name, 13, "é"]);
  assert.equal(text.split("\n")[inFile.line - 1].slice(inFile.column - 1, inFile.endColumn - 1), "request.tool.args.n > 5");
  const never = (await doctor(sources)).find(({ code }) => code === "doctor.never_true");
  assert.match(text.slice(never.from, never.to), /^false|^effect/);
  const decision = Engine.createSync(built).decide(inFile.proof.witness, { now: inFile.proof.now });
  assert.deepEqual(decision.record.deciding.code, "CEL_ERROR");
});

test("a release in its envelope is examined, without places in what nobody sees", async () => {
  const payload = Buffer.from(release).toString("base64");
  const envelope = { payloadType: "application/vnd.callgate.release+json", payload, signatures: [{ keyid: "", sig: Buffer.alloc(64).toString("base64") }] };
  const bare = ({ code, message, policy, proof }) => ({ code, message, policy, proof });
  const found = await doctor(envelope);
  assert.ok(found.length > 0);
  assert.ok(found.every(({ from }) => from === undefined));
  assert.deepEqual(found.map(bare), (await doctor(release)).map(bare));
  assert.deepEqual((await diff(envelope, release)).changes, []);
});

test("a difference is a call that both releases decide, and the other direction is proved", async () => {
  const before = files(policy("refunds", "allow", "request.tool.args.amount <= 100"));
  const after = files(policy("refunds", "allow", "request.tool.args.amount <= 200"));
  const found = await diff(before, after);
  assert.deepEqual(found.changes.map(({ policy, change }) => [policy, change]), [["refunds", "changed"]]);
  assert.deepEqual(found.more_restrictive, { answer: "proved equal" });
  assert.equal(found.more_permissive.answer, "differs");
  assert.equal(decided(before, found.more_permissive), "DENY");
  assert.equal(decided(after, found.more_permissive), "ALLOW");
  assert.deepEqual(diffSync(before, after), found);
  assert.deepEqual(await diff(release, new TextEncoder().encode(release)), {
    changes: [],
    more_permissive: { answer: "proved equal" },
    more_restrictive: { answer: "proved equal" },
  });
});

test("a log is compared with a release, or with its own records", async () => {
  const strict = files(policy("no-deletes", "deny", 'request.tool.name == "delete"'));
  const open = files(policy("anything", "allow", "true"));
  const call = (name) => ({ identity: { name: "ann" }, request: { tool: { name } } });
  const log = `${["search", "delete", "delete"].map((name) => JSON.stringify(call(name))).join("\r\n")}\n\n"é" call\n`;
  const found = await replay(strict, log, open, { now: NOW });
  assert.deepEqual([found.calls, found.unchanged, found.newly_denied, found.newly_allowed], [3, 1, 2, 0]);
  assert.deepEqual(found.policies, [{ policy: "no-deletes", newly_denied: 2, newly_allowed: 0, otherwise: 0 }]);
  assert.deepEqual(found.flips.map(({ line, flip }) => [line, flip]), [[2, "newly denied"], [3, "newly denied"]]);
  const [{ line, column, from }, ...more] = found.unread;
  assert.deepEqual([line, log.slice(from, from + 1), more], [5, "c", []]);
  assert.equal(log.split("\n")[4][column - 1], "c");
  assert.deepEqual(replaySync(strict, new TextEncoder().encode(log), open, { now: new Date(NOW) }), found);
  const short = replaySync(strict, log, open, { now: NOW, examples: 1 });
  assert.deepEqual([short.flips.length, short.newly_denied], [1, 2]);
  const recorded = JSON.stringify({ call: call("delete"), now: NOW, record: { decision: "ALLOW" } });
  assert.equal((await replay(strict, recorded)).newly_denied, 1);
  assert.equal((await replay(strict, JSON.stringify(call("delete")))).unread.length, 1);
});

test("a log of lines that are none is told in part", async () => {
  const { calls, unread } = await replay(release, "x\n".repeat(5000), release);
  assert.deepEqual([calls, unread.length, unread.at(-1).code], [0, 1001, "UNREAD_LINES"]);
  assert.match(unread.at(-1).message, /^4000 /);
});

test("what cannot be examined is told as such", async () => {
  const broken = files(policy("a", "deny", "request.tool.nme"));
  for (const [wanted, ask] of [
    ["MISSING_FIELD", () => doctor("{}")],
    ["WRONG_TYPE", () => diff(release, "[]")],
    ["JSON_UNEXPECTED_END", () => diff("", release)],
    ["cel.undeclared_field", () => doctor(broken)],
    ["cel.undeclared_field", () => diff(release, broken)],
    ["NOT_A_RELEASE", () => diff(release)],
    ["NOT_A_RELEASE", () => replay(release, "", null)],
    ["NOT_TEXT", () => replay(release)],
    ["LONE_SURROGATE", () => replay(release, "\ud800")],
    ["INVALID_UTF8", () => replay(release, new Uint8Array([0xff]))],
    ["NOT_A_TIME", () => replay(release, "", release, { now: "yesterday" })],
    ["NOT_A_TIME", () => replay(release, "", release, { now: Number.NaN })],
    ["NOT_A_TIME", () => replay(release, "", release, { now: 8.64e15 })],
    ["NOT_A_COUNT", () => replay(release, "", release, { examples: -1 })],
  ]) {
    await assert.rejects(ask, code(wanted), wanted);
  }
});
