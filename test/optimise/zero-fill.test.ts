import { describe, expect, it } from 'vitest';
import { arrayOf, emptyElement, num, one, value, zero } from '../../src/ir/build.js';
import { zeroFill } from '../../src/optimise/zero-fill.js';
import type { Builder } from '../../src/ir/build.js';
import type { Atom } from '../../src/ir/types.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const f64 = arrayOf(num, 'f64');
const xs = value(f64, 'xs');

/** `ys` of zeros to which every element of `xs` is added, as `value` has it. */
const added = (from: Atom, term: (b: Builder, x: Atom) => Atom, fill: Atom = zero) =>
  fnOf(
    [xs],
    (b) => {
      const count = b.length(xs, 'n');
      const ys = b.alloc(arrayOf(num), count, fill, 'ys');
      b.for({ from, to: count, compare: '<', step: 1 }, [], (inner, i) => {
        inner.store(ys, i, term(inner, inner.load(xs, i)), true);
        return [];
      });
      return ys;
    },
    arrayOf(num),
  );

describe('zero-fill', () => {
  it('stores where it would add to zero', () => {
    expect(
      after(
        zeroFill,
        added(zero, (b, x) => b.op('exp', [x])),
      ),
    ).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num[]
        n = length xs
        ys = alloc num[] n
        for i = 0; i < n; i += 1
          %1 = load xs[i]
          %2 = exp %1
          store ys[i] = %2
          yield
        yield ys
      "
    `);
  });

  it('keeps the sum with zero where the term may be −0', () => {
    expect(
      after(
        zeroFill,
        added(zero, (_, x) => x),
      ),
    ).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num[]
        n = length xs
        ys = alloc num[] n
        for i = 0; i < n; i += 1
          %1 = load xs[i]
          %2 = add 0 %1
          store ys[i] = %2
          yield
        yield ys
      "
    `);
  });

  it('lets the sign of zero go where a sum of derivatives starts', () => {
    const terms = added(zero, (b, x) => b.op('sin', [x]), emptyElement);
    const text = after(zeroFill, terms);
    expect(text).toContain('store ys[i] = ');
    expect(text).not.toContain('add 0');
  });

  it('keeps the fill if an element is left out', () => {
    expect(
      unchanged(
        zeroFill,
        added(one, (_, x) => x),
      ),
    ).toBe(true);
  });

  it('keeps the fill if the loop looks at another element', () => {
    const fn = fnOf([xs], (b) => {
      const count = b.length(xs, 'n');
      const ys = b.alloc(f64, count, zero, 'ys');
      const [s = zero] = b.for(
        { from: zero, to: count, compare: '<', step: 1 },
        [{ init: zero }],
        (inner, i, [t = zero]) => {
          inner.store(ys, i, one, true);
          return [inner.op('add', [t, inner.load(ys, inner.op('add', [i, one]))])];
        },
      );
      return s;
    });
    expect(unchanged(zeroFill, fn)).toBe(true);
  });

  it('changes no result of random programs', () => preserves([zeroFill]));
});
