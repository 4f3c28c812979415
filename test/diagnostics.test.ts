/** Every diagnostic code has a program that triggers it: a fixture under fixtures/errors, or one of diagnostic-cases.ts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/compile.js';
import { codes, type CodeName } from '../src/diagnostics/codes.js';
import { cases, inputOf } from './diagnostic-cases.js';
import { filesUnder, root } from './fixture-files.js';

describe('diagnostic codes', () => {
  it.each(Object.entries(cases))('%s', async (code, example) => {
    const { diagnostics, output } = await compile(inputOf(example), { format: false, ...example.options });
    expect(diagnostics.map((each) => each.code)).toContain(code);
    if (codes[code as CodeName].level === 'error') expect(output).toBeUndefined();
  });

  it('are all triggered', () => {
    const refusals = filesUnder('generated/errors', '.txt')
      .map((name) => readFileSync(path.join(root, 'generated/errors', name), 'utf8'))
      .join('\n');
    expect(Object.keys(codes).filter((code) => !(code in cases) && !refusals.includes(`[${code}]`))).toEqual([]);
  });
});
