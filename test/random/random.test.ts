import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
