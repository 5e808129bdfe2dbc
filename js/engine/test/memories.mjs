// The memory of every module that is opened from here on: import it before anything that opens one.
// `process.memoryUsage().arrayBuffers` leaves WebAssembly's out, and `external` has the garbage of everything else in it.
const memories = [];

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(Instance, given) {
    const instance = new Instance(...given);
    memories.push(instance.exports.memory);
    return instance;
  },
});

/** Bytes, which WebAssembly never gives back. */
export const wasmBytes = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
