// What the vendors' own clients make of answers that went through the filter: `node llm.mjs PACKAGES URL`.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, url] = process.argv.slice(2);
const load = async (name) => {
  const require = createRequire(join(packages, "package.json"));
  return (await import(pathToFileURL(require.resolve(name)).href)).default;
};
const OpenAI = await load("openai");
const Anthropic = await load("@anthropic-ai/sdk");
const openai = new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "none", baseURL: url, maxRetries: 0 });

const told = async (ask) => {
  try {
    return { got: await ask() };
  } catch (error) {
    return { raised: error.constructor.name, status: error.status ?? null, error: error.error ?? null, message: error.message };
  }
};

const scripts = {
  async openai(content, stream) {
    const body = { model: "m", messages: [{ role: "user", content }] };
    if (!stream) {
      const { choices } = await openai.chat.completions.create(body);
      return choices[0].message.tool_calls.map(({ function: { name, arguments: args } }) => [name, JSON.parse(args)]);
    }
    const runner = openai.chat.completions.stream(body);
    const { tool_calls: calls } = await runner.finalMessage();
    return calls.map(({ function: { name, arguments: args } }) => [name, JSON.parse(args)]);
  },
  async responses(content, stream) {
    const body = { model: "m", input: content };
    const { output } = stream ? await openai.responses.stream(body).finalResponse() : await openai.responses.create(body);
    return output.filter(({ type }) => type === "function_call").map(({ name, arguments: args }) => [name, JSON.parse(args)]);
  },
  async anthropic(content, stream) {
    const body = { model: "m", max_tokens: 9, messages: [{ role: "user", content }] };
    const message = stream ? await anthropic.messages.stream(body).finalMessage() : await anthropic.messages.create(body);
    return message.content.filter(({ type }) => type === "tool_use").map(({ name, input }) => [name, input]);
  },
};

const results = {};
for (const [vendor, script] of Object.entries(scripts)) {
  for (const content of ["refund 5", "refund 500", "forbidden"]) {
    for (const stream of [false, true]) {
      const name = `${vendor} ${content}${stream ? " streamed" : ""}`;
      const scripted = stream ? `${content} streamed` : content;
      results[name] = await told(() => script(scripted, stream));
    }
  }
}
console.log(JSON.stringify(results));
