import { describe, expect, it } from 'vitest';
import { arrayOf, bool, type Builder, constant, field, num, one, value, zero } from '../../src/ir/build.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Atom, Cell, Fn, RecordType, Type, Value } from '../../src/ir/types.js';
import { counted } from '../../src/optimise/counted.js';
import { deadCode } from '../../src/optimise/dead-code.js';
import { scalarReplacement } from '../../src/optimise/scalar-replacement.js';
import { simplify } from '../../src/optimise/simplify.js';
import { ssa } from '../../src/optimise/ssa.js';
import { body, branch, fn, kinds, through, whileLoop } from './programs.js';
import { runPass } from '../../src/optimise/passes.js';

const state: RecordType = {
  kind: 'record',
  fields: [
    { name: 'q', type: num },
    { name: 'v', type: num },
  ],
};
const pair = arrayOf(num, 'list', 2);
const wrapped: RecordType = {
  kind: 'record',
  fields: [
    { name: 'inner', type: state },
    { name: 't', type: num },
  ],
};

const replaced = (before: Fn): Fn => through(before, ssa, scalarReplacement, deadCode);

function expectSame(before: Fn, after: Fn, ...inputs: readonly (readonly unknown[])[]): void {
  for (const args of inputs)
    expect(evaluate(after, structuredClone(args))).toEqual(evaluate(before, structuredClone(args)));
}

const objects = (f: Fn) => kinds(f).filter((kind) => kind === 'make' || kind === 'alloc' || kind === 'slice');

/** A step of a simulation: a new state from the old one. */
function step(b: Builder, s: Atom, h: Atom): Value {
  const v = b.op('sub', [b.load(s, field('v')), b.op('mul', [h, b.load(s, field('q'))])]);
  return b.make(state, [b.op('add', [b.load(s, field('q')), b.op('mul', [h, v])]), v]);
}

/** Steps from `init` as long as i < n. */
function simulate(
  init: (b: Builder) => Atom,
  result: (b: Builder, s: Value) => Atom,
  params: readonly Value[],
  n: Value,
  h: Value,
  type: Type = num,
): Fn {
  const s: Cell = { name: 's', type: state };
  const i: Cell = { name: 'i', type: num };
  return fn([...params, h, n], type, (b) => {
    b.cell(s, init(b));
    b.cell(i, zero);
    whileLoop(
      b,
      (c) => c.op('lt', [c.read(i), n]),
      (c) => {
        c.write(s, step(c, c.read(s), h));
        c.write(i, c.op('add', [c.read(i), one]));
      },
    );
    return result(b, b.read(s));
  });
}

describe('scalar replacement', () => {
  const [x, y, n, h] = [value(num, 'x'), value(num, 'y'), value(num, 'n'), value(num, 'h')];

  it('reads and writes scalars in place of a record', () => {
    const before = fn([x, y], num, (b) => {
      const p = b.make(state, [x, y], 'p');
      b.store(p, field('q'), y, true);
      b.store(p, field('v'), b.op('mul', [b.load(p, field('q')), x]));
      return b.op('add', [b.load(p, field('q')), b.load(p, field('v'))]);
    });
    const after = replaced(before);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = add x y
        %2 = mul %1 x
        %3 = add %1 %2
        yield %3"
    `);
    expectSame(before, after, [1.5, -2]);
  });

  it('carries the parts of a state through a loop', () => {
    const before = simulate(
      (b) => b.make(state, [x, y]),
      (b, s) => b.load(s, field('q')),
      [x, y],
      n,
      h,
    );
    const after = through(replaced(before), counted, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  sQ, sV = for i = 0; i < n; i += 1 carry sQ2 = x, sV2 = y
          %1 = mul h sQ2
          %2 = sub sV2 %1
          %3 = mul h %2
          %4 = add sQ2 %3
          yield %4, %2
        yield sQ"
    `);
    expectSame(before, after, [1, 0.5, 0.1, 4], [1, 0.5, 0.1, 0]);
  });

  it('starts from the parts of a parameter', () => {
    const start = value(state, 'start');
    const before = simulate(
      () => start,
      (b, s) => b.load(s, field('q')),
      [start],
      n,
      h,
    );
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [{ q: 1, v: 0.5 }, 0.1, 4], [{ q: 1, v: 0.5 }, 0.1, 0]);
  });

  it('puts together what is returned, right before the end', () => {
    const start = value(state, 'start');
    const before = simulate(
      () => start,
      (_b, s) => s,
      [start],
      n,
      h,
      state,
    );
    const after = through(replaced(before), counted, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  startQ = load start.q
        startV = load start.v
        sQ, sV = for i = 0; i < n; i += 1 carry sQ2 = startQ, sV2 = startV
          %1 = mul h sQ2
          %2 = sub sV2 %1
          %3 = mul h %2
          %4 = add sQ2 %3
          yield %4, %2
        s = make { q: sQ, v: sV }
        yield s"
    `);
    expect(runPass(scalarReplacement, after)).toBe(after);
    expectSame(before, after, [{ q: 1, v: 0.5 }, 0.1, 4], [{ q: 1, v: 0.5 }, 0.1, 0]);
  });

  it('does away with records in records, and tuples in them', () => {
    const holder: RecordType = {
      kind: 'record',
      fields: [
        { name: 'w', type: wrapped },
        { name: 'at', type: pair },
      ],
    };
    const before = fn([x, y], num, (b) => {
      const w = b.make(wrapped, [b.make(state, [x, y]), x]);
      const all = b.make(holder, [w, b.make(pair, [y, x])]);
      const inner = b.load(b.load(all, field('w')), field('inner'));
      b.store(inner, field('q'), one, true);
      b.store(b.load(all, field('at')), zero, b.load(inner, field('q')), true);
      return b.op('mul', [
        b.load(b.load(all, field('at')), zero),
        b.load(b.load(b.load(all, field('w')), field('inner')), field('q')),
      ]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [1.5, -2]);
  });

  it('merges the parts of what comes from either arm', () => {
    const p: Cell = { name: 'p', type: pair };
    const before = fn([x, y], num, (b) => {
      b.cell(p, b.make(pair, [x, y]));
      branch(b, b.op('lt', [x, y]), (t) => t.write(p, t.make(pair, [y, x])));
      return b.op('sub', [b.load(b.read(p), zero), b.load(b.read(p), one)]);
    });
    const after = replaced(before);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = lt x y
        p0, p1 = if %1
          yield y, x
        else
          yield x, y
        %2 = sub p0 p1
        yield %2"
    `);
    expectSame(before, after, [1, 2], [2, 1]);
  });

  it('keeps apart two names of one object that is written', () => {
    const p: Cell = { name: 'p', type: pair };
    const before = fn([x, y], num, (b) => {
      const a = b.make(pair, [x, y], 'a');
      b.cell(p, b.make(pair, [y, x]));
      branch(b, b.op('lt', [x, y]), (t) => t.write(p, a));
      b.store(b.read(p), zero, constant(7));
      return b.op('sub', [b.load(a, zero), b.load(b.read(p), one)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual(['make', 'make']);
    expectSame(before, after, [1, 2], [2, 1]);
  });

  it('allows writing before an object gets a second name', () => {
    const p: Cell = { name: 'p', type: pair };
    const before = fn([x, y], num, (b) => {
      const a = b.alloc(arrayOf(num, 'list', 2), constant(2), zero, 'a');
      b.store(a, zero, x);
      b.store(a, one, y);
      b.cell(p, b.make(pair, [y, x]));
      branch(b, b.op('lt', [x, y]), (t) => t.write(p, a));
      return b.op('sub', [b.load(a, zero), b.load(b.read(p), one)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [1, 2], [2, 1]);
  });

  it('writes on where the old name is not used again', () => {
    const s: Cell = { name: 's', type: pair };
    const i: Cell = { name: 'i', type: num };
    const before = fn([x, n], num, (b) => {
      b.cell(s, b.make(pair, [x, zero]));
      b.cell(i, zero);
      whileLoop(
        b,
        (c) => c.op('lt', [c.read(i), n]),
        (c) => {
          c.store(c.read(s), zero, c.read(i), true);
          branch(c, c.op('lt', [c.read(i), one]), (t) => t.write(s, t.make(pair, [t.load(t.read(s), zero), one])));
          c.store(c.read(s), one, x, true);
          c.write(i, c.op('add', [c.read(i), one]));
        },
      );
      return b.op('add', [b.load(b.read(s), zero), b.load(b.read(s), one)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [1, 3], [2, 0]);
  });

  it('keeps an object from outside of a loop that the loop writes to under another name', () => {
    const s: Cell = { name: 's', type: pair };
    const i: Cell = { name: 'i', type: num };
    const before = fn([x, n], num, (b) => {
      const a = b.make(pair, [x, x], 'a');
      b.cell(s, b.make(pair, [zero, zero]));
      b.cell(i, zero);
      whileLoop(
        b,
        (c) => c.op('lt', [c.read(i), n]),
        (c) => {
          c.store(c.read(s), zero, one, true);
          c.write(s, a);
          c.write(i, c.op('add', [c.read(i), one]));
        },
      );
      return b.op('add', [b.load(b.read(s), zero), b.load(b.read(s), one)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual(['make', 'make']);
    expectSame(before, after, [1, 3], [2, 0]);
  });

  it('swaps what a loop carries', () => {
    const [p, q]: Cell[] = [
      { name: 'p', type: pair },
      { name: 'q', type: pair },
    ];
    const i: Cell = { name: 'i', type: num };
    const before = fn([x, n], num, (b) => {
      b.cell(p!, b.make(pair, [x, one]));
      b.cell(q!, b.make(pair, [zero, x]));
      b.cell(i, zero);
      whileLoop(
        b,
        (c) => c.op('lt', [c.read(i), n]),
        (c) => {
          const old = c.read(p!);
          c.store(old, zero, c.load(c.read(q!), one), true);
          c.write(p!, c.read(q!));
          c.write(q!, old);
          c.write(i, c.op('add', [c.read(i), one]));
        },
      );
      return b.op('sub', [b.load(b.read(p!), zero), b.load(b.read(q!), zero)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [3, 0], [3, 1], [3, 2], [3, 5]);
  });

  it('leaves an object that is handed on or indexed by what is not known', () => {
    const list = value(arrayOf(pair), 'list');
    const handed = fn([list, x], num, (b) => {
      const p = b.make(pair, [x, x]);
      b.push({ kind: 'push', object: list, value: p, origin: undefined });
      return b.load(p, zero);
    });
    expect(objects(replaced(handed))).toEqual(['make']);
    const indexed = fn([x], num, (b) => b.load(b.make(pair, [x, one]), b.op('floor', [x])));
    expect(objects(replaced(indexed))).toEqual(['make']);
  });

  it('does not copy from a parameter that is written', () => {
    const start = value(state, 'start');
    const p: Cell = { name: 'p', type: state };
    const before = fn([start, x], num, (b) => {
      b.cell(p, b.make(state, [x, x]));
      branch(b, b.op('lt', [x, one]), (t) => t.write(p, start));
      b.store(start, field('q'), constant(9));
      return b.load(b.read(p), field('q'));
    });
    const after = replaced(before);
    expect(objects(after)).toEqual(['make']);
    expectSame(before, after, [{ q: 1, v: 2 }, 0], [{ q: 1, v: 2 }, 3]);
  });

  it('copies a tuple part by part, and rounds what Float32Array rounds', () => {
    const v = value(pair, 'v');
    const f32 = arrayOf(num, 'f32', 2);
    const before = fn([v, x], num, (b) => {
      const copy = b.slice(v, zero, constant(2));
      b.store(copy, zero, x);
      const rounded = b.alloc(f32, constant(2), undefined);
      b.store(rounded, zero, x);
      b.store(rounded, zero, constant(0.1), true);
      const sum = b.op('add', [b.load(copy, zero), b.load(copy, one)]);
      return b.op('add', [sum, b.op('add', [b.load(rounded, zero), b.load(rounded, one)])]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [[1, 2], 0.3]);
  });

  it('shares elements with a view', () => {
    const f64 = arrayOf(num, 'f64', 3);
    const before = fn([x], num, (b) => {
      const whole = b.alloc(f64, constant(3), undefined);
      const part = value(arrayOf(num, 'f64'), 'part');
      b.push({ kind: 'view', target: part, object: whole, from: one, to: constant(3), origin: undefined });
      b.store(part, zero, x);
      b.store(whole, constant(2), b.load(whole, one), true);
      return b.op('add', [b.load(part, one), b.length(part)]);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expectSame(before, after, [1.25]);
  });

  it('takes an unassigned variable for anything', () => {
    const p: Cell = { name: 'p', type: pair };
    const found: Cell = { name: 'found', type: bool };
    const before = fn([x], num, (b) => {
      b.cell(p);
      b.cell(found, b.op('lt', [x, zero]));
      branch(b, b.op('gt', [x, one]), (t) => {
        t.write(p, t.make(pair, [x, one]));
        t.write(found, t.op('gt', [x, zero]));
      });
      const out: Cell = { name: 'out', type: num };
      b.cell(out, zero);
      branch(b, b.read(found), (t) => t.write(out, t.load(t.read(p), zero)));
      return b.read(out);
    });
    const after = replaced(before);
    expect(objects(after)).toEqual([]);
    expect(evaluate(after, [2])).toBe(2);
    expect(evaluate(after, [0.5])).toBe(0);
  });

  it('needs no second run', () => {
    const start = value(wrapped, 'start');
    const before = fn([start, x], wrapped, (b) => {
      const inner = b.make(state, [x, b.load(b.load(start, field('inner')), field('q'))]);
      const w = b.make(wrapped, [inner, x]);
      b.store(b.load(w, field('inner')), field('v'), one, true);
      b.store(w, field('t'), b.load(inner, field('v')));
      return w;
    });
    const after = through(before, ssa, scalarReplacement, simplify, deadCode);
    expect(body(after)).toMatchInlineSnapshot(`
      "  %1 = load start.inner
        %2 = load %1.q
        %3 = add %2 1
        %4 = make { q: x, v: %3 }
        %5 = make { inner: %4, t: %3 }
        yield %5"
    `);
    expect(runPass(scalarReplacement, after)).toBe(after);
    expectSame(before, after, [{ inner: { q: 1, v: 2 }, t: 3 }, 4]);
  });
});
