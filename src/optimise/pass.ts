/** What every pass is, and the rewriting helpers that passes share. */

import { blocks, mapStmt, operands } from '../ir/visit.js';
import type { Atom, Block, Fn, Stmt, Type, Value } from '../ir/types.js';
import { absent, constant, no, zero } from '../ir/build.js';

/**
 * A step from IR to better IR. It returns the same object when nothing changed: the runner compares identities.
 * A pass neither checks, prints nor measures; the runner does.
 */
export interface Pass {
  /** The word that `--print-ir=` takes; also the file's name. */
  readonly name: string;
  run(fn: Fn): Fn;
}

/** Statements and yields of a block with uses replaced; statements and blocks without a change are kept as they are. */
export function replaceUses(block: Block, atom: (atom: Atom) => Atom): Block {
  let changed = false;
  const stmts = block.stmts.map((stmt) => {
    const next = replaceInStmt(stmt, atom);
    if (next !== stmt) changed = true;
    return next;
  });
  const yields = replaceAtoms(block.yields, atom);
  return changed || yields !== block.yields ? { stmts: changed ? stmts : block.stmts, yields } : block;
}

/** One statement with the uses in it and in its blocks replaced. */
export function replaceInStmt(stmt: Stmt, atom: (atom: Atom) => Atom): Stmt {
  const before = blocks(stmt);
  const after = new Map(before.map((inner) => [inner, replaceUses(inner, atom)]));
  const same = before.every((inner) => after.get(inner) === inner) && operands(stmt).every((a) => atom(a) === a);
  if (same) return stmt;
  return mapStmt(stmt, { atom, define: (v) => v, block: (inner) => after.get(inner) ?? inner });
}

export function replaceAtoms(atoms: readonly Atom[], atom: (atom: Atom) => Atom): readonly Atom[] {
  return atoms.some((a) => atom(a) !== a) ? atoms.map(atom) : atoms;
}

/** Follows chains a → b → c, which arise when a pass replaces several values. */
export function follow(replaced: ReadonlyMap<Value, Atom>): (atom: Atom) => Atom {
  return (atom) => {
    let found = atom;
    while (found.kind === 'value') {
      const next = replaced.get(found);
      if (next === undefined) break;
      found = next;
    }
    return found;
  };
}

export function withBody(fn: Fn, body: Block): Fn {
  return body === fn.body ? fn : { ...fn, body };
}

/** What stands for a value that is never looked at: the content of an unassigned variable, a yield after `throw`. */
export function defaultOf(type: Type): Atom {
  switch (type.kind) {
    case 'num':
      return zero;
    case 'bool':
      return no;
    case 'str':
      return constant('');
    default:
      return absent;
  }
}

export function sameAtom(a: Atom, b: Atom): boolean {
  return a === b || (a.kind === 'const' && b.kind === 'const' && Object.is(a.value, b.value));
}
