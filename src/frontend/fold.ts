/** Operations on constants whose answer is the same in every engine. */

import { constant, isConst } from '../ir/build.js';
import type { Atom, Op } from '../ir/types.js';

/** Arithmetic that IEEE 754 fixes, and logic; never functions of `Math`, in which engines differ. */
export function fold(op: Op, args: readonly Atom[]): Atom | undefined {
  const [first, second] = args;
  if (op === 'not' && first !== undefined && isConst(first)) return constant(first.value !== true);
  if (op === 'and' || op === 'or') {
    for (const [known, other] of [
      [first, second],
      [second, first],
    ]) {
      if (known?.kind !== 'const' || other === undefined) continue;
      return (known.value === true) === (op === 'and') ? other : known;
    }
    return undefined;
  }
  if (op === 'defined' && first !== undefined) {
    if (first.kind === 'const') return constant(first.value !== undefined);
    return undefined;
  }
  if (first?.kind !== 'const') return undefined;
  if (op === 'eq' || op === 'ne') {
    if (second?.kind !== 'const') return undefined;
    return constant((first.value === second.value) === (op === 'eq'));
  }
  if (op === 'num') return constant(first.value === true ? 1 : 0);
  if (op === 'neg' && typeof first.value === 'number') return constant(-first.value);
  if (second?.kind !== 'const' || typeof first.value !== 'number' || typeof second.value !== 'number') return undefined;
  const result = foldNumbers(op, first.value, second.value);
  return result === undefined ? undefined : constant(result);
}

function foldNumbers(op: Op, a: number, b: number): number | boolean | undefined {
  switch (op) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    case 'rem':
      return a % b;
    case 'lt':
      return a < b;
    case 'le':
      return a <= b;
    case 'gt':
      return a > b;
    case 'ge':
      return a >= b;
    case 'bitand':
      return a & b;
    case 'bitor':
      return a | b;
    case 'bitxor':
      return a ^ b;
    case 'shl':
      return a << b;
    case 'shr':
      return a >> b;
    case 'ushr':
      return a >>> b;
    default:
      return undefined;
  }
}
