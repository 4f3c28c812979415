/** `node test/run.js test/bench/bench.ts …` runs a TypeScript file: vite transpiles it and what it imports. */
import process from 'node:process';
import { createServer } from 'vite';

const [script] = process.argv.splice(2, 1);
const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  await server.ssrLoadModule(`/${script}`);
} finally {
  await server.close();
}
