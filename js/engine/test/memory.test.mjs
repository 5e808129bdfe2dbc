// Memory: decisions leave nothing behind, and what is freed is given back.
import assert from "node:assert/strict";
import test from "node:test";
import { wasmBytes } from "./memories.mjs";
import { compile, diffSync, doctorSync, Engine, init, replaySync } from "@callgate/engine";
import { NOW, call, cases, identity, policies, release } from "./support.mjs";

const DECISIONS = cases(100_000);
const calls = [
  JSON.stringify(call("get_issue", { id: 7, note: "ü".repeat(400) })),
  JSON.stringify(call("refund", { amount: 500 })),
  JSON.stringify({ identity, request: { tool: { name: "x", args: { list: Array.from({ length: 200 }, (_, n) => n) } } } }),
  "{",
];

function decide(engine, number) {
  try {
    engine.decideText(calls[number % calls.length], { now: NOW, explain: number % 16 === 0 });
  } catch {
    // The last of the calls is none.
  }
}

test(`${DECISIONS} decisions need no more memory than the first thousand`, () => {
  const engine = Engine.createSync(release);
  for (let number = 0; number < 1000; number++) decide(engine, number);
  const start = wasmBytes();
  assert.ok(start > 1_000_000, `${start} bytes`);
  for (let number = 0; number < DECISIONS; number++) decide(engine, number);
  assert.equal(wasmBytes(), start);
  const lines = `${calls[0]}\n`.repeat(5000);
  engine.decideMany(lines, { now: NOW });
  const more = wasmBytes();
  for (let round = 0; round < 20; round++) engine.decideMany(lines, { now: NOW });
  assert.equal(wasmBytes(), more);
  engine.free();
});

test("engines that are freed make room for the next", async () => {
  await init();
  const open = (count, close) => {
    for (let number = 0; number < count; number++) {
      const engine = Engine.createSync(release);
      engine.decideText(calls[0], { now: NOW });
      close(engine);
    }
  };
  open(50, (engine) => engine.free());
  const start = wasmBytes();
  open(1000, (engine) => engine.free());
  open(1000, (engine) => engine[Symbol.dispose]());
  assert.equal(wasmBytes(), start);
});

const EXAMINED = Math.ceil(DECISIONS / 100);

test(`${EXAMINED} examinations need no more memory than the first fifty`, () => {
  const wider = Object.entries(policies).map(([name, text]) => [name, text.replace("amount > 100", "amount > 200")]);
  const other = compile(Object.fromEntries(wider)).release;
  const log = `${calls.join("\n")}\n`.repeat(20);
  const examine = (count) => {
    for (let number = 0; number < count; number++) {
      assert.ok(doctorSync(release).length > 0);
      assert.equal(diffSync(release, other).more_permissive.answer, "differs");
      assert.equal(replaySync(release, log, other, { now: NOW }).calls, 60);
      assert.throws(() => doctorSync(`${release}x`));
    }
  };
  examine(50);
  const start = wasmBytes();
  examine(EXAMINED);
  assert.equal(wasmBytes(), start);
});
