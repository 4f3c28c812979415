import { describe, expect, it } from 'vitest';
import { arrayOf, num, one, value, zero } from '../../src/ir/build.js';
import { deadStores } from '../../src/optimise/dead-stores.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const f64 = arrayOf(num, 'f64');
const xs = value(f64, 'xs');

/** A reverse sweep: reads and clears yBar[i], then adds to its neighbour and, if asked to, reads that. */
const sweep = (offset: 'add' | 'sub', readNeighbour = false, readAfter = false) =>
  fnOf([xs], (b) => {
    const count = b.length(xs, 'n');
    const bar = b.alloc(f64, count, zero, 'yBar');
    const last = b.op('sub', [count, one]);
    b.store(bar, last, one, true);
    const [s = zero] = b.for(
      { from: last, to: one, compare: '>=', step: -1 },
      [{ init: zero }],
      (inner, i, [t = zero]) => {
        const g = inner.load(bar, i, 'g');
        inner.store(bar, i, zero);
        const neighbour = inner.op(offset, [i, one]);
        inner.store(bar, neighbour, g, true);
        return [inner.op('add', [t, readNeighbour ? inner.load(bar, neighbour) : g])];
      },
    );
    return readAfter ? b.op('add', [s, b.load(bar, one)]) : s;
  });

describe('dead-stores', () => {
  it('drops the clearing of an element that is not looked at again', () => {
    expect(after(deadStores, sweep('sub'))).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num
        n = length xs
        yBar = alloc f64[] n fill 0
        %1 = sub n 1
        store yBar[%1] += 1
        %2 = for i = %1; i >= 1; i -= 1 carry %3 = 0
          g = load yBar[i]
          %4 = sub i 1
          store yBar[%4] += g
          %5 = add %3 g
          yield %5
        yield %2
      "
    `);
  });

  it('keeps it if a later iteration or what follows looks at the element', () => {
    expect(unchanged(deadStores, sweep('add', true))).toBe(true);
    expect(unchanged(deadStores, sweep('sub', false, true))).toBe(true);
  });

  it('drops stores and sums that nobody reads', () => {
    const fn = fnOf([xs], (b) => {
      const own = b.alloc(f64, b.length(xs), zero, 'own');
      const first = b.load(own, zero);
      b.each(b.length(xs), (inner, i) => inner.store(own, i, inner.load(xs, i), true));
      b.store(own, one, first);
      return first;
    });
    expect(after(deadStores, fn)).not.toContain('store');
  });

  it('changes no result of random programs', () => preserves([deadStores]));
});
