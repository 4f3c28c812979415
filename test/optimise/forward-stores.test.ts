import { describe, expect, it } from 'vitest';
import { arrayOf, constant, field, num, one, value, zero } from '../../src/ir/build.js';
import type { RecordType } from '../../src/ir/types.js';
import { common } from '../../src/optimise/common.js';
import { forwardStores } from '../../src/optimise/forward-stores.js';
import { simplify } from '../../src/optimise/simplify.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const [f64, f32] = [arrayOf(num, 'f64'), arrayOf(num, 'f32')];
const [x, n, xs] = [value(num, 'x'), value(num, 'n'), value(f64, 'xs')];

describe('forward-stores', () => {
  it('knows what was stored at an index inside of the array, and the length', () => {
    const fn = fnOf([x, xs], (b) => {
      const ys = b.slice(xs, zero, b.length(xs), 'ys');
      const [s = zero] = b.for(
        { from: one, to: b.length(ys), compare: '<', step: 1 },
        [{ init: zero }],
        (inner, i, [t = zero]) => {
          const before = inner.op('sub', [i, one]);
          inner.store(ys, i, inner.op('mul', [x, inner.load(ys, before)]));
          return [inner.op('add', [t, inner.op('mul', [inner.load(ys, i), inner.load(ys, before)])])];
        },
      );
      return s;
    });
    expect(after(forwardStores, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, xs: f64[]) -> num
        %1 = length xs
        ys = slice xs[0 .. %1]
        %2 = for i = 1; i < %1; i += 1 carry %3 = 0
          %4 = sub i 1
          %5 = load ys[%4]
          %6 = mul x %5
          store ys[i] = %6
          %7 = load ys[%4]
          %8 = mul %6 %7
          %9 = add %3 %8
          yield %9
        yield %2
      "
    `);
  });

  it('leaves what may lie outside of a typed array, or be rounded', () => {
    expect(
      unchanged(
        forwardStores,
        fnOf([x, xs], (b) => (b.store(xs, zero, x), b.load(xs, zero))),
      ),
    ).toBe(true);
    const rounded = fnOf([x], (b) => {
      const ys = b.alloc(f32, constant(2), zero);
      b.store(ys, one, x);
      return b.load(ys, one);
    });
    expect(unchanged(forwardStores, rounded)).toBe(true);
  });

  it('takes a fractional number for the length of neither', () => {
    const fn = (storage: 'list' | 'f64') =>
      fnOf([n], (b) => {
        const ys = b.alloc(arrayOf(num, storage), n, zero, 'ys');
        const [s = zero] = b.for(
          { from: zero, to: b.length(ys), compare: '<', step: 1 },
          [{ init: zero }],
          (inner, i, [t = zero]) => [inner.op('add', [t, inner.load(ys, i)])],
        );
        return s;
      });
    // new Array(2.5) throws, so what comes after it has a whole n; new Float64Array(2.5) has two elements.
    expect(after(forwardStores, fn('list'))).toContain('i < n;');
    expect(unchanged(forwardStores, fn('f64'))).toBe(true);
  });

  it('takes records apart', () => {
    const type: RecordType = {
      kind: 'record',
      fields: [
        { name: 'p', type: num },
        { name: 'q', type: num },
      ],
    };
    const fn = fnOf([x, n], (b) => {
      const r = b.make(type, [x, n]);
      b.store(r, field('p'), n);
      return b.op('sub', [b.load(r, field('p')), b.load(r, field('q'))]);
    });
    expect(after(forwardStores, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, n: num) -> num
        %1 = make { p: x, q: n }
        store %1.p = n
        %2 = sub n n
        yield %2
      "
    `);
  });

  it('changes no result of random programs', () => preserves([forwardStores]));
  it('changes no result of random programs along with others', () => preserves([common, forwardStores, simplify]));
});
