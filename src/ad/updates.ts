/**
 * Places that a block adds to: `y[k] = y[k] + a - b`, with nothing written to y between. Their cotangent is that of the
 * element before as well as after it, so that the reverse neither clears it nor adds it again.
 */

import { sameAtom, typeOf } from '../ir/build.js';
import { isNumber } from '../ir/structure.js';
import type { Atom, Block, Fn, Key, Load, Stmt, Store } from '../ir/types.js';
import { ValueMap } from '../ir/value.js';
import { blocks, changedObject, operands, statements } from '../ir/visit.js';
import type { Activity } from './activity.js';
import type { Aliases } from './alias.js';

/** The loads and stores of such places. */
export function findUpdates(fn: Fn, aliases: Aliases, activity: Activity): ReadonlySet<Stmt> {
  const found = new Set<Stmt>();
  const uses = countUses(fn);
  const visit = (block: Block) => {
    const at = new ValueMap<number>();
    block.stmts.forEach((stmt, k) => {
      blocks(stmt).forEach(visit);
      if (stmt.kind === 'let' || stmt.kind === 'load') at.set(stmt.target, k);
      if (stmt.kind !== 'store' || stmt.add || !isNumber(typeOf(stmt.value))) return;
      const from = read(stmt, stmt.value, block.stmts, at, uses);
      if (from === undefined) return;
      const between = block.stmts.slice(from + 1, k);
      const load = block.stmts[from];
      if (load?.kind !== 'load' || !activity.active(load.target)) return;
      if (!between.some((inner) => mayChange(inner, stmt.object, aliases))) found.add(stmt).add(load);
    });
  };
  visit(fn.body);
  return found;
}

/** Where the element is read that a store adds to; `sum` is what is stored, or part of it. */
function read(
  store: Store,
  sum: Atom,
  stmts: readonly Stmt[],
  at: ValueMap<number>,
  uses: ValueMap<number>,
): number | undefined {
  if (sum.kind === 'const' || uses.get(sum) !== 1) return undefined;
  const k = at.get(sum);
  const stmt = k === undefined ? undefined : stmts[k];
  if (stmt?.kind === 'load') return isPlaceOf(stmt, store) ? k : undefined;
  if (stmt?.kind !== 'let' || (stmt.op !== 'add' && stmt.op !== 'sub')) return undefined;
  const [first, second] = stmt.args;
  const before = first && read(store, first, stmts, at, uses);
  return before ?? (stmt.op === 'add' && second ? read(store, second, stmts, at, uses) : undefined);
}

const isPlaceOf = (load: Load, store: Store): boolean => load.object === store.object && sameKey(load.key, store.key);

const sameKey = (a: Key, b: Key): boolean =>
  a.kind === 'field' ? b.kind === 'field' && a.name === b.name : b.kind !== 'field' && sameAtom(a, b);

function mayChange(stmt: Stmt, object: Atom, aliases: Aliases): boolean {
  return statements({ stmts: [stmt], yields: [] }).some((inner) => {
    if (inner.kind === 'call') return inner.effects;
    const changed = changedObject(inner);
    return changed !== undefined && aliases.of(changed) === aliases.of(object);
  });
}

function countUses(fn: Fn): ValueMap<number> {
  const counts = new ValueMap<number>();
  const use = (atom: Atom) => {
    if (atom.kind === 'value') counts.set(atom, (counts.get(atom) ?? 0) + 1);
  };
  for (const stmt of statements(fn.body)) {
    operands(stmt).forEach(use);
    for (const block of blocks(stmt)) block.yields.forEach(use);
  }
  fn.body.yields.forEach(use);
  return counts;
}
