import { describe, expect, it } from 'vitest';
import { arrayOf, bool, Builder, constant, no, num, one, str, value, yes, zero } from '../../src/ir/build.js';
import type { Atom, Op } from '../../src/ir/types.js';
import { simplify } from '../../src/optimise/simplify.js';
import { after, fnOf, unchanged } from './printed.js';
import { preserves } from './random-ir.js';

const [x, y, xs] = [value(num, 'x'), value(num, 'y'), value(arrayOf(num), 'xs')];

/** What `op(args)` becomes: the body of the function without its dead statements' names. */
const simplified = (fill: (b: Builder) => Atom): string =>
  after(simplify, fnOf([x, y, xs], fill))
    .split('\n')
    .slice(1, -1)
    .join('\n');

describe('simplify', () => {
  it.each<[string, (b: Builder) => Atom]>([
    ['x * 1', (b) => b.op('mul', [x, one])],
    ['1 * x', (b) => b.op('mul', [one, x])],
    ['x / 1', (b) => b.op('div', [x, one])],
    ['x - 0', (b) => b.op('sub', [x, zero])],
    ['-(-x)', (b) => b.op('neg', [b.op('neg', [x])])],
    ['select(c, x, x)', (b) => b.op('select', [b.op('lt', [x, y]), x, x])],
    ['x ** 1', (b) => b.op('pow', [x, one])],
  ])('%s is x', (_, fill) => expect(simplified(fill)).toMatch(/ {2}yield x$/));

  it.each<[string, Op, readonly Atom[]]>([
    ['x + 0, for x = −0', 'add', [x, zero]],
    ['0 + x', 'add', [zero, x]],
    ['0 - x, for x = 0', 'sub', [zero, x]],
    ['x - x, for NaN', 'sub', [x, x]],
    ['x * 0, for NaN', 'mul', [x, zero]],
    ['x / x', 'div', [x, x]],
    ['x === x, for NaN', 'eq', [x, x]],
    ['x <= x, for NaN', 'le', [x, x]],
    ['Math.sin(1), which engines differ on', 'sin', [one]],
    ['2 ** 0.5', 'pow', [constant(2), constant(0.5)]],
  ])('leaves %s', (_, op, args) =>
    expect(
      unchanged(
        simplify,
        fnOf([x, y], (b) => b.op(op, args), op === 'eq' || op === 'le' ? bool : num),
      ),
    ).toBe(true),
  );

  it('leaves what is not a complement for NaN', () => {
    expect(
      unchanged(
        simplify,
        fnOf([x, y], (b) => b.op('not', [b.op('lt', [x, y])]), bool),
      ),
    ).toBe(true);
    expect(
      unchanged(
        simplify,
        fnOf([x, y], (b) => b.op('neg', [b.op('sub', [x, y])])),
      ),
    ).toBe(true);
  });

  it('leaves x * 1 where x may be read outside the array and undefined be told from NaN', () => {
    expect(simplified((b) => b.op('mul', [b.load(xs, constant(2)), one]))).toContain('mul');
    expect(simplified((b) => b.op('sin', [b.op('mul', [b.load(xs, constant(2)), one])]))).not.toContain('mul');
  });

  it('folds what the language defines exactly', () => {
    expect(simplified((b) => b.op('add', [constant(0.1), constant(0.2)]))).toBe('  yield 0.30000000000000004');
    expect(simplified((b) => b.op('neg', [zero]))).toBe('  yield -0');
    expect(simplified((b) => b.op('max', [b.op('floor', [constant(2.5)]), one]))).toBe('  yield 2');
  });

  it('lets sums take up signs', () => {
    expect(simplified((b) => b.op('add', [x, b.op('neg', [b.op('mul', [y, x])])]))).toMatchInlineSnapshot(`
      "  %1 = mul y x
        %2 = neg %1
        %3 = sub x %1
        yield %3"
    `);
    expect(simplified((b) => b.op('add', [x, b.op('mul', [b.op('neg', [y]), x])]))).toMatchInlineSnapshot(`
      "  %1 = neg y
        %2 = mul y x
        %3 = neg %2
        %4 = sub x %2
        yield %4"
    `);
    expect(simplified((b) => b.op('neg', [b.op('mul', [constant(0.1), x])]))).toMatchInlineSnapshot(`
      "  %1 = mul 0.1 x
        %2 = mul -0.1 x
        yield %2"
    `);
    expect(simplified((b) => b.op('sub', [x, b.op('mul', [constant(-2), y])]))).toMatchInlineSnapshot(`
      "  %1 = mul -2 y
        %2 = mul 2 y
        %3 = add x %2
        yield %3"
    `);
  });

  it('reckons with indices, not with numbers', () => {
    const counted = (start: Atom) => (b: Builder) => {
      const [sum = zero] = b.for(
        { from: start, to: b.length(xs), compare: '<', step: 1 },
        [{ init: zero }],
        (inner, i, [s = zero]) => {
          const next = inner.op('add', [i, one]);
          return [inner.op('add', [s, inner.load(xs, inner.op('sub', [next, one]))])];
        },
      );
      return sum;
    };
    expect(simplified(counted(zero))).toContain('load xs[i]');
    expect(simplified((b) => b.op('sub', [b.op('add', [x, one]), one]))).toContain('sub');
  });

  it('decides ifs and takes results that are the same on both arms', () => {
    const chosen = (cond: Atom) => (b: Builder) =>
      b.if(
        cond,
        (t) => [t.op('sin', [x]), y],
        () => [x, y],
        [{ type: num }, { type: num }],
      );
    expect(simplified((b) => chosen(yes)(b)[0] ?? zero)).toMatchInlineSnapshot(`
      "  %1 = sin x
        yield %1"
    `);
    expect(simplified((b) => b.op('add', [...chosen(b.op('lt', [x, y]))(b)]))).toMatchInlineSnapshot(`
      "  %1 = lt x y
        %2 = if %1
          %3 = sin x
          yield %3
        else
          yield x
        %4 = add %2 y
        yield %4"
    `);
  });

  it('knows the condition inside of the arms', () => {
    const fn = fnOf([x, y], (b) => {
      const c = b.op('lt', [x, y]);
      const both = b.op('and', [c, b.op('lt', [zero, x])]);
      const [r = zero] = b.if(
        both,
        (t) =>
          t.if(
            c,
            () => [x],
            () => [y],
            [{ type: num }],
          ),
        () => [zero],
        [{ type: num }],
      );
      return r;
    });
    expect(after(simplify, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, y: num) -> num
        %1 = lt x y
        %2 = lt 0 x
        %3 = and %1 %2
        %4 = if %3
          yield x
        else
          yield 0
        yield %4
      "
    `);
  });

  it('concludes nothing from equal numbers, whose derivatives may differ', () => {
    const fn = fnOf([x, y], (b) => {
      const [r = zero] = b.if(
        b.op('eq', [x, one]),
        (t) => [t.op('mul', [x, y])],
        () => [y],
        [{ type: num }],
      );
      return r;
    });
    expect(unchanged(simplify, fn)).toBe(true);
  });

  it('drops carried values that never change, twins, and loops that do not run', () => {
    const fn = fnOf([x, y], (b) => {
      const [p = zero, q = zero, r = zero] = b.for(
        { from: zero, to: constant(9), compare: '<', step: 1 },
        [
          { init: x, name: 'p' },
          { init: y, name: 'q' },
          { init: y, name: 'r' },
        ],
        (inner, _, [p0 = zero, q0 = zero]) => {
          const next = inner.op('mul', [q0, p0]);
          return [p0, next, next];
        },
      );
      const [s = zero] = b.for({ from: one, to: zero, compare: '<', step: 1 }, [{ init: q }], (inner, i) => [
        inner.op('sin', [i]),
      ]);
      return b.op('add', [b.op('add', [p, r]), s]);
    });
    expect(after(simplify, fn)).toMatchInlineSnapshot(`
      "fn f(x: num, y: num) -> num
        q = for i = 0; i < 9; i += 1 carry q2 = y
          %1 = mul q2 x
          yield %1
        %2 = add x q
        %3 = add %2 q
        yield %3
      "
    `);
  });

  it('unfolds a loop that never runs again', () => {
    const fn = fnOf([x], (b) => {
      const [param, result, inner] = [value(num, 'p'), value(num, 'r'), new Builder()];
      const next = inner.op('sin', [param]);
      b.push({
        kind: 'loop',
        carried: [{ param, init: x }],
        body: { stmts: inner.stmts, yields: [no, next] },
        results: [result],
        origin: undefined,
      });
      return result;
    });
    expect(after(simplify, fn)).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        %1 = sin x
        yield %1
      "
    `);
  });

  it('returns the same function when there is nothing to do', () => {
    const tag = value(str, 'tag');
    expect(
      unchanged(
        simplify,
        fnOf([x, y, tag], (b) => b.op('add', [b.op('mul', [x, y]), y])),
      ),
    ).toBe(true);
  });

  it('changes no result of random programs', () => preserves([simplify]));
});
