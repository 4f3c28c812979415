import { describe, expect, it } from 'vitest';
import { arrayOf, Builder, constant, field, num, one, value, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { printFn } from '../../src/ir/print.js';
import type { Atom, Fn, RecordType, Type, Value } from '../../src/ir/types.js';

function fn(params: readonly Value[], result: Type, fill: (b: Builder) => Atom): Fn {
  const b = new Builder();
  const yields = [fill(b)];
  return {
    name: 'f',
    params: params.map((v) => ({ value: v, active: true })),
    result,
    body: { stmts: b.stmts, yields },
    origin: undefined,
  };
}

const scaledSum = () => {
  const x = value(num, 'x');
  const ys = value(arrayOf(num), 'ys');
  return fn([x, ys], num, (b) => {
    const n = b.length(ys, 'n');
    const [s = zero] = b.for(
      { from: zero, to: n, compare: '<', step: 1 },
      [{ init: zero, name: 's' }],
      (inner, i, [t = zero]) => {
        const y = inner.load(ys, i, 'y');
        return [inner.op('add', [t, inner.op('mul', [x, y])])];
      },
    );
    return s;
  });
};

describe('printing', () => {
  it('shows loops, carried values and unnamed values', () => {
    expect(printFn(scaledSum())).toMatchInlineSnapshot(`
      "fn f(x: num, ys: num[]) -> num
        n = length ys
        s = for i = 0; i < n; i += 1 carry s2 = 0
          y = load ys[i]
          %1 = mul x y
          %2 = add s2 %1
          yield %2
        yield s
      "
    `);
  });

  it('shows records, branches, loops, cells and throws', () => {
    const point: RecordType = {
      kind: 'record',
      fields: [
        { name: 'x', type: num },
        { name: 'y', type: num },
      ],
    };
    const p = value(point, 'p');
    const f = fn([p], num, (b) => {
      const cell = { name: 'acc', type: num };
      b.cell(cell, zero);
      const x = b.load(p, field('x'), 'x');
      const q = b.make(point, [x, constant(-0)], 'q');
      b.store(q, field('y'), one, true);
      const positive = b.op('gt', [x, zero]);
      const [r = zero] = b.if(
        positive,
        () => [x],
        (inner) => {
          inner.push({ kind: 'throw', error: 'RangeError', message: [constant('no '), x], origin: undefined });
          return [constant(undefined)];
        },
        [{ type: num, name: 'r' }],
      );
      b.write(cell, r);
      return b.read(cell);
    });
    check(f, { cells: true });
    expect(printFn(f)).toMatchInlineSnapshot(`
      "fn f(p: { x: num, y: num }) -> num
        cell @acc: num = 0
        x = load p.x
        q = make { x: x, y: -0 }
        store q.y += 1
        %1 = gt x 0
        r = if %1
          yield x
        else
          throw RangeError "no " x
          yield undefined
        write @acc = r
        acc = read @acc
        yield acc
      "
    `);
    expect(evaluate(f, [{ x: 2, y: 0 }])).toBe(2);
    expect(() => evaluate(f, [{ x: -2, y: 0 }])).toThrow(new RangeError('no -2'));
  });
});

describe('evaluating', () => {
  it('runs counted loops', () => {
    const f = scaledSum();
    check(f);
    expect(evaluate(f, [2, [1, 2, 3]])).toBe(12);
    expect(() => evaluate(f, [2, [1, 2, 3]], { steps: 3 })).toThrow('out of steps');
  });

  it('takes a load outside of the bounds for NaN', () => {
    const ys = value(arrayOf(num, 'f64'), 'ys');
    const f = fn([ys], num, (b) => b.op('add', [b.load(ys, constant(7)), one]));
    expect(evaluate(f, [new Float64Array(2)])).toBeNaN();
  });
});

describe('checking', () => {
  it('finds a use outside of the defining block', () => {
    const x = value(num, 'x');
    const f = fn([x], num, (b) => {
      let leaked: Atom = zero;
      b.if(
        b.op('lt', [x, zero]),
        (inner) => ((leaked = inner.op('neg', [x], 'inside')), []),
        () => [],
      );
      return leaked;
    });
    expect(() => check(f)).toThrow('uses inside outside of the block that defines it');
  });

  it('finds a value defined twice, and one used before its definition', () => {
    const x = value(num, 'x');
    const twice = fn([x], num, (b) => {
      const y = b.op('neg', [x], 'y');
      b.stmts.push(...b.stmts);
      return y;
    });
    expect(() => check(twice)).toThrow('y is defined twice');
    expect(() => check(fn([x], num, () => value(num, 'ghost')))).toThrow('uses ghost before it is defined');
  });

  it('finds operands, keys and stores of the wrong type', () => {
    const x = value(num, 'x');
    const ys = value(arrayOf(num, 'f64'), 'ys');
    expect(() => check(fn([ys], num, (b) => b.op('sin', [ys], 's')))).toThrow('sin of s: operand 0 is f64[], not num');
    expect(() => check(fn([x], num, (b) => b.op('add', [x])))).toThrow('1 operands, not 2');
    const key = fn([ys], num, (b) => (b.store(ys, field('length'), zero), zero));
    expect(() => check(key)).toThrow('.length of an array');
    const pushed = fn([ys], num, (b) => (b.push({ kind: 'push', object: ys, value: zero, origin: undefined }), zero));
    expect(() => check(pushed)).toThrow('f64[] cannot change its length');
  });

  it('finds yields that do not fit', () => {
    const x = value(num, 'x');
    const f = fn([x], num, (b) => {
      const [r = zero] = b.if(
        b.op('lt', [x, zero]),
        () => [x],
        () => [],
        [{ type: num, name: 'r' }],
      );
      return r;
    });
    expect(() => check(f)).toThrow('else of if of r: 0 yields for 1 places');
  });

  it('refuses cells after their time', () => {
    const f = fn([], num, (b) => {
      const cell = { name: 'c', type: num };
      b.cell(cell, one);
      return b.read(cell);
    });
    check(f, { cells: true });
    expect(() => check(f)).toThrow('cells after they should have gone');
  });
});
