// node.mjs QUESTIONS ANSWERS: the npm package in Node.
import { readFileSync, writeFileSync } from "node:fs";
import * as api from "../../js/engine/dist/node.js";
import { run } from "./run.mjs";

const [asked, answered] = process.argv.slice(2);
const answers = await run(api, readFileSync(asked, "utf8").split("\n"));
writeFileSync(answered, answers.map((answer) => `${answer}\n`).join(""));
