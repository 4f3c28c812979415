/**
 * ```ts
 * import adgen from 'adgen/esbuild';
 * await build({ entryPoints: ['app.ts'], bundle: true, plugins: [adgen()] });
 * ```
 */
import { adgen } from './index.js';

export type { PluginOptions } from './index.js';
export default adgen.esbuild;
