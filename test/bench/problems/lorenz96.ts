import type { Problem } from '../problem.js';

/** Squared distance to a target after a rollout of the Lorenz-96 system by the method of Runge and Kutta. */
export function miss(x0: Float64Array, forcing: number, target: Float64Array, steps: number): number {
  const k = x0.length;
  const slope = (x: Float64Array): Float64Array => {
    const out = new Float64Array(k);
    for (let i = 0; i < k; i++) {
      out[i] = (x[(i + 1) % k] - x[(i + k - 2) % k]) * x[(i + k - 1) % k] - x[i] + forcing;
    }
    return out;
  };
  const moved = (x: Float64Array, direction: Float64Array, size: number): Float64Array =>
    x.map((v, i) => v + size * direction[i]);
  const dt = 0.01;
  let x = x0;
  for (let step = 0; step < steps; step++) {
    const k1 = slope(x);
    const k2 = slope(moved(x, k1, dt / 2));
    const k3 = slope(moved(x, k2, dt / 2));
    const k4 = slope(moved(x, k3, dt));
    const next = new Float64Array(k);
    for (let i = 0; i < k; i++) next[i] = x[i] + (dt / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    x = next;
  }
  let sum = 0;
  for (let i = 0; i < k; i++) {
    const d = x[i] - target[i];
    sum += d * d;
  }
  return sum;
}

interface Result {
  value: number;
  gradient: { x0: Float64Array; forcing: number };
}

/** One array of all stages of all steps. */
let stages = new Float64Array(0);

function slopeInto(xs: Float64Array, from: number, k: number, forcing: number, out: Float64Array): void {
  let before2 = xs[from + k - 2];
  let before = xs[from + k - 1];
  let here = xs[from];
  for (let i = 0; i < k; i++) {
    const after = i + 1 < k ? xs[from + i + 1] : xs[from];
    out[i] = (after - before2) * before - here + forcing;
    before2 = before;
    before = here;
    here = after;
  }
}

/** Adds the reverse of a slope to `into`, with `scale` times the cotangents in `bar`; returns their sum. */
function slopeBack(
  xs: Float64Array,
  from: number,
  k: number,
  bar: Float64Array,
  scale: number,
  into: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < k; i++) {
    const g = scale * bar[i];
    const after = i + 1 < k ? i + 1 : 0;
    const before = i > 0 ? i - 1 : k - 1;
    const before2 = before > 0 ? before - 1 : k - 1;
    const v = xs[from + before];
    into[after] += g * v;
    into[before2] -= g * v;
    into[before] += g * (xs[from + after] - xs[from + before2]);
    into[i] -= g;
    sum += g;
  }
  return sum;
}

export function plain(
  x0: Float64Array,
  forcing: number,
  target: Float64Array,
  steps: number,
  out: Result = { value: 0, gradient: { x0: new Float64Array(x0.length), forcing: 0 } },
): Result {
  const k = x0.length;
  const size = 4 * k;
  if (stages.length !== steps * size) stages = new Float64Array(steps * size);
  const xs = stages;
  const k1 = new Float64Array(k);
  const k2 = new Float64Array(k);
  const k3 = new Float64Array(k);
  const k4 = new Float64Array(k);
  const x = Float64Array.from(x0);
  const dt = 0.01;
  for (let step = 0; step < steps; step++) {
    const at = step * size;
    for (let i = 0; i < k; i++) xs[at + i] = x[i];
    slopeInto(xs, at, k, forcing, k1);
    for (let i = 0; i < k; i++) xs[at + k + i] = x[i] + (dt / 2) * k1[i];
    slopeInto(xs, at + k, k, forcing, k2);
    for (let i = 0; i < k; i++) xs[at + 2 * k + i] = x[i] + (dt / 2) * k2[i];
    slopeInto(xs, at + 2 * k, k, forcing, k3);
    for (let i = 0; i < k; i++) xs[at + 3 * k + i] = x[i] + dt * k3[i];
    slopeInto(xs, at + 3 * k, k, forcing, k4);
    for (let i = 0; i < k; i++) x[i] += (dt / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  let value = 0;
  const bar = out.gradient.x0;
  for (let i = 0; i < k; i++) {
    const d = x[i] - target[i];
    value += d * d;
    bar[i] = 2 * d;
  }
  let forcingBar = 0;
  const b1 = k1;
  const b2 = k2;
  const b3 = k3;
  const b4 = k4;
  for (let step = steps - 1; step >= 0; step--) {
    const at = step * size;
    // What reaches the point of each stage, last stage first.
    b4.fill(0);
    forcingBar += slopeBack(xs, at + 3 * k, k, bar, dt / 6, b4);
    for (let i = 0; i < k; i++) b1[i] = (dt / 3) * bar[i] + dt * b4[i];
    b3.fill(0);
    forcingBar += slopeBack(xs, at + 2 * k, k, b1, 1, b3);
    for (let i = 0; i < k; i++) b1[i] = (dt / 3) * bar[i] + (dt / 2) * b3[i];
    b2.fill(0);
    forcingBar += slopeBack(xs, at + k, k, b1, 1, b2);
    for (let i = 0; i < k; i++) {
      b1[i] = (dt / 6) * bar[i] + (dt / 2) * b2[i];
      bar[i] += b2[i] + b3[i] + b4[i];
    }
    forcingBar += slopeBack(xs, at, k, b1, 1, bar);
  }
  out.value = value;
  out.gradient.forcing = forcingBar;
  return out;
}

const wave = (length: number, scale: number, speed: number) =>
  Float64Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1)));

export const problem: Problem = {
  kind: 'function',
  title: 'Lorenz-96 by Runge-Kutta, k = 40, n = 500',
  primal: 'miss',
  mode: 'grad',
  wrt: ['x0', 'forcing'],
  arguments: () => [wave(40, 2, 0.9), 8, wave(40, 3, 0.4), 500],
  tangents: () => [wave(40, 1, 0.3), 1],
  plain: 'plain',
};
