/** Random functions of the IR, differentiated and run: what both modes must get right before any source or output is involved. */

import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { jvp } from '../../src/ad/jvp.js';
import { passiveByUse } from '../../src/ad/passive.js';
import { protect } from '../../src/ad/protect.js';
import { vjp } from '../../src/ad/vjp.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { printFn } from '../../src/ir/print.js';
import { tangentType } from '../../src/ir/structure.js';
import type { Fn } from '../../src/ir/types.js';
import { optimise } from '../../src/optimise/passes.js';
import { randomFn, randomTape } from '../optimise/random-cells.js';
import { checkAt, type CheckedParam, type Subject } from '../oracle/checks.js';
import { clone } from '../oracle/values.js';

/** No two numbers are equal: comparisons are not at their kinks. */
const points: readonly (readonly unknown[])[] = [
  [0.7, -1.5, 3.2, [1, 2.5, -3.1], { x: 0.25, y: -0.6 }, [3.3, -1.2, 0.125]],
  [-0.3, 2.1, 0.4, [], { x: 1.1, y: 2.2 }, [0.15, 0.45, 1.3]],
  [1.25, 0.1, 2.5, [4.4], { x: -1.6, y: 0.55 }, [1.7, 2.3, 3.6]],
];

function prepared(raw: Fn): Fn {
  const fn = optimise(protect(optimise(raw)).fn);
  check(fn);
  const passive = passiveByUse(fn);
  const active = (p: Fn['params'][number]) => tangentType(p.value.type) !== undefined && !passive.has(p.value);
  return { ...fn, params: fn.params.map((p) => ({ ...p, active: active(p) })) };
}

function subject(raw: Fn, fn: Fn, jvpFn: Fn, vjpFn: Fn): Subject {
  // The result may share memory here: what is emitted copies it.
  const run =
    (of: Fn) =>
    (...args: readonly unknown[]) =>
      clone(evaluate(of, args, { steps: 200_000 }));
  const params = fn.params.map(({ value, active }, k): CheckedParam => {
    const tangent = active ? tangentType(value.type) : undefined;
    const param = { name: value.name ?? `arg${k}`, type: value.type };
    return tangent === undefined ? param : { ...param, tangent };
  });
  return {
    name: 'f',
    original: run(raw),
    jvp: run(jvpFn),
    vjp: run(vjpFn),
    params,
    resultTangent: tangentType(fn.result),
  };
}

function derivativesHold(tape: readonly number[]): void {
  const raw = randomFn(tape);
  if (tangentType(raw.result) === undefined) return;
  const fn = prepared(raw);
  const inIt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n\n${printFn(fn)}`, { cause: error });
    }
  };
  const [tangents, cotangents] = [inIt(() => jvp(fn, { guards: false })), inIt(() => vjp(fn, { guards: false }))];
  for (const derived of [tangents, cotangents, optimise(tangents), optimise(cotangents)]) check(derived);
  const plain = subject(raw, fn, tangents, cotangents);
  const better = subject(raw, fn, optimise(tangents), optimise(cotangents));
  points.forEach((point, k) => {
    inIt(() => checkAt(plain, point, { out: false, poles: true, seed: k }));
    inIt(() => checkAt(better, point, { out: false, poles: true, seed: k }));
  });
}

/** How many smaller functions are tried once one has failed. */
const shrinks = 80;

describe('random functions', () => {
  it('have the tangents of differences and the cotangents of their tangents', () => {
    let left = Infinity;
    const property = fc.property(randomTape, (tape) => {
      if ((left -= 1) < 0) return;
      try {
        derivativesHold(tape);
      } catch (error) {
        left = Math.min(left, shrinks);
        throw error;
      }
    });
    fc.assert(property, { numRuns: 150, seed: 1 });
  });
});
