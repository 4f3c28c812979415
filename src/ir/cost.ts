/**
 * Counted operations, the theory's measure of work: the weight of every elementary operation, one per value fetched
 * and one per value stored. `/` and `sqrt` weigh 5, other functions of `Math` 20, arithmetic 1. As in the theory,
 * what an operation and its derivative share is fetched once, and what is used once, where it arises, stays in a
 * register.
 */

import { operands } from './visit.js';
import type { Atom, Fn, Op } from './types.js';

const arithmetic: ReadonlySet<Op> = new Set<Op>([
  'add',
  'sub',
  'mul',
  'neg',
  'rem',
  'abs',
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'same',
  'and',
  'or',
  'not',
  'select',
  'num',
  'max',
  'min',
  'sign',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'isNaN',
  'isFinite',
  'isInteger',
  'defined',
  'floor',
  'ceil',
  'round',
  'trunc',
  'fround',
]);

/** What an operation itself weighs, without its operands and result. */
export function weightOf(op: Op): number {
  if (op === 'div' || op === 'sqrt') return 5;
  if (op === 'unwrap' || op === 'held') return 0;
  return arithmetic.has(op) ? 1 : 20;
}

/** Counted operations of a function without loops or choices; undefined for any other. */
export function countedOperations(fn: Fn): number | undefined {
  let work = 0;
  const uses = new Map<Atom, number>();
  for (const stmt of fn.body.stmts) {
    if (stmt.kind === 'if' || stmt.kind === 'for' || stmt.kind === 'loop') return undefined;
    if (stmt.kind === 'make') continue; // its parts are the results
    if (stmt.kind === 'let') work += weightOf(stmt.op);
    if (stmt.kind === 'store') work += stmt.add ? 3 : 1;
    const read = stmt.kind === 'load' ? [] : operands(stmt);
    for (const atom of read) if (atom.kind === 'value') uses.set(atom, (uses.get(atom) ?? 0) + 1);
  }
  const isLoaded = new Set<Atom>(fn.body.stmts.flatMap((stmt) => (stmt.kind === 'load' ? [stmt.target] : [])));
  const isParam = new Set<Atom>(fn.params.map(({ value }) => value));
  for (const [value, count] of uses) {
    if (isParam.has(value) || isLoaded.has(value)) work += 1;
    else if (count > 1) work += 2; // stored and fetched
  }
  return work + resultsOf(fn).length;
}

/** The numbers that a function gives back. */
function resultsOf(fn: Fn): readonly Atom[] {
  const made = new Map<Atom, readonly Atom[]>();
  for (const stmt of fn.body.stmts) if (stmt.kind === 'make') made.set(stmt.target, stmt.parts);
  const parts = (atom: Atom): readonly Atom[] => made.get(atom)?.flatMap(parts) ?? [atom];
  return fn.body.yields.flatMap(parts);
}
