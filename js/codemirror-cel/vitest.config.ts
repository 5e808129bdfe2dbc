import { defineConfig } from 'vitest/config';

// A busy machine takes its time over a corpus; a test that hangs still ends.
export default defineConfig({ test: { testTimeout: 60_000 } });
