// chromium.mjs QUESTIONS ANSWERS: the npm package in a page, under the content security policy it asks for.
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const { chromium } = createRequire(join(root, "js/package.json"))("playwright-core");
const [asked, answered] = process.argv.slice(2);

const FILES = {
  "/index.js": ["js/engine/dist/index.js", "text/javascript"],
  "/callgate_web.wasm": ["js/engine/dist/callgate_web.wasm", "application/wasm"],
  "/callgate_web_analysis.wasm": ["js/engine/dist/callgate_web_analysis.wasm", "application/wasm"],
  "/run.mjs": ["tests/parity/run.mjs", "text/javascript"],
};
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

const server = createServer((request, response) => {
  const found = FILES[request.url];
  if (request.url === "/") {
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": POLICY });
    response.end("<!doctype html><title>parity</title>");
  } else if (found === undefined) {
    response.writeHead(404).end();
  } else {
    response.writeHead(200, { "content-type": found[1] });
    createReadStream(join(root, found[0])).pipe(response);
  }
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const browser = await chromium.launch({
  executablePath: process.env.CALLGATE_CHROMIUM,
  // Containers run as root, where Chromium's sandbox cannot start; the page is ours.
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const lines = readFileSync(asked, "utf8").split("\n");
  const answers = [];
  // Pieces: what passes between here and the page is copied as one message.
  for (let from = 0; from < lines.length; from += 2000) {
    const piece = lines.slice(from, from + 2000);
    const found = await page.evaluate(async (piece) => {
      const [api, { run }] = await Promise.all([import("/index.js"), import("/run.mjs")]);
      return run(api, piece);
    }, piece);
    answers.push(...found);
  }
  writeFileSync(answered, answers.map((answer) => `${answer}\n`).join(""));
} finally {
  await browser.close();
  server.close();
}
