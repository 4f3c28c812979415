/**
 * Methods of arrays, one row each. Callbacks are inlined into loops, element by element in JavaScript's order;
 * what they change outside of themselves are cells.
 */

import { ts } from 'ts-morph';
import { absent, arrayOf, bool, constant, no, num, one, str, typeOf, value, yes, zero } from '../ir/build.js';
import type { ArrayType, Atom, Cell, Stmt, Type, Value } from '../ir/types.js';
import { blocks } from '../ir/visit.js';
import { checkedElement, fromEnd } from './access.js';
import { generated, typeAt } from './constructors.js';
import type { Lower } from './context.js';
import { skipsHoles } from './holes.js';
import { callListMethod } from './list-methods.js';
import { push as pushTo } from './lists.js';
import { arrayOfArguments, copyInto, itemsOf } from './literals.js';
import { equal } from './operators.js';
import { truthy } from './presence.js';
import { clamped, rangeOf, sliceOf, viewOf } from './slices.js';
import { nothing, type ListVal, type Val } from './values.js';

export interface MethodCall {
  readonly array: Value | ListVal;
  readonly name: string;
  readonly args: readonly Val[];
  readonly node: ts.Node;
  readonly cx: Lower;
  readonly expected: Type | undefined;
}

/** The same with an array of the IR. */
export interface ArrayCall extends MethodCall {
  readonly array: Value;
  readonly type: ArrayType;
}

export function callArrayMethod(call: MethodCall): Val {
  const { array, name, node, cx } = call;
  if (array.kind === 'list') return callListMethod(array, call);
  const names = cx.items.get(array);
  if (names !== undefined && (name === 'forEach' || name === 'map' || name === 'reduce' || name === 'join')) {
    return callListMethod({ kind: 'list', items: names }, call);
  }
  const { type } = array;
  if (type.kind === 'record') return callListMethod({ kind: 'list', items: itemsOf(array, cx) ?? [] }, call);
  if (type.kind !== 'array') return cx.refuse(node, 'unsupported-call', name);
  if (skipsHoles(array, name, cx)) return cx.refuse(node, 'sparse-array');
  cx.at(node);
  const row = rows[name];
  if (row === undefined || !Object.hasOwn(rows, name)) return refuseMethod(name, node, cx);
  return row({ ...call, array, type });
}

function refuseMethod(name: string, node: ts.Node, cx: Lower): never {
  if (name === 'join' || name === 'toString' || name === 'toLocaleString') {
    return cx.refuse(node, 'text-of-number', `\`.${name}()\``);
  }
  return cx.refuse(node, 'unsupported-call', `.${name}()`);
}

// ---------------------------------------------------------------- arguments

const optionalArg = ({ args, node, cx }: ArrayCall, k: number): Atom | undefined =>
  args[k] === undefined ? undefined : cx.toAtom(args[k], node);

const atomArg = (call: ArrayCall, k: number): Atom => optionalArg(call, k) ?? absent;

/** Applies the callback, the first argument, to element i. */
const apply = ({ args, array, node, cx }: ArrayCall, element: Val, i: Atom): Val =>
  cx.call(args[0] ?? absent, [element, i, array], node);

const test = (call: ArrayCall, element: Val, i: Atom): Atom =>
  truthy(call.cx.toAtom(apply(call, element, i), call.node), call.cx);

const indexName = ({ args }: ArrayCall): string => {
  const [fn] = args;
  const parameter = fn?.kind === 'function' ? fn.node.parameters[1] : undefined;
  return parameter !== undefined && ts.isIdentifier(parameter.name) ? parameter.name.text : 'i';
};

/** Runs for every element, the length taken at the start. */
function forEach(call: ArrayCall, body: (element: Value, i: Value) => void, down = false): void {
  const { array, cx } = call;
  const visit = (i: Value) => whileThere(call, i, () => body(cx.elementInside(array, i), i));
  cx.repeat(zero, cx.b.length(array), indexName(call), visit, down);
}

/** Runs `body` for element i; if that may shorten the list, only if the element is still there: others are skipped. */
function whileThere({ array, cx }: ArrayCall, i: Atom, body: () => void): void {
  const { stmts: all } = cx.b;
  const start = all.length;
  body();
  if (!all.slice(start).some((stmt) => shortens(stmt, array))) return;
  const stmts = all.splice(start);
  const cond = cx.op('lt', i, cx.b.length(array));
  const { origin } = cx.b;
  cx.b.push({ kind: 'if', cond, then: { stmts, yields: [] }, else: { stmts: [], yields: [] }, results: [], origin });
}

/** Whether a statement may remove elements from a list: a list of the same kind may be the same list. */
function shortens(stmt: Stmt, list: Value): boolean {
  if (stmt.kind === 'pop' || stmt.kind === 'resize') {
    const [type, other] = [list.type, typeOf(stmt.object)];
    return (
      stmt.object === list || (type.kind === 'array' && other.kind === 'array' && type.elem.kind === other.elem.kind)
    );
  }
  return blocks(stmt).some((block) => block.stmts.some((inner) => shortens(inner, list)));
}

/** Runs element by element until `body` says it has found what it looks for. */
function search(call: ArrayCall, body: (element: Value, i: Value) => Atom, down = false): void {
  const { array, cx } = call;
  const length = cx.b.length(array);
  const index = cx.newCell(indexName(call), num, down ? cx.op('sub', length, one) : zero);
  searchFrom({ array, length, index, cx }, body, down);
}

interface Search {
  readonly array: Value;
  readonly length: Atom;
  readonly index: Cell;
  readonly cx: Lower;
}

function searchFrom(
  { array, length, index, cx }: Search,
  body: (element: Value, i: Value) => Atom,
  down = false,
): void {
  cx.whileTrue(() => {
    const again = cx.newCell('again', bool, no);
    const i = cx.readCell(index);
    const inside = down ? cx.op('ge', i, zero) : cx.op('lt', i, length);
    cx.branch(inside, () => {
      const found = body(cx.elementInside(array, i), i);
      cx.branch(cx.not(found), () => {
        cx.b.write(index, cx.op(down ? 'sub' : 'add', i, one));
        cx.b.write(again, yes);
      });
    });
    return cx.readCell(again);
  });
}

// ---------------------------------------------------------------- rows

type Row = (call: ArrayCall) => Val;

const map: Row = (call) => {
  const { array, type, node, cx } = call;
  const fixed = type.fixed !== undefined && type.storage === 'list' ? type.fixed : undefined;
  const element = (i: Atom): Val => {
    const start = cx.b.stmts.length;
    const result = apply(call, cx.elementInside(array, i), i);
    if (cx.b.stmts.slice(start).some((stmt) => shortens(stmt, array))) {
      return cx.refuse(node, 'unsupported-call', '`.map()` with a callback that shortens a list');
    }
    return result;
  };
  return generated(cx.b.length(array), type.storage, node, cx, element, fixed);
};

const reduce =
  (down: boolean): Row =>
  (call) => {
    const { array, args, node, cx } = call;
    const [fn = absent, init] = args;
    const length = cx.b.length(array);
    if (init === undefined) refuseEmpty(length, cx);
    const edge = down ? cx.op('sub', length, one) : zero;
    const start = init === undefined ? cx.elementInside(array, edge) : cx.toAtom(init, node);
    const cell = cx.newCell(parameterName(fn) ?? 'sum', typeOf(start), start);
    const [from, to] = init !== undefined ? [zero, length] : down ? [zero, edge] : [one, length];
    cx.repeat(
      from,
      to,
      parameterName(fn, 2) ?? 'i',
      (i) =>
        whileThere(call, i, () => {
          const next = cx.toAtom(cx.call(fn, [cx.readCell(cell), cx.elementInside(array, i), i, array], node), node);
          cx.writeCell(cell, cx.coerce(next, cell.type, node));
        }),
      down,
    );
    return cx.readCell(cell);
  };

function refuseEmpty(length: Atom, cx: Lower): void {
  cx.throwIf(cx.op('eq', length, zero), 'TypeError', [constant('Reduce of empty array with no initial value')]);
}

function parameterName(fn: Val, k = 0): string | undefined {
  const parameter = fn.kind === 'function' ? fn.node.parameters[k] : undefined;
  return parameter !== undefined && ts.isIdentifier(parameter.name) ? parameter.name.text : undefined;
}

/** `some` and `every`: the answer is `start` until an element gives the other. */
const quantifier =
  (start: boolean): Row =>
  (call) => {
    const { cx, name } = call;
    const cell = cx.newCell(name, bool, constant(start));
    search(call, (element, i) => {
      const holds = test(call, element, i);
      const found = start ? cx.not(holds) : holds;
      cx.branch(found, () => cx.b.write(cell, constant(!start)));
      return found;
    });
    return cx.readCell(cell);
  };

const find =
  (give: 'element' | 'index', down: boolean): Row =>
  (call) => {
    const { type, cx } = call;
    const result: Type =
      give === 'index' ? num : type.elem.kind === 'optional' ? type.elem : { kind: 'optional', of: type.elem };
    const cell = cx.newCell('found', result, give === 'index' ? constant(-1) : absent);
    search(
      call,
      (element, i) => {
        const found = test(call, element, i);
        cx.branch(found, () => cx.writeCell(cell, give === 'index' ? i : element));
        return found;
      },
      down,
    );
    return cx.readCell(cell);
  };

const indexOf =
  (down: boolean): Row =>
  (call) => {
    const { node, cx } = call;
    const wanted = atomArg(call, 0);
    const cell = cx.newCell('found', num, constant(-1));
    search(
      call,
      (element, i) => {
        const found = equal(element, wanted, 'eq', node, cx);
        cx.branch(found, () => cx.b.write(cell, i));
        return found;
      },
      down,
    );
    return cx.readCell(cell);
  };

/** `===`, and NaN is the same as NaN. */
function sameValue(element: Atom, wanted: Atom, node: ts.Node, cx: Lower): Atom {
  const both = typeOf(element).kind === 'num' && typeOf(wanted).kind === 'num';
  if (both && wanted.kind === 'const' && Number.isNaN(wanted.value)) return cx.b.op('isNaN', [element]);
  const same = equal(element, wanted, 'eq', node, cx);
  return both && wanted.kind !== 'const'
    ? cx.op('or', same, cx.op('and', cx.b.op('isNaN', [element]), cx.b.op('isNaN', [wanted])))
    : same;
}

/** Where a list of keys has a key; -1 where it has not. */
export function placeOfKey(keys: Value, wanted: Atom, node: ts.Node, cx: Lower): Value {
  const cell = cx.newCell('place', num, constant(-1));
  const length = cx.b.length(keys);
  const index = cx.newCell('i', num, zero);
  searchFrom({ array: keys, length, index, cx }, (element, i) => {
    const found = sameValue(element, wanted, node, cx);
    cx.branch(found, () => cx.b.write(cell, i));
    return found;
  });
  return cx.readCell(cell);
}

/** Unlike `indexOf`, it finds NaN. */
const includes: Row = (call) => {
  const { node, cx } = call;
  const wanted = atomArg(call, 0);
  const cell = cx.newCell('found', bool, no);
  search(call, (element) => {
    const found = sameValue(element, wanted, node, cx);
    cx.branch(found, () => cx.b.write(cell, yes));
    return found;
  });
  return cx.readCell(cell);
};

const filter: Row = (call) => {
  const { type, node, cx } = call;
  // `(v): v is number => v !== undefined`: what is kept is there.
  const { elem } = type;
  const isThere = elem.kind === 'optional' && typeAt(node, cx)?.elem.kind === elem.of.kind;
  const kept = cx.b.make(arrayOf(isThere ? elem.of : elem), []);
  const keep = (element: Value): Atom => (isThere ? cx.b.op('unwrap', [element]) : element);
  forEach(call, (element, i) => cx.branch(test(call, element, i), () => pushTo(kept, keep(element), node, cx)));
  return type.storage === 'list' ? kept : withStorage(kept, type, cx);
};

function withStorage(list: Atom, type: ArrayType, cx: Lower): Value {
  const length = cx.b.length(list);
  const result = cx.b.alloc(arrayOf(type.elem, type.storage), length, undefined);
  copyInto(result, zero, list, length, cx);
  return result;
}

const flatMap: Row = (call) => {
  const { node, cx } = call;
  const result = cx.b.make(arrayOf({ kind: 'void' }), []);
  forEach(call, (element, i) => {
    const found = apply(call, element, i);
    if (found.kind === 'list') return found.items.forEach((item) => pushTo(result, cx.toAtom(item, node), node, cx));
    const part = cx.toAtom(found, node);
    pushAll(result, part, node, cx);
  });
  return result;
};

/** Pushes a value, or the elements of an array. */
function pushAll(list: Atom, part: Atom, node: ts.Node, cx: Lower): void {
  const type = typeOf(part);
  if (type.kind !== 'array' || type.storage !== 'list') return pushTo(list, part, node, cx);
  cx.repeat(zero, cx.b.length(part), 'k', (k) => pushTo(list, cx.elementInside(part, k), node, cx));
}

const flat: Row = (call) => {
  const { type, node, cx } = call;
  const depth = optionalArg(call, 0) ?? one;
  if (depth.kind !== 'const') return cx.refuse(node, 'unsupported-argument', '`flat` to a depth found at run time');
  let { elem } = type;
  let levels = 0;
  for (; levels < Number(depth.value) && elem.kind === 'array' && elem.storage === 'list'; levels++) ({ elem } = elem);
  if (levels < Number(depth.value) && elem.kind === 'record' && elem.tuple === true) {
    return cx.refuse(node, 'unsupported-argument', '`flat` of tuples of different types');
  }
  const result = cx.b.make(arrayOf(elem), []);
  forEach(call, (element) => pushDeep(result, element, levels, node, cx));
  return result;
};

/** Pushes what is `levels` deep in nested arrays. */
function pushDeep(list: Atom, part: Atom, levels: number, node: ts.Node, cx: Lower): void {
  if (levels === 0) return pushTo(list, part, node, cx);
  cx.repeat(zero, cx.b.length(part), 'k', (k) => pushDeep(list, cx.element(part, k), levels - 1, node, cx));
}

/** Of names; a number in a text has no derivative. */
const join: Row = (call) => {
  const { type, node, cx } = call;
  const { array } = call;
  if (type.elem.kind !== 'str') return refuseMethod('join', node, cx);
  const separator = optionalArg(call, 0) ?? constant(',');
  const cell = cx.newCell('text', str, constant(''));
  cx.repeat(zero, cx.b.length(array), 'i', (i) => {
    const start = cx.choose(
      cx.op('gt', i, zero),
      () => cx.b.op('text', [cx.readCell(cell), separator]),
      () => cx.readCell(cell),
      node,
    );
    cx.b.write(cell, cx.b.op('text', [cx.toAtom(start, node), cx.element(array, i)]));
  });
  return cx.readCell(cell);
};

/** An array that is filled as soon as it is made needs no loop. */
const fill: Row = (call) => {
  const { array, type, args, node, cx } = call;
  const filler = atomArg(call, 0);
  const { expected } = call;
  // `const cells: Cell[] = Array(2).fill({ v: 1 })`: the declaration knows what else a cell may have.
  const declared = expected?.kind === 'array' && expected.storage === 'list' ? expected.elem : undefined;
  cx.settleElement(array, declared ?? typeOf(filler));
  const elem = array.type.kind === 'array' ? array.type.elem : type.elem;
  const filled = cx.coerce(filler, elem, node);
  const last = cx.b.stmts.at(-1);
  if (args.length === 1 && last?.kind === 'alloc' && last.target === array && last.fill === undefined) {
    cx.b.stmts[cx.b.stmts.length - 1] = { ...last, fill: filled };
    return array;
  }
  const { from, to } = rangeOf(optionalArg(call, 1), optionalArg(call, 2), cx.b.length(array), cx);
  cx.repeat(from, to, 'i', (i) => cx.b.store(array, i, filled));
  return array;
};

const concat: Row = (call) => {
  const { array, type, args, node, cx } = call;
  if (args.some(({ kind }) => kind === 'spread')) return concatSpread(call);
  const parts = [array, ...args.map((arg) => cx.toAtom(arg, node))];
  const isList = (part: Atom): boolean => {
    const of = typeOf(part);
    return of.kind === 'array' && of.storage === 'list';
  };
  const elems = parts.map((part) => (isList(part) ? (typeOf(part) as ArrayType).elem : typeOf(part)));
  const elem = elems.reduce((a, b) => (a.kind === 'void' ? b : b.kind === 'void' ? a : cx.mergeTypes(a, b, node)));
  const lengths = parts.map((part) => (isList(part) ? cx.b.length(part) : one));
  const total = lengths.reduce((a, b) => cx.op('add', a, b));
  const result = cx.b.alloc(arrayOf(elem, type.storage), total, undefined);
  let offset: Atom = zero;
  for (const [k, part] of parts.entries()) {
    const length = lengths[k] ?? one;
    if (isList(part)) copyInto(result, offset, part, length, cx);
    else cx.b.store(result, offset, part);
    offset = cx.op('add', offset, length);
  }
  return result;
};

/** How many arrays there are is known at run time only. */
const concatSpread: Row = ({ array, args, node, cx }) => {
  const result = cx.b.make(arrayOf({ kind: 'void' }), []);
  pushAll(result, array, node, cx);
  for (const arg of args) {
    if (arg.kind !== 'spread') pushAll(result, cx.toAtom(arg, node), node, cx);
    else cx.repeat(zero, cx.b.length(arg.array), 'k', (k) => pushAll(result, cx.elementInside(arg.array, k), node, cx));
  }
  return result;
};

const reverse: Row = ({ array, cx }) => {
  const length = cx.b.length(array);
  const half =
    length.kind === 'const'
      ? constant(Math.floor(Number(length.value) / 2))
      : cx.b.op('floor', [cx.op('div', length, constant(2))]);
  cx.repeat(zero, half, 'i', (i) => {
    const j = cx.op('sub', cx.op('sub', length, one), i);
    const [a, b] = [cx.elementInside(array, i), cx.elementInside(array, j)];
    cx.b.store(array, i, b);
    cx.b.store(array, j, a);
  });
  return array;
};

const push: Row = ({ array, type, args, node, cx }) => {
  // All arguments are there before the first is appended: one that is spread may be the list itself.
  if (args.length > 1 && args.some(({ kind }) => kind === 'spread')) {
    pushAll(array, arrayOfArguments(args, arrayOf(type.elem), node, cx), node, cx);
    return cx.b.length(array);
  }
  for (const arg of args) {
    if (arg.kind === 'spread') pushAll(array, arg.array, node, cx);
    else pushTo(array, cx.toAtom(arg, node), node, cx);
  }
  return cx.b.length(array);
};

const pop: Row = (call) => {
  const { array, type, cx, node } = call;
  if (type.storage !== 'list' || type.fixed !== undefined) return refuseMethod('pop', node, cx);
  const take = (): Value => {
    const target = value(type.elem);
    cx.b.push({ kind: 'pop', target, object: array, inside: true, origin: cx.b.origin });
    if (cx.isGrowing(array)) cx.growing.add(target);
    return target;
  };
  // Where nobody looks at the result, or TypeScript is told that it is there, an empty array is the user's business.
  const known = ts.isNonNullExpression(node.parent);
  if (known) return take();
  return cx.choose(cx.op('gt', cx.b.length(array), zero), take, () => absent, node);
};

const at: Row = (call) => {
  const { array, node, cx } = call;
  const length = cx.b.length(array);
  const index = fromEnd(cx.op('add', cx.toNumber(atomArg(call, 0), node), zero), length, cx);
  if (ts.isNonNullExpression(node.parent)) return cx.element(array, index);
  const { present, load } = checkedElement(array, index, cx);
  return cx.choose(present, load, () => absent, node);
};

const splice: Row = (call) => {
  const { array, args, node, cx } = call;
  const length = cx.b.length(array);
  const start = clamped(optionalArg(call, 0), length, zero, cx);
  const rest = cx.op('sub', length, start);
  const given = optionalArg(call, 1);
  const count = given === undefined ? rest : cx.b.op('max', [zero, cx.b.op('min', [given, rest])]);
  const removed = cx.callLibrary('removed', [array, start, count], node);
  insert(array, start, args.slice(2), call);
  return removed;
};

/** Puts items in front of an element. */
function insert(array: Value, at: Atom, items: readonly Val[], { type, node, cx }: ArrayCall): void {
  if (items.some((item) => item.kind === 'spread')) {
    cx.callLibrary('insertAll', [array, at, arrayOfArguments(items, arrayOf(type.elem), node, cx)], node);
  } else {
    items.toReversed().forEach((item) => cx.callLibrary('insert', [array, at, item], node));
  }
}

/** `target.set(source, offset)`; the source may share memory with the target. */
const set: Row = (call) => {
  const { array, node, cx } = call;
  const source = atomArg(call, 0);
  const offset = optionalArg(call, 1) ?? zero;
  if (typeOf(source).kind !== 'array') return cx.refuse(node, 'unsupported-call', '.set()');
  const length = cx.b.length(source);
  const from = typeOf(source) as ArrayType; // asked above
  const shared = from.storage !== 'list';
  copyInto(array, offset, shared ? cx.b.slice(source, zero, length) : source, length, cx);
  return nothing;
};

const library =
  (name: string): Row =>
  ({ array, args, node, cx }) =>
    cx.callLibrary(name, [array, ...args], node);

/** How often and in which order a comparison is called differs between engines: it may have no effect. */
function refuseEffects(compare: Val, elem: Type, node: ts.Node, cx: Lower): void {
  const { stmts } = cx.inBlock(() => cx.call(compare, [value(elem), value(elem)], node));
  const own = new Set<Value | Cell>();
  const changing = (block: readonly Stmt[]): Stmt | undefined => {
    for (const stmt of block) {
      if (stmt.kind === 'cell') own.add(stmt.cell);
      if (stmt.kind === 'make' || stmt.kind === 'alloc' || stmt.kind === 'slice') own.add(stmt.target);
      if (stmt.kind === 'write' && !own.has(stmt.cell)) return stmt;
      const object = 'object' in stmt && changers.has(stmt.kind) ? stmt.object : undefined;
      if (object !== undefined && !(object.kind === 'value' && own.has(object))) return stmt;
      const inner = blocks(stmt)
        .map(({ stmts: nested }) => changing(nested))
        .find((found) => found !== undefined);
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  const found = changing(stmts);
  if (found?.origin !== undefined) cx.refuseAt(found.origin, 'comparison-effect');
}

const changers: ReadonlySet<Stmt['kind']> = new Set(['store', 'push', 'pop', 'resize']);

/** Sorted by a permutation that is found first: which element goes where is decided, not differentiated. */
const sort =
  (inPlace: boolean): Row =>
  (call) => {
    const { array, type, args, node, cx } = call;
    if (args[0] === undefined && type.storage === 'list') {
      return cx.refuse(node, 'unsupported-argument', '`sort` without a comparison sorts numbers as text');
    }
    if (args[0] !== undefined) refuseEffects(args[0], type.elem, node, cx);
    const target = inPlace ? array : sliceOf(array, undefined, undefined, cx);
    cx.callLibrary(args[0] === undefined ? 'sortNumbers' : 'sort', [target, ...args], node);
    return target;
  };

const rows: Readonly<Record<string, Row>> = {
  map,
  forEach: (call) => {
    forEach(call, (element, i) => void apply(call, element, i));
    return nothing;
  },
  reduce: reduce(false),
  reduceRight: reduce(true),
  some: quantifier(false),
  every: quantifier(true),
  find: find('element', false),
  findIndex: find('index', false),
  findLast: find('element', true),
  findLastIndex: find('index', true),
  indexOf: indexOf(false),
  lastIndexOf: indexOf(true),
  includes,
  filter,
  flatMap,
  flat,
  fill,
  slice: (call) => sliceOf(call.array, optionalArg(call, 0), optionalArg(call, 1), call.cx),
  subarray: (call) => viewOf(call.array, optionalArg(call, 0), optionalArg(call, 1), call.cx),
  concat,
  reverse,
  toReversed: (call) => {
    const copy = sliceOf(call.array, undefined, undefined, call.cx);
    return reverse({ ...call, array: copy });
  },
  push,
  pop,
  shift: library('shift'),
  unshift: (call) => {
    insert(call.array, zero, call.args, call);
    return call.cx.b.length(call.array);
  },
  splice,
  toSpliced: (call) => {
    const { array, type, cx } = call;
    const copy = cx.b.slice(array, zero, cx.b.length(array), undefined, arrayOf(type.elem));
    splice({ ...call, array: copy });
    return copy;
  },
  join,
  sort: sort(true),
  toSorted: sort(false),
  with: (call) => {
    const { node, cx } = call;
    const copy = sliceOf(call.array, undefined, undefined, cx);
    const index = fromEnd(cx.toNumber(atomArg(call, 0), node), cx.b.length(copy), cx);
    cx.b.store(copy, index, cx.coerce(atomArg(call, 1), call.type.elem, node));
    return copy;
  },
  copyWithin: (call) => {
    const { array, cx } = call;
    const length = cx.b.length(array);
    const target = clamped(optionalArg(call, 0), length, zero, cx);
    const { from, to } = rangeOf(optionalArg(call, 1), optionalArg(call, 2), length, cx);
    const part = cx.b.slice(array, from, to, undefined, arrayOf(call.type.elem, call.type.storage));
    const count = cx.b.op('min', [cx.op('sub', to, from), cx.op('sub', length, target)]);
    copyInto(array, target, part, count, cx);
    return array;
  },
  at,
  set,
  keys: (call) => generated(call.cx.b.length(call.array), 'list', call.node, call.cx, (i) => i),
  values: (call) => call.array,
  entries: ({ array, node, cx }) =>
    generated(cx.b.length(array), 'list', node, cx, (i) => {
      const element = cx.elementInside(array, i);
      const [first, second]: readonly Type[] = [num, element.type];
      const type: Type =
        second?.kind === 'num' && first !== undefined
          ? arrayOf(num, 'list', 2)
          : {
              kind: 'record',
              tuple: true,
              fields: [
                { name: '0', type: num },
                { name: '1', type: element.type },
              ],
            };
      return cx.b.make(type, [i, element]);
    }),
};
