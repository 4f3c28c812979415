import { describe, expect, it } from 'vitest';
import { arrayOf, constant, type Builder, num, value, zero } from '../../src/ir/build.js';
import type { Atom } from '../../src/ir/types.js';
import { reuseArrays } from '../../src/optimise/reuse-arrays.js';
import { after, fnOf, unchanged } from './printed.js';

const f64 = arrayOf(num, 'f64');
const [n, xs] = [value(num, 'n'), value(f64, 'xs')];
const upTo = (to: Atom) => ({ from: zero, to, compare: '<' as const, step: 1 });

/** A loop over xs, with a new array of its length in every iteration. */
const loop = (fill: Atom | undefined, body: (b: Builder, array: Atom, i: Atom, total: Atom) => Atom) =>
  fnOf([xs], (b) => {
    const m = b.length(xs);
    const [s = zero] = b.for(upTo(m), [{ init: zero }], (inner, i, [t = zero]) => [
      body(inner, inner.alloc(f64, m, fill, 'row'), i, t),
    ]);
    return s;
  });

const store = (b: Builder, array: Atom, x: Atom) => {
  b.each(b.length(array), (inner, j) => inner.store(array, j, x));
};

describe('reuse-arrays', () => {
  it('makes an array once for all iterations', () => {
    const fn = loop(undefined, (b, row, i, t) => {
      store(b, row, i);
      return b.op('add', [t, b.load(row, zero)]);
    });
    expect(after(reuseArrays, fn)).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num
        %1 = length xs
        row = alloc f64[] %1
        %2 = for i = 0; i < %1; i += 1 carry %3 = 0
          %4 = length row
          for i2 = 0; i2 < %4; i2 += 1
            store row[i2] = i
            yield
          %5 = load row[0]
          %6 = add %3 %5
          yield %6
        yield %2
      "
    `);
  });

  it('fills in every iteration what came filled', () => {
    const fn = loop(zero, (b, row, i, t) => {
      b.store(row, i, constant(1), true);
      return b.op('add', [t, b.load(row, zero)]);
    });
    expect(after(reuseArrays, fn)).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num
        %1 = length xs
        row = alloc f64[] %1
        %2 = for i = 0; i < %1; i += 1 carry %3 = 0
          for i2 = 0; i2 < %1; i2 += 1
            store row[i2] = 0
            yield
          store row[i] += 1
          %4 = load row[0]
          %5 = add %3 %4
          yield %5
        yield %2
      "
    `);
  });

  it('leaves an array that outlives the iteration', () => {
    const kept = fnOf([xs], (b) => {
      const m = b.length(xs);
      const rows = b.alloc(arrayOf(f64), m, undefined, 'rows');
      b.each(m, (inner, i) => {
        const row = inner.alloc(f64, m, zero, 'row');
        inner.store(rows, i, row);
      });
      return b.load(b.load(rows, zero), zero);
    });
    expect(unchanged(reuseArrays, kept)).toBe(true);
  });

  it('leaves an array whose size is not known to be one: the loop may not run', () => {
    const fn = fnOf([n, xs], (b) => {
      const [s = zero] = b.for(upTo(b.length(xs)), [{ init: zero }], (inner, i, [t = zero]) => {
        const row = inner.alloc(f64, n, undefined, 'row');
        store(inner, row, i);
        return [inner.op('add', [t, inner.load(row, zero)])];
      });
      return s;
    });
    expect(unchanged(reuseArrays, fn)).toBe(true);
  });
});
