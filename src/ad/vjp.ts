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

import { Builder, constant, emptySum, typeOf, value } from '../ir/build.js';
import { makeRecord, recordOf, tangentType } from '../ir/structure.js';
import type { Atom, Fn, Param, Value } from '../ir/types.js';
import { analyseActivity, type Activity } from './activity.js';
import { analyseAliases, type Aliases } from './alias.js';
import { findInPlace, reverseInPlace, type InPlace, type Reversed } from './in-place.js';
import type { DeriveOptions } from './options.js';
import { Saves } from './saves.js';
import { augment, barOf, findLocal, type Augmented } from './shadows.js';
import { Scopes } from './scopes.js';
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

  constructor(
    private readonly fn: Fn,
    private readonly options: VjpOptions,
    private readonly seed: Atom | undefined,
  ) {
    this.aliases = analyseAliases(fn);
    this.activity = analyseActivity(fn, this.aliases);
    this.local = findLocal(fn, this.aliases, this.activity);
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

    const augmented = augment(fn, aliases, activity, local, given);
    const scopes = new Scopes(augmented.body, [...fn.params, ...accumulators], aliases);
    const saves = new Saves(scopes, augmented, factsOf(scopes, aliases));

    const [result = constant(undefined)] = augmented.body.yields;
    const done = new Map<Value, Reversed>();
    for (const [index, site] of inPlace) done.set(index, this.inPlace(site, augmented));

    const walk = (real: boolean) => {
      const sweep = new Sweep(fn, aliases, activity, local, given, augmented, scopes, saves, inPlace, done);
      const b = new Builder(fn.origin);
      const cotangents = sweep.run(b, result, cotangent, options.guards && this.seed === undefined);
      if (!real) return undefined;
      return { b, cotangents };
    };
    walk(false);
    saves.decide();
    const reverse = walk(true);
    if (!reverse) throw new Error('the second walk returns its statements');

    const forward = saves.edit(augmented.body);
    const b = new Builder(fn.origin);
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
    return {
      name: `${fn.name}${this.seed ? 'Grad' : 'Vjp'}`,
      params: [...fn.params, ...seedParam, ...accumulators],
      result: record.type,
      body: { stmts: b.stmts, yields: [record] },
      origin: fn.origin,
    };
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
