import { describe, expect, it } from 'vitest';
import { emitModule } from '../../src/emit/module.js';
import { arrayOf, constant, num, zero } from '../../src/ir/build.js';
import type { Atom, Fn } from '../../src/ir/types.js';
import { build, plan } from './support.js';

const f64 = arrayOf(num, 'f64');
const n = 10_000;

const programs: Readonly<Record<string, () => Fn>> = {
  'named sums': () =>
    build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      let s = x;
      for (let k = 0; k < n; k++) s = b.op('add', [s, b.op('mul', [s, y])], k % 2 === 0 ? 's' : `s${k}`);
      return s;
    }),
  'unnamed temporaries': () =>
    build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      let [s, t] = [x, y];
      for (let k = 0; k < n / 2; k++) [s, t] = [b.op('mul', [s, t]), b.op('add', [s, t])];
      return b.op('add', [s, t]);
    }),
  'loads and stores': () =>
    build('f', { x: f64, y: num }, f64, (b, x = zero, y = zero) => {
      const own = b.slice(x, zero, b.length(x), 'own');
      const loads = Array.from({ length: n / 2 }, (_, k) => b.load(own, constant(k)));
      loads.forEach((load, k) => b.store(own, constant(k), b.op('mul', [load, y])));
      return own;
    }),
  'updates in branches': () =>
    build('f', { x: num, y: num }, num, (b, x = zero, y = zero) => {
      let s: Atom = x;
      for (let k = 0; k < n / 3; k++) {
        const now = s;
        const [next] = b.if(
          b.op('gt', [now, y]),
          (then) => [then.op('add', [now, y])],
          () => [now],
          [{ type: num, name: 's' }],
        );
        s = next ?? zero;
      }
      return s;
    }),
  'one loop that carries a lot': () =>
    build('f', { x: num, n: num }, num, (b, x = zero, to = zero) => {
      const results = b.for(
        { from: zero, to, compare: '<', step: 1 },
        Array.from({ length: 300 }, () => ({ init: x })),
        (inner, _, params) => params.map((param, k) => inner.op('add', [param, params[(k + 1) % 300] ?? zero])),
      );
      return results[0] ?? zero;
    }),
};

describe('emission is near-linear', () => {
  it.each(Object.keys(programs))('%s', (name) => {
    const fn = programs[name]?.();
    if (fn === undefined) return;
    emitModule(plan(fn));
    const start = performance.now();
    emitModule(plan(fn));
    const time = performance.now() - start;
    expect(time).toBeLessThan(10_000); // about 100 ms on a quiet machine
  });
});
