/**
 * Run-time values seen through their types. `shape` pairs a primal's type with
 * that of its tangent: a place is *real* where both hold a number.
 */
import type { ArrayType, RecordType, Type } from '../ir/types.js';

export interface Shape {
  readonly type: Type;
  /** Absent where nothing is active. */
  readonly tangent: Type | undefined;
}

type Indexed = { readonly length: number; readonly [index: number]: unknown };

// Values come from the user's program or from ours, and have the type that the compiler found for them: these four
// casts are where that knowledge enters.
const asArray = (value: unknown) => value as Indexed;
const asRecord = (value: unknown) => value as Readonly<Record<string, unknown>>;
const asNumber = (value: unknown) => value as number;

const element = ({ type, tangent }: Shape): Shape | undefined =>
  type.kind === 'array'
    ? { type: type.elem, tangent: tangent?.kind === 'array' ? tangent.elem : undefined }
    : undefined;

const field = (name: string, type: Type, tangent: Type | undefined): Shape => ({
  type,
  tangent: tangent?.kind === 'record' ? tangent.fields.find((other) => other.name === name)?.type : undefined,
});

const present = ({ type, tangent }: Shape): Shape => ({
  type: type.kind === 'optional' ? type.of : type,
  tangent: tangent?.kind === 'optional' ? tangent.of : tangent,
});

function arrayOf(type: ArrayType, items: readonly unknown[]): unknown {
  switch (type.storage) {
    case 'list':
      return [...items];
    case 'f64':
      return Float64Array.from(items, asNumber);
    case 'f32':
      return Float32Array.from(items, asNumber);
    case 'u8':
      return Uint8Array.from(items, asNumber);
    case 'i32':
      return Int32Array.from(items, asNumber);
    default:
      return unreachable(type.storage);
  }
}

function recordOf(type: RecordType, fields: ReadonlyMap<string, unknown>): unknown {
  return type.tuple ? [...fields.values()] : Object.fromEntries(fields);
}

function unreachable(value: never): never {
  throw new Error(`not met: ${String(value)}`);
}

/**
 * A value of `shape`, built by `leaf` from the leaves of `values`, which have the same structure. Leaves that are no
 * numbers are taken from the first.
 */
export function combine(
  shape: Shape,
  values: readonly unknown[],
  leaf: (real: boolean, ...numbers: number[]) => number,
): unknown {
  const { type, tangent } = shape;
  const first = values[0];
  switch (type.kind) {
    case 'num':
      return leaf(tangent?.kind === 'num', ...values.map(asNumber));
    case 'optional':
      return first == null ? first : combine(present(shape), values, leaf);
    case 'array': {
      const inner = element(shape) ?? shape;
      const items = Array.from({ length: asArray(first).length }, (_, i) =>
        combine(
          inner,
          values.map((value) => asArray(value ?? [])[i]),
          leaf,
        ),
      );
      return arrayOf(type, items);
    }
    case 'record': {
      const fields = type.fields.map(({ name, type: inner }) => {
        const parts = values.map((value) => asRecord(value ?? {})[name]);
        return [name, combine(field(name, inner, tangent), parts, leaf)] as const;
      });
      return recordOf(type, new Map(fields.filter(([name, value]) => value !== undefined || name in asRecord(first))));
    }
    case 'bool':
    case 'str':
    case 'void':
      return first;
    default:
      return unreachable(type);
  }
}

export const copy = (shape: Shape, value: unknown): unknown => combine(shape, [value], (_real, x) => x);

/** A copy of arrays and plain objects, nested too; instances of classes are taken as they are. */
export function copyOfData(value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Float32Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyOfData);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyOfData(part)]));
}

/** `x + t v`, with v a tangent. */
export const shift = (shape: Shape, x: unknown, t: number, v: unknown): unknown =>
  combine(shape, [x, v], (real, a, b) => (real ? a + t * b : a));

/** The shape of tangents themselves. */
export const tangentShape = ({ tangent }: Shape): Shape => ({ type: tangent ?? { kind: 'void' }, tangent });

/** `a v + b w` of tangents. */
export const blend = (shape: Shape, a: number, v: unknown, b: number, w: unknown): unknown =>
  combine(tangentShape(shape), [v, w], (_real, x, y) => a * x + b * y);

/** A tangent at `x`; `draw` gives the number for each number of `x`. */
export function tangentAt(shape: Shape, x: unknown, draw: (at: unknown) => number): unknown {
  const { type, tangent } = shape;
  if (tangent === undefined) return undefined;
  switch (tangent.kind) {
    case 'num':
      return type.kind === 'num' || (isOptionalNumber(type) && x != null) ? draw(x) : 0;
    case 'optional':
      return x == null ? undefined : tangentAt(present(shape), x, draw);
    case 'array':
      return arrayOf(
        tangent,
        Array.from({ length: asArray(x).length }, (_, i) => tangentAt(element(shape) ?? shape, asArray(x)[i], draw)),
      );
    case 'record': {
      const types = type.kind === 'record' ? type.fields : [];
      const fields = tangent.fields.map(({ name, type: inner }) => {
        const primal = types.find((other) => other.name === name)?.type ?? inner;
        return [name, tangentAt({ type: primal, tangent: inner }, asRecord(x)[name], draw)] as const;
      });
      return recordOf(tangent, new Map(fields.filter(([, value]) => value !== undefined)));
    }
    case 'bool':
    case 'str': // a discriminant
    case 'void':
      return x;
    default:
      return unreachable(tangent);
  }
}

const isOptionalNumber = (type: Type): boolean => type.kind === 'optional' && type.of.kind === 'num';

/** All real numbers of a primal, tangent or cotangent, in order. What is absent counts as nothing, a number in a field as 0: it has tangent 0. */
export function reals(shape: Shape, value: unknown): number[] {
  const { type, tangent } = shape;
  if (value == null && isOptionalNumber(type) && tangent?.kind === 'num') return [0];
  if (value == null || tangent === undefined) return [];
  switch (type.kind) {
    case 'num':
      return tangent.kind === 'num' ? [asNumber(value)] : [];
    case 'optional':
      return reals(present(shape), value);
    case 'array':
      return Array.from({ length: asArray(value).length }, (_, i) =>
        reals(element(shape) ?? shape, asArray(value)[i]),
      ).flat();
    case 'record':
      return type.fields.flatMap(({ name, type: inner }) => reals(field(name, inner, tangent), asRecord(value)[name]));
    case 'bool':
    case 'str':
    case 'void':
      return [];
    default:
      return unreachable(type);
  }
}

/** The same bits everywhere; −0 and 0 differ, NaN is itself. */
export function identical(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return plain(a) && plain(b) && sameKeys(a, b);
  return sameKeys(a, b);
}

/** A field that holds undefined is as good as none. */
const keysOf = (of: object): readonly string[] =>
  plain(of) ? Object.keys(of).filter((name) => asRecord(of)[name] != null) : Object.keys(of);

const plain = (value: object) => !Array.isArray(value) && !ArrayBuffer.isView(value);

function sameKeys(a: object, b: object): boolean {
  const [names, others] = [keysOf(a), keysOf(b)];
  if (names.length !== others.length) return false;
  return names.every((name) => Object.hasOwn(b, name) && identical(asRecord(a)[name], asRecord(b)[name]));
}

/** Overwrites every number of a result, nested too, with NaN: what a reused `out` may hold. */
export function poison(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Float64Array || value instanceof Float32Array) {
    value.fill(Number.NaN);
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    if (typeof part === 'number') (value as Record<string, unknown>)[key] = Number.NaN;
    else poison(part);
  }
}

/** Whether a value that came from outside has the type. */
export function fits(type: Type, value: unknown): boolean {
  switch (type.kind) {
    case 'num':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'str':
      return typeof value === 'string';
    case 'void':
      return value === undefined;
    case 'optional':
      return value === undefined || (value === null && type.nullable === true) || fits(type.of, value);
    case 'array': {
      const stored = { list: Array, f64: Float64Array, f32: Float32Array, u8: Uint8Array, i32: Int32Array }[
        type.storage
      ];
      if (!(value instanceof stored)) return false;
      if (type.fixed !== undefined && value.length !== type.fixed) return false;
      return Array.from(value, (item: unknown) => item).every((item) => fits(type.elem, item));
    }
    case 'record':
      return (
        typeof value === 'object' &&
        value !== null &&
        type.fields.every((entry) => fits(entry.type, asRecord(value)[entry.name]))
      );
    default:
      return unreachable(type);
  }
}

/** Turns plain arrays of JSON into the typed arrays that the type asks for. */
export function revive(type: Type, value: unknown): unknown {
  if (type.kind === 'optional') return value == null ? (type.nullable ? value : undefined) : revive(type.of, value);
  if (type.kind === 'array' && Array.isArray(value))
    return arrayOf(
      type,
      value.map((item: unknown) => revive(type.elem, item)),
    );
  if (type.kind === 'record' && typeof value === 'object' && value !== null) {
    return recordOf(
      type,
      new Map(
        type.fields
          .filter(({ name }) => name in value)
          .map(({ name, type: inner }) => [name, revive(inner, asRecord(value)[name])]),
      ),
    );
  }
  return value;
}
