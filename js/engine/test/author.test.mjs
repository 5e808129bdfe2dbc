// What authors and editors ask: checks, releases, layout, completion, hover, colours, detectors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  CallgateError,
  check,
  compile,
  complete,
  format,
  hover,
  languageOf,
  placeOf,
  scan,
  tokens,
  version,
} from "@callgate/engine";
import { policies } from "./support.mjs";

const FILE = policies["policies/support.yaml"];

test("an expression is checked, and its cost is told", () => {
  const found = check("request.tool.nme == 'x'");
  assert.equal(found.ok, false);
  const [{ code, from, to, help }] = found.diagnostics;
  assert.deepEqual([code, from, to], ["cel.undeclared_field", 0, 16]);
  assert.match(help, /request\.tool\.name/);
  assert.ok(check("request.tool.name == 'x'").gas > 0);
});

test("a file is checked, with places in it", () => {
  const broken = FILE.replace("request.tool.args.amount > 100", "request.tool.args.amount > 'é' + 1");
  const found = check(broken);
  assert.equal(found.ok, false);
  for (const { from, to, file } of found.diagnostics) {
    assert.equal(file, undefined);
    assert.ok(broken.slice(from, to).length > 0);
  }
  assert.equal(check(FILE).policies.length, 2);
});

test("files are checked together", () => {
  const found = check({ "a.yaml": FILE, "b.yaml": FILE, "c.txt": "", "callgate.yaml": "projct: x\n" });
  const codes = found.diagnostics.map(({ code, file }) => `${file} ${code}`);
  assert.ok(codes.includes("b.yaml DUPLICATE_POLICY"), String(codes));
  assert.ok(codes.includes("c.txt UNKNOWN_FORMAT"), String(codes));
  assert.ok(codes.some((code) => code.startsWith("callgate.yaml")), String(codes));
});

test("files become a release, or everything that is wrong is told", () => {
  const built = compile(policies, { number: 3, author: "ann", note: "n", created_at: "2026-01-01T00:00:00Z" });
  assert.equal(built.ok, true);
  assert.equal(built.shape, "ordinary");
  const release = JSON.parse(built.release);
  assert.deepEqual([release.number, release.author, release.project], [3, "ann", "examples"]);
  const broken = compile({ "a.yaml": FILE.replace("allow\n", "alow\n") });
  assert.equal(broken.release, undefined);
  assert.ok(broken.diagnostics.length > 0);
  assert.throws(() => compile(policies, { number: 0 }), CallgateError);
  assert.throws(() => compile(policies, { nmber: 1 }), CallgateError);
  assert.equal(compile({}).shape, "empty");
});

test("an expression of a file is found where it stands", () => {
  for (const [name, text] of Object.entries({
    "a.yaml": FILE,
    "b.yaml": FILE.replace("  expression: request.tool.name ==", "  expression: |\n    request.tool.name == 'é' ||\n    request.tool.name =="),
    "c.json": JSON.stringify({
      apiVersion: "callgate/v1",
      kind: "CelPolicy",
      metadata: { name: "a" },
      spec: { effect: "deny", expression: 'request.tool.name == "é\n" || request.tool.name == "b"' },
    }),
  })) {
    for (const policy of check({ [name]: text }).policies) {
      const end = policy.expression.at(-2);
      const place = placeOf(policy, 0, end);
      assert.ok(place.to > place.from);
      assert.equal(text.slice(place.from, place.from + 2), policy.name.startsWith("allow") ? "id" : "re");
    }
  }
  assert.equal(placeOf({ name: "x" }, 0, 1), undefined);
});

test("layout is canonical, and stays so", () => {
  assert.deepEqual(format("a==b&&c"), { text: "a == b && c", changed: true, diagnostics: [] });
  assert.equal(format("a ==").text, "a ==");
  assert.ok(format("a ==").diagnostics.length > 0);
  const wild = FILE.replace("metadata: {", "metadata:   {").replace("== \"refund\"", "==\"refund\"");
  const tidy = format(wild);
  assert.equal(tidy.changed, true);
  assert.equal(tidy.text, FILE);
  assert.equal(format(FILE).changed, false);
});

test("what may be written is told, in expressions and in files", () => {
  const labels = ({ items }) => items.map(({ label }) => label);
  const bare = complete("request.tool.na", 15);
  assert.deepEqual(labels(bare), ["name"]);
  assert.deepEqual([bare.from, bare.to], [13, 15]);
  const text = FILE.replace('request.tool.name == "refund"', "request.tool.na");
  const at = text.lastIndexOf("request.tool.na") + "request.tool.na".length;
  const within = complete(text, at);
  assert.deepEqual(labels(within), labels(bare));
  assert.equal(text.slice(within.from, within.to), "na");
  assert.deepEqual(complete(text, 3).items, []);
  assert.deepEqual(complete("", Number.NaN).from, 0);
});

test("what stands somewhere is told, in expressions and in files", () => {
  const bare = hover("request.tool.name == 'é'", 14);
  assert.match(bare.title, /request\.tool\.name/);
  const at = FILE.indexOf("request.tool.args") + 14;
  const within = hover(FILE, at);
  assert.match(within.title, /args/);
  assert.ok(within.from <= at && at <= within.to);
  assert.equal(hover("1 ", 0).title, "1: int");
  assert.equal(hover(" ", 0), null);
  assert.equal(hover(FILE, 0), null);
});

test("tokens have classes, and places in the text", () => {
  const source = "'é😀' == request.tool.name // why";
  const found = tokens(source).map((token) => [source.slice(token.from, token.to), token.class]);
  assert.deepEqual(found[0], ["'é😀'", "string"]);
  assert.deepEqual(found.at(-1), ["// why", "comment"]);
});

test("a text's language is told by what it names", () => {
  assert.equal(languageOf(FILE), "yaml");
  assert.equal(languageOf('{"apiVersion":"callgate/v1"}'), "json");
  assert.equal(languageOf("request.tool.name == 'x'"), "cel");
});

test("secrets are found and not shown", () => {
  // Made here, so that no scanner takes this file for one that leaks.
  const token = `glpat-${"Zq3xW8vN2kLm5RtY7uPd"}`;
  const text = `é deploy with ${token}`;
  const [found] = scan(text);
  assert.equal(text.slice(found.from, found.to), token);
  assert.equal(found.detector, "gitlab-pat");
  assert.ok(!found.masked.includes(token.slice(8, 16)));
  assert.deepEqual(scan("nothing"), []);
});

test("the version names the modules that are there", () => {
  const found = version();
  const digest = (name) => createHash("sha256").update(readFileSync(new URL(`../dist/${name}`, import.meta.url))).digest("hex");
  assert.equal(found.sha256, digest("callgate_web.wasm"));
  assert.deepEqual(Object.keys(found.modules), ["callgate_web.wasm", "callgate_web_analysis.wasm"]);
  for (const [name, told] of Object.entries(found.modules)) assert.equal(told, `sha256:${digest(name)}`);
  assert.equal(found.policies, "callgate/v1");
});

test("texts that the module cannot take are errors", () => {
  for (const wrong of ["\ud800", "x".repeat(16_777_217), 7, null, undefined, [7], { a: 7 }]) {
    for (const run of [check, format, tokens, scan, compile, (text) => complete(text, 0), (text) => hover(text, 0)]) {
      assert.throws(() => run(wrong), CallgateError);
    }
  }
});
