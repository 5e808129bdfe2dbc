// Compiles the package: one bundle a host, types beside them, the module beside both.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const WASM = 'src/wasm/callgate_web.wasm';

process.chdir(import.meta.dirname);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
copyFileSync(WASM, 'dist/callgate_web.wasm');

const shared = {
  bundle: true,
  target: 'es2022',
  legalComments: 'none',
  define: { MODULE_SHA256: JSON.stringify(createHash('sha256').update(readFileSync(WASM)).digest('hex')) },
};
const host = (platform) => ({ '#platform': `./src/platform.${platform}.ts` });
const engine = { ...shared, entryPoints: ['src/index.ts'] };
await Promise.all([
  build({ ...engine, format: 'esm', outfile: 'dist/index.js', alias: host('browser') }),
  build({ ...engine, format: 'esm', outfile: 'dist/node.js', alias: host('node'), platform: 'node' }),
  build({ ...engine, format: 'cjs', outfile: 'dist/node.cjs', alias: host('cjs'), platform: 'node' }),
]);

execFileSync('../node_modules/.bin/tsc', ['-p', '.'], { stdio: 'inherit' });
