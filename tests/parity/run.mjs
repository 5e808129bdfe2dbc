// Asks an engine questions, one JSON object a line, and returns its answers likewise. Runs in Node and in pages.
// A question is about a call, or `{"examine": "doctor" | "diff" | "replay", "given": […]}`.

export async function run(api, lines) {
  const { Engine, CallgateError } = api;
  const answers = [];
  let engine;
  let known;
  for (const line of lines) {
    if (line === "") continue;
    const asked = JSON.parse(line);
    if (asked.examine !== undefined) {
      answers.push(JSON.stringify(await api[asked.examine](...asked.given.map((given) => given ?? undefined))));
      continue;
    }
    const { release, action, call, state, now, explain } = asked;
    const key = release ?? action;
    if (key !== known) {
      engine?.free();
      engine = release === null ? await Engine.withoutRelease(action) : await Engine.create(release);
      known = key;
    }
    try {
      answers.push(engine.decideText(call, { state, now, explain }));
    } catch (error) {
      if (!(error instanceof CallgateError)) throw error;
      answers.push(JSON.stringify({ errors: error.diagnostics }));
    }
  }
  engine?.free();
  return answers;
}
