import { describe, expect, it } from 'vitest';
import { arrayOf, constant, num, one, value, zero } from '../../src/ir/build.js';
import { common } from '../../src/optimise/common.js';
import { simplify } from '../../src/optimise/simplify.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const f64 = arrayOf(num, 'f64');
const [x, y, xs, ys] = [value(num, 'x'), value(num, 'y'), value(f64, 'xs'), value(f64, 'ys')];

describe('common', () => {
  it('does an operation once, whatever the order of its operands', () => {
    const fn = fnOf([x, y], (b) => b.op('sub', [b.op('mul', [x, y]), b.op('mul', [y, x])]));
    expect(after(common, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, y: num) -> num
        %1 = mul x y
        %2 = sub %1 %1
        yield %2
      "
    `);
  });

  it('keeps operations apart that lie in different arms, and uses those around', () => {
    const fn = fnOf([x, y], (b) => {
      const sine = b.op('sin', [x]);
      const c = b.op('lt', [x, y]);
      const [r = zero] = b.if(
        c,
        (t) => [t.op('add', [t.op('sin', [x]), t.op('cos', [x])])],
        (e) => [e.op('cos', [x])],
        [{ type: num }],
      );
      return b.op('add', [sine, r]);
    });
    expect(after(common, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, y: num) -> num
        %1 = sin x
        %2 = lt x y
        %3 = if %2
          %4 = cos x
          %5 = add %1 %4
          yield %5
        else
          %6 = cos x
          yield %6
        %7 = add %1 %3
        yield %7
      "
    `);
  });

  it('loads again only what may have been written', () => {
    const fn = fnOf([x, xs], (b) => {
      const own = b.alloc(f64, constant(3), zero, 'own');
      const first = b.load(xs, zero);
      const mine = b.load(own, zero);
      b.store(own, one, x);
      const again = b.op('add', [b.load(xs, zero), b.load(own, zero)]);
      b.store(own, zero, x);
      return b.op('add', [b.op('add', [first, mine]), b.op('add', [again, b.load(own, zero)])]);
    });
    expect(after(common, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, xs: f64[]) -> num
        own = alloc f64[] 3 fill 0
        %1 = load xs[0]
        %2 = load own[0]
        store own[1] = x
        %3 = add %1 %2
        store own[0] = x
        %4 = load own[0]
        %5 = add %3 %4
        %6 = add %3 %5
        yield %6
      "
    `);
  });

  it('does not reuse a load around a loop that writes there', () => {
    const fn = fnOf([x], (b) => {
      const own = b.alloc(f64, constant(3), zero, 'own');
      const before = b.load(own, zero);
      const [s = zero] = b.for(
        { from: zero, to: constant(3), compare: '<', step: 1 },
        [{ init: before }],
        (inner, i, [t = zero]) => {
          const next = inner.op('add', [t, inner.load(own, zero)]);
          inner.store(own, i, x);
          return [next];
        },
      );
      return b.op('add', [s, b.load(own, zero)]);
    });
    expect(unchanged(common, fn)).toBe(true);
  });

  it('takes parameters for possibly the same', () => {
    const fn = fnOf([x, xs, ys], (b) => {
      const before = b.load(xs, zero);
      b.store(ys, zero, x);
      return b.op('add', [before, b.load(xs, zero)]);
    });
    expect(unchanged(common, fn)).toBe(true);
  });

  it('knows that a view is shifted: element 0 of one is element 1 of the other', () => {
    const fn = fnOf([x], (b) => {
      const own = b.alloc(f64, constant(3), zero, 'own');
      const shifted = value(f64, 'shifted');
      b.push({ kind: 'view', target: shifted, object: own, from: one, to: constant(3), origin: undefined });
      const before = b.load(own, one);
      b.store(shifted, zero, x);
      return b.op('add', [before, b.load(own, one)]);
    });
    expect(unchanged(common, fn)).toBe(true);
  });

  it('changes no result of random programs', () => preserves([common]));
  it('changes no result of random programs, simplified in between', () => preserves([common, simplify]));
});
