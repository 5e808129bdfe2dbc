// How long a page waits for its first decision: `node web_opening.mjs PACKAGE`; prints JSON, milliseconds.
//
// Each round is a page of its own, so that no code of the module is compiled yet. What the network takes is left out.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [home] = process.argv.slice(2);
const { shown } = await import(pathToFileURL(join(home, "test/browser.mjs")));
const { compile } = await import(pathToFileURL(join(home, "dist/node.js")));

/** Pages that are opened; odd, so that a median is one of the figures. */
const PAGES = 15;

const policies = Array.from({ length: 10 }, (_, number) => ({
  apiVersion: "callgate/v1",
  kind: "CelPolicy",
  metadata: { name: `policy-${number}` },
  spec: { effect: "deny", expression: `request.tool.name == "tool_${number}" && identity.labels.team != "support"` },
}));
const { release } = compile({ "policies/all.json": JSON.stringify(policies) });

async function opened(release) {
  const { Engine, init } = await import("/index.js");
  const bytes = await (await fetch("/callgate_web.wasm")).arrayBuffer();
  const start = performance.now();
  await init(bytes);
  const open = performance.now();
  const engine = Engine.createSync(release);
  const loaded = performance.now();
  const record = engine.decideText('{"identity":{"name":"bot"},"request":{"tool":{"name":"refund","args":{"amount":5}}}}');
  const decided = performance.now();
  if (!record.includes('"decision":"ALLOW"')) throw new Error("a wrong answer");
  return { module: open - start, release: loaded - open, decision: decided - loaded, all: decided - start };
}

const folder = mkdtempSync(join(tmpdir(), "callgate-"));
const rounds = [];
try {
  for (const name of ["index.js", "callgate_web.wasm"]) copyFileSync(join(home, "dist", name), join(folder, name));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>opening</title>");
  await shown(folder, async (first) => {
    for (let page = 0; page < PAGES; page++) {
      const next = await first.context().browser().newPage();
      await next.goto(first.url());
      rounds.push(await next.evaluate(opened, release));
      await next.close();
    }
  });
} finally {
  rmSync(folder, { recursive: true });
}

const sorted = (key) => rounds.map((round) => round[key]).toSorted((a, b) => a - b);
const figure = (key) => ({ median: sorted(key)[Math.floor(PAGES / 2)], quietest: sorted(key)[0] });
console.log(JSON.stringify(Object.fromEntries(["module", "release", "decision", "all"].map((key) => [key, figure(key)]))));
