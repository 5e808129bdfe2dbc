// A folder served to a real Chromium, under the content security policy that the package asks for.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

function executablePath() {
  if (process.env.CALLGATE_CHROMIUM !== undefined) return process.env.CALLGATE_CHROMIUM;
  const folders = process.env.PATH.split(delimiter);
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
  if (found === undefined) throw new Error("Chromium is not installed; run `cargo xtask setup`");
  return found;
}

/** Shows `/` of a folder in a page, and hands the page on. */
export async function shown(folder, use, headers = {}) {
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url.split("?")[0];
    const file = join(folder, normalize(path));
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": POLICY, ...headers });
    return response.end(readFileSync(file));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  // Containers run as root, where Chromium's sandbox cannot start; the pages are ours.
  const browser = await chromium.launch({ executablePath: executablePath(), args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await use(page, problems);
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
