/**
 * What passes rebuild functions with. All of it keeps identity: a statement, block or function of which
 * nothing changed comes back as the same object, which is how the runner knows that a pass found nothing.
 */

import { innerValues, mapStmt, operands, results } from '../ir/visit.js';
import { narrow } from './narrow.js';
import type { Atom, Block, Fn, For, If, Loop, Stmt, Value } from '../ir/types.js';
import { ValueMap } from '../ir/value.js';

/** Atoms to put in place of values. Chains a → b → c, which arise as replacements are found, are followed. */
export class Substitution {
  private readonly by = new ValueMap<Atom>();

  readonly atom = (atom: Atom): Atom => {
    let found = atom;
    while (found.kind === 'value') {
      const next = this.by.get(found);
      if (next === undefined) break;
      found = next;
    }
    return found;
  };

  replace(value: Value, by: Atom): void {
    this.by.set(value, by);
  }

  forget(value: Value): void {
    this.by.delete(value);
  }

  /** The statement with other operands, if with them there is something left to do: see `narrow`. */
  stmt(stmt: Stmt): Stmt | undefined {
    const next = withOperands(stmt, this.atom);
    return next === stmt ? stmt : narrow(next, (value, by) => this.replace(value, by));
  }
}

const itself = <T>(x: T): T => x;

/** The statement with other operands; its blocks are left alone. */
export function withOperands(stmt: Stmt, atom: (atom: Atom) => Atom): Stmt {
  return operands(stmt).every((operand) => atom(operand) === operand)
    ? stmt
    : mapStmt(stmt, { atom, define: itself, block: itself });
}

export const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, k) => item === b[k]);

/** A block of these contents: `old` if they are its own. */
export function blockOf(old: Block, stmts: readonly Stmt[], yields: readonly Atom[]): Block {
  return sameList(old.stmts, stmts) && sameList(old.yields, yields) ? old : { stmts, yields };
}

export function fnOf(fn: Fn, body: Block): Fn {
  return body === fn.body ? fn : { ...fn, body };
}

export type Compound = If | For | Loop;

export const isCompound = (stmt: Stmt): stmt is Compound =>
  stmt.kind === 'if' || stmt.kind === 'for' || stmt.kind === 'loop';

/** The statement with its blocks rebuilt by `block`. */
export function withBlocks<S extends Stmt>(stmt: S, block: (inner: Block) => Block): S {
  if (stmt.kind === 'if') {
    const [yes, no] = [block(stmt.then), block(stmt.else)];
    return yes === stmt.then && no === stmt.else ? stmt : { ...stmt, then: yes, else: no };
  }
  if (stmt.kind === 'for' || stmt.kind === 'loop') {
    const body = block(stmt.body);
    return body === stmt.body ? stmt : { ...stmt, body };
  }
  return stmt;
}

/** Where every value comes from: the statement that defines it, also for loop indices and carried parameters. */
export class Definitions {
  private readonly of = new ValueMap<Stmt>();

  get(atom: Atom): Stmt | undefined {
    return atom.kind === 'value' ? this.of.get(atom) : undefined;
  }

  add(stmt: Stmt): void {
    for (const value of results(stmt)) this.of.set(value, stmt);
    for (const value of innerValues(stmt)) this.of.set(value, stmt);
  }
}

/** Uses replaced throughout a block, in order. */
export function replaceNarrowing(block: Block, replaced: ReadonlyMap<Value, Atom>): Block {
  if (replaced.size === 0) return block;
  const substitution = new Substitution();
  for (const [value, by] of replaced) substitution.replace(value, by);
  const rewrite = (inner: Block): Block => {
    const stmts: Stmt[] = [];
    for (const stmt of inner.stmts) {
      const kept = substitution.stmt(stmt);
      if (kept !== undefined) stmts.push(withBlocks(kept, rewrite));
    }
    return blockOf(inner, stmts, inner.yields.map(substitution.atom));
  };
  return rewrite(block);
}
