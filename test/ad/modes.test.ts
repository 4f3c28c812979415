import { describe, expect, it } from 'vitest';
import { vjp } from '../../src/ad/vjp.js';
import { jvp } from '../../src/ad/jvp.js';
import { arrayOf, Builder, constant, no, num, one, value, yes, zero } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { printFn } from '../../src/ir/print.js';
import type { Atom, Fn, Loop, Type, Value } from '../../src/ir/types.js';

const f64 = arrayOf(num, 'f64');

function define(params: Record<string, Type>, build: (b: Builder, ...args: Value[]) => Atom): Fn {
  const values = Object.entries(params).map(([name, type]) => value(type, name));
  const b = new Builder();
  const result = build(b, ...values);
  const fn: Fn = {
    name: 'f',
    params: values.map((v) => ({ value: v, active: true })),
    result: result.kind === 'value' ? result.type : num,
    body: { stmts: b.stmts, yields: [result] },
    origin: undefined,
  };
  check(fn);
  return fn;
}

/** y = x after a filter in place; its energy: loads and stores of neighbours, a branch on active values. */
const smooth = define({ x: f64, gain: num }, (b, x, gain) => {
  const n = b.length(x!, 'n');
  const y = b.slice(x!, zero, n, 'y');
  const [energy] = b.for(
    { from: one, to: n, compare: '<', step: 1 },
    [{ init: zero, type: num, name: 'energy' }],
    (c, i, [e]) => {
      const before = c.load(y, c.op('sub', [i, one]));
      const step = c.op('sub', [c.load(y, i), before], 'step');
      c.if(
        c.op('gt', [step, zero]),
        (d) => {
          d.store(y, i, d.op('add', [before, d.op('mul', [gain!, step])]));
          return [];
        },
        (d) => {
          d.store(y, i, d.op('sub', [before, d.op('mul', [d.op('mul', [constant(0.1), step]), step])]));
          return [];
        },
      );
      const yi = c.load(y, i);
      return [c.op('add', [e!, c.op('mul', [yi, yi])])];
    },
  );
  return energy!;
});

/** x ← tanh(w x) n times over fresh arrays, then Σ x². */
const rollout = define({ x0: f64, w: f64 }, (b, x0, w) => {
  const n = b.length(x0!, 'n');
  const [x] = b.for(
    { from: zero, to: constant(5), compare: '<', step: 1 },
    [{ init: x0!, name: 'x' }],
    (c, _t, [xt]) => {
      const y = c.alloc(f64, n, zero, 'y');
      c.each(n, (d, r) => {
        const [s] = d.for(
          { from: zero, to: n, compare: '<', step: 1, index: 'c' },
          [{ init: zero, name: 's' }],
          (e, col, [sum]) => {
            const at = e.op('add', [e.op('mul', [r, n]), col]);
            return [e.op('add', [sum!, e.op('mul', [e.load(w!, at), e.load(xt!, col)])])];
          },
        );
        d.store(y, r, d.op('tanh', [s!]));
      });
      return [y];
    },
  );
  const [total] = b.for(
    { from: zero, to: n, compare: '<', step: 1 },
    [{ init: zero, type: num, name: 'total' }],
    (c, i, [t]) => {
      const v = c.load(x!, i);
      return [c.op('add', [t!, c.op('mul', [v, v])])];
    },
  );
  return total!;
});

/** t grows until the gap is small (return t) or t >= 20 (return 20 * height). */
const hit = define({ height: num, angle: num, radius: num }, (b, height, angle, radius) => {
  const t = value(num, 't');
  const outcome = value(num, 'out');
  const inner = new Builder();
  const [again, next, result] = inner.if(
    inner.op('lt', [t, constant(20)]),
    (c) => {
      const dx = c.op('sub', [c.op('mul', [t, c.op('cos', [angle!])]), constant(5)], 'dx');
      const dy = c.op('add', [height!, c.op('mul', [t, c.op('sin', [angle!])])], 'dy');
      const gap = c.op(
        'sub',
        [c.op('sqrt', [c.op('add', [c.op('mul', [dx, dx]), c.op('mul', [dy, dy])])]), radius!],
        'gap',
      );
      const [a, tt, oo] = c.if(
        c.op('lt', [gap, constant(1e-3)]),
        (d) => [no, t, d.op('add', [t, gap])],
        (d) => [yes, d.op('add', [t, gap]), outcome],
        [{ type: { kind: 'bool' } }, { type: num, name: 't' }, { type: num, name: 'out' }],
      );
      return [a!, tt!, oo!];
    },
    (c) => [no, t, c.op('mul', [constant(20), height!])],
    [{ type: { kind: 'bool' } }, { type: num, name: 't' }, { type: num, name: 'out' }],
  );
  const results = [value(num, 't'), value(num, 'out')];
  const loop: Loop = {
    kind: 'loop',
    carried: [
      { param: t, init: zero },
      { param: outcome, init: zero },
    ],
    body: { stmts: inner.stmts, yields: [again!, next!, result!] },
    results,
    origin: undefined,
  };
  b.push(loop);
  return results[1]!;
});

type Numbers = (number | Float64Array)[];
const flat = (args: unknown): number[] =>
  typeof args === 'number'
    ? [args]
    : args instanceof Float64Array
      ? [...args]
      : Object.values(args as object).flatMap(flat);

/** Central differences, extrapolated once. */
function difference(fn: Fn, args: Numbers, directions: Numbers): number {
  const at = (h: number) =>
    evaluate(
      fn,
      args.map((arg, k) => {
        const d = directions[k]!;
        return arg instanceof Float64Array
          ? arg.map((v, j) => v + h * (d as Float64Array)[j]!)
          : arg + h * (d as number);
      }),
    ) as number;
  const slope = (h: number) => (at(h) - at(-h)) / (2 * h);
  return (4 * slope(5e-5) - slope(1e-4)) / 3;
}

const dot = (x: number[], y: number[]): number => x.reduce((sum, xk, k) => sum + xk * y[k]!, 0);

function agree(fn: Fn, points: Numbers[]) {
  const forward = jvp(fn, { guards: true });
  const reverse = vjp(fn, { guards: true });
  check(forward);
  check(reverse);
  const overReverse = jvp(reverse, { guards: true });
  check(overReverse);
  const twice = vjp(reverse, { guards: true });
  check(twice);
  for (const point of points) {
    const direction: Numbers = point.map((arg, j) =>
      arg instanceof Float64Array ? arg.map((_, k) => Math.sin(3 * k + j + 1)) : Math.cos(j + 2),
    );
    const primal = evaluate(fn, point);
    const { value: v1, tangent } = evaluate(forward, [...point, ...direction]) as { value: number; tangent: number };
    expect(v1).toBe(primal);
    const { value: v2, cotangents } = evaluate(reverse, [...point, 1]) as { value: number; cotangents: object };
    expect(v2).toBe(primal);
    const g = flat(cotangents);
    const d = flat(direction);
    const inner = g.reduce((sum, gk, k) => sum + gk * d[k]!, 0);
    const scale = Math.abs(tangent) + 1;
    expect(Math.abs(tangent - difference(fn, point, direction)) / scale).toBeLessThan(1e-6);
    expect(Math.abs(inner - tangent) / scale).toBeLessThan(1e-12);

    // Second order: the vjp of the vjp against the jvp of the vjp, along one direction and with one cotangent.
    const second = [...direction, 0.3];
    const primals = [...point, 0.8];
    const jv = (evaluate(overReverse, [...primals, ...second]) as { tangent: object }).tangent;
    const u = { value: 0.4, cotangents: (evaluate(reverse, [...point, 1.3]) as { cotangents: object }).cotangents };
    const back = (evaluate(twice, [...primals, u]) as { cotangents: object }).cotangents;
    const [a, c] = [dot(flat(u), flat(jv)), dot(flat(back), flat(second))];
    expect(Math.abs(a - c) / (Math.abs(a) + 1)).toBeLessThan(1e-10);
  }
}

describe('modes', () => {
  it('differentiates an array overwritten in a loop with a branch', () => {
    agree(smooth, [
      [Float64Array.of(0.3, 0.9, 0.2, 0.5, 1.4, 0.1), 0.7],
      [Float64Array.of(0.3), 0.7],
      [Float64Array.of(), 0.7],
    ]);
  });
  it('differentiates a rollout over fresh arrays', () => {
    agree(rollout, [[Float64Array.of(0.3, -0.2), Float64Array.of(0.3, 0.9, -0.7, 0.5)]]);
  });
  it('differentiates a loop left by two exits', () => {
    agree(hit, [
      [0.2, 0.1, 1],
      [3, 1.2, 1],
    ]);
  });
  it.skipIf(!process.env['SHOW'])('shows', () => {
    for (const fn of [smooth, rollout, hit]) console.log(printFn(fn), '\n', printFn(vjp(fn, { guards: true })));
  });
});
