/** What every pass is, and small things that passes share; rebuilding functions is in `rewrite.ts`. */

import type { Atom, Fn, Stmt } from '../ir/types.js';
import type { Known } from './known.js';
import type { ValueLookup } from '../ir/value.js';

/**
 * A step from IR to better IR. It returns the same object when nothing changed: the runner compares identities.
 * A pass neither checks, prints nor measures; the runner does.
 */
export interface Pass {
  /** The word that `--print-ir=` takes; also the file's name. */
  readonly name: string;
  /** Kinds of statement without any of which there is nothing to do. */
  readonly needs?: readonly Stmt['kind'][];
  /** `known`: what is known of `fn`. */
  run(fn: Fn, known: Known): Fn;
}

/** Follows chains a → b → c, which arise when a pass replaces several values. */
export function follow(replaced: ValueLookup<Atom>): (atom: Atom) => Atom {
  return (atom) => {
    let found = atom;
    while (found.kind === 'value') {
      const next = replaced.get(found);
      if (next === undefined) break;
      found = next;
    }
    return found;
  };
}
