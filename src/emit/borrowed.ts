/**
 * Values that lead to objects of the parameters. Nothing is written to these, and their types may be `readonly`; all
 * others are the function's own.
 */

import { typeOf } from '../ir/build.js';
import { isReference } from '../ir/structure.js';
import type { Atom, Fn, Stmt, Value } from '../ir/types.js';
import { blocks, operands, results, statements } from '../ir/visit.js';

export function borrowedValues(fn: Fn): ReadonlySet<Value> {
  const borrowed = new Set<Value>(fn.params.map(({ value }) => value).filter(({ type }) => isReference(type)));
  const add = (atom: Atom) => atom.kind === 'value' && isReference(atom.type) && borrowed.add(atom);
  const has = (atom: Atom) => atom.kind === 'value' && borrowed.has(atom);
  const all = [...statements(fn.body)];
  let size: number;
  do {
    size = borrowed.size;
    for (const stmt of all) {
      const taken = [...operands(stmt), ...blocks(stmt).flatMap(({ yields }) => yields)];
      if (!taken.some(has) || isCopy(stmt)) continue;
      if (stmt.kind === 'store' || stmt.kind === 'push') {
        if (has(stmt.value)) add(stmt.object);
        continue;
      }
      results(stmt).forEach(add);
      if (stmt.kind === 'for' || stmt.kind === 'loop') for (const { param } of stmt.carried) add(param);
    }
  } while (borrowed.size > size);
  return borrowed;
}

/** Whether a statement takes numbers alone from what it reads. */
function isCopy(stmt: Stmt): boolean {
  const type = stmt.kind === 'slice' ? typeOf(stmt.object) : undefined;
  return type?.kind === 'array' && !isReference(type.elem);
}
