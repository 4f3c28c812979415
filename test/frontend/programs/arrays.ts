// Arrays: literals, methods, aliases, growth.
export function literals(x: number, xs: number[]): number[] {
  const a = [x, 2 * x, ...xs, 1];
  const b = [...a, ...a];
  const c = [...xs];
  c.push(7);
  return [...b, c.length, xs.length];
}
export function aliasRows(m: number[][], x: number): number[][] {
  const out = m.map((row) => row.slice());
  if (out.length < 2) return out;
  const r = out[0]!;
  r.push(x);
  r[0] = x * 2;
  [out[0], out[1]] = [out[1]!, out[0]!];
  out[0]!.push(1);
  return out;
}
export function swaps(xs: number[]): number[] {
  const a = xs.slice();
  for (let i = 0, j = a.length - 1; i < j; i++, j--) [a[i], a[j]] = [a[j]!, a[i]!];
  return a;
}
export function typed(xs: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n + 2);
  out.fill(1);
  out.set(xs.subarray(0, Math.min(xs.length, n)), 1);
  const view = out.subarray(1, 3);
  view[0] = 5;
  return out.map((v, i) => v * i);
}
export function float32(x: number, xs: Float32Array): Float32Array {
  const a = new Float32Array(xs.length);
  for (let i = 0; i < a.length; i++) a[i] = xs[i]! * x + 0.1;
  return a;
}
export function growing(n: number, x: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    if (i % 2 === 0) out.push(x * i, i);
    if (out.length > 4) out.pop();
  }
  return out;
}
export function growingByIndex(n: number, x: number): number[][] {
  const out: number[][] = [];
  for (let i = 0; i < n; i++) {
    out[i] = [];
    for (let j = 0; j <= i; j++) out[i]![j] = x * i + j;
  }
  return out;
}
export function untyped(n: number, x: number) {
  const out = [];
  for (let i = 0; i < n; i++) out.push(x + i);
  return out;
}
export function reduces(xs: number[], x: number): number {
  const a = xs.reduce((s, v) => s + v * x, 0);
  const b = xs.reduceRight((s, v, i) => s * 0.5 + v * i, 1);
  const c = xs.reduce((best, v) => (v > best ? v : best), -Infinity);
  const d = xs.reduce<{ s: number; p: number }>((acc, v) => ({ s: acc.s + v, p: acc.p * v }), { s: 0, p: 1 });
  return a + b + (c === -Infinity ? 0 : c) + d.s * d.p;
}
export function reduceEmpty(xs: number[]): number {
  return xs.reduce((a, b) => a - b);
}
export function searches(xs: number[], x: number): number {
  const i = xs.findIndex((v) => v > x);
  const f = xs.find((v) => v < x) ?? 50;
  const l = xs.findLast((v) => v < x);
  const s = xs.some((v, k) => v > 2 && k > 1);
  const e = xs.every((v) => v < 2);
  return i + f * 10 + (l === undefined ? 0 : l) + (s ? 1000 : 0) + (e ? 2000 : 0) + xs.findLastIndex((v) => v > 0);
}
export function indices(n: number, k: number): number {
  const a = [3, 1, 4, 1, 5];
  return (
    a.indexOf(k) * 10 +
    a.lastIndexOf(1) +
    (a.includes(n) ? 100 : 0) +
    (a.at(-1) ?? 0) +
    (a.at(n) ?? 0.5) +
    (a.at(-k) ?? 0.25)
  );
}
export function filters(xs: number[]): number[] {
  return xs
    .filter((v) => v > 0)
    .map((v, i) => v * i)
    .concat(
      xs.filter((_, i) => i % 2 === 1),
      5,
    );
}
export function filtersTyped(xs: Float64Array): Float64Array {
  return xs.filter((v) => v > 0);
}
export function flatMaps(xs: number[], m: number[][]): number[] {
  return [...xs.flatMap((v, i) => (i % 2 === 0 ? [v, v * 2] : [])), ...m.flat(), ...xs.flatMap((v) => v + 1)];
}
export function slices(xs: number[], n: number, k: number): number[] {
  return [
    ...xs.slice(n),
    0.1,
    ...xs.slice(-k),
    0.2,
    ...xs.slice(n, -1),
    0.3,
    ...xs.slice(1, k),
    0.4,
    ...xs.slice(-3, -1),
  ];
}
export function fills(xs: number[], n: number, x: number): number[] {
  const a = new Array<number>(n + 1).fill(x);
  const b = xs.slice().fill(9, 1, -1);
  const c = Array.from({ length: n }, (_, i) => i * x);
  const d = Array.from(xs, (v) => v + 1);
  const e = [...Array(n).keys()];
  const f = Array.from({ length: 3 }, () => 0).map((_, i) => i);
  return [...a, ...b, ...c, ...d, ...e, ...f];
}
export function fromSet(n: number, x: number): Float64Array {
  const a = Float64Array.from([x, 1, 2]);
  const b = Float64Array.from({ length: n }, (_, i) => i * x);
  const c = new Float64Array([...a, ...b]);
  c.copyWithin(0, 1, 3);
  c.reverse();
  return c;
}
export function entries(xs: number[]): number {
  let s = 0;
  for (const [i, v] of xs.entries()) s += i * v;
  for (const i of xs.keys()) s += i;
  for (const v of xs.values()) s -= v;
  xs.forEach((v, i, all) => (s += v * i * all.length));
  return s;
}
export function sorts(xs: number[], m: [number, number][]): number[] {
  const a = xs.slice().sort((p, q) => p - q);
  const b = [...xs].sort((p, q) => q - p);
  const c = m.slice().sort((p, q) => p[0] - q[0]);
  const idx = xs.map((_, i) => i).sort((i, j) => xs[i]! - xs[j]!);
  return [...a, ...b, ...c.flat(), ...idx, ...xs.toSorted((p, q) => Math.abs(p) - Math.abs(q))];
}
export function sortsTyped(xs: Float64Array): Float64Array {
  return xs.slice().sort();
}
export function splices(xs: number[], n: number, k: number): number[] {
  const a = xs.slice();
  const removed = a.splice(n, k, 10, 20);
  const b = xs.slice();
  b.splice(1, 0, 3);
  const c = xs.slice();
  c.splice(-2);
  return [...a, 0.5, ...removed, 0.5, ...b, 0.5, ...c];
}
export function queue(xs: number[], x: number): number[] {
  const q = xs.slice();
  q.unshift(x, 2);
  const s = q.shift()!;
  const e = q.shift() ?? 3;
  q.push(s, e);
  q.length = Math.min(q.length, 3);
  return q.toReversed();
}
export function spreads(xs: number[], x: number): number {
  return Math.max(...xs, x) + Math.min(x, ...xs, 1) + Math.hypot(...xs) + Math.max(...xs.map(Math.abs), 0);
}
export function hypots(xs: Float64Array): number {
  return Math.hypot(...xs);
}
export function outOfRange(xs: number[], n: number): number {
  const a = xs[n] ?? -1;
  const b = xs[n - 3] ?? -2;
  const c = xs[n + 0.5] ?? -3;
  const d = xs[n] === undefined ? 10 : xs[n]! * 2;
  return a + 10 * b + 100 * c + d;
}
export function mutateWhile(xs: number[]): number {
  const stack = [...xs];
  let s = 0;
  while (stack.length > 0) {
    const v = stack.pop()!;
    s = s * 1.5 + v;
    if (v > 2.5 && stack.length < 10) stack.push(v / 2, 0.25);
  }
  return s;
}
export function growWhileIterating(xs: number[]): number {
  const list = xs.slice();
  let s = 0;
  for (const v of list) {
    s += v;
    if (v > 2 && list.length < 12) list.push(v - 1.5);
  }
  return s;
}
export function matrix(n: number, x: number): number[][] {
  const a = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i]![j] = i * x + j;
  const t = a.map((row, i) => row.map((_, j) => a[j]![i]!));
  return t.map((row) => row.map((v, j) => row.reduce((s, w, k) => s + w * t[k]![j]!, v)));
}
export function compound(xs: number[], x: number): number[] {
  const a = xs.slice();
  for (let i = 0; i < a.length; i++) {
    a[i]! += x;
    a[i]! *= a[i]!;
    a[i]! -= 1;
    a[i]! /= 2;
    a[i]! %= 3;
    a[i]! **= 2;
    a[i]!++;
    --a[i]!;
  }
  return a;
}
export function indexEffects(xs: number[]): number[] {
  const a = [...xs, 0, 0, 0, 0];
  let i = 0;
  a[i++] = a[i++]! + i;
  a[i] = i++ + (a[i] ?? 0);
  a[i++]! += i * 10;
  return [...a, i];
}
export function withAt(xs: number[], x: number): number[] {
  return xs.length > 0 ? xs.with(0, x).with(-1, 2 * x) : [x];
}
export function tuples(t: [number, number], u: [a: number, b: number, c: number]): [number, number, number] {
  const [a, b] = t;
  const [p, ...q] = u;
  const s = t.map((v) => v * 2);
  let k = 0;
  for (const v of u) k += v;
  return [a + q[0]!, b * p + s[1]!, k + u.length + t[a > 0 ? 0 : 1]!];
}
export function nested(x: number): number {
  const t: [[number, number], [number, number]] = [
    [1, x],
    [x, 2],
  ];
  t[0][1] += t[1][0];
  const copy = t.map((r) => [...r] as [number, number]);
  copy[0]![0] = 100;
  return t[0][0] + t[0][1] * 10 + copy[0]![0];
}
export function passiveMask(xs: number[]): number {
  const mask = new Uint8Array(xs.length);
  const order = new Int32Array(xs.length);
  for (let i = 0; i < xs.length; i++) {
    mask[i] = xs[i]! > 0 ? 1 : 0;
    order[i] = xs.length - 1 - i;
  }
  let s = 0;
  for (let i = 0; i < xs.length; i++) if (mask[order[i]!]) s += xs[order[i]!]! * i;
  return s;
}
export function chained(xs: number[], x: number): number {
  return xs
    .map((v) => v - x)
    .filter((v) => v > -1)
    .map((v) => v ** 2)
    .reduce((a, b) => a + b, 0);
}
export function appends(n: number, x: number): number[] {
  const a: number[] = [];
  for (let i = 0; i < n; i++) {
    a[i] = i === 0 ? x : a[i - 1]! * 0.5 + a.length;
    if (a[i]! > 2) break;
  }
  const b: number[] = [];
  for (let i = 0; i < n; i++) {
    if (i === 2) continue;
    b[b.length] = i;
  }
  const c: number[] = [];
  const same = c;
  for (let i = 0; i < n; i++) {
    c[i] = i;
    if (i === 1) same.push(7);
  }
  const d: number[] = [];
  const more = () => d.push(100);
  for (let i = 0; i < n; i++) {
    d[i] = i;
    if (i === 1) more();
  }
  const e = [1, 2];
  e[2] = x;
  e[3] = e.length;
  e[0] = 5;
  return [...a, 0.5, ...b, 0.5, ...c, 0.5, ...d, 0.5, ...e];
}
