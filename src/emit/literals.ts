/**
 * Short lists that are filled element by element become literals:
 *
 *     row = alloc 3                row = make [1, x, 0]
 *     store row[0] = 1       →
 *     store row[1] = x
 *     store row[2] = 0
 *
 * The literal stands where the last element was stored; nothing has seen the list until then.
 */

import { isConst } from '../ir/build.js';
import type { Alloc, Atom, Block, Fn, Make, Stmt } from '../ir/types.js';
import { blocks, mapStmt, operands } from '../ir/visit.js';

const longest = 16;
/** How far behind its allocation a list may be filled. */
const reach = 64;

export function literals(fn: Fn): Fn {
  const body = inBlock(fn.body);
  return body === fn.body ? fn : { ...fn, body };
}

function inBlock(block: Block): Block {
  const stmts: (Stmt | undefined)[] = block.stmts.map((stmt) => inside(stmt));
  let changed = stmts.some((stmt, k) => stmt !== block.stmts[k]);
  for (const [k, stmt] of stmts.entries()) {
    const filled = stmt?.kind === 'alloc' ? fill(stmt, stmts, k) : undefined;
    if (filled === undefined) continue;
    changed = true;
    stmts[k] = undefined;
    for (const place of filled.stores) stmts[place] = undefined;
    stmts[filled.stores.at(-1) ?? k] = filled.make;
  }
  return changed ? { ...block, stmts: stmts.filter((stmt) => stmt !== undefined) } : block;
}

function inside(stmt: Stmt): Stmt {
  const inner = new Map(blocks(stmt).map((block) => [block, inBlock(block)]));
  if ([...inner].every(([before, after]) => before === after)) return stmt;
  return mapStmt(stmt, { atom: (a) => a, define: (v) => v, block: (block) => inner.get(block) ?? block });
}

function fill(
  { target, length, fill: content, origin }: Alloc,
  stmts: readonly (Stmt | undefined)[],
  from: number,
): { make: Make; stores: number[] } | undefined {
  const size = length.kind === 'const' ? Number(length.value) : Infinity;
  if (target.type.kind !== 'array' || target.type.storage !== 'list' || size > longest) return undefined;
  const parts: (Atom | undefined)[] = Array.from({ length: size }, () => content);
  const stores: number[] = [];
  const last = Math.min(stmts.length, from + reach);
  for (let k = from + 1; k < last; k++) {
    const stmt = stmts[k];
    if (stmt === undefined) continue;
    if (stmt.kind === 'store' && stmt.object === target && !stmt.add && stmt.value !== target) {
      const place = stmt.key.kind === 'const' ? Number(stmt.key.value) : -1;
      if (!(Number.isInteger(place) && place >= 0 && place < size)) break;
      parts[place] = stmt.value;
      stores.push(k);
    } else if (mentions(stmt, target)) break;
  }
  const whole = parts.filter((part) => part !== undefined);
  // A list that holds one shared reference in several places is left as it is.
  const shared = content !== undefined && !isConst(content) && target.type.elem.kind !== 'num';
  if (stores.length === 0 || whole.length < size || shared) return undefined;
  return { make: { kind: 'make', target, parts: whole, origin }, stores };
}

function mentions(stmt: Stmt, atom: Atom): boolean {
  if (operands(stmt).includes(atom)) return true;
  return blocks(stmt).some(
    (block) => block.yields.includes(atom) || block.stmts.some((inner) => mentions(inner, atom)),
  );
}
