/** What the README shows is what adgen does today. `npm run generate` rewrites it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { run } from '../src/cli/run.js';
import { compile } from '../src/compile.js';
import { renderTable } from '../src/verify/table.js';
import { verify } from '../src/verify/verify.js';
import { root } from './fixture-files.js';

const generating = process.env['MODE'] === 'generate';
const readme = path.join(root, 'README.md');

/** What the command prints when run in `folder`. */
async function printed(folder: string, ...args: readonly string[]): Promise<string> {
  let text = '';
  const print = (chunk: string) => {
    text += chunk;
  };
  await run(args, { cwd: path.join(root, folder), color: false, out: print, err: print });
  return text.trimEnd();
}

const source = (file: string) => readFileSync(path.join(root, file), 'utf8').trimEnd();
const fenced = (language: string, text: string) => `\n\n\`\`\`${language}\n${text}\n\`\`\`\n\n`;

/** The parts between `<!-- name -->` and `<!-- /name -->`. */
const parts: Readonly<Record<string, () => Promise<string>>> = {
  input: async () => fenced('ts', source('fixtures/readme/line-fit.ts').replace(/\n\nexport const points[\s\S]*$/, '')),
  operators: async () =>
    fenced('ts', source('fixtures/readme/operators.ts').replace(/\n\nexport const points[\s\S]*$/, '')),
  output: async () => fenced('ts', await printed('fixtures/readme', 'line-fit.ts', '--stdout', '--quiet')),
  table: async () =>
    fenced('', renderTable(verify(await compile({ file: path.join(root, 'fixtures/readme/line-fit.ts') }))).trimEnd()),
  refusal: async () => fenced('', await printed('fixtures/errors', 'math-random.ts', '--stdout', '--quiet')),
  help: async () => fenced('', await printed('.', '--help')),
};

describe('README.md', () => {
  it.each(Object.entries(parts))('shows the %s of today', async (name, part) => {
    const text = readFileSync(readme, 'utf8');
    const pattern = new RegExp(`(<!-- ${name} -->)([\\s\\S]*?)(<!-- /${name} -->)`);
    const expected = await part();
    if (generating)
      writeFileSync(
        readme,
        text.replace(pattern, (_all, open: string, _old, close: string) => open + expected + close),
      );
    else expect(pattern.exec(text)?.[2], 'run `npm run generate`').toBe(expected);
  });
});
