/** What differs between hosts: where the modules are found, and how bytes become text. */
declare module "#platform" {
  /** Where a module is found. */
  export interface Place {
    open(): Promise<BufferSource | Response>;
    /** Nothing where it cannot be opened at once. */
    openSync(): BufferSource | undefined;
  }
  /** What decides, checks and formats. */
  export const web: Place;
  /** What examines releases. */
  export const analysis: Place;
  export function decode(bytes: Uint8Array): string;
}
