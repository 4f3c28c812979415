import type { Problem } from '../problem.js';

/** Half the squared length of A x − b. */
export function loss(x: number[], rows: number[][], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    let residual = -b[i];
    for (let j = 0; j < x.length; j++) residual += rows[i][j] * x[j];
    sum += residual * residual;
  }
  return 0.5 * sum;
}

interface Result {
  value: number;
  gradient: { x: number[] };
}

export function plain(
  x: number[],
  rows: number[][],
  b: number[],
  out: Result = { value: 0, gradient: { x: x.map(() => 0) } },
): Result {
  const { x: bar } = out.gradient;
  const m = x.length;
  bar.fill(0);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    let residual = -b[i];
    for (let j = 0; j < m; j++) residual += row[j] * x[j];
    sum += residual * residual;
    for (let j = 0; j < m; j++) bar[j] += residual * row[j];
  }
  out.value = 0.5 * sum;
  return out;
}

const wave = (length: number, scale: number, speed: number, from = 0) =>
  Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1) + from));

export const problem: Problem = {
  kind: 'function',
  title: 'least squares, 1000 × 20',
  primal: 'loss',
  mode: 'grad',
  wrt: ['x'],
  arguments: () => [
    wave(20, 1, 0.7),
    Array.from({ length: 1000 }, (_, i) => wave(20, 1, 1.3, 0.9 * i)),
    wave(1000, 2, 0.2),
  ],
  tangents: () => [wave(20, 1, 0.4)],
  plain: 'plain',
};
