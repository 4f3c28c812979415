import { describe, expect, it } from 'vitest';
import { arrayOf, bool, type Builder, constant, field, no, num, one, value, yes, zero } from '../../src/ir/build.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Atom, Cell, Fn, RecordType } from '../../src/ir/types.js';
import { statements } from '../../src/ir/visit.js';
import { deadCode } from '../../src/optimise/dead-code.js';
import { optimise, runPass } from '../../src/optimise/passes.js';
import { pushToStore } from '../../src/optimise/push-to-store.js';
import { ssa } from '../../src/optimise/ssa.js';
import { unroll } from '../../src/optimise/unroll.js';
import { wholeNumbers } from '../../src/optimise/whole.js';
import { body, branch, fn, kinds, through, whileLoop } from './programs.js';

const list = arrayOf(num);
const [x, n, xs] = [value(num, 'x'), value(num, 'n'), value(list, 'xs')];
const push = (b: Builder, object: Atom, pushed: Atom) =>
  b.push({ kind: 'push', object, value: pushed, origin: undefined });

function expectSame(before: Fn, after: Fn, ...inputs: readonly (readonly unknown[])[]): void {
  for (const args of inputs)
    expect(evaluate(after, structuredClone(args))).toEqual(evaluate(before, structuredClone(args)));
}

describe('unroll', () => {
  it('runs a short loop iteration by iteration', () => {
    const before = fn([xs], num, (b) => {
      const [s = zero] = b.for(
        { from: zero, to: constant(2), compare: '<', step: 1 },
        [{ init: zero, name: 's' }],
        (inner, i, [t = zero]) => [inner.op('add', [t, inner.load(xs, i)])],
      );
      return s;
    });
    const after = through(before, unroll);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = load xs[0]
        %2 = add 0 %1
        %3 = load xs[1]
        %4 = add %2 %3
        yield %4"
    `);
    expectSame(before, after, [[1, 2]]);
  });

  it('runs loops in loops, and down', () => {
    const before = fn([xs], num, (b) => {
      const [s = zero] = b.for(
        { from: constant(2), to: zero, compare: '>=', step: -1 },
        [{ init: zero }],
        (inner, i, [t = zero]) =>
          inner.for({ from: zero, to: constant(2), compare: '<=', step: 2 }, [{ init: t }], (core, j, [u = zero]) => [
            core.op('sub', [core.op('add', [core.op('mul', [u, i]), j]), core.load(xs, i)]),
          ]),
      );
      return s;
    });
    const after = through(before, unroll);
    expect(kinds(after)).not.toContain('for');
    expectSame(before, after, [[1, 2, 5]]);
  });

  it('leaves a loop of more iterations, unless a tuple is indexed by it', () => {
    const sum = (indexed: boolean) =>
      fn([xs], num, (b) => {
        const small = b.alloc(arrayOf(num, 'list', 9), constant(9), zero);
        b.each(constant(9), (inner, i) => inner.store(small, indexed ? i : zero, inner.load(xs, i)));
        return b.load(small, zero);
      });
    expect(kinds(through(sum(false), unroll))).toContain('for');
    expect(kinds(through(sum(true), unroll))).not.toContain('for');
  });

  it('leaves a loop of few iterations that are long', () => {
    const before = fn([x], num, (b) => {
      const [s = zero] = b.for(
        { from: zero, to: constant(4), compare: '<', step: 1 },
        [{ init: x }],
        (inner, _i, [t = zero]) => {
          let last: Atom = t;
          for (let k = 0; k < 20; k++) last = inner.op('sin', [last]);
          return [last];
        },
      );
      return s;
    });
    expect(runPass(unroll, before)).toBe(before);
  });
});

describe('push-to-store', () => {
  it('gives a list that a loop fills its length', () => {
    const before = fn([xs], list, (b) => {
      const ys = b.make(list, [], 'ys');
      b.each(b.length(xs), (inner, i) => push(inner, ys, inner.op('sin', [inner.load(xs, i)])));
      return ys;
    });
    const after = through(before, pushToStore);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = length xs
        ys = alloc num[] %1
        for i = 0; i < %1; i += 1
          %2 = load xs[i]
          %3 = sin %2
          store ys[i] = %3
          yield
        yield ys"
    `);
    expectSame(before, after, [[1, 2]], [[]]);
  });

  it('counts on from what the list holds, and reads what it has filled', () => {
    const before = fn([x, xs], list, (b) => {
      const ys = b.make(list, [x], 'ys');
      b.each(b.length(xs), (inner, i) => push(inner, ys, inner.op('add', [inner.load(ys, i), inner.load(xs, i)])));
      return ys;
    });
    const after = through(before, pushToStore);
    expect(kinds(after)).not.toContain('push');
    expectSame(before, after, [5, [1, 2]], [5, []]);
  });

  it('never makes a length below 0, nor one from a number that may be none', () => {
    const filled = (to: (b: Builder) => Atom) =>
      fn([n, xs], list, (b) => {
        const ys = b.make(list, [], 'ys');
        const last = to(b);
        b.for({ from: one, to: last, compare: '<=', step: 1 }, [], (inner, i) => {
          push(inner, ys, i);
          return [];
        });
        return ys;
      });
    const before = filled((b) => b.op('sub', [b.length(xs), constant(2)]));
    const after = through(before, pushToStore);
    expect(kinds(after)).not.toContain('push');
    expectSame(before, after, [0, []], [0, [1]], [0, [1, 2]], [0, [1, 2, 3, 4]]);
    const open = filled(() => n);
    expect(runPass(pushToStore, open)).toBe(open);
  });

  it('leaves a list whose growing is looked at', () => {
    const watched = fn([xs], list, (b) => {
      const ys = b.make(list, [], 'ys');
      b.each(b.length(xs), (inner) => push(inner, ys, inner.length(ys)));
      return ys;
    });
    expect(runPass(pushToStore, watched)).toBe(watched);
    const ahead = fn([xs], list, (b) => {
      const ys = b.make(list, [zero], 'ys');
      b.each(b.length(xs), (inner, i) => push(inner, ys, inner.load(ys, inner.op('add', [i, one]))));
      return ys;
    });
    expect(runPass(pushToStore, ahead)).toBe(ahead);
    const sometimes = fn([xs], list, (b) => {
      const ys = b.make(list, [], 'ys');
      b.each(b.length(xs), (inner, i) => branch(inner, inner.op('lt', [i, one]), (t) => push(t, ys, i)));
      return ys;
    });
    expect(runPass(pushToStore, sometimes)).toBe(sometimes);
  });

  it('makes a list of what is pushed right after', () => {
    const before = fn([x], list, (b) => {
      const ys = b.make(list, [], 'ys');
      push(b, ys, x);
      push(b, ys, b.op('sin', [x]));
      return ys;
    });
    const after = through(before, pushToStore);
    expect(kinds(after)).toEqual(['let', 'make']);
    expectSame(before, after, [2]);
  });
});

describe('dead-code', () => {
  it('drops carried values that only feed themselves, and what they need', () => {
    const before = fn([xs], num, (b) => {
      const [, s = zero] = b.for(
        { from: zero, to: b.length(xs), compare: '<', step: 1 },
        [{ init: zero }, { init: one }],
        (inner, i, [t = zero, u = zero]) => [
          inner.op('sin', [inner.op('add', [t, u])]),
          inner.op('mul', [u, inner.load(xs, i)]),
        ],
      );
      return s;
    });
    const after = through(before, deadCode);
    expect(kinds(after)).toEqual(['length', 'for', 'load', 'let']);
    expectSame(before, after, [[2, 3]]);
  });

  it('drops objects that are only written, loops that only write them, and empty branches', () => {
    const before = fn([xs, x], num, (b) => {
      const dead = b.make(list, []);
      const table = b.alloc(arrayOf(num, 'f64'), b.length(xs), undefined);
      b.each(b.length(xs), (inner, i) => {
        push(inner, dead, inner.load(xs, i));
        branch(inner, inner.op('lt', [i, x]), (t) => t.store(table, i, t.length(dead), true));
      });
      return x;
    });
    expect(kinds(through(before, deadCode))).toEqual([]);
  });

  it('keeps writes to what others see, and throws', () => {
    const before = fn([xs, x], num, (b) => {
      const alias: Cell = { name: 'alias', type: list };
      b.cell(alias, b.make(list, [x]));
      branch(b, b.op('lt', [x, zero]), (t) => t.write(alias, xs));
      b.store(b.read(alias), zero, x);
      branch(b, b.op('gt', [x, one]), (t) => t.push({ kind: 'throw', error: 'Error', message: [], origin: undefined }));
      return x;
    });
    const after = through(before, ssa, deadCode);
    expect(kinds(after)).toEqual(['make', 'let', 'if', 'store', 'let', 'if', 'throw']);
  });

  it('returns the same function when all of it is wanted', () => {
    const before = fn([x], num, (b) => b.op('sin', [x]));
    expect(runPass(deadCode, before)).toBe(before);
  });
});

describe('whole numbers', () => {
  it('knows lengths, indices, rounding and what is made of them', () => {
    const found: Record<string, Atom> = {};
    const f = fn([xs, x], num, (b) => {
      found['length'] = b.length(xs);
      found['floor'] = b.op('floor', [x]);
      found['x'] = x;
      found['half'] = b.op('mul', [found['length'], constant(0.5)]);
      found['difference'] = b.op('sub', [found['length'], one]);
      found['negative zero'] = b.op('neg', [found['length']]);
      const [k, h] = b.for(
        { from: one, to: found['length'], compare: '<', step: 1 },
        [{ init: zero }, { init: zero }],
        (inner, i, [c = zero, d = zero]) => {
          found['index'] = i;
          found['index + 1'] = inner.op('add', [i, one]);
          return [inner.op('add', [c, i]), inner.op('add', [d, x])];
        },
      );
      found['sum of indices'] = k!;
      found['sum of x'] = h!;
      found['bits'] = b.op('bitor', [x, zero]);
      return x;
    });
    const whole = wholeNumbers(f);
    const isWhole = Object.entries(found).filter(([, atom]) => whole.isWhole(atom));
    expect(isWhole.map(([name]) => name)).toEqual([
      'length',
      'floor',
      'difference',
      'negative zero',
      'index',
      'index + 1',
      'sum of indices',
      'bits',
    ]);
    const bounded = Object.entries(found).filter(([, atom]) => whole.range(atom) !== undefined);
    expect(bounded.map(([name]) => name)).toEqual(['length', 'difference', 'index', 'index + 1', 'bits']);
    expect(whole.range(found['index']!)?.low).toBe(1);
    expect(whole.range(found['difference']!)?.low).toBe(-1);
    expect(whole.isWhole(constant(0.5))).toBe(false);
  });
});

describe('the passes together', () => {
  it('leave nothing of vectors made by helpers and loops over them', () => {
    const vec = arrayOf(num, 'list', 3);
    const [a, h] = [value(vec, 'a'), value(num, 'h')];
    const zeros = (b: Builder) => b.make(vec, [zero, zero, zero]);
    const scaled = (b: Builder, c: Atom, v: Atom) => {
      const r = zeros(b);
      const i: Cell = { name: 'i', type: num };
      b.cell(i, zero);
      whileLoop(
        b,
        (w) => w.op('lt', [w.read(i), constant(3)]),
        (w) => {
          w.store(r, w.read(i), w.op('mul', [c, w.load(v, w.read(i))]));
          w.write(i, w.op('add', [w.read(i), one]));
        },
      );
      return r;
    };
    const before = fn([a, h, n], num, (b) => {
      const s: Cell = { name: 's', type: vec };
      const k: Cell = { name: 'k', type: num };
      b.cell(s, scaled(b, h, a));
      b.cell(k, zero);
      whileLoop(
        b,
        (w) => w.op('lt', [w.read(k), n]),
        (w) => {
          w.write(s, scaled(w, h, w.read(s)));
          w.write(k, w.op('add', [w.read(k), one]));
        },
      );
      const total: Cell = { name: 'total', type: num };
      b.cell(total, zero);
      const i: Cell = { name: 'i', type: num };
      b.cell(i, zero);
      whileLoop(
        b,
        (w) => w.op('lt', [w.read(i), constant(3)]),
        (w) => {
          w.write(total, w.op('add', [w.read(total), w.load(w.read(s), w.read(i))]));
          w.write(i, w.op('add', [w.read(i), one]));
        },
      );
      return b.read(total);
    });
    const after = optimise(before, { check: {} });
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = load a[0]
        %2 = mul h %1
        %3 = load a[1]
        %4 = mul h %3
        %5 = load a[2]
        %6 = mul h %5
        s0, s1, s2 = for k = 0; k < n; k += 1 carry s0_2 = %2, s1_2 = %4, s2_2 = %6
          %7 = mul h s0_2
          %8 = mul h s1_2
          %9 = mul h s2_2
          yield %7, %8, %9
        total = add 0 s0
        total2 = add total s1
        total3 = add total2 s2
        yield total3"
    `);
    expectSame(before, after, [[1, 2, 3], 0.5, 2], [[1, 2, 3], 0.5, 0]);
  });

  it('count by a field, and keep early returns as merges', () => {
    const counter: RecordType = {
      kind: 'record',
      fields: [
        { name: 'i', type: num },
        { name: 'done', type: bool },
      ],
    };
    const before = fn([xs], num, (b) => {
      const c = b.make(counter, [zero, no]);
      const s: Cell = { name: 's', type: num };
      b.cell(s, zero);
      whileLoop(
        b,
        (w) => w.op('lt', [w.load(c, field('i')), w.length(xs)]),
        (w) => {
          w.write(s, w.op('add', [w.read(s), w.load(xs, w.load(c, field('i')))]));
          w.store(c, field('i'), w.op('add', [w.load(c, field('i')), one]));
          w.store(c, field('done'), yes);
        },
      );
      return b.read(s);
    });
    const after = optimise(before, { check: {} });
    expect([...statements(after.body)].map(({ kind }) => kind)).toEqual(['length', 'for', 'load', 'let']);
    expectSame(before, after, [[1, 2, 3]], [[]]);
  });
});
