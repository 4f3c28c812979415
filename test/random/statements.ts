/** Statements of random programs: each a row of a table, chosen by weight; one that does not apply becomes a simpler one. */

import { expr } from './expressions.js';
import { declare, fallback, indent, type Arguments, type Place, type Written } from './parts.js';
import { rows as plain } from './rows.js';
import { rows as richer } from './rows-richer.js';
import type { Scope } from './scope.js';
import type { ExprTree, StmtTree } from './tree.js';

const rows = [...plain, ...richer];
const total = rows.reduce((sum, [, weight]) => sum + weight, 0);

export function statements(
  place: Place,
  trees: readonly StmtTree[],
): { lines: readonly string[]; scope: Scope; ends: boolean } {
  const lines: string[] = [];
  let { scope } = place;
  for (const tree of trees) {
    const written = statement({ ...place, scope }, tree);
    lines.push(...written.lines);
    scope = scope.with(...(written.defines ?? []));
    if (written.ends === true) return { lines, scope, ends: true };
  }
  return { lines, scope, ends: false };
}

function statement(place: Place, tree: StmtTree): Written {
  let at = (tree.n[0] ?? 0) % total;
  const row = rows.find(([, weight]) => (at -= weight) < 0);
  // Operands that the tree does not have are variables and constants, chosen by its numbers.
  const spare = (k: number): ExprTree => ({ n: [3, 4, 5].map((by) => tree.n[(by + k) % 6] ?? 0), args: [] });
  const full: StmtTree = { ...tree, exprs: [0, 1, 2].map((k) => tree.exprs[k] ?? spare(k)) };
  const args: Arguments = {
    ...place,
    tree: full,
    n: tree.n.slice(1),
    e: (k) => expr(place.cx, place.scope, full.exprs[k]),
    block: (k, scope) => indent(statements({ ...place, scope }, tree.blocks[k] ?? []).lines),
  };
  const written = row?.[2](args);
  if (row !== undefined && written !== undefined) {
    place.cx.use(row[0]);
    return written;
  }
  const instead = place.scope.loopDepth > 0 ? fallback(args, place.scope) : [];
  return instead.length > 0 ? { lines: instead } : declare(args, 'const');
}
