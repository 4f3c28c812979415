// Real programs, dense.
export function lu(a: number[][], b: number[]): number[] {
  const n = Math.min(a.length, b.length, ...a.map((r) => r.length));
  const m = a.slice(0, n).map((row) => row.slice(0, n));
  const x = b.slice(0, n);
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(m[i]![k]!) > Math.abs(m[p]![k]!)) p = i;
    if (p !== k) {
      [m[k], m[p]] = [m[p]!, m[k]!];
      const t = x[k]!;
      x[k] = x[p]!;
      x[p] = t;
    }
    for (let i = k + 1; i < n; i++) {
      const f = m[i]![k]! / m[k]![k]!;
      for (let j = k; j < n; j++) m[i]![j]! -= f * m[k]![j]!;
      x[i]! -= f * x[k]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) x[i]! -= m[i]![j]! * x[j]!;
    x[i]! /= m[i]![i]!;
  }
  return x;
}
export function fft(re: number[], im: number[]): [number[], number[]] {
  const n = 4;
  const a = Array.from({ length: n }, (_, i) => re[i] ?? 0);
  const b = Array.from({ length: n }, (_, i) => im[i] ?? 0);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [a[i], a[j]] = [a[j]!, a[i]!];
      [b[i], b[j]] = [b[j]!, b[i]!];
    }
  }
  for (let len = 2; len <= n; len <<= 1) {
    const angle = (2 * Math.PI) / len;
    for (let i = 0; i < n; i += len) {
      for (let k = 0; k < len / 2; k++) {
        const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
        const u = i + k;
        const v = i + k + len / 2;
        const tr = a[v]! * c - b[v]! * s;
        const ti = a[v]! * s + b[v]! * c;
        a[v] = a[u]! - tr;
        b[v] = b[u]! - ti;
        a[u]! += tr;
        b[u]! += ti;
      }
    }
  }
  return [a, b];
}
export function bisect(x: number): number {
  const f = (t: number) => t ** 3 + t - x;
  let [lo, hi] = [-4, 4];
  for (let k = 0; ; k++) {
    const mid = (lo + hi) / 2;
    if (hi - lo < 1e-9 || k > 60) return mid;
    if (f(mid) > 0) hi = mid;
    else lo = mid;
  }
}
export function spline(knots: number[], t: number): number {
  const xs = knots.map((_, i) => i * 0.7);
  if (xs.length < 2) return t;
  let lo = 0;
  let hi = xs.length - 1;
  while (hi - lo > 1) {
    const mid = (lo + hi) >> 1;
    if (xs[mid]! > t) hi = mid;
    else lo = mid;
  }
  const h = xs[hi]! - xs[lo]!;
  const a = (xs[hi]! - t) / h;
  return a * knots[lo]! + (1 - a) * knots[hi]!;
}
export function kalman(zs: number[], q: number, r: number): { x: number; p: number; log: number } {
  let state = { x: 0, p: 1 };
  let log = 0;
  for (const z of zs) {
    const prior = { ...state, p: state.p + q * q };
    const s = prior.p + r * r + 0.1;
    const k = prior.p / s;
    const innovation = z - prior.x;
    log -= 0.5 * (Math.log(2 * Math.PI * s) + innovation ** 2 / s);
    state = { x: prior.x + k * innovation, p: (1 - k) * prior.p };
  }
  return { ...state, log };
}
export function editDistance(a: number[], b: number[]): number {
  const d: number[][] = [];
  for (let i = 0; i <= a.length; i++) {
    d[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) d[0]![j] = j;
      else
        d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, d[i - 1]![j - 1]! + Math.abs(a[i - 1]! - b[j - 1]!));
    }
  }
  return d[a.length]![b.length]!;
}
export function adaptive(x: number, tol: number): { y: number; steps: number } {
  let t = 0;
  let y = x;
  let h = 0.2;
  let steps = 0;
  const f = (s: number, v: number) => Math.sin(s) - v;
  while (t < 1) {
    if (t + h > 1) h = 1 - t;
    const k1 = f(t, y);
    const k2 = f(t + h, y + h * k1);
    const error = Math.abs(h * (k2 - k1)) / 2;
    if (error > Math.abs(tol) * 0.01 + 1e-3 && h > 1e-2) {
      h /= 2;
      continue;
    }
    y += (h * (k1 + k2)) / 2;
    t += h;
    if (error < 1e-4) h *= 2;
    if (++steps > 200) throw new Error('too many steps');
  }
  return { y, steps };
}
type Layer = { weights: number[][]; bias: number[]; activation: 'tanh' | 'relu' };
export function network(xs: number[], w: number[]): number[] {
  const at = (k: number) => w[k % Math.max(1, w.length)] ?? 0.3;
  const layers: Layer[] = [
    { weights: [0, 1, 2].map((i) => xs.map((_, j) => at(i + j))), bias: [0.1, at(1), 0], activation: 'tanh' },
    { weights: [[1, at(2), -1]], bias: [at(0)], activation: 'relu' },
  ];
  return layers.reduce(
    (v, { weights, bias, activation }) =>
      weights.map((row, i) => {
        const z = row.reduce((s, wij, j) => s + wij * v[j]!, bias[i]!);
        switch (activation) {
          case 'tanh':
            return Math.tanh(z);
          case 'relu':
            return z > 0 ? z : 0.01 * z;
        }
      }),
    xs,
  );
}
export function kMeans(xs: number[], n: number): number[] {
  let centres = [-1, 0.5, 2];
  for (let it = 0; it < n; it++) {
    const sums = centres.map(() => ({ s: 0, c: 0 }));
    for (const x of xs) {
      let best = 0;
      centres.forEach((c, i) => {
        if (Math.abs(x - c) < Math.abs(x - centres[best]!)) best = i;
      });
      sums[best]!.s += x;
      sums[best]!.c++;
    }
    centres = sums.map(({ s, c }, i) => (c === 0 ? centres[i]! : s / c));
  }
  return centres;
}
export function heap(xs: number[]): number[] {
  const h: number[] = [];
  const swap = (i: number, j: number) => {
    const t = h[i]!;
    h[i] = h[j]!;
    h[j] = t;
  };
  for (const x of xs) {
    h.push(x);
    let i = h.length - 1;
    while (i > 0) {
      const p = (i - 1) >> 1;
      if (h[p]! <= h[i]!) break;
      swap(i, p);
      i = p;
    }
  }
  const out: number[] = [];
  while (h.length) {
    out.push(h[0]!);
    const last = h.pop()!;
    if (h.length === 0) break;
    h[0] = last;
    let i = 0;
    for (;;) {
      const l = 2 * i + 1;
      if (l >= h.length) break;
      const c = l + 1 < h.length && h[l + 1]! < h[l]! ? l + 1 : l;
      if (h[i]! <= h[c]!) break;
      swap(i, c);
      i = c;
    }
  }
  return out;
}
export function life(n: number, x: number): number {
  let grid = Array.from({ length: 4 }, (_, i) =>
    Array.from({ length: 4 }, (_, j) => ((i * 3 + j * 5) % 4 < 2 ? x : 0)),
  );
  for (let step = 0; step < n; step++) {
    grid = grid.map((row, i) =>
      row.map((cell, j) => {
        let s = 0;
        for (const di of [-1, 0, 1]) {
          for (const dj of [-1, 0, 1]) {
            if (di === 0 && dj === 0) continue;
            s += grid[(i + di + 4) % 4]![(j + dj + 4) % 4]!;
          }
        }
        return 0.5 * cell + 0.1 * s;
      }),
    );
  }
  return grid.flat().reduce((a, b) => a + b);
}
export function interpreter(xs: number[], x: number): number {
  type Op = { op: 'push'; v: number } | { op: 'add' } | { op: 'mul' } | { op: 'jump'; to: number };
  const program: Op[] = [
    { op: 'push', v: x },
    { op: 'push', v: xs[0] ?? 1 },
    { op: 'add' },
    { op: 'jump', to: 5 },
    { op: 'mul' },
    { op: 'push', v: 3 },
    { op: 'mul' },
  ];
  const stack: number[] = [];
  let pc = 0;
  run: while (pc < program.length) {
    const each = program[pc]!;
    switch (each.op) {
      case 'push':
        stack.push(each.v);
        break;
      case 'jump':
        pc = each.to;
        continue run;
      case 'add':
        stack.push(stack.pop()! + stack.pop()!);
        break;
      case 'mul': {
        const [b, a] = [stack.pop()!, stack.pop()!];
        stack.push(a * b);
      }
    }
    pc++;
  }
  return stack[0] ?? 0;
}
