// What releases mean: proofs and counter-examples, and what a log would have met.
import assert from "node:assert/strict";
import test from "node:test";
import { CallgateError, compile, diff, doctor, Engine, replay } from "@callgate/engine";
import { NOW, release } from "./support.mjs";

const policy = (name, effect, expression) =>
  `apiVersion: callgate/v1\nkind: CelPolicy\nmetadata: { name: ${name} }\nspec:\n  effect: ${effect}\n  expression: ${JSON.stringify(expression)}\n`;
const files = (...policies) => ({ "policies/p.yaml": policies.join("---\n") });
const decided = (policies, { call, now }) => Engine.createSync(policies).decide(call, { now }).record.decision;

test("two teams that must both be asked deny everybody, and a joined policy is offered", () => {
  const teams = files(
    policy("support", "allow", 'identity.labels.team == "support"'),
    policy("engineering", "allow", 'identity.labels.team == "engineering"'),
  );
  const [found] = doctor(teams);
  assert.deepEqual([found.code, found.severity, found.proof, found.policy], ["doctor.denies_everything", "error", "proved", null]);
  assert.match(found.help, /"support"\) \|\| /);
});

test("a finding stands in the text of the release, and its call shows it", () => {
  const built = compile(files(policy("é", "deny", 'request.tool.args.n > 5'))).release;
  const found = doctor(built).find(({ code }) => code === "doctor.unguarded");
  assert.equal(built.slice(found.from, found.to), "request.tool.args.n > 5");
  assert.deepEqual(found.policy, "é");
  const decision = Engine.createSync(built).decide(found.proof.witness, { now: found.proof.now });
  assert.deepEqual(decision.record.deciding.code, "CEL_ERROR");
});

test("a difference is a call that both releases decide, and the other direction is proved", () => {
  const before = files(policy("refunds", "allow", "request.tool.args.amount <= 100"));
  const after = files(policy("refunds", "allow", "request.tool.args.amount <= 200"));
  const found = diff(before, after);
  assert.deepEqual(found.changes.map(({ policy, change }) => [policy, change]), [["refunds", "changed"]]);
  assert.deepEqual(found.more_restrictive, { answer: "proved equal" });
  assert.equal(found.more_permissive.answer, "differs");
  assert.equal(decided(before, found.more_permissive), "DENY");
  assert.equal(decided(after, found.more_permissive), "ALLOW");
  assert.deepEqual(diff(release, release), {
    changes: [],
    more_permissive: { answer: "proved equal" },
    more_restrictive: { answer: "proved equal" },
  });
});

test("a log is compared with a release, or with its own records", () => {
  const strict = files(policy("no-deletes", "deny", 'request.tool.name == "delete"'));
  const open = files(policy("anything", "allow", "true"));
  const call = (name) => ({ identity: { name: "ann" }, request: { tool: { name } } });
  const log = ["search", "delete", "delete"].map((name) => JSON.stringify(call(name))).join("\n");
  const found = replay(strict, `${log}\n\nno call\n`, open, { now: NOW });
  assert.deepEqual([found.calls, found.unchanged, found.newly_denied, found.newly_allowed], [3, 1, 2, 0]);
  assert.deepEqual(found.policies, [{ policy: "no-deletes", newly_denied: 2, newly_allowed: 0, otherwise: 0 }]);
  assert.deepEqual(found.flips.map(({ line, flip }) => [line, flip]), [[2, "newly denied"], [3, "newly denied"]]);
  assert.deepEqual(found.unread.map(({ line }) => line), [5]);
  const recorded = JSON.stringify({ call: call("delete"), now: NOW, record: { decision: "ALLOW" } });
  assert.equal(replay(strict, recorded).newly_denied, 1);
  assert.equal(replay(strict, JSON.stringify(call("delete"))).unread.length, 1);
});

test("what is no release is told as such", () => {
  for (const ask of [() => doctor("{}"), () => diff(release, "[]"), () => diff("", release), () => replay("x", "")]) {
    assert.throws(ask, CallgateError);
  }
});
