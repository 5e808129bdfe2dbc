// cel-go's own checking, parsing and comprehension tests, from npm `@bufbuild/cel-spec`, as plain JSON.
//
//   node cel-go-suites-to-json.mjs NODE_MODULES OUT.json
//
// A case: suite, expr, container, variables[{name,type}], functions[{name,is_instance,signature}],
// ast?, type?, error?, excluded? (why it cannot be judged without protobuf messages).
// `ast` is cel-go's debug form without its `^#…#` adornments and without white space.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, out] = process.argv.slice(2);
if (!modules || !out) {
  console.error("usage: node cel-go-suites-to-json.mjs NODE_MODULES OUT.json");
  process.exit(2);
}
const folder = resolve(modules, "@bufbuild/cel-spec/dist/esm/testdata");
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`).href);

const PRIMITIVES = {
  BOOL: "bool",
  INT64: "int",
  UINT64: "uint",
  DOUBLE: "double",
  STRING: "string",
  BYTES: "bytes",
};

/** A `cel.expr.Type` in protobuf JSON as text; throws for messages. */
function type(t) {
  if (t.primitive) return PRIMITIVES[t.primitive];
  if ("dyn" in t) return "dyn";
  if ("null" in t) return "null_type";
  if ("listType" in t) return `list(${type(t.listType.elemType)})`;
  if ("mapType" in t) return `map(${type(t.mapType.keyType)}, ${type(t.mapType.valueType)})`;
  if ("typeParam" in t) return t.typeParam;
  if ("abstractType" in t) {
    return `${t.abstractType.name}(${(t.abstractType.parameterTypes ?? []).map(type).join(", ")})`;
  }
  throw new Error("message types");
}

// What cel-go's tests declare for every case.
const VARIABLES = Object.entries({
  is: "string",
  ii: "int",
  iu: "uint",
  iz: "bool",
  id: "double",
  ix: "null_type",
  ib: "bytes",
}).map(([name, type]) => ({ name, type }));
const FUNCTIONS = [
  { name: "fg_s", is_instance: false, signature: "-> string" },
  { name: "fi_s_s", is_instance: true, signature: "string -> string" },
];

function convert(suite, test) {
  const { expr, container = "", typeEnv = [] } = test.original;
  const converted = { suite, expr, container, variables: [...VARIABLES], functions: [...FUNCTIONS] };
  for (const key of ["type", "error"]) if (test[key] !== undefined) converted[key] = test[key];
  if (test.ast !== undefined) {
    converted.ast = test.ast
      .replace(/\^#[^#]*#/g, "")
      .replace(/\/\/ (Variable|Target|Accumulator|Init|LoopCondition|LoopStep|Result)\n/g, "")
      .replace(/\s+/g, "");
  }
  if (/\bgoogle\.|TestAllTypes|Proto2Message/.test(`${expr}${container}`)) converted.excluded = "messages";
  for (const declaration of typeEnv) {
    try {
      if (declaration.ident) {
        converted.variables.push({ name: declaration.name, type: type(declaration.ident.type) });
      }
      for (const overload of declaration.function?.overloads ?? []) {
        const signature = `${(overload.params ?? []).map(type).join(", ")} -> ${type(overload.resultType)}`;
        converted.functions.push({
          name: declaration.name,
          is_instance: overload.isInstanceFunction ?? false,
          signature,
        });
      }
    } catch {
      converted.excluded = "messages";
    }
  }
  return converted;
}

const all = (suite) => [...(suite.tests ?? []), ...(suite.suites ?? []).flatMap(all)];
const cases = [];
for (const name of ["checking", "parsing", "comprehension"]) {
  const { tests } = await load(name);
  cases.push(...all(tests).map((test) => convert(name, test)));
}
mkdirSync(dirname(resolve(out)), { recursive: true });
writeFileSync(out, `${JSON.stringify(cases)}\n`);
