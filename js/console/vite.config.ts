import { basename } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Vite takes in every module that the engine's files name. Those that no script asks for stay out of the server. */
const modulesAskedFor: Plugin = {
  name: 'modules-asked-for',
  enforce: 'post',
  generateBundle(_, bundle) {
    const outputs = Object.values(bundle);
    const scripts = outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('');
    for (const { type, fileName } of outputs) {
      const module = type === 'asset' && fileName.endsWith('.wasm');
      if (module && !scripts.includes(basename(fileName))) delete bundle[fileName];
    }
  },
};

export default defineConfig({
  base: './',
  plugins: [modulesAskedFor],
  // The server puts a nonce of its own here, for the styles that editors make.
  html: { cspNonce: 'NONCE-OF-THIS-ANSWER' },
  // The engine finds its module beside itself; bundled beforehand it would look elsewhere.
  optimizeDeps: { exclude: ['@callgate/engine'] },
  server: { fs: { allow: ['../..'] } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
});
