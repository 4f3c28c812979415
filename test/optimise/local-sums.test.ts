import { expect, it } from 'vitest';
import { arrayOf, num, value, zero } from '../../src/ir/build.js';
import type { Storage } from '../../src/ir/types.js';
import { localSums } from '../../src/optimise/local-sums.js';
import { after, fnOf, unchanged } from './printed.js';

const [n, k] = [value(num, 'n'), value(num, 'k')];

/** Adds the elements of xs to ys[k], and, if asked, reads another element of ys. */
const sums = (storage: Storage, looks = false) => {
  const [xs, ys] = [value(arrayOf(num, storage), 'xs'), value(arrayOf(num, storage), 'ys')];
  return fnOf([xs, ys, n, k], (b) => {
    const own = b.alloc(arrayOf(num, storage), n, zero, 'own');
    const [s = zero] = b.for({ from: zero, to: n, compare: '<', step: 1 }, [{ init: zero }], (inner, i, [t = zero]) => {
      inner.store(own, k, inner.load(xs, i), true);
      return [looks ? inner.op('add', [t, inner.load(own, i)]) : t];
    });
    return b.op('add', [s, b.load(own, k)]);
  });
};

it('adds up in a local what a loop adds to one place', () => {
  expect(after(localSums, sums('f64'))).toMatchInlineSnapshot(`
    "fn f(xs: f64[], ys: f64[], n: num, k: num) -> num
      own = alloc f64[] n fill 0
      %1, ownK = for i = 0; i < n; i += 1 carry %2 = 0, ownK2 = -0
        %3 = load xs[i]
        ownK3 = add ownK2 %3
        yield %2, ownK3
      store own[k] += ownK
      %4 = load own[k]
      %5 = add %1 %4
      yield %5
    "
  `);
});

it('makes no element behind the end of a list', () => {
  expect(after(localSums, sums('list'))).toContain('if %');
});

it('leaves a place that the loop may look at', () => {
  expect(unchanged(localSums, sums('f64', true))).toBe(true);
});
