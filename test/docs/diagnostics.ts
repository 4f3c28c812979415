/** Every diagnostic code: advice, a program that triggers it, and, for many errors, a rewrite that is read. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from '../../src/compile.js';
import { codes, type Code } from '../../src/diagnostics/codes.js';
import { renderAll } from '../../src/diagnostics/render.js';
import { cases, inputOf, type Case } from '../diagnostic-cases.js';
import { filesUnder, root } from '../fixture-files.js';
import { fenced, link, page } from './markdown.js';

const source = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The smallest refused fixture in which a code comes first. */
function fixtureOf(code: string): string | undefined {
  const names = filesUnder('generated/errors', '.txt').map((file) => file.replace(/\.txt$/, ''));
  const first = (name: string) =>
    /(?:error|warning|note)\[([a-z-]+)\]/.exec(source(`generated/errors/${name}.txt`))?.[1];
  const size = (name: string) => source(`fixtures/errors/${name}.ts`).length;
  return names.filter((name) => first(name) === code).toSorted((a, b) => size(a) - size(b))[0];
}

/** What is longer tells a reader nothing. */
const longest = 600;

async function exampleOf(code: string, example: Case): Promise<readonly string[]> {
  if (example.text.length > longest) return [];
  const { diagnostics } = await compile(inputOf(example), { format: false, ...example.options });
  const own = diagnostics.filter((each) => each.code === code).slice(0, 1);
  const text = renderAll(own, { source: () => example.text, cwd: root, colors: false });
  const output = fenced('', text.replaceAll(`${root}${path.sep}`, ''));
  return example.text === '' ? [output] : [fenced('ts', example.text), output];
}

export const rewrites = filesUnder('fixtures', '.ts')
  .filter((file) => file.startsWith('rewrites/'))
  .map((file) => path.basename(file, '.ts'));

async function section([code, { level, help }]: readonly [string, Code]): Promise<readonly string[]> {
  const fixture = fixtureOf(code);
  const example = Object.entries(cases).find(([name]) => name === code)?.[1];
  const rewrite = `fixtures/rewrites/${code}.ts`;
  return [
    `## ${code}`,
    `${level[0]?.toUpperCase()}${level.slice(1)}. ${help}`,
    ...(fixture === undefined
      ? []
      : [
          `Shown by ${link(`errors/${fixture}`, `fixtures/errors/${fixture}.ts`)}:`,
          fenced('ts', source(`fixtures/errors/${fixture}.ts`)),
          fenced('', source(`generated/errors/${fixture}.txt`)),
        ]),
    ...(fixture === undefined && example ? await exampleOf(code, example) : []),
    ...(existsSync(path.join(root, rewrite))
      ? [`What is read instead, ${link(`rewrites/${code}`, rewrite)}:`, fenced('ts', source(rewrite))]
      : []),
  ];
}

export async function diagnosticsPage(file: string): Promise<string> {
  const parts: string[] = [];
  for (const entry of Object.entries(codes)) parts.push(...(await section(entry)));
  return page(file, 'Diagnostics', 'Every diagnostic adgen can give, with a program that triggers it.', ...parts);
}
