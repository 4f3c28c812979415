import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/ir/check.js';
import { printFn } from '../../src/ir/print.js';
import { optimise, passes, runPass } from '../../src/optimise/passes.js';
import { ssa } from '../../src/optimise/ssa.js';
import { unassigned } from '../../src/optimise/unassigned.js';
import { inputs, outcome, randomFn, randomTape } from './random-cells.js';

const runs = Number(process.env['RUNS'] ?? 200);

/** `Object.is` on every number, so that −0 is told from 0 and NaN is NaN. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return left.length === right.length && left.every(([key, v]) => same(v, (b as Record<string, unknown>)[key]));
}

function expectSame(before: unknown, after: unknown, text: () => string): void {
  if (!same(before, after)) throw new Error(`${text()}\n${JSON.stringify(before)}\n${JSON.stringify(after)}`);
}

const outOfSteps = (result: unknown) => JSON.stringify(result).includes('out of steps');

describe('random functions', () => {
  for (const pass of new Set([...passes, unassigned])) {
    it(`give the same before and after ${pass.name}`, () => {
      fc.assert(
        fc.property(randomTape, (tape) => {
          const fn = randomFn(tape);
          check(fn, { cells: true });
          const before = runPass(ssa, fn);
          check(before);
          const after = runPass(pass, before);
          check(after);
          for (const args of inputs) {
            const expected = outcome(fn, args);
            if (outOfSteps(expected)) continue;
            expectSame(expected, outcome(after, args), () => `${printFn(fn)}\n${printFn(before)}\n${printFn(after)}`);
          }
        }),
        { numRuns: runs },
      );
    });
  }

  it('give the same before and after all of them', () => {
    fc.assert(
      fc.property(randomTape, (tape) => {
        const fn = randomFn(tape);
        const steps: string[] = [];
        const after = optimise(fn, {
          check: {},
          after: (pass, next) => steps.push(`-- ${pass}\n${printFn(next)}`),
        });
        for (const args of inputs) {
          const expected = outcome(fn, args);
          if (outOfSteps(expected)) continue;
          expectSame(expected, outcome(after, args), () => `${printFn(fn)}\n${steps.join('\n')}`);
        }
      }),
      { numRuns: runs },
    );
  });

  it('come to rest', () => {
    fc.assert(
      fc.property(randomTape, (tape) => {
        const after = optimise(randomFn(tape));
        for (const pass of passes) expect(runPass(pass, after), pass.name).toBe(after);
      }),
      { numRuns: runs },
    );
  });
});
