// CEL engines in Node as a service on standard input and output, one line each way, as `peers serve` of callgate-cel.
// Arguments: the folder the packages of npm are resolved from, a file with the questions, and, for ours to be among the
// engines, the CEL engine's module and the folder of @callgate/engine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder, file, module, home] = process.argv.slice(2);
const { resolve } = createRequire(`${folder}/`);
const load = (name) => import(pathToFileURL(resolve(name)));
const questions = new Map(JSON.parse(readFileSync(file, "utf8")).map((question, number) => [question.name, { ...question, number }]));

// Both packages take a bigint for CEL's int and a number for its double.
const whole = (_key, value) => (Number.isInteger(value) ? BigInt(value) : value);
const read = (text) => JSON.parse(text, whole);

/** Objects as maps: what @bufbuild/cel answers fastest from. */
function maps(value) {
  if (Array.isArray(value)) return value.map(maps);
  if (value === null || typeof value !== "object") return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, maps(inner)]));
}

function decide(programs, context) {
  for (const program of programs) {
    const holds = program(context);
    if (holds === false) return false;
    if (holds !== true) throw new Error(`the value is no bool: ${holds?.message ?? holds}`);
  }
  return true;
}

async function marcbachmann() {
  const { Environment } = await load("@marcbachmann/cel-js");
  return ({ sources, request }) => {
    const context = read(request);
    const environment = new Environment();
    for (const name of Object.keys(context)) environment.registerVariable(name, "map");
    const programs = sources.map((source) => environment.parse(source));
    return () => decide(programs, context);
  };
}

async function bufbuild() {
  const { celEnv, celMap, parse, plan } = await load("@bufbuild/cel");
  return ({ sources, request }) => {
    const members = Object.entries(read(request));
    const context = Object.fromEntries(members.map(([name, value]) => [name, celMap(maps(value))]));
    const environment = celEnv();
    const programs = sources.map((source) => plan(environment, parse(source)));
    return () => decide(programs, context);
  };
}

/** The module that runs in wasmtime, too: what is asked is prepared, as it is for the peers; each answer crosses the boundary. */
async function alone() {
  const { instance } = await WebAssembly.instantiate(readFileSync(module));
  const { prepare, ask } = instance.exports;
  return ({ number }) => {
    prepare(number);
    return () => ask(1) === 1;
  };
}

/** A whole decision: the call comes as JSON text and is read each time, and a record goes out. */
async function decision() {
  const { Engine } = await import(pathToFileURL(join(home, "dist/node.js")));
  return ({ sources, request }) => {
    const documents = sources.map((expression, number) => ({
      apiVersion: "callgate/v1",
      kind: "CelPolicy",
      metadata: { name: `policy-${number}` },
      spec: { effect: "allow", expression },
    }));
    const engine = Engine.createSync({ "policies/all.json": JSON.stringify(documents) });
    return () => engine.decideText(request).includes('"decision":"ALLOW"');
  };
}

function version(name) {
  // The packages do not export their manifests.
  let place = dirname(resolve(name));
  while (!place.endsWith(name)) place = dirname(place);
  return JSON.parse(readFileSync(`${place}/package.json`, "utf8")).version;
}

const engines = [];
if (module !== undefined) engines.push({ name: "callgate in Node", prepare: await alone() });
if (home !== undefined) engines.push({ name: "@callgate/engine, JSON text to record", prepare: await decision() });
for (const [name, prepare] of [["@marcbachmann/cel-js", marcbachmann], ["@bufbuild/cel", bufbuild]]) {
  engines.push({ name: `${name} ${version(name)}`, prepare: await prepare() });
}
const ready = new Map();

function prepare(number, name) {
  try {
    const ask = engines[number].prepare(questions.get(name));
    const holds = ask();
    ready.set(number, ask);
    return String(holds);
  } catch (error) {
    return `error ${String(error.message).split("\n", 1)[0]}`;
  }
}

function time(number, times) {
  const ask = ready.get(number);
  let held = 0;
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < times; turn += 1) held += ask() ? 1 : 0;
  const nanoseconds = process.hrtime.bigint() - start;
  // Counting the answers keeps the work from being optimised away.
  return held === 0 || held === times ? String(nanoseconds) : "error the answers differ";
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, number, rest] = line.split(" ");
  if (verb === "engines") console.log(JSON.stringify(engines.map(({ name }) => name)));
  else if (verb === "prepare") console.log(prepare(Number(number), rest));
  else if (verb === "time") console.log(time(Number(number), Number(rest)));
  else console.log(`error no such request: ${line}`);
}
