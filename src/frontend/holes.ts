/** Holes of `new Array(n)`: most methods skip them, and adgen's arrays have none. */

import { typeOf } from '../ir/build.js';
import type { Atom, Stmt, Value } from '../ir/types.js';
import { blocks, operands } from '../ir/visit.js';
import type { Lower } from './context.js';
import { definedAt } from './lists.js';

const skipping: ReadonlySet<string> = new Set([
  'every',
  'filter',
  'flat',
  'flatMap',
  'forEach',
  'indexOf',
  'lastIndexOf',
  'map',
  'reduce',
  'reduceRight',
  'some',
]);

/**
 * Whether the method would skip an element: the array was made in this block without elements, and no more than single
 * ones were put in since. A loop is taken to put in all, as is whatever the array is handed to.
 */
export function skipsHoles(array: Value, method: string, cx: Lower): boolean {
  if (!skipping.has(method) || typeOf(array).kind !== 'array') return false;
  const { stmts } = cx.b;
  const at = definedAt(array, stmts);
  const made = stmts[at];
  if (made?.kind !== 'alloc' || made.fill !== undefined || !isLong(made.length)) return false;
  const filled = new Set<number>();
  for (const stmt of stmts.slice(at + 1)) {
    if (stmt.kind === 'load' || stmt.kind === 'length' || !mentions(stmt, array)) continue;
    if (stmt.kind !== 'store' || stmt.object !== array || stmt.value === array) return false;
    if (stmt.key.kind !== 'const' || typeof stmt.key.value !== 'number') return false;
    filled.add(stmt.key.value);
  }
  return made.length.kind !== 'const' || filled.size < Number(made.length.value);
}

const isLong = (length: Atom): boolean => length.kind !== 'const' || Number(length.value) > 0;

const mentions = (stmt: Stmt, array: Value): boolean =>
  operands(stmt).includes(array) || blocks(stmt).some(({ stmts }) => stmts.some((inner) => mentions(inner, array)));
