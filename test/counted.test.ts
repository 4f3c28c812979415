/**
 * The theory's bounds, held by every row of the rule table: value and tangent ≤ 2.5 ×, value and cotangents ≤ 4 ×
 * the counted operations of the value. Straight-line code is made of such steps, so it stays within them too.
 */

import { describe, expect, it } from 'vitest';
import { jvp } from '../src/ad/jvp.js';
import { vjp } from '../src/ad/vjp.js';
import { Builder, num, value } from '../src/ir/build.js';
import { countedOperations } from '../src/ir/cost.js';
import type { Fn, Op } from '../src/ir/types.js';
import { optimise } from '../src/optimise/passes.js';
import { partialOf, scalarRules } from '../src/rules/scalar.js';

/** Rows beyond a bound, and why. */
const excesses: Partial<Record<Op, string>> = {
  rem: '`%` counts as one operation, and its derivative in the divisor needs a division',
  pow: 'a real exponent needs a logarithm beside the two powers, and is tested for 0',
};

const arity = (op: Op): number => {
  const rule = scalarRules[op];
  return 'partials' in rule ? rule.partials.length : 2;
};

function single(op: Op): Fn {
  const params = Array.from({ length: arity(op) }, (_, k) => value(num, `x${k}`));
  const b = new Builder();
  const result = b.op(op, params);
  return {
    name: 'f',
    params: params.map((param) => ({ value: param, active: true })),
    result: num,
    body: { stmts: b.stmts, yields: [result] },
    origin: undefined,
  };
}

const ops = (Object.keys(scalarRules) as Op[]).filter(
  (op) => partialOf(op, arity(op) - 1) && op !== 'select' && op !== 'unwrap' && excesses[op] === undefined,
);

describe('counted operations', () => {
  it.each(ops)('%s: value and tangent within 2.5, value and cotangents within 4', (op) => {
    const fn = single(op);
    const primal = countedOperations(fn) ?? Number.NaN;
    const forward = countedOperations(optimise(jvp(fn, { guards: false }))) ?? Number.NaN;
    const reverse = countedOperations(optimise(vjp(fn, { guards: false }))) ?? Number.NaN;
    expect(forward / primal).toBeLessThanOrEqual(2.5);
    // In a program each cotangent is added to what is there: one more operation and fetch per operand.
    expect((reverse + 2 * arity(op)) / primal).toBeLessThanOrEqual(4);
  });
});
