/**
 * Drops stores into local objects that nothing reads afterwards, on any path.
 *
 *     for i = n - 1; i >= 0; i -= 1          for i = n - 1; i >= 0; i -= 1
 *       t = load yBar[i]               →       t = load yBar[i]
 *       store yBar[i] = 0                      store yBar[j] += …    // j = i - 1
 *       store yBar[j] += …                  // yBar is not read any more
 *
 * Backwards over the program: an object is live where some read of it may follow, around loops, too. In a counted loop
 * a store at the index plus a constant is dead even if the loop goes on reading, as long as every later read in it is of
 * another element.
 *
 * Only objects made here, and named by one value throughout (never kept in another object, carried, chosen or
 * returned), are looked at.
 */

import { typeOf } from '../ir/build.js';
import { blocks, operands, statements } from '../ir/visit.js';
import type { Atom, Block, Fn, For, Key, Stmt, Store, Value } from '../ir/types.js';
import { exactAffine } from './affine.js';
import type { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, withBlocks } from './rewrite.js';

export const deadStores: Pass = {
  name: 'dead-stores',
  needs: ['store'],
  run(fn, known) {
    const objects = localObjects(fn);
    return objects.size === 0
      ? fn
      : fnOf(fn, new DeadStores(fn, known.memory, objects).block(fn.body, new Set(), undefined));
  },
};

/** Objects that are only ever loaded from and stored into, under the name they were made with. */
function localObjects(fn: Fn): ReadonlySet<Value> {
  const local = new Set<Value>();
  const escaped = new Set<Atom>();
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice') local.add(stmt.target);
    for (const operand of operands(stmt)) if (operand !== accessed(stmt)) escaped.add(operand);
    // As the object and the value of one store, it is kept in itself.
    if (stmt.kind === 'store' && stmt.value === stmt.object) escaped.add(stmt.object);
    if (stmt.kind === 'push' && stmt.value === stmt.object) escaped.add(stmt.object);
    for (const block of blocks(stmt)) block.yields.forEach((atom) => escaped.add(atom));
  }
  fn.body.yields.forEach((atom) => escaped.add(atom));
  return new Set([...local].filter((object) => !escaped.has(object)));
}

/** The object that a statement looks into or changes, without handing it on. */
function accessed(stmt: Stmt): Atom | undefined {
  switch (stmt.kind) {
    case 'load':
    case 'store':
    case 'length':
    case 'slice':
    case 'push':
    case 'pop':
    case 'resize':
      return stmt.object;
    default:
      return undefined;
  }
}

/** A read of an object: at a key, or of all of it. */
interface Read {
  readonly object: Value;
  readonly key: Key | undefined;
  /** Part of `object[key] += …`: a read only if what is stored then is read. */
  readonly adds: boolean;
  /** The statement's place in the program. */
  readonly at: number;
}

/** The innermost counted loop around a statement without another loop between. */
interface Around {
  readonly loop: For;
  /** What is read after the loop. */
  readonly after: ReadonlySet<Value>;
  readonly inside: ReadonlySet<Value>;
}

class DeadStores {
  private readonly place = new Map<Stmt, number>();
  private readonly reads = new Map<Block, readonly Read[]>();
  private readonly made = new Map<Block, ReadonlySet<Value>>();

  constructor(
    fn: Fn,
    private readonly memory: Memory,
    private readonly objects: ReadonlySet<Value>,
  ) {
    let place = 0;
    for (const stmt of statements(fn.body)) this.place.set(stmt, place++);
  }

  /** `live`: what is read after the block; afterwards, what is read from its start on. */
  block(block: Block, live: Set<Value>, around: Around | undefined): Block {
    const out: Stmt[] = [];
    for (const stmt of block.stmts.toReversed()) {
      const next = this.stmt(stmt, live, around);
      if (next !== undefined) out.push(next);
    }
    return blockOf(block, out.reverse(), block.yields);
  }

  private stmt(stmt: Stmt, live: Set<Value>, around: Around | undefined): Stmt | undefined {
    if (stmt.kind === 'store' && this.isDead(stmt, live, around)) return undefined;
    if (stmt.kind === 'if') return this.if(stmt, live, around);
    if (isCompound(stmt)) {
      const { body } = stmt;
      const after = new Set(live);
      const inside = this.madeIn(body);
      for (const { object, adds } of this.readsOf(body)) if (!adds && !inside.has(object)) live.add(object);
      const next = withBlocks(stmt, () => {
        const own = new Set(live);
        return this.block(body, own, stmt.kind === 'for' ? { loop: stmt, after, inside } : undefined);
      });
      return next;
    }
    const read = this.readBy(stmt);
    if (read && !read.adds) live.add(read.object);
    return stmt;
  }

  private if(stmt: Stmt, live: Set<Value>, around: Around | undefined): Stmt {
    const arms: Set<Value>[] = [];
    const next = withBlocks(stmt, (block) => {
      const own = new Set(live);
      arms.push(own);
      return this.block(block, own, around);
    });
    for (const arm of arms) for (const object of arm) live.add(object);
    return next;
  }

  private isDead(store: Store, live: ReadonlySet<Value>, around: Around | undefined): boolean {
    const { object } = store;
    if (object.kind !== 'value' || !this.objects.has(object)) return false;
    if (!live.has(object)) return true;
    if (around === undefined || around.after.has(object) || around.inside.has(object)) return false;
    return this.readsOf(around.loop.body).every(
      (read) => read.object !== object || this.misses(read, store, around.loop),
    );
  }

  /** Whether a read in a counted loop never sees what a store in the same loop (in no loop inside of it) leaves. */
  private misses(read: Read, store: Store, { index, step }: For): boolean {
    if (read.key === undefined) return false;
    if (read.key.kind === 'field' || store.key.kind === 'field') return this.memory.differentKeys(read.key, store.key);
    const { definitions, whole } = this.memory;
    const [from, at] = [exactAffine(definitions, whole, read.key), exactAffine(definitions, whole, store.key)];
    if (from?.base !== index || at?.base !== index) return false;
    // The iteration that reads where this one stores is this many after it.
    const later = (at.offset - from.offset) / step;
    if (later === 0) return read.at <= (this.place.get(store) ?? -1);
    return later < 0 || !Number.isInteger(later);
  }

  private readBy(stmt: Stmt): Read | undefined {
    const object = accessed(stmt);
    if (object?.kind !== 'value' || !this.objects.has(object)) return undefined;
    const whole = { object, key: undefined, adds: false, at: this.place.get(stmt) ?? 0 };
    switch (stmt.kind) {
      case 'load':
        return { ...whole, key: stmt.key };
      case 'store':
        return stmt.add ? { ...whole, key: stmt.key, adds: true } : undefined;
      case 'length': {
        const type = typeOf(object);
        const fixed = type.kind !== 'array' || type.storage !== 'list' || type.fixed !== undefined;
        return fixed ? undefined : whole;
      }
      case 'slice':
      case 'push':
      case 'pop':
      case 'resize':
        return whole;
      default:
        return undefined;
    }
  }

  private readsOf(block: Block): readonly Read[] {
    let found = this.reads.get(block);
    if (found === undefined) {
      found = block.stmts.flatMap((stmt) => {
        if (isCompound(stmt)) return blocks(stmt).flatMap((inner) => this.readsOf(inner));
        const read = this.readBy(stmt);
        return read ? [read] : [];
      });
      this.reads.set(block, found);
    }
    return found;
  }

  private madeIn(block: Block): ReadonlySet<Value> {
    let found = this.made.get(block);
    if (found === undefined) {
      const all = new Set<Value>();
      for (const stmt of block.stmts) {
        if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice') all.add(stmt.target);
        for (const inner of blocks(stmt)) for (const value of this.madeIn(inner)) all.add(value);
      }
      this.made.set(block, (found = all));
    }
    return found;
  }
}
