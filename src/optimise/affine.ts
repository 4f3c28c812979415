/**
 * Indices as a value plus a constant. `i + 1` and `i` are different elements, `(i + 1) - 1` is `i`: true of numbers
 * that are safe integers (see `whole.ts`), which an index is if its loop counts from one. Not true in general:
 * 2 ** 53 + 1 is 2 ** 53, and −0 + 0 is not −0.
 */

import { affine, type Affine } from '../ir/affine.js';
import type { Atom } from '../ir/types.js';
import type { Definitions } from './rewrite.js';
import type { WholeNumbers } from './whole.js';

/** `affine` where the sum is exact; `undefined` where that is not certain. */
export function exactAffine(definitions: Definitions, whole: WholeNumbers, atom: Atom): Affine | undefined {
  if (!whole.range(atom)) return undefined;
  const split = affine(definitions, atom);
  return split.base === undefined || whole.range(split.base) ? split : undefined;
}

/** Whether `a` and `b` are certainly different numbers. */
export function differ(definitions: Definitions, whole: WholeNumbers, a: Atom, b: Atom): boolean {
  const [left, right] = [exactAffine(definitions, whole, a), exactAffine(definitions, whole, b)];
  if (left === undefined || right === undefined) return false;
  if (left.base === right.base) return left.offset !== right.offset;
  const [one, other] = [whole.range(a), whole.range(b)];
  return one !== undefined && other !== undefined && (one.high < other.low || other.high < one.low);
}
