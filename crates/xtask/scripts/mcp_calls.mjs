// Makes tool calls with the real TypeScript SDK; plan and answers are those of mcp_calls.py.
// The SDK is resolved from the folder given as the only argument.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(`${process.argv[2]}/`);
const load = (name) => import(pathToFileURL(resolve(`@modelcontextprotocol/sdk/${name}`)));
const { Client } = await load("client/index.js");
const { StreamableHTTPClientTransport } = await load("client/streamableHttp.js");

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token({ key, claims }) {
  const signed = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

async function run(url, session) {
  const headers = { ...session.headers };
  if (session.task_token) headers["x-task-token"] = token(session.task_token);
  let seen = {};
  let refused;
  const fetchAndNote = async (target, options) => {
    const response = await fetch(target, options);
    if (options?.method === "POST") {
      seen = Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-callgate-")));
      if (response.status === 401) refused = { http: response.status, message: await response.clone().text() };
    }
    return response;
  };
  const answers = [];
  const answer = (call, outcome) => answers.push({ agent: session.agent, ...call, headers: { ...seen }, ...outcome });
  const client = new Client({ name: "callgate-demo", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers }, fetch: fetchAndNote });
  try {
    await client.connect(transport);
    for (const call of session.calls) {
      seen = {};
      try {
        const result = await client.callTool({ name: call.tool, arguments: call.arguments });
        const words = result.content.map((part) => part.text ?? "").join(" ");
        answer(call, { result: { text: words, is_error: Boolean(result.isError) } });
      } catch (error) {
        answer(call, { error: { code: error.code, message: error.message, data: error.data } });
      }
    }
  } catch (error) {
    if (!refused) throw error;
    for (const call of session.calls.slice(answers.length)) answer(call, { error: refused });
  } finally {
    await client.close();
  }
  return answers;
}

const plan = JSON.parse(await text(process.stdin));
const sessions = await Promise.all(plan.sessions.map((session) => run(plan.url, session)));
process.stdout.write(JSON.stringify(sessions.flat()));
