import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadProgram, lowerFunction, type Program, readModule } from '../../src/frontend/index.js';
import { Random } from '../oracle/values.js';
import { difference } from './differential.js';

const folder = path.join(import.meta.dirname, 'programs');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));

vi.spyOn(console, 'log').mockImplementation(() => undefined);

describe.each(files)('programs/%s', (name) => {
  const file = path.join(folder, name);
  let program: Program;
  let module: Record<string, (...args: unknown[]) => unknown>;
  beforeAll(async () => {
    program = loadProgram({ file });
    module = (await import(file)) as typeof module;
  });

  it('lowers every candidate to IR that computes what the source does', () => {
    expect(program.diagnostics).toEqual([]);
    const candidates = readModule(program).exports.filter((each) => each.candidate);
    expect(candidates.length).toBeGreaterThan(5);
    const problems = candidates.flatMap(({ name }): readonly unknown[] => {
      const { fn, diagnostics } = lowerFunction(program, name);
      const run = module[name];
      if (fn === undefined || run === undefined) return [{ name, diagnostics }];
      return [difference(fn, run, new Random(11), 60)].filter((found) => found !== undefined);
    });
    expect(problems).toEqual([]);
  });
});
