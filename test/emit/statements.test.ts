import { describe, expect, it } from 'vitest';
import { arrayOf, bool, constant, no, num, one, value, yes, zero } from '../../src/ir/build.js';
import type { Atom } from '../../src/ir/types.js';
import { build, text } from './support.js';

const f64 = arrayOf(num, 'f64');

describe('straight code', () => {
  it('puts expressions back together', async () => {
    const fn = build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      const a = b.op('add', [x, b.op('add', [y, one])]);
      return b.op('mul', [a, b.op('neg', [b.op('sin', [x])])]);
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function f(x: number, y: number): number {
        return (x + (y + 1)) * -Math.sin(x);
      }"
    `);
  });

  it('names what is used twice after its operation, and keeps names of the user', async () => {
    const fn = build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      const product = b.op('mul', [x, y]);
      const sum = b.op('add', [x, y], 'total');
      return b.op('div', [b.op('mul', [product, product]), sum]);
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function f(x: number, y: number): number {
        const product = x * y;
        const total = x + y;
        return (product * product) / total;
      }"
    `);
  });
});

describe('loops', () => {
  it('carries a sum in one variable', async () => {
    const fn = build('sum', { x: f64 }, num, (b, x = zero) => {
      const [s] = b.for(
        { from: zero, to: b.length(x), compare: '<', step: 1 },
        [{ init: zero, name: 's' }],
        (inner, i, [s]) => [inner.op('add', [s as Atom, inner.load(x, i)])],
      );
      return s as Atom;
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function sum(x: Float64Array): number {
        let s = 0;
        for (let i = 0; i < x.length; i++) {
          s += x[i];
        }
        return s;
      }"
    `);
  });

  it('swaps through a temporary', async () => {
    const fn = build('fib', { n: num }, num, (b, n = zero) => {
      const [a] = b.for(
        { from: zero, to: n, compare: '<', step: 1 },
        [
          { init: zero, name: 'a' },
          { init: one, name: 'b' },
        ],
        (inner, _, [a, c]) => [c as Atom, inner.op('add', [a as Atom, c as Atom])],
      );
      return a as Atom;
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function fib(n: number): number {
        let a = 0;
        let b = 1;
        for (let i = 0; i < n; i++) {
          const aNext = b;
          b += a;
          a = aNext;
        }
        return a;
      }"
    `);
  });

  it('recovers `while` and `break`', async () => {
    const fn = build('hit', { height: num, angle: num }, num, (b, height = zero, angle = zero) => {
      const cos = b.op('cos', [angle], 'cos');
      const t = value(num, 't');
      const returned = value(bool, 'returned');
      const results = [value(num, 't'), value(bool, 'returned')];
      // The body's values come out of an inner builder by way of a statement that is taken off again.
      const inner = build('inner', {}, num, (w) => {
        const values = w.if(
          w.op('lt', [t, constant(20)]),
          (then) => {
            const gap = then.op('sub', [then.op('mul', [t, cos]), height], 'gap');
            return then.if(
              then.op('lt', [gap, constant(1e-9)]),
              () => [no, t, yes],
              (go) => [yes, go.op('add', [t, gap]), no],
              [{ type: bool }, { type: num }, { type: bool }],
            );
          },
          () => [no, t, returned],
          [{ type: bool }, { type: num }, { type: bool }],
        );
        w.push({ kind: 'throw', error: 'Never', message: values, origin: undefined });
        return zero;
      });
      const last = inner.body.stmts.at(-1);
      const yielded = last?.kind === 'throw' ? last.message : [];
      b.push({
        kind: 'loop',
        carried: [
          { param: t, init: zero },
          { param: returned, init: no },
        ],
        body: { stmts: inner.body.stmts.slice(0, -1), yields: yielded },
        results,
        origin: undefined,
      });
      const [end, flag] = results as [Atom, Atom];
      return b.op('select', [flag, end, constant(20)]);
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function hit(height: number, angle: number): number {
        const cos = Math.cos(angle);
        let t = 0;
        let returned = false;
        while (t < 20) {
          const gap = t * cos - height;
          if (gap < 1e-9) {
            returned = true;
            break;
          }
          t += gap;
        }
        return returned ? t : 20;
      }"
    `);
  });
});

describe('branches', () => {
  it('updates in place', async () => {
    const fn = build('f', { x: num, s0: num }, num, (b, x = zero, s0 = zero) => {
      const s = b.op('mul', [s0, s0], 's');
      const [r] = b.if(
        b.op('gt', [x, zero]),
        (then) => [then.op('add', [s, x])],
        () => [s],
        [{ type: num, name: 's' }],
      );
      return b.op('sin', [r as Atom]);
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function f(x: number, s0: number): number {
        let s = s0 * s0;
        if (x > 0) s += x;
        return Math.sin(s);
      }"
    `);
  });
  it('chooses', async () => {
    const fn = build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      const [r] = b.if(
        b.op('gt', [x, zero]),
        (then) => [then.op('add', [y, x])],
        () => [y],
        [{ type: num }],
      );
      return b.op('sin', [r as Atom]);
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function f(x: number, y: number): number {
        const choice = x > 0 ? y + x : y;
        return Math.sin(choice);
      }"
    `);
  });
  it('returns early', async () => {
    const fn = build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      const [r] = b.if(
        b.op('gt', [x, zero]),
        () => [y],
        (otherwise) => {
          const s = otherwise.op('mul', [x, y], 's');
          return otherwise.if(
            otherwise.op('lt', [s, one]),
            () => [s],
            (deep) => [deep.op('exp', [deep.op('mul', [s, s])])],
            [{ type: num }],
          );
        },
        [{ type: num }],
      );
      return r as Atom;
    });
    expect(await text(fn)).toMatchInlineSnapshot(`
      "export function f(x: number, y: number): number {
        if (x > 0) return y;
        const s = x * y;
        return s < 1 ? s : Math.exp(s * s);
      }"
    `);
  });
});
