import type { Problem } from '../problem.js';

/** Summed squared distance between the states of a recurrent network and their targets. */
export function loss(weights: Float64Array, bias: Float64Array, x0: Float64Array, targets: Float64Array[]): number {
  const k = bias.length;
  let x = x0;
  let total = 0;
  for (const target of targets) {
    const next = new Float64Array(k);
    for (let r = 0; r < k; r++) {
      let sum = bias[r];
      for (let c = 0; c < k; c++) sum += weights[r * k + c] * x[c];
      next[r] = Math.tanh(sum);
    }
    for (let r = 0; r < k; r++) {
      const difference = next[r] - target[r];
      total += difference * difference;
    }
    x = next;
  }
  return total;
}

interface Result {
  value: number;
  gradient: { weights: Float64Array; bias: Float64Array; x0: Float64Array };
}

const fresh = (k: number): Result => ({
  value: 0,
  gradient: { weights: new Float64Array(k * k), bias: new Float64Array(k), x0: new Float64Array(k) },
});

let states = new Float64Array(0);
let lambda = new Float64Array(0);
let back = new Float64Array(0);

function prepare(k: number, n: number): void {
  if (states.length === (n + 1) * k && lambda.length === k) return;
  states = new Float64Array((n + 1) * k);
  lambda = new Float64Array(k);
  back = new Float64Array(k);
}

export function plain(
  weights: Float64Array,
  bias: Float64Array,
  x0: Float64Array,
  targets: Float64Array[],
  out = fresh(bias.length),
): Result {
  const k = bias.length;
  const n = targets.length;
  prepare(k, n);
  const xs = states;
  xs.set(x0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const target = targets[i];
    const from = i * k;
    const to = from + k;
    for (let r = 0; r < k; r++) {
      let sum = bias[r];
      const row = r * k;
      for (let c = 0; c < k; c++) sum += weights[row + c] * xs[from + c];
      const next = Math.tanh(sum);
      xs[to + r] = next;
      const difference = next - target[r];
      total += difference * difference;
    }
  }

  const { weights: weightsBar, bias: biasBar, x0: x0Bar } = out.gradient;
  weightsBar.fill(0);
  biasBar.fill(0);
  let bar = lambda;
  let before = back;
  bar.fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const target = targets[i];
    const from = i * k;
    const to = from + k;
    before.fill(0);
    for (let r = 0; r < k; r++) {
      const next = xs[to + r];
      const sumBar = (bar[r] + 2 * (next - target[r])) * (1 - next * next);
      biasBar[r] += sumBar;
      const row = r * k;
      for (let c = 0; c < k; c++) {
        weightsBar[row + c] += sumBar * xs[from + c];
        before[c] += sumBar * weights[row + c];
      }
    }
    [bar, before] = [before, bar];
  }
  x0Bar.set(bar);
  out.value = total;
  return out;
}

let sums = new Float64Array(0);

/** Four rows at a time; the outer products of all steps are added up at the end, so that a weight is touched n / 4 times. */
export function blocked(
  weights: Float64Array,
  bias: Float64Array,
  x0: Float64Array,
  targets: Float64Array[],
  out = fresh(bias.length),
): Result {
  const k = bias.length;
  const n = targets.length;
  prepare(k, n);
  if (sums.length !== n * k) sums = new Float64Array(n * k);
  const xs = states;
  xs.set(x0);
  let total = 0;
  const blocks = k - (k % 4);
  for (let i = 0; i < n; i++) {
    const target = targets[i];
    const from = i * k;
    const to = from + k;
    let r = 0;
    for (; r < blocks; r += 4) {
      let s0 = bias[r];
      let s1 = bias[r + 1];
      let s2 = bias[r + 2];
      let s3 = bias[r + 3];
      const row0 = r * k;
      const row1 = row0 + k;
      const row2 = row1 + k;
      const row3 = row2 + k;
      for (let c = 0; c < k; c++) {
        const x = xs[from + c];
        s0 += weights[row0 + c] * x;
        s1 += weights[row1 + c] * x;
        s2 += weights[row2 + c] * x;
        s3 += weights[row3 + c] * x;
      }
      xs[to + r] = Math.tanh(s0);
      xs[to + r + 1] = Math.tanh(s1);
      xs[to + r + 2] = Math.tanh(s2);
      xs[to + r + 3] = Math.tanh(s3);
    }
    for (; r < k; r++) {
      let sum = bias[r];
      for (let c = 0; c < k; c++) sum += weights[r * k + c] * xs[from + c];
      xs[to + r] = Math.tanh(sum);
    }
    for (let r = 0; r < k; r++) {
      const difference = xs[to + r] - target[r];
      total += difference * difference;
    }
  }

  const { weights: weightsBar, bias: biasBar, x0: x0Bar } = out.gradient;
  biasBar.fill(0);
  let bar = lambda;
  let before = back;
  bar.fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const target = targets[i];
    const from = i * k;
    const to = from + k;
    for (let r = 0; r < k; r++) {
      const next = xs[to + r];
      const sumBar = (bar[r] + 2 * (next - target[r])) * (1 - next * next);
      biasBar[r] += sumBar;
      sums[from + r] = sumBar;
    }
    before.fill(0);
    let r = 0;
    for (; r < blocks; r += 4) {
      const b0 = sums[from + r];
      const b1 = sums[from + r + 1];
      const b2 = sums[from + r + 2];
      const b3 = sums[from + r + 3];
      const row0 = r * k;
      const row1 = row0 + k;
      const row2 = row1 + k;
      const row3 = row2 + k;
      for (let c = 0; c < k; c++) {
        before[c] += b0 * weights[row0 + c] + b1 * weights[row1 + c] + b2 * weights[row2 + c] + b3 * weights[row3 + c];
      }
    }
    for (; r < k; r++) {
      const b = sums[from + r];
      for (let c = 0; c < k; c++) before[c] += b * weights[r * k + c];
    }
    [bar, before] = [before, bar];
  }
  x0Bar.set(bar);
  weightsBar.fill(0);
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const step0 = i * k;
    const step1 = step0 + k;
    const step2 = step1 + k;
    const step3 = step2 + k;
    for (let r = 0; r < k; r++) {
      const b0 = sums[step0 + r];
      const b1 = sums[step1 + r];
      const b2 = sums[step2 + r];
      const b3 = sums[step3 + r];
      const row = r * k;
      for (let c = 0; c < k; c++) {
        weightsBar[row + c] += b0 * xs[step0 + c] + b1 * xs[step1 + c] + b2 * xs[step2 + c] + b3 * xs[step3 + c];
      }
    }
  }
  for (; i < n; i++) {
    for (let r = 0; r < k; r++) {
      const b = sums[i * k + r];
      for (let c = 0; c < k; c++) weightsBar[r * k + c] += b * xs[i * k + c];
    }
  }
  out.value = total;
  return out;
}

const wave = (length: number, scale: number, speed: number) =>
  Float64Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1)));
const k = 32;
const n = 200;

export const problem: Problem = {
  kind: 'function',
  title: 'recurrent rollout, k = 32, n = 200',
  primal: 'loss',
  mode: 'grad',
  wrt: ['weights', 'bias', 'x0'],
  arguments: () => [
    wave(k * k, 0.3, 1.7),
    wave(k, 0.2, 0.9),
    wave(k, 0.5, 0.4),
    Array.from({ length: n }, (_, i) => wave(k, 0.4, 0.3 + 0.01 * i)),
  ],
  tangents: () => [wave(k * k, 1, 0.7), wave(k, 1, 0.2), wave(k, 1, 2.4)],
  plain: 'plain',
  blocked: 'blocked',
};
