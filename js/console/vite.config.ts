import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
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
