/** Calls of functions of the language: one row per name. What has no row is refused with the code of its family. */

import type { ts } from 'ts-morph';
import { constant, no, num, str, typeOf, yes, zero } from '../ir/build.js';
import { copyOf } from '../ir/structure.js';
import type { Atom, Op, UnaryOp } from '../ir/types.js';
import { arrayFrom, arrayOfItems, objectAssign, objectList } from './constructors.js';
import type { Lower } from './context.js';
import { arrayOfArguments } from './literals.js';
import { truthy } from './presence.js';
import { isAtom, nothing, type Val } from './values.js';

export interface Call {
  readonly name: string;
  readonly args: readonly Val[];
  readonly node: ts.Node;
  readonly cx: Lower;
}

type Row = (call: Call) => Val;

/** Functions of one number. */
const unary: readonly UnaryOp[] = [
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cbrt',
  'ceil',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'floor',
  'fround',
  'log',
  'log10',
  'log1p',
  'log2',
  'round',
  'sign',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
  'trunc',
];

/** Argument k as a number; one that is missing is NaN, as in JavaScript. */
function number({ args, node, cx }: Call, k: number): Atom {
  const arg = args[k];
  return arg === undefined ? constant(NaN) : cx.toNumber(cx.toAtom(arg, node), node);
}

const operation =
  (op: Op, count: number): Row =>
  (call) => {
    const operands = Array.from({ length: count }, (_, k) => number(call, k));
    call.cx.at(call.node);
    return call.cx.op(op, ...operands);
  };

/** `max` and `min`: of nothing, of a few, or of the elements of an array. */
const extremum =
  (op: 'max' | 'min'): Row =>
  (call) => {
    const { args, node, cx } = call;
    const start = constant(op === 'max' ? -Infinity : Infinity);
    if (args.length === 0) return start;
    cx.at(node);
    if (args.every((arg) => arg.kind !== 'spread')) {
      const operands = args.map((_, k) => number(call, k));
      return operands.length === 1 ? (operands[0] ?? start) : cx.b.op(op, operands);
    }
    const cell = cx.newCell(op, num, start);
    const include = (x: Atom): void => cx.b.write(cell, cx.b.op(op, [cx.readCell(cell), x]));
    args.forEach((arg, k) => {
      if (arg.kind === 'spread') {
        const { array } = arg;
        cx.repeat(zero, cx.b.length(array), 'i', (i) => include(cx.elementInside(array, i)));
      } else {
        include(number(call, k));
      }
    });
    return cx.readCell(cell);
  };

const hypot: Row = (call) => {
  const { args, node, cx } = call;
  if (args.length === 0) return zero;
  const spread = args.find((arg) => arg.kind === 'spread');
  if (spread === undefined) {
    const operands = args.map((_, k) => number(call, k));
    cx.at(node);
    return cx.b.op('hypot', operands);
  }
  const all = args.length === 1 ? spread.array : arrayOfArguments(args, undefined, node, cx);
  return cx.callLibrary('hypot', [all], node);
};

/** The global `isNaN` takes `undefined` for NaN, `Number.isNaN` does not. */
const isNotNumber: Row = (call) => {
  const { args, node, cx } = call;
  const missing = args[0] === undefined ? yes : cx.not(cx.isDefined(cx.toAtom(args[0], node)));
  return cx.op('or', missing, missing === yes ? yes : cx.op('isNaN', number(call, 0)));
};

/** Whether a number is finite and so on; false of what is no number. */
const test =
  (op: 'isNaN' | 'isFinite' | 'isInteger'): Row =>
  (call) => {
    const { args, node, cx } = call;
    const arg = args[0] === undefined ? constant(undefined) : cx.toAtom(args[0], node);
    const { kind } = typeOf(arg);
    if (kind !== 'num' && kind !== 'optional') return no;
    cx.at(node);
    return cx.b.op(op, [cx.toNumber(arg, node)]);
  };

const refused =
  (code: 'impure-call' | 'json' | 'number-from-text' | 'text-of-number' | 'collection' | 'eval'): Row =>
  ({ name, node, cx }) =>
    cx.refuse(node, code, code.includes('text') ? `\`${node.getText()}\`` : name);

const asynchronous: Row = ({ name, node, cx }) => cx.refuse(node, 'async', name);

const same: Row = ({ args }) => args[0] ?? constant(undefined);

const rows: ReadonlyMap<string, Row> = new Map<string, Row>([
  ...unary.map((op) => [`Math.${op}`, operation(op, 1)] as const),
  ['Math.atan2', operation('atan2', 2)],
  ['Math.pow', operation('pow', 2)],
  ['Math.imul', operation('imul', 2)],
  ['Math.clz32', operation('clz32', 1)],
  ['Math.max', extremum('max')],
  ['Math.min', extremum('min')],
  ['Math.hypot', hypot],
  ['Math.random', refused('impure-call')],
  ['Number.isNaN', test('isNaN')],
  ['Number.isFinite', test('isFinite')],
  ['Number.isInteger', test('isInteger')],
  ['isNaN', isNotNumber],
  ['isFinite', operation('isFinite', 1)],
  ['Number.isSafeInteger', isSafeInteger],
  ['Number.parseFloat', refused('number-from-text')],
  ['Number.parseInt', refused('number-from-text')],
  ['parseFloat', refused('number-from-text')],
  ['parseInt', refused('number-from-text')],
  ['Number', toNumber],
  ['Boolean', ({ args, node, cx }) => (args[0] === undefined ? no : truthy(cx.toAtom(args[0], node), cx))],
  ['String', toText],
  ['Array.isArray', isArray],
  ['Array.from', arrayFrom],
  ['Array.of', arrayOfItems],
  ['Float64Array.from', arrayFrom],
  ['Float32Array.from', arrayFrom],
  ['Uint8Array.from', arrayFrom],
  ['Int32Array.from', arrayFrom],
  ['Float64Array.of', arrayOfItems],
  ['Float32Array.of', arrayOfItems],
  ['Uint8Array.of', arrayOfItems],
  ['Int32Array.of', arrayOfItems],
  ['Object.freeze', same],
  ['Object.seal', same],
  ['Object.assign', objectAssign],
  ['Object.keys', objectList],
  ['Object.values', objectList],
  ['Object.entries', objectList],
  ['Object.is', objectIs],
  ['structuredClone', clone],
  ['Date.now', refused('impure-call')],
  ['Date', refused('impure-call')],
  ['performance.now', refused('impure-call')],
  ['crypto.getRandomValues', refused('impure-call')],
  ['crypto.randomUUID', refused('impure-call')],
  ['JSON.parse', refused('json')],
  ['JSON.stringify', refused('json')],
  [
    'Symbol',
    ({ cx, node }) => ({
      kind: 'namespace',
      name: node.getText(),
      member: () => cx.refuse(node, 'unsupported-call', 'Symbol'),
    }),
  ],
  ['BigInt', ({ node, cx }) => cx.refuse(node, 'bigint')],
  ['eval', refused('eval')],
  ['Function', refused('eval')],
  ['setTimeout', asynchronous],
  ['queueMicrotask', asynchronous],
  ['fetch', asynchronous],
]);

export function callBuiltin(call: Call): Val {
  const { name, node, cx } = call;
  const row = rows.get(name);
  if (row !== undefined) return row(call);
  if (name.startsWith('console.')) {
    cx.note(node, 'console-dropped', name);
    return nothing;
  }
  if (name.startsWith('Promise')) return cx.refuse(node, 'async', name);
  return cx.refuse(node, 'unsupported-call', name);
}

function isSafeInteger(call: Call): Val {
  const { cx } = call;
  const x = number(call, 0);
  const size = cx.b.op('abs', [x]);
  return cx.op('and', cx.b.op('isInteger', [x]), cx.op('le', size, constant(Number.MAX_SAFE_INTEGER)));
}

function toNumber({ args, node, cx }: Call): Val {
  const arg = args[0] === undefined ? zero : cx.toAtom(args[0], node);
  if (typeOf(arg).kind === 'str') return cx.refuse(node, 'number-from-text', `\`${node.getText()}\``);
  return cx.toNumber(arg, node);
}

function toText({ args, node, cx }: Call): Val {
  const arg = args[0] === undefined ? constant('') : cx.toAtom(args[0], node);
  if (arg.kind === 'const') return constant(String(arg.value));
  return typeOf(arg).kind === str.kind ? arg : cx.refuse(node, 'text-of-number', `\`${node.getText()}\``);
}

function isArray({ args, cx }: Call): Val {
  const [arg] = args;
  if (arg === undefined || !isAtom(arg)) return constant(arg?.kind === 'list');
  const type = typeOf(arg);
  const is = (t: typeof type): boolean =>
    (t.kind === 'array' && t.storage === 'list') || (t.kind === 'record' && t.tuple === true);
  if (type.kind === 'optional' && is(type.of)) return cx.isDefined(arg);
  return constant(is(type));
}

function objectIs({ args, node, cx }: Call): Val {
  const [a, b] = [0, 1].map((k) => cx.toAtom(args[k] ?? constant(undefined), node));
  if (a === undefined || b === undefined || typeOf(a).kind !== 'num' || typeOf(b).kind !== 'num') {
    return cx.refuse(node, 'unsupported-call', 'Object.is');
  }
  // Equal and of one sign, or both NaN.
  const sign = (x: Atom): Atom => cx.op('gt', cx.op('div', constant(1), x), zero);
  const signs = cx.op('or', cx.op('ne', a, zero), cx.op('eq', cx.op('num', sign(a)), cx.op('num', sign(b))));
  const equal = cx.op('and', cx.op('eq', a, b), signs);
  return cx.op('or', equal, cx.op('and', cx.b.op('isNaN', [a]), cx.b.op('isNaN', [b])));
}

function clone({ args, node, cx }: Call): Val {
  return args[0] === undefined ? constant(undefined) : copyOf(cx.b, cx.toAtom(args[0], node));
}
