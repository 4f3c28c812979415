// Arithmetic, Math, integers, exactness.
export function arithmetic(x: number, y: number): number {
  return ((x + y) * (x - y)) / (1 + y * y) + (x % 2) - x ** 3 + -y + +x;
}
export function mathAll(x: number, y: number): number {
  const u = Math.abs(x) / 10;
  return (
    Math.sin(x) +
    Math.cos(x) +
    Math.tan(x) +
    Math.asin(u) +
    Math.acos(u) +
    Math.atan(x) +
    Math.atan2(x, y) +
    Math.sinh(x) +
    Math.cosh(x) +
    Math.tanh(x) +
    Math.asinh(x) +
    Math.acosh(1 + u) +
    Math.atanh(u) +
    Math.exp(x) +
    Math.expm1(x) +
    Math.log(1 + u) +
    Math.log1p(u) +
    Math.log2(1 + u) +
    Math.log10(1 + u) +
    Math.sqrt(u) +
    Math.cbrt(x) +
    Math.abs(y) +
    Math.sign(x) +
    Math.floor(x) +
    Math.ceil(y) +
    Math.round(x) +
    Math.trunc(y) +
    Math.fround(x) +
    Math.hypot(x, y) +
    Math.hypot(x, y, 1) +
    Math.max(x, y, 0.5) +
    Math.min(x, y) +
    Math.pow(u, y) +
    Math.max() +
    Math.min(1e300)
  );
}
export function integers(n: number, k: number): number {
  return (
    ((n * 7) | 0) +
    (n & 3) +
    (k ^ n) +
    (n << 2) +
    (n >> 1) +
    (n >>> 1) +
    ~n +
    ~~(n / 2) +
    Math.imul(n, k) +
    Math.clz32(n) +
    (-n >>> 28)
  );
}
export function constants(x: number): number {
  return (
    x * Number.EPSILON +
    Number.MAX_SAFE_INTEGER +
    Math.PI +
    Math.E +
    Math.SQRT2 +
    Math.LN10 +
    (Number.isFinite(x / 0) ? 1 : 2) +
    (Number.isNaN(x * NaN) ? 4 : 8) +
    (x < Infinity ? 16 : 32) +
    (x > Number.MIN_VALUE ? 64 : 0)
  );
}
export function tests(x: number, n: number): number {
  return (
    (Number.isInteger(x) ? 1 : 0) +
    (Number.isInteger(n) ? 2 : 0) +
    (isNaN(x) ? 4 : 0) +
    (isFinite(x) ? 8 : 0) +
    (Number.isSafeInteger(n) ? 16 : 0) +
    (Object.is(x, 0) ? 32 : 0) +
    (Object.is(x, -0) ? 64 : 0) +
    (Object.is(NaN, x) ? 128 : 0)
  );
}
export function signedZero(x: number): number {
  const z = x * 0;
  return 1 / (z + -0) + (0 * x === -0 ? 1 : 2);
}
export function nan(x: number): number {
  const bad = 0 / (x - x);
  return bad > 1 ? 1 : bad <= 1 ? 2 : bad === bad ? 3 : bad !== bad ? x : 5;
}
export function incrementMix(x: number): number {
  let i = x;
  const a = i++ + ++i;
  const b = i-- - --i;
  let k = 3;
  k += k++ + ++k;
  k *= 2;
  k -= 1;
  k /= 3;
  k %= 2;
  k **= 2;
  k |= 8;
  k &= 12;
  k ^= 5;
  k <<= 2;
  k >>= 1;
  k >>>= 1;
  return a * b + i + k;
}
export function assignmentValues(x: number): number {
  let a = 0;
  let b = 0;
  const c = (a = b = x) * 2;
  const d = (a += 3) + a;
  return a + b * 10 + c * 100 + d;
}
export function random(seed: number, n: number): number {
  let s = (seed * 1000003 + 17) >>> 0;
  const next = () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
  let t = 0;
  for (let i = 0; i < n; i++) t += next();
  return t;
}
export function newton(a: number): number {
  let x = Math.abs(a) + 1;
  for (let k = 0; k < 50; k++) {
    const next = x - (x * x - Math.abs(a)) / (2 * x);
    if (Math.abs(next - x) < 1e-12) return next;
    x = next;
  }
  return x;
}
export function loopBound(x: number): number {
  let s = 0;
  for (let i = 0; i < Math.floor(Math.abs(x)) + 0.5; i++) s += Math.sqrt(i) * x;
  return s;
}
export function nonNull(xs: (number | undefined)[], x: number): number {
  const ys = [x, ...xs];
  return ys[0]! * 2 + (ys[ys.length - 1] ?? 3);
}
export function strings(x: number, flag: boolean): number {
  const name = flag ? 'big' : `small`;
  const full = name + '-' + (flag ? 'a' : 'b');
  return full === 'big-a' ? x : -x;
}
export function consoleCalls(x: number): number {
  let k = 0;
  console.log('value', x.toFixed(3), k++, [x]);
  console.assert(k === 1);
  return x + k;
}
export function casts(x: number | undefined, y: number): number {
  return (y as number) + <number>y + (y satisfies number) + (x === undefined ? 1 : 2);
}
