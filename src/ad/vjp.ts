/**
 * Reverse mode. The derived function runs the primal (the forward sweep), then walks it backwards, block by block
 * and statement by statement (the reverse sweep), carrying a cotangent per active number and one object of
 * cotangents per active object (see `shadows.ts`).
 *
 *     a = mul x y       →     aBar is known; xBar += aBar * y; yBar += aBar * x
 *     v = load o[i]     →     oBar[i] += vBar
 *     store o[i] = v    →     vBar += oBar[i]; oBar[i] = 0
 *     if                →     if, on the same condition
 *     for               →     for, backwards; carried values become carried cotangents
 *     loop              →     for, over as many iterations as there were
 *
 * What the reverse sweep reads of the forward sweep is at hand where it was defined in the function's own block.
 * Values of loop bodies and arms are recomputed or saved. Which ones are needed is found by a first walk whose
 * statements are thrown away, which ones are saved by a minimum cut (`keep.ts`), and `saves.ts` edits the forward
 * sweep accordingly; the second walk is for real.
 */

import { Builder, constant, emptySum, field, no, num, typeOf, value, voidType } from '../ir/build.js';
import { lift } from '../ir/lift.js';
import { isReference, makeRecord, recordOf, tangentType } from '../ir/structure.js';
import type { Atom, Block, Fn, Loop, Make, Param, Value } from '../ir/types.js';
import { changedObject, freeValues, instantiate, statements, substitute } from '../ir/visit.js';
import { analyseActivity, type Activity } from './activity.js';
import { analyseAliases, type Aliases, type ObjectClass, reachedFrom } from './alias.js';
import { ActiveCalls, reverseType, sharedClasses, withHelpers, writtenClasses, writtenIn } from './calls.js';
import { growingStores } from './growth.js';
import { storesOutside } from './misses.js';
import { findInPlace, reverseInPlace, type InPlace, type Reversed } from './in-place.js';
import type { DeriveOptions } from './options.js';
import { Saves } from './saves.js';
import { augment, barOf, findLocal, reverseName, type Augmented } from './shadows.js';
import { Scopes, type Outside } from './scopes.js';
import { factsOf } from './facts.js';
import { Sweep } from './sweep.js';

export interface VjpOptions extends DeriveOptions {
  /** Active parameters (by position among the active ones) whose cotangents are added into an object that is passed. */
  readonly into?: readonly boolean[];
}

/** `fn`'s value and the cotangents of its active parameters; the cotangent of the result is the last parameter, unless it is `one`. */
export function vjp(fn: Fn, options: VjpOptions, seed?: Atom): Fn {
  return new Vjp(fn, options, seed).run();
}

class Vjp {
  private readonly aliases: Aliases;
  private readonly activity: Activity;
  private readonly local: Set<Value>;
  private readonly calls: ActiveCalls;
  private readonly outside: Outside;
  private augmented: Augmented | undefined;

  constructor(
    private readonly fn: Fn,
    private readonly options: VjpOptions,
    private readonly seed: Atom | undefined,
  ) {
    this.aliases = analyseAliases(fn);
    this.activity = analyseActivity(fn, this.aliases);
    this.local = findLocal(fn, this.aliases, this.activity);
    this.calls = new ActiveCalls(fn, this.activity);
    const written = writtenClasses(fn, this.aliases);
    this.outside = {
      by: (stmt) => written.get(this.augmented?.calls.get(stmt)?.callee ?? stmt.callee) ?? [],
      written: new Set(),
      shared: sharedClasses(fn, this.aliases),
      growing: growingStores(fn, this.aliases),
      dropped: storesOutside(fn, this.aliases),
    };
  }

  run(): Fn {
    const { fn, options, aliases, activity, local } = this;
    const active = fn.params.filter((param) => param.active && tangentType(param.value.type) !== undefined);
    const given = new Map<Value, Value>();
    const accumulators: Param[] = [];
    active.forEach(({ value: param }, k) => {
      const type = tangentType(param.type);
      if (!options.into?.[k] || !type) return;
      const accumulator = value(type, barOf(param.name));
      given.set(param, accumulator);
      accumulators.push({ value: accumulator, active: false });
      local.delete(param);
    });

    const [primal = constant(undefined)] = fn.body.yields;
    const cotangent = this.seed ?? value(tangentType(typeOf(primal)) ?? { kind: 'num' }, 'cotangent');
    const inPlace = findInPlace(fn, aliases, activity, cotangent);
    // Iterations that are reversed at once need the objects that they add cotangents to.
    for (const { references } of inPlace.values()) references.forEach((reference) => local.delete(reference));

    const augmented = augment(fn, aliases, activity, local, given, this.calls, this.outside.growing);
    this.augmented = augmented;
    const params = [...fn.params, ...accumulators].map((param) => param.value);
    const scopes = new Scopes(augmented.body, params, aliases, this.outside);
    const saves = new Saves(scopes, augmented, factsOf(scopes, aliases));

    const [result = constant(undefined)] = augmented.body.yields;
    const done = new Map<Value, Reversed>();
    for (const [index, site] of inPlace) done.set(index, this.inPlace(site, augmented));

    const walk = (real: boolean) => {
      const sweep = new Sweep(fn, aliases, activity, local, given, augmented, scopes, saves, this.calls, inPlace, done);
      const b = new Builder(fn.origin);
      const cotangents = sweep.run(b, result, cotangent, options.guards && this.seed === undefined);
      if (!real) return undefined;
      return { b, cotangents };
    };
    walk(false);
    if (saves.restore(this.ownObjects(augmented.body, result, done))) walk(false);
    saves.decide();
    const reverse = walk(true);
    if (!reverse) throw new Error('the second walk returns its statements');

    const forward = saves.edit(augmented.body);
    const lists: Make[] = [];
    const sweeps = [...augmented.helpers].flatMap(([helper, sweep]) => this.helper(helper, sweep, augmented, lists));
    const b = new Builder(fn.origin);
    lists.forEach((stmt) => b.push(stmt));
    const bundled = bundle(lists, sweeps, b);
    for (const stmt of forward.stmts) {
      const fused = stmt.kind === 'for' ? done.get(stmt.index) : undefined;
      (fused?.stmts ?? [stmt]).forEach((each) => b.push(each));
    }
    reverse.b.stmts.forEach((stmt) => b.push(stmt));
    const parts = Object.fromEntries(
      active.map(({ value: param }, k) => [param.name ?? `arg${k}`, reverse.cotangents.get(param) ?? emptySum]),
    );
    const cotangents = makeRecord(b, parts);
    const record = b.make(
      recordOf([
        { name: 'value', type: fn.result },
        { name: this.seed ? 'gradient' : 'cotangents', type: cotangents.type },
      ]),
      [result, cotangents],
    );
    const seedParam: Param[] =
      this.seed === undefined && cotangent.kind === 'value' ? [{ value: cotangent, active: true }] : [];
    const derived: Fn = {
      name: `${fn.name}${this.seed ? 'Grad' : 'Vjp'}`,
      params: [...fn.params, ...seedParam, ...accumulators],
      result: record.type,
      body: { stmts: b.stmts, yields: [record] },
      origin: fn.origin,
    };
    return lift(withHelpers(derived, bundled, this.calls.passive));
  }

  /** Which arrays nobody else will look at, so that the reverse sweep may write to them. */
  private ownObjects(
    { stmts }: Block,
    result: Atom,
    done: ReadonlyMap<Value, Reversed>,
  ): (object: ObjectClass) => boolean {
    const { aliases, fn } = this;
    if (fn.helpers !== undefined) return () => false;
    // What is reversed in place is not met by the reverse sweep.
    const changed = stmts.flatMap((stmt) =>
      stmt.kind === 'for' && done.has(stmt.index)
        ? statements(stmt.body).flatMap((inner) => changedObject(inner) ?? [])
        : [],
    );
    const others = [...fn.params.map((param) => param.value), result, ...changed];
    const seen = reachedFrom(others.filter((atom) => isReference(typeOf(atom))).map((atom) => aliases.of(atom)));
    return (object) => !seen.has(object);
  }

  /**
   * The forward and the reverse sweep of a helper (split mode): what an activation saves goes on lists that all
   * activations share, made in the outermost function. The body is looked at as that of a loop, of which every
   * activation is an iteration.
   */
  private helper(fn: Fn, sweep: Fn, augmented: Augmented, lists: Make[]): readonly Fn[] {
    const { aliases, activity, local, calls } = this;
    const body: Block = { stmts: sweep.body.stmts, yields: [no, ...sweep.body.yields] };
    const activations: Loop = { kind: 'loop', carried: [], body, results: [], origin: fn.origin };
    const others = [this.fn, ...(this.fn.helpers ?? [])].filter((other) => other !== fn);
    const written = new Set(others.flatMap((other) => [...writtenIn(other.body, aliases)]));
    // Objects are handed to the reverse sweep, numbers are kept if they are needed.
    const objects = sweep.params.map((param) => param.value).filter(({ type }) => isReference(type));
    const scopes = new Scopes({ stmts: [activations], yields: [] }, objects, aliases, { ...this.outside, written });
    const inside = scopes.inner(body);
    for (const { value: param } of fn.params) if (!isReference(param.type)) scopes.define(param, inside, undefined);
    const saves = new Saves(scopes, augmented, factsOf(scopes, aliases), lists);
    const [result] = fn.body.yields;
    const seed =
      result && !isReference(typeOf(result)) && activity.active(result) ? value(num, 'cotangent') : undefined;

    const walk = () => {
      const back = new Sweep(
        fn,
        aliases,
        activity,
        local,
        new Map(),
        augmented,
        scopes,
        saves,
        calls,
        new Map(),
        new Map(),
      );
      return back.activation(body, result, seed);
    };
    walk();
    saves.decide();
    const { b, cotangents } = walk();

    const [forward] = saves.edit(scopes.top.block).stmts;
    if (forward?.kind !== 'loop') throw new Error('the forward sweep of a helper is that of its activations');
    const { stmts, yields } = forward.body;
    const given = reverseResult(b, calls.activeNumbers(fn), cotangents);
    // A value belongs to one function.
    const own = new Map<Value, Atom>();
    const params = objects.map((object): Param => {
      const param = value(object.type, object.name);
      own.set(object, param);
      return { value: param, active: false };
    });
    const reverse = instantiate({ stmts: b.stmts, yields: given ? [given] : [] }, own);
    return [
      {
        ...sweep,
        doc: `Forward sweep of \`${fn.name}\`: its value, with what the reverse sweep needs saved.`,
        body: { stmts, yields: yields.slice(1, 1 + sweep.body.yields.length) },
      },
      {
        ...fn,
        name: reverseName(fn.name),
        doc: `Reverse sweep of \`${fn.name}\`, for the last forward sweep that has not been reversed.`,
        params: [...params, ...(seed ? [{ value: seed, active: true }] : [])],
        result: given ? typeOf(given) : voidType,
        body: reverse,
      },
    ];
  }

  private inPlace(site: InPlace, augmented: Augmented): Reversed {
    return reverseInPlace(
      site,
      (iteration, into) => vjp(iteration, { guards: false, into }),
      (reference) => {
        const shadow = augmented.linked.get(reference);
        if (!shadow) throw new Error(`no cotangents for ${reference.name ?? 'a reference'}`);
        return shadow;
      },
    );
  }
}

/** Several lists that activations share are passed as one record. */
function bundle(lists: readonly Make[], sweeps: readonly Fn[], b: Builder): readonly Fn[] {
  if (lists.length < 2) return sweeps;
  const parts = Object.fromEntries(lists.map(({ target }) => [target.name ?? '', target]));
  const saved = makeRecord(b, parts, 'saved');
  return sweeps.map((sweep) => {
    const free = freeValues(sweep.body);
    const own = new Map<Value, Value>();
    const start = new Builder(sweep.origin);
    for (const { target } of lists) {
      if (free.has(target)) own.set(target, start.load(saved, field(target.name ?? ''), target.name));
    }
    const { stmts, yields } = substitute(sweep.body, own);
    return { ...sweep, body: { stmts: [...start.stmts, ...stmts], yields } };
  });
}

/** Cotangents of the numbers a helper is given: nothing, the only one, or a record by name. */
function reverseResult(b: Builder, params: readonly Value[], cotangents: readonly Atom[]): Atom | undefined {
  const [only] = cotangents;
  if (params.length <= 1) return only;
  return b.make(reverseType(params), cotangents);
}
