// Types in every spelling.
interface Options {
  a: number;
  b?: number;
  readonly c: readonly number[];
}
type Partly = Partial<Options>;
type Only = Pick<Options, 'a' | 'c'>;
type Without = Omit<Options, 'c'>;
type Table = Record<'low' | 'high', number>;
type Vec3 = readonly [x: number, y: number, z: number];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Both = { p: number } & { q: number };
type Branded = number & { readonly __brand: 'metres' };
interface Extended extends Options {
  d: { e: number };
}
type Matrix = number[][];
type Pair<T> = [T, T];
type Box<T> = { value: T; next: { value: T } };

export function partly(o: Partly, x: number): number {
  return (o.a ?? x) + (o.b ?? 2) + (o.c?.[0] ?? 3) + (o.c?.length ?? 4);
}
export function picked(o: Only, w: Without): number {
  return o.a * (w.b ?? 1) + w.a + o.c.length;
}
export function table(t: Table, x: number): Table {
  return { high: t.low * x, low: t.high };
}
export function vectors(v: Vec3, w: Vec3): Vec3 {
  const cross = (a: Vec3, b: Vec3): Vec3 => [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
  const add = (a: Vec3, b: Vec3) => a.map((x, i) => x + b[i]!) as unknown as Vec3;
  const out: Mutable<Vec3> = [...cross(v, w)];
  out[0] += 1;
  return add(out, v);
}
export function intersection(o: Both, m: Branded): number {
  return o.p * o.q + m;
}
export function extended({ a, c, d: { e } }: Extended): number {
  return a + c.reduce((s, v) => s + v, e);
}
export function pairs(p: Pair<number>, m: Matrix): Pair<Pair<number>> {
  const twice = <T>(x: T): Pair<T> => [x, x];
  const q: Pair<number> = [p[1], m.length];
  return twice(q).map((r): Pair<number> => [r[0] * 2, r[1]]) as Pair<Pair<number>>;
}
export function boxes(x: number): number {
  const box = <T>(value: T, other: T): Box<T> => ({ value, next: { value: other } });
  const b = box({ z: x }, { z: 2 * x });
  const c = box([x], []);
  c.next.value.push(b.next.value.z);
  return b.value.z + c.next.value[0]! + c.value.length;
}
export function unions(x: number, flag: boolean): number {
  const scale = (v: number | number[]): number => (typeof v === 'number' ? v * 2 : v.reduce((a, b) => a + b, 0));
  const total = (v: number | Float64Array): number => (v instanceof Float64Array ? v[0]! : v);
  return (
    scale(x) + scale([x, 1]) + total(x) + total(Float64Array.of(x, 2)) + (Array.isArray([x]) ? 1 : 2) + (flag ? 1 : 0)
  );
}
export function readonlyArrays(xs: readonly number[], t: readonly [number, number]): number {
  const norm = (v: ArrayLike<number>): number => {
    let s = 0;
    for (let i = 0; i < v.length; i++) s += v[i]! ** 2;
    return Math.sqrt(s);
  };
  return norm(xs) + norm(t) + norm(new Float64Array(xs)) + norm([1, 2, 3]);
}
export function literalUnions(x: number, k: 0 | 1 | 2): number {
  const names = ['zero', 'one', 'two'] as const;
  const sizes = { zero: 0, one: x, two: 2 } as const;
  let s = 0;
  for (const name of names) s += sizes[name] * k;
  return s + (k === 1 ? x : 0);
}
export function asConst(x: number): number {
  const table = [
    [1, 2],
    [3, 4],
  ] as const;
  const o = { a: [1, x], b: { c: 2 } } as const;
  let s = 0;
  for (const [p, q] of table) s += p * q * x;
  return s + o.a[1] + o.b.c + table[1][0];
}
export function booleansArray(xs: number[]): number {
  const flags = xs.map((v) => v > 0);
  const all: boolean[] = new Array<boolean>(xs.length).fill(false);
  for (let i = 0; i < xs.length; i++) all[i] = flags[i]! && !all[i];
  return flags.filter(Boolean).length + all.filter((f) => f).length * 10 + (flags.includes(true) ? 0.5 : 0);
}
export function optionalTuple(t: [number, number?]): number {
  const [a, b = 7] = t;
  return a * b;
}
export function stringKeys(x: number, kind: 'a' | 'b' | 'c'): number {
  const f = kind === 'a' ? 1 : kind === 'b' ? 2 : 3;
  const label = `kind-${kind}`;
  return x * f + (label === 'kind-a' ? 100 : 0);
}
export function nullables(x: number | undefined, o: { v: number } | undefined): number {
  let r = 0;
  if (x) r += x;
  if (!o) return r;
  if (x === undefined) r += 5;
  return r + o.v;
}
export function arraysOfOptional(xs: (number | undefined)[], x: number): number {
  let s = 0;
  for (const v of xs) s += v ?? x;
  const ys: (number | undefined)[] = [x, undefined, 3];
  ys[1] ??= 10;
  return s + ys.filter((v): v is number => v !== undefined).reduce((a, b) => a + b, 0) + (ys[0] ?? 0);
}
export function definite(x: number): number {
  let y!: number;
  const set = () => {
    y = x * 3;
  };
  set();
  return y;
}
export function keyed(o: { a: number; b: number; c: number }): number {
  const keys = ['a', 'b'] as const;
  let s = 0;
  for (const k of keys) s += o[k] * 2;
  keys.forEach((k, i) => {
    o = { ...o, [k]: i };
  });
  return s + o.a + o.b * 10 + o.c * 100;
}
export function getterRecord(x: number): number {
  const o = {
    base: x,
    get double() {
      return this.base * 2;
    },
    set double(v: number) {
      this.base = v / 2;
    },
  };
  o.double = o.double + 4;
  return o.base;
}
export function returnUndefinedInArray(xs: number[]): number {
  const found = xs.map((v) => (v > 0 ? v : undefined));
  return found.reduce<number>((s, v) => s + (v ?? 0.5), 0);
}
