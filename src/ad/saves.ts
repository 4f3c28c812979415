/**
 * What the reverse sweep needs of loop bodies and arms: requested in a first walk, decided by a minimum cut,
 * then kept by editing the forward sweep.
 *
 * A saved value of an arm outside of loops becomes one more result of the if. A saved value of a nest of counted
 * loops whose sizes are known before the nest goes into an array with one element per innermost iteration. Any
 * other is pushed on a list and popped, since the reverse sweep goes exactly the other way.
 */

import { arrayOf, Builder, constant, defaultOf, freeName, isConst, one, typeOf, value, zero } from '../ir/build.js';
import { freeValues, operands } from '../ir/visit.js';
import type { Atom, Block, For, If, Load, Loop, Make, Op, Stmt, Store, Value } from '../ir/types.js';
import type { ObjectClass } from './alias.js';
import { counterOf } from './counters.js';
import { chooseSaved, type Candidate } from './keep.js';
import { iteration, tripCount, type ExitChain, type Facts } from './loops.js';
import type { Reverse } from './reverse.js';
import { isInside, loopsAround, type Scope, type Scopes } from './scopes.js';
import type { Augmented } from './shadows.js';
import { append } from '../ir/lists.js';

/** How a saved value is found again. */
type Place =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'array'; readonly array: Value; readonly loops: readonly For[]; readonly sizes: readonly Atom[] }
  | { readonly kind: 'list'; readonly list: Value };

/** Counted loops, outermost first, whose sizes are known in `container`, before `outer` starts. */
interface Nest {
  readonly outer: For;
  readonly container: Scope;
  readonly loops: readonly For[];
  readonly sizes: readonly Atom[];
  readonly total: Atom;
}

const opCost: Partial<Record<Op, number>> = {
  div: 4,
  rem: 6,
  sqrt: 5,
  neg: 1,
  add: 1,
  sub: 1,
  mul: 1,
  pow: 25,
  select: 2,
  unwrap: 0,
  abs: 1,
  num: 1,
};
const cheap: ReadonlySet<Op> = new Set<Op>([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'same',
  'and',
  'or',
  'not',
  'isNaN',
  'isFinite',
  'isInteger',
  'defined',
  'floor',
  'ceil',
  'trunc',
  'max',
  'min',
  'sign',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
]);
const costOf = (op: Op): number => opCost[op] ?? (cheap.has(op) ? 1 : 20);

export class Saves {
  decided = false;
  private readonly requested = new Set<Value>();
  private readonly restored = new Set<ObjectClass>();
  private readonly olds = new Map<Store, Value>();
  private saved = new Set<Value>();
  private readonly places = new Map<Value, Place>();
  private readonly byScope = new Map<Scope, Value[]>();
  private readonly tripCounts = new Map<Loop, { readonly trips: Value; readonly chain: ExitChain | undefined }>();
  private readonly lasts = new Map<Loop, Map<Value, Value>>();
  private readonly chains = new Map<Loop, ExitChain>();
  /** By innermost, then outermost loop. */
  private readonly nests = new Map<For, Map<For, Nest>>();

  constructor(
    private readonly scopes: Scopes,
    private readonly augmented: Augmented,
    readonly facts: Facts,
    /**
     * For a function that is called: where the lists that all its activations share are made. Other activations come in
     * between what an activation pushes, so it pushes at the end of each block: it pops at the start of its reverse.
     */
    private readonly shared?: Make[],
  ) {}

  // ------------------------------------------------------------ first walk

  request(v: Value): void {
    this.requested.add(v);
  }

  /** How many iterations a loop made; with an exit chain, how many it completed. */
  trips(loop: Loop, chain: ExitChain | undefined): Value {
    let found = this.tripCounts.get(loop);
    if (!found) {
      found = { trips: value({ kind: 'num' }, 'count'), chain };
      this.tripCounts.set(loop, found);
      this.scopes.define(found.trips, this.scopes.scopeOf(loop), loop);
      if (chain) this.chains.set(loop, chain);
    }
    return found.trips;
  }

  /** What a value of a loop's body was in the iteration that left the loop. */
  lastValue(loop: Loop, v: Value): Value {
    let known = this.lasts.get(loop);
    if (!known) this.lasts.set(loop, (known = new Map()));
    let last = known.get(v);
    if (!last) {
      last = value(v.type, v.name);
      known.set(v, last);
      this.scopes.define(last, this.scopes.scopeOf(loop), loop);
    }
    return last;
  }

  freeIn(block: Block): Set<Value> {
    return freeValues(block);
  }

  // ------------------------------------------------------------ what is overwritten

  /**
   * Arrays whose elements the reverse sweep reads in more places than they are overwritten in: what a store overwrites is
   * saved instead, and put back by the reverse of the store, so that the reverse of everything before it finds the array
   * as it was. Whether there are any; then the walk that requests values has to be made again.
   */
  restore(isOwn: (object: ObjectClass) => boolean): boolean {
    const reads = new Map<ObjectClass, Load[]>();
    for (const v of this.requested) {
      const { stmt } = this.scopes.definition(v);
      if (stmt?.kind !== 'load' || v.type.kind !== 'num' || this.scopes.isStable(stmt)) continue;
      const object = this.scopes.classOf(stmt.object);
      if (this.isDone(stmt, object)) append(reads, object, stmt);
    }
    const runs = (stmts: readonly Stmt[]) => stmts.reduce((sum, stmt) => sum + this.scopes.scopeOf(stmt).frequency, 0);
    for (const [object, loads] of reads) {
      const stores = isOwn(object) ? this.scopes.storesOf(object) : undefined;
      if (stores === undefined) continue;
      // What is stored may be read again, too.
      const before = [...loads, ...stores.filter((store) => store.value.kind === 'value')];
      const changes = stores.filter((store) => before.some((stmt) => this.scopes.mayPrecede(stmt, store)));
      if (runs(changes) >= runs(loads)) continue;
      this.restored.add(object);
      changes.forEach((store) => this.keepOld(store));
    }
    if (this.restored.size === 0) return false;
    this.requested.clear();
    return true;
  }

  private keepOld(store: Store): void {
    const { object, key, origin } = store;
    const old = value({ kind: 'num' }, 'old');
    const load: Load = { kind: 'load', target: old, object, key, origin };
    this.edits.before(store, [load]);
    this.scopes.define(old, this.scopes.scopeOf(store), load);
    this.olds.set(store, old);
  }

  /** The number that a store overwrites, if its reverse is to put it back. */
  oldOf(store: Store): Value | undefined {
    return this.olds.get(store);
  }

  /** Whether the reverse of the block of `read` finds what that has read, or stored. */
  private isRestored(read: Load | Store): boolean {
    const object = this.scopes.classOf(read.object);
    if (!this.restored.has(object) || !this.isDone(read, object)) return false;
    // Only what was known to be read again has its stores put back.
    const stores = this.scopes.storesOf(object) ?? [];
    return stores.every((store) => store === read || this.olds.has(store) || !this.scopes.mayPrecede(read, store));
  }

  private isDone(read: Load | Store, object: ObjectClass): boolean {
    return this.scopes.storesOf(object)?.every((store) => store === read || this.scopes.isDone(store, read)) === true;
  }

  // ------------------------------------------------------------ decision

  decide(): void {
    this.decided = true;
    this.saved = chooseSaved(this.requested, (v) => this.candidate(v));
    for (const [store, old] of this.olds) {
      if (!this.saved.delete(old)) continue;
      this.assign(old, (stmts) => this.edits.before(store, stmts));
    }
    for (const v of this.saved) this.assign(v);
  }

  private candidate(v: Value): Candidate<Value> | undefined {
    const { scope, stmt } = this.scopes.definition(v);
    if (scope.depth === 0) return undefined;
    if (!stmt && scope.owner?.kind === 'for' && scope.owner.index === v) return undefined;
    const inLoop = loopsAround(scope).length > 0;
    // In a loop: a store, a load, and the memory that goes by in between, which no cache holds for long.
    const save = (inLoop ? (v.type.kind === 'num' ? 12 : 5) : 2) * scope.frequency;
    const again = stmt ? this.recomputation(stmt) : this.recount(v);
    return { save, again: again && { ...again, cost: again.cost * scope.frequency } };
  }

  private recount(v: Value): { cost: number; operands: readonly Value[] } | undefined {
    const counter = counterOf(v, this.scopes);
    if (!counter) return undefined;
    const { loop, init } = counter;
    return { cost: 2, operands: [init, loop.from].filter((atom) => atom.kind === 'value') };
  }

  /** Where a number that is dear to compute can be read again instead: the primal has stored it. */
  reread(stmt: Stmt): Store | undefined {
    if (stmt.kind !== 'let' || costOf(stmt.op) <= 2) return undefined;
    return this.scopes.whereStored(stmt.target, (store) => this.isRestored(store));
  }

  private recomputation(stmt: Stmt, isNested = false): { cost: number; operands: readonly Value[] } | undefined {
    const values = (atoms: readonly Atom[]) => atoms.filter((atom) => atom.kind === 'value');
    switch (stmt.kind) {
      case 'let': {
        const kept = this.reread(stmt);
        if (kept) return { cost: 2, operands: values(operands(kept).slice(0, -1)) };
        // An array of numbers that keeps the operand would make NaN of `undefined`.
        if (stmt.op === 'defined' && stmt.args.some((arg) => typeOf(arg).kind !== 'optional')) return undefined;
        return { cost: costOf(stmt.op), operands: values(stmt.args) };
      }
      case 'load':
      case 'length': {
        const primal = this.augmented.twins.get(stmt) ?? stmt;
        if (primal.kind !== 'load' && primal.kind !== 'length') return undefined;
        const isThere =
          this.scopes.isStable(primal) || (primal.kind === 'load' && !isNested && this.isRestored(primal));
        if (!isThere) return undefined;
        return { cost: stmt.kind === 'load' ? 2 : 1, operands: values(operands(stmt)) };
      }
      case 'view':
        return { cost: 3, operands: values(operands(stmt)) };
      case 'if': {
        // A choice between a few simple values is computed again as a whole.
        let cost = 1;
        for (const inner of [...stmt.then.stmts, ...stmt.else.stmts]) {
          const part =
            inner.kind === 'let' || inner.kind === 'load' || inner.kind === 'length'
              ? this.recomputation(inner, true)
              : undefined;
          if (!part) return undefined;
          cost += part.cost;
        }
        return { cost, operands: [...values([stmt.cond]), ...freeValues(stmt.then), ...freeValues(stmt.else)] };
      }
      default:
        return undefined;
    }
  }

  // ------------------------------------------------------------ places

  private readonly edits = new Edits();

  /** Finds a place for a value; `put` says where the statements that save it go, by default behind its definition. */
  private assign(v: Value, put?: (stmts: readonly Stmt[]) => void): void {
    const { scope, stmt } = this.scopes.definition(v);
    append(this.byScope, scope, v);
    const loops = loopsAround(scope);
    if (loops.length === 0) {
      this.places.set(v, { kind: 'value', value: this.expose(v, scope) });
      return;
    }
    const b = new Builder(stmt?.origin);
    const nest = this.nest(loops);
    if (nest) {
      const { outer, container, total, sizes } = nest;
      const elem = v.type.kind;
      const before = new Builder(outer.origin);
      const type = arrayOf(v.type, elem === 'num' ? 'f64' : elem === 'bool' ? 'u8' : 'list');
      const array = before.alloc(type, total, undefined, savedName(v));
      this.edits.before(outer, before.stmts);
      this.scopes.define(array, container, undefined);
      if (container.depth > 0) this.assign(array, (stmts) => this.edits.before(outer, stmts));
      this.places.set(v, { kind: 'array', array, loops: nest.loops, sizes });
      const indices = nest.loops.map((loop) => loop.index);
      b.store(array, linear(b, nest.loops, sizes, indices), v);
    } else {
      const list = value(arrayOf(v.type), this.listName(v));
      const made: Make = { kind: 'make', target: list, parts: [], origin: b.origin };
      if (this.shared) this.shared.push(made);
      else this.edits.start(this.scopes.top.block, [made]);
      this.scopes.define(list, this.scopes.top, undefined);
      this.places.set(v, { kind: 'list', list });
      b.push({ kind: 'push', object: list, value: v, origin: b.origin });
    }
    this.insert(v, b.stmts, put);
  }

  /** Where the statements that save `v` stand: behind its definition, or at the start of what only completed iterations reach. */
  private insert(v: Value, stmts: readonly Stmt[], put?: (stmts: readonly Stmt[]) => void): void {
    const { scope, stmt } = this.scopes.definition(v);
    for (const chain of this.chains.values()) {
      const rest = this.scopes.inner(chain.rest);
      const first = chain.exits[0];
      if (first && scope !== rest && isInside(rest, scope) && isInside(scope, this.scopes.scopeOf(first.stmt))) {
        if (this.shared) this.edits.end(chain.rest, stmts);
        else this.edits.start(chain.rest, stmts);
        return;
      }
    }
    if (this.shared && !this.isStored(stmts)) this.edits.end(scope.block, stmts);
    else if (put) put(stmts);
    else if (stmt) this.edits.after(stmt, stmts);
    else this.edits.start(scope.block, stmts);
  }

  /** What activations share has one name in all the functions that it is passed to. */
  private listName(v: Value): string {
    const taken = new Set(this.shared?.map(({ target }) => target.name));
    return freeName(savedName(v), (other) => taken.has(other));
  }

  /** Saved by a store in an array, at a place of its own: whenever. */
  private isStored(stmts: readonly Stmt[]): boolean {
    return stmts.at(-1)?.kind === 'store';
  }

  /**
   * The largest nest of counted loops around a value (given innermost first) whose sizes are known before it starts.
   * It is saved in one array per run of the nest; an array in a loop is saved in turn.
   */
  private nest(loops: readonly (For | Loop)[]): Nest | undefined {
    const uncounted = loops.findIndex((loop) => loop.kind === 'loop');
    const counted = (uncounted < 0 ? loops : loops.slice(0, uncounted)).filter((loop) => loop.kind === 'for');
    for (let count = counted.length; count > 0; count--) {
      const found = this.nestOf(counted.slice(0, count).toReversed());
      if (found) return found;
    }
    return undefined;
  }

  /** Sizes of a nest of loops, outermost first. */
  private nestOf(loops: readonly For[]): Nest | undefined {
    const [outer] = loops;
    const inner = loops.at(-1);
    if (!outer || !inner) return undefined;
    const known = this.nests.get(inner)?.get(outer);
    if (known) return known;
    const container = this.scopes.scopeOf(outer);
    const b = new Builder(outer.origin);
    const sizes: Atom[] = [];
    for (const loop of loops) {
      const bounds = this.widest(loop, loops, container, b);
      if (!bounds) return undefined;
      this.defineAll(b, container);
      sizes.push(tripCount(b, bounds, this.facts));
    }
    let total: Atom = one;
    for (const size of sizes) total = times(b, total, size);
    this.edits.before(outer, b.stmts);
    this.defineAll(b, container);
    const nest = { outer, container, loops, sizes, total };
    this.nests.set(inner, (this.nests.get(inner) ?? new Map<For, Nest>()).set(outer, nest));
    // Inner sizes are strides, which the reverse sweep needs too.
    for (const size of sizes.slice(1)) {
      if (size.kind !== 'value' || container.depth === 0 || this.places.has(size)) continue;
      if (this.scopes.definition(size).scope === container)
        this.assign(size, (stmts) => this.edits.before(outer, stmts));
    }
    return nest;
  }

  private defineAll(b: Builder, scope: Scope): void {
    for (const stmt of b.stmts) if (stmt.kind === 'let') this.scopes.define(stmt.target, scope, stmt);
  }

  /** Bounds, at hand in `container`, that hold all indices a loop may run through while the nest runs. */
  private widest(
    loop: For,
    nest: readonly For[],
    container: Scope,
    b: Builder,
  ): Pick<For, 'from' | 'to' | 'compare' | 'step'> | undefined {
    const extreme = (atom: Atom, high: boolean): Atom | undefined => {
      if (atom.kind === 'const') return atom;
      const { scope, stmt } = this.scopes.definition(atom);
      if (isInside(container, scope)) return atom;
      const around = nest.find((outer) => outer.index === atom);
      if (around) {
        if (around.step > 0 !== high) return extreme(around.from, high);
        const last = extreme(around.to, high);
        const inclusive = around.compare === '<=' || around.compare === '>=';
        if (!last || inclusive) return last;
        return isConst(last)
          ? constant(Number(last.value) - Math.sign(around.step))
          : b.op(high ? 'sub' : 'add', [last, one]);
      }
      if (stmt?.kind !== 'let') return undefined;
      const [x, y] = stmt.args;
      if (!x || !y) return undefined;
      const [p, q] = [extreme(x, high), extreme(y, stmt.op === 'sub' ? !high : high)];
      if (!p || !q) return undefined;
      if (stmt.op === 'mul') {
        const scale = isConst(x) ? x : isConst(y) ? y : undefined;
        return scale && Number(scale.value) >= 0 ? b.op('mul', [p, q]) : undefined;
      }
      return ['add', 'sub', 'max', 'min'].includes(stmt.op) ? b.op(stmt.op, [p, q]) : undefined;
    };
    const up = loop.step > 0;
    const [from, to] = [extreme(loop.from, !up), extreme(loop.to, up)];
    return from && to && { from, to, compare: loop.compare, step: loop.step };
  }

  /** A value of an arm as a value of the function's own block: one more result of each if around it. */
  private expose(v: Value, scope: Scope): Value {
    let shown = v;
    for (let at = scope; at.owner; at = at.parent ?? this.scopes.top) {
      if (at.owner.kind !== 'if') throw new Error('only values outside of loops are exposed');
      const result = value(v.type, v.name);
      const other = defaultOf(v.type);
      const inThen = at.block === at.owner.then;
      this.edits.result(at.owner, { result, then: inThen ? shown : other, else: inThen ? other : shown });
      shown = result;
    }
    this.scopes.define(shown, this.scopes.top, undefined);
    return shown;
  }

  // ------------------------------------------------------------ second walk

  /** Fetches everything saved in the block that `at` reverses. */
  fetch(at: Reverse): void {
    if (!this.decided) return;
    for (const v of this.byScope.get(at.scope) ?? []) {
      const place = this.places.get(v);
      if (place?.kind === 'value') at.values.set(v, place.value);
    }
    for (const v of this.byScope.get(at.scope) ?? []) {
      const place = this.places.get(v);
      const b = at.prelude;
      if (place?.kind === 'array') {
        const index = linear(
          b,
          place.loops,
          place.sizes.map((size) => at.need(size)),
          place.loops.map((loop) => at.need(loop.index)),
          (atom) => at.need(atom),
        );
        const target = value(v.type, v.name);
        const load = { kind: 'load', target, object: at.need(place.array), key: index, origin: b.origin } as const;
        b.push(this.isMade(v) ? { ...load, inside: true } : load);
        at.values.set(v, target);
      } else if (place?.kind === 'list') {
        const target = value(v.type, v.name);
        b.push({ kind: 'pop', target, object: place.list, origin: b.origin });
        at.values.set(v, target);
      }
    }
  }

  /** Whether a reference is certainly there. */
  private isMade(v: Value): boolean {
    const { stmt } = this.scopes.definition(v);
    return stmt?.kind === 'alloc' || stmt?.kind === 'make' || stmt?.kind === 'slice';
  }

  // ------------------------------------------------------------ forward sweep

  /** The forward sweep with everything saved that the reverse sweep fetches. */
  edit(body: Block): Block {
    for (const [loop, { trips, chain }] of this.tripCounts) this.count(loop, trips, chain);
    for (const [loop, values] of this.lasts) for (const [v, last] of values) this.keepLast(loop, v, last);
    return this.edits.apply(body);
  }

  private count(loop: Loop, trips: Value, chain: ExitChain | undefined): void {
    const param = value({ kind: 'num' }, 'count');
    const b = new Builder(loop.origin);
    const next = b.op('add', [param, one], 'count');
    this.edits.end(chain?.rest ?? loop.body, b.stmts);
    const carried = chain ? this.thread(chain, next, () => param) : next;
    this.edits.carry(loop, { param, init: zero, next: carried, result: trips });
  }

  private keepLast(loop: Loop, v: Value, last: Value): void {
    const chain = this.chains.get(loop);
    if (!chain) throw new Error('only loops with an exit chain have a last iteration');
    const param = value(v.type, v.name);
    const { scope } = this.scopes.definition(v);
    const next = this.thread(chain, param, (arm) => (isInside(this.scopes.inner(arm), scope) ? v : param));
    this.edits.carry(loop, { param, init: defaultOf(v.type), next, result: last });
  }

  /** Passes `inside` out of a chain's rest through its exits, where `leaving` gives what each exit passes. */
  private thread(chain: ExitChain, inside: Atom, leaving: (arm: Block) => Atom): Atom {
    let passed = inside;
    for (const { stmt, leaves } of chain.exits.toReversed()) {
      const out = leaving(stmt[leaves]);
      const result = value(typeOf(inside), inside.kind === 'value' ? inside.name : undefined);
      this.edits.result(stmt, {
        result,
        then: leaves === 'then' ? out : passed,
        else: leaves === 'then' ? passed : out,
      });
      passed = result;
    }
    return passed;
  }
}

const savedName = (v: Value): string => (v.name === undefined ? 'saved' : `${v.name}Saved`);

const times = (b: Builder, x: Atom, y: Atom): Atom => {
  if (isConst(x) && isConst(y)) return constant(Number(x.value) * Number(y.value));
  if (isConst(x, 1)) return y;
  return isConst(y, 1) ? x : b.op('mul', [x, y]);
};

/** Number of the innermost iteration within its nest. */
function linear(
  b: Builder,
  loops: readonly For[],
  sizes: readonly Atom[],
  indices: readonly Atom[],
  atom: (a: Atom) => Atom = (a) => a,
): Atom {
  let place: Atom | undefined;
  loops.forEach((loop, k) => {
    const position = iteration(b, { from: atom(loop.from), step: loop.step }, indices[k] ?? zero);
    place = place === undefined ? position : b.op('add', [times(b, place, sizes[k] ?? one), position]);
  });
  return place ?? zero;
}

interface Result {
  readonly result: Value;
  readonly then: Atom;
  readonly else: Atom;
}
interface Carry {
  readonly param: Value;
  readonly init: Atom;
  readonly next: Atom;
  readonly result: Value;
}

/** Changes to a body, collected and then made in one go. */
class Edits {
  private readonly beforeOf = new Map<Stmt, Stmt[]>();
  private readonly afterOf = new Map<Stmt, Stmt[]>();
  private readonly startOf = new Map<Block, Stmt[]>();
  private readonly endOf = new Map<Block, Stmt[]>();
  private readonly resultsOf = new Map<If, Result[]>();
  private readonly carriedOf = new Map<Stmt, Carry[]>();

  private add<K, V>(map: Map<K, V[]>, key: K, more: readonly V[]): void {
    for (const item of more) append(map, key, item);
  }
  before(stmt: Stmt, stmts: readonly Stmt[]): void {
    this.add(this.beforeOf, stmt, stmts);
  }
  after(stmt: Stmt, stmts: readonly Stmt[]): void {
    this.add(this.afterOf, stmt, stmts);
  }
  start(block: Block, stmts: readonly Stmt[]): void {
    this.add(this.startOf, block, stmts);
  }
  end(block: Block, stmts: readonly Stmt[]): void {
    this.add(this.endOf, block, stmts);
  }
  result(stmt: If, result: Result): void {
    this.add(this.resultsOf, stmt, [result]);
  }
  carry(stmt: For | Loop, carry: Carry): void {
    this.add(this.carriedOf, stmt, [carry]);
  }

  apply(block: Block, more: readonly Atom[] = []): Block {
    const stmts = block.stmts.flatMap((stmt) => [
      ...(this.beforeOf.get(stmt) ?? []),
      this.stmt(stmt),
      ...(this.afterOf.get(stmt) ?? []),
    ]);
    return {
      stmts: [...(this.startOf.get(block) ?? []), ...stmts, ...(this.endOf.get(block) ?? [])],
      yields: [...block.yields, ...more],
    };
  }

  private stmt(stmt: Stmt): Stmt {
    if (stmt.kind === 'if') {
      const extra = this.resultsOf.get(stmt) ?? [];
      return {
        ...stmt,
        then: this.apply(
          stmt.then,
          extra.map((r) => r.then),
        ),
        else: this.apply(
          stmt.else,
          extra.map((r) => r.else),
        ),
        results: [...stmt.results, ...extra.map((r) => r.result)],
      };
    }
    if (stmt.kind === 'for' || stmt.kind === 'loop') {
      const extra = this.carriedOf.get(stmt) ?? [];
      return {
        ...stmt,
        carried: [...stmt.carried, ...extra.map(({ param, init }) => ({ param, init }))],
        body: this.apply(
          stmt.body,
          extra.map(({ next }) => next),
        ),
        results: [...stmt.results, ...extra.map(({ result }) => result)],
      };
    }
    return stmt;
  }
}
