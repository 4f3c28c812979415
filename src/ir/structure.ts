/**
 * What calculus needs of structured values: the type of a tangent, zeros, sums, inner products, copies.
 * Each builds IR that walks the value by its type. Passive parts (booleans, strings, integer arrays) have no tangent.
 */

import { absent, type Builder, constant, emptyElement, field, num, typeOf, zero } from './build.js';
import type { ArrayType, Atom, Key, LinearOp, RecordType, Type, Value } from './types.js';

export const isReference = (type: Type): boolean =>
  type.kind === 'array' || type.kind === 'record' || (type.kind === 'optional' && isReference(type.of));

/** A list whose length may change. */
export const isGrowable = (type: Type): boolean =>
  type.kind === 'array' && type.storage === 'list' && type.fixed === undefined;

export const isNumber = (type: Type): boolean =>
  type.kind === 'num' || (type.kind === 'optional' && type.of.kind === 'num');

/** The type of a tangent or cotangent of a value of `type`; undefined if the value holds no real number. */
export function tangentType(type: Type): Type | undefined {
  switch (type.kind) {
    case 'num':
      return type;
    case 'bool':
    case 'str':
    case 'void':
      return undefined;
    case 'optional': {
      const of = tangentType(type.of);
      return of && (of.kind === 'num' ? of : { kind: 'optional', of });
    }
    case 'array': {
      if (type.storage === 'u8' || type.storage === 'i32') return undefined;
      const elem = tangentType(type.elem);
      if (elem === undefined || elem === type.elem) return elem && type;
      const { source: _, ...rest } = type;
      return { ...rest, elem };
    }
    case 'record': {
      const fields = type.fields.flatMap(({ name, type: of }) => {
        const tangent = tangentType(of);
        if (tangent !== undefined) return [{ name, type: tangent }];
        return type.tuple ? [{ name, type: num }] : [];
      });
      if (!type.fields.some(({ type: of }) => tangentType(of))) return undefined;
      const same = fields.length === type.fields.length && fields.every((f, k) => f.type === type.fields[k]?.type);
      if (same) return type;
      return type.tuple ? { kind: 'record', fields, tuple: true } : { kind: 'record', fields };
    }
  }
}

/** Whether an array type's elements are numbers stored in it, not references. */
const flat = (type: ArrayType): boolean => type.elem.kind === 'num';

/** How to reach each part of an object: fields of a record, the elements of a short tuple; undefined for arrays to loop over. */
export function partKeys(type: Type): readonly { key: Key; name: string; type: Type }[] | undefined {
  if (type.kind === 'record') return type.fields.map((f) => ({ key: field(f.name), name: f.name, type: f.type }));
  if (type.kind === 'array' && type.fixed !== undefined && type.fixed <= 16) {
    return Array.from({ length: type.fixed }, (_, k) => ({ key: constant(k), name: String(k), type: type.elem }));
  }
  return undefined;
}

/** A value of type `type` (a tangent type) with zeros everywhere, shaped like `like`; `nothing` is what stands for 0 in records and short tuples. */
export function zerosLike(
  b: Builder,
  like: Atom,
  type = tangentType(typeOf(like)),
  name?: string,
  nothing: Atom = zero,
): Atom {
  if (type === undefined || type.kind === 'num') return nothing;
  if (type.kind === 'optional') {
    const [result] = b.if(
      b.op('defined', [like]),
      (inner) => [zerosLike(inner, inner.op('unwrap', [like]), type.of, undefined, nothing)],
      () => [absent],
      [name === undefined ? { type } : { type, name }],
    );
    return result ?? absent;
  }
  const source = typeOf(like);
  const keys = partKeys(type);
  if (keys !== undefined) {
    const parts = keys.map(({ key, type: part }) =>
      part.kind === 'num' ? nothing : zerosLike(b, b.load(like, key), part, undefined, nothing),
    );
    return b.make(type, parts, name);
  }
  if (type.kind !== 'array' || source.kind !== 'array') throw new Error(`no zeros of a ${type.kind}`);
  const length = b.length(like);
  if (flat(type)) return b.alloc(type, length, emptyElement, name);
  const result = b.alloc(type, length, undefined, name);
  b.each(length, (inner, i) =>
    inner.store(result, i, zerosLike(inner, inner.load(like, i), type.elem, undefined, nothing)),
  );
  return result;
}

/** Calls `visit` for each real number of two values of the same shape (tangent type `type`). */
function pairwise(
  b: Builder,
  x: Atom,
  y: Atom,
  type: Type,
  visit: (b: Builder, x: Atom, y: Atom, key: Key) => void,
): void {
  const keys = partKeys(type);
  if (keys !== undefined) {
    for (const { key, type: part } of keys) descend(b, x, y, key, part, visit);
  } else if (type.kind === 'array') {
    b.each(b.length(x), (inner, i) => descend(inner, x, y, i, type.elem, visit));
  } else if (type.kind === 'optional') {
    b.if(
      b.op('and', [b.op('defined', [x]), b.op('defined', [y])]),
      (inner) => {
        pairwise(inner, inner.op('unwrap', [x]), inner.op('unwrap', [y]), type.of, visit);
        return [];
      },
      () => [],
    );
  }
}

function descend(
  b: Builder,
  x: Atom,
  y: Atom,
  key: Key,
  type: Type,
  visit: (b: Builder, x: Atom, y: Atom, key: Key) => void,
) {
  if (type.kind === 'num') visit(b, x, y, key);
  else pairwise(b, b.load(x, key), b.load(y, key), type, visit);
}

/** Adds `from` into the object `into`, number by number; both of one tangent type. */
export function addInto(b: Builder, into: Atom, from: Atom): void {
  pairwise(b, into, from, typeOf(into), (inner, x, y, key) => inner.store(x, key, inner.load(y, key), true));
}

/** Whether structures of this type are walked by a loop rather than part by part. */
function hasLoop(type: Type): boolean {
  const keys = partKeys(type);
  if (keys !== undefined) return keys.some((part) => hasLoop(part.type));
  return type.kind === 'array' || type.kind === 'optional';
}

/** Σ x_k y_k over all real numbers of two values of one tangent type. */
export function inner(b: Builder, x: Atom, y: Atom): Atom {
  return innerOnto(b, undefined, x, y, tangentType(typeOf(x)) ?? num) ?? zero;
}

function innerOnto(b: Builder, sum: Atom | undefined, x: Atom, y: Atom, type: Type): Atom | undefined {
  if (type.kind === 'num') {
    const product = b.op('mul', [x, y]);
    return sum === undefined ? product : b.op('add', [sum, product]);
  }
  const keys = partKeys(type);
  if (keys !== undefined) {
    let total = sum;
    for (const { key, type: part } of keys) total = innerOnto(b, total, b.load(x, key), b.load(y, key), part);
    return total;
  }
  if (type.kind === 'optional') throw new Error('inner product of optional values');
  const [result] = b.for(
    { from: zero, to: b.length(x), compare: '<', step: 1 },
    [{ init: sum ?? zero, type: num, name: 'sum' }],
    (body, i, [carried]) => [
      innerOnto(body, carried, body.load(x, i), body.load(y, i), (type as ArrayType).elem) ?? zero,
    ],
  );
  return result;
}

/** x + y, a fresh value. */
export function sum(b: Builder, x: Atom, y: Atom, name?: string): Atom {
  return combine(b, x, y, tangentType(typeOf(x)) ?? num, (at, p, q) => at.op('add', [p, q]), name);
}

/** c · x, a fresh value. */
export function scaled(b: Builder, c: Atom, x: Atom, name?: string): Atom {
  return combine(b, x, x, tangentType(typeOf(x)) ?? num, (at, p) => at.op('mul', [c, p]), name);
}

/** A fresh copy of a whole value, nested parts included. */
export function copyOf(b: Builder, x: Atom, name?: string): Atom {
  const type = typeOf(x);
  if (type.kind === 'array' && !isReference(type.elem)) return b.slice(x, zero, b.length(x), name);
  return combine(b, x, x, type, (_, p) => p, name);
}

/** A fresh copy of a whole value, its numbers constants for derivatives. */
export const held = (b: Builder, x: Atom, name?: string): Atom =>
  combine(b, x, x, typeOf(x), (at, p) => at.op('held', [p]), name);

/** A fresh copy of a value as `type`, which differs in the storage of arrays only. */
export const copyAs = (b: Builder, x: Atom, type: Type, name?: string): Atom =>
  combine(b, x, x, type, (_, p) => p, name);

/** Whether a value of this type holds a Float32Array. */
export function holdsSingles(type: Type): boolean {
  if (type.kind === 'array') return type.storage === 'f32' || holdsSingles(type.elem);
  if (type.kind === 'record') return type.fields.some((f) => holdsSingles(f.type));
  return type.kind === 'optional' && holdsSingles(type.of);
}

function combine(
  b: Builder,
  x: Atom,
  y: Atom,
  type: Type,
  visit: (b: Builder, x: Atom, y: Atom) => Atom,
  name?: string,
): Atom {
  switch (type.kind) {
    case 'record':
    case 'array': {
      const keys = partKeys(type);
      if (keys !== undefined) {
        const parts = keys.map(({ key, type: part }) => combine(b, b.load(x, key), b.load(y, key), part, visit));
        return b.make(type, parts, name);
      }
      const array = type as ArrayType; // records always have part keys
      const length = b.length(x);
      const result = b.alloc(array, length, undefined, name);
      b.each(length, (at, i) => at.store(result, i, combine(at, at.load(x, i), at.load(y, i), array.elem, visit)));
      return result;
    }
    case 'optional': {
      const [result] = b.if(
        b.op('defined', [x]),
        (at) => [combine(at, at.op('unwrap', [x]), at.op('unwrap', [y]), type.of, visit)],
        () => [absent],
        [{ type }],
      );
      return result ?? absent;
    }
    case 'num':
      return visit(b, x, y);
    default:
      return x;
  }
}

/** The type of a `linear` operation's result. */
export function linearType(op: LinearOp, args: readonly Atom[]): Type {
  const [first = absent, second = absent] = args;
  if (op === 'inner') return num;
  if (op === 'copy') return typeOf(first);
  const of = typeOf(op === 'scaled' ? second : first);
  return tangentType(of) ?? of;
}

/** What a `linear` operation computes, element by element. */
export function linear(b: Builder, op: LinearOp, args: readonly Atom[], name?: string): Atom {
  const [x = absent, y = absent] = args;
  switch (op) {
    case 'zeros':
      return zerosLike(b, x, undefined, name);
    case 'copy':
      return copyOf(b, x, name);
    case 'sum':
      return sum(b, x, y, name);
    case 'scaled':
      return scaled(b, x, y, name);
    case 'inner':
      return inner(b, x, y);
  }
}

/**
 * Throws a RangeError naming `name` unless the arrays of `seed` are as long as those of `like`
 * (the type of `seed` is the tangent type of that of `like`).
 */
export function checkShape(b: Builder, name: string, seed: Atom, like: Atom): void {
  const type = typeOf(seed);
  const full = typeOf(like);
  if (type.kind === 'record') {
    for (const { name: part, type: of } of type.fields) {
      const key = field(part);
      if (isReference(of) && !isFixed(of)) checkShape(b, `${name}.${part}`, b.load(seed, key), b.load(like, key));
    }
  } else if (type.kind === 'array' && full.kind === 'array') {
    const expected = b.length(like);
    if (type.fixed === undefined) {
      const found = b.length(seed);
      b.if(
        b.op('ne', [found, expected]),
        (arm) => {
          const message = [constant(`${name}: expected length `), expected, constant(', found '), found];
          arm.push({ kind: 'throw', error: 'RangeError', message, origin: arm.origin });
          return [];
        },
        () => [],
      );
    }
    if (isReference(type.elem) && !isFixed(type.elem)) {
      b.each(expected, (body, i) => checkShape(body, `${name}[…]`, body.load(seed, i), body.load(like, i)));
    }
  }
}

const isFixed = (type: Type): boolean => !hasLoop(type);

/** The type of a record with these parts. */
export const recordOf = (parts: readonly { name: string; type: Type }[]): RecordType => ({
  kind: 'record',
  fields: parts,
});

export const makeRecord = (b: Builder, parts: Readonly<Record<string, Atom>>, name?: string): Value => {
  const entries = Object.entries(parts);
  return b.make(
    recordOf(entries.map(([key, atom]) => ({ name: key, type: typeOf(atom).kind === 'void' ? num : typeOf(atom) }))),
    entries.map(([, atom]) => atom),
    name,
  );
};
