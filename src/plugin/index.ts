/**
 * The build-step plugin. `X.ad.ts` is generated when something imports it, or
 * before the build if `include` names its input; again when a source changes.
 */
import path from 'node:path';
import { createUnplugin, type UnpluginFactory, type UnpluginOptions } from 'unplugin';
import type { Plugin as VitePlugin } from 'vite';
import { esbuildSetup } from './esbuild-setup.js';
import { Generator, Refused, type Generated, type PluginOptions } from './generator.js';

export type { PluginOptions } from './generator.js';

const name = 'adgen';
const generatedId = /\.ad(\.[mc]?[jt]s)?$/;

const factory: UnpluginFactory<PluginOptions | undefined> = (options = {}, { framework }) => {
  if (framework === 'esbuild') return { name, esbuild: { setup: (build) => esbuildSetup(build, options) } };

  let generator = new Generator(options);
  const watch = (context: { addWatchFile(id: string): void }, { output, dependencies }: Generated) => {
    for (const file of dependencies) context.addWatchFile(file);
    return output;
  };

  return {
    name,
    enforce: 'pre',
    async buildStart() {
      for (const generated of await generator.generateIncluded()) watch(this, generated);
    },
    resolveId: {
      filter: { id: generatedId },
      async handler(id, importer) {
        if (importer === undefined || !id.startsWith('.')) return undefined;
        const input = generator.inputFor(path.resolve(path.dirname(importer), id));
        return input === undefined ? undefined : watch(this, await generator.generate(input));
      },
    },
    load: {
      filter: { id: generatedId },
      async handler(id) {
        const input = generator.inputFor(id);
        // Resolving is cached by bundlers, loading is not: this is where a rebuild learns of a change or a refusal.
        if (input !== undefined) watch(this, await generator.generate(input));
        return undefined;
      },
    },
    async watchChange(id) {
      // A refusal is reported when the output is loaded; a watcher has nobody to throw to.
      for (const input of await generator.inputsFrom(id)) await generator.generate(input).catch(ignoreRefusal);
    },
    vite: viteHooks(
      () => generator,
      (root) => {
        generator = new Generator({ root, ...options });
      },
    ),
  } satisfies UnpluginOptions;
};

/** Vite's root, and its development server: a changed source rewrites its output, which the server then reloads as any file. */
function viteHooks(generator: () => Generator, setRoot: (root: string) => void): Partial<VitePlugin> {
  return {
    configResolved(config) {
      setRoot(config.root);
    },
    async handleHotUpdate({ file, server }) {
      for (const input of await generator().inputsFrom(file)) {
        const loaded = [...(server.moduleGraph.getModulesByFile(generator().outputFor(input)) ?? [])];
        try {
          await generator().generate(input);
          // The file system's watcher may be off or slow.
          for (const module of loaded) await server.reloadModule(module);
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          for (const module of loaded) server.moduleGraph.invalidateModule(module); // loading it fails, too
          server.config.logger.error(error.message, { timestamp: true });
          server.ws.send({ type: 'error', err: { message: error.message, stack: '', plugin: name, id: error.file } });
        }
      }
    },
  };
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}

export const adgen = createUnplugin(factory);
