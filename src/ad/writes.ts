/** How an object is written: whether reverse mode must clear cotangents it has read, and whether a read may miss. */

import { isConst, typeOf } from '../ir/build.js';
import { isNumber } from '../ir/structure.js';
import { statements } from '../ir/visit.js';
import type { Atom, For, Key, Load, Stmt, Store, Value } from '../ir/types.js';
import type { Activity } from './activity.js';
import type { Aliases, ObjectClass } from './alias.js';
import { isInside, loopsAround, type Scopes } from './scopes.js';

interface Uses {
  readonly creators: Stmt[];
  readonly stores: Store[];
  readonly loads: Load[];
  /** Anything else that changes or hands on elements. */
  others: number;
}

const tables = new WeakMap<Scopes, Map<ObjectClass, Uses>>();

function usesOf(object: ObjectClass, scopes: Scopes, aliases: Aliases): Uses {
  let table = tables.get(scopes);
  if (!table) {
    const fresh = new Map<ObjectClass, Uses>();
    table = fresh;
    tables.set(scopes, table);
    const at = (atom: Atom): Uses => {
      const root = aliases.of(atom);
      let uses = fresh.get(root);
      if (!uses) fresh.set(root, (uses = { creators: [], stores: [], loads: [], others: 0 }));
      return uses;
    };
    for (const stmt of statements(scopes.top.block)) {
      if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice') at(stmt.target).creators.push(stmt);
      if (stmt.kind === 'slice') at(stmt.object).others++;
      if (stmt.kind === 'store') at(stmt.object).stores.push(stmt);
      if (stmt.kind === 'load') at(stmt.object).loads.push(stmt);
      if (stmt.kind === 'push' || stmt.kind === 'pop' || stmt.kind === 'resize' || stmt.kind === 'view')
        at(stmt.object).others++;
    }
  }
  return table.get(object.root) ?? { creators: [], stores: [], loads: [], others: 0 };
}

/**
 * `clear`: a cotangent that the reverse of a store has read may be read again by the reverse of an earlier store to
 * the same element (or by that of a literal), so it must be set to zero. Not so if every element is written at most
 * once after it was made.
 * `changes`: the object of cotangents changes at all in the reverse sweep.
 */
export function overwritten(
  object: Atom,
  aliases: Aliases,
  scopes: Scopes,
  activity: Activity,
): { clear: boolean; changes: boolean } {
  if (scopes.outside.shared.has(aliases.of(object))) return { clear: true, changes: true };
  const uses = usesOf(aliases.of(object), scopes, aliases);
  const clear = !writtenOnce(uses, scopes, activity);
  const read = uses.loads.some((load) => isNumber(load.target.type) && activity.active(load.target));
  return {
    clear,
    changes: (clear && uses.stores.length > 0) || read || uses.others > 0 || uses.stores.some((store) => store.add),
  };
}

function writtenOnce(uses: Uses, scopes: Scopes, activity: Activity): boolean {
  const [maker] = uses.creators;
  if (!maker || uses.creators.length !== 1 || uses.others > 0) return false;
  if (maker.kind === 'slice' || (maker.kind === 'make' && maker.parts.some((part) => activity.active(part))))
    return false;
  if (maker.kind === 'alloc' && maker.fill && activity.active(maker.fill)) return false;
  const stores = uses.stores;
  if (stores.some((store) => store.add)) return false;
  const home = scopes.scopeOf(maker);
  const directly = stores.every((store) => store.object === (maker as { target?: Value }).target);
  if (!directly) return false;
  const keys = stores.map((store) => store.key);
  const loops = stores.map((store) => loopsAround(scopes.scopeOf(store), home));
  if (!stores.every((store) => isInside(scopes.scopeOf(store), home))) return false;
  if (loops.every((around) => around.length === 0))
    return keys.every((key, k) => keys.every((other, j) => j === k || apart(key, other)));
  const [key] = keys;
  const [around] = loops;
  return stores.length === 1 && key !== undefined && around !== undefined && injective(key, around, scopes);
}

const apart = (a: Key, b: Key): boolean => {
  if (a.kind === 'field' && b.kind === 'field') return a.name !== b.name;
  return a.kind === 'const' && b.kind === 'const' && a.value !== b.value;
};

/** Whether a key takes every value at most once in a nest of loops (innermost first): i, i + c, or i * n + j with 0 <= j < n. */
function injective(key: Key, loops: readonly { readonly kind: string }[], scopes: Scopes): boolean {
  if (key.kind !== 'value') return false;
  const counted = loops.filter((loop): loop is For => loop.kind === 'for');
  if (counted.length !== loops.length) return false;
  const definition = (atom: Atom) => (atom.kind === 'value' ? scopes.definition(atom).stmt : undefined);
  const fixed = (atom: Atom, loop: For) =>
    atom.kind === 'const' || !isInside(scopes.definition(atom).scope, scopes.inner(loop.body));
  const [inner, outer] = counted;
  if (!inner) return false;
  if (counted.length === 1) {
    if (key === inner.index) return true;
    const stmt = definition(key);
    if (stmt?.kind !== 'let' || (stmt.op !== 'add' && stmt.op !== 'sub')) return false;
    const [a, b] = stmt.args;
    return !!a && !!b && ((a === inner.index && fixed(b, inner)) || (b === inner.index && fixed(a, inner)));
  }
  if (counted.length !== 2 || !outer) return false;
  const sum = definition(key);
  if (sum?.kind !== 'let' || sum.op !== 'add') return false;
  const [p, q] = sum.args;
  const rowMajor = (product: Atom | undefined, column: Atom | undefined): boolean => {
    if (column !== inner.index || !product) return false;
    const stmt = definition(product);
    if (stmt?.kind !== 'let' || stmt.op !== 'mul') return false;
    const [x, y] = stmt.args;
    const width = x === outer.index ? y : y === outer.index ? x : undefined;
    if (!width) return false;
    const same = width === inner.to || (isConst(width) && isConst(inner.to) && width.value === inner.to.value);
    return same && isConst(inner.from, 0) && inner.compare === '<' && inner.step > 0;
  };
  return rowMajor(p, q) || rowMajor(q, p);
}

/** Whether adding into cotangents of the parameter `param`, a list, might write past its end: some read of it is not certainly inside. */
export function growsOutside(shadow: Atom, param: Value, aliases: Aliases, scopes: Scopes): boolean {
  const type = typeOf(shadow);
  if (type.kind !== 'array' || type.storage !== 'list' || type.fixed !== undefined || !isNumber(type.elem))
    return false;
  if (scopes.outside.shared.has(aliases.of(param))) return true;
  return usesOf(aliases.of(param), scopes, aliases).loads.some((load) => !inside(load, scopes));
}

/** A read at the index of a loop from 0 to the length of the same object. */
function inside(load: Load, scopes: Scopes): boolean {
  if (load.key.kind !== 'value') return false;
  const { scope, stmt } = scopes.definition(load.key);
  const loop = scope.owner;
  if (
    stmt ||
    loop?.kind !== 'for' ||
    loop.index !== load.key ||
    !isConst(loop.from, 0) ||
    loop.step < 0 ||
    loop.compare !== '<'
  )
    return false;
  if (loop.to.kind !== 'value') return false;
  const bound = scopes.definition(loop.to).stmt;
  return bound?.kind === 'length' && bound.object === load.object;
}
