// Records, tuples of different types, destructuring, optional fields, unions.
interface Point {
  x: number;
  y: number;
}
interface Body {
  readonly position: Point;
  velocity: Point;
  mass?: number;
  tags: number[];
}
export function points(p: Point, q: Point): Point {
  const { x, y: other } = p;
  const r = { ...q, x: x + q.x };
  r.y *= other;
  return r;
}
export function bodies(bs: Body[], dt: number): Body[] {
  return bs.map(({ position, velocity, mass = 2, tags }) => ({
    position: { x: position.x + dt * velocity.x, y: position.y + dt * velocity.y },
    velocity: { ...velocity, y: velocity.y - dt * mass },
    mass,
    tags: [...tags, mass],
  }));
}
export function shared(p: Point, x: number): number {
  const a = { ...p };
  const list = [a, a, { x, y: x }];
  list[0]!.x += 1;
  list[1]!.x += 10;
  for (const each of list) each.y -= each.x;
  const b = list[2]!;
  b.x = a.y;
  return a.x + 3 * a.y + 5 * list[2]!.x;
}
export function destructuring(
  { x, y = 3 }: { x: number; y?: number },
  [a, [b = x, ...rest]]: [number, number[]],
): number {
  let c = 0;
  let d = 0;
  [c, d] = [x, y];
  ({ x: c, y: d = 7 } = { x: d, y: c });
  const [, second = 5, third = second * 2] = rest;
  return c + 10 * d + 100 * a + 1000 * b + second * third;
}
export function optionalFields(o: { a: number; b?: number; c?: { d: number } }): number {
  let s = o.a;
  if (o.b !== undefined) s += o.b * 2;
  s += o.c?.d ?? 4;
  s += (o.b ?? 1) * (o.c === undefined ? 1 : o.c.d);
  if (o.b) s += 100;
  return s;
}
type Shape = { kind: 'circle'; r: number } | { kind: 'square'; side: number } | { kind: 'rect'; w: number; h: number };
function area(s: Shape): number {
  switch (s.kind) {
    case 'circle':
      return Math.PI * s.r ** 2;
    case 'square':
      return s.side * s.side;
    case 'rect':
      return s.w * s.h;
  }
}
export function shapes(x: number, y: number): number {
  const list: Shape[] = [
    { kind: 'circle', r: x },
    { kind: 'rect', w: x, h: y },
    { kind: 'square', side: y },
  ];
  let s = 0;
  for (const shape of list) s += area(shape) * (shape.kind === 'circle' ? 2 : 1);
  return s + list.map(area).reduce((a, b) => Math.max(a, b));
}
export function mixedTuple(t: [number, boolean, Point], x: number): [number, Point, boolean] {
  const [a, flag, p] = t;
  t[2].x += 1;
  return [flag ? a : -a, { x: p.x * x, y: t[2].y }, !flag];
}
export function nullable(x: number): number {
  let best: Point | null = null;
  for (let i = 0; i < 4; i++) {
    const p = { x: x * i, y: i };
    if (best === null || p.x > best.x) best = p;
  }
  return best === null ? 0 : best.x + best.y;
}
export function undefinedVariable(xs: number[]): number {
  let last: number | undefined;
  for (const x of xs) {
    if (x > 0) last = last === undefined ? x : last * x;
  }
  return last ?? -1;
}
export function logicalAssignment(o: { a?: number; b: number }, x: number): number {
  const p: { a?: number; b: number; c: number | undefined } = { ...o, c: undefined };
  p.a ??= x;
  p.b ||= 5;
  p.c ??= p.a + 1;
  p.b &&= p.b * 2;
  let y: number | undefined;
  y ??= 3;
  return p.a + 10 * p.b + 100 * p.c + y;
}
export function booleans(x: number, a: boolean, b: boolean): number {
  const c = a && x > 0;
  const d = a || (b && !c);
  const e = a !== b;
  return (c ? 1 : 0) + (d ? 10 : 0) + (e ? 100 : 0) + (a === b ? 1000 : 0) + Number(a) * x + +b;
}
export function truthiness(x: number, n: number, o?: number): number {
  let s = 0;
  if (x) s += 1;
  if (!n) s += 10;
  if (o) s += 100;
  if (n && x > 0) s += 1000;
  s += x || 0.5;
  s += (n && 7) + (o || 3);
  while (n && s < 1e5) {
    s += 10000;
    n--;
  }
  return s;
}
export function computedKeys(x: number): number {
  const key = 'alpha';
  const o = { [key]: x, beta: 2, 'gamma-ray': 3 };
  return o[key] + o['beta'] + o['gamma-ray'];
}
export function objectHelpers(x: number, y: number): number {
  const o = { a: x, b: y, c: 1 };
  let s = 0;
  for (const v of Object.values(o)) s += v * v;
  for (const [k, v] of Object.entries(o)) s += k === 'b' ? v : 0;
  const t = Object.assign(o, { a: 5 });
  return s + t.a + o.a + Object.keys(o).length;
}
export function swapFields(p: Point): Point {
  const q = { ...p };
  [q.x, q.y] = [q.y, q.x];
  return q;
}
export function frozen(x: number): number {
  const c = Object.freeze({ gain: 2, offset: [1, 2] as const });
  return x * c.gain + c.offset[1];
}
export function typeofTests(x: number | undefined): number {
  if (typeof x === 'number') return x * 2;
  return typeof x === 'undefined' ? 1 : 2;
}
export function chainOptional(o: { p?: { q?: { r: number; s?: number[] } } }): number {
  return (o.p?.q?.r ?? 1) + (o.p?.q?.s?.[0] ?? 2) + (o.p?.q?.s?.length ?? 3);
}
export function inTest(x: number, flag: boolean): number {
  const o: { a: number } | { b: number } = flag ? { a: x } : { b: 2 * x };
  return 'a' in o ? o.a : o.b * 3;
}
