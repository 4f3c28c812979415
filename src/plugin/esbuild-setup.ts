import path from 'node:path';
import type { OnStartResult, PartialMessage, PluginBuild } from 'esbuild';
import { fileTextNow } from '../files.js';
import { Generator, Refused, type PluginOptions } from './generator.js';

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
      return { errors: messages(error) };
    }
  });

  build.onResolve({ filter: /\.ad(\.[mc]?[jt]s)?$/ }, async ({ path: id, resolveDir }) => {
    const input =
      id.startsWith('.') || path.isAbsolute(id) ? generator.inputFor(path.resolve(resolveDir, id)) : undefined;
    if (input === undefined) return undefined; // not ours: a package's, or written by hand
    try {
      const { output, dependencies } = await generator.generate(input);
      return { path: output, watchFiles: [...dependencies] };
    } catch (error) {
      return { errors: messages(error), watchFiles: [input] };
    }
  });
}

function messages(error: unknown): PartialMessage[] {
  if (!(error instanceof Refused)) throw error;
  return error.diagnostics.map(({ code, message, help, origin: { file, line, column }, length }) => ({
    text: `error[${code}]: ${message}`,
    location: {
      file,
      line,
      column: column - 1, // esbuild counts columns from 0
      length,
      lineText: fileTextNow(file)?.split(/\r?\n/)[line - 1] ?? '',
    },
    notes: help ? [{ text: `help: ${help}` }] : [],
  }));
}
