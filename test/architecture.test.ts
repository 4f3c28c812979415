/** Imports point one way: the table of ARCHITECTURE.md, held to. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each folder may import, beside itself and node's own modules. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ir: [],
  diagnostics: ['ir', 'picocolors'],
  frontend: ['ir', 'diagnostics', 'generated-mark', 'ts-morph'],
  rules: ['ir'],
  ad: ['ir', 'rules'],
  // Its template is text in adgen's own language, which imports the operators.
  chain: ['ir', 'frontend', 'ad', 'derive', 'diagnostics', 'options', 'adgen'],
  optimise: ['ir', 'ad'],
  emit: ['ir', 'generated-mark', 'prettier'],
  verify: ['ir', 'frontend/transpile', 'options'],
  cli: ['compile', 'diagnostics', 'verify', 'options', 'output-path', 'files', 'version', 'commander'],
  plugin: ['compile', 'diagnostics', 'options', 'output-path', 'files', 'unplugin', 'tinyglobby', 'vite', 'esbuild'],
};

const source = path.resolve('src');

/** Pairs of a file and what it imports: a folder, a file of src/, or a package. */
function imports(folder: string): { file: string; target: string }[] {
  const files = readdirSync(path.join(source, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((name) => {
    const file = path.join(source, folder, name);
    const text = readFileSync(file, 'utf8');
    const found = [...text.matchAll(/^(?:import|export)\b[^'\n]*(?:\n[^;\n]*)*?from '([^']+)';|import\('([^']+)'\)/gm)];
    return found.map(([, from, dynamic]) => {
      const specifier = from ?? dynamic ?? '';
      const local = path.relative(source, path.resolve(path.dirname(file), specifier)).replace(/\.js$/, '');
      return { file: path.relative(source, file), target: specifier.startsWith('.') ? local : specifier };
    });
  });
}

describe.each(Object.entries(allowed))('src/%s', (folder, names) => {
  it('imports only what it may', () => {
    const may = (target: string) =>
      target.startsWith('node:') || [folder, ...names].some((name) => target === name || target.startsWith(`${name}/`));
    const wrong = imports(folder).filter(({ target }) => !may(target));
    expect(wrong).toEqual([]);
  });
});

it('has one file that knows prettier', () => {
  const files = imports('emit').filter(({ target }) => target === 'prettier');
  expect(files.map(({ file }) => file)).toEqual(['emit/format.ts']);
});
