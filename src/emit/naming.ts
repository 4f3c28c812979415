/** Gives every variable, parameter and index a name, outer blocks first: no name hides another. */

import type { Atom, Value } from '../ir/types.js';
import type { Folding } from './fold.js';
import type { Naming } from './names.js';
import { describe, Scope } from './names.js';
import type { Variable, Variables } from './ssa-out.js';
import type { Region } from './tree.js';
import { allNodes, allRegions, scopeOf } from './tree.js';

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
    const variable = variables.of(atom);
    const name = fixed.get(atom) ?? variable?.name;
    // One that is named later is likely to get the name it asks for.
    return name === '' || name === undefined
      ? (variable?.members ?? [atom]).find((m) => m.name !== undefined)?.name
      : name;
  };
  const context: Context = {
    folding,
    hints,
    contents: contentsOf(root),
    naming: {
      name: nameOf,
      folded: (atom) => (atom.kind === 'value' && folding.folded.has(atom) ? folding.definitions.get(atom) : undefined),
    },
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
      variable.name = scope.claim(...candidates(variable, context));
    }
  }
}

interface Context {
  readonly folding: Folding;
  readonly hints: ReadonlyMap<Value, string>;
  /** The first value that is pushed or stored into each array. */
  readonly contents: ReadonlyMap<Atom, Atom>;
  readonly naming: Naming;
}

function candidates({ members, name, type }: Variable, context: Context): readonly string[] {
  const { folding, hints, naming } = context;
  if (name !== '') return [name]; // of a temporary for a copy
  // The name of what is carried wins over that of one of its values.
  const named = members.filter((member) => member.name !== undefined);
  const carried = named.find((member) => !folding.definitions.has(member)) ?? named[0];
  if (carried?.name === 'saved') return [savedName(carried, context)];
  if (carried?.name !== undefined) return [carried.name];
  for (const member of members) {
    const hint = hints.get(member);
    if (hint !== undefined) return [hint];
  }
  const defined = members.find((member) => folding.definitions.has(member));
  if (defined === undefined) return [type.kind === 'bool' ? 'flag' : 'value'];
  return describe(folding.definitions.get(defined), naming);
}

/** Values kept for the reverse sweep are called after what they are: `rootSaved`. */
function savedName(list: Value, { contents, folding, naming }: Context): string {
  const content = contents.get(list);
  if (content?.kind !== 'value') return 'saved';
  const [word] = content.name === undefined ? describe(folding.definitions.get(content), naming) : [content.name];
  return word === undefined || word === 'value' ? 'saved' : `${word}Saved`;
}

function contentsOf(root: Region): Map<Atom, Atom> {
  const contents = new Map<Atom, Atom>();
  for (const { stmt } of allNodes(root)) {
    if ((stmt.kind === 'push' || stmt.kind === 'store') && !contents.has(stmt.object))
      contents.set(stmt.object, stmt.value);
  }
  return contents;
}
