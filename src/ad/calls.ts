/**
 * Calls of helpers. Which of them take part in differentiation is decided per helper, for all calls of it: one derived
 * version of a helper serves every call, also its own.
 */

import { freeName, num, typeOf } from '../ir/build.js';
import { isReference, recordOf } from '../ir/structure.js';
import type { Block, Call, Fn, RecordType, Value } from '../ir/types.js';
import { callees, changedObject, statements } from '../ir/visit.js';
import type { Activity } from './activity.js';
import type { Aliases, ObjectClass } from './alias.js';

export class ActiveCalls {
  /** Helpers with an active parameter or result. */
  readonly active: ReadonlySet<Fn>;
  /** Those without. */
  readonly passive: readonly Fn[];
  private readonly helpers: ReadonlyMap<string, Fn>;

  constructor(
    fn: Fn,
    private readonly activity: Activity,
  ) {
    const all = fn.helpers ?? [];
    this.helpers = new Map(all.map((helper) => [helper.name, helper]));
    // What calls an active helper may hand on nothing active itself, but has a part in saving and restoring.
    const active = new Set(
      all.filter((helper) => this.activeParams(helper).length > 0 || this.hasActiveResult(helper)),
    );
    for (let before = -1; before !== active.size;) {
      before = active.size;
      const calls = (helper: Fn) => [...callees(helper)].some((name) => [...active].some((each) => each.name === name));
      for (const helper of all) if (calls(helper)) active.add(helper);
    }
    this.active = active;
    this.passive = all.filter((helper) => !active.has(helper));
  }

  /** The callee, if it takes part. */
  callee(stmt: Call): Fn | undefined {
    const found = this.helpers.get(stmt.callee);
    return found && this.active.has(found) ? found : undefined;
  }

  activeParams({ params }: Fn): readonly Value[] {
    return params.flatMap(({ value }) => (this.activity.active(value) ? [value] : []));
  }

  /** Active parameters that are numbers: their cotangents are returned by the reverse sweep. */
  activeNumbers(fn: Fn): readonly Value[] {
    return this.activeParams(fn).filter(({ type }) => !isReference(type));
  }

  /** Active parameters that are objects: their shadows are passed along. */
  activeObjects(fn: Fn): readonly Value[] {
    return this.activeParams(fn).filter(({ type }) => isReference(type));
  }

  hasActiveResult({ body }: Fn): boolean {
    const [result] = body.yields;
    return result !== undefined && this.activity.active(result);
  }
}

/** Classes of objects that each function writes to, itself or by what it calls. */
export function writtenClasses(fn: Fn, aliases: Aliases): ReadonlyMap<string, ReadonlySet<ObjectClass>> {
  const helpers = fn.helpers ?? [];
  const found = new Map(helpers.map(({ name, body }) => [name, writtenIn(body, aliases)]));
  for (let changed = true; changed;) {
    changed = false;
    for (const helper of helpers) {
      const own = found.get(helper.name);
      for (const name of callees(helper)) {
        for (const object of found.get(name) ?? []) {
          if (own === undefined || own.has(object)) continue;
          own.add(object);
          changed = true;
        }
      }
    }
  }
  return found;
}

export function writtenIn(body: Block, aliases: Aliases): Set<ObjectClass> {
  const found = new Set<ObjectClass>();
  for (const stmt of statements(body)) {
    const object = changedObject(stmt);
    if (object !== undefined) found.add(aliases.of(object));
  }
  return found;
}

/** Classes of what calls are given and give back, and of all that it leads to. */
export function sharedClasses(fn: Fn, aliases: Aliases): ReadonlySet<ObjectClass> {
  const helpers = fn.helpers ?? [];
  const atoms = helpers.flatMap(({ params, body }) => [...params.map(({ value }) => value), ...body.yields]);
  const shared = new Set(atoms.filter((atom) => isReference(typeOf(atom))).map((atom) => aliases.of(atom)));
  for (const object of shared) for (const child of object.children()) shared.add(child);
  return shared;
}

/** `fn` with its helpers, if there are any. */
export function withHelpers(fn: Fn, ...helpers: readonly (readonly Fn[])[]): Fn {
  const all = helpers.flat();
  return all.length === 0 ? fn : { ...fn, helpers: all };
}

/** The record of the cotangents of several numbers. */
export const reverseType = (params: readonly Value[]): RecordType => {
  const names = fieldNames(params);
  return recordOf(names.map((name) => ({ name, type: num })));
};

/** Names of parameters, counted up where two have the same. */
export function fieldNames(params: readonly Value[]): readonly string[] {
  const taken = new Set<string>();
  return params.map(({ name = 'arg' }) => {
    const free = freeName(name, (other) => taken.has(other));
    taken.add(free);
    return free;
  });
}
