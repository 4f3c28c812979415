/** Making arrays and records by name: `new Float64Array(n)`, `Array.from`, `Object.assign`. */

import { ts } from 'ts-morph';
import { arrayOf, constant, field, num, typeOf, value, zero } from '../ir/build.js';
import type { ArrayType, Atom, Storage, Type } from '../ir/types.js';
import { property } from './access.js';
import type { Call } from './builtins.js';
import { construct } from './classes.js';
import { iterable, newCollection } from './collections.js';
import type { Lower } from './context.js';
import { argumentsOf } from './arguments.js';
import { arrayOfArguments, arrayOfAtoms, copyAs, itemsOf, spreadOf } from './literals.js';
import { keysOf } from './tables.js';
import { typedArrays } from './types.js';
import { isAtom, type Val } from './values.js';

const otherTypedArrays = /^(Int8|Int16|Uint16|Uint32|Uint8Clamped|BigInt64|BigUint64)Array$/;

export function newExpression(node: ts.NewExpression, cx: Lower, expected: Type | undefined): Val {
  const callee = cx.val(node.expression);
  if (callee.kind === 'class') return construct(callee, argumentsOf(node.arguments ?? [], cx), node, cx);
  if (callee.kind !== 'builtin') return cx.refuse(node, 'no-source', node.expression.getText());
  const { name } = callee;
  const storage = typedArrays.get(name);
  if (storage !== undefined) return typedArray(storage, node, cx);
  if (name === 'Array') return newArray(node.arguments ?? [], node, cx, expected);
  if (name === 'Map' || name === 'Set') return newCollection(node, cx, expected);
  if (name === 'WeakMap' || name === 'WeakSet') return cx.refuse(node, 'collection', name);
  if (name === 'Date') return cx.refuse(node, 'impure-call', 'new Date');
  if (name === 'Function') return cx.refuse(node, 'eval', 'new Function');
  if (name === 'RegExp') return cx.refuse(node, 'regex');
  if (name.startsWith('Intl.')) return cx.refuse(node, 'text-of-number', `\`new ${name}\``);
  if (name === 'Promise') return cx.refuse(node, 'async', 'new Promise');
  if (otherTypedArrays.test(name)) return cx.refuse(node, 'unsupported-type', `\`${node.getText()}\``, name);
  return cx.refuse(node, 'unsupported-call', `new ${name}`);
}

function typedArray(storage: Storage, node: ts.NewExpression, cx: Lower): Val {
  const type = arrayOf(num, storage);
  const [first] = node.arguments ?? [];
  if (first === undefined) return cx.b.alloc(type, zero, zero);
  // `new Float64Array([a, b])` needs no array in between.
  if (ts.isArrayLiteralExpression(first) && !first.elements.some(ts.isSpreadElement)) {
    const parts = first.elements.map((element) => cx.number(element));
    cx.at(node);
    return cx.b.make(type, parts);
  }
  const arg = cx.atom(first);
  const from = typeOf(arg);
  cx.at(node);
  if (from.kind === 'num') return cx.b.alloc(type, arg, zero);
  if (from.kind === 'array' && from.elem.kind === 'num') {
    const items = itemsOf(arg, cx);
    return items === undefined ? copyAs(arg, type, cx) : cx.b.make(type, items.filter(isAtom));
  }
  return cx.refuse(first, 'unsupported-argument', `\`${first.getText()}\` is neither a length nor an array of numbers`);
}

/** `new Array(n)`, `Array(n)`: its elements are put in before they are read. `new Array(a, b)` holds a and b. */
export function newArray(args: readonly ts.Expression[], node: ts.Node, cx: Lower, expected: Type | undefined): Val {
  const [first] = args;
  const want = expected ?? typeAt(node, cx);
  const type: ArrayType = want?.kind === 'array' && want.storage === 'list' ? want : arrayOf({ kind: 'void' });
  if (first === undefined) {
    const empty = cx.b.make({ ...type }, []);
    cx.growing.add(empty);
    return empty;
  }
  const parts = args.map((arg) => cx.atom(arg));
  const [length] = parts;
  cx.at(node);
  if (parts.length > 1 || length === undefined || typeOf(length).kind !== 'num') {
    return arrayOfAtoms(parts, type, node, cx);
  }
  return cx.b.alloc({ ...type }, length, undefined);
}

/** The type of an array where it is made, as TypeScript has it. */
export function typeAt(node: ts.Node, cx: Lower): ArrayType | undefined {
  const type = cx.tryType(cx.checker.getTypeAtLocation(node));
  return type?.kind === 'array' && type.elem.kind !== 'void' ? type : undefined;
}

// ---------------------------------------------------------------- from, of

/** `Array.from(source, fn)` and the same of typed arrays. */
export function arrayFrom({ name, args, node, cx }: Call): Val {
  const storage = typedArrays.get(name.slice(0, name.indexOf('.'))) ?? 'list';
  const [from, fn] = args;
  if (from === undefined) return cx.refuse(node, 'unsupported-call', name);
  cx.at(node);
  const given = iterable(from, node, cx);
  if (given.kind === 'list' && fn === undefined) return { kind: 'list', items: [...given.items] };
  const length = lengthOf(given, node, cx);
  const array = isAtom(given) && typeOf(given).kind === 'array' ? given : undefined;
  if (array === undefined && !isLength(given)) {
    return cx.refuse(node, 'unsupported-argument', `\`${name}\` of this`);
  }
  if (fn === undefined) {
    if (array === undefined)
      return cx.b.alloc(arrayOf(num, storage), length, storage === 'list' ? constant(undefined) : zero);
    return copyAs(array, arrayOf((typeOf(array) as ArrayType).elem, storage), cx); // asked above
  }
  return generated(length, storage, node, cx, (i) => {
    const element = array === undefined ? constant(undefined) : cx.elementInside(array, i);
    return cx.call(fn, [element, i], node);
  });
}

const isLength = (val: Val): boolean => val.kind === 'struct' || (isAtom(val) && typeOf(val).kind === 'record');

function lengthOf(val: Val, node: ts.Node, cx: Lower): Atom {
  if (isAtom(val) && typeOf(val).kind === 'array') return cx.b.length(val);
  return cx.toNumber(cx.toAtom(property(val, 'length', node, cx), node), node);
}

/** A new array of `length` elements, element i being `element(i)`, in order. */
export function generated(
  length: Atom,
  storage: Storage,
  node: ts.Node,
  cx: Lower,
  element: (i: Atom) => Val,
  fixed?: number,
): Atom {
  const index = value(num, 'i');
  const { origin } = cx.b;
  const { stmts, result } = cx.inBlock(() => {
    const item = cx.toAtom(element(index), node);
    // The type of the array is that of its elements, which is known now.
    const elem = storage === 'list' ? typeOf(item) : num;
    const target = value(fixed === undefined ? arrayOf(elem, storage) : arrayOf(elem, storage, fixed));
    cx.b.store(target, index, cx.coerce(item, elem, node));
    if (cx.isGrowing(item)) cx.growing.add(target);
    return target;
  });
  cx.b.push({ kind: 'alloc', target: result, length, fill: undefined, origin });
  cx.b.push({
    kind: 'for',
    index,
    from: zero,
    to: length,
    compare: '<',
    step: 1,
    carried: [],
    body: { stmts, yields: [] },
    results: [],
    origin,
  });
  return result;
}

export function arrayOfItems({ name, args, node, cx }: Call): Val {
  const storage = typedArrays.get(name.slice(0, name.indexOf('.')));
  if (args.some((arg) => arg.kind === 'spread')) {
    return arrayOfArguments(args, storage && arrayOf(num, storage), node, cx);
  }
  const atoms = args.map((arg) => cx.toAtom(arg, node));
  return storage === undefined ? arrayOfAtoms(atoms, undefined, node, cx) : cx.b.make(arrayOf(num, storage), atoms);
}

// ---------------------------------------------------------------- Object.*

export function objectAssign({ args, node, cx }: Call): Val {
  const [target, ...sources] = args;
  if (target === undefined || !isAtom(target)) return cx.refuse(node, 'unsupported-call', 'Object.assign');
  const type = typeOf(target);
  if (type.kind !== 'record') return cx.refuse(node, 'unsupported-call', 'Object.assign');
  if (type.fields.length === 0) return spreadOf(sources, node, cx);
  for (const given of sources) {
    const from = cx.toAtom(given, node);
    const of = typeOf(from);
    if (of.kind !== 'record' || of.fields.some((f) => f.type.kind === 'optional')) {
      return cx.refuse(node, 'unsupported-argument', 'what `Object.assign` copies must have the fields of its target');
    }
    for (const { name } of of.fields) {
      const found = type.fields.find((f) => f.name === name);
      if (found === undefined) {
        return cx.refuse(node, 'unsupported-argument', `\`${name}\`, which the target of \`Object.assign\` has not,`);
      }
      cx.b.store(target, field(name), cx.coerce(cx.b.load(from, field(name)), found.type, node));
    }
  }
  return target;
}

/** `Object.keys`, `values` and `entries` of an object whose fields are known. */
export function objectList({ name, args, node, cx }: Call): Val {
  const [object] = args;
  const names = object && keysOf(object);
  if (object === undefined || names === undefined) return cx.refuse(node, 'dynamic-property', `\`${name}\``);
  const read = (key: string): Val => property(object, key, node, cx);
  const entries = names.map((key): Val => {
    if (name === 'Object.keys') return constant(key);
    return name === 'Object.values' ? read(key) : { kind: 'list', items: [constant(key), read(key)] };
  });
  const atoms = entries.filter(isAtom);
  const same = atoms.length === entries.length && atoms.every((atom) => typeOf(atom).kind === 'num');
  return same && atoms.length > 0 ? arrayOfAtoms(atoms, undefined, node, cx) : { kind: 'list', items: entries };
}
