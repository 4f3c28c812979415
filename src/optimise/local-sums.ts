/**
 * What a loop adds to one place is added up in a local, and added to the place once.
 *
 *     for i = 0; i < n; i += 1            s = for i = 0; i < n; i += 1 carry t = -0
 *       v = load xs[i]              →       v = load xs[i]
 *       store ys[c] += v                    u = add t v
 *                                           yield u
 *                                         store ys[c] += s
 *
 * Only reverse sweeps add to places, and the order in which cotangents are added up is nobody's promise. Nothing else in
 * the loop may touch the place. Where it may not be there, it is added to only if the loop has run: an element behind the
 * end of a list would be made by that.
 */

import { Builder, emptySum, num, typeOf, value } from '../ir/build.js';
import { isNumber } from '../ir/structure.js';
import { definedInside, statements } from '../ir/visit.js';
import type { Block, Compare, For, Loop, Op, Stmt, Store, Value } from '../ir/types.js';
import type { Known } from './known.js';
import { keyText, sameKey, type Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';

const comparisons: Readonly<Record<Compare, Op>> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };

export const localSums: Pass = {
  name: 'local-sums',
  needs: ['for', 'loop'],
  run: (fn, known) => fnOf(fn, new LocalSums(known).block(fn.body)),
};

class LocalSums {
  private readonly memory: Memory;

  constructor({ memory }: Known) {
    this.memory = memory;
  }

  block(block: Block): Block {
    const out: Stmt[] = [];
    for (const before of block.stmts) {
      const stmt = withBlocks(before, (inner) => this.block(inner));
      if (stmt.kind === 'for' || stmt.kind === 'loop') out.push(...this.summed(stmt));
      else out.push(stmt);
    }
    return blockOf(block, out, block.yields);
  }

  private summed(loop: For | Loop): readonly Stmt[] {
    const sums = this.sumsOf(loop);
    if (sums.length === 0) return [loop];
    const after = new Builder(loop.origin);
    const added = sums.map(({ store, stmts }) => {
      const name = nameOf(store);
      const [param, result] = [value(num, name), value(num, name)];
      this.put(store, result, loop, after);
      return { param, result, stmts };
    });
    const steps = new Map<Stmt, Stmt>();
    const nexts = added.map(({ param, stmts }) => {
      let next: Value = param;
      for (const stmt of stmts) {
        const sum = value(num, param.name);
        steps.set(stmt, { kind: 'let', target: sum, op: 'add', args: [next, stmt.value], origin: stmt.origin });
        next = sum;
      }
      return next;
    });
    const carried = [...loop.carried, ...added.map(({ param }) => ({ param, init: emptySum }))];
    const body = {
      stmts: loop.body.stmts.map((stmt) => steps.get(stmt) ?? stmt),
      yields: [...loop.body.yields, ...nexts],
    };
    return [
      { ...loop, carried, body, results: [...loop.results, ...added.map(({ result }) => result)] },
      ...after.stmts,
    ];
  }

  /** Adds the sum to the place, if that is there or if the loop has run. */
  private put({ object, key }: Store, sum: Value, loop: For | Loop, b: Builder): void {
    const type = typeOf(object);
    const safe = type.kind !== 'array' || type.storage !== 'list' || this.memory.inBounds(object, key);
    if (loop.kind === 'loop' || safe) return b.store(object, key, sum, true);
    b.if(
      b.op(comparisons[loop.compare], [loop.from, loop.to]),
      (then) => {
        then.store(object, key, sum, true);
        return [];
      },
      () => [],
    );
  }

  /** The places that a loop only adds to, in every iteration, with what adds to each. */
  private sumsOf(loop: For | Loop): readonly { readonly store: Store; readonly stmts: readonly Store[] }[] {
    const candidates = loop.body.stmts.filter((stmt): stmt is Store => stmt.kind === 'store' && stmt.add);
    if (candidates.length === 0) return [];
    const all = statements(loop.body);
    // Once per inner loop is not worth a name.
    if (all.some(({ kind }) => kind === 'for' || kind === 'loop')) return [];
    const inside = definedInside(loop);
    const isOutside = ({ object, key }: Store) => !inside.has(object) && (key.kind === 'field' || !inside.has(key));
    const places: { store: Store; stmts: Store[] }[] = [];
    for (const stmt of candidates) {
      if (!isOutside(stmt) || !isNumber(typeOf(stmt.value))) continue;
      const same = places.find(({ store }) => store.object === stmt.object && sameKey(store.key, stmt.key));
      if (same) same.stmts.push(stmt);
      else places.push({ store: stmt, stmts: [stmt] });
    }
    return places.filter(({ store, stmts }) =>
      all.every((stmt) => stmts.includes(stmt as Store) || !this.mayTouch(stmt, store)),
    );
  }

  /** Whether a statement may read or write the place, or hand it on. What is in its blocks is looked at on its own. */
  private mayTouch(stmt: Stmt, { object, key }: Store): boolean {
    const { memory } = this;
    switch (stmt.kind) {
      case 'load':
      case 'store':
        return !memory.apart(object, key, stmt.object, stmt.key);
      case 'length':
      case 'slice':
      case 'view':
      case 'push':
      case 'pop':
      case 'resize':
        return memory.mayAlias(object, stmt.object);
      case 'call':
      case 'derive':
      case 'linear':
      case 'read':
      case 'write':
      case 'cell':
        return true;
      default:
        return false;
    }
  }
}

/** `ys[1]` is added up as `ys1`, `ys[c]` as `ysC`. */
function nameOf({ object, key }: Store): string {
  const [array, place] = [object.kind === 'value' ? object.name : undefined, keyText(key) ?? (key as Value).name];
  return array === undefined || place === undefined
    ? 'sum'
    : `${array}${place.charAt(0).toUpperCase()}${place.slice(1)}`;
}
