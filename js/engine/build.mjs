// Compiles the package: one bundle a host, types beside them, the modules beside both.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const MODULES = ["callgate_web.wasm", "callgate_web_analysis.wasm"];

process.chdir(import.meta.dirname);
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
for (const name of MODULES) copyFileSync(`src/wasm/${name}`, `dist/${name}`);
copyFileSync("../../LICENSE", "dist/LICENSE");

const sha256 = (name) => createHash("sha256").update(readFileSync(`dist/${name}`)).digest("hex");
const shared = {
  bundle: true,
  target: "es2022",
  legalComments: "none",
  define: {
    MODULES_SHA256: JSON.stringify(Object.fromEntries(MODULES.map((name) => [name, sha256(name)]))),
    PACKAGE_VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version),
  },
};
const host = (platform) => ({ "#platform": `./src/platform.${platform}.ts` });
const engine = { ...shared, entryPoints: ["src/index.ts"] };
const adapters = {
  ...shared,
  entryPoints: ["mcp", "fetch", "express", "openai", "anthropic"].map((name) => `src/${name}.ts`),
  outdir: "dist",
};
await Promise.all([
  build({ ...adapters, format: "esm" }),
  build({ ...adapters, format: "cjs", outExtension: { ".js": ".cjs" } }),
  build({ ...engine, format: "esm", outfile: "dist/index.js", alias: host("browser") }),
  build({ ...engine, format: "esm", outfile: "dist/node.js", alias: host("node"), platform: "node" }),
  build({ ...engine, format: "cjs", outfile: "dist/node.cjs", alias: host("cjs"), platform: "node" }),
]);

execFileSync("../node_modules/.bin/tsc", ["-p", "."], { stdio: "inherit" });

// The same types for CommonJS: there a declaration counts as a module of the kind that its ending says.
for (const name of readdirSync("dist").filter((name) => name.endsWith(".d.ts"))) {
  const types = readFileSync(`dist/${name}`, "utf8");
  writeFileSync(`dist/${name.replace(/ts$/, "cts")}`, types.replaceAll(/(from "\.\/[\w.-]+)\.js"/g, '$1.cjs"'));
}
