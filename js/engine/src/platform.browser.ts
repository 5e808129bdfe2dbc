/** Where the modules are found: beside this file, by their addresses, which bundlers read here. */

/** A browser compiles at once only what is small. */
const openSync = (): BufferSource | undefined => undefined;

export const web = {
  open: (): Promise<Response> => fetch(new URL("./callgate_web.wasm", import.meta.url)),
  openSync,
};

export const analysis = {
  open: (): Promise<Response> => fetch(new URL("./callgate_web_analysis.wasm", import.meta.url)),
  openSync,
};

const decoder = /* @__PURE__ */ new TextDecoder();

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
