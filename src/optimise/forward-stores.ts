/**
 * Reads of what is known: an element or field that was just stored, a part of a new record, the length an array was
 * made with.
 *
 *     ys = alloc n                ys = alloc n
 *     store ys[i] = a       →     store ys[i] = a
 *     b = load ys[i]              m is n, b is a
 *     m = length ys
 *
 * Typed arrays ignore a store outside their bounds and make NaN of `undefined`; so for them the index must certainly be
 * inside and the value a number, and for `f32` one that needs no rounding.
 */

import { constant, typeOf } from '../ir/build.js';
import type { Atom, Block, Fn, Key, Length, Make, Stmt, Store } from '../ir/types.js';
import { Available } from './available.js';
import { maybeUndefined } from './maybe-undefined.js';
import { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, Substitution, withBlocks } from './rewrite.js';
import { findUses, type Uses } from './uses.js';

export const forwardStores: Pass = {
  name: 'forward-stores',
  run: (fn) => fnOf(fn, new Forwarding(fn).block(fn.body)),
};

class Forwarding {
  private readonly memory: Memory;
  private readonly available: Available;
  private readonly uses: Uses;
  private readonly doubtful: ReadonlySet<Atom>;
  private readonly substitution = new Substitution();

  constructor(fn: Fn) {
    this.memory = new Memory(fn);
    this.available = new Available(this.memory);
    this.uses = findUses(fn);
    this.doubtful = maybeUndefined(fn);
  }

  block(block: Block): Block {
    const out: Stmt[] = [];
    for (const stmt of block.stmts) {
      const next = this.stmt(stmt);
      if (next !== undefined) out.push(next);
    }
    return blockOf(block, out, block.yields.map(this.substitution.atom));
  }

  private stmt(before: Stmt): Stmt | undefined {
    const stmt = this.substitution.stmt(before);
    if (stmt === undefined) return undefined;
    if (stmt.kind === 'load' || stmt.kind === 'length') {
      const found = stmt.kind === 'load' ? this.available.get(stmt.object, stmt.key) : this.madeLength(stmt);
      if (found === undefined) return stmt;
      this.substitution.replace(stmt.target, found);
      return undefined;
    }
    if (isCompound(stmt)) return this.compound(before, stmt);
    this.change(before);
    if (stmt.kind === 'store') this.stored(stmt);
    if (stmt.kind === 'make') this.made(stmt);
    return stmt;
  }

  private compound(before: Stmt, stmt: Stmt): Stmt {
    const next = this.available.within(() => {
      // What was known before a loop is known inside only if no iteration changes it.
      if (stmt.kind !== 'if') this.change(before);
      return withBlocks(stmt, (block) => this.available.within(() => this.block(block)));
    });
    this.change(before);
    return next;
  }

  private change(stmt: Stmt): void {
    this.available.change(this.memory.effects(stmt), this.substitution.atom);
  }

  private stored({ object, key, value, add }: Store): void {
    if (!add && this.keeps(object, key, value)) this.available.set(object, key, value);
  }

  private made({ target, parts }: Make): void {
    const { type } = target;
    parts.forEach((part, k) => {
      const name = type.kind === 'record' ? type.fields[k]?.name : undefined;
      const key: Key = name === undefined ? constant(k) : { kind: 'field', name };
      if (this.keeps(target, key, part)) this.available.set(target, key, part);
    });
  }

  /** Whether a load of `object[key]` gives back exactly what is stored there. */
  private keeps(object: Atom, key: Key, stored: Atom): boolean {
    const type = typeOf(object);
    if (type.kind !== 'array' || type.storage === 'list') return true;
    if (stored.kind === 'value' ? this.doubtful.has(stored) : stored.value === undefined) return false;
    return this.memory.inBounds(object, key) && (type.storage === 'f64' || this.isRounded(type.storage, stored));
  }

  private isRounded(storage: 'f32' | 'u8' | 'i32', stored: Atom): boolean {
    if (stored.kind === 'const') {
      const { value } = stored;
      if (storage === 'f32') return typeof value === 'number' && Object.is(Math.fround(value), value);
      return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256 && !Object.is(value, -0);
    }
    const stmt = this.memory.definitions.get(stored);
    if (stmt?.kind === 'let') return stmt.op === 'fround' && storage === 'f32';
    const source = stmt?.kind === 'load' ? typeOf(stmt.object) : undefined;
    return source?.kind === 'array' && source.storage === storage;
  }

  /** The length of an array that keeps the one it was made with. */
  private madeLength({ object, target }: Length): Atom | undefined {
    if (!this.memory.keepsLength(object)) return undefined;
    const stmt = this.memory.definitions.get(object);
    switch (stmt?.kind) {
      case 'alloc': {
        const length = this.substitution.atom(stmt.length);
        if (this.memory.whole.range(length)) return length;
        // A list of n elements has n elements or is not made at all; but the length of one of −0 elements is 0.
        const type = typeOf(object);
        const list = type.kind === 'array' && type.storage === 'list';
        return list && !this.doubtful.has(length) && this.uses.onlyCounts(target) ? length : undefined;
      }
      case 'make':
        return constant(stmt.parts.length);
      case 'slice':
      case 'view': {
        const to = this.substitution.atom(stmt.to);
        const whole = stmt.from.kind === 'const' && stmt.from.value === 0;
        return whole && this.memory.whole.range(to) ? to : undefined;
      }
      default:
        return undefined;
    }
  }
}
