import { describe, expect, it } from 'vitest';
import { arrayOf, type Builder, constant, num, one, value, zero } from '../../src/ir/build.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Atom, Cell, Fn, Op } from '../../src/ir/types.js';
import { counted } from '../../src/optimise/counted.js';
import { runPass } from '../../src/optimise/passes.js';
import { deadCode } from '../../src/optimise/dead-code.js';
import { ssa } from '../../src/optimise/ssa.js';
import { body, branch, fn, kinds, through, whileLoop } from './programs.js';

const list = arrayOf(num);

interface Counting {
  readonly from: (b: Builder, xs: Atom, n: Atom) => Atom;
  readonly test: (b: Builder, i: () => Atom, xs: Atom, n: Atom) => Atom;
  readonly step?: number;
  /** More in the body, before the counting. */
  readonly more?: (b: Builder, i: Atom, xs: Atom) => void;
  /** Yield the index after the loop, not the sum. */
  readonly last?: boolean;
}

/** `for (let i = from; test; i += step) s = s * 2 + i; return s`. */
function sum({ from, test, step = 1, more, last = false }: Counting): Fn {
  const [xs, n] = [value(list, 'xs'), value(num, 'n')];
  const [i, s]: Cell[] = [
    { name: 'i', type: num },
    { name: 's', type: num },
  ];
  return fn([xs, n], num, (b) => {
    b.cell(s!, zero);
    b.cell(i!, from(b, xs, n));
    whileLoop(
      b,
      (c) => test(c, () => c.read(i!), xs, n),
      (c) => {
        const now = c.read(i!);
        more?.(c, now, xs);
        c.write(s!, c.op('add', [c.op('mul', [c.read(s!), constant(2)]), c.read(i!)]));
        c.write(i!, c.op('add', [c.read(i!), constant(step)]));
      },
    );
    return b.read(last ? i! : s!);
  });
}

const compare =
  (op: Op, bound: (b: Builder, xs: Atom, n: Atom) => Atom): Counting['test'] =>
  (b, i, xs, n) =>
    b.op(op, [i(), bound(b, xs, n)]);
const lengthOf = (b: Builder, xs: Atom) => b.length(xs);
const start = () => zero;

const counting: Readonly<Record<string, Counting>> = {
  'i < xs.length': { from: start, test: compare('lt', lengthOf) },
  'i <= 5': { from: start, test: compare('le', () => constant(5)) },
  'i < n, any number': { from: start, test: compare('lt', (_b, _xs, n) => n) },
  'n > i': { from: start, test: (b, i, _xs, n) => b.op('gt', [n, i()]) },
  'i < xs.length - 1': { from: start, test: compare('lt', (b, xs) => b.op('sub', [b.length(xs), one])) },
  'i + 1 < xs.length': { from: start, test: (b, i, xs) => b.op('lt', [b.op('add', [i(), one]), b.length(xs)]) },
  'steps of two': { from: start, test: compare('lt', lengthOf), step: 2 },
  'down to 0': { from: (b, xs) => b.op('sub', [b.length(xs), one]), test: compare('ge', start), step: -1 },
  'down while above 0': { from: lengthOf, test: compare('gt', start), step: -1 },
  'i !== xs.length': { from: start, test: compare('ne', lengthOf) },
  'i !== 0, down': { from: lengthOf, test: compare('ne', start), step: -1 },
  'not i >= xs.length': { from: start, test: (b, i, xs) => b.op('not', [b.op('ge', [i(), b.length(xs)])]) },
  'the index afterwards': { from: start, test: compare('lt', lengthOf), last: true },
  'the index afterwards, from 1': { from: () => one, test: compare('lt', lengthOf), last: true },
  'the index afterwards, any bound': { from: start, test: compare('lt', (_b, _xs, n) => n), last: true },
};

describe('counted', () => {
  for (const [what, options] of Object.entries(counting)) {
    it(`sees the counting in ${what}`, () => {
      const before = sum(options);
      const after = through(before, ssa, counted, deadCode);
      expect(kinds(after)).not.toContain('loop');
      for (const args of [
        [[1, 2, 3], 2.5],
        [[], 0],
        [[4], -1],
        [[1, 2, 3, 4, 5, 6], 7],
        [[2], NaN],
      ]) {
        expect(evaluate(after, structuredClone(args))).toBe(evaluate(before, structuredClone(args)));
      }
    });
  }

  const notCounting: Readonly<Record<string, Counting>> = {
    'from any number': { from: (_b, _xs, n) => n, test: compare('lt', () => constant(9)) },
    'by half': { from: start, test: compare('lt', lengthOf), step: 0.5 },
    'away from the bound': { from: () => constant(9), test: compare('gt', () => constant(10)) },
    'past a bound that it might miss': { from: start, test: compare('ne', lengthOf), step: 2 },
    // With NaN for n, the error is what the original comes to.
    'until not less than what may be NaN, or throws': {
      from: start,
      test: (b, i, _xs, n) => b.op('not', [b.op('ge', [i(), n])]),
      more: (b, i) =>
        branch(b, b.op('gt', [i, constant(9)]), (t) =>
          t.push({ kind: 'throw', error: 'Error', message: [], origin: undefined }),
        ),
    },
    'while the list grows': {
      from: start,
      test: compare('lt', lengthOf),
      more: (b, i, xs) =>
        branch(b, b.op('lt', [i, constant(2)]), (t) =>
          t.push({ kind: 'push', object: xs, value: one, origin: undefined }),
        ),
    },
  };
  for (const [what, options] of Object.entries(notCounting)) {
    it(`leaves a loop that counts ${what}`, () => {
      const before = through(sum(options), ssa);
      expect(runPass(counted, before)).toBe(before);
    });
  }

  it('computes the bound in front of the loop, and keeps what it reads', () => {
    const after = through(
      sum({ from: start, test: compare('lt', (b, xs) => b.op('sub', [b.length(xs), one])) }),
      ssa,
      counted,
      deadCode,
    );
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = length xs
        %2 = sub %1 1
        s = for i = 0; i < %2; i += 1 carry s2 = 0
          %3 = mul s2 2
          s3 = add %3 i
          yield s3
        yield s"
    `);
  });

  it('says the index afterwards without a loop', () => {
    const after = through(sum({ from: start, test: compare('lt', lengthOf), last: true }), ssa, counted, deadCode);
    expect(kinds(after)).toEqual(['length']);
  });

  it('computes what the test computes once more after the loop', () => {
    const i: Cell = { name: 'i', type: num };
    const n = value(num, 'n');
    // while (i++ < 3) {}; return i
    const before = fn([n], num, (b) => {
      b.cell(i, zero);
      whileLoop(
        b,
        (c) => {
          const old = c.read(i);
          c.write(i, c.op('add', [old, one]));
          return c.op('lt', [old, constant(3)]);
        },
        () => {},
      );
      return b.read(i);
    });
    const after = through(before, ssa, counted, deadCode);
    expect(kinds(after)).not.toContain('loop');
    expect(evaluate(after, [0])).toBe(4);
  });

  it('counts by what the body uses', () => {
    const i: Cell = { name: 'i', type: num };
    const s: Cell = { name: 's', type: num };
    const xs = value(list, 'xs');
    // for (let i = xs.length; i-- > 0; ) s = s * 2 + xs[i]
    const before = fn([xs], num, (b) => {
      b.cell(s, zero);
      b.cell(i, b.length(xs));
      whileLoop(
        b,
        (c) => {
          const old = c.read(i);
          c.write(i, c.op('sub', [old, one]));
          return c.op('gt', [old, zero]);
        },
        (c) => c.write(s, c.op('add', [c.op('mul', [c.read(s), constant(2)]), c.load(xs, c.read(i))])),
      );
      return b.read(s);
    });
    const after = through(before, ssa, counted, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  i = length xs
        %1 = sub i 1
        s = for i2 = %1; i2 >= 0; i2 -= 1 carry s2 = 0
          %2 = mul s2 2
          %3 = load xs[i2]
          s3 = add %2 %3
          yield s3
        yield s"
    `);
    expect(evaluate(after, [[1, 2, 3]])).toBe(evaluate(before, [[1, 2, 3]]));
    const sum1 = through(
      sum({ from: start, test: (b, j, ys) => b.op('lt', [b.op('add', [j(), one]), b.length(ys)]) }),
      ssa,
      counted,
      deadCode,
    );
    expect(body(sum1)).toMatchInlineSnapshot(`
      "  %1 = length xs
        %2 = sub %1 1
        s = for i = 0; i < %2; i += 1 carry s2 = 0
          %3 = mul s2 2
          s3 = add %3 i
          yield s3
        yield s"
    `);
  });

  it('knows a guarded parameter to be whole', () => {
    const n = value(num, 'n');
    const i: Cell = { name: 'i', type: num };
    const s: Cell = { name: 's', type: num };
    const before = fn([n], num, (b) => {
      const whole = b.op('and', [b.op('isInteger', [n]), b.op('ge', [n, zero])]);
      branch(b, b.op('not', [whole]), (t) =>
        t.push({ kind: 'throw', error: 'RangeError', message: [constant('n')], origin: undefined }),
      );
      b.cell(s, zero);
      b.cell(i, b.op('sub', [n, one]));
      whileLoop(
        b,
        (c) => c.op('ge', [c.read(i), zero]),
        (c) => {
          c.write(s, c.op('add', [c.read(s), c.read(i)]));
          c.write(i, c.op('sub', [c.read(i), one]));
        },
      );
      return b.read(s);
    });
    const after = through(before, ssa, counted, deadCode);
    expect(kinds(after)).toContain('for');
    expect(evaluate(after, [4])).toBe(6);
  });
});
