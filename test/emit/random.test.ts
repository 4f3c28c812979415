import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protect } from '../../src/ad/protect.js';
import { emitModule } from '../../src/emit/module.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Fn } from '../../src/ir/types.js';
import { randomFn } from './random-ir.js';
import type { EmitOptions } from './support.js';
import { compiled, plan } from './support.js';

const tape = fc.array(fc.nat(999), { minLength: 0, maxLength: 250, size: 'max' });
const point = fc.tuple(fc.constantFrom(0, 1, -0.5, 2, 3.25, -0), fc.constantFrom(0, 1, -0.5, 2, 3.25, -0));

const args = ([x, y]: readonly [number, number]): unknown[] => [x, y, Float64Array.of(1, -2, x, 0.5), [y, 3, -1, 0.25]];

/** What a call returns or throws. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    return { thrown: error instanceof Error ? `${error.name}: ${error.message}` : error };
  }
}

function agrees(fn: Fn, options: EmitOptions, at: readonly [number, number]): void {
  const expected = outcome(() => evaluate(fn, args(at), { steps: 20_000 }));
  if (String((expected as { thrown?: string }).thrown).includes('out of steps')) return;
  try {
    expect(outcome(() => compiled(fn, options)(...args(at)))).toEqual(expected);
  } catch (error) {
    throw new Error(`${String(error)}\n${emitModule(plan(fn, options))}`);
  }
}

/** What is emitted never writes to its parameters: those that are written, under whatever name, are copied before. */
const unwritten = (numbers: readonly number[], record: boolean): Fn => protect(randomFn(numbers, record), false).fn;

const runs = Number(process.env['EMIT_RUNS'] ?? 300);

describe('random functions', () => {
  it('compute what the evaluator computes', () => {
    fc.assert(
      fc.property(tape, point, (numbers, at) => {
        const fn = unwritten(numbers, false);
        check(fn);
        agrees(fn, {}, at);
      }),
      { numRuns: runs },
    );
  });

  it('return the same records, with and without a reused `out`', () => {
    fc.assert(
      fc.property(tape, point, (numbers, at) => {
        const fn = unwritten(numbers, true);
        agrees(fn, { out: true }, at);
        const expected = outcome(() => evaluate(fn, args(at), { steps: 20_000 }));
        if ('thrown' in (expected as object)) return;
        const run = compiled(fn, { out: true });
        const out = run(...args(at));
        spoil(out);
        expect(outcome(() => run(...args(at), out))).toEqual(expected);
        expect(run(...args(at), out)).toBe(out);
      }),
      { numRuns: runs },
    );
  });
});

/** NaN in every number, so that whatever is not overwritten shows. */
function spoil(object: unknown): void {
  if (object instanceof Float64Array) object.fill(NaN);
  else if (typeof object === 'object' && object !== null) {
    const parts = object as Record<string, unknown>; // arrays and records alike
    for (const [key, part] of Object.entries(parts)) {
      if (typeof part === 'number') parts[key] = NaN;
      else if (typeof part === 'boolean') parts[key] = !part;
      else spoil(part);
    }
  }
}
