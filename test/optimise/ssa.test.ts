import { describe, expect, it } from 'vitest';
import { arrayOf, constant, num, one, value, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { printFn } from '../../src/ir/print.js';
import type { Cell } from '../../src/ir/types.js';
import { ssa } from '../../src/optimise/ssa.js';
import { fn, whileLoop } from './programs.js';
import { runPass } from '../../src/optimise/passes.js';

describe('ssa', () => {
  it('carries only cells that change, and merges only cells that differ', () => {
    const xs = value(arrayOf(num), 'xs');
    const s: Cell = { name: 's', type: num };
    const i: Cell = { name: 'i', type: num };
    const k: Cell = { name: 'k', type: num };
    const before = fn([xs], num, (b) => {
      b.cell(s, zero);
      b.cell(i, zero);
      b.cell(k, constant(2));
      whileLoop(
        b,
        (c) => c.op('lt', [c.read(i), c.length(xs)]),
        (c) => {
          const x = c.load(xs, c.read(i));
          c.write(s, c.op('add', [c.read(s), c.op('mul', [x, c.read(k)])]));
          c.write(k, c.read(k));
          c.write(i, c.op('add', [c.read(i), one]));
        },
      );
      return b.read(s);
    });
    check(before, { cells: true });
    const after = runPass(ssa, before);
    check(after);
    expect(printFn(after)).toMatchInlineSnapshot(`
      "fn f(xs: num[]) -> num
        s, i = loop carry s2 = 0, i2 = 0
          %1 = length xs
          %2 = lt i2 %1
          s3, i3, again = if %2
            %3 = load xs[i2]
            %4 = mul %3 2
            s4 = add s2 %4
            i4 = add i2 1
            yield s4, i4, true
          else
            yield s2, i2, false
          yield again, s3, i3
        yield s
      "
    `);
    expect(evaluate(after, [[1, 2, 3]])).toBe(12);
    expect(runPass(ssa, after)).toBe(after);
  });

  it('puts what follows a throwing arm after the guard', () => {
    const x = value(num, 'x');
    const y: Cell = { name: 'y', type: num };
    const before = fn([x], num, (b) => {
      b.cell(y);
      b.if(
        b.op('lt', [x, zero]),
        (t) => {
          t.push({ kind: 'throw', error: 'RangeError', message: [constant('negative')], origin: undefined });
          return [];
        },
        (e) => {
          e.write(y, e.op('sqrt', [x]));
          return [];
        },
      );
      return b.read(y);
    });
    const after = runPass(ssa, before);
    check(after);
    expect(printFn(after)).toMatchInlineSnapshot(`
      "fn f(x: num) -> num
        %1 = lt x 0
        if %1
          throw RangeError "negative"
          yield
        else
          yield
        y = sqrt x
        yield y
      "
    `);
    expect(evaluate(after, [4])).toBe(2);
    expect(() => evaluate(after, [-1])).toThrow('negative');
  });
});
