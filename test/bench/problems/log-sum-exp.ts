import type { Problem } from '../problem.js';

export function logSumExp(xs: number[]): number {
  const top = Math.max(...xs);
  let s = 0;
  for (const x of xs) s += Math.exp(x - top);
  return top + Math.log(s);
}

interface Result {
  value: number;
  gradient: { xs: number[] };
}

export function plain(xs: number[], out: Result = { value: 0, gradient: { xs: xs.map(() => 0) } }): Result {
  const { xs: bar } = out.gradient;
  let top = -Infinity;
  for (let i = 0; i < xs.length; i++) if (xs[i] > top) top = xs[i];
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    const e = Math.exp(xs[i] - top);
    bar[i] = e;
    s += e;
  }
  const scale = 1 / s;
  for (let i = 0; i < xs.length; i++) bar[i] *= scale;
  out.value = top + Math.log(s);
  return out;
}

const wave = (length: number, scale: number, speed: number) =>
  Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1)));

export const problem: Problem = {
  kind: 'function',
  title: 'log-sum-exp, 1000 numbers',
  primal: 'logSumExp',
  mode: 'grad',
  arguments: () => [wave(1000, 3, 0.7)],
  tangents: () => [wave(1000, 1, 0.4)],
  plain: 'plain',
};
