/** Indices as a value plus a constant, read off definitions. */

import type { Atom, Stmt } from './types.js';

/** `base + offset`; without `base` a constant. */
export interface Affine {
  readonly base: Atom | undefined;
  readonly offset: number;
}

/** `atom` as a distance from another one, read off its definition; says nothing about exactness. */
export function affine(definitions: { get(atom: Atom): Stmt | undefined }, atom: Atom): Affine {
  let [base, offset]: [Atom, number] = [atom, 0];
  for (;;) {
    const constant = numberOf(base);
    if (constant !== undefined) return { base: undefined, offset: offset + constant };
    const stmt = definitions.get(base);
    if (stmt?.kind !== 'let' || (stmt.op !== 'add' && stmt.op !== 'sub')) return { base, offset };
    const [a, b] = stmt.args;
    if (a === undefined || b === undefined) return { base, offset };
    const [left, right] = [numberOf(a), numberOf(b)];
    if (right !== undefined) [base, offset] = [a, offset + (stmt.op === 'add' ? right : -right)];
    else if (left !== undefined && stmt.op === 'add') [base, offset] = [b, offset + left];
    else return { base, offset };
  }
}

const numberOf = (atom: Atom): number | undefined =>
  atom.kind === 'const' && typeof atom.value === 'number' ? atom.value : undefined;
