/**
 * `object[key] += v`, where the element is known already or read afterwards, becomes a plain store of the sum, which
 * `forward-stores` then hands on.
 *
 *     store ys[i] += v               t = load ys[i]
 *     …                       →      u = add t v
 *     b = load ys[i]                 store ys[i] = u
 *                                    …                     // b is u
 *
 * For code that is not differentiated any more: to a reverse sweep, `+=` is simpler than `=`.
 */

import { num, value } from '../ir/build.js';
import type { Block, Fn, Stmt, Store, Value } from '../ir/types.js';
import type { Known } from './known.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, withBlocks } from './rewrite.js';
import { Stored } from './stored.js';

export const elementSums: Pass = {
  name: 'element-sums',
  needs: ['store'],
  run(fn, known) {
    const split = new Finder(known).find(fn);
    return split.size === 0 ? fn : fnOf(fn, apart(fn.body, split));
  },
};

class Finder {
  private readonly stored: Stored;
  /** What stands for the element that a `+=` leaves. */
  private readonly sums = new Map<unknown, Store>();
  /** What to take apart, and the name that its sum has where it is read. */
  private readonly split = new Map<Stmt, string | undefined>();

  constructor(known: Known) {
    this.stored = new Stored(known);
  }

  find(fn: Fn): ReadonlyMap<Stmt, string | undefined> {
    this.block(fn.body);
    return this.split;
  }

  private block(block: Block): Block {
    block.stmts.forEach((stmt) => this.stmt(stmt));
    return block;
  }

  private stmt(stmt: Stmt): void {
    const { available } = this.stored;
    if (isCompound(stmt)) {
      this.stored.blocks(stmt, stmt, (block) => this.block(block));
      return;
    }
    if (stmt.kind === 'load') this.read(available.get(stmt.object, stmt.key), stmt.target.name);
    if (stmt.kind !== 'store') return this.stored.change(stmt);
    const before = available.get(stmt.object, stmt.key);
    this.stored.change(stmt);
    if (stmt.add) this.sum(stmt, before !== undefined);
    else if (this.stored.keeps(stmt.object, stmt.key, stmt.value)) available.set(stmt.object, stmt.key, stmt.value);
    if (stmt.add) this.read(before);
  }

  private sum(stmt: Store, known: boolean): void {
    const sum: Value = value(num);
    if (!this.stored.keeps(stmt.object, stmt.key, sum)) return;
    this.sums.set(sum, stmt);
    this.stored.available.set(stmt.object, stmt.key, sum);
    if (known) this.split.set(stmt, undefined);
  }

  /** Something known is read: if it is a sum, it is worth having as a value. */
  private read(known: unknown, name?: string): void {
    const sum = this.sums.get(known);
    if (sum) this.split.set(sum, name ?? this.split.get(sum));
  }
}

function apart(block: Block, split: ReadonlyMap<Stmt, string | undefined>): Block {
  const stmts = block.stmts.flatMap((stmt): readonly Stmt[] => {
    if (stmt.kind !== 'store' || !split.has(stmt)) return [withBlocks(stmt, (inner) => apart(inner, split))];
    const { object, key, origin } = stmt;
    const [before, sum] = [value(num), value(num, split.get(stmt))];
    return [
      { kind: 'load', target: before, object, key, origin },
      { kind: 'let', target: sum, op: 'add', args: [before, stmt.value], origin },
      { ...stmt, value: sum, add: false },
    ];
  });
  return blockOf(block, stmts, block.yields);
}
