/**
 * The reverse sweep: a walk backwards through the primal, block by block and statement by statement, that appends the
 * reverse of each. See `vjp.ts` for what becomes of what.
 */

import {
  absent,
  Builder,
  constant,
  emptyElement,
  emptySum,
  field,
  isConst,
  num,
  typeOf,
  value,
  writableThroughout,
  zero,
} from '../ir/build.js';
import { askedLoads } from '../ir/maybe-undefined.js';
import {
  addInto,
  checkShape,
  copyAs,
  copyOf,
  holdsSingles,
  isNumber,
  isReference,
  tangentType,
  zerosLike,
} from '../ir/structure.js';
import { blocks } from '../ir/visit.js';
import type { ArrayType, Atom, Block, Call, Fn, For, If, Key, Loop, Resize, Stmt, Type, Value } from '../ir/types.js';
import { partialOf, type Site } from '../rules/scalar.js';
import { shadowType, type Activity } from './activity.js';
import { keyName, type Aliases } from './alias.js';
import { type ActiveCalls, fieldNames, reverseType } from './calls.js';
import { literalNumber } from './jvp.js';
import type { InPlace, Reversed } from './in-place.js';
import { exitChain, reversed, type ExitChain } from './loops.js';
import { Reverse } from './reverse.js';
import type { Saves } from './saves.js';
import { barOf, reverseName, type Augmented } from './shadows.js';
import type { Scopes } from './scopes.js';
import { findUpdates } from './updates.js';
import { overwritten, growsOutside } from './writes.js';

/** One walk backwards through the (augmented) primal. */
export class Sweep {
  private readonly touches = new Map<Stmt, boolean>();
  private readonly chains = new Map<Loop, ExitChain | undefined>();
  /** Loads that may find nothing in a program that asks: their cotangents have no place. */
  private readonly missing: ReadonlySet<Value>;
  /** Loads and stores of elements that are added to. */
  private readonly updates: ReadonlySet<Stmt>;

  constructor(
    private readonly fn: Fn,
    private readonly aliases: Aliases,
    private readonly activity: Activity,
    private readonly local: ReadonlySet<Value>,
    private readonly given: ReadonlyMap<Value, Value>,
    private readonly augmented: Augmented,
    private readonly scopes: Scopes,
    private readonly saves: Saves,
    private readonly calls: ActiveCalls,
    private readonly inPlace: ReadonlyMap<Value, InPlace>,
    private readonly done: ReadonlyMap<Value, Reversed>,
  ) {
    this.missing = askedLoads(fn);
    this.updates = findUpdates(fn, aliases, activity);
  }

  /** The reverse of one activation of a helper: the cotangents of its active numbers, from that of its result. */
  activation(body: Block, result: Atom | undefined, cotangent: Atom | undefined): { b: Builder; cotangents: Atom[] } {
    const inner = Reverse.top(this.scopes, this.saves, new Builder(this.fn.origin)).loop(this.scopes.inner(body), []);
    if (result && cotangent) inner.accumulate(result, cotangent);
    this.block(body, inner);
    const cotangents = this.calls.activeNumbers(this.fn).map((param) => inner.take(param) ?? emptySum);
    inner.close();
    return { b: inner.b, cotangents };
  }

  run(b: Builder, result: Atom, cotangent: Atom, guards: boolean): Map<Value, Atom> {
    const { fn, activity } = this;
    const top = Reverse.top(this.scopes, this.saves, b);
    const resultType = tangentType(typeOf(result));
    if (resultType !== undefined && isReference(resultType)) {
      if (guards) checkShape(top.prelude, 'cotangent', cotangent, result);
      if (activity.active(result)) this.seedResult(top, result, cotangent);
    } else if (activity.active(result)) top.accumulate(result, cotangent);

    this.block(this.scopes.top.block, top);

    const cotangents = new Map<Value, Atom>();
    for (const { value: param, active } of fn.params) {
      const type = tangentType(param.type);
      if (!active || type === undefined) continue;
      if (!isReference(param.type)) cotangents.set(param, top.take(param) ?? emptySum);
      else if (activity.active(param)) {
        const shadow = this.shadow(param, top);
        if (!this.given.has(param) && growsOutside(shadow, param, this.aliases, this.scopes)) {
          // An element read past the end must not lengthen the cotangent.
          top.b.push({ kind: 'resize', object: shadow, length: top.b.length(param), origin: undefined });
        }
        // Sums of a Float32Array's cotangents are kept in doubles and rounded once, here.
        cotangents.set(
          param,
          holdsSingles(type) && !this.given.has(param) ? copyAs(top.b, shadow, type, barOf(param.name)) : shadow,
        );
      } else cotangents.set(param, this.given.get(param) ?? zerosLike(top.b, param, type, barOf(param.name), emptySum));
    }
    top.close();
    return cotangents;
  }

  private seedResult(top: Reverse, result: Atom, cotangent: Atom): void {
    if (result.kind === 'value' && this.local.has(result)) {
      const { stmt } = this.scopes.definition(result);
      if (stmt) {
        // Nothing is ever added to or cleared in the result's cotangent: read the one that was passed.
        const readOnly = !overwritten(result, this.aliases, this.scopes, this.activity).changes;
        if (!holdsSingles(typeOf(cotangent))) {
          top.shadows.set(result, readOnly ? cotangent : copyOf(top.prelude, cotangent, barOf(result.name)));
          return;
        }
      }
    }
    addInto(top.prelude, this.shadow(result, top), cotangent);
  }

  // ------------------------------------------------------------ shadows

  /** The object of cotangents of a reference. */
  private shadow(reference: Atom, at: Reverse): Atom {
    if (reference.kind === 'const') return reference;
    if (!this.local.has(reference)) {
      const linked = this.augmented.linked.get(reference);
      if (!linked) throw new Error(`no shadow for ${reference.name ?? 'a reference'}`);
      return at.need(linked);
    }
    const { scope, stmt } = this.scopes.definition(reference);
    const home = at.at(scope);
    const found = home.shadows.get(reference);
    if (found) return found;
    const shadow = this.makeLocal(reference, stmt, home);
    home.shadows.set(reference, shadow);
    return shadow;
  }

  private makeLocal(reference: Value, stmt: Stmt | undefined, home: Reverse): Atom {
    const name = barOf(reference.name);
    const b = home.prelude;
    const type = writableThroughout(shadowType(reference.type, this.aliases.of(reference), this.activity, true));
    const final = this.augmented.lengths.get(reference);
    if (type.kind !== 'array' || (stmt === undefined && final === undefined)) {
      return type.kind === 'record'
        ? b.make(
            type,
            type.fields.map(() => emptySum),
            name,
          )
        : zerosLike(b, home.need(reference), type, name, emptySum);
    }
    if (final) return b.alloc(type, home.need(final), emptyElement, name);
    const nothing = type.fixed === undefined ? emptyElement : emptySum;
    switch (stmt?.kind) {
      case 'alloc':
        return b.alloc(type, home.need(stmt.length), nothing, name);
      case 'make':
        return b.alloc(type, constant(stmt.parts.length), nothing, name);
      case 'slice':
        return b.alloc(
          type,
          isConst(stmt.from, 0) ? home.need(stmt.to) : b.op('sub', [home.need(stmt.to), home.need(stmt.from)]),
          emptyElement,
          name,
        );
      default:
        return zerosLike(b, home.need(reference), type, name, emptySum);
    }
  }

  private keeps(object: Atom, key: Parameters<typeof keyName>[1]): boolean {
    return this.activity.keeps(this.aliases.of(object), keyName(typeOf(object), key));
  }

  // ------------------------------------------------------------ statements

  /** Whether the reverse of a statement does anything. */
  private touchesActive(stmt: Stmt): boolean {
    const known = this.touches.get(stmt);
    if (known !== undefined) return known;
    const answer = this.isActive(stmt);
    this.touches.set(stmt, answer);
    return answer;
  }

  private isActive(stmt: Stmt): boolean {
    const { activity } = this;
    const number = (atom: Atom) => !isReference(typeOf(atom)) && activity.active(atom);
    switch (stmt.kind) {
      case 'let':
      case 'load':
        return number(stmt.target);
      case 'pop':
        return isNumber(stmt.target.type) && this.keeps(stmt.object, zero);
      case 'store':
        return isNumber(typeOf(stmt.value)) && this.keeps(stmt.object, stmt.key);
      case 'push':
        return isNumber(typeOf(stmt.value)) && this.keeps(stmt.object, zero);
      case 'resize':
        return activity.active(stmt.object) && isNumber((typeOf(stmt.object) as ArrayType).elem);
      case 'alloc':
        return stmt.fill !== undefined && number(stmt.fill) && activity.active(stmt.target);
      case 'make':
        return stmt.parts.some(number) && activity.active(stmt.target);
      case 'slice':
        // A copy of constants hands nothing back.
        return (
          activity.active(stmt.target) &&
          activity.active(stmt.object) &&
          !isReference((stmt.target.type as ArrayType).elem)
        );
      case 'call':
        return this.augmented.calls.has(stmt);
      case 'if':
        return stmt.results.some(number) || this.inside(stmt);
      case 'for':
      case 'loop':
        return stmt.carried.some(({ param }) => number(param)) || this.inside(stmt);
      default:
        return false;
    }
  }

  private inside(stmt: Stmt): boolean {
    return blocks(stmt).some((block) => block.stmts.some((inner) => this.touchesActive(inner)));
  }

  private block(block: Block, at: Reverse, known?: ExitChain, leaving?: number): void {
    for (let k = block.stmts.length - 1; k >= 0; k--) {
      const stmt = block.stmts[k];
      if (!stmt) continue;
      at.b.origin = stmt.origin;
      const exit = stmt.kind === 'if' ? (known?.exits.findIndex((e) => e.stmt === stmt) ?? -1) : -1;
      if (exit >= 0 && known && stmt.kind === 'if') this.exit(stmt, at, known, exit, leaving);
      else if (this.touchesActive(stmt)) this.stmt(stmt, at);
    }
  }

  private stmt(stmt: Stmt, at: Reverse): void {
    const { b } = at;
    switch (stmt.kind) {
      case 'let': {
        const g = at.take(stmt.target);
        if (g === undefined) return;
        const site: Site = {
          b,
          count: stmt.args.length,
          x: (k) => at.need(stmt.args[k] ?? zero),
          y: () => at.need(stmt.target),
          literal: (k) => literalNumber(stmt.args[k]),
        };
        stmt.args.forEach((arg, k) => {
          const partial = partialOf(stmt.op, k);
          if (partial && this.activity.active(arg) && !isReference(typeOf(arg)))
            at.accumulate(arg, partial(site, g, k));
        });
        return;
      }
      case 'load': {
        const g = at.take(stmt.target);
        if (g === undefined || this.updates.has(stmt) || !this.keeps(stmt.object, stmt.key)) return;
        const [shadow, key] = [this.shadow(stmt.object, at), this.key(stmt.key, at)];
        if (this.missing.has(stmt.target)) addIfThere(b, shadow, key, g);
        else b.store(shadow, key, g, true);
        return;
      }
      case 'store': {
        const shadow = this.shadow(stmt.object, at);
        const key = this.key(stmt.key, at);
        const wanted = this.activity.active(stmt.value);
        const replaces = !stmt.add && !this.updates.has(stmt);
        const clear = replaces && overwritten(stmt.object, this.aliases, this.scopes, this.activity).clear;
        const load = () => b.load(shadow, key, this.barName(stmt.value));
        if (wanted) at.accumulate(stmt.value, this.scopes.outside.dropped.has(stmt) ? ifThere(b, load()) : load());
        if (clear) b.store(shadow, key, isScalars(typeOf(shadow)) ? emptySum : emptyElement);
        const old = this.saves.oldOf(stmt);
        if (old) b.store(at.need(stmt.object), key, at.need(old));
        return;
      }
      case 'pop': {
        const g = at.take(stmt.target) ?? emptySum;
        b.push({ kind: 'push', object: this.shadow(stmt.object, at), value: g, origin: stmt.origin });
        return;
      }
      case 'push': {
        const target = value({ kind: 'num' }, this.barName(stmt.value));
        b.push({ kind: 'pop', target, object: this.shadow(stmt.object, at), origin: stmt.origin });
        if (this.activity.active(stmt.value)) at.accumulate(stmt.value, target);
        return;
      }
      case 'resize':
        this.lengthen(stmt, at);
        return;
      case 'alloc': {
        const shadow = this.shadow(stmt.target, at);
        const [total] = b.for(
          { from: zero, to: at.need(stmt.length), compare: '<', step: 1 },
          [{ init: emptySum, name: this.barName(stmt.fill ?? zero) ?? 'sum' }],
          (inner, i, [sum = zero]) => [inner.op('add', [sum, inner.load(shadow, i)])],
        );
        if (stmt.fill && total) at.accumulate(stmt.fill, total);
        return;
      }
      case 'make': {
        const shadow = this.shadow(stmt.target, at);
        const { type } = stmt.target;
        stmt.parts.forEach((part, k) => {
          if (isReference(typeOf(part)) || !this.activity.active(part)) return;
          const field = type.kind === 'record' ? type.fields[k]?.name : undefined;
          const key = field === undefined ? constant(k) : ({ kind: 'field', name: field } as const);
          if (this.keeps(stmt.target, key)) at.accumulate(part, b.load(shadow, key, this.barName(part)));
        });
        return;
      }
      case 'slice': {
        const shadow = this.shadow(stmt.target, at);
        const into = this.shadow(stmt.object, at);
        const from = at.need(stmt.from);
        const to = at.need(stmt.to);
        const length = isConst(from, 0) ? to : b.op('sub', [to, from]);
        b.each(length, (inner, i) => {
          const place = isConst(from, 0) ? i : inner.op('add', [from, i]);
          inner.store(into, place, inner.load(shadow, i), true);
        });
        return;
      }
      case 'call':
        this.call(stmt, at);
        return;
      case 'if':
        this.branch(stmt, at);
        return;
      case 'for':
        this.counted(stmt, at);
        return;
      case 'loop':
        this.uncounted(stmt, at);
        return;
      default:
        return;
    }
  }

  /** The reverse sweep of a helper, whether its result matters or not: it takes back what the forward sweep has saved. */
  private call(forward: Call, at: Reverse): void {
    const stmt = this.augmented.calls.get(forward);
    const callee = stmt && this.calls.callee(stmt);
    if (!stmt || !callee) return;
    const argument = (param: Value): Atom => stmt.args[callee.params.findIndex((p) => p.value === param)] ?? absent;
    const objects = callee.params.flatMap((param) => (isReference(param.value.type) ? [argument(param.value)] : []));
    const shadows = this.calls.activeObjects(callee).map((param) => this.shadow(argument(param), at));
    const seed = stmt.target && !isReference(stmt.target.type) && this.calls.hasActiveResult(callee);
    const cotangent = seed && stmt.target ? [at.take(stmt.target) ?? emptySum] : [];
    const numbers = this.calls.activeNumbers(callee);
    const type = numbers.length === 0 ? undefined : numbers.length === 1 ? num : reverseType(numbers);
    const [only] = numbers;
    const target = type && value(type, only && numbers.length === 1 ? this.barName(argument(only)) : undefined);
    at.b.push({
      kind: 'call',
      callee: reverseName(callee.name),
      args: [...objects.map((atom) => at.need(atom)), ...shadows, ...cotangent],
      target,
      effects: true,
      origin: stmt.origin,
    });
    const names = fieldNames(numbers);
    numbers.forEach((param, k) => {
      const arg = argument(param);
      if (!target || !this.activity.active(arg)) return;
      at.accumulate(arg, numbers.length === 1 ? target : at.b.load(target, field(names[k] ?? ''), this.barName(arg)));
    });
  }

  /** The reverse of a truncation: zeros where elements were cut off. */
  private lengthen(stmt: Resize, at: Reverse): void {
    const before = this.augmented.lengthsBefore.get(stmt);
    if (!before) throw new Error('the length before a truncation is known');
    const shadow = this.shadow(stmt.object, at);
    at.b.for({ from: at.need(stmt.length), to: at.need(before), compare: '<', step: 1 }, [], (inner) => {
      inner.push({ kind: 'push', object: shadow, value: zero, origin: stmt.origin });
      return [];
    });
  }

  private barName(atom: Atom): string | undefined {
    return atom.kind === 'value' ? barOf(atom.name) : undefined;
  }

  private key(key: Parameters<typeof keyName>[1], at: Reverse) {
    return key.kind === 'field' ? key : at.need(key);
  }

  // ------------------------------------------------------------ control flow

  private yieldInto(block: Block, k: number, g: Atom | undefined, at: Reverse): void {
    const atom = block.yields[k];
    if (g !== undefined && atom !== undefined && this.activity.active(atom) && !isReference(typeOf(atom)))
      at.accumulate(atom, g);
  }

  private branch(stmt: If, at: Reverse): void {
    const cotangents = stmt.results.map((result) => (isReference(result.type) ? undefined : at.take(result)));
    const arm = (block: Block): Reverse => {
      const inner = at.arm(this.scopes.inner(block));
      cotangents.forEach((g, k) => this.yieldInto(block, k, g, inner));
      this.block(block, inner);
      inner.close();
      return inner;
    };
    const then = arm(stmt.then);
    const otherwise = arm(stmt.else);
    at.join(stmt, then, otherwise);
  }

  private activeCarried(stmt: For | Loop): number[] {
    return stmt.carried.flatMap(({ param }, k) => (!isReference(param.type) && this.activity.active(param) ? [k] : []));
  }

  /** Cotangents of a loop's results. */
  private seeds(stmt: For | Loop, carried: readonly number[], at: Reverse): Atom[] {
    return carried.map((k) => {
      const result = stmt.results[k];
      return (result && at.take(result)) ?? emptySum;
    });
  }

  /** Cotangents of what a loop carries into an iteration, once that has been reversed. */
  private throughIteration(stmt: For | Loop, carried: readonly number[], inner: Reverse): Atom[] {
    return carried.map((k) => {
      const param = stmt.carried[k]?.param;
      return (param && inner.take(param)) ?? emptySum;
    });
  }

  /** What a loop that has been reversed in place leaves to do. */
  private afterInPlace({ loop, seeds }: InPlace, { cotangents }: Reversed, at: Reverse): void {
    loop.results.forEach((result) => at.take(result));
    loop.carried.forEach(({ init }, k) => {
      const seed = seeds[k];
      if (seed && this.activity.active(init)) at.accumulate(init, seed);
    });
    for (const [of, g] of cotangents) at.accumulate(of, g);
  }

  private counted(stmt: For, at: Reverse): void {
    const site = this.inPlace.get(stmt.index);
    const done = this.done.get(stmt.index);
    if (site && done) {
      this.afterInPlace(site, done, at);
      return;
    }
    const carried = this.activeCarried(stmt);
    const seeds = this.seeds(stmt, carried, at);
    const bounds = { from: at.need(stmt.from), to: at.need(stmt.to), compare: stmt.compare, step: stmt.step };
    const { facts } = this.saves;
    const primal = (atom: Atom) => (atom === bounds.to ? stmt.to : atom === bounds.from ? stmt.from : atom);
    const backwards = reversed(at.b, bounds, {
      whole: (atom) => facts.whole(primal(atom)),
      natural: (atom) => facts.natural(primal(atom)),
    });
    const index = value({ kind: 'num' }, stmt.index.name);
    this.iterate(stmt, at, backwards, index, carried, seeds, [[stmt.index, index]], (inner) =>
      this.block(stmt.body, inner),
    );
  }

  private uncounted(stmt: Loop, at: Reverse): void {
    const carried = this.activeCarried(stmt);
    let seeds = this.seeds(stmt, carried, at);
    const chain = this.chain(stmt);
    if (chain) seeds = this.lastIteration(stmt, at, chain, carried, seeds);
    const trips = at.need(this.saves.trips(stmt, chain));
    const index = value({ kind: 'num' }, 'k');
    const last = at.b.op('sub', [trips, constant(1)]);
    this.iterate(stmt, at, { from: last, to: zero, compare: '>=', step: -1 }, index, carried, seeds, [], (inner) =>
      this.block(stmt.body, inner, chain),
    );
  }

  /** Reverses all iterations of a loop that `seeds` have not been through yet; leaves the cotangents with the initial values. */
  private iterate(
    stmt: For | Loop,
    at: Reverse,
    bounds: Pick<For, 'from' | 'to' | 'compare' | 'step'>,
    index: Value,
    carried: readonly number[],
    seeds: readonly Atom[],
    known: readonly (readonly [Value, Atom])[],
    body: (inner: Reverse) => void,
  ): void {
    const first = stmt.kind === 'loop' ? 1 : 0;
    const inner = at.loop(this.scopes.inner(stmt.body), known);
    const params = carried.map((k) => value({ kind: 'num' }, this.barName(stmt.carried[k]?.param ?? zero)));
    carried.forEach((k, j) => this.yieldInto(stmt.body, k + first, params[j], inner));
    body(inner);
    const next = this.throughIteration(stmt, carried, inner);
    const results = at.joinLoop(
      { kind: 'for', index, ...bounds, origin: stmt.origin },
      inner,
      params.map((param, j) => ({ param, init: seeds[j] ?? emptySum, next: next[j] ?? emptySum })),
    );
    carried.forEach((k, j) => {
      const init = stmt.carried[k]?.init;
      const result = results[j];
      if (init && result && this.activity.active(init)) at.accumulate(init, result);
    });
  }

  /** The exits of a loop if its last, incomplete iteration can be reversed on its own: no loop or choice in what it leaves behind. */
  private chain(stmt: Loop): ExitChain | undefined {
    if (this.chains.has(stmt)) return this.chains.get(stmt);
    let chain = exitChain(stmt);
    const plain = (block: Block) =>
      block.stmts.every(
        (s) => chain?.exits.some((exit) => exit.stmt === s) || blocks(s).length === 0 || !this.touchesActive(s),
      );
    if (
      chain &&
      !(
        plain(stmt.body) &&
        chain.exits.every(({ stmt: exit }) => [exit.then, exit.else].every((arm) => arm === chain?.rest || plain(arm)))
      )
    ) {
      chain = undefined;
    }
    this.chains.set(stmt, chain);
    return chain;
  }

  /** Reverses the iteration that left the loop. */
  private lastIteration(
    stmt: Loop,
    at: Reverse,
    chain: ExitChain,
    carried: readonly number[],
    seeds: readonly Atom[],
  ): Atom[] {
    const inner = at.lastOf(this.scopes.inner(stmt.body), stmt);
    carried.forEach((k, j) => {
      const seed = seeds[j];
      if (seed && seed !== emptySum) this.yieldInto(stmt.body, k + 1, seed, inner);
    });
    this.block(stmt.body, inner, chain, 0);
    return this.throughIteration(stmt, carried, inner);
  }

  /**
   * Exit number `k` of a chain. In a completed iteration the way on was taken, which needs no test; in the last
   * one (`leaving`) the first exit whose saved condition held was taken, the innermost if no other.
   */
  private exit(stmt: If, at: Reverse, chain: ExitChain, k: number, leaving: number | undefined): void {
    const leaves = chain.exits[k]?.leaves ?? 'then';
    const [out, on] = leaves === 'then' ? [stmt.then, stmt.else] : [stmt.else, stmt.then];
    const cotangents = stmt.results.map((result) => (isReference(result.type) ? undefined : at.take(result)));
    const through = (block: Block, inner: Reverse) => {
      cotangents.forEach((g, j) => this.yieldInto(block, j, g, inner));
      this.block(block, inner, chain, leaving);
    };
    if (leaving === undefined) through(on, at.inlined(this.scopes.inner(on)));
    else if (k === chain.exits.length - 1) through(out, at.inlined(this.scopes.inner(out)));
    else {
      const arms = ([stmt.then, stmt.else] as const).map((block) => {
        const inner = at.arm(this.scopes.inner(block));
        through(block, inner);
        inner.close();
        return inner;
      });
      const [then, otherwise] = arms;
      if (then && otherwise) at.join(stmt, then, otherwise);
    }
  }
}

/** Objects that are likely to become scalars: there the sum of nothing is worth its name. */
const isScalars = (type: Type): boolean =>
  type.kind === 'record' || (type.kind === 'array' && type.fixed !== undefined);

/** `shadow[key] += g` where there is such an element: an array must not become longer by what was not found in it. */
/** A cotangent read at a place that may be outside of its array. */
function ifThere(b: Builder, g: Value): Atom {
  const target = value(num, g.name);
  const arm = (atom: Atom): Block => ({ stmts: [], yields: [atom] });
  const cond = b.op('defined', [g]);
  b.push({ kind: 'if', cond, then: arm(g), else: arm(zero), results: [target], origin: b.origin });
  return target;
}

function addIfThere(b: Builder, shadow: Atom, key: Key, g: Atom): void {
  const cond = b.op('defined', [b.load(shadow, key)]);
  const then = new Builder(b.origin);
  then.store(shadow, key, g, true);
  const none: Block = { stmts: [], yields: [] };
  b.push({ kind: 'if', cond, then: { stmts: then.stmts, yields: [] }, else: none, results: [], origin: b.origin });
}
