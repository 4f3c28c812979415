import { describe, expect, it } from 'vitest';
import { expand } from '../../src/ad/expand.js';
import { transposed } from '../../src/ad/transpose.js';
import { loadProgram, lowerFunction } from '../../src/frontend/index.js';
import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import { statements } from '../../src/ir/visit.js';
import type { Fn } from '../../src/ir/types.js';
import { operatorPasses, optimise } from '../../src/optimise/passes.js';

const model = `
import { inner, sum, zerosLike } from 'adgen/structure';
import * as structure from 'adgen/structure';
type V = number[];
function h(x: V, theta: number): V { return [Math.sin(x[0]) + theta * x[1], x[0] * x[1] - theta]; }
function p(x: V): number { return x[0] * x[0] * x[1]; }
function weigh(w: V, i: number): number { return Math.exp(w[0] * i) + w[1]; }
`;

const prepare = (fn: Fn): Fn => optimise(fn, { check: { derive: true } });

function prepared(text: string): Fn {
  const program = loadProgram({ file: '/virtual/model.ts', text: model + text });
  expect(program.diagnostics.filter(({ level }) => level === 'error')).toEqual([]);
  const { fn, diagnostics } = lowerFunction(program, 'f');
  expect(diagnostics).toEqual([]);
  if (fn === undefined) throw new Error('not lowered');
  return prepare(fn);
}

const run = (fn: Fn, args: readonly unknown[]): unknown => evaluate(prepare(expand(fn, prepare, [])), args);

const recursion = (step: string, more = '') => `
export function f(w: V, xs: V[]): number {
  ${more}
  let lambda = 0;
  let mu = 0;
  let value = 0;
  for (let i = xs.length - 1; i >= 0; i--) {
    const [a, b] = [xs[i][0], xs[i][1]];
    const weight = structure.call(weigh)(w, i);
    ${step}
  }
  return value;
}`;

const points: readonly (readonly unknown[])[] = [
  [
    [0.3, -0.7],
    [
      [0.5, 1.5],
      [-0.25, 2],
      [1, -0.5],
    ],
  ],
  [[0.3, -0.7], [[0.5, 1.5]]],
  [[0.3, -0.7], []],
];

describe('a linear loop, transposed, gives the same value', () => {
  it.each([
    [
      'sums, differences and multiples',
      'lambda = a * lambda - weight / 2 + mu; mu = -lambda * b; value += lambda * a;',
    ],
    [
      'quotients and sources on both sides',
      'mu = weight * a - mu / b; lambda += mu * weight; value = value + lambda - mu;',
    ],
    ['a part that leads nowhere', 'mu += weight; lambda = a * lambda + weight; value += lambda;'],
    ['a result that is scaled as it goes', 'lambda = weight; value = value * a + lambda * b;'],
    ['passive sources', 'lambda = a - lambda; value -= lambda * weight;'],
  ])('%s', (_, step) => {
    const fn = prepared(recursion(step));
    const other = transposed(fn);
    expect(other).toBeDefined();
    if (other === undefined) return;
    check(other, { derive: true });
    for (const point of points) {
      const [expected, found] = [run(fn, point), run(other, point)] as [number, number];
      expect(Math.abs(found - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
    }
  });

  it.each([
    ['a square', 'lambda = lambda * lambda + weight; value += lambda;'],
    ['a product of two', 'mu += weight; lambda = mu * (lambda + a); value += lambda;'],
    ['a function', 'lambda = Math.sin(lambda) + weight; value += lambda;'],
    ['a divisor', 'lambda = weight / (2 + lambda); value += lambda;'],
    ['a choice', 'lambda = lambda > 0 ? weight : a; value += lambda;'],
    ['a guard', 'lambda += weight; if (lambda > 1e9) throw new RangeError("too large"); value += lambda;'],
    ['an index', 'lambda += 1; value += weight * xs[lambda % 1][0];'],
  ])('not %s', (_, step) => {
    expect(transposed(prepared(recursion(step)))).toBeUndefined();
  });

  it('not one that does not start with nothing', () => {
    const text = recursion('lambda = a * lambda + weight; value += lambda;');
    expect(transposed(prepared(text.replace('let lambda = 0', 'let lambda = 1')))).toBeUndefined();
  });
});

/** The λ recursion of a user who writes it down. */
const adjoint = (states: string, next: string) => `
export function f(x0: V, theta: number, w: V, n: number): number {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError('n');
  ${states}
  let lambda = zerosLike(xs[n]);
  let value = 0;
  for (let i = n - 1; i >= 0; i--) {
    const weight = structure.call(weigh)(w, i + 1);
    const total = sum(lambda, structure.vjp(p, 'x')(${next}, weight).cotangents.x);
    value += inner(total, structure.jvp(h, 'theta')(xs[i], theta, 0.5).tangent);
    lambda = structure.vjp(h, 'x')(xs[i], theta, total).cotangents.x;
  }
  return value;
}`;

const rolledOut = `
  const xs = new Array<V>(n + 1);
  xs[0] = x0;
  let x = x0;
  for (let i = 0; i < n; i++) {
    x = structure.call(h)(x, theta);
    xs[i + 1] = x;
  }`;

describe('the adjoint of an adjoint', () => {
  const forwards = (text: string): { fn: Fn; other: Fn } => {
    const fn = prepared(text);
    const other = transposed(fn);
    if (other === undefined) throw new Error('not transposed');
    return { fn, other: optimise(other, { check: { derive: true } }, operatorPasses) };
  };

  it('becomes one loop that stores nothing', () => {
    const { fn, other } = forwards(adjoint(rolledOut, 'xs[i + 1]'));
    for (const n of [0, 1, 7]) {
      const [expected, found] = [fn, other].map((each) => run(each, [[0.3, 0.8], 0.4, [0.1, 0.2], n])) as number[];
      expect(found).toBeCloseTo(expected ?? NaN, 13);
    }
    const kinds = statements(other.body).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'for')).toHaveLength(1);
    expect(kinds).not.toContain('store');
    const derives = statements(other.body).flatMap((stmt) => (stmt.kind === 'derive' ? [stmt.mode] : []));
    // One tangent of h, with its value, in both directions at once; one of p; the weight.
    expect(derives.sort()).toEqual(['forward', 'jvp', 'jvp']);
  });

  it('keeps what a later iteration needs', () => {
    // The second loop would look ahead of the first.
    const { fn, other } = forwards(adjoint(rolledOut, 'xs[Math.min(i + 2, n)]'));
    const args = [[0.3, 0.8], 0.4, [0.1, 0.2], 6];
    expect(run(other, args)).toBeCloseTo(run(fn, args) as number, 13);
    expect(statements(other.body).filter(({ kind }) => kind === 'for')).toHaveLength(2);
  });
});
