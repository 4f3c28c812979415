/**
 * Drops stores to a place that is stored to again before anything can have read it.
 *
 *     store ys[i] = a                      if c
 *     if c                                   store ys[i] = b
 *       store ys[i] = b             →      else
 *     else                                   store ys[i] = 0
 *       store ys[i] = 0
 *
 * Backwards over each block, with the places that are certainly overwritten later. Reads of what may be the same place
 * end that, as do `throw`, and loops that read it.
 */

import { typeOf } from '../ir/build.js';
import { blocks } from '../ir/visit.js';
import type { Atom, Block, If, Key, Stmt, Store } from '../ir/types.js';
import type { Memory } from './memory.js';
import { sameKey } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, withBlocks } from './rewrite.js';

export const overwrittenStores: Pass = {
  name: 'overwritten-stores',
  needs: ['store'],
  run: (fn, { memory }) => fnOf(fn, new Overwritten(memory).block(fn.body, [])),
};

interface Place {
  readonly object: Atom;
  readonly key: Key;
}

/** A read of a place, or of an unknown part of an object; `all`: of anything. */
type Read = Place | { readonly object: Atom; readonly key: undefined } | 'all';

/** Enough for code that a loop's body or an unrolled one consists of, few enough to keep the pass fast. */
const mostPlaces = 48;

class Overwritten {
  private readonly reads = new Map<Block, readonly Read[]>();

  constructor(private readonly memory: Memory) {}

  /** `later`: the places that are overwritten after the block; afterwards, after its start. */
  block(block: Block, later: Place[]): Block {
    const out: Stmt[] = [];
    for (const stmt of block.stmts.toReversed()) {
      const next = this.stmt(stmt, later);
      if (next !== undefined) out.push(next);
    }
    return blockOf(block, out.reverse(), block.yields);
  }

  private stmt(stmt: Stmt, later: Place[]): Stmt | undefined {
    if (stmt.kind === 'store') return this.store(stmt, later);
    if (stmt.kind === 'if') return this.if(stmt, later);
    this.forget(later, this.readsBy(stmt));
    return isCompound(stmt) ? withBlocks(stmt, (body) => this.block(body, [])) : stmt;
  }

  private store(stmt: Store, later: Place[]): Stmt | undefined {
    if (later.some((place) => samePlace(place, stmt))) return undefined;
    this.forget(later, this.readsBy(stmt));
    if (stmt.add) return stmt;
    later.push(stmt);
    if (later.length > mostPlaces) later.shift();
    return stmt;
  }

  private if(stmt: If, later: Place[]): If {
    const arms: Place[][] = [];
    const next = withBlocks(stmt, (arm) => {
      const own = [...later];
      arms.push(own);
      return this.block(arm, own);
    });
    const [then = [], otherwise = []] = arms;
    later.splice(0, later.length, ...then.filter((place) => otherwise.some((twin) => samePlace(place, twin))));
    return next;
  }

  private forget(later: Place[], reads: readonly Read[]): void {
    if (later.length === 0 || reads.length === 0) return;
    const kept = later.filter((place) => !reads.some((read) => this.mayRead(read, place)));
    later.splice(0, later.length, ...kept);
  }

  private mayRead(read: Read, place: Place): boolean {
    if (read === 'all') return true;
    if (read.key === undefined) return this.memory.mayAlias(read.object, place.object);
    return !this.memory.apart(read.object, read.key, place.object, place.key);
  }

  private readsBy(stmt: Stmt): readonly Read[] {
    switch (stmt.kind) {
      case 'load':
        return [stmt];
      case 'store':
        return stmt.add ? [stmt] : [];
      case 'length': {
        // A store may make a list longer.
        const type = typeOf(stmt.object);
        return type.kind === 'array' && type.storage === 'list' ? [{ object: stmt.object, key: undefined }] : [];
      }
      case 'slice':
      case 'push':
      case 'pop':
      case 'resize':
        return [{ object: stmt.object, key: undefined }];
      case 'throw':
      case 'call':
      case 'derive':
      case 'linear':
        return ['all'];
      case 'if':
      case 'for':
      case 'loop':
        return blocks(stmt).flatMap((block) => this.readsIn(block));
      default:
        return [];
    }
  }

  private readsIn(block: Block): readonly Read[] {
    let found = this.reads.get(block);
    if (found === undefined) this.reads.set(block, (found = block.stmts.flatMap((stmt) => this.readsBy(stmt))));
    return found;
  }
}

const samePlace = (a: Place, b: Place): boolean => a.object === b.object && sameKey(a.key, b.key);
