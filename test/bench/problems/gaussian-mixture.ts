import type { Problem } from '../problem.js';

function logSumExp(xs: number[]): number {
  const top = Math.max(...xs);
  let s = 0;
  for (const x of xs) s += Math.exp(x - top);
  return top + Math.log(s);
}

/**
 * Log-likelihood of a Gaussian mixture; per component the inverse root of the covariance: logarithms of its diagonal
 * in `q`, entries below the diagonal column by column in `l`.
 */
export function logLikelihood(
  alpha: number[],
  means: number[][],
  q: number[][],
  l: number[][],
  data: number[][],
): number {
  const d = means[0].length;
  const diagonals = q.map((row) => row.map(Math.exp));
  const logDeterminants = q.map((row) => row.reduce((s, v) => s + v, 0));
  let total = 0;
  for (const x of data) {
    const terms: number[] = [];
    for (let k = 0; k < alpha.length; k++) {
      const lower = l[k];
      const centred = x.map((v, j) => v - means[k][j]);
      const y = centred.map((v, j) => diagonals[k][j] * v);
      let at = 0;
      for (let c = 0; c < d; c++) {
        for (let r = c + 1; r < d; r++) {
          y[r] += lower[at] * centred[c];
          at++;
        }
      }
      let square = 0;
      for (const v of y) square += v * v;
      terms.push(alpha[k] + logDeterminants[k] - 0.5 * square);
    }
    total += logSumExp(terms);
  }
  return total - data.length * (logSumExp(alpha) + 0.5 * d * Math.log(2 * Math.PI));
}

interface Result {
  value: number;
  gradient: { alpha: number[]; means: number[][]; q: number[][]; l: number[][] };
}

const zeros = (rows: number[][]) => rows.map((row) => row.map(() => 0));

export function plain(
  alpha: number[],
  means: number[][],
  q: number[][],
  l: number[][],
  data: number[][],
  out: Result = { value: 0, gradient: { alpha: alpha.map(() => 0), means: zeros(means), q: zeros(q), l: zeros(l) } },
): Result {
  const { alpha: alphaBar, means: meansBar, q: qBar, l: lBar } = out.gradient;
  const components = alpha.length;
  const d = means[0].length;
  const diagonals = new Float64Array(components * d);
  const ys = new Float64Array(components * d);
  const centres = new Float64Array(components * d);
  const constants = new Float64Array(components);
  const terms = new Float64Array(components);
  for (let k = 0; k < components; k++) {
    let sum = alpha[k];
    const qk = q[k];
    for (let j = 0; j < d; j++) {
      sum += qk[j];
      diagonals[k * d + j] = Math.exp(qk[j]);
    }
    constants[k] = sum;
    alphaBar[k] = 0;
    meansBar[k].fill(0);
    qBar[k].fill(0);
    lBar[k].fill(0);
  }

  let total = 0;
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    let top = -Infinity;
    for (let k = 0; k < components; k++) {
      const base = k * d;
      const mean = means[k];
      const lower = l[k];
      for (let j = 0; j < d; j++) {
        const v = x[j] - mean[j];
        centres[base + j] = v;
        ys[base + j] = diagonals[base + j] * v;
      }
      let at = 0;
      for (let c = 0; c < d; c++) {
        const v = centres[base + c];
        for (let r = c + 1; r < d; r++) ys[base + r] += lower[at++] * v;
      }
      let square = 0;
      for (let j = 0; j < d; j++) square += ys[base + j] * ys[base + j];
      const term = constants[k] - 0.5 * square;
      terms[k] = term;
      if (term > top) top = term;
    }
    let sum = 0;
    for (let k = 0; k < components; k++) {
      const exp = Math.exp(terms[k] - top);
      terms[k] = exp;
      sum += exp;
    }
    total += top + Math.log(sum);
    const scale = 1 / sum;
    for (let k = 0; k < components; k++) {
      const weight = terms[k] * scale;
      alphaBar[k] += weight;
      const base = k * d;
      const lower = l[k];
      const lowerBar = lBar[k];
      const meanBar = meansBar[k];
      const qkBar = qBar[k];
      let at = 0;
      for (let c = 0; c < d; c++) {
        const v = centres[base + c];
        const yBar = weight * ys[base + c];
        const diagonal = diagonals[base + c];
        const wv = weight * v;
        let centredBar = yBar * diagonal;
        qkBar[c] -= yBar * diagonal * v;
        let inner = 0;
        for (let r = c + 1; r < d; r++) {
          const y = ys[base + r];
          lowerBar[at] -= wv * y;
          inner += lower[at++] * y;
        }
        centredBar += weight * inner;
        meanBar[c] += centredBar;
      }
    }
  }

  const n = data.length;
  let top = -Infinity;
  for (let k = 0; k < components; k++) if (alpha[k] > top) top = alpha[k];
  let sum = 0;
  for (let k = 0; k < components; k++) {
    const exp = Math.exp(alpha[k] - top);
    terms[k] = exp;
    sum += exp;
  }
  const scale = n / sum;
  for (let k = 0; k < components; k++) {
    const responsibility = alphaBar[k];
    const qkBar = qBar[k];
    for (let j = 0; j < d; j++) qkBar[j] += responsibility;
    alphaBar[k] = responsibility - terms[k] * scale;
  }
  out.value = total - n * (top + Math.log(sum) + 0.5 * d * Math.log(2 * Math.PI));
  return out;
}

const wave = (length: number, scale: number, speed: number, from = 0) =>
  Array.from({ length }, (_, j) => scale * Math.sin(speed * (j + 1) + from));
const rows = (count: number, length: number, scale: number, speed: number) =>
  Array.from({ length: count }, (_, k) => wave(length, scale, speed, 1.3 * k));
const d = 10;
const components = 25;

export const problem: Problem = {
  kind: 'function',
  title: 'Gaussian mixture, d = 10, K = 25, N = 1000',
  primal: 'logLikelihood',
  mode: 'grad',
  wrt: ['alpha', 'means', 'q', 'l'],
  arguments: () => [
    wave(components, 0.5, 0.8),
    rows(components, d, 1, 2.1),
    rows(components, d, 0.2, 0.6),
    rows(components, (d * (d - 1)) / 2, 0.3, 1.1),
    rows(1000, d, 1.5, 1.9),
  ],
  tangents: () => [
    wave(components, 1, 0.3),
    rows(components, d, 1, 0.4),
    rows(components, d, 1, 0.5),
    rows(components, (d * (d - 1)) / 2, 1, 0.7),
  ],
  plain: 'plain',
};
