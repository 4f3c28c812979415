/**
 * An array that an iteration makes for itself is made once, before the loop, and used again by every iteration.
 *
 *     for i = 0; i < n; i += 1        ys = alloc m
 *       ys = alloc m             →    for i = 0; i < n; i += 1
 *       …                               …
 *
 * The array must be known by this one name only, so that nothing of it outlives the iteration, and its elements must be
 * stored before they are read, or be filled: then the iteration fills it itself. Only after differentiation: to a
 * reverse sweep, an array that is written anew in every iteration is one that is overwritten.
 */

import { Builder, zero } from '../ir/build.js';
import { blocks, innerValues, operands, results, statements } from '../ir/visit.js';
import type { Alloc, Atom, Block, Fn, For, Loop, Stmt, Value } from '../ir/types.js';
import type { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';

export const reuseArrays: Pass = {
  name: 'reuse-arrays',
  needs: ['alloc'],
  run: (fn, { memory }) => fnOf(fn, new Reuse(fn, memory).block(fn.body)),
};

class Reuse {
  private readonly escaping: ReadonlySet<Atom>;

  constructor(
    fn: Fn,
    private readonly memory: Memory,
  ) {
    this.escaping = escapingFrom(fn.body);
  }

  block(block: Block): Block {
    const out: Stmt[] = [];
    for (const before of block.stmts) {
      // Innermost first, so that what leaves an inner loop may leave the outer one, too.
      const stmt = withBlocks(before, (inner) => this.block(inner));
      if (stmt.kind === 'for' || stmt.kind === 'loop') out.push(...this.emptied(stmt));
      else out.push(stmt);
    }
    return blockOf(block, out, block.yields);
  }

  /** The arrays that leave a loop, and the loop without them. */
  private emptied(loop: For | Loop): readonly Stmt[] {
    const inside = new Set<Atom>(innerValues(loop));
    const leaving: Stmt[] = [];
    const stay: Stmt[] = [];
    for (const stmt of loop.body.stmts) {
      if (stmt.kind === 'alloc' && !inside.has(stmt.length) && this.isOwn(stmt)) {
        leaving.push({ ...stmt, fill: undefined });
        if (stmt.fill !== undefined) stay.push(filling(stmt, stmt.fill));
        continue;
      }
      results(stmt).forEach((value) => inside.add(value));
      stay.push(stmt);
    }
    return leaving.length === 0 ? [loop] : [...leaving, { ...loop, body: { ...loop.body, stmts: stay } }];
  }

  private isOwn({ target, length, fill }: Alloc): boolean {
    if (this.escaping.has(target) || !this.memory.keepsLength(target)) return false;
    // The loop may not run: making the array must not throw.
    return this.isSize(length) && (fill === undefined || fill.kind === 'const');
  }

  /** A length, or a product of lengths. */
  private isSize(atom: Atom): boolean {
    const range = this.memory.whole.range(atom);
    if (range !== undefined) return range.low >= 0;
    const stmt = this.memory.definitions.get(atom);
    return stmt?.kind === 'let' && stmt.op === 'mul' && stmt.args.every((arg) => this.isSize(arg));
  }
}

function filling({ target, length, origin }: Alloc, fill: Atom): Stmt {
  const b = new Builder(origin);
  b.for({ from: zero, to: length, compare: '<', step: 1 }, [], (inner, i) => {
    inner.store(target, i, fill);
    return [];
  });
  const [loop] = b.stmts;
  if (!loop) throw new Error('a loop has been built');
  return loop;
}

/** References that are used in any other way than to read and write elements. */
function escapingFrom(body: Block): ReadonlySet<Value> {
  const found = new Set<Value>();
  const escape = (atom: Atom) => {
    if (atom.kind === 'value') found.add(atom);
  };
  body.yields.forEach(escape);
  for (const stmt of statements(body)) {
    const own = stmt.kind === 'load' || stmt.kind === 'store' || stmt.kind === 'length' ? stmt.object : undefined;
    operands(stmt).forEach((atom, k) => {
      if (k > 0 || atom !== own) escape(atom);
    });
    blocks(stmt).forEach((block) => block.yields.forEach(escape));
  }
  return found;
}
