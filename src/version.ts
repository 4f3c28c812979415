import { createRequire } from 'node:module';

// `require` rather than an import attribute: dist/ has the same depth as src/, and Node 20 still warns about the latter.
// The cast: package.json is our own and has a version.
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
