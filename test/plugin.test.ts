/** The build-step plugin in small apps that are built for real. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { build as viteBuild, createServer } from 'vite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import adgenEsbuild from '../src/plugin/esbuild.js';
import { Generator, inputOf, Refused } from '../src/plugin/generator.js';
import adgenVite, { type PluginOptions } from '../src/plugin/vite.js';
import { temporaryFolder, type Folder } from './temporary.js';

const helper = 'export const square = (x: number): number => x * x;\n';
const model = `import { square } from './helper.js';

export function f(x: number): number {
  return 3 * square(x);
}
`;
const app = "import { fGrad } from './model.ad.js';\n\nexport const slope = fGrad(2).gradient.x;\n";
const refused = 'export function f(x: number): number {\n  return x * Math.random();\n}\n';

let folder: Folder;
beforeEach(() => {
  folder = temporaryFolder({
    'helper.ts': helper,
    'model.ts': model,
    'app.ts': app,
    'package.json': '{ "type": "module" }',
  });
});
afterEach(() => folder.remove());

/** Runs a bundle; every call runs it afresh. */
let runs = 0;
async function slope(bundle: string): Promise<unknown> {
  const module = (await import(/* @vite-ignore */ `${pathToFileURL(folder.file(bundle)).href}?${runs++}`)) as {
    slope: unknown;
  };
  return module.slope;
}

const bundlers = {
  async vite(options?: PluginOptions) {
    await viteBuild({
      root: folder.path,
      configFile: false,
      logLevel: 'silent',
      plugins: [adgenVite(options)],
      build: { lib: { entry: 'app.ts', formats: ['es'], fileName: 'app' }, outDir: 'dist', minify: false },
    });
  },
  async esbuild(options?: PluginOptions) {
    await esbuild.build({
      absWorkingDir: folder.path,
      entryPoints: ['app.ts'],
      bundle: true,
      format: 'esm',
      outfile: 'dist/app.js',
      logLevel: 'silent',
      plugins: [adgenEsbuild(options)],
    });
  },
} satisfies Record<string, (options?: PluginOptions) => Promise<void>>;

describe.each(Object.entries(bundlers))('%s', (_name, build) => {
  it('generates what is imported, and again after a change of a helper', async () => {
    await build();
    expect(folder.read('model.ad.ts')).toContain('export function fVjp(');
    expect(await slope('dist/app.js')).toBe(12);
    folder.write('helper.ts', helper.replace('x * x', 'x * x * x'));
    await build();
    expect(await slope('dist/app.js')).toBe(36);
  });

  it('passes options on', async () => {
    await build({ modes: ['grad'] });
    expect(folder.read('model.ad.ts')).not.toContain('fVjp');
  });

  it('generates what `include` names, into outDir', async () => {
    folder.write('app.ts', app.replace('./model.ad.js', './gen/model.ad.js'));
    await build({ include: 'mod*.ts', outDir: 'gen', format: false });
    expect(existsSync(folder.file('model.ad.ts'))).toBe(false);
    expect(await slope('dist/app.js')).toBe(12);
  });

  it('fails on a refusal with the diagnostic, and leaves the old output', async () => {
    folder.write('model.ad.ts', '// old\n');
    folder.write('model.ts', refused);
    const failure = await build().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/model\.ts:2:1[34]/); // esbuild counts columns from 0
    expect(String(failure)).toContain('error[impure-call]: `Math.random`');
    expect(folder.read('model.ad.ts')).toBe('// old\n');
    folder.write('model.ts', model);
    await build();
    expect(await slope('dist/app.js')).toBe(12);
  });

  it('leaves alone a file that only looks generated', async () => {
    folder.write('hand.ad.ts', 'export const fGrad = (x: number) => ({ gradient: { x: 7 * x } });\n');
    folder.write('app.ts', app.replace('./model.ad.js', './hand.ad.js'));
    await build();
    expect(await slope('dist/app.js')).toBe(14);
  });
});

it('regenerates when a source changes while esbuild watches', async () => {
  let built = 0;
  const counter: esbuild.Plugin = { name: 'counter', setup: (build) => build.onEnd(() => void built++) };
  const context = await esbuild.context({
    absWorkingDir: folder.path,
    entryPoints: ['app.ts'],
    bundle: true,
    format: 'esm',
    outfile: 'dist/app.js',
    logLevel: 'silent',
    plugins: [adgenEsbuild(), counter],
  });
  try {
    await context.watch();
    await vi.waitUntil(() => built > 0, { timeout: 30_000 });
    expect(await slope('dist/app.js')).toBe(12);
    folder.write('model.ts', model.replace('3 *', '5 *'));
    await vi.waitUntil(() => folder.read('dist/app.js').includes('5') && built > 1, { timeout: 30_000 });
    expect(await slope('dist/app.js')).toBe(20);
  } finally {
    await context.dispose();
  }
});

it("regenerates when a source changes under Vite's development server", async () => {
  const server = await createServer({
    root: folder.path,
    configFile: false,
    logLevel: 'silent',
    plugins: [adgenVite()],
    server: { middlewareMode: true, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    expect((await server.transformRequest('/app.ts'))?.code).toContain('model.ad');
    const before = await server.transformRequest('/model.ad.ts');
    expect(before?.code).toContain('fGrad');
    folder.write('model.ts', model.replace('export function f(', 'export function g('));
    await vi.waitUntil(() => folder.read('model.ad.ts').includes('gGrad'), { timeout: 30_000 });
    await vi.waitUntil(async () => (await server.transformRequest('/model.ad.ts'))?.code.includes('gGrad'), {
      timeout: 30_000,
    });
    folder.write('model.ts', refused);
    await expect
      .poll(() => server.transformRequest('/model.ad.ts').then(() => '', String), { timeout: 30_000 })
      .toContain('error[impure-call]');
  } finally {
    await server.close();
  }
});

describe('the generator', () => {
  it('knows the input of an output', () => {
    expect(inputOf('/a/model.ad.ts')).toBe('/a/model.ts');
    expect(inputOf('/a/model.ad.js')).toBe('/a/model.ts');
    expect(inputOf('/a/model.ad.mjs')).toBe('/a/model.mts');
    expect(inputOf('/a/model.ad')).toBe('/a/model.ts');
    expect(inputOf('/a/model.ad.ad.ts')).toBe('/a/model.ad.ts');
    expect(inputOf('/a/model.ts')).toBeUndefined();
  });

  it('compiles once for requests at the same time, and not again while nothing changes', async () => {
    const generator = new Generator({});
    const all = await Promise.all([1, 2, 3].map(() => generator.generate(folder.file('model.ts'))));
    expect(new Set(all).size).toBe(1);
    expect(await generator.generate(folder.file('model.ts'))).toBe(all[0]);
    expect(all[0]?.dependencies.toSorted()).toEqual([folder.file('helper.ts'), folder.file('model.ts')]);
    folder.write('model.ts', refused);
    await expect(generator.generate(folder.file('model.ts'))).rejects.toBeInstanceOf(Refused);
  });
});
