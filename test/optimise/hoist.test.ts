import { describe, expect, it } from 'vitest';
import { arrayOf, bool, Builder, constant, no, num, value, yes, zero } from '../../src/ir/build.js';
import type { Atom } from '../../src/ir/types.js';
import { common } from '../../src/optimise/common.js';
import { forwardStores } from '../../src/optimise/forward-stores.js';
import { hoist } from '../../src/optimise/hoist.js';
import { simplify } from '../../src/optimise/simplify.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const f64 = arrayOf(num, 'f64');
const [x, n, xs, rows] = [value(num, 'x'), value(num, 'n'), value(f64, 'xs'), value(arrayOf(f64), 'rows')];
const upTo = (to: Atom) => ({ from: zero, to, compare: '<' as const, step: 1 });

describe('hoist', () => {
  it('moves invariant operations out of all loops they are in, but not out of an arm', () => {
    const fn = fnOf([x, n], (b) => {
      const [s = zero] = b.for(upTo(n), [{ init: zero }], (outer, i, [t = zero]) => {
        const [u = zero] = outer.for(upTo(n), [{ init: t }], (inner, j, [v = zero]) => {
          const a = inner.op('mul', [inner.op('sin', [x]), inner.op('cos', [i])]);
          const [r = zero] = inner.if(
            inner.op('lt', [j, x]),
            (then) => [then.op('exp', [x])],
            () => [a],
            [{ type: num }],
          );
          return [inner.op('add', [v, r])];
        });
        return [u];
      });
      return s;
    });
    expect(after(hoist, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, n: num) -> num
        %1 = sin x
        %2 = for i = 0; i < n; i += 1 carry %3 = 0
          %4 = cos i
          %5 = mul %1 %4
          %6 = for i2 = 0; i2 < n; i2 += 1 carry %7 = %3
            %8 = lt i2 x
            %9 = if %8
              %10 = exp x
              yield %10
            else
              yield %5
            %11 = add %7 %9
            yield %11
          yield %6
        yield %2
      "
    `);
  });

  it('reads no index in front of a loop that may not run', () => {
    const fn = fnOf([x, n, xs], (b) => {
      const [s = zero] = b.for(upTo(n), [{ init: zero }], (inner, _, [t = zero]) => [
        inner.op('add', [t, inner.load(xs, x)]),
      ]);
      return s;
    });
    expect(unchanged(hoist, fn)).toBe(true);
  });

  it('reads a number at a counted index, of which nobody looks at what is not there', () => {
    const fn = fnOf([n, xs], (b) => {
      const [s = zero] = b.for(upTo(n), [{ init: zero }], (outer, i, [t = zero]) => {
        const bounds = { from: i, to: n, compare: '<' as const, step: 1 };
        return outer.for(bounds, [{ init: t }], (inner, _, [u = zero]) => [inner.op('add', [u, inner.load(xs, i)])]);
      });
      return s;
    });
    expect(unchanged(hoist, fn)).toBe(false);
  });

  it('moves a loop as a whole if it runs only where the loop around it does: a normaliser', () => {
    const fn = fnOf([xs], (b) => {
      const count = b.length(xs, 'n');
      const bounds = { from: zero, to: count, compare: '<' as const, step: 1 };
      const [s = zero] = b.for(bounds, [{ init: zero }], (outer, i, [t = zero]) => {
        const [total = zero] = outer.for(bounds, [{ init: zero, name: 'total' }], (inner, j, [u = zero]) => [
          inner.op('add', [u, inner.op('exp', [inner.load(xs, j)])]),
        ]);
        return [outer.op('add', [t, outer.op('div', [outer.load(xs, i), total])])];
      });
      return s;
    });
    expect(after(hoist, fn)).toMatchInlineSnapshot(`
      "fn f(xs: f64[]) -> num
        n = length xs
        total = for i = 0; i < n; i += 1 carry total2 = 0
          %1 = load xs[i]
          %2 = exp %1
          %3 = add total2 %2
          yield %3
        %4 = for i2 = 0; i2 < n; i2 += 1 carry %5 = 0
          %6 = load xs[i2]
          %7 = div %6 total
          %8 = add %5 %7
          yield %8
        yield %4
      "
    `);
  });

  it('asks nothing of a row that may not be there', () => {
    const fn = fnOf([n, rows], (b) => {
      const row = b.load(rows, zero);
      const [s = zero] = b.for(upTo(n), [{ init: zero }], (inner, _, [t = zero]) => [
        inner.op('add', [t, inner.length(row)]),
      ]);
      return s;
    });
    expect(unchanged(hoist, fn)).toBe(true);
    const element = fnOf([n, rows], (b) => {
      const row = b.load(rows, zero);
      const [s = zero] = b.for(upTo(constant(3)), [{ init: zero }], (inner, _, [t = zero]) => [
        inner.op('add', [t, inner.load(row, zero)]),
      ]);
      return s;
    });
    expect(unchanged(hoist, element)).toBe(true);
  });

  it('takes the arm that runs again for the body of a while', () => {
    const fn = fnOf([x], (b) => {
      const [t, result, body] = [value(num, 't'), value(num), new Builder()];
      const [again = no, next = t] = body.if(
        body.op('lt', [t, x]),
        (then) => [yes, then.op('add', [t, then.op('exp', [x])])],
        () => [no, t],
        [{ type: bool }, { type: num }],
      );
      b.push({
        kind: 'loop',
        carried: [{ param: t, init: zero }],
        body: { stmts: body.stmts, yields: [again, next] },
        results: [result],
        origin: undefined,
      });
      return result;
    });
    expect(after(hoist, fn)).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        %1 = exp x
        %2 = loop carry t = 0
          %3 = lt t x
          %4, %5 = if %3
            %6 = add t %1
            yield true, %6
          else
            yield false, t
          yield %4, %5
        yield %2
      "
    `);
  });

  it('changes no result of random programs', () => preserves([hoist]));
  it('changes no result of random programs along with others', () =>
    preserves([hoist, common, forwardStores, simplify]));
});
