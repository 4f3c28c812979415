/**
 * Two loops of the function's own block that run through the same indices become one, and lists that the first fills
 * for the second are not kept: an element is what this iteration or the one before has made.
 *
 *     for i < n: xs[i + 1] = x = h(x)             for i < n:
 *     for i < n: use(xs[i], xs[i + 1])      →       next = h(x); use(x, next); x = next
 *
 * Legal if no iteration of the second looks at an element that the first has not filled by then: its offset from the
 * index is not greater. Only for bodies that read, compute and fill lists; before operators are expanded.
 */

import { sameAtom } from '../ir/build.js';
import { operands, results, statements, substitute } from '../ir/visit.js';
import type { Atom, Block, Fn, For, Key, Stmt, Store, Value } from '../ir/types.js';
import { affine } from '../ir/affine.js';
import { type Pass } from './pass.js';
import { Definitions } from './rewrite.js';

export const fuseLoops: Pass = {
  name: 'fuse-loops',
  needs: ['for'],
  run: (fn: Fn): Fn => {
    const { stmts } = fn.body;
    const fusion = new Fusion(fn);
    for (let at = 0; at < stmts.length; at++) {
      const fused = fusion.from(at);
      if (fused !== undefined) return { ...fn, body: { ...fn.body, ...fused } };
    }
    return fn;
  },
};

class Fusion {
  private readonly definitions = new Definitions();
  private readonly lists: ReadonlySet<Atom>;

  constructor(private readonly fn: Fn) {
    const all = statements(fn.body);
    all.forEach((stmt) => this.definitions.add(stmt));
    this.lists = localLists(fn, all);
  }

  /** The function's body with the loop at a place and a later one fused; undefined if there is no such pair. */
  from(at: number): Block | undefined {
    const { stmts, yields } = this.fn.body;
    const first = stmts[at];
    if (first?.kind !== 'for' || !this.isPlain(first.body)) return undefined;
    const stores = storesOf(first.body);
    /** What depends on the first loop. */
    const late = new Set<Atom>(first.results);
    const [before, after]: [Stmt[], Stmt[]] = [[], []];
    for (let next = at + 1; next < stmts.length; next++) {
      const stmt = stmts[next];
      if (stmt === undefined) return undefined;
      if (stmt.kind === 'for' && this.fits(first, stores, stmt, late)) {
        const fused = this.fused(first, stmt);
        const rest = stmts.slice(next + 1);
        const known = new Map<Value, Atom>();
        for (const load of before) {
          const initial = load.kind === 'load' ? this.storedAt(load.object, load.key, at) : undefined;
          if (load.kind === 'load' && initial) known.set(load.target, initial);
        }
        const contracted = this.contracted(fused, [first.index, stmt.index], at);
        const body = [...stmts.slice(0, at), ...before, contracted, ...after, ...rest];
        return substitute({ stmts: body, yields }, known);
      }
      if (!isPure(stmt)) return undefined;
      if (operands(stmt).some((atom) => late.has(atom)) || this.looksAt(stmt, first, stores)) {
        results(stmt).forEach((v) => late.add(v));
        after.push(stmt);
      } else before.push(stmt);
    }
    return undefined;
  }

  /** Whether a statement between the loops reads what the first one stores. */
  private looksAt(stmt: Stmt, first: For, stores: readonly Store[]): boolean {
    if (stmt.kind !== 'load') return false;
    return stores.some(({ object, key }) => {
      if (object !== stmt.object) return false;
      const offset = this.offset(key, [first.index]);
      if (offset === undefined || first.step < 0 || !isKnown(first.from) || !isKnown(stmt.key)) return true;
      // The loop stores from `from + offset` on.
      return stmt.key.value >= first.from.value + offset;
    });
  }

  /** Reads, computes, and fills lists that nobody else knows. */
  private isPlain(body: Block): boolean {
    return body.stmts.every(
      (stmt) => isPure(stmt) || (stmt.kind === 'store' && !stmt.add && this.lists.has(stmt.object)),
    );
  }

  private fits(first: For, stores: readonly Store[], second: For, late: ReadonlySet<Atom>): boolean {
    if (!sameRange(first, second)) return false;
    const inner = [...second.body.stmts.flatMap(operands), ...second.body.yields];
    if ([...operands(second), ...inner].some((atom) => late.has(atom))) return false;
    return second.body.stmts.every((stmt) => {
      if (!isPure(stmt)) return false;
      if (stmt.kind === 'length') return !stores.some(({ object }) => object === stmt.object);
      if (stmt.kind !== 'load') return true;
      return stores.every(({ object, key }) => {
        if (object !== stmt.object) return true;
        const [written, read] = [this.offset(key, [first.index]), this.offset(stmt.key, [second.index])];
        return written !== undefined && read !== undefined && read <= written;
      });
    });
  }

  /** How far a key is from the index of a loop. */
  private offset(key: Key, indices: readonly Value[]): number | undefined {
    if (key.kind === 'field') return undefined;
    const { base, offset } = affine(this.definitions, key);
    return indices.some((index) => index === base) ? offset : undefined;
  }

  private fused(first: For, second: For): For {
    const { stmts, yields } = substitute(second.body, new Map([[second.index, first.index]]));
    return {
      ...first,
      carried: [...first.carried, ...second.carried],
      body: { stmts: [...first.body.stmts, ...stmts], yields: [...first.body.yields, ...yields] },
      results: [...first.results, ...second.results],
    };
  }

  /** The value that the function's own block has stored before statement `at`, if that store is the only one there. */
  private storedAt(object: Atom, key: Key, at: number): Atom | undefined {
    if (!this.lists.has(object) || !isKnown(key)) return undefined;
    const stored = this.fn.body.stmts
      .slice(0, at)
      .filter((stmt): stmt is Store => stmt.kind === 'store' && stmt.object === object);
    const others = statements(this.fn.body).filter((stmt) => stmt.kind === 'store' && stmt.object === object);
    const [only] = stored;
    if (!only || stored.length !== 1 || others.length > 2 || only.key.kind === 'field') return undefined;
    return sameAtom(only.key, key) ? only.value : undefined;
  }

  /** Loads of what this or the last iteration has stored. */
  /** Without loads of what this or the last iteration has stored. Keys still count from `indices`, those of both loops. */
  private contracted(loop: For, indices: readonly Value[], at: number): For {
    const known = new Map<Value, Atom>();
    const stores = storesOf(loop.body);
    loop.body.stmts.forEach((load, place) => {
      if (load.kind !== 'load' || loop.step !== 1) return;
      const [store, ...others] = stores.filter(({ object }) => object === load.object);
      if (!store || others.length > 0 || loop.body.stmts.indexOf(store) > place) return;
      const [written, read] = [this.offset(store.key, indices), this.offset(load.key, indices)];
      if (written === undefined || read === undefined) return;
      const stored = written === read ? store.value : undefined;
      const before = written === read + 1 ? this.carriedOf(loop, store, read, at) : undefined;
      const found = stored ?? before;
      if (found) known.set(load.target, found);
    });
    return { ...loop, body: substitute(loop.body, known) };
  }

  /** What the loop carries of what the iteration before has stored, where the first finds what was stored before the loop. */
  private carriedOf(loop: For, store: Store, offset: number, at: number): Value | undefined {
    if (!isKnown(loop.from)) return undefined;
    const initial = this.storedAt(store.object, { kind: 'const', value: loop.from.value + offset }, at);
    const k = loop.body.yields.findIndex((atom, j) => atom === store.value && loop.carried[j]?.init === initial);
    return initial === undefined ? undefined : loop.carried[k]?.param;
  }
}

const isKnown = (key: Key): key is { kind: 'const'; value: number } =>
  key.kind === 'const' && typeof key.value === 'number';

const sameRange = (a: For, b: For): boolean =>
  sameAtom(a.from, b.from) && sameAtom(a.to, b.to) && a.compare === b.compare && a.step === b.step;

const storesOf = ({ stmts }: Block): readonly Store[] => stmts.filter((stmt) => stmt.kind === 'store');

function isPure(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case 'let':
    case 'load':
    case 'length':
    case 'linear':
      return true;
    case 'derive':
      return stmt.into === undefined;
    default:
      return false;
  }
}

/** Lists made by the function that are only read and stored to, element by element: nothing else can know them. */
function localLists(fn: Fn, all: readonly Stmt[]): ReadonlySet<Atom> {
  const lists = new Set<Atom>(all.flatMap((stmt) => (stmt.kind === 'alloc' ? [stmt.target] : [])));
  const drop = (atom: Atom) => lists.delete(atom);
  fn.body.yields.forEach(drop);
  for (const stmt of all) {
    for (const atom of operands(stmt)) {
      const isObject = 'object' in stmt && stmt.object === atom && (stmt.kind === 'load' || stmt.kind === 'store');
      const isValue = stmt.kind === 'store' && stmt.value === atom;
      if (!(isObject && !isValue) && stmt.kind !== 'length') drop(atom);
    }
    if (stmt.kind === 'for' || stmt.kind === 'loop') stmt.body.yields.forEach(drop);
    if (stmt.kind === 'if') [stmt.then, stmt.else].forEach((arm) => arm.yields.forEach(drop));
  }
  return lists;
}
