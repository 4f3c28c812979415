/** How often every value is read, and whether as more than an operand of arithmetic. */

import { isNumber } from '../ir/structure.js';
import { typeOf } from '../ir/build.js';
import { blocks, operands, statements } from '../ir/visit.js';
import type { Atom, Fn, Op, Stmt, Value } from '../ir/types.js';

export interface Uses {
  count(value: Value): number;
  /** Whether some reader would tell `undefined` from NaN: anything but arithmetic and typed arrays. */
  observed(value: Value): boolean;
}

export function findUses(fn: Fn): Uses {
  const counts = new Map<Value, number>();
  const observed = new Set<Value>();
  const use = (atom: Atom) => {
    if (atom.kind === 'value') counts.set(atom, (counts.get(atom) ?? 0) + 1);
  };
  const observe = (atom: Atom) => {
    use(atom);
    if (atom.kind === 'value') observed.add(atom);
  };
  for (const stmt of statements(fn.body)) {
    operands(stmt).forEach(absorbs(stmt) ? use : observe);
    for (const block of blocks(stmt)) block.yields.forEach(observe);
  }
  fn.body.yields.forEach(observe);
  return { count: (value) => counts.get(value) ?? 0, observed: (value) => observed.has(value) };
}

/** Operations that tell `undefined` from NaN. */
const telling: ReadonlySet<Op> = new Set<Op>(['eq', 'ne', 'isNaN', 'defined', 'select', 'unwrap', 'text']);

function absorbs(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case 'let':
      return !telling.has(stmt.op);
    case 'store': {
      const type = typeOf(stmt.object);
      const typed = type.kind === 'array' && type.storage !== 'list';
      return isNumber(typeOf(stmt.value)) && (typed || stmt.add) && isCountable(stmt.key);
    }
    default:
      return false;
  }
}

/** A key that is a constant or a field: a number read as an index is observed (`a[undefined]` is not `a[NaN]`). */
const isCountable = (key: Atom | { readonly kind: 'field' }): boolean => key.kind !== 'value';
