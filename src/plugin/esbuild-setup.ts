import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OnStartResult, PartialMessage, PluginBuild } from 'esbuild';
import { Generator, inputOf, Refused, type PluginOptions } from './generator.js';

/**
 * esbuild's own hooks rather than unplugin's general ones: those resolve into a namespace of their own, and an output
 * imported by two names would be bundled twice.
 */
export function esbuildSetup(build: PluginBuild, options: PluginOptions): void {
  const root = build.initialOptions.absWorkingDir;
  const generator = new Generator(root === undefined ? options : { root, ...options });

  build.onStart(async (): Promise<OnStartResult> => {
    try {
      await generator.generateIncluded();
      return {};
    } catch (error) {
      return { errors: await messages(error) };
    }
  });

  build.onResolve({ filter: /\.ad(\.[mc]?[jt]s)?$/ }, async ({ path: id, resolveDir }) => {
    const input = id.startsWith('.') || path.isAbsolute(id) ? inputOf(path.resolve(resolveDir, id)) : undefined;
    if (input === undefined || !existsSync(input)) return undefined; // not ours: a package's, or written by hand
    try {
      const { output, dependencies } = await generator.generate(input);
      return { path: output, watchFiles: [...dependencies] };
    } catch (error) {
      return { errors: await messages(error), watchFiles: [input] };
    }
  });
}

async function messages(error: unknown): Promise<PartialMessage[]> {
  if (!(error instanceof Refused)) throw error;
  return Promise.all(
    error.diagnostics.map(async ({ code, message, help, origin, length }) => {
      const lines = await readFile(origin.file, 'utf8').then(
        (text) => text.split(/\r?\n/),
        () => [],
      );
      return {
        text: `error[${code}]: ${message}`,
        location: {
          file: origin.file,
          line: origin.line,
          column: origin.column - 1, // esbuild counts columns from 0
          length,
          lineText: lines[origin.line - 1] ?? '',
        },
        notes: help ? [{ text: `help: ${help}` }] : [],
      };
    }),
  );
}
