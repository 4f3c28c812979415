/** Replacing values by others whose types say more. */

import { absent, constant, typeOf, value } from '../ir/build.js';
import type { Atom, Block, Stmt, Value } from '../ir/types.js';
import { defaultOf, follow } from './pass.js';
import { blockOf, withBlocks, withOperands } from './rewrite.js';

/**
 * A variable may be declared wider than what it holds: `T | undefined`, or a record with optional fields. Once the
 * value itself stands in its place, tests for `undefined` are decided, and loads have the type of what is there.
 * Returns `undefined` for a statement whose target was replaced.
 */
export function narrow(stmt: Stmt, replaced: Map<Value, Atom>): Stmt | undefined {
  if (stmt.kind === 'let') {
    const [arg] = stmt.args;
    if (arg === undefined || (stmt.op !== 'defined' && stmt.op !== 'unwrap')) return stmt;
    const { kind } = typeOf(arg);
    if (kind === 'optional') return stmt;
    const some = kind !== 'void';
    replaced.set(stmt.target, stmt.op === 'defined' ? constant(some) : some ? arg : defaultOf(stmt.target.type));
    return undefined;
  }
  if (stmt.kind !== 'load') return stmt;
  const object = typeOf(stmt.object);
  if (object.kind !== 'record') return stmt;
  const { key } = stmt;
  const name = key.kind === 'field' ? key.name : key.kind === 'const' ? String(key.value) : '';
  const found = object.fields.find((f) => f.name === name);
  if (found === undefined) {
    replaced.set(stmt.target, absent);
    return undefined;
  }
  if (found.type.kind === stmt.target.type.kind) return stmt;
  const target = value(found.type, stmt.target.name);
  replaced.set(stmt.target, target);
  return { ...stmt, target };
}

/** Uses replaced throughout a block, in order, with `narrow` applied to the statements this changes. */
export function replaceNarrowing(block: Block, replaced: Map<Value, Atom>): Block {
  const atom = follow(replaced);
  const rewrite = (inner: Block): Block => {
    const stmts: Stmt[] = [];
    for (const stmt of inner.stmts) {
      const changed = withBlocks(withOperands(stmt, atom), rewrite);
      const kept = changed === stmt ? stmt : narrow(changed, replaced);
      if (kept !== undefined) stmts.push(kept);
    }
    return blockOf(inner, stmts, inner.yields.map(atom));
  };
  return replaced.size === 0 ? block : rewrite(block);
}
