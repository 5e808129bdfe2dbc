/** A page in its own address: the part behind `#`, which browsers send to nobody. */
import { EMPTY, type Sample } from './sample.js';

/** What links of this form begin with. */
const PREFIX = 'p1.';

/** Characters of a page that are read back. 2 MiB: far beyond what anybody types, and no bomb. */
const LIMIT = 2_097_152;

/** The fragment, without its `#`. */
export async function toFragment(sample: Sample): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(sample));
  const packed = await bytesOf(new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw')));
  const binary = Array.from(packed, (byte) => String.fromCharCode(byte)).join('');
  return PREFIX + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The page in a fragment; `null` when there is none that can be read. */
export async function fromFragment(fragment: string): Promise<Sample | null> {
  const text = fragment.replace(/^#/, '');
  if (!text.startsWith(PREFIX)) return null;
  try {
    const binary = atob(text.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return read(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await bytesOf(unpacked))));
  } catch {
    return null;
  }
}

/** A link is written by anybody: only what has the right shape is taken over. */
function read(value: unknown): Sample | null {
  if (!isRecord(value) || !Array.isArray(value.files)) return null;
  const files = value.files.filter(
    (file) => isRecord(file) && typeof file.name === 'string' && typeof file.text === 'string',
  );
  if (files.length === 0) return null;
  const text = (key: keyof Sample) => {
    const found = value[key];
    return typeof found === 'string' ? found : (EMPTY[key] as string);
  };
  return {
    files: files.map(({ name, text }) => ({ name, text })),
    form: value.form === 'mcp' ? 'mcp' : 'call',
    call: text('call'),
    message: text('message'),
    caller: text('caller'),
    state: text('state'),
    now: text('now'),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Everything a stream gives, up to the limit. */
async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > LIMIT) {
      await reader.cancel();
      throw new RangeError('the page is too large');
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
