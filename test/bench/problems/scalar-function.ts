import type { Problem } from '../problem.js';

/** A scalar function of five inputs, about forty operations. */
export function energy(a: number, b: number, c: number, d: number, e: number): number {
  const p = a * b + c * d;
  const q = a - e * b;
  const r = p * q + d / (1 + c * c);
  const s = Math.sin(p) * q + Math.exp(-r * r);
  const t = Math.sqrt(1 + p * p + q * q);
  const u = (s + r * e) / t;
  const v = u * u + b * Math.log(1 + t);
  const w = v * d - a * c * u + e * e * s;
  return (w * t) / (1 + v * v) + p * u;
}

interface Result {
  value: number;
  gradient: { a: number; b: number; c: number; d: number; e: number };
}

export function plain(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  out: Result = { value: 0, gradient: { a: 0, b: 0, c: 0, d: 0, e: 0 } },
): Result {
  const p = a * b + c * d;
  const q = a - e * b;
  const c1 = 1 / (1 + c * c);
  const r = p * q + d * c1;
  const sin = Math.sin(p);
  const exp = Math.exp(-r * r);
  const s = sin * q + exp;
  const t = Math.sqrt(1 + p * p + q * q);
  const t1 = 1 / t;
  const u = (s + r * e) * t1;
  const log = Math.log(1 + t);
  const v = u * u + b * log;
  const ac = a * c;
  const w = v * d - ac * u + e * e * s;
  const v1 = 1 / (1 + v * v);
  const wt = w * t * v1;

  const wBar = t * v1;
  const vBar = wBar * d - 2 * wt * v1 * v;
  const uBar = p + 2 * vBar * u - wBar * ac;
  const numerator = uBar * t1;
  const sBar = wBar * e * e + numerator;
  const tBar = w * v1 + (vBar * b) / (1 + t) - numerator * u;
  const rBar = numerator * e - 2 * sBar * exp * r;
  const tt = tBar * t1;
  const pBar = u + sBar * Math.cos(p) * q + rBar * q + tt * p;
  const qBar = sBar * sin + rBar * p + tt * q;
  const rc = rBar * c1;
  out.value = wt + p * u;
  const { gradient } = out;
  gradient.a = pBar * b + qBar - wBar * c * u;
  gradient.b = pBar * a - qBar * e + vBar * log;
  gradient.c = pBar * d - 2 * rc * d * c1 * c - wBar * a * u;
  gradient.d = pBar * c + rc + wBar * v;
  gradient.e = numerator * r + 2 * wBar * e * s - qBar * b;
  return out;
}

const rows = 1000;
const column = (speed: number) => Float64Array.from({ length: rows }, (_, k) => Math.sin(speed * (k + 1)));

export const problem: Problem = {
  kind: 'function',
  title: 'scalar function of 5 inputs',
  primal: 'energy',
  mode: 'grad',
  arguments: () => [1.1, 0.7, 2.3, 0.4, 1.7].map(column),
  tangents: () => [0.9, 1.9, 0.3, 2.9, 0.2].map(column),
  calls: rows,
  plain: 'plain',
};
