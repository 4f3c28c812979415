/** Gives every variable, parameter and index a name, outer blocks first: no name hides another. */

import type { Atom, Value } from '../ir/types.js';
import type { Folding } from './fold.js';
import { describe, Scope } from './names.js';
import type { Variable, Variables } from './ssa-out.js';
import type { Node, Region } from './tree.js';
import { allRegions, scopeOf } from './tree.js';

export interface NamingInput {
  readonly root: Region;
  readonly variables: Variables;
  readonly folding: Folding;
  /** Names of parameters; those of indices are added. */
  readonly fixed: Map<Value, string>;
  readonly outermost: Scope;
  /** Names for values that have none, from where they are used. */
  readonly hints: ReadonlyMap<Value, string>;
}

export function nameVariables({ root, variables, folding, fixed, outermost, hints }: NamingInput): void {
  const byHome = new Map<Region, Variable[]>();
  for (const variable of variables.all) {
    const list = byHome.get(variable.home);
    if (list === undefined) byHome.set(variable.home, [variable]);
    else list.push(variable);
  }
  const nameOf = (atom: Atom): string | undefined => {
    if (atom.kind === 'const' || folding.folded.has(atom)) return undefined;
    const name = fixed.get(atom) ?? variables.of(atom)?.name;
    return name === '' ? undefined : name;
  };
  const scopes = new Map<Region, Scope>();
  for (const region of allRegions(root)) {
    if (scopeOf(region) !== region) continue;
    const { owner } = region;
    const scope = owner === undefined ? outermost : new Scope(scopes.get(scopeOf(owner.region)));
    scopes.set(region, scope);
    if (owner?.stmt.kind === 'for') {
      const { index } = owner.stmt;
      fixed.set(index, scope.claim(...(index.name === undefined ? ['i', 'j', 'k', 'l'] : [index.name])));
    }
    for (const variable of (byHome.get(region) ?? []).sort((a, b) => a.first.at - b.first.at)) {
      variable.name = scope.claim(...candidates(variable, folding, nameOf, hints));
    }
  }
}

function candidates(
  { members, name }: Variable,
  { definitions }: Folding,
  nameOf: (atom: Atom) => string | undefined,
  hints: ReadonlyMap<Value, string>,
): readonly string[] {
  if (name !== '') return [name]; // of a temporary for a copy
  // The name of what is carried wins over that of one of its values.
  const named = members.filter((member) => member.name !== undefined);
  const carried = named.find((member) => !definitions.has(member)) ?? named[0];
  if (carried?.name !== undefined) return [carried.name];
  for (const member of members) {
    const hint = hints.get(member);
    if (hint !== undefined) return [hint];
  }
  const defined = members.find((member) => definitions.has(member));
  const node: Node | undefined = defined === undefined ? undefined : definitions.get(defined);
  return describe(node, { name: nameOf });
}
