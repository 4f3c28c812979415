import { describe, expect, it } from 'vitest';
import { absent, arrayOf, bool, constant, field, no, num, one, value, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Cell, Fn, RecordType } from '../../src/ir/types.js';
import { deadCode } from '../../src/optimise/dead-code.js';
import { join } from '../../src/optimise/join.js';
import { optionals } from '../../src/optimise/optionals.js';
import { optimise, runPass } from '../../src/optimise/passes.js';
import { ssa } from '../../src/optimise/ssa.js';
import { unassigned } from '../../src/optimise/unassigned.js';
import { body, branch, fn, kinds, through, whileLoop } from './programs.js';

const list = arrayOf(num);
const point: RecordType = {
  kind: 'record',
  fields: [
    { name: 'x', type: num },
    { name: 'y', type: num },
  ],
};
const [x, xs] = [value(num, 'x'), value(list, 'xs')];

function expectSame(before: Fn, after: Fn, ...inputs: readonly (readonly unknown[])[]): void {
  for (const args of inputs)
    expect(evaluate(after, structuredClone(args))).toEqual(evaluate(before, structuredClone(args)));
}

describe('optionals', () => {
  it('part what a loop may find into whether and what', () => {
    const best: Cell = { name: 'best', type: { kind: 'optional', of: num } };
    const out: Cell = { name: 'out', type: num };
    const before = fn([xs], num, (b) => {
      b.cell(best, absent);
      b.each(b.length(xs), (inner, i) => {
        const v = inner.load(xs, i);
        branch(inner, inner.op('gt', [v, one]), (t) => t.write(best, v));
      });
      b.cell(out, zero);
      branch(b, b.op('defined', [b.read(best)]), (t) => t.write(out, t.op('unwrap', [t.read(best)])));
      return b.read(out);
    });
    const after = through(before, ssa, optionals, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = length xs
        best, hasBest = for i = 0; i < %1; i += 1 carry best2 = NaN, hasBest2 = false
          best3 = load xs[i]
          %2 = gt best3 1
          best4, hasBest3 = if %2
            yield best3, true
          else
            yield best2, hasBest2
          yield best4, hasBest3
        out = if hasBest
          yield best
        else
          yield 0
        yield out"
    `);
    expectSame(before, after, [[0, 3, 2, 1]], [[0]], [[]]);
  });

  it('forget to ask where nobody does', () => {
    const result: Cell = { name: 'result', type: { kind: 'optional', of: num } };
    const before = fn([x], num, (b) => {
      b.cell(result, absent);
      branch(b, b.op('gt', [x, zero]), (t) => t.write(result, t.op('sqrt', [x])));
      return b.op('unwrap', [b.read(result)]);
    });
    const after = through(before, ssa, optionals, deadCode);
    expect(kinds(after)).toEqual(['let', 'if', 'let']);
    expect(evaluate(after, [4])).toBe(2);
  });

  it('leave what comes from elsewhere, and what is handed on', () => {
    const maybe = value({ kind: 'optional', of: num }, 'maybe');
    const a: Cell = { name: 'a', type: maybe.type };
    const fromElsewhere = fn([x, maybe], num, (b) => {
      b.cell(a, maybe);
      branch(b, b.op('gt', [x, zero]), (t) => t.write(a, x));
      return b.op('unwrap', [b.read(a)]);
    });
    const merged = through(fromElsewhere, ssa);
    expect(runPass(optionals, merged)).toBe(merged);
    const returned = fn([x], maybe.type, (b) => {
      b.cell(a, absent);
      branch(b, b.op('gt', [x, zero]), (t) => t.write(a, x));
      return b.read(a);
    });
    const kept = through(returned, ssa);
    expect(runPass(optionals, kept)).toBe(kept);
  });

  it('let records that may be missing become scalars', () => {
    const found: Cell = { name: 'found', type: { kind: 'optional', of: point } };
    const before = fn([xs], num, (b) => {
      b.cell(found, absent);
      b.each(b.length(xs), (inner, i) => {
        const v = inner.load(xs, i);
        branch(inner, inner.op('gt', [v, one]), (t) => t.write(found, t.make(point, [v, i])));
      });
      const out: Cell = { name: 'out', type: num };
      b.cell(out, zero);
      branch(b, b.op('defined', [b.read(found)]), (t) => {
        const p = t.op('unwrap', [t.read(found)]);
        t.write(out, t.op('sub', [t.load(p, field('x')), t.load(p, field('y'))]));
      });
      return b.read(out);
    });
    const after = optimise(before, { check: {} });
    expect(kinds(after)).not.toContain('make');
    expectSame(before, after, [[0, 3, 2, 1]], [[0]], [[]]);
  });
});

describe('join', () => {
  it('joins what is chosen by one condition, or by its negation', () => {
    const [a, b2]: Cell[] = [
      { name: 'a', type: num },
      { name: 'b', type: num },
    ];
    const before = fn([x], num, (b) => {
      const positive = b.op('gt', [x, zero]);
      b.cell(a!, zero);
      b.cell(b2!, one);
      branch(b, positive, (t) => t.write(a!, t.op('sqrt', [x])));
      const twice = b.op('mul', [x, constant(2)]);
      branch(
        b,
        b.op('not', [positive]),
        (t) => t.write(b2!, twice),
        (e) => e.write(b2!, e.op('sin', [e.read(a!)])),
      );
      return b.op('add', [b.read(a!), b.read(b2!)]);
    });
    const after = through(before, ssa, join, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = gt x 0
        b = mul x 2
        a, b2 = if %1
          a2 = sqrt x
          b3 = sin a2
          yield a2, b3
        else
          yield 0, b
        %2 = add a b2
        yield %2"
    `);
    expectSame(before, after, [2], [-2], [NaN]);
  });

  it('keeps apart what an effect stands between, or what only looks opposite', () => {
    const s: Cell = { name: 's', type: num };
    const stored = fn([x, xs], num, (b) => {
      b.cell(s, zero);
      const c = b.op('gt', [x, zero]);
      branch(b, c, (t) => t.write(s, t.load(xs, zero)));
      b.store(xs, zero, x);
      branch(b, c, (t) => t.write(s, t.op('add', [t.read(s), t.load(xs, zero)])));
      return b.read(s);
    });
    const before = through(stored, ssa);
    expect(runPass(join, before)).toBe(before);
    const unordered = fn([x], num, (b) => {
      b.cell(s, zero);
      branch(b, b.op('gt', [x, zero]), (t) => t.write(s, one));
      branch(b, b.op('le', [x, zero]), (t) => t.write(s, x));
      return b.read(s);
    });
    const nan = through(unordered, ssa);
    expect(runPass(join, nan)).toBe(nan);
    expect(evaluate(nan, [NaN])).toBe(0);
  });
});

describe('unassigned', () => {
  it('gives a list or record that is not assigned on some path something to hold', () => {
    const r: Cell = { name: 'r', type: list };
    const p: Cell = { name: 'p', type: point };
    const done: Cell = { name: 'done', type: bool };
    const before = fn([x], list, (b) => {
      b.cell(r);
      b.cell(p);
      b.cell(done, no);
      whileLoop(
        b,
        (c) => c.op('not', [c.read(done)]),
        (c) => {
          c.write(r, c.make(list, [x]));
          branch(c, c.op('gt', [x, one]), (t) => t.write(p, t.make(point, [x, x])));
          c.write(done, c.op('gt', [x, zero]));
        },
      );
      const first = b.make(list, []);
      b.push({ kind: 'push', object: first, value: b.load(b.read(p), field('x')), origin: undefined });
      return b.read(r);
    });
    const merged = through(before, ssa);
    const after = runPass(unassigned, merged);
    check(after);
    expect(runPass(unassigned, after)).toBe(after);
    expect(kinds(after).filter((kind) => kind === 'make')).toHaveLength(5);
    expect(evaluate(after, [2])).toEqual([2]);
  });
});
