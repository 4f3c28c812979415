import { describe, expect, it } from 'vitest';
import { arrayOf, bool, type Builder, constant, num, zero } from '../../src/ir/build.js';
import { recordOf } from '../../src/ir/structure.js';
import type { Atom, Fn, RecordType, Type } from '../../src/ir/types.js';
import { build, compiled, text } from './support.js';

const f64 = arrayOf(num, 'f64');
const list = arrayOf(num, 'list');
const pair = arrayOf(num, 'list', 2);

const gradientOf = (type: Type): RecordType =>
  recordOf([
    { name: 'value', type: num },
    { name: 'gradient', type: recordOf([{ name: 'x', type }]) },
  ]);

const graded = (b: Builder, value: Atom, type: Type, x: Atom): Atom =>
  b.make(gradientOf(type), [value, b.make(recordOf([{ name: 'x', type }]), [x])]);

/** The squares' sum and its gradient, the array made by `alloc`. */
function squares(type: typeof f64): Fn {
  return build('f', { x: type }, gradientOf(type), (b, x = zero) => {
    const n = b.length(x);
    const bar = b.alloc(type, n, zero, 'xBar');
    const [s] = b.for(
      { from: zero, to: n, compare: '<', step: 1 },
      [{ init: zero, name: 's' }],
      (inner, i, [sum = zero]) => {
        const xi = inner.load(x, i);
        inner.store(bar, i, inner.op('mul', [constant(2), xi]), true);
        return [inner.op('add', [sum, inner.op('mul', [xi, xi])])];
      },
    );
    return graded(b, b.op('mul', [s ?? zero, constant(1)]), type, bar);
  });
}

describe('out', () => {
  it('lends typed arrays where they would be allocated', async () => {
    expect(await text(squares(f64), { out: true, resultName: 'FGrad' })).toMatchInlineSnapshot(`
      "/** What \`f\` returns; pass one as \`out\` to have its numbers and arrays overwritten. */
      export type FGrad = { value: number; gradient: { x: Float64Array } };

      export function f(x: Float64Array, out?: FGrad): FGrad {
        const n = x.length;
        const xBar = out ? out.gradient.x : new Float64Array(n);
        if (xBar.length !== n) throw new RangeError(\`out.gradient.x: expected length \${n}, found \${xBar.length}\`);
        if (xBar === x) throw new RangeError('out.gradient.x: must not be x itself');
        if (out) xBar.fill(0);
        let s = 0;
        for (let i = 0; i < n; i++) {
          const xI = x[i];
          xBar[i] += 2 * xI;
          s += xI * xI;
        }

        const value = s * 1;
        if (!out) return { value, gradient: { x: xBar } };
        out.value = value;
        return out;
      }"
    `);
  });

  it('gives lists their new length', async () => {
    expect(await text(squares(list), { out: true, guards: false })).toMatchInlineSnapshot(`
      "export function f(
        x: number[],
        out?: { value: number; gradient: { x: number[] } },
      ): { value: number; gradient: { x: number[] } } {
        const n = x.length;
        const xBar: number[] = out ? out.gradient.x : new Array<number>(n);
        xBar.length = n;
        xBar.fill(0);
        let s = 0;
        for (let i = 0; i < n; i++) {
          const xI = x[i];
          xBar[i] += 2 * xI;
          s += xI * xI;
        }

        const value = s * 1;
        if (!out) return { value, gradient: { x: xBar } };
        out.value = value;
        return out;
      }"
    `);
  });

  it('has a default where no size depends on the arguments', async () => {
    const fn = build('f', { x: pair, y: num }, gradientOf(pair), (b, x = zero, y = zero) => {
      const parts = [0, 1].map((k) => b.op('mul', [b.load(x, constant(k)), y]));
      return graded(b, y, pair, b.make(pair, parts));
    });
    expect(await text(fn, { out: true, resultName: 'FGrad' })).toMatchInlineSnapshot(`
      "/** What \`f\` returns; pass one as \`out\` to have its numbers and arrays overwritten. */
      export type FGrad = { value: number; gradient: { x: [number, number] } };

      export function f(x: [number, number], y: number, out: FGrad = { value: 0, gradient: { x: [0, 0] } }): FGrad {
        if (out.gradient.x.length !== 2) {
          throw new RangeError(\`out.gradient.x: expected length 2, found \${out.gradient.x.length}\`);
        }
        if (out.gradient.x === x) throw new RangeError('out.gradient.x: must not be x itself');
        out.value = y;
        out.gradient.x[0] = x[0] * y;
        out.gradient.x[1] = x[1] * y;
        return out;
      }"
    `);
  });

  it('is the array itself where the result is one', async () => {
    const fn = build('f', { x: f64 }, f64, (b, x = zero) => {
      const y = b.slice(x, zero, b.length(x), 'y');
      b.store(y, zero, constant(1), true);
      return y;
    });
    expect(await text(fn, { out: true })).toMatchInlineSnapshot(`
      "export function f(x: Float64Array, out?: Float64Array): Float64Array {
        const y = out ?? new Float64Array(x.length);
        if (y.length !== x.length) throw new RangeError(\`out: expected length \${x.length}, found \${y.length}\`);
        if (y === x) throw new RangeError('out: must not be x itself');
        y.set(x);
        y[0]++;
        return y;
      }"
    `);
    const run = compiled(fn, { out: true });
    const out = new Float64Array(2).fill(NaN);
    expect(run(Float64Array.of(1, 2), out)).toBe(out);
    expect([...out]).toEqual([2, 2]);
  });

  it('lends the rows of a matrix, each in its place', async () => {
    const rows = arrayOf(f64, 'list');
    const fn = build('f', { x: f64, n: num }, rows, (b, x = zero, n = zero) => {
      const all = b.alloc(rows, n, undefined, 'rows');
      b.each(n, (inner, i) => inner.store(all, i, inner.slice(x, zero, inner.length(x))));
      return all;
    });
    expect(await text(fn, { out: true })).toMatchInlineSnapshot(`
      "export function f(x: Float64Array, n: number, out?: Float64Array[]): Float64Array[] {
        const rows: Float64Array[] = out ?? new Array<Float64Array>(n);
        rows.length = n;
        for (let i = 0; i < n; i++) {
          const xCopy = out?.[i] ?? new Float64Array(x.length);
          if (xCopy.length !== x.length) {
            throw new RangeError(\`out[\${i}]: expected length \${x.length}, found \${xCopy.length}\`);
          }
          xCopy.set(x);
          rows[i] = xCopy;
        }
        return rows;
      }"
    `);
    const run = compiled(fn, { out: true }) as (x: Float64Array, n: number, out?: Float64Array[]) => Float64Array[];
    const out = run(Float64Array.of(1, 2), 3);
    const [first] = out;
    out.forEach((row) => row.fill(NaN));
    expect(run(Float64Array.of(3, 4), 2, out)).toBe(out);
    expect(out).toEqual([Float64Array.of(3, 4), Float64Array.of(3, 4)]);
    expect(out[0]).toBe(first);
    expect(run(Float64Array.of(5, 6), 4, out).length).toBe(4);
    expect(() => run(Float64Array.of(5), 1, out)).toThrow('out[0]: expected length 1, found 2');
  });

  it('receives copies of arrays that are only known at the end', async () => {
    const rows = arrayOf(f64, 'list');
    const fn = build('f', { x: f64, swap: bool }, rows, (b, x = zero, swap = zero) => {
      const [p, q] = [b.slice(x, zero, b.length(x), 'p'), b.slice(x, zero, b.length(x), 'q')];
      b.store(p, zero, constant(7));
      const made = (at: Builder, parts: readonly Atom[]) => at.make(rows, parts);
      const [result = zero] = b.if(
        swap,
        (then) => [made(then, [q, p])],
        (other) => [made(other, [p, q])],
        [{ type: rows, name: 'rows' }],
      );
      return result;
    });
    expect(await text(fn, { out: true })).toMatchInlineSnapshot(`
      "export function f(x: Float64Array, swap: boolean, out?: Float64Array[]): Float64Array[] {
        const p = x.slice();
        const q = x.slice();
        p[0] = 7;
        const rows: Float64Array[] = swap ? [q, p] : [p, q];
        if (!out) return rows;
        if (out.length > rows.length) out.length = rows.length;
        for (let i = 0; i < rows.length; i++) {
          if (i < out.length) {
            if (out[i].length !== rows[i].length) {
              throw new RangeError(\`out[\${i}]: expected length \${rows[i].length}, found \${out[i].length}\`);
            }
            out[i].set(rows[i]);
          } else {
            out.push(rows[i]);
          }
        }

        return out;
      }"
    `);
    const run = compiled(fn, { out: true });
    const x = Float64Array.of(1, 2);
    const out = run(x, false);
    const changed = [Float64Array.of(1, 2), Float64Array.of(7, 2)];
    expect(run(x, true, out)).toBe(out);
    expect(out).toEqual(changed);
  });

  it('of a wrong length, or one of the arguments, is refused', () => {
    const run = compiled(squares(f64), { out: true });
    const x = Float64Array.of(1, 2);
    const out = (bar: Float64Array) => ({ value: NaN, gradient: { x: bar } });
    expect(() => run(x, out(new Float64Array(3)))).toThrow(
      new RangeError('out.gradient.x: expected length 2, found 3'),
    );
    expect(() => run(x, out(x))).toThrow(new RangeError('out.gradient.x: must not be x itself'));
    expect(run(x, out(new Float64Array(2).fill(NaN)))).toEqual({ value: 5, gradient: { x: Float64Array.of(2, 4) } });
  });

  it('keeps clear of parameters of that name', async () => {
    const fn = build('f', { out: f64 }, f64, (b, x = zero) => b.slice(x, zero, b.length(x)));
    expect(await text(fn, { out: true, guards: false })).toMatchInlineSnapshot(`
      "export function f(out: Float64Array, out2?: Float64Array): Float64Array {
        const outCopy = out2 ?? new Float64Array(out.length);
        outCopy.set(out);
        return outCopy;
      }"
    `);
  });
});
