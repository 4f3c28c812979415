import { describe, expect, it } from 'vitest';
import { arrayOf, num, one, value, zero } from '../../src/ir/build.js';
import { deadCode } from '../../src/optimise/dead-code.js';
import { elementSums } from '../../src/optimise/element-sums.js';
import { forwardStores } from '../../src/optimise/forward-stores.js';
import { overwrittenStores } from '../../src/optimise/overwritten-stores.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';
import { runPass } from '../../src/optimise/passes.js';

const f64 = arrayOf(num, 'f64');
const [x, xs] = [value(num, 'x'), value(f64, 'xs')];

/** A reverse sweep through a branch: both arms take what yBar[i] has come to and clear it. */
const sweep = fnOf(
  [x, xs],
  (b) => {
    const count = b.length(xs, 'n');
    const bar = b.alloc(f64, count, zero, 'yBar');
    b.for({ from: b.op('sub', [count, one]), to: one, compare: '>=', step: -1 }, [], (inner, i) => {
      inner.store(bar, i, inner.load(xs, i), true);
      const [g = zero] = inner.if(
        inner.op('lt', [x, zero]),
        (then) => {
          const taken = then.load(bar, i);
          then.store(bar, i, zero);
          return [then.op('mul', [taken, x])];
        },
        (otherwise) => {
          const taken = otherwise.load(bar, i);
          otherwise.store(bar, i, zero);
          return [taken];
        },
        [{ type: num }],
      );
      inner.store(bar, inner.op('sub', [i, one]), g, true);
      inner.store(bar, i, g, true);
      return [];
    });
    return bar;
  },
  f64,
);

describe('overwritten-stores', () => {
  it('drops a store that both arms replace', () => {
    const fn = [elementSums, forwardStores].reduce((done, pass) => runPass(pass, done), sweep);
    expect(after(overwrittenStores, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, xs: f64[]) -> f64[]
        n = length xs
        yBar = alloc f64[] n fill 0
        %1 = sub n 1
        for i = %1; i >= 1; i -= 1
          %2 = load xs[i]
          %3 = load yBar[i]
          %4 = add %3 %2
          %5 = lt x 0
          %6 = if %5
            %7 = mul %4 x
            yield %7
          else
            yield %4
          %8 = sub i 1
          store yBar[%8] += %6
          %9 = add 0 %6
          store yBar[i] = %9
          yield
        yield yBar
      "
    `);
  });

  it('keeps a store that may be read in between, also by another name', () => {
    const fn = fnOf([x, xs], (b) => {
      const own = b.slice(xs, zero, b.length(xs));
      const [shared = own] = b.if(
        b.op('lt', [x, zero]),
        () => [own],
        () => [xs],
        [{ type: f64 }],
      );
      b.store(own, zero, x);
      const read = b.load(shared, zero);
      b.store(own, zero, read);
      return b.load(own, zero);
    });
    expect(unchanged(overwrittenStores, fn)).toBe(true);
  });

  it('changes no result of random programs', () => preserves([overwrittenStores]));
  it('changes no result of random programs along with others', () =>
    preserves([elementSums, forwardStores, overwrittenStores, deadCode]));
});

describe('element-sums', () => {
  it('changes no result of random programs', () => preserves([elementSums]));
});
