import * as fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { constructs, within, type Construct } from '../docs/constructs.js';
import { derivatives, isClear } from '../oracle/richardson.js';
import { moved, reals } from '../oracle/values.js';
import { num } from '../../src/ir/build.js';
import { randomPoint, randomProgram } from './program.js';
import { load, typeErrors } from './run.js';
import { programTree } from './tree.js';

const programs = fc.sample(programTree, { numRuns: 200, seed: 7 }).map(randomProgram);

describe('random programs', () => {
  it('are accepted by the type checker', () => {
    const files = new Map(programs.map(({ source }, k) => [`/random/p${k}.ts`, source]));
    expect(typeErrors(files)).toEqual([]);
  });

  it('are the same for the same seed', () => {
    const [again] = fc.sample(programTree, { numRuns: 1, seed: 7 }).map(randomProgram);
    expect(again?.source).toBe(programs[0]?.source);
  });

  it('use every construct of the language table', () => {
    const sources = fc.sample(programTree, { numRuns: 300, seed: 11 }).map((tree) => randomProgram(tree).source);
    const parsed = sources.map((source) => within(ts.createSourceFile('p.ts', source, ts.ScriptTarget.ES2023, true)));
    // At least 1 % of them; most are found long before the last program.
    const isRare = ({ is }: Construct) => {
      let found = 0;
      return !parsed.some((nodes) => nodes.some(is) && ++found * 100 >= parsed.length);
    };
    // A random program is one file.
    const rare = Object.values(constructs).flatMap((rows) =>
      rows.filter((row) => row.name !== 'import' && isRare(row)).map(({ name }) => name),
    );
    expect(rare).toEqual([]);
  });

  it('mostly have finite derivatives at their points', () => {
    let clear = 0;
    for (const { source, params } of programs) {
      const { f } = load(source);
      const point = randomPoint(params, 3);
      const [first, ...rest] = point;
      const numbers = (v: unknown): number[] =>
        typeof v === 'number' ? [v] : Object.values(v as object).flatMap(numbers);
      const [estimate] = derivatives((t) => numbers(f?.(moved(num, first, 1, t), ...structuredClone(rest))));
      expect(reals(num, first)).toHaveLength(1);
      if (estimate !== undefined && isClear(estimate)) clear += 1;
    }
    expect(clear / programs.length).toBeGreaterThan(0.9);
  });
});
