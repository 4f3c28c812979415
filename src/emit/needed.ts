/**
 * Which statements and values have to be printed: those that have effects, and what these and the result depend on.
 * The optimiser removes most dead code, but unoptimised functions are printed too, and an unused local does not
 * pass `noUnusedLocals`.
 */

import { typeOf } from '../ir/build.js';
import type { Atom, Block, Fn, Stmt, Value } from '../ir/types.js';
import { blocks, operands, results } from '../ir/visit.js';
import { ValueMap, ValueSet, type ValueMembers } from '../ir/value.js';

export interface Needed {
  readonly values: ValueMembers;
  readonly stmts: ReadonlySet<Stmt>;
  /** Slices up to the end of the array: the bound is not written. */
  readonly toEnd: ReadonlySet<Stmt>;
}

const changes: ReadonlySet<Stmt['kind']> = new Set<Stmt['kind']>(['store', 'push', 'pop', 'resize', 'throw']);
const hasEffects = (stmt: Stmt): boolean => (stmt.kind === 'call' ? stmt.effects : changes.has(stmt.kind));

interface Definition {
  readonly stmt: Stmt;
  /** Place among the results or carried values of `stmt`. */
  readonly place: number;
}

export function findNeeded(fn: Fn): Needed {
  const parents = new Map<Stmt, Stmt | undefined>();
  const definitions = new ValueMap<Definition>();
  const values = new ValueSet();
  const stmts = new Set<Stmt>();
  const toEnd = new Set<Stmt>();
  const work: Value[] = [];
  const params = new Set<Atom>(fn.params.map(({ value }) => value));

  const isLength = (atom: Atom, object: Atom): boolean => {
    const type = typeOf(object);
    if (type.kind !== 'array') return false;
    if (atom.kind === 'const') return type.fixed === atom.value;
    const stmt = definitions.get(atom)?.stmt;
    // The length of a list may have changed since it was read.
    return stmt?.kind === 'length' && stmt.object === object && (type.storage !== 'list' || params.has(object));
  };

  const collect = (block: Block, parent: Stmt | undefined) => {
    for (const stmt of block.stmts) {
      parents.set(stmt, parent);
      results(stmt).forEach((value, place) => definitions.set(value, { stmt, place }));
      if (stmt.kind === 'for' || stmt.kind === 'loop') {
        stmt.carried.forEach(({ param }, place) => definitions.set(param, { stmt, place }));
      }
      for (const inner of blocks(stmt)) collect(inner, stmt);
    }
  };
  collect(fn.body, undefined);

  const needAtom = (atom: Atom | undefined) => {
    if (atom?.kind !== 'value' || values.has(atom)) return;
    values.add(atom);
    work.push(atom);
  };
  const needStmt = (stmt: Stmt) => {
    for (let at: Stmt | undefined = stmt; at !== undefined && !stmts.has(at); at = parents.get(at)) {
      stmts.add(at);
      if (at.kind === 'if') needAtom(at.cond);
      else if (at.kind === 'for') [at.from, at.to].forEach(needAtom);
      else if (at.kind === 'loop') needAtom(at.body.yields[0]);
      else if (at.kind === 'slice' && (at.whole || isLength(at.to, at.object))) {
        toEnd.add(at);
        [at.object, at.from].forEach(needAtom);
      } else operands(at).forEach(needAtom);
    }
  };

  for (const stmt of parents.keys()) if (hasEffects(stmt)) needStmt(stmt);
  fn.body.yields.forEach(needAtom);
  for (let value = work.pop(); value !== undefined; value = work.pop()) {
    const definition = definitions.get(value);
    if (definition === undefined) continue; // a parameter or an index
    const { stmt, place } = definition;
    needStmt(stmt);
    if (stmt.kind === 'if') {
      needAtom(stmt.then.yields[place]);
      needAtom(stmt.else.yields[place]);
    } else if (stmt.kind === 'for' || stmt.kind === 'loop') {
      // The value before, during and after the loop is one variable: all of it is needed or none.
      needAtom(stmt.carried[place]?.param);
      needAtom(stmt.results[place]);
      needAtom(stmt.carried[place]?.init);
      needAtom(stmt.body.yields[stmt.kind === 'loop' ? place + 1 : place]);
    }
  }
  return { values, stmts, toEnd };
}
