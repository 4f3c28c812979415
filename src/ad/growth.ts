/** Lists that are made longer by a store behind their end, as JavaScript allows. */

import { isConst, typeOf } from '../ir/build.js';
import { isGrowable, isNumber } from '../ir/structure.js';
import { allStatements } from '../ir/visit.js';
import type { Atom, Fn, For, Stmt, Store } from '../ir/types.js';
import type { Aliases, ObjectClass } from './alias.js';

/**
 * Stores of numbers that may lie behind the end of a list and make it longer: into one that may have been made by a
 * literal, `const b = [1]; … b[i] = x;`, and into a copy, `const b = [...a]; … b[a.length + i] = x;`.
 */
export function growingStores(fn: Fn, aliases: Aliases): ReadonlySet<Stmt> {
  const all = allStatements(fn);
  /** Classes with lists made by literals. */
  const short = new Set<ObjectClass>();
  for (const stmt of all) if (stmt.kind === 'make' && isGrowable(stmt.target.type)) short.add(aliases.of(stmt.target));
  const literals = new Map<Atom, number>();
  const copies = new Map<Atom, Atom>();
  const sums = new Map<Atom, readonly Atom[]>();
  const loops = new Map<Atom, For>();
  const lengths = new Map<Atom, Atom>();
  const growing = new Set<Stmt>();
  const certainlyInside = ({ object, key }: Store, length: number): boolean => {
    if (key.kind === 'field') return true;
    if (key.kind === 'const') return Number(key.value) < length;
    const loop = loops.get(key);
    if (loop === undefined) return false;
    const [first, last] = loop.step > 0 ? [loop.from, loop.to] : [loop.to, loop.from];
    const strict = loop.step > 0 && loop.compare === '<';
    const fits = isConst(last)
      ? Number(last.value) < length + (strict ? 1 : 0)
      : strict && lengths.get(last) === object;
    return fits && isConst(first) && Number(first.value) >= 0;
  };
  const isBehind = ({ object, key }: Store): boolean => {
    if (key.kind === 'field') return false;
    const ofCopy = (atom: Atom) => {
      const of = lengths.get(atom);
      return of !== undefined && (of === object || of === copies.get(object));
    };
    return [key, ...(sums.get(key) ?? [])].some(ofCopy);
  };
  // A definition comes before its uses.
  for (const stmt of all) {
    if (stmt.kind === 'make') literals.set(stmt.target, stmt.parts.length);
    else if (stmt.kind === 'slice') copies.set(stmt.target, stmt.object);
    else if (stmt.kind === 'let' && stmt.op === 'add') sums.set(stmt.target, stmt.args);
    else if (stmt.kind === 'for') loops.set(stmt.index, stmt);
    else if (stmt.kind === 'length') lengths.set(stmt.target, stmt.object);
    else if (stmt.kind === 'store' && !stmt.add && isNumber(typeOf(stmt.value))) {
      if (!isGrowable(typeOf(stmt.object))) continue;
      const inside = short.has(aliases.of(stmt.object))
        ? certainlyInside(stmt, literals.get(stmt.object) ?? 0)
        : !isBehind(stmt);
      if (!inside) growing.add(stmt);
    }
  }
  return growing;
}
