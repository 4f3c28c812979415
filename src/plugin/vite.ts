/**
 * ```ts
 * // vite.config.ts
 * import adgen from 'adgen/vite';
 * export default { plugins: [adgen()] };
 * ```
 */
import { adgen } from './index.js';

export type { PluginOptions } from './index.js';
export default adgen.vite;
