/** Functions that emitted functions call: each is written once in the module, whoever calls it. */

import { freeName } from '../ir/build.js';
import { printFn } from '../ir/print.js';
import type { Fn } from '../ir/types.js';
import { callees } from '../ir/visit.js';
import { isReserved } from './names.js';

export class Helpers {
  readonly #taken: Set<string>;
  /** Names in the module by what the helper, and all that it calls, does. */
  readonly #names = new Map<string, string>();

  /** `taken`: names that the module exports. */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** What the helpers of a function are called in the module, and those that have not been written yet. */
  of(fn: Fn): { callees: ReadonlyMap<string, string>; fresh: readonly Fn[] } {
    const names = new Map<string, string>();
    const fresh: Fn[] = [];
    const { helpers = [] } = fn;
    const byName = new Map(helpers.map((helper) => [helper.name, helper]));
    for (const helper of helpers) {
      const key = [...reachable(helper, byName)].map((each) => printFn(each)).join('\n');
      let name = this.#names.get(key);
      if (name === undefined) {
        this.#names.set(key, (name = this.#claim(helper.name)));
        fresh.push(helper);
      }
      names.set(helper.name, name);
    }
    return { callees: names, fresh };
  }

  #claim(name: string): string {
    const free = freeName(name, (other) => this.#taken.has(other) || isReserved(other));
    this.#taken.add(free);
    return free;
  }
}

/** A helper and what it calls, in the order of the calls. */
function reachable(helper: Fn, byName: ReadonlyMap<string, Fn>): ReadonlySet<Fn> {
  const found = new Set([helper]);
  for (const each of found) for (const name of callees(each)) found.add(byName.get(name) ?? each);
  return found;
}
