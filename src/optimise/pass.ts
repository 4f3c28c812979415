/** What every pass is, and small things that passes share; rebuilding functions is in `rewrite.ts`. */

import type { Atom, Fn, Type, Value } from '../ir/types.js';
import { absent, constant, no, zero } from '../ir/build.js';

/**
 * A step from IR to better IR. It returns the same object when nothing changed: the runner compares identities.
 * A pass neither checks, prints nor measures; the runner does.
 */
export interface Pass {
  /** The word that `--print-ir=` takes; also the file's name. */
  readonly name: string;
  run(fn: Fn): Fn;
}

/** Follows chains a → b → c, which arise when a pass replaces several values. */
export function follow(replaced: ReadonlyMap<Value, Atom>): (atom: Atom) => Atom {
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

/** What stands for a value that is never looked at: the content of an unassigned variable, a yield after `throw`. */
export function defaultOf(type: Type): Atom {
  switch (type.kind) {
    case 'num':
      return zero;
    case 'bool':
      return no;
    case 'str':
      return constant('');
    default:
      return absent;
  }
}

export function sameAtom(a: Atom, b: Atom): boolean {
  return a === b || (a.kind === 'const' && b.kind === 'const' && Object.is(a.value, b.value));
}
