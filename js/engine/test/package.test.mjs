// The tarball that npm would publish, installed into an empty project: modules of both kinds, types, bundles, pages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import { shown } from "./browser.mjs";
import { doctorSync } from "@callgate/engine";
import { call, release } from "./support.mjs";

const home = join(import.meta.dirname, "..");
const bin = (name) => join(home, "../node_modules/.bin", name);
const NPM = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
/** The modules, and the most bytes that each may have: as it is, and compressed. */
const MODULES = { "callgate_web.wasm": [2_000_000, 650_000], "callgate_web_analysis.wasm": [1_300_000, 575_000] };
const asked = JSON.stringify(call("refund", { amount: 500 }));
const examined = JSON.stringify(doctorSync(release));
let project;
let packed;

const write = (name, text) => writeFileSync(join(project, name), text);
const node = (...args) => execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" }).trim();

before(() => {
  project = mkdtempSync(join(tmpdir(), "callgate-"));
  const pack = ["pack", "--json", "--pack-destination", project, ...NPM];
  [packed] = JSON.parse(execFileSync("npm", pack, { cwd: home, encoding: "utf8" }));
  write("package.json", '{"name":"empty","private":true}');
  // Without a registry: the package depends on nothing.
  execFileSync("npm", ["install", "--offline", ...NPM, join(project, packed.filename)], { cwd: project });
  write("release.json", release);
  write("call.json", asked);
});

after(() => rmSync(project, { recursive: true, force: true }));

test("the tarball has what it needs and nothing else", () => {
  const names = packed.files.map(({ path }) => path);
  for (const name of ["README.md", "package.json", "dist/LICENSE", "dist/index.js", "dist/node.cjs", ...Object.keys(MODULES).map((name) => `dist/${name}`)]) {
    assert.ok(names.includes(name), name);
  }
  const strange = names.filter((name) => !/^(README\.md|package\.json|dist\/[\w.-]+)$/.test(name));
  assert.deepEqual(strange, []);
});

test("the modules are small", () => {
  for (const [name, [bytes, compressed]] of Object.entries(MODULES)) {
    const module = readFileSync(join(home, "dist", name));
    const zipped = gzipSync(module, { level: 9 }).length;
    console.log(`${name}: ${module.length} bytes, ${zipped} gzipped`);
    assert.ok(module.length <= bytes, `${module.length} bytes`);
    assert.ok(zipped <= compressed, `${zipped} bytes gzipped`);
  }
});

test("ESM in Node", () => {
  write(
    "esm.mjs",
    `import { readFileSync } from "node:fs";
    import { Engine, check, diff, doctor, version } from "@callgate/engine";
    import { guardServer } from "@callgate/engine/mcp";
    import { runToolCalls } from "@callgate/engine/openai";
    if (typeof guardServer !== "function" || typeof runToolCalls !== "function" || !check("true").ok) throw 1;
    const engine = await Engine.create(readFileSync("release.json"));
    const release = readFileSync("release.json", "utf8");
    if ((await diff(release, release)).more_permissive.answer !== "proved equal") throw 2;
    console.log(engine.decide(readFileSync("call.json", "utf8")).deciding.policy, version().sha256.length);
    console.log(JSON.stringify(await doctor(release)));`,
  );
  assert.equal(node("esm.mjs"), `block-large-refunds 64\n${examined}`);
});

test("CommonJS in Node", () => {
  write(
    "cjs.cjs",
    `const { readFileSync } = require("node:fs");
    const { Engine, check, doctor, doctorSync } = require("@callgate/engine");
    const adapters = ["mcp", "fetch", "express", "openai", "anthropic"].map((name) => require("@callgate/engine/" + name));
    if (!adapters.every((adapter) => Object.keys(adapter).length > 0) || !check("true").ok) throw 1;
    const engine = Engine.createSync(readFileSync("release.json", "utf8"));
    console.log(engine.decide(readFileSync("call.json")).deciding.policy);
    const found = JSON.stringify(doctorSync(readFileSync("release.json")));
    doctor(readFileSync("release.json")).then((again) => console.log(JSON.stringify(again) === found, found));`,
  );
  assert.equal(node("cjs.cjs"), `block-large-refunds\ntrue ${examined}`);
});

test("importing does nothing, not even open the module", () => {
  write(
    "idle.mjs",
    `for (const name of ["Module", "Instance", "compile", "instantiate"]) {
      WebAssembly[name] = new Proxy(WebAssembly[name], { apply() { throw name; }, construct() { throw name; } });
    }
    await import("@callgate/engine");
    console.log("idle");`,
  );
  assert.equal(node("idle.mjs"), "idle");
});

test("types hold for modules of both kinds, without a look away", () => {
  const source = `
    import { Engine, CallgateError, check, diff, doctor, initAnalysis, replaySync, type Answer, type Call, type Record as Decided, type Effect } from "@callgate/engine";
    import { guardServer, type Gate, type About } from "@callgate/engine/mcp";
    import { runToolCalls } from "@callgate/engine/openai";
    import { runToolUses } from "@callgate/engine/anthropic";
    import { guardFetch } from "@callgate/engine/fetch";
    const call: Call = { identity: { name: "a" }, request: { tool: { name: "b", args: { n: 1 } } } };
    export async function run(release: string): Promise<Effect> {
      using engine = await Engine.create(release);
      const record: Decided = engine.decide(call, { now: new Date(), state: null, explain: true }).record;
      const code: string | undefined = record.deciding?.code;
      // @ts-expect-error: a call has no such part
      engine.decide({ identiy: { name: "a" } });
      // @ts-expect-error: effects are upper case
      const wrong: Effect = "allow";
      const gate: Gate<About> = { engine, caller: ({ message }) => ({ identity: { name: message.method ?? "" } }) };
      const tools = { refund: ({ amount }: { amount: number }) => amount };
      await runToolCalls([], tools, { engine, caller: {} });
      await runToolUses([], tools, { engine, caller: {} });
      guardFetch(() => new Response(code ?? wrong), { engine, caller: (request) => ({ task: { name: request.url } }) });
      guardServer({ connect: async (_: unknown) => {} }, gate);
      if (!check("true").ok) throw CallgateError.of("A", "b");
      await initAnalysis();
      const { more_permissive }: { more_permissive: Answer } = await diff(release, { "a.yaml": "" });
      if (more_permissive.answer === "differs") return more_permissive.after.decision;
      const [found] = await doctor(release);
      if (found !== undefined && found.proof !== "proved") engine.decide(found.proof.witness, { now: found.proof.now });
      // @ts-expect-error: a log is no object
      replaySync(release, {});
      return record.decision;
    }`;
  write("types.mts", source);
  write("types.cts", source);
  write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        module: "nodenext",
        target: "es2022",
        lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        types: [],
      },
      files: ["types.mts", "types.cts"],
    }),
  );
  try {
    execFileSync(bin("tsc"), ["-p", project], { encoding: "utf8" });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

const DECIDE = `
  const [release, call] = await Promise.all(["release.json", "call.json"].map(async (name) => (await fetch(name)).text()));
  const engine = await Engine.create(release);
  const started = performance.now();
  const { policy } = engine.decide(call).deciding;
  const took = performance.now() - started;
  const fetched = () => performance.getEntriesByType("resource").filter(({ name }) => /analysis[^/]*\\.wasm$/.test(name)).length;
  const before = fetched();
  const examined = JSON.stringify(await doctor(release));
  const lazy = [before, fetched()];`;
const PAGE = '<!doctype html><title>page</title><script type="module" src="page.js"></script>';

test("a plain page, and a worker of it, without a bundler", async () => {
  const folder = join(project, "plain");
  mkdirSync(folder);
  for (const name of ["release.json", "call.json"]) writeFileSync(join(folder, name), readFileSync(join(project, name)));
  for (const name of ["index.js", ...Object.keys(MODULES)]) {
    writeFileSync(join(folder, name), readFileSync(join(project, "node_modules/@callgate/engine/dist", name)));
  }
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(
    join(folder, "page.js"),
    `import { Engine, check, diffSync, doctor, init } from "./index.js";
    const opened = performance.now();
    await init();
    const ready = performance.now() - opened;${DECIDE}
    const worker = new Worker("worker.js", { type: "module" });
    const same = diffSync(release, release).more_restrictive.answer;
    worker.onmessage = ({ data }) => { window.found = { policy, worker: data, ready, took, lazy, examined, same, ok: check("true").ok }; };`,
  );
  writeFileSync(join(folder, "worker.js"), `import { Engine, doctor } from "./index.js";${DECIDE}\npostMessage({ policy, lazy, examined });`);
  await shown(folder, async (page, problems) => {
    const found = await (await page.waitForFunction(() => window.found)).jsonValue();
    assert.deepEqual(problems, []);
    assert.deepEqual([found.policy, found.same, found.ok], ["block-large-refunds", "proved equal", true]);
    assert.deepEqual(found.worker, { policy: "block-large-refunds", lazy: [0, 1], examined });
    assert.deepEqual([found.lazy, found.examined], [[0, 1], examined]);
    console.log(`Chromium: open after ${found.ready.toFixed(1)} ms, first decision ${found.took.toFixed(2)} ms later`);
  });
});

test("a page that Vite bundles", async () => {
  const folder = join(project, "bundled");
  mkdirSync(folder);
  mkdirSync(join(folder, "public"));
  for (const name of ["release.json", "call.json"]) {
    writeFileSync(join(folder, "public", name), readFileSync(join(project, name)));
  }
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(
    join(folder, "page.js"),
    `import { Engine, doctor } from "@callgate/engine";\n(async () => {${DECIDE}\nwindow.found = { policy, lazy, examined }; })();`,
  );
  execFileSync(bin("vite"), ["build", "--logLevel", "error"], { cwd: folder });
  const assets = readdirSync(join(folder, "dist/assets"));
  for (const name of [/^callgate_web-.*\.wasm$/, /^callgate_web_analysis-.*\.wasm$/]) {
    assert.ok(assets.some((asset) => name.test(asset)), String(assets));
  }
  await shown(join(folder, "dist"), async (page, problems) => {
    const found = await (await page.waitForFunction(() => window.found)).jsonValue();
    assert.deepEqual(problems, []);
    assert.deepEqual(found, { policy: "block-large-refunds", lazy: [0, 1], examined });
  });
});
