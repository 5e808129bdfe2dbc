// The conformance cases of npm `@bufbuild/cel-spec` as plain JSON, one array of cases.
//
//   node cel-spec-to-json.mjs NODE_MODULES OUT.json
//
// A case: file, section, name, description?, expr, container, disable_check, disable_macros,
// check_only, type_env[], bindings{name: V}, expect, needs_proto, extension?. V is a tagged value
// such as {"t":"int","v":"123"}; crates/cel/README.md lists the tags. Cases that need protobuf
// messages are kept and marked: JSON has no messages.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, out] = process.argv.slice(2);
if (!modules || !out) {
  console.error("usage: node cel-spec-to-json.mjs NODE_MODULES OUT.json");
  process.exit(2);
}
const data = resolve(modules, "@bufbuild/cel-spec/dist/esm/testdata/conformance.js");
readFileSync(data);
const { tests } = await import(pathToFileURL(data).href);

/** Thrown when a value or type has no form without protobuf messages. */
class NeedsProto extends Error {}

const EXTENSIONS = {
  bindings_ext: "bindings",
  block_ext: "block",
  encoders_ext: "encoders",
  macros2: "two_var_comprehensions",
  math_ext: "math",
  network_ext: "network",
  optionals: "optionals",
  proto2_ext: "proto",
  string_ext: "strings",
};
const PRIMITIVES = {
  BOOL: "bool",
  INT64: "int",
  UINT64: "uint",
  DOUBLE: "double",
  STRING: "string",
  BYTES: "bytes",
};
const WRAPPERS = {
  BOOL: "google.protobuf.BoolValue",
  INT64: "google.protobuf.Int64Value",
  UINT64: "google.protobuf.UInt64Value",
  DOUBLE: "google.protobuf.DoubleValue",
  STRING: "google.protobuf.StringValue",
  BYTES: "google.protobuf.BytesValue",
};

function double(number) {
  if (typeof number === "string") return number;
  if (Object.is(number, -0)) return "-0.0";
  return Number.isInteger(number) && Math.abs(number) < 1e16 ? `${number}.0` : `${number}`;
}

/** A `cel.expr.Value` in protobuf JSON as a tagged value. */
function value(v) {
  const [kind, payload] = Object.entries(v)[0] ?? ["nullValue", null];
  switch (kind) {
    case "nullValue":
      return { t: "null" };
    case "boolValue":
      return { t: "bool", v: payload };
    case "int64Value":
      return { t: "int", v: String(payload) };
    case "uint64Value":
      return { t: "uint", v: String(payload) };
    case "doubleValue":
      return { t: "double", v: double(payload) };
    case "stringValue":
      return { t: "string", v: payload };
    case "bytesValue":
      return { t: "bytes", v: payload };
    case "typeValue":
      return { t: "type", v: payload };
    case "listValue":
      return { t: "list", v: (payload.values ?? []).map(value) };
    case "mapValue":
      return { t: "map", v: (payload.entries ?? []).map((e) => [value(e.key), value(e.value)]) };
    case "objectValue":
      return object(payload);
    default:
      throw new NeedsProto(kind);
  }
}

/** A message in an `Any`: times, wrappers and JSON values have a plain form. */
function object({ "@type": url, ...fields }) {
  const v = fields.value;
  const type = url.replace(/^.*\//, "");
  switch (type) {
    case "google.protobuf.Duration":
      return duration(v);
    case "google.protobuf.Timestamp":
      return timestamp(v);
    case "google.protobuf.BoolValue":
      return { t: "bool", v };
    case "google.protobuf.Int32Value":
    case "google.protobuf.Int64Value":
      return { t: "int", v: String(v) };
    case "google.protobuf.UInt32Value":
    case "google.protobuf.UInt64Value":
      return { t: "uint", v: String(v) };
    case "google.protobuf.FloatValue":
    case "google.protobuf.DoubleValue":
      return { t: "double", v: double(v) };
    case "google.protobuf.StringValue":
      return { t: "string", v };
    case "google.protobuf.BytesValue":
      return { t: "bytes", v };
    case "google.protobuf.Struct":
    case "google.protobuf.ListValue":
    case "google.protobuf.Value":
      return json("value" in fields ? v : fields);
    default:
      throw new NeedsProto(type);
  }
}

function json(v) {
  if (v === null) return { t: "null" };
  if (Array.isArray(v)) return { t: "list", v: v.map(json) };
  switch (typeof v) {
    case "boolean":
      return { t: "bool", v };
    case "number":
      return { t: "double", v: double(v) };
    case "string":
      return { t: "string", v };
    default:
      return { t: "map", v: Object.entries(v).map(([k, e]) => [{ t: "string", v: k }, json(e)]) };
  }
}

function duration(text) {
  const [, sign, seconds, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?s$/.exec(text);
  const nanos = Number(fraction.padEnd(9, "0")) || 0;
  return {
    t: "duration",
    seconds: sign + seconds,
    nanos: sign === "-" && nanos !== 0 ? -nanos : nanos,
  };
}

function timestamp(text) {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const seconds = Math.floor(Date.parse(text.replace(/\.\d+/, "")) / 1000);
  return { t: "timestamp", seconds: String(seconds), nanos: Number(fraction.padEnd(9, "0")) || 0 };
}

/** A `cel.expr.Type` in protobuf JSON as text. */
function type(t) {
  if (t.primitive) return PRIMITIVES[t.primitive];
  if (t.wrapper) return WRAPPERS[t.wrapper];
  if (t.wellKnown) return { DURATION: "duration", TIMESTAMP: "timestamp", ANY: "any" }[t.wellKnown];
  if ("null" in t) return "null_type";
  if ("dyn" in t) return "dyn";
  if ("listType" in t) return `list(${type(t.listType.elemType ?? { dyn: {} })})`;
  if ("mapType" in t) {
    const { keyType = { dyn: {} }, valueType = { dyn: {} } } = t.mapType;
    return `map(${type(keyType)}, ${type(valueType)})`;
  }
  if ("abstractType" in t) {
    const parameters = (t.abstractType.parameterTypes ?? []).map(type);
    return parameters.length
      ? `${t.abstractType.name}(${parameters.join(", ")})`
      : t.abstractType.name;
  }
  if ("typeParam" in t) return t.typeParam;
  if ("type" in t) return "type";
  if ("messageType" in t) {
    if (!t.messageType.startsWith("google.protobuf.")) throw new NeedsProto(t.messageType);
    return t.messageType;
  }
  throw new NeedsProto(JSON.stringify(t));
}

function declaration(d) {
  if (d.ident) return { name: d.name, kind: "ident", type: type(d.ident.type) };
  const overloads = d.function.overloads.map((o) => ({
    id: o.overloadId,
    params: (o.params ?? []).map(type),
    result: type(o.resultType),
    is_instance: o.isInstanceFunction ?? false,
    type_params: o.typeParams ?? [],
  }));
  return { name: d.name, kind: "function", overloads };
}

function expectation(test) {
  if (test.evalError) return { kind: "error", messages: test.evalError.errors.map((e) => e.message) };
  if (test.typedResult) {
    const deduced_type = type(test.typedResult.deducedType);
    return test.typedResult.result
      ? { kind: "value", value: value(test.typedResult.result), deduced_type }
      : { kind: "type_only", deduced_type };
  }
  return { kind: "value", value: value(test.value ?? { boolValue: true }) };
}

/** Whether an expression names a message, an enum or a protobuf extension. */
function namesMessages(expr) {
  const code = expr.replace(/[rR]?("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/g, '""');
  return (
    /(?!\bin\b)\b[A-Za-z_][\w.]*\s*\{/.test(code) ||
    /\b(TestAllTypes|NestedTestAllTypes|GlobalEnum|NestedEnum)\b/.test(code) ||
    /\bproto\.(hasExt|getExt)\b/.test(code) ||
    /\bgoogle\.protobuf\.(?!Timestamp\b|Duration\b)/.test(code)
  );
}

function convert(file, section, test) {
  const converted = {
    file: file === "type_deductions" ? "type_deduction" : file,
    section,
    name: test.name,
    ...(test.description ? { description: test.description } : {}),
    expr: test.expr,
    container: test.container ?? "",
    disable_check: test.disableCheck ?? false,
    disable_macros: test.disableMacros ?? false,
    check_only: test.checkOnly ?? false,
    type_env: [],
    bindings: {},
    expect: { kind: "type_only" },
    needs_proto: namesMessages(test.expr),
  };
  try {
    converted.expect = expectation(test);
    converted.type_env = (test.typeEnv ?? []).map(declaration);
    for (const [name, bound] of Object.entries(test.bindings ?? {})) {
      converted.bindings[name] = value(bound.value);
    }
  } catch (error) {
    if (!(error instanceof NeedsProto)) throw error;
    converted.needs_proto = true;
  }
  if (EXTENSIONS[file]) converted.extension = EXTENSIONS[file];
  return converted;
}

const cases = [];
for (const file of tests.suites) {
  for (const section of file.suites ?? []) {
    for (const { original } of section.tests ?? []) {
      cases.push(convert(file.name, section.name, original));
    }
  }
}
mkdirSync(dirname(resolve(out)), { recursive: true });
writeFileSync(out, `${JSON.stringify(cases)}\n`);
