import type { Problem } from '../problem.js';

/** One step of a recurrent network; theta holds a k × k matrix, row by row, and then k biases. */
export function h(x: Float64Array, theta: Float64Array): Float64Array {
  const k = x.length;
  const next = new Float64Array(k);
  for (let r = 0; r < k; r++) {
    let sum = theta[k * k + r];
    for (let c = 0; c < k; c++) sum += theta[r * k + c] * x[c];
    next[r] = Math.tanh(sum);
  }
  return next;
}

export function p(x: Float64Array, i: number): number {
  let s = 0;
  for (let r = 0; r < x.length; r++) {
    const d = x[r] - 0.4 * Math.cos(0.3 * i);
    s += d * d;
  }
  return s;
}

export function beta(phi: Float64Array, i: number): number {
  let s = 0;
  for (let j = 0; j < phi.length; j++) s += phi[j] * Math.cos(0.1 * j * i);
  return Math.exp(s);
}

let states = new Float64Array(0);
let lambda = new Float64Array(0);
let back = new Float64Array(0);

/** The λ recursion; of the gradient in theta only its inner product with f is ever formed. */
export function plainF(x0: Float64Array, theta: Float64Array, phi: Float64Array, f: Float64Array, n: number): number {
  const k = x0.length;
  const m = phi.length;
  const square = k * k;
  if (states.length !== (n + 1) * k || lambda.length !== k) {
    states = new Float64Array((n + 1) * k);
    lambda = new Float64Array(k);
    back = new Float64Array(k);
  }
  const xs = states;
  xs.set(x0);
  for (let i = 0; i < n; i++) {
    const from = i * k;
    const to = from + k;
    for (let r = 0; r < k; r++) {
      let sum = theta[square + r];
      const row = r * k;
      for (let c = 0; c < k; c++) sum += theta[row + c] * xs[from + c];
      xs[to + r] = Math.tanh(sum);
    }
  }
  let bar = lambda;
  let before = back;
  bar.fill(0);
  let value = 0;
  for (let i = n - 1; i >= 0; i--) {
    let s = 0;
    for (let j = 0; j < m; j++) s += phi[j] * Math.cos(0.1 * j * (i + 1));
    const weight = 2 * Math.exp(s);
    const target = 0.4 * Math.cos(0.3 * (i + 1));
    const from = i * k;
    const to = from + k;
    before.fill(0);
    for (let r = 0; r < k; r++) {
      const next = xs[to + r];
      const sumBar = (bar[r] + weight * (next - target)) * (1 - next * next);
      const row = r * k;
      let dot = f[square + r];
      for (let c = 0; c < k; c++) {
        dot += f[row + c] * xs[from + c];
        before[c] += sumBar * theta[row + c];
      }
      value += sumBar * dot;
    }
    [bar, before] = [before, bar];
  }
  return value;
}

interface Result {
  value: number;
  gradient: Float64Array;
}

let buffers = new Float64Array(0);
let cosines = new Float64Array(0);

export function plainGradPhiF(
  x0: Float64Array,
  theta: Float64Array,
  phi: Float64Array,
  f: Float64Array,
  n: number,
  out: Result = { value: 0, gradient: new Float64Array(phi.length) },
): Result {
  const k = x0.length;
  const m = phi.length;
  const square = k * k;
  if (buffers.length !== 4 * k) buffers = new Float64Array(4 * k);
  if (cosines.length !== m) cosines = new Float64Array(m);
  let x = buffers.subarray(0, k);
  let xi = buffers.subarray(k, 2 * k);
  let next = buffers.subarray(2 * k, 3 * k);
  let nextXi = buffers.subarray(3 * k, 4 * k);
  x.set(x0);
  xi.fill(0);
  const { gradient } = out;
  gradient.fill(0);
  let value = 0;
  for (let i = 0; i < n; i++) {
    const target = 0.4 * Math.cos(0.3 * (i + 1));
    let slope = 0;
    for (let r = 0; r < k; r++) {
      const row = r * k;
      let sum = theta[square + r];
      let dot = f[square + r];
      for (let c = 0; c < k; c++) {
        const w = theta[row + c];
        const v = x[c];
        sum += w * v;
        dot += f[row + c] * v + w * xi[c];
      }
      const y = Math.tanh(sum);
      const tangent = (1 - y * y) * dot;
      next[r] = y;
      nextXi[r] = tangent;
      slope += (y - target) * tangent;
    }
    let s = 0;
    for (let j = 0; j < m; j++) {
      const cosine = Math.cos(0.1 * j * (i + 1));
      cosines[j] = cosine;
      s += phi[j] * cosine;
    }
    const term = 2 * Math.exp(s) * slope;
    value += term;
    for (let j = 0; j < m; j++) gradient[j] += term * cosines[j];
    [x, next] = [next, x];
    [xi, nextXi] = [nextXi, xi];
  }
  out.value = value;
  return out;
}

const wave = (length: number, scale: number, speed: number) =>
  Float64Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1)));

export const problem: Problem = {
  kind: 'chain',
  title: 'chain',
  sizes: [8, 32, 128].flatMap((k) =>
    [50, 200, 800].map((n) => ({
      label: `k = ${k}, n = ${n}`,
      arguments: () => [
        wave(k, 0.5, 0.4),
        wave(k * k + k, 1.2 / Math.sqrt(k), 1.7),
        wave(5, 0.3, 0.8),
        wave(k * k + k, 1, 0.7),
        n,
      ],
    })),
  ),
  plain: { F: 'plainF', gradPhiF: 'plainGradPhiF' },
};
