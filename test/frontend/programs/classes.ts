// Classes, namespaces, enums, module constants.
class Vec {
  static readonly zero = new Vec(0, 0);
  static dimension = 2;
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  add(o: Vec): Vec {
    return new Vec(this.x + o.x, this.y + o.y);
  }
  scale(k: number): Vec {
    return new Vec(this.x * k, this.y * k);
  }
  dot(o: Vec): number {
    return this.x * o.x + this.y * o.y;
  }
  get norm(): number {
    return Math.sqrt(this.dot(this));
  }
  static of(x: number, y = x): Vec {
    return new Vec(x, y);
  }
}
export function vectors(x: number, y: number): number {
  const v = Vec.of(x).add(new Vec(y, 1)).scale(2);
  const list = [v, Vec.zero, Vec.of(1, y)];
  let sum = Vec.zero;
  for (const each of list) sum = sum.add(each);
  return sum.norm + v.dot(sum) * Vec.dimension;
}
class Stats {
  count = 0;
  private sum = 0;
  #squares = 0;
  readonly history: number[] = [];
  push(v: number): this {
    this.count++;
    this.sum += v;
    this.#squares += v * v;
    this.history.push(v);
    return this;
  }
  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
  get variance(): number {
    return this.count < 2 ? 0 : this.#squares / this.count - this.mean ** 2;
  }
  set offset(v: number) {
    this.sum += v * this.count;
  }
}
export function stats(xs: number[], x: number): number {
  const s = new Stats();
  for (const v of xs) s.push(v);
  s.push(x).push(2);
  s.offset = 0.5;
  return s.mean + 10 * s.variance + s.history.length + s.history[0]!;
}
abstract class Shape {
  constructor(protected scale: number) {}
  abstract area(): number;
  scaled(): number {
    return this.scale * this.area();
  }
}
class Circle extends Shape {
  constructor(
    private r: number,
    scale = 2,
  ) {
    super(scale);
  }
  override area(): number {
    return Math.PI * this.r ** 2;
  }
}
class Ring extends Circle {
  inner = 0.5;
  override area(): number {
    return super.area() - this.inner;
  }
}
export function inheritance(x: number): number {
  const c = new Circle(x);
  const r = new Ring(x, 3);
  return c.scaled() + r.scaled() * r.area();
}
class Integrator {
  steps = 0;
  constructor(
    private readonly rhs: (t: number, y: number) => number,
    private h: number,
  ) {}
  step(t: number, y: number): number {
    this.steps++;
    return y + this.h * this.rhs(t, y);
  }
}
export function integrator(y: number, n: number): number {
  const it = new Integrator((t, v) => -v + t, 0.1);
  for (let i = 0; i < n; i++) y = it.step(i * 0.1, y);
  return y + it.steps;
}
enum Mode {
  Off,
  Linear,
  Quadratic = 5,
}
const enum Level {
  Low = 1,
  High = 10,
}
enum Colour {
  Red = 'red',
  Green = 'green',
}
export function enums(x: number, n: number): number {
  const mode = n === 0 ? Mode.Off : n === 1 ? Mode.Linear : Mode.Quadratic;
  let r = 0;
  switch (mode) {
    case Mode.Off:
      break;
    case Mode.Linear:
      r = x;
      break;
    case Mode.Quadratic:
      r = x * x;
  }
  const c = x > 0 ? Colour.Red : Colour.Green;
  return r * Level.High + (c === Colour.Red ? Level.Low : 0) + mode;
}
namespace Physics {
  export const g = 9.81;
  const half = 0.5;
  export function fall(t: number): number {
    return half * g * t * t;
  }
  export namespace Deep {
    export const k = g * 2;
  }
}
export function namespaces(t: number): number {
  return Physics.fall(t) + Physics.g + Physics.Deep.k;
}
const dt = 0.1;
const steps = 3 * 2;
const weights = [1, 0.5, 0.25];
const table = Array.from({ length: steps }, (_, i) => i * dt);
const params = { gain: 2, offsets: [1, 2], nested: { k: 3 } } as const;
const { gain, nested: inner } = params;
const [w0, , w2 = 9] = weights;
const { sin, cos: cosine, PI } = Math;
const M = Math;
const root2 = Math.sqrt(2);
export const scaled = (x: number): number => x * root2;
export const viaCall = scaledBy(3);
function scaledBy(k: number) {
  return (x: number): number => x * k + steps;
}
export function constants(x: number): number {
  let s = 0;
  for (let i = 0; i < table.length; i++) s += table[i]! * x;
  for (const w of weights) s += w;
  return s + params.offsets[1] + gain * inner.k + w0! + w2 + sin(x) + cosine(PI * x) + M.exp(M.LN2) + scaled(x);
}
export default function (x: number): number {
  return x / dt;
}
class Matrix {
  readonly data: Float64Array;
  constructor(
    readonly rows: number,
    readonly cols: number,
    data?: Float64Array,
  ) {
    this.data = data ?? new Float64Array(rows * cols);
  }
  at(i: number, j: number): number {
    return this.data[i * this.cols + j]!;
  }
  set(i: number, j: number, v: number): void {
    this.data[i * this.cols + j] = v;
  }
  mul(o: Matrix): Matrix {
    const out = new Matrix(this.rows, o.cols);
    for (let i = 0; i < this.rows; i++)
      for (let j = 0; j < o.cols; j++) {
        let s = 0;
        for (let k = 0; k < this.cols; k++) s += this.at(i, k) * o.at(k, j);
        out.set(i, j, s);
      }
    return out;
  }
  static identity(n: number): Matrix {
    const m = new Matrix(n, n);
    for (let i = 0; i < n; i++) m.set(i, i, 1);
    return m;
  }
}
export function matrices(x: number): Float64Array {
  const a = new Matrix(2, 2, Float64Array.of(1, x, x, 2));
  let p = Matrix.identity(2);
  for (let i = 0; i < 3; i++) p = p.mul(a);
  return p.data;
}
