/**
 * Values by IR type for the numeric checks: seeded random ones, and walks over them. A tangent type is what
 * `tangentType` of ir/structure.ts gives: numbers in it are the active reals.
 */

import type { Storage, Type } from '../../src/ir/types.js';

/** A seeded stream of numbers (mulberry32): the same seed, the same tests. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number in 0 … n-1. */
  below(n: number): number {
    return Math.floor(n * this.next());
  }
}

const typedArrays = { f64: Float64Array, f32: Float32Array, u8: Uint8Array, i32: Int32Array } satisfies Record<
  Exclude<Storage, 'list'>,
  unknown
>;

type Numbers = number[] | Float64Array | Float32Array;
type Fields = Record<string, unknown>;

/**
 * A random tangent of the tangent type `type`, shaped like `like` (a primal or another tangent). Its numbers are
 * sixteenths between 1/16 and 1, so that a step along it is exact in most places and never vanishes.
 */
export function randomTangent(random: Random, type: Type, like: unknown): unknown {
  switch (type.kind) {
    case 'num':
      return typeof like === 'number' ? ((1 + random.below(16)) / 16) * (random.next() < 0.5 ? -1 : 1) : 0;
    case 'optional':
      return like == null ? undefined : randomTangent(random, type.of, like);
    case 'array': {
      const source = like as Numbers; // a value of an array type is one of these
      const elements = Array.from(source, (v) => randomTangent(random, type.elem, v));
      return type.storage === 'list' ? elements : typedArrays[type.storage].from(elements as number[]);
    }
    case 'record': {
      const source = like as Fields;
      const entries = type.fields.map((f) => [f.name, randomTangent(random, f.type, source[f.name])] as const);
      return type.tuple === true ? entries.map(([, v]) => v) : Object.fromEntries(entries);
    }
    default:
      return undefined;
  }
}

/** The active reals in a value, in the order of its tangent type; what is absent counts as 0, passive places of tuples too. */
export function reals(type: Type | undefined, value: unknown): number[] {
  const found: number[] = [];
  const walk = (t: Type, v: unknown): void => {
    switch (t.kind) {
      case 'num':
        found.push(typeof v === 'number' ? v : 0);
        break;
      case 'optional':
        if (v != null) walk(t.of, v);
        break;
      case 'array':
        for (const element of v as Numbers) walk(t.elem, element);
        break;
      case 'record':
        for (const f of t.fields) walk(f.type, (v as Fields)[f.name]);
        break;
      default:
        break;
    }
  };
  if (type !== undefined) walk(type, value);
  return found;
}

/** Paths of `reals`, for messages. */
export function realPaths(type: Type | undefined, value: unknown, path = ''): string[] {
  if (type === undefined) return [];
  switch (type.kind) {
    case 'num':
      return [path];
    case 'optional':
      return value == null ? [] : realPaths(type.of, value, path);
    case 'array':
      return Array.from(value as Numbers, (v, k) => realPaths(type.elem, v, `${path}[${k}]`)).flat();
    case 'record':
      return type.fields.flatMap((f) => realPaths(f.type, (value as Fields)[f.name], `${path}.${f.name}`));
    default:
      return [];
  }
}

/** `value + t · direction`, a fresh value; `type` is the tangent type, whatever it leaves out is copied. */
export function moved(type: Type | undefined, value: unknown, direction: unknown, t: number): unknown {
  if (type === undefined || value == null) return clone(value);
  switch (type.kind) {
    case 'num':
      // A passive place of a tuple is of tangent type number, whatever is there.
      return typeof value === 'number' && typeof direction === 'number' ? value + t * direction : value;
    case 'optional':
      return moved(type.of, value, direction, t);
    case 'array': {
      const copy = clone(value) as unknown[]; // or a typed array: both take indices
      for (let k = 0; k < copy.length; k += 1) copy[k] = moved(type.elem, copy[k], (direction as unknown[])[k], t);
      return copy;
    }
    case 'record': {
      const copy = clone(value) as Fields;
      for (const f of type.fields) {
        if (f.name in copy) copy[f.name] = moved(f.type, copy[f.name], (direction as Fields)[f.name], t);
      }
      return copy;
    }
    default:
      return clone(value);
  }
}

/** A deep copy; objects that are shared in the original are shared in the copy, as memory shared by views is not. */
export function clone<T>(value: T): T {
  const seen = new Map<object, unknown>();
  const copy = (v: unknown): unknown => {
    if (typeof v !== 'object' || v === null) return v;
    const known = seen.get(v);
    if (known !== undefined) return known;
    if (ArrayBuffer.isView(v)) {
      const array = (v as Float64Array).slice();
      seen.set(v, array);
      return array;
    }
    const fresh: Fields | unknown[] = Array.isArray(v) ? [] : {};
    seen.set(v, fresh);
    if (Array.isArray(v)) for (const element of v) (fresh as unknown[]).push(copy(element));
    else for (const [key, field] of Object.entries(v)) (fresh as Fields)[key] = copy(field);
    return fresh;
  };
  return copy(value) as T; // a copy has the type of what it copies
}

/** A deep copy in which every number is NaN and every boolean flipped: an `out` that shows whatever is not overwritten. */
export function poisoned<T>(value: T): T {
  const walk = (v: unknown): unknown => {
    if (typeof v === 'number') return NaN;
    if (typeof v === 'boolean') return !v;
    if (typeof v !== 'object' || v === null) return v;
    if (ArrayBuffer.isView(v)) return (v as Float64Array).slice().fill(NaN);
    if (Array.isArray(v)) return v.map(walk);
    return Object.fromEntries(Object.entries(v).map(([key, field]) => [key, walk(field)]));
  };
  return walk(value) as T; // the shape is kept
}

/** Lengthens (or shortens, if `by` is negative) the lists of numbers in `value`, whose length an `out` need not have right. */
export function resize(type: Type | undefined, value: unknown, by: number): void {
  if (type === undefined || value === undefined) return;
  if (type.kind === 'optional') resize(type.of, value, by);
  else if (type.kind === 'record') for (const f of type.fields) resize(f.type, (value as Fields)[f.name], by);
  else if (type.kind === 'array' && type.elem.kind !== 'num')
    for (const v of value as unknown[]) resize(type.elem, v, by);
  else if (type.kind === 'array' && type.storage === 'list' && type.fixed === undefined) {
    const list = value as number[];
    for (let k = 0; k < by; k += 1) list.push(NaN);
    if (by < 0) list.length = Math.max(0, list.length + by);
  }
}

/** Where two values differ, bit for bit (NaN equals NaN, -0 is not 0); undefined if nowhere. Absent and undefined fields are the same. */
export function difference(a: unknown, b: unknown, path = ''): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? undefined : `${path === '' ? 'value' : path}: ${show(a)} and ${show(b)}`;
  }
  if (a.constructor !== b.constructor) return `${path}: a ${a.constructor.name} and a ${b.constructor.name}`;
  if (Array.isArray(a) || ArrayBuffer.isView(a)) {
    const [x, y] = [a, b] as unknown as [unknown[], unknown[]]; // same constructor: both are indexed
    if (x.length !== y.length) return `${path}.length: ${x.length} and ${y.length}`;
    for (let k = 0; k < x.length; k += 1) {
      const found = difference(x[k], y[k], `${path}[${k}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference((a as Fields)[key], (b as Fields)[key], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Text of a value for messages: every digit of numbers, -0 and NaN as such. */
export function show(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) {
    const elements = Array.from(value as Float64Array, show).join(', ');
    return value.constructor === Float64Array ? `f64[${elements}]` : `${value.constructor.name}[${elements}]`;
  }
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, v]) => `${key}: ${show(v)}`)
    .join(', ')} }`;
}

/** Objects and buffers a value is made of, each with a path to it. */
function memory(value: unknown, path = '', found = new Map<object, string>()): Map<object, string> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.set(value, path);
  if (ArrayBuffer.isView(value)) found.set(value.buffer, path);
  else
    for (const [key, part] of Object.entries(value))
      memory(part, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, found);
  return found;
}

/** Where `a` and `b` share an object or memory; undefined if nowhere. */
export function shared(a: unknown, b: unknown): string | undefined {
  const other = memory(b);
  for (const [object, path] of memory(a)) {
    const at = other.get(object);
    if (at !== undefined) return `${path} and ${at}`;
  }
  return undefined;
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, k) => sum + x * (b[k] ?? NaN), 0);

/** Σ |a_k b_k|: what rounding errors of `dot` are relative to. */
export const dotSize = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, k) => sum + Math.abs(x * (b[k] ?? NaN)), 0);
