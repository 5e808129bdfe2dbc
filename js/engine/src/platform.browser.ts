/** Where the module is found: beside this file, by its address. */

export function open(): Promise<Response> {
  return fetch(new URL("./callgate_web.wasm", import.meta.url));
}

/** A browser compiles at once only what is small. */
export function openSync(): BufferSource | undefined {
  return undefined;
}

const decoder = /* @__PURE__ */ new TextDecoder();

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
