/** Small constructors for the IR: constants, types, and a `Builder` that appends statements to a block. */

import type {
  Alloc,
  ArrayType,
  Atom,
  Block,
  BooleanOp,
  Carried,
  Cell,
  Compare,
  Const,
  FieldKey,
  Key,
  NumType,
  Op,
  Origin,
  Stmt,
  Storage,
  Type,
} from './types.js';
import { Value } from './value.js';

export const num: NumType = { kind: 'num' };
export const bool: Type = { kind: 'bool' };
export const str: Type = { kind: 'str' };
export const voidType: Type = { kind: 'void' };

export const constant = (value: Const['value']): Const => ({ kind: 'const', value });
export const zero = constant(0);
export const one = constant(1);
/**
 * The sum of nothing, where reverse mode starts to add up a cotangent. It is -0, since -0 + x is x for every x and
 * so goes away; `settle` (in `ir/visit.ts`) makes 0 of what is left of it.
 */
export const emptySum = constant(-0);
/**
 * The sum of nothing as an element of an array, where -0 would be seen. Told apart from other zeros by identity:
 * of a first cotangent that is added to it, the sign of zero may be kept.
 */
export const emptyElement = constant(0);
/**
 * A zero of a unit vector that Jacobians and Hessians are taken along, told apart from other zeros by identity: nothing
 * varies along it, so that what it is multiplied by does not matter, be it infinite.
 */
export const unvaried = constant(0);
export const yes = constant(true);
export const no = constant(false);
export const absent = constant(undefined);

/** Whether an atom is a constant, or the given one (NaN is itself, and 0 is not -0). */
export function isConst(atom: Atom): atom is Const;
export function isConst(atom: Atom, value: Const['value']): boolean;
export function isConst(atom: Atom, ...value: readonly Const['value'][]): boolean {
  return atom.kind === 'const' && (value.length === 0 || Object.is(atom.value, value[0]));
}

export function sameAtom(a: Atom, b: Atom): boolean {
  return a === b || (a.kind === 'const' && b.kind === 'const' && Object.is(a.value, b.value));
}

/** A new value; cells of temporaries have the empty name. */
export const value = (type: Type, name = ''): Value => (name === '' ? new Value(type) : new Value(type, name));

export const field = (name: string): FieldKey => ({ kind: 'field', name });

export const arrayOf = (elem: Type, storage: Storage = 'list', fixed?: number): ArrayType =>
  fixed === undefined ? { kind: 'array', elem, storage } : { kind: 'array', elem, storage, fixed };

/** The type of a new object for what has this type: a list of its own may be written to, whatever its parts are. */
export function writable(type: Type): Type {
  if (type.kind === 'optional') return { ...type, of: writable(type.of) };
  if (type.kind !== 'array' && type.kind !== 'record') return type;
  if (type.source?.readonly !== true && type.readonly !== true) return type;
  const { source, readonly: _, ...rest } = type;
  return source === undefined || source.readonly === true ? rest : { ...rest, source };
}

/** The type with nothing `readonly` in it. */
export function writableThroughout(type: Type): Type {
  const own = writable(type);
  switch (own.kind) {
    case 'array': {
      const elem = writableThroughout(own.elem);
      return elem === own.elem ? own : { ...own, elem };
    }
    case 'record': {
      const fields = own.fields.map((f) => {
        const of = writableThroughout(f.type);
        return of === f.type ? f : { ...f, type: of };
      });
      return fields.every((f, k) => f === own.fields[k]) ? own : { ...own, fields };
    }
    case 'optional': {
      const of = writableThroughout(own.of);
      return of === own.of ? own : { ...own, of };
    }
    default:
      return own;
  }
}

/** The type of an atom; constants have the type of their value. */
export function typeOf(atom: Atom): Type {
  if (atom.kind === 'value') return atom.type;
  switch (typeof atom.value) {
    case 'number':
      return num;
    case 'boolean':
      return bool;
    case 'string':
      return str;
    default:
      return voidType;
  }
}

const booleanOps: ReadonlySet<Op> = new Set<BooleanOp>([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'same',
  'and',
  'or',
  'not',
  'isNaN',
  'isFinite',
  'isInteger',
  'defined',
]);

/** The type of `op(args)`. */
export function resultType(op: Op, args: readonly Atom[]): Type {
  if (booleanOps.has(op)) return bool;
  if (op === 'text') return str;
  if (op === 'select') return typeOf(args[1] ?? absent);
  if (op === 'unwrap') {
    const type = typeOf(args[0] ?? absent);
    return type.kind === 'optional' ? type.of : type;
  }
  return num;
}

/** Appends statements to a list; nested blocks are built by callbacks. */
export class Builder {
  readonly stmts: Stmt[] = [];
  origin: Origin | undefined;

  constructor(origin?: Origin) {
    this.origin = origin;
  }

  push(stmt: Stmt): void {
    this.stmts.push(stmt);
  }

  op(op: Op, args: readonly Atom[], name?: string): Value {
    const target = value(resultType(op, args), name);
    this.stmts.push({ kind: 'let', target, op, args, origin: this.origin });
    return target;
  }

  load(object: Atom, key: Key, name?: string): Value {
    const target = value(elementType(typeOf(object), key), name);
    this.stmts.push({ kind: 'load', target, object, key, origin: this.origin });
    return target;
  }

  store(object: Atom, key: Key, stored: Atom, add = false): void {
    this.stmts.push({ kind: 'store', object, key, value: stored, add, origin: this.origin });
  }

  /** The length of an array: a constant where its type fixes it. */
  length(object: Atom, name?: string): Atom {
    const type = typeOf(object);
    if (type.kind === 'array' && type.fixed !== undefined) return constant(type.fixed);
    const target = value(num, name);
    this.stmts.push({ kind: 'length', target, object, origin: this.origin });
    return target;
  }

  alloc(type: ArrayType, length: Atom, fill: Alloc['fill'], name?: string): Value {
    const target = value(type, name);
    this.stmts.push({ kind: 'alloc', target, length, fill, origin: this.origin });
    return target;
  }

  make(type: Type, parts: readonly Atom[], name?: string): Value {
    const target = value(writable(type), name);
    this.stmts.push({ kind: 'make', target, parts, origin: this.origin });
    return target;
  }

  /** A copy of object[from … to-1]; the copy of a fixed-length array keeps its type. */
  slice(object: Atom, from: Atom, to: Atom, name?: string, type: Type = typeOf(object)): Value {
    const target = value(writable(type), name);
    this.stmts.push({ kind: 'slice', target, object, from, to, origin: this.origin });
    return target;
  }

  /** `body` receives the index and the carried parameters, appends to the inner builder and returns the next values. */
  for(
    bounds: { from: Atom; to: Atom; compare: Compare; step: number; index?: string },
    inits: readonly { init: Atom; type?: Type; name?: string }[],
    body: (inner: Builder, index: Value, params: readonly Value[]) => readonly Atom[],
  ): readonly Value[] {
    const inner = new Builder(this.origin);
    const index = value(num, bounds.index ?? 'i');
    const carried: Carried[] = inits.map(({ init, type, name }) => ({
      param: value(type ?? typeOf(init), name),
      init,
    }));
    const yields = body(
      inner,
      index,
      carried.map(({ param }) => param),
    );
    const results = carried.map(({ param }) => value(param.type, param.name));
    const { from, to, compare, step } = bounds;
    this.stmts.push({
      kind: 'for',
      index,
      from,
      to,
      compare,
      step,
      carried,
      body: { stmts: inner.stmts, yields },
      results,
      origin: this.origin,
    });
    return results;
  }

  /** Runs `body` for index = 0 … to-1. */
  each(to: Atom, body: (inner: Builder, index: Value) => void, index = 'i'): void {
    this.for({ from: zero, to, compare: '<', step: 1, index }, [], (inner, i) => {
      body(inner, i);
      return [];
    });
  }

  if(
    cond: Atom,
    then: (inner: Builder) => readonly Atom[],
    otherwise: (inner: Builder) => readonly Atom[],
    results: readonly { type: Type; name?: string }[] = [],
  ): readonly Value[] {
    const arm = (fill: (inner: Builder) => readonly Atom[]): Block => {
      const inner = new Builder(this.origin);
      const yields = fill(inner);
      return { stmts: inner.stmts, yields };
    };
    const values = results.map(({ type, name }) => value(type, name));
    this.stmts.push({ kind: 'if', cond, then: arm(then), else: arm(otherwise), results: values, origin: this.origin });
    return values;
  }

  cell(cell: Cell, init?: Atom): void {
    this.stmts.push({ kind: 'cell', cell, init, origin: this.origin });
  }

  read(cell: Cell): Value {
    const target = value(cell.type, cell.name);
    this.stmts.push({ kind: 'read', target, cell, origin: this.origin });
    return target;
  }

  write(cell: Cell, written: Atom): void {
    this.stmts.push({ kind: 'write', cell, value: written, origin: this.origin });
  }
}

/** The name, or the first counted up from it that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let k = 2; isTaken(free); k += 1) free = `${name}${k}`;
  return free;
}

/** What stands for a value that is never looked at: the content of an unassigned variable, a yield after `throw`. */
export function defaultOf(type: Type): Atom {
  switch (type.kind) {
    case 'num':
      return zero;
    case 'bool':
      return no;
    case 'str':
      return constant('');
    default:
      return absent;
  }
}

/** The type of `object[key]`. */
export function elementType(object: Type, key: Key): Type {
  if (object.kind === 'array') return object.elem;
  if (object.kind === 'optional') return elementType(object.of, key);
  if (object.kind === 'record') {
    const name = key.kind === 'field' ? key.name : key.kind === 'const' ? String(key.value) : '';
    const found = object.fields.find((f) => f.name === name);
    if (found) return found.type;
  }
  throw new Error(`no element ${key.kind === 'field' ? key.name : '[…]'} in a value of type ${object.kind}`);
}
