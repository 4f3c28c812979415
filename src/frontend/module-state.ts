/** Writes into arrays, records and captured variables of the module: they would change what the next call finds. */

import type { Atom, Block, Cell, Fn, Stmt, Value } from '../ir/types.js';
import { isReference } from '../ir/structure.js';
import { blocks, changedObject, statements } from '../ir/visit.js';
import { diagnostic } from '../diagnostics/report.js';
import type { Lower } from './context.js';

/** Reports every such write; true if there is one. What may be module state is found without regard to order. */
export function reportMutations(fn: Fn, cx: Lower): boolean {
  const tainted = new Map<Value | Cell, string>();
  for (const [made, name] of cx.frozen) if (isReference(made.type)) tainted.set(made, name);
  if (cx.frozen.size === 0) return false;
  const own = new Set(cx.prologue.stmts);
  const of = (atom: Atom | undefined): string | undefined => (atom?.kind === 'value' ? tainted.get(atom) : undefined);
  const mark = (target: Value | Cell, name: string | undefined): boolean => {
    if (name === undefined || tainted.has(target) || !isReference(target.type)) return false;
    tainted.set(target, name);
    return true;
  };
  const helpers = fn.helpers ?? [];
  const params = new Map(helpers.map((helper) => [helper.name, helper.params]));
  let changed = true;
  while (changed) {
    changed = false;
    for (const each of [fn, ...helpers]) {
      for (const stmt of statements(each.body)) {
        changed = spread(stmt, of, mark, tainted) || changed;
        if (stmt.kind !== 'call') continue;
        params.get(stmt.callee)?.forEach(({ value }, k) => (changed = mark(value, of(stmt.args[k])) || changed));
      }
    }
  }
  let found = false;
  const visit = (block: Block): void => {
    for (const stmt of block.stmts) {
      if (block === fn.body && own.has(stmt)) continue;
      const name = stmt.kind === 'write' ? cx.frozen.get(stmt.cell) : of(changedObject(stmt));
      if (name !== undefined && stmt.origin !== undefined) {
        cx.session.report.add(diagnostic('module-state', { origin: stmt.origin, length: 1 }, [name]));
        found = true;
      }
      blocks(stmt).forEach(visit);
    }
  };
  [fn, ...helpers].forEach(({ body }) => visit(body));
  return found;
}

/** Where a reference to module state goes from one that is known. */
function spread(
  stmt: Stmt,
  of: (atom: Atom | undefined) => string | undefined,
  mark: (target: Value | Cell, name: string | undefined) => boolean,
  tainted: ReadonlyMap<Value | Cell, string>,
): boolean {
  switch (stmt.kind) {
    case 'load':
    case 'view':
    case 'pop':
      return mark(stmt.target, of(stmt.object));
    case 'slice':
      // A copy, but of references to the same rows.
      return (
        stmt.target.type.kind === 'array' && isReference(stmt.target.type.elem) && mark(stmt.target, of(stmt.object))
      );
    case 'let':
      return stmt.args.some((arg) => mark(stmt.target, of(arg)));
    case 'cell':
      return mark(stmt.cell, of(stmt.init));
    case 'write':
      return mark(stmt.cell, of(stmt.value));
    case 'read':
      return mark(stmt.target, tainted.get(stmt.cell));
    case 'if':
      return stmt.results.map((r, k) => mark(r, of(stmt.then.yields[k]) ?? of(stmt.else.yields[k]))).some(Boolean);
    default:
      return false;
  }
}
