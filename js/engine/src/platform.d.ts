/** What differs between hosts: where the module is found, and how bytes become text. */
declare module "#platform" {
  export function open(): Promise<BufferSource | Response>;
  export function openSync(): BufferSource | undefined;
  export function decode(bytes: Uint8Array): string;
}
