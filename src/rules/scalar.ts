/**
 * Derivatives of every scalar operation, one row each: for operand k, "the partial derivative times g".
 * jvp passes the operand's tangent as g and adds up over the operands; vjp passes the result's cotangent
 * and adds into each operand's. Both read this table; there is no other.
 *
 * `x(k)` is operand k and `y()` the result; asking for one is what makes it needed in a reverse sweep, so a
 * row asks for no more than its formula uses.
 */

import { constant, isConst, one, zero, type Builder } from '../ir/build.js';
import type { Atom, Op } from '../ir/types.js';

/** The operands and the result of the operation that is differentiated, on demand. */
export interface Site {
  readonly b: Builder;
  readonly count: number;
  x(k: number): Atom;
  y(): Atom;
  /** Operand k if it is a constant: looking at it needs nothing. */
  literal(k: number): number | undefined;
}

export type Partial = (at: Site, g: Atom, k: number) => Atom;

/**
 * `partials[k]` for operand k, or `every` for all operands of a variadic operation; `passive`: derivative zero
 * everywhere. `together` is the sum of the first two where their common factor saves work: for jvp, when both are active.
 */
export type Rule =
  | { readonly partials: readonly (Partial | undefined)[]; readonly together?: Together }
  | { readonly every: Partial; readonly together?: Together }
  | { readonly passive: string };

type Together = (at: Site, g: Atom, h: Atom) => Atom;

const d = (...partials: (Partial | undefined)[]): Rule => ({ partials });
const flat = (why: string): Rule => ({ passive: why });

// Shorthands that read like the formulas.
// A seed of 1 is not multiplied by.
const mul = ({ b }: Site, p: Atom, q: Atom): Atom => (isConst(p, 1) ? q : isConst(q, 1) ? p : b.op('mul', [p, q]));
const div = ({ b }: Site, p: Atom, q: Atom): Atom => b.op('div', [p, q]);
const add = ({ b }: Site, p: Atom, q: Atom): Atom => b.op('add', [p, q]);
const sub = ({ b }: Site, p: Atom, q: Atom): Atom => b.op('sub', [p, q]);
const neg = ({ b }: Site, p: Atom): Atom => b.op('neg', [p]);
const sqrt = ({ b }: Site, p: Atom): Atom => b.op('sqrt', [p]);
const square = (at: Site, p: Atom): Atom => mul(at, p, p);
const same: Partial = (_, g) => g;

const wins: Partial = (at, g, k) => {
  // The first operand equal to the result wins a tie.
  const later = at.literal(k) === undefined || k > 0;
  let won = at.b.op('eq', [at.x(k), at.y()]);
  for (let j = 0; later && j < k; j++) won = at.b.op('and', [won, at.b.op('ne', [at.x(j), at.y()])]);
  return at.b.op('select', [won, g, zero]);
};

/** Of two operands it is enough to compare them. */
const extremum = (compare: 'ge' | 'le'): Rule => ({
  every: (at, g, k) => {
    if (at.count === 1) return g;
    if (at.count > 2) return wins(at, g, k);
    const first = at.b.op(compare, [at.x(0), at.x(1)]);
    return k === 0 ? at.b.op('select', [first, g, zero]) : at.b.op('select', [first, zero, g]);
  },
  together: (at, g, h) => at.b.op('select', [at.b.op(compare, [at.x(0), at.x(1)]), g, h]),
});

export const scalarRules = {
  neg: d((at, g) => neg(at, g)),
  add: d(same, same),
  sub: d(same, (at, g) => neg(at, g)),
  mul: d(
    (at, g) => mul(at, g, at.x(1)),
    (at, g) => mul(at, g, at.x(0)),
  ),
  div: {
    ...d(
      (at, g) => div(at, g, at.x(1)),
      (at, g) => neg(at, mul(at, div(at, g, at.x(1)), at.y())), // −a/b² = −(1/b)(a/b)
    ),
    together: (at, g, h) => div(at, sub(at, g, mul(at, at.y(), h)), at.x(1)),
  },
  rem: d(same, (at, g) => neg(at, mul(at, at.b.op('trunc', [div(at, at.x(0), at.x(1))]), g))),
  pow: d(
    (at, g) => {
      const n = at.literal(1);
      if (n === 0) return zero;
      if (n === 1) return g;
      if (n === 2) return mul(at, mul(at, constant(2), at.x(0)), g);
      if (n === 3) return mul(at, mul(at, constant(3), square(at, at.x(0))), g);
      if (n !== undefined) return mul(at, mul(at, constant(n), at.b.op('pow', [at.x(0), constant(n - 1)])), g);
      const slope = mul(at, at.x(1), at.b.op('pow', [at.x(0), sub(at, at.x(1), one)]));
      return mul(at, at.b.op('select', [at.b.op('eq', [at.x(1), zero]), zero, slope]), g); // x ** 0 is constant, also at x = 0
    },
    // At x = 0 < n the limit is 0; NaN for x < 0: a real exponent has a complex derivative there.
    (at, g) => {
      const base = at.literal(0);
      const safe =
        base === undefined
          ? at.b.op('select', [at.b.op('eq', [at.x(0), zero]), one, at.x(0)])
          : constant(base === 0 ? 1 : base);
      return mul(at, mul(at, at.y(), at.b.op('log', [safe])), g);
    },
  ),
  atan2: d(
    (at, g) => div(at, mul(at, g, at.x(1)), add(at, square(at, at.x(1)), square(at, at.x(0)))),
    (at, g) => neg(at, div(at, mul(at, g, at.x(0)), add(at, square(at, at.x(1)), square(at, at.x(0))))),
  ),

  abs: d((at, g) => mul(at, at.b.op('sign', [at.x(0)]), g)), // 0 at the kink
  acos: d((at, g) => neg(at, div(at, g, sqrt(at, sub(at, one, square(at, at.x(0))))))),
  acosh: d((at, g) => div(at, g, sqrt(at, sub(at, square(at, at.x(0)), one)))),
  asin: d((at, g) => div(at, g, sqrt(at, sub(at, one, square(at, at.x(0)))))),
  asinh: d((at, g) => div(at, g, sqrt(at, add(at, square(at, at.x(0)), one)))),
  atan: d((at, g) => div(at, g, add(at, one, square(at, at.x(0))))),
  atanh: d((at, g) => div(at, g, sub(at, one, square(at, at.x(0))))),
  cbrt: d((at, g) => div(at, g, mul(at, constant(3), square(at, at.y())))),
  cos: d((at, g) => neg(at, mul(at, at.b.op('sin', [at.x(0)]), g))),
  cosh: d((at, g) => mul(at, at.b.op('sinh', [at.x(0)]), g)),
  exp: d((at, g) => mul(at, at.y(), g)),
  expm1: d((at, g) => mul(at, add(at, at.y(), one), g)),
  fround: d(same), // the identity but for rounding
  log: d((at, g) => div(at, g, at.x(0))),
  log10: d((at, g) => div(at, g, mul(at, constant(Math.LN10), at.x(0)))),
  log1p: d((at, g) => div(at, g, add(at, one, at.x(0)))),
  log2: d((at, g) => div(at, g, mul(at, constant(Math.LN2), at.x(0)))),
  sin: d((at, g) => mul(at, at.b.op('cos', [at.x(0)]), g)),
  sinh: d((at, g) => mul(at, at.b.op('cosh', [at.x(0)]), g)),
  sqrt: d((at, g) => mul(at, div(at, constant(0.5), at.y()), g)), // +Infinity at x = 0, as in the limit
  tan: d((at, g) => mul(at, add(at, one, square(at, at.y())), g)),
  tanh: d((at, g) => mul(at, sub(at, one, square(at, at.y())), g)),
  ceil: flat('piecewise constant'),
  floor: flat('piecewise constant'),
  round: flat('piecewise constant'),
  sign: flat('piecewise constant'),
  trunc: flat('piecewise constant'),

  max: extremum('ge'), // a tie goes to the first operand
  min: extremum('le'),
  hypot: {
    every: (at, g, k) => {
      const slope = div(at, at.x(k), at.y());
      return mul(at, at.b.op('select', [at.b.op('eq', [at.y(), zero]), zero, slope]), g); // 0 at the origin
    },
  },
  select: d(
    undefined,
    (at, g) => at.b.op('select', [at.x(0), g, zero]),
    (at, g) => at.b.op('select', [at.x(0), zero, g]),
  ),
  unwrap: d(same),
  num: flat('of a boolean'),
  text: flat('a string'),
  held: flat('held constant'),

  bitand: flat('integers'),
  bitor: flat('integers'),
  bitxor: flat('integers'),
  bitnot: flat('integers'),
  shl: flat('integers'),
  shr: flat('integers'),
  ushr: flat('integers'),
  imul: flat('integers'),
  clz32: flat('integers'),

  lt: flat('a condition'),
  le: flat('a condition'),
  gt: flat('a condition'),
  ge: flat('a condition'),
  eq: flat('a condition'),
  ne: flat('a condition'),
  same: flat('a condition'),
  and: flat('a condition'),
  or: flat('a condition'),
  not: flat('a condition'),
  isNaN: flat('a condition'),
  isFinite: flat('a condition'),
  isInteger: flat('a condition'),
  defined: flat('a condition'),
} satisfies Record<Op, Rule>;

/** The partial of operand k of `op`, or undefined where the derivative is zero everywhere. */
export function partialOf(op: Op, k: number): Partial | undefined {
  const rule: Rule = scalarRules[op];
  if ('passive' in rule) return undefined;
  return 'every' in rule ? rule.every : rule.partials[k];
}

/** The tangent of a binary operation of which both operands are active, if there is a cheaper way than adding up. */
export function together(op: Op): Together | undefined {
  const rule: Rule = scalarRules[op];
  return 'passive' in rule ? undefined : rule.together;
}
