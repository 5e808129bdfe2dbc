// The tarball that npm would publish, installed into an empty project: modules of both kinds, types, bundles, pages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import { shown } from "./browser.mjs";
import { call, release } from "./support.mjs";

const home = join(import.meta.dirname, "..");
const bin = (name) => join(home, "../node_modules/.bin", name);
const NPM = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
const asked = JSON.stringify(call("refund", { amount: 500 }));
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
  for (const name of ["README.md", "package.json", "dist/LICENSE", "dist/index.js", "dist/node.cjs", "dist/callgate_web.wasm"]) {
    assert.ok(names.includes(name), name);
  }
  const strange = names.filter((name) => !/^(README\.md|package\.json|dist\/[\w.-]+)$/.test(name));
  assert.deepEqual(strange, []);
});

test("the module is small", () => {
  const module = readFileSync(join(home, "dist/callgate_web.wasm"));
  const zipped = gzipSync(module, { level: 9 }).length;
  console.log(`callgate_web.wasm: ${module.length} bytes, ${zipped} gzipped`);
  assert.ok(module.length <= 2_000_000, `${module.length} bytes`);
  assert.ok(zipped <= 650_000, `${zipped} bytes gzipped`);
});

test("ESM in Node", () => {
  write(
    "esm.mjs",
    `import { readFileSync } from "node:fs";
    import { Engine, check, version } from "@callgate/engine";
    import { guardServer } from "@callgate/engine/mcp";
    import { runToolCalls } from "@callgate/engine/openai";
    if (typeof guardServer !== "function" || typeof runToolCalls !== "function" || !check("true").ok) throw 1;
    const engine = await Engine.create(readFileSync("release.json"));
    console.log(engine.decide(readFileSync("call.json", "utf8")).deciding.policy, version().sha256.length);`,
  );
  assert.equal(node("esm.mjs"), "block-large-refunds 64");
});

test("CommonJS in Node", () => {
  write(
    "cjs.cjs",
    `const { readFileSync } = require("node:fs");
    const { Engine, check } = require("@callgate/engine");
    const adapters = ["mcp", "fetch", "express", "openai", "anthropic"].map((name) => require("@callgate/engine/" + name));
    if (!adapters.every((adapter) => Object.keys(adapter).length > 0) || !check("true").ok) throw 1;
    const engine = Engine.createSync(readFileSync("release.json", "utf8"));
    console.log(engine.decide(readFileSync("call.json")).deciding.policy);`,
  );
  assert.equal(node("cjs.cjs"), "block-large-refunds");
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
    import { Engine, CallgateError, check, type Call, type Record as Decided, type Effect } from "@callgate/engine";
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
  const took = performance.now() - started;`;
const PAGE = '<!doctype html><title>page</title><script type="module" src="page.js"></script>';

test("a plain page, and a worker of it, without a bundler", async () => {
  const folder = join(project, "plain");
  mkdirSync(folder);
  for (const name of ["release.json", "call.json"]) writeFileSync(join(folder, name), readFileSync(join(project, name)));
  for (const name of ["index.js", "callgate_web.wasm"]) {
    writeFileSync(join(folder, name), readFileSync(join(project, "node_modules/@callgate/engine/dist", name)));
  }
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(
    join(folder, "page.js"),
    `import { Engine, check, init } from "./index.js";
    const opened = performance.now();
    await init();
    const ready = performance.now() - opened;${DECIDE}
    const worker = new Worker("worker.js", { type: "module" });
    worker.onmessage = ({ data }) => { window.found = { policy, worker: data, ready, took, ok: check("true").ok }; };`,
  );
  writeFileSync(join(folder, "worker.js"), `import { Engine } from "./index.js";${DECIDE}\npostMessage(policy);`);
  await shown(folder, async (page, problems) => {
    const found = await (await page.waitForFunction(() => window.found)).jsonValue();
    assert.deepEqual(problems, []);
    assert.deepEqual([found.policy, found.worker, found.ok], ["block-large-refunds", "block-large-refunds", true]);
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
    `import { Engine } from "@callgate/engine";\n(async () => {${DECIDE}\nwindow.found = { policy, took }; })();`,
  );
  execFileSync(bin("vite"), ["build", "--logLevel", "error"], { cwd: folder });
  const assets = readdirSync(join(folder, "dist/assets"));
  assert.ok(assets.some((name) => /^callgate_web-.*\.wasm$/.test(name)), String(assets));
  await shown(join(folder, "dist"), async (page, problems) => {
    const found = await (await page.waitForFunction(() => window.found)).jsonValue();
    assert.deepEqual(problems, []);
    assert.equal(found.policy, "block-large-refunds");
  });
});
