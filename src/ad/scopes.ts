/**
 * Where things are: the tree of blocks of a function body, the block and statement that define each value, and which
 * loads would read the same number again at the end of the forward sweep.
 */

import { absent, isConst, typeOf } from '../ir/build.js';
import { blocks, innerValues, results } from '../ir/visit.js';
import type { Atom, Block, Call, For, If, Key, Length, Load, Loop, Stmt, Store, Value } from '../ir/types.js';
import { keyName, type Aliases, type ObjectClass } from './alias.js';
import { append } from '../ir/lists.js';

export interface Scope {
  readonly block: Block;
  readonly parent: Scope | undefined;
  /** The statement this block belongs to; undefined for the function's body. */
  readonly owner: If | For | Loop | undefined;
  readonly depth: number;
  /** Rough number of times the block runs per call, for cost estimates. */
  readonly frequency: number;
}

export interface Definition {
  readonly scope: Scope;
  /** The statement that defines the value; undefined for parameters, indices and carried parameters. */
  readonly stmt: Stmt | undefined;
}

/** The loops around a scope, innermost first, up to but not including `outer`. */
export function loopsAround(scope: Scope, outer?: Scope): (For | Loop)[] {
  const loops: (For | Loop)[] = [];
  for (let at: Scope | undefined = scope; at && at !== outer; at = at.parent) {
    if (at.owner && at.owner.kind !== 'if') loops.push(at.owner);
  }
  return loops;
}

export const isInside = (scope: Scope, outer: Scope): boolean => {
  let at: Scope | undefined = scope;
  while (at && at.depth > outer.depth) at = at.parent;
  return at === outer;
};

interface Writer {
  readonly stmt: Stmt;
  readonly object: Atom;
  readonly key: Key | undefined; // undefined: any element
}

/** What is to know of the rest of the program. */
export interface Outside {
  /** Classes written by what a call calls. */
  readonly by: (stmt: Call) => Iterable<ObjectClass>;
  /** Classes that other functions write to, before the reverse sweep of this one. */
  readonly written: ReadonlySet<ObjectClass>;
  /** Classes of objects that calls have to do with. */
  readonly shared: ReadonlySet<ObjectClass>;
  /** Stores that may make a list longer. */
  readonly growing: ReadonlySet<Stmt>;
  /** Stores that may lie outside of a typed array, and change nothing then. */
  readonly dropped: ReadonlySet<Stmt>;
}

export class Scopes {
  readonly top: Scope;
  readonly of = new Map<Block, Scope>();
  readonly definitions = new Map<Value, Definition>();
  private readonly where = new Map<Stmt, Scope>();
  /** Position of each statement in program order; a statement spans those of its blocks. */
  private readonly span = new Map<Stmt, { readonly from: number; to: number }>();
  private readonly writers = new Map<ObjectClass, Writer[]>();
  private readonly resizers = new Map<ObjectClass, Writer[]>();
  private readonly stored = new Map<Value, Store>();
  /** Classes of arrays that share memory at an offset. */
  private readonly viewed = new Set<ObjectClass>();

  constructor(
    body: Block,
    params: readonly Value[],
    private readonly aliases: Aliases,
    readonly outside: Outside,
  ) {
    this.top = { block: body, parent: undefined, owner: undefined, depth: 0, frequency: 1 };
    for (const value of params) this.define(value, this.top, undefined);
    let position = 0;
    const visit = (scope: Scope) => {
      this.of.set(scope.block, scope);
      for (const stmt of scope.block.stmts) {
        const span = { from: position++, to: 0 };
        this.span.set(stmt, span);
        this.where.set(stmt, scope);
        for (const result of results(stmt)) this.define(result, scope, stmt);
        this.note(stmt);
        for (const block of blocks(stmt)) {
          const owner = stmt as If | For | Loop; // only these have blocks
          const frequency = scope.frequency * (stmt.kind === 'if' ? 0.5 : 10);
          const inner: Scope = { block, parent: scope, owner, depth: scope.depth + 1, frequency };
          for (const value of innerValues(stmt)) this.define(value, inner, undefined);
          visit(inner);
        }
        span.to = position++;
      }
    };
    visit(this.top);
  }

  define(value: Value, scope: Scope, stmt: Stmt | undefined): void {
    this.definitions.set(value, { scope, stmt });
  }

  definition(value: Value): Definition {
    const found = this.definitions.get(value);
    if (!found) throw new Error(`${value.name ?? 'a value'} has no definition`);
    return found;
  }

  scopeOf(stmt: Stmt): Scope {
    const found = this.where.get(stmt);
    if (!found) throw new Error(`a ${stmt.kind} that is in no block`);
    return found;
  }

  inner(block: Block): Scope {
    const found = this.of.get(block);
    if (!found) throw new Error('an unknown block');
    return found;
  }

  private note(stmt: Stmt): void {
    const add = (map: Map<ObjectClass, Writer[]>, object: Atom, key: Key | undefined) => {
      const root = this.aliases.of(object);
      append(map, root, { stmt, object, key });
    };
    if (stmt.kind === 'store') {
      add(this.writers, stmt.object, stmt.key);
      const isThere = !stmt.add && !this.outside.dropped.has(stmt);
      if (stmt.value.kind === 'value' && isThere) this.stored.set(stmt.value, stmt);
    }
    if (stmt.kind === 'view') [stmt.object, stmt.target].forEach((v) => this.viewed.add(this.aliases.of(v)));
    if (stmt.kind === 'call') {
      for (const object of this.outside.by(stmt)) {
        for (const map of [this.writers, this.resizers]) {
          append(map, object.root, { stmt, object: absent, key: undefined });
        }
      }
    }
    if (stmt.kind === 'pop' || stmt.kind === 'resize') add(this.writers, stmt.object, undefined);
    const resizes = stmt.kind === 'pop' || stmt.kind === 'resize' || stmt.kind === 'push';
    if (resizes || (stmt.kind === 'store' && this.outside.growing.has(stmt)))
      add(this.resizers, stmt.object, undefined);
  }

  classOf(reference: Atom): ObjectClass {
    return this.aliases.of(reference);
  }

  /**
   * All that changes the arrays of numbers of a class, if that is stores of elements in counted loops, none of which
   * makes a list longer.
   */
  storesOf(object: ObjectClass): readonly Store[] | undefined {
    if (this.outside.written.has(object) || this.outside.shared.has(object) || this.viewed.has(object))
      return undefined;
    if (this.resizersOf(object).length > 0) return undefined;
    const stores = this.writersOf(object).flatMap(({ stmt }) => (stmt.kind === 'store' ? [stmt] : []));
    const isPlain = (store: Store) => {
      const type = typeOf(store.object);
      const isExact =
        type.kind === 'array' && type.elem.kind === 'num' && (type.storage === 'f64' || type.storage === 'list');
      return isExact && loopsAround(this.scopeOf(store)).every((loop) => loop.kind === 'for');
    };
    return stores.length === this.writersOf(object).length && stores.every(isPlain) ? stores : undefined;
  }

  /** Whether a store does not come after something in the block of that, nor in the blocks inside of it. */
  isDone(store: Store, read: Load | Store): boolean {
    const [s, r] = [this.span.get(store), this.span.get(read)];
    if (s === undefined || r === undefined) return false;
    return s.from < r.from || !isInside(this.scopeOf(store), this.scopeOf(read));
  }

  /** Whether a statement may run before another one. */
  mayPrecede(a: Stmt, b: Stmt): boolean {
    const [first, second] = [this.span.get(a), this.span.get(b)];
    if (first === undefined || second === undefined) return true;
    return first.from < second.from || this.sharedLoops(a, b).length > 0;
  }

  writersOf(object: ObjectClass): readonly Writer[] {
    return this.writers.get(object.root) ?? [];
  }

  resizersOf(object: ObjectClass): readonly Writer[] {
    return this.resizers.get(object.root) ?? [];
  }

  /** Whether reading the same place once more after the whole body has run gives the same. */
  isStable(stmt: Load | Length): boolean {
    const root = this.aliases.of(stmt.object);
    if (this.outside.written.has(root)) return false;
    if (stmt.kind === 'length') {
      return this.resizersOf(root).every((writer) => !this.mayFollow(writer, stmt));
    }
    const type = typeOf(stmt.object);
    const name = keyName(type, stmt.key);
    return this.writersOf(root).every(
      (writer) =>
        (writer.key !== undefined && keyName(typeOf(writer.object), writer.key) !== name) ||
        !this.mayFollow(writer, stmt),
    );
  }

  /**
   * A place that holds the number `v` from its block's statements to the end of the forward sweep, or again in the
   * reverse of its block (`isRestored`), if there is one.
   */
  whereStored(v: Value, isRestored: (store: Store) => boolean): Store | undefined {
    const store = this.stored.get(v);
    if (!store || this.scopeOf(store) !== this.definition(v).scope) return undefined;
    const type = typeOf(store.object);
    const exact =
      type.kind === 'record' || (type.kind === 'array' && (type.storage === 'f64' || type.storage === 'list'));
    if (!exact) return undefined;
    if (isRestored(store)) return store;
    const name = keyName(type, store.key);
    if (this.outside.written.has(this.aliases.of(store.object))) return undefined;
    const kept = this.writersOf(this.aliases.of(store.object)).every(
      (writer) =>
        (writer.key !== undefined && keyName(typeOf(writer.object), writer.key) !== name) ||
        !this.mayFollow(writer, store),
    );
    return kept ? store : undefined;
  }

  /** Whether `writer` may, after `read` has run, touch the place that `read` read (or wrote). */
  private mayFollow(writer: Writer, read: Load | Length | Store): boolean {
    const w = this.span.get(writer.stmt);
    const r = this.span.get(read);
    if (!w || !r) return true;
    const key = read.kind === 'length' ? undefined : read.key;
    if (key && writer.key && distinctConstants(writer.key, key)) return false;
    const made = writer.object.kind === 'value' ? this.definition(writer.object) : undefined;
    const fresh = made?.stmt && ['alloc', 'make', 'slice'].includes(made.stmt.kind) ? made : undefined;
    // An object made after the reference that is read through came to be is another object.
    if (fresh && read.object.kind === 'value' && this.precedes(this.definition(read.object), fresh)) return false;

    // In one iteration of every loop around both?
    const apart = key && writer.key && this.differByConstant(writer.key, key);
    if (w.from > r.from && !apart && !this.inDifferentArms(writer.stmt, read)) return true;
    // In a later iteration of one of them?
    for (const loop of this.sharedLoops(writer.stmt, read)) {
      const body = this.inner(loop.body);
      if (fresh && isInside(fresh.scope, body)) continue; // made anew in that iteration
      if (key && writer.key && this.writtenBefore(loop, writer.key, key)) continue;
      return true;
    }
    return false;
  }

  /** Whether a value with definition `a` exists whenever the statement of `b` runs, since before it. */
  private precedes(a: Definition, b: Definition): boolean {
    if (!isInside(b.scope, a.scope)) return false;
    if (!a.stmt) return true;
    const [first, second] = [this.span.get(a.stmt), b.stmt && this.span.get(b.stmt)];
    return first !== undefined && second !== undefined && first.from < second.from;
  }

  /** Whether two keys are the same value plus different whole constants. */
  private differByConstant(a: Key, b: Key): boolean {
    const [p, q] = [this.plusConstant(a), this.plusConstant(b)];
    return p !== undefined && q !== undefined && p.base === q.base && p.offset !== q.offset;
  }

  private plusConstant(key: Key): { base: Value; offset: number } | undefined {
    if (key.kind !== 'value') return undefined;
    const { stmt } = this.definition(key);
    if (stmt?.kind === 'let' && (stmt.op === 'add' || stmt.op === 'sub')) {
      const [a, b] = stmt.args;
      const sign = stmt.op === 'add' ? 1 : -1;
      if (a?.kind === 'value' && b && isConst(b) && Number.isInteger(b.value)) {
        const inner = this.plusConstant(a);
        return inner && { base: inner.base, offset: inner.offset + sign * Number(b.value) };
      }
      if (stmt.op === 'add' && b?.kind === 'value' && a && isConst(a) && Number.isInteger(a.value)) {
        const inner = this.plusConstant(b);
        return inner && { base: inner.base, offset: inner.offset + Number(a.value) };
      }
    }
    return { base: key, offset: 0 };
  }

  private inDifferentArms(a: Stmt, b: Stmt): boolean {
    const arms = new Map<Stmt, Block>();
    for (let at: Scope | undefined = this.scopeOf(a); at; at = at.parent) {
      if (at.owner?.kind === 'if') arms.set(at.owner, at.block);
    }
    for (let at: Scope | undefined = this.scopeOf(b); at; at = at.parent) {
      if (at.owner?.kind === 'if') {
        const other = arms.get(at.owner);
        if (other && other !== at.block) return true;
      }
    }
    return false;
  }

  private sharedLoops(a: Stmt, b: Stmt): (For | Loop)[] {
    const around = new Set(loopsAround(this.scopeOf(b)));
    return loopsAround(this.scopeOf(a)).filter((loop) => around.has(loop));
  }

  /**
   * In a loop over i that writes element i + p and reads element i + q: is the element read in some iteration
   * never written in a later one? Upwards that is so if p >= q: it was written before (p > q) or in the same
   * iteration (p = q), where program order decides.
   */
  private writtenBefore(loop: For | Loop, write: Key, read: Key): boolean {
    if (loop.kind !== 'for') return false;
    const w = this.offset(write, loop);
    const r = this.offset(read, loop);
    if (!w || !r || w.base !== r.base) return false;
    return (w.offset - r.offset) * Math.sign(loop.step) >= 0;
  }

  /** `key` as index + base + offset, with the base fixed while the loop runs. */
  private offset(key: Key, loop: For): { base: Atom | undefined; offset: number } | undefined {
    if (key.kind === 'field') return undefined;
    if (key === loop.index) return { base: undefined, offset: 0 };
    if (key.kind !== 'value') return undefined;
    const { stmt } = this.definition(key);
    if (stmt?.kind !== 'let' || (stmt.op !== 'add' && stmt.op !== 'sub')) return undefined;
    const [a, b] = stmt.args;
    if (!a || !b) return undefined;
    for (const [p, q, swapped] of [
      [a, b, false],
      [b, a, true],
    ] as const) {
      const left = this.offset(p, loop);
      if (!left) continue;
      if (isConst(q) && typeof q.value === 'number' && Number.isInteger(q.value)) {
        if (stmt.op === 'sub' && swapped) continue;
        return { base: left.base, offset: left.offset + (stmt.op === 'add' ? q.value : -q.value) };
      }
      const fixed = q.kind === 'value' && !isInside(this.definition(q).scope, this.inner(loop.body));
      if (stmt.op === 'add' && fixed && left.base === undefined) return { base: q, offset: left.offset };
    }
    return undefined;
  }
}

function distinctConstants(a: Key, b: Key): boolean {
  if (a.kind === 'field' || b.kind === 'field') return a.kind === 'field' && b.kind === 'field' && a.name !== b.name;
  return isConst(a) && isConst(b) && a.value !== b.value;
}
