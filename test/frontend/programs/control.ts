// @ts-nocheck: falls through on purpose.
// Control flow: exits in every position.
export function earlyReturn(x: number): number {
  if (x < 0) return -x;
  if (x > 2) {
    const y = x * 2;
    if (y > 5) return y;
    x += 1;
  }
  return x + 1;
}
export function returnInLoop(xs: number[], limit: number): number {
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    if (xs[i]! > limit) return s * 100 + i;
    s += xs[i]!;
  }
  s = s * 3;
  return s;
}
export function returnDeep(xs: number[][]): number {
  let c = 0;
  for (const row of xs) {
    for (const x of row) {
      c += 1;
      if (x > 2.5) {
        if (c > 3) return x + c;
        c += 10;
      } else if (x < -2.5) {
        return -c;
      }
      c += 0.5;
    }
    c += 0.25;
  }
  return c;
}
export function breakContinue(xs: number[]): number {
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    if (xs[i]! < -1) continue;
    if (xs[i]! > 2) break;
    s += xs[i]! * i;
  }
  return s;
}
export function labels(n: number, m: number, x: number): number {
  let s = 0;
  outer: for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      if (j === 3) continue outer;
      if (i * j > 6) break outer;
      if (x > 0 && i === j) continue;
      s += i * 10 + j + x;
    }
    s += 0.5;
  }
  return s;
}
export function labelledBlock(x: number): number {
  let r = 0;
  block: {
    if (x > 1) break block;
    r += 1;
    inner: {
      if (x > 0) break inner;
      r += 2;
      if (x < -1) break block;
      r += 4;
    }
    r += 8;
  }
  r += 16;
  return r;
}
export function doWhile(x: number, n: number): number {
  let k = 0;
  let s = x;
  do {
    k++;
    if (k === 2) continue;
    s = s * 0.5 + k;
    if (s > 10) break;
  } while (k < n);
  return s + k;
}
export function whileTrue(x: number): number {
  let s = Math.abs(x) + 0.1;
  while (true) {
    s *= 1.7;
    if (s > 20) return s;
    if (s > 10) break;
  }
  return s + 1000;
}
export function forEmpty(n: number): number {
  let i = 0;
  let s = 0;
  for (;;) {
    if (i >= n) break;
    s += i++;
  }
  for (; i > 0;) s += i--;
  return s;
}
export function switchFallThrough(k: number, x: number): number {
  let r = x;
  switch (k) {
    case 0:
      r += 1;
    case 1:
      r += 10;
      if (x > 0) break;
    case 2:
      r += 100;
      break;
    default:
      r += 1000;
    case 4:
      r += 10000;
  }
  return r;
}
export function switchDefaultMiddle(k: number, x: number): number {
  switch (k) {
    case 0:
      return x;
    default:
      x *= 2;
      break;
    case 1:
    case 2: {
      const y = x + 3;
      if (y > 2) return y;
      x -= 1;
      break;
    }
    case 3:
      x = -x;
  }
  return x + 0.5;
}
export function switchInLoop(xs: number[]): number {
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    switch (i % 3) {
      case 0:
        if (xs[i]! > 0) continue;
        s += 1;
        break;
      case 1:
        s += xs[i]!;
        if (s > 3) return s;
        break;
      default:
        s -= 0.5;
    }
    s *= 1.1;
  }
  return s;
}
export function throwGuard(x: number, n: number): number {
  if (n > 3) throw new RangeError(`n is ${n}, too large`);
  if (!(x > -2)) {
    throw new Error('x is ' + x);
  }
  return x * n;
}
export function throwInElse(x: number): number {
  let r: number;
  if (x > 0) r = x;
  else if (x > -1) r = 2;
  else throw new TypeError('negative');
  return r;
}
export function guardsAll(x: number, y: number): number {
  if (x > 0) {
    if (y > 0) return 1 * x;
    y += 5;
  } else {
    if (y < 0) return 2 * x;
    x += 7;
  }
  if (x + y > 4) return x - y;
  return x + y;
}
export function nestedTernary(x: number, y: number): number {
  return x > 0 ? (y > 0 ? x * y : x - y) : y > 0 ? y / (1 + x * x) : -x * y;
}
export function whileCount(x: number): number {
  let k = 6;
  let s = 0;
  while (k--) {
    if (k === 3) continue;
    s += x * k;
  }
  return s + k;
}
export function commaLoop(n: number, x: number): number {
  let s = 0;
  for (let i = 0, j = n; i < j; i++, j--) s += i * x + j;
  return (s++, s * 2);
}
export function loopVariableAfter(xs: number[]): number {
  let i: number;
  for (i = 0; i < xs.length && xs[i]! < 1; i++);
  return i + (xs[i] ?? 100);
}
export function stateMachine(xs: number[]): number {
  let state = 'start';
  let s = 0;
  for (const x of xs) {
    if (state === 'start' && x > 0) state = 'up';
    else if (state === 'up' && x < 0) {
      state = 'down';
      s += x;
    } else if (state === 'down') {
      state = x > 1 ? 'start' : 'down';
      s += 2 * x;
    }
  }
  return s + (state === 'up' ? 1 : 0);
}
export function undefinedResult(x: number): number | undefined {
  if (x > 1) return x * 2;
  if (x < -1) return undefined;
  if (x < 0) return;
}
export function deepBreak(xs: number[], x: number): number {
  let r = 0;
  a: for (const p of xs) {
    b: for (const q of xs) {
      for (const s of xs) {
        if (p + q + s > 4) continue b;
        if (p * q * s < -4) break a;
        if (s > 2) continue a;
        r += p * q * s + x;
      }
      r += 1;
    }
    r *= 0.9;
  }
  return r;
}
export function exitsEverywhere(x: number, n: number): number {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if (x > 1) {
      if (i === 2) {
        s += 3;
        continue;
      }
      s += x;
    } else {
      if (i === 3) break;
      s -= x;
    }
    if (s > 5) return s + 0.125;
    s += i;
  }
  return s;
}
