/**
 * Drops merges that merge nothing: carried values that stay what they were, results that are the same in both arms,
 * and second copies of others.
 *
 *     a, b = if c            a = if c
 *       yield x, y      →      yield x
 *     else                   else
 *       yield z, y             yield z          // and y for b
 */

import type { Atom, Block, Fn, For, If, Loop, Stmt, Value } from '../ir/types.js';
import { replaceNarrowing } from './narrow.js';
import { follow, sameAtom, type Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';

export const merges: Pass = {
  name: 'merges',
  run(fn: Fn): Fn {
    const replaced = new Map<Value, Atom>();
    const body = new Merges(replaced).block(fn.body);
    return fnOf(fn, replaceNarrowing(body, replaced));
  },
};

class Merges {
  private readonly resolve: (atom: Atom) => Atom;

  constructor(private readonly replaced: Map<Value, Atom>) {
    this.resolve = follow(replaced);
  }

  block(block: Block): Block {
    const stmts = block.stmts.map((stmt): Stmt => {
      const inner = withBlocks(stmt, (nested) => this.block(nested));
      if (inner.kind === 'if') return this.if(inner);
      return inner.kind === 'for' || inner.kind === 'loop' ? this.loop(inner) : inner;
    });
    return blockOf(block, stmts, block.yields);
  }

  private if(stmt: If): If {
    const pairs = stmt.results.map((result, k) => ({ result, yes: stmt.then.yields[k], no: stmt.else.yields[k] }));
    const dropped = new Set<number>();
    const seen: { result: Value; yes: Atom; no: Atom }[] = [];
    pairs.forEach(({ result, yes: a, no: b }, k) => {
      if (a === undefined || b === undefined) return;
      const [yes, no] = [this.resolve(a), this.resolve(b)];
      const twin = seen.find((other) => sameAtom(other.yes, yes) && sameAtom(other.no, no));
      if (sameAtom(yes, no)) this.replaced.set(result, yes);
      else if (twin !== undefined && twin.result.type.kind === result.type.kind) this.replaced.set(result, twin.result);
      else {
        seen.push({ result, yes, no });
        return;
      }
      dropped.add(k);
    });
    if (dropped.size === 0) return stmt;
    const keep = (_: unknown, k: number) => !dropped.has(k);
    return {
      ...stmt,
      then: { ...stmt.then, yields: stmt.then.yields.filter(keep) },
      else: { ...stmt.else, yields: stmt.else.yields.filter(keep) },
      results: stmt.results.filter(keep),
    };
  }

  private loop<S extends For | Loop>(stmt: S): S {
    const first = stmt.kind === 'loop' ? 1 : 0;
    const dropped = new Set<number>();
    const seen: { param: Value; result: Value; init: Atom; next: Atom }[] = [];
    stmt.carried.forEach(({ param, init: start }, k) => {
      const [result, yielded] = [stmt.results[k], stmt.body.yields[k + first]];
      if (result === undefined || yielded === undefined) return;
      const [init, next] = [this.resolve(start), this.resolve(yielded)];
      const twin = seen.find((other) => sameAtom(other.init, init) && sameAtom(other.next, next));
      if (next === param || sameAtom(next, init)) {
        this.replaced.set(param, init);
        this.replaced.set(result, init);
      } else if (twin !== undefined && twin.param.type.kind === param.type.kind) {
        this.replaced.set(param, twin.param);
        this.replaced.set(result, twin.result);
      } else {
        seen.push({ param, result, init, next });
        return;
      }
      dropped.add(k);
    });
    if (dropped.size === 0) return stmt;
    const keep = (_: unknown, k: number) => !dropped.has(k);
    const yields = stmt.body.yields.filter((_, k) => k < first || !dropped.has(k - first));
    return {
      ...stmt,
      carried: stmt.carried.filter(keep),
      body: { ...stmt.body, yields },
      results: stmt.results.filter(keep),
    };
  }
}
