/**
 * `Map` and `Set`: records of a list of keys, in the order in which they were put in, and one of their values. What is
 * done with them becomes what is done with these lists; a key is looked for from the front.
 */

import { ts } from 'ts-morph';
import { absent, arrayOf, constant, field, no, typeOf, yes, zero } from '../ir/build.js';
import type { Atom, RecordType, Type, Value } from '../ir/types.js';
import { placeOfKey } from './array-methods.js';
import type { Lower } from './context.js';
import { push } from './lists.js';
import { describe, sameShape, tupleOf } from './types.js';
import { isAtom, nothing, type Val } from './values.js';

interface CollectionCall {
  readonly object: Value;
  readonly type: RecordType;
  readonly name: string;
  readonly args: readonly Val[];
  readonly node: ts.Node;
  readonly cx: Lower;
}

const keysOf = (map: Atom, cx: Lower): Value => cx.b.load(map, field('keys'));

/** Of a Set, its keys. */
function valuesOf(map: Value, cx: Lower): Value {
  const isMap = map.type.kind === 'record' && map.type.collection === 'Map';
  const values = cx.b.load(map, field(isMap ? 'values' : 'keys'));
  if (cx.isGrowing(map)) cx.growing.add(values);
  return values;
}

export const sizeOf = (map: Atom, cx: Lower): Atom => cx.b.length(keysOf(map, cx));

// ---------------------------------------------------------------- methods

type Row = (call: CollectionCall) => Val;

const arg = ({ args, node, cx }: CollectionCall, k: number): Atom => cx.toAtom(args[k] ?? absent, node);

const placeIn = (call: CollectionCall): Value =>
  placeOfKey(keysOf(call.object, call.cx), arg(call, 0), call.node, call.cx);

const isThere = (place: Atom, cx: Lower): Atom => cx.op('ge', place, zero);

const get: Row = (call) => {
  const { object, node, cx } = call;
  const place = placeIn(call);
  const values = valuesOf(object, cx);
  // Where TypeScript is told that it is there, what is not is read as `undefined`, as outside of an array.
  if (ts.isNonNullExpression(node.parent)) return cx.element(values, place);
  return cx.choose(
    isThere(place, cx),
    () => cx.elementInside(values, place),
    () => absent,
    node,
  );
};

/** The place of a key stays that of the first time it was put in. */
function put(map: Value, key: Atom, given: Atom | undefined, node: ts.Node, cx: Lower): void {
  const keys = keysOf(map, cx);
  const place = placeOfKey(keys, key, node, cx);
  if (given !== undefined && cx.isGrowing(given)) cx.growing.add(map);
  const kept = withoutSign(key, 0, cx);
  const add = (): void => {
    push(keys, kept, node, cx);
    if (given !== undefined) push(valuesOf(map, cx), given, node, cx);
  };
  const replace = (): void => {
    if (given === undefined) return;
    const values = valuesOf(map, cx);
    const { type } = values;
    cx.b.store(values, place, type.kind === 'array' ? cx.coerce(given, type.elem, node) : given);
  };
  cx.branch(isThere(place, cx), replace, add);
}

const remove: Row = (call) => {
  const { object, type, node, cx } = call;
  refuseWhileVisiting(call);
  const place = placeIn(call);
  const found = isThere(place, cx);
  cx.branch(found, () => {
    for (const { name } of type.fields) cx.callLibrary('removeAt', [cx.b.load(object, field(name)), place], node);
  });
  return found;
};

const clear: Row = (call) => {
  const { object, type, cx } = call;
  refuseWhileVisiting(call);
  for (const { name } of type.fields) {
    cx.b.push({ kind: 'resize', object: cx.b.load(object, field(name)), length: zero, origin: cx.b.origin });
  }
  return nothing;
};

/** Keys that are added while it runs are visited, too. */
const forEach: Row = ({ object, args, node, cx }) => {
  const keys = keysOf(object, cx);
  const index = cx.newCell('i', { kind: 'num' }, zero);
  whileVisiting(object, cx, () => {
    cx.whileTrue(() => {
      const again = cx.newCell('again', typeOf(no), no);
      const i = cx.readCell(index);
      cx.branch(cx.op('lt', i, cx.b.length(keys)), () => {
        cx.call(
          args[0] ?? absent,
          [cx.elementInside(valuesOf(object, cx), i), cx.elementInside(keys, i), object],
          node,
        );
        cx.b.write(index, cx.op('add', i, constant(1)));
        cx.b.write(again, yes);
      });
      return cx.readCell(again);
    });
  });
  return nothing;
};

/** An iterator is read where all of it is taken at once. */
const listOf =
  (which: 'keys' | 'values' | 'entries'): Row =>
  ({ object, node, cx }) => {
    if (!isTakenWhole(node)) return cx.refuse(node, 'iterator', node.getText());
    if (which === 'entries') return entriesOf(object, cx);
    const list = which === 'keys' ? keysOf(object, cx) : valuesOf(object, cx);
    // A list that is spread among arguments may be the function's own.
    const { parent } = node;
    return ts.isSpreadElement(parent) && !ts.isArrayLiteralExpression(parent.parent) ? copyOf(list, cx) : list;
  };

function copyOf(list: Value, cx: Lower): Value {
  const elem: Type = list.type.kind === 'array' ? list.type.elem : { kind: 'void' };
  const copy = cx.b.slice(list, zero, cx.b.length(list), undefined, arrayOf(elem));
  if (cx.isGrowing(list)) cx.growing.add(copy);
  return copy;
}

function isTakenWhole({ parent }: ts.Node): boolean {
  if (ts.isSpreadElement(parent)) return true;
  if (ts.isVariableDeclaration(parent)) return ts.isArrayBindingPattern(parent.name);
  if (ts.isNewExpression(parent)) return /^(Map|Set|\w+Array)$/.test(parent.expression.getText());
  return ts.isCallExpression(parent) && /^\w*Array\.from$/.test(parent.expression.getText());
}

function entriesOf(map: Value, cx: Lower): Value {
  const [keys, values] = [keysOf(map, cx), valuesOf(map, cx)];
  const elems = [keys, values].map(({ type }): Type => (type.kind === 'array' ? type.elem : type));
  const pairs = cx.b.make(arrayOf(tupleOf(elems)), []);
  cx.repeat(zero, cx.b.length(keys), 'i', (i) => {
    const pair = cx.b.make(tupleOf(elems), [cx.elementInside(keys, i), cx.elementInside(values, i)]);
    cx.b.push({ kind: 'push', object: pairs, value: pair, origin: cx.b.origin });
  });
  if (cx.isGrowing(map)) cx.growing.add(pairs);
  return pairs;
}

const rows: Readonly<Record<string, Row>> = {
  get,
  has: (call) => isThere(placeIn(call), call.cx),
  set: (call) => {
    put(call.object, arg(call, 0), arg(call, 1), call.node, call.cx);
    return call.object;
  },
  add: (call) => {
    put(call.object, arg(call, 0), undefined, call.node, call.cx);
    return call.object;
  },
  delete: remove,
  clear,
  forEach,
  keys: listOf('keys'),
  values: listOf('values'),
  entries: listOf('entries'),
};

export function callCollection(call: CollectionCall): Val {
  const { name, node, cx } = call;
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  cx.at(node);
  return row === undefined ? cx.refuse(node, 'unsupported-call', `.${name}()`) : row(call);
}

// ---------------------------------------------------------------- running through

/** What a loop over a Map or Set, or over its `keys()`, `values()` or `entries()`, runs over. */
export function visitsOf(
  object: Value,
  method: 'keys' | 'values' | 'entries' | undefined,
  cx: Lower,
):
  | { readonly array: Value; readonly yields: 'values' | 'entries'; readonly keys: Value; readonly collection: Value }
  | undefined {
  const { type } = object;
  if (type.kind !== 'record' || type.collection === undefined) return undefined;
  const keys = keysOf(object, cx);
  const yields = method === 'entries' || (method === undefined && type.collection === 'Map') ? 'entries' : 'values';
  return { array: method === 'keys' ? keys : valuesOf(object, cx), yields, keys, collection: object };
}

/** Lowers a loop over a Map or Set: a key that is removed meanwhile would make it skip one. */
export function whileVisiting(collection: Value, cx: Lower, lower: () => void): void {
  const { type } = collection;
  cx.visiting.push(type);
  try {
    lower();
  } finally {
    cx.visiting.pop();
  }
}

function refuseWhileVisiting({ type, node, cx }: CollectionCall): void {
  const { helpers, removals } = cx.session;
  if (cx.visiting.some((visited) => sameShape(visited, type))) cx.refuse(node, 'changed-while-visited', node.getText());
  if (helpers.some(({ fn }) => fn === undefined)) removals.inHelper = true;
  refuseHelperRemoval(node, cx);
}

/** A helper that is called in a loop over a Map or Set may be any that removes keys. */
function refuseHelperRemoval(node: ts.Node, cx: Lower): void {
  const { inHelper, whileVisiting } = cx.session.removals;
  if (inHelper && whileVisiting) cx.refuse(node, 'changed-while-visited', node.getText());
}

/** Notes a call of a helper. */
export function noteHelperCall(node: ts.Node, cx: Lower): void {
  if (cx.visiting.length === 0) return;
  cx.session.removals.whileVisiting = true;
  refuseHelperRemoval(node, cx);
}

/** The elements of a Map or Set as an array; whatever else stays as it is. */
export function iterable(val: Val, node: ts.Node, cx: Lower): Val {
  if (val.kind !== 'value') return val;
  const type = val.type.kind === 'optional' ? val.type.of : val.type;
  if (type.kind !== 'record' || type.collection === undefined) return val;
  cx.at(node);
  const map = cx.defined(val) as Value; // no constant
  return type.collection === 'Map' ? entriesOf(map, cx) : copyOf(keysOf(map, cx), cx);
}

// ---------------------------------------------------------------- making

/** `new Map()`, or of what an array or another Map holds. */
export function newCollection(node: ts.NewExpression, cx: Lower, expected: Type | undefined): Val {
  const type = madeType(node, cx, expected);
  const [given] = node.arguments ?? [];
  if (given === undefined) return made(type, [], node, cx);
  const parts = entriesWritten(given, type);
  if (parts !== undefined) return ofEntries(type, parts, node, cx);
  if (type.collection === 'Map') splitEntries(given, type, cx);
  const from = cx.val(given);
  if (from.kind === 'value' && from.type.kind === 'record' && from.type.collection === type.collection)
    return copied(from, type, node, cx);
  const map = made(type, [], node, cx);
  if (isAtom(from) && typeOf(from).kind === 'void') return map;
  // `new Set(xs)` with an xs that may be undefined is empty then.
  const isThereAtAll = isAtom(from) && typeOf(from).kind === 'optional' ? cx.isDefined(from) : yes;
  cx.branch(isThereAtAll, () => {
    const source = isAtom(from) ? cx.defined(from) : from;
    fill(map, type, iterable(source, given, cx), given, cx);
  });
  return map;
}

function made(type: RecordType, lists: readonly (readonly Atom[])[], node: ts.Node, cx: Lower): Value {
  cx.at(node);
  return cx.b.make(
    type,
    type.fields.map((f, k) => cx.b.make(f.type, lists[k] ?? [])),
  );
}

function copied(map: Value, type: RecordType, node: ts.Node, cx: Lower): Value {
  cx.at(node);
  const lists = type.fields.map(({ name, type: of }) => {
    const list = cx.b.load(map, field(name));
    return cx.b.slice(list, zero, cx.b.length(list), undefined, of.kind === 'array' ? of : undefined);
  });
  const copy = cx.b.make(type, lists);
  if (cx.isGrowing(map)) cx.growing.add(copy);
  return copy;
}

function madeType(node: ts.NewExpression, cx: Lower, expected: Type | undefined): RecordType {
  const asked = expected?.kind === 'optional' ? expected.of : expected;
  if (asked?.kind === 'record' && asked.collection !== undefined) return asked;
  const own = cx.convert(cx.checker.getTypeAtLocation(node));
  if (own.kind === 'record' && own.collection !== undefined) return own;
  const context = cx.checker.getContextualType(node);
  const wanted = context && cx.tryType(cx.checker.getNonNullableType(context));
  if (wanted?.kind === 'record' && wanted.collection !== undefined) return wanted;
  if (own.kind !== 'unreadable') return cx.refuse(node, 'collection', node.expression.getText());
  return cx.refuseType(node, `\`${node.getText().slice(0, 40)}\``, own);
}

/** The keys, each with its value, of an array literal. */
function entriesWritten(node: ts.Expression, type: RecordType): readonly (readonly ts.Expression[])[] | undefined {
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const parts = node.elements.map((element): readonly ts.Expression[] => {
    if (type.collection === 'Set') return [element];
    return ts.isArrayLiteralExpression(element) ? element.elements : [];
  });
  const isWhole = (part: readonly ts.Expression[]): boolean =>
    part.length === type.fields.length && !part.some(ts.isSpreadElement);
  return parts.every(isWhole) ? parts : undefined;
}

/** Where keys are constants, all different, none need be looked for. */
function ofEntries(type: RecordType, entries: readonly (readonly ts.Expression[])[], node: ts.Node, cx: Lower): Value {
  const columns = type.fields.map((f) => (f.type.kind === 'array' ? f.type.elem : f.type));
  const rows = entries.map((parts) =>
    parts.map((part, k) => {
      const elem = columns[k];
      const atom = cx.atom(part, elem);
      return elem === undefined ? atom : cx.coerce(atom, elem, part);
    }),
  );
  const known = new Set(rows.map(([key]) => (key?.kind === 'const' ? key.value : undefined)));
  if (rows.length > 0 && known.size === rows.length && !known.has(undefined)) {
    const lists = columns.map((_, k) => rows.map((row) => withoutSign(row[k] ?? absent, k, cx)));
    const map = made(type, lists, node, cx);
    if (rows.flat().some((atom) => cx.isGrowing(atom))) cx.growing.add(map);
    return map;
  }
  const map = made(type, [], node, cx);
  for (const [key = absent, given] of rows) put(map, key, given, node, cx);
  return map;
}

/** As a key, -0 becomes 0. */
const withoutSign = (atom: Atom, k: number, cx: Lower): Atom =>
  k === 0 && typeOf(atom).kind === 'num' ? cx.op('add', atom, zero) : atom;

/** `new Map(xs.map((x, i) => [i, x]))`: keys and values of the pairs are told apart, though both may be numbers. */
function splitEntries(node: ts.Expression, type: RecordType, cx: Lower): void {
  if (!ts.isCallExpression(node)) return;
  const pair: RecordType = {
    kind: 'record',
    tuple: true,
    fields: type.fields.map((f, k) => ({
      name: String(k),
      type: f.type.kind === 'array' ? f.type.elem : f.type,
    })),
  };
  const returned = (part: ts.Node): void => {
    if (ts.isArrayLiteralExpression(part)) cx.entryTypes.set(part, pair);
    else if (ts.isParenthesizedExpression(part) || ts.isAsExpression(part)) returned(part.expression);
    else if (ts.isReturnStatement(part)) ts.forEachChild(part, returned);
    else if (ts.isStatement(part)) ts.forEachChild(part, returned);
  };
  for (const fn of node.arguments) if (ts.isArrowFunction(fn)) returned(fn.body);
}

/** Puts in what an array holds, one after the other. */
function fill(map: Value, type: RecordType, from: Val, node: ts.Node, cx: Lower): void {
  const one = (item: Val): void => {
    if (type.collection === 'Set') return put(map, cx.toAtom(item, node), undefined, node, cx);
    const [key, given] = partsOf(item, node, cx);
    put(map, key, given, node, cx);
  };
  if (from.kind === 'list') return from.items.forEach(one);
  const array = cx.toAtom(from, node);
  if (typeOf(array).kind !== 'array')
    return cx.refuse(node, 'unsupported-argument', `a ${type.collection} of ${describe(typeOf(array))}`);
  cx.repeat(zero, cx.b.length(array), 'i', (i) => one(cx.elementInside(array, i)));
}

function partsOf(item: Val, node: ts.Node, cx: Lower): readonly [Atom, Atom] {
  if (item.kind === 'list') return [cx.toAtom(item.items[0] ?? absent, node), cx.toAtom(item.items[1] ?? absent, node)];
  const pair = cx.toAtom(item, node);
  if (typeOf(pair).kind === 'array') return [cx.elementInside(pair, zero), cx.elementInside(pair, constant(1))];
  return [cx.b.load(pair, field('0')), cx.b.load(pair, field('1'))];
}
