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
import type { Atom, Block, Key, Length, Make, Stmt, Store } from '../ir/types.js';
import type { Known } from './known.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, Substitution } from './rewrite.js';
import { Stored } from './stored.js';
import type { Uses } from './uses.js';

export const forwardStores: Pass = {
  name: 'forward-stores',
  needs: ['load', 'length'],
  run: (fn, known) => fnOf(fn, new Forwarding(known).block(fn.body)),
};

class Forwarding {
  private readonly substitution = new Substitution();
  private readonly stored: Stored;
  private readonly uses: Uses;

  constructor(known: Known) {
    this.stored = new Stored(known, this.substitution.atom);
    this.uses = known.uses;
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
    const stmt = this.replaced(before);
    if (stmt === undefined) return undefined;
    if (stmt.kind === 'load' || stmt.kind === 'length') {
      const found = stmt.kind === 'load' ? this.stored.available.get(stmt.object, stmt.key) : this.madeLength(stmt);
      if (found === undefined) return stmt;
      this.substitution.replace(stmt.target, found);
      return undefined;
    }
    if (isCompound(stmt)) return this.stored.blocks(before, stmt, (block) => this.block(block));
    this.stored.change(before);
    if (stmt.kind === 'store') this.learn(stmt);
    if (stmt.kind === 'make') this.made(stmt);
    return stmt;
  }

  private replaced(before: Stmt): Stmt | undefined {
    const stmt = this.substitution.stmt(before);
    if (stmt?.kind !== 'slice' || before.kind !== 'slice' || stmt.to === before.to) return stmt;
    const { definitions } = this.stored.memory;
    const to = definitions.get(before.to);
    const whole = to?.kind === 'length' && to.object === before.object && this.stored.memory.keepsLength(to.object);
    return whole ? { ...stmt, whole } : stmt;
  }

  private learn({ object, key, value, add }: Store): void {
    if (!add && this.stored.keeps(object, key, value)) this.stored.available.set(object, key, value);
  }

  private made({ target, parts }: Make): void {
    const { type } = target;
    parts.forEach((part, k) => {
      const name = type.kind === 'record' ? type.fields[k]?.name : undefined;
      const key: Key = name === undefined ? constant(k) : { kind: 'field', name };
      if (this.stored.keeps(target, key, part)) this.stored.available.set(target, key, part);
    });
  }

  /** The length of an array that keeps the one it was made with. */
  private madeLength({ object, target }: Length): Atom | undefined {
    const { memory } = this.stored;
    if (!memory.keepsLength(object)) return undefined;
    const stmt = memory.definitions.get(object);
    switch (stmt?.kind) {
      case 'alloc': {
        const length = this.substitution.atom(stmt.length);
        if (memory.whole.range(length)) return length;
        // A list of n elements has n elements or is not made at all; but the length of one of −0 elements is 0.
        const type = typeOf(object);
        const list = type.kind === 'array' && type.storage === 'list';
        return list && this.stored.isDefined(length) && this.uses.onlyCounts(target) ? length : undefined;
      }
      case 'make':
        return constant(stmt.parts.length);
      case 'slice':
      case 'view': {
        const to = this.substitution.atom(stmt.to);
        const whole = stmt.from.kind === 'const' && stmt.from.value === 0;
        return whole && memory.whole.range(to) ? to : undefined;
      }
      default: {
        const length = memory.mergedLength(object);
        return length && this.substitution.atom(length);
      }
    }
  }
}
