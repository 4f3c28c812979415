// Functions as values, closures, parameters of every kind.
type Fn = (x: number) => number;
const square = (x: number) => x * x;
const compose =
  (f: Fn, g: Fn): Fn =>
  (x) =>
    f(g(x));
function twice(f: Fn): Fn {
  return (x) => f(f(x));
}
export function composed(x: number): number {
  return compose(square, twice(compose(Math.sin, (y) => y + 1)))(x);
}
export function counter(x: number): number {
  let count = 0;
  const next = () => {
    count += x;
    return count;
  };
  next();
  const y = next() * 10 + next();
  return y + count;
}
function makeAccumulator(start: number) {
  let total = start;
  return {
    add(v: number) {
      total += v;
      return this;
    },
    get value() {
      return total;
    },
    scale: (k: number) => {
      total *= k;
    },
  };
}
export function accumulator(x: number, y: number): number {
  const a = makeAccumulator(x);
  const b = makeAccumulator(1);
  a.add(y).add(2);
  b.add(x);
  a.scale(3);
  return a.value - b.value;
}
export function defaults(x: number, y = x * 2, { a = 1, b = y }: { a?: number; b?: number } = {}): number {
  return x + 10 * y + 100 * a + 1000 * b;
}
function sumAll(first: number, ...rest: number[]): number {
  let s = first;
  for (const r of rest) s += r * 2;
  return s + rest.length;
}
export function restSpread(x: number, xs: number[], t: [number, number]): number {
  return sumAll(x) + sumAll(x, 1, 2) + sumAll(x, ...xs) + sumAll(...t) + sumAll(x, ...t, 3);
}
export function optionalParameter(x: number, y?: number): number {
  const helper = (a: number, b?: number) => (b === undefined ? a : a * b);
  return helper(x) + helper(x, y) + (y ?? 7);
}
export function hoisted(x: number): number {
  return inner(x) + 1;
  function inner(y: number): number {
    return other(y) * 2;
  }
  function other(y: number): number {
    return y - x / 2;
  }
}
export function callbackMutates(xs: number[]): number {
  let s = 0;
  let largest = -Infinity;
  xs.forEach((v, i) => {
    s += v * i;
    if (v > largest) largest = v;
  });
  return s + (xs.length > 0 ? largest : 0);
}
function rk4(f: (t: number, y: number) => number, y: number, t: number, h: number): number {
  const k1 = f(t, y);
  const k2 = f(t + h / 2, y + (h / 2) * k1);
  const k3 = f(t + h / 2, y + (h / 2) * k2);
  const k4 = f(t + h, y + h * k3);
  return y + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
}
export function integrate(y: number, a: number, n: number): number {
  for (let i = 0; i < n; i++) y = rk4((t, v) => a * v + Math.sin(t), y, i * 0.1, 0.1);
  return y;
}
export function chosenFunction(x: number, flag: boolean): number {
  const f = flag ? Math.sin : (v: number) => v * v;
  return f(x) + f(2 * x);
}
export function power(x: number): number {
  function pow(b: number, n: number): number {
    return n === 0 ? 1 : b * pow(b, n - 1);
  }
  return pow(x, 3) + pow(x, 2);
}
export function iife(x: number): number {
  return (() => {
    if (x > 0) return x;
    return -2 * x;
  })();
}
function first<T>(xs: readonly T[], fallback: T): T {
  return xs.length > 0 ? xs[0]! : fallback;
}
function mapTwice<A, B>(xs: readonly A[], f: (a: A) => B): B[] {
  const out: B[] = [];
  for (const x of xs) out.push(f(x), f(x));
  return out;
}
function zip<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  return a.map((x, i): [A, B] => [x, b[i]!]);
}
export function generics(xs: number[], x: number): number {
  const pairs = mapTwice(xs, (v) => ({ v, w: v * x }));
  let s = first(xs, x);
  for (const { v, w } of pairs) s += v * w;
  for (const [a, b] of zip(xs, xs.slice().reverse())) s += a * b;
  return s;
}
function overloaded(x: number): number;
function overloaded(x: number, y: number): number;
function overloaded(x: number, y?: number): number {
  return y === undefined ? x : x * y;
}
export function overloads(x: number): number {
  return overloaded(x) + overloaded(x, 3);
}
export function shadowing(x: number): number {
  const y = x;
  {
    const x = y * 2;
    {
      let y = x + 1;
      y++;
      return x + y;
    }
  }
}
export function curry(x: number, y: number, z: number): number {
  const f = (a: number) => (b: number) => (c: number) => a * b - c;
  const g = f(x);
  return g(y)(z) + g(z)(y);
}
export function functionsInArray(x: number): number {
  const fs = [Math.sin, square, (v: number) => v - 1];
  let s = 0;
  for (const f of fs) s += f(x);
  fs.forEach((f, i) => {
    s += f(x) * i;
  });
  return s + fs[1]!(x) + fs.map((f) => f(x)).reduce((a, b) => a + b, 0);
}
export function functionsInRecord(x: number): number {
  const ops = { f: square, g: (v: number) => v + 1, scale: 3 };
  ops.scale = 4;
  const { f, g } = ops;
  return f(g(x)) * ops.scale;
}
export function evaluationOrder(x: number): number {
  let t = x;
  const step = (k: number) => {
    t = t * 2 + k;
    return t;
  };
  const a = [step(1), step(2), step(3)];
  const r = step(4) - step(5) * step(6);
  const o = { b: step(7), a: step(8) };
  return a[0]! + 10 * a[1]! + 100 * a[2]! + r + o.a - 2 * o.b;
}
export function loopClosure(n: number, x: number): number {
  let s = 0;
  for (let i = 0; i < n; i++) {
    const f = (y: number) => y * i + x;
    s += f(i) + f(2);
  }
  return s;
}
export function argumentsSnapshot(x: number): number {
  let y = x;
  const f = (a: number, b: number, c: number) => a + 10 * b + 100 * c;
  return f(y, ++y, y++) + y;
}
export function voidFunctions(xs: number[]): number[] {
  const fill = (out: number[], v: number): void => {
    if (out.length === 0) return;
    for (let i = 0; i < out.length; i++) out[i] = v * i;
  };
  const out = xs.slice();
  fill(out, 3);
  return out;
}
export function reassigned(x: number): number {
  let f: (v: number) => number = Math.sin;
  const before = f(x);
  f = (v) => v * 2;
  const use = () => f(x);
  const middle = use();
  f = compose(f, square);
  let g: Fn;
  g = square;
  return before + middle + use() + g(x);
}
