// The npm package beside @marcbachmann/cel-js in one sitting: `node web_bench.mjs PACKAGE TOOLS`; prints JSON.
//
// Each gets a call of a kilobyte as text. A machine that does other things drifts, so both take turns in many
// short rounds, and what is told is the median of the times and of the ratios.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [home, tools] = process.argv.slice(2);
const { Engine } = await import(pathToFileURL(join(home, "dist/node.js")));
const { Environment } = await import(pathToFileURL(createRequire(join(tools, "package.json")).resolve("@marcbachmann/cel-js")));

/** Rounds of each question; odd, so that a median is one of the figures. */
const ROUNDS = 41;
/** Milliseconds an engine's part of a round takes. */
const PART = 4;
/** Milliseconds after which just-in-time compilers are done. */
const WARM = 700;

const call = JSON.stringify({
  identity: { name: "support-bot", labels: { team: "support", region: "eu" }, groups: ["agents", "support"] },
  task: { name: "triage", labels: { priority: "low" }, context: { ticket: "T-1042" } },
  request: {
    kind: "tool_call",
    tool: {
      name: "refund",
      args: { amount: 42, currency: "EUR", order: "O-77120", lines: [1, 2, 3], note: "late parcel, customer is upset; ".repeat(20) },
    },
  },
  run: { id: "run-1", started_at: "2026-01-31T12:00:00Z" },
});

/** Policies that refuse other tools than the one that is called, or too much money. */
const expressions = (count) =>
  Array.from({ length: count }, (_, number) =>
    number === 0
      ? 'request.tool.name == "refund" && request.tool.args.amount > 100'
      : `request.tool.name == "tool_${number}" && identity.labels.team != "support"`,
  );

function callgate(sources) {
  const documents = sources.map((expression, number) => ({
    apiVersion: "callgate/v1",
    kind: "CelPolicy",
    metadata: { name: `policy-${number}` },
    spec: { effect: "deny", expression },
  }));
  const engine = Engine.createSync({ "policies/all.json": JSON.stringify(documents) });
  return () => engine.decideText(call).includes('"decision":"ALLOW"');
}

function celjs(sources) {
  const environment = new Environment();
  for (const name of Object.keys(JSON.parse(call))) environment.registerVariable(name, "map");
  const programs = sources.map((source) => environment.parse(source));
  return () => {
    const context = JSON.parse(call, integers);
    return !programs.some((program) => program(context));
  };
}

/** CEL's integers are BigInts there. */
function integers(_, value) {
  return Number.isInteger(value) ? BigInt(value) : value;
}

function time(run, times) {
  const start = process.hrtime.bigint();
  let held = 0;
  for (let turn = 0; turn < times; turn++) held += run() ? 1 : 0;
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (held !== times) throw new Error("a wrong answer");
  return nanoseconds / times;
}

function warm(run) {
  let times = 1;
  for (const until = performance.now() + WARM; performance.now() < until; ) {
    times = Math.max(1, Math.min(100_000, Math.round((PART * 1e6) / time(run, times))));
  }
  return times;
}

const least = (figures) => Math.min(...figures);
const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

const rows = [];
for (const policies of [1, 10, 100]) {
  const sources = expressions(policies);
  const engines = [callgate(sources), celjs(sources)].map((run) => ({ run, times: warm(run), rounds: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (let place = 0; place < engines.length; place++) {
      const engine = engines[(place + round) % engines.length];
      engine.rounds.push(time(engine.run, engine.times));
    }
  }
  const [ours, theirs] = engines.map(({ rounds }) => rounds);
  const quietest = { callgate: least(ours), celjs: least(theirs) };
  rows.push({ policies, quietest, callgate: median(ours), celjs: median(theirs), ratio: median(theirs.map((ns, at) => ns / ours[at])) });
}

/** Lines that are decided in one go. */
const LINES = 500;

function many(text) {
  const documents = expressions(10).map((expression, number) => ({
    apiVersion: "callgate/v1",
    kind: "CelPolicy",
    metadata: { name: `policy-${number}` },
    spec: { effect: "deny", expression },
  }));
  const engine = Engine.createSync({ "policies/all.json": JSON.stringify(documents) });
  const jsonl = `${text}\n`.repeat(LINES);
  const run = () => engine.decideMany(jsonl).text.length > LINES;
  warm(run);
  const rates = Array.from({ length: 5 * ROUNDS }, () => (LINES * 1e9) / time(run, 1));
  return { bytes: text.length, perSecond: median(rates), quietest: Math.max(...rates) };
}

const short = JSON.parse(call);
short.request.tool.args.note = "late parcel";
console.log(JSON.stringify({ bytes: call.length, rows, many: [many(call), many(JSON.stringify(short))] }));
