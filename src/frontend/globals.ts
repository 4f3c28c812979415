/** What names mean that the language itself defines: `Math`, `Number.EPSILON`, `undefined`. */

import { absent, constant } from '../ir/build.js';
import type { BuiltinVal, Val } from './values.js';

/** Numbers that are members of `Math` and `Number`: the same in every engine. */
const constants: ReadonlyMap<string, number> = new Map([
  ...(['E', 'LN10', 'LN2', 'LOG10E', 'LOG2E', 'PI', 'SQRT1_2', 'SQRT2'] as const).map(
    (name) => [`Math.${name}`, Math[name]] as const,
  ),
  ...(
    [
      'EPSILON',
      'MAX_VALUE',
      'MIN_VALUE',
      'MAX_SAFE_INTEGER',
      'MIN_SAFE_INTEGER',
      'NaN',
      'POSITIVE_INFINITY',
      'NEGATIVE_INFINITY',
    ] as const
  ).map((name) => [`Number.${name}`, Number[name]] as const),
  ['NaN', NaN],
  ['Infinity', Infinity],
]);

/** Objects and functions of the language; which of their calls are read is said in `builtins.ts`. */
const names = new Set([
  'Math',
  'Number',
  'Boolean',
  'String',
  'Array',
  'Object',
  'Float64Array',
  'Float32Array',
  'Uint8Array',
  'Int32Array',
  'Int8Array',
  'Int16Array',
  'Uint16Array',
  'Uint32Array',
  'Uint8ClampedArray',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'isNaN',
  'isFinite',
  'parseFloat',
  'parseInt',
  'console',
  'JSON',
  'Date',
  'performance',
  'crypto',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Symbol',
  'BigInt',
  'RegExp',
  'Promise',
  'Proxy',
  'Reflect',
  'eval',
  'Function',
  'structuredClone',
  'setTimeout',
  'queueMicrotask',
  'fetch',
  'Intl',
  'Atomics',
  'globalThis',
  'Error',
  'RangeError',
  'TypeError',
  'EvalError',
  'ReferenceError',
  'SyntaxError',
  'URIError',
]);

export function globalValue(name: string): Val | undefined {
  if (name === 'undefined') return absent;
  const number = constants.get(name);
  if (number !== undefined) return constant(number);
  return names.has(name) ? { kind: 'builtin', name } : undefined;
}

export function globalMember(object: BuiltinVal, name: string): Val | undefined {
  if (object.name === 'globalThis') return globalValue(name);
  if (object.name.includes('.') && (name === 'call' || name === 'apply')) return { kind: 'method', object, name };
  const full = `${object.name}.${name}`;
  const number = constants.get(full);
  if (number !== undefined) return constant(number);
  return { kind: 'builtin', name: full };
}
