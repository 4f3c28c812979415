/**
 * Runs TypeScript modules in this process: transpiled one by one, joined by a
 * `require` of their own. Nothing is written and nothing stays in a cache.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { resolvedSource, transpile } from '../frontend/transpile.js';
import { NumericOperators } from './operators.js';

export type Exports = Readonly<Record<string, unknown>>;

/**
 * Loads modules; `texts` (by absolute path) are taken in place of what the disk holds, `operators` in place of the module
 * `adgen`.
 */
export function moduleLoader(
  texts: ReadonlyMap<string, string>,
  operators: Exports = new NumericOperators().module,
): (file: string) => Exports {
  const loaded = new Map<string, { exports: Exports }>();

  const read = (file: string): string | undefined => {
    try {
      return texts.get(file) ?? readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };

  const load = (file: string): Exports => {
    const present = loaded.get(file);
    if (present) return present.exports; // also half loaded, in a cycle of imports
    const text = read(file);
    if (text === undefined) throw new Error(`cannot read ${file}`);
    const module: { exports: Exports } = { exports: {} };
    loaded.set(file, module);
    const require = (specifier: string): unknown => {
      if (specifier === 'adgen') return operators;
      const target = sources(file, specifier).find((candidate) => read(candidate) !== undefined);
      const resolved = target ?? resolvedSource(file, specifier);
      return resolved === undefined ? createRequire(file)(specifier) : load(resolved);
    };
    // The user's own module, which a build would run as well.
    // oxlint-disable-next-line typescript/no-implied-eval
    new Function('require', 'exports', 'module', transpile(file, text))(require, module.exports, module);
    return module.exports;
  };
  return load;
}

/** The TypeScript files that `specifier` may mean in `importer`. */
function sources(importer: string, specifier: string): string[] {
  if (!specifier.startsWith('.') && !path.isAbsolute(specifier)) return [];
  const target = path.resolve(path.dirname(importer), specifier);
  const typed = target.replace(/\.([mc]?)js$/, '.$1ts');
  const written = /\.[mc]?tsx?$/.test(typed) ? [typed] : [];
  return [...written, `${target}.ts`, `${target}.tsx`, path.join(target, 'index.ts')];
}
