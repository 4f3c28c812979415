/** Runs test/random/fuzz.ts: vite transpiles it and what it imports. */

import { createServer } from 'vite';

const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
try {
  await server.ssrLoadModule('/test/random/fuzz.ts');
} finally {
  await server.close();
}
