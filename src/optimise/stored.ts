/** What stores leave in objects, for walks in program order: which of them a load gives back exactly, and what arms agree on. */

import { sameAtom, typeOf } from '../ir/build.js';
import type { Atom, Block, Key, Stmt } from '../ir/types.js';
import { Available } from './available.js';
import type { Known } from './known.js';
import { sameKey, type Memory } from './memory.js';
import { withBlocks, type Compound } from './rewrite.js';
import type { ValueMembers } from '../ir/value.js';

interface Fact {
  readonly object: Atom;
  readonly key: Key;
  readonly atom: Atom;
}

export class Stored {
  readonly memory: Memory;
  readonly available: Available;
  private readonly doubtful: ValueMembers;

  /** `atom`: what stands for an atom at this point of the walk. */
  constructor(
    { memory, doubtful }: Known,
    private readonly atom: (atom: Atom) => Atom = (a) => a,
  ) {
    this.memory = memory;
    this.available = new Available(memory);
    this.doubtful = doubtful;
  }

  isDefined(atom: Atom): boolean {
    return atom.kind === 'value' ? !this.doubtful.has(atom) : atom.value !== undefined;
  }

  /** Forgets what a statement (as it was before any replacement) may change. */
  change(stmt: Stmt): void {
    this.available.change(this.memory.effects(stmt), this.atom);
  }

  /** Rebuilds the blocks of a statement with what is known in them, and leaves what is known after it. */
  blocks<S extends Compound>(before: Stmt, stmt: S, block: (inner: Block) => Block): S {
    const ends: (readonly Fact[])[] = [];
    const next = this.available.within(() => {
      // What was known before a loop is known inside only if no iteration changes it.
      if (stmt.kind !== 'if') this.change(before);
      return withBlocks(stmt, (inner) =>
        this.available.within(() => {
          const rebuilt = block(inner);
          ends.push(stmt.kind === 'if' ? this.constantsOf(inner) : []);
          return rebuilt;
        }),
      );
    });
    this.change(before);
    if (stmt.kind === 'if') this.agree(ends);
    return next;
  }

  /** Places that hold a constant at the end of an arm. */
  private constantsOf(arm: Block): readonly Fact[] {
    return arm.stmts.flatMap((stmt) => {
      if (stmt.kind !== 'store') return [];
      const object = this.atom(stmt.object);
      const key = stmt.key.kind === 'field' ? stmt.key : this.atom(stmt.key);
      const atom = this.available.get(object, key);
      return atom?.kind === 'const' ? [{ object, key, atom }] : [];
    });
  }

  private agree([then = [], otherwise = []]: readonly (readonly Fact[])[]): void {
    for (const { object, key, atom } of then) {
      const same = otherwise.some(
        (fact) => fact.object === object && sameKey(fact.key, key) && sameAtom(fact.atom, atom),
      );
      if (same) this.available.set(object, key, atom);
    }
  }

  /** Whether a load of `object[key]` gives back exactly what is stored there. */
  keeps(object: Atom, key: Key, stored: Atom): boolean {
    const type = typeOf(object);
    if (type.kind !== 'array' || type.storage === 'list') return true;
    if (!this.isDefined(stored)) return false;
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
}
