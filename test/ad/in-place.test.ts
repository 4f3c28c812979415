import { describe, expect, it } from 'vitest';
import { vjp } from '../../src/ad/vjp.js';
import { arrayOf, Builder, num, one, value, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { statements } from '../../src/ir/visit.js';
import type { Atom, Fn, Value } from '../../src/ir/types.js';

const list = arrayOf(num);
const [x, xs] = [value(num, 'x'), value(list, 'xs')];

function fnOf(params: readonly Value[], fill: (b: Builder) => Atom): Fn {
  const b = new Builder();
  const out = fill(b);
  return {
    name: 'f',
    params: params.map((v) => ({ value: v, active: true })),
    result: num,
    body: { stmts: b.stmts, yields: [out] },
    origin: undefined,
  };
}

/** The sum of sin(x_i) x, and what is made of it. */
const summing = (then: (b: Builder, sum: Atom) => Atom, squared = false) =>
  fnOf([xs, x], (b) => {
    const [sum = zero] = b.for(
      { from: zero, to: b.length(xs), compare: '<', step: 1 },
      [{ init: zero }],
      (inner, i, [s = zero]) => {
        const term = inner.op('mul', [inner.op('sin', [inner.load(xs, i)]), x]);
        return [inner.op('add', [squared ? inner.op('mul', [s, s]) : s, term])];
      },
    );
    return then(b, sum);
  });

/** How many loops there are in the gradient, but for those that only fill. */
function loops(fn: Fn): number {
  const derived = vjp(fn, { guards: false }, one);
  check(derived);
  return [...statements(derived.body)].filter((stmt) => stmt.kind === 'for').length;
}

describe('loops reversed in place', () => {
  it('takes a sum whose cotangent is known: one loop does both', () => {
    expect(loops(summing((_, sum) => sum))).toBe(1);
    expect(loops(summing((b, sum) => b.op('sub', [x, b.op('div', [sum, x])])))).toBe(1);
  });

  it('leaves a sum that goes through something that is not linear', () => {
    expect(loops(summing((b, sum) => b.op('exp', [sum])))).toBe(2);
    expect(loops(summing((b, sum) => b.op('mul', [sum, sum])))).toBe(2);
  });

  it('leaves a sum that is looked at in the loop', () => {
    expect(loops(summing((_, sum) => sum, true))).toBe(2);
  });

  it('leaves a loop over something that is overwritten later', () => {
    const fn = fnOf([x], (b) => {
      const own = b.make(list, [x, x], 'own');
      const [sum = zero] = b.for(
        { from: zero, to: b.length(own), compare: '<', step: 1 },
        [{ init: zero }],
        (inner, i, [s = zero]) => [inner.op('add', [s, inner.op('exp', [inner.load(own, i)])])],
      );
      b.store(own, zero, b.op('sin', [x]));
      return b.op('add', [sum, b.load(own, zero)]);
    });
    expect(loops(fn)).toBe(2);
  });
});
