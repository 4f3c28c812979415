/** Copies and views of part of an array: `slice`, `subarray`, and what patterns with `...rest` need. */

import { arrayOf, constant, typeOf, value, zero } from '../ir/build.js';
import type { ArrayType, Atom, Value } from '../ir/types.js';
import type { Lower } from './context.js';

/** A place between elements as `slice` takes it: cut to a whole number, from the end if negative, inside the array. */
export function clamped(at: Atom | undefined, length: Atom, otherwise: Atom, cx: Lower): Atom {
  if (at === undefined || (at.kind === 'const' && at.value === undefined)) return otherwise;
  if (at.kind === 'const') {
    const k = Math.trunc(Number(at.value)) || 0;
    if (k === 0) return zero;
    if (length.kind === 'const') {
      const n = Number(length.value);
      return constant(k < 0 ? Math.max(n + k, 0) : Math.min(k, n));
    }
    if (k < 0) return cx.b.op('max', [cx.op('add', length, constant(k)), zero]);
    return cx.b.op('min', [constant(k), length]);
  }
  if (at === length) return at;
  const whole = cx.b.op('trunc', [at]);
  const inside = cx.choose(
    cx.op('lt', whole, zero),
    () => cx.b.op('max', [cx.op('add', length, whole), zero]),
    () => cx.b.op('min', [whole, length]),
    cx.frame.node,
  );
  return cx.toAtom(inside, cx.frame.node);
}

interface Range {
  readonly from: Atom;
  readonly to: Atom;
}

export function rangeOf(from: Atom | undefined, to: Atom | undefined, length: Atom, cx: Lower): Range {
  const start = clamped(from, length, zero, cx);
  const end = clamped(to, length, length, cx);
  if (start.kind === 'const' && start.value === 0) return { from: start, to: end };
  if (end === length) return { from: start, to: end };
  if (start.kind === 'const' && end.kind === 'const') {
    return { from: start, to: constant(Math.max(Number(start.value), Number(end.value))) };
  }
  return { from: start, to: cx.b.op('max', [start, end]) };
}

/** `array.slice(from, to)`. */
export function sliceOf(array: Atom, from: Atom | undefined, to: Atom | undefined, cx: Lower): Value {
  const type = typeOf(array) as ArrayType; // callers have asked
  const range = rangeOf(from, to, cx.b.length(array), cx);
  const found = cx.b.slice(array, range.from, range.to, undefined, partOf(type, range));
  if (cx.isGrowing(array)) cx.growing.add(found);
  return found;
}

/** `array.subarray(from, to)`. */
export function viewOf(array: Atom, from: Atom | undefined, to: Atom | undefined, cx: Lower): Value {
  const type = typeOf(array) as ArrayType; // callers have asked
  const range = rangeOf(from, to, cx.b.length(array), cx);
  const target = value(arrayOf(type.elem, type.storage));
  cx.b.push({ kind: 'view', target, object: array, ...range, origin: cx.b.origin });
  return target;
}

/** Part of a tuple of known bounds is a tuple. */
function partOf(type: ArrayType, { from, to }: Range): ArrayType {
  if (type.fixed !== undefined && from.kind === 'const' && to.kind === 'const') {
    const n = Number(to.value) - Number(from.value);
    if (n === type.fixed) return type;
    return arrayOf(type.elem, type.storage, n);
  }
  return arrayOf(type.elem, type.storage);
}
