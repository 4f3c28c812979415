/**
 * Results share no memory with inputs: a part of the result that may be an input's object, or part of one, is
 * copied. Nor do they share with one another what the caller may overwrite.
 */

import { Builder } from '../ir/build.js';
import { copyOf, isReference } from '../ir/structure.js';
import { typeOf } from '../ir/build.js';
import type { Atom, Fn, Make, Stmt, Value } from '../ir/types.js';
import { changedObject, statements } from '../ir/visit.js';
import { analyseAliases, type ObjectClass } from './alias.js';

export function unshare(fn: Fn): Fn {
  const [result] = fn.body.yields;
  if (!result || !isReference(typeOf(result))) return fn;
  const aliases = analyseAliases(fn);
  const inputs = new Set<ObjectClass>();
  const collect = (object: ObjectClass) => {
    if (inputs.has(object.root)) return;
    inputs.add(object.root);
    object.children().forEach(collect);
  };
  for (const { value } of fn.params) if (isReference(value.type)) collect(aliases.of(value));

  /** What is written into after it has been made is not what it has been made of. */
  const written = new Set<ObjectClass>();
  for (const stmt of statements(fn.body)) {
    const changed = stmt.kind === 'call' && stmt.effects ? stmt.args : [changedObject(stmt)];
    for (const atom of changed) if (atom && isReference(typeOf(atom))) written.add(aliases.of(atom));
  }
  const makers = new Map<Value, Make>();
  for (const stmt of fn.body.stmts) {
    if (stmt.kind === 'make' && !written.has(aliases.of(stmt.target))) makers.set(stmt.target, stmt);
  }
  const touches = (object: ObjectClass, seen = new Set<ObjectClass>()): boolean => {
    if (seen.has(object.root)) return false;
    seen.add(object.root);
    return inputs.has(object.root) || object.children().some((child) => touches(child, seen));
  };

  const b = new Builder(fn.origin);
  const taken = new Set<ObjectClass>();
  const clean = (atom: Atom): Atom => {
    if (atom.kind === 'const' || !isReference(atom.type)) return atom;
    const maker = makers.get(atom);
    if (maker && !inputs.has(aliases.of(atom))) {
      const parts = maker.parts.map(clean);
      return parts.every((part, k) => part === maker.parts[k]) ? atom : b.make(maker.target.type, parts, atom.name);
    }
    const object = aliases.of(atom);
    if (!touches(object) && !taken.has(object.root)) {
      taken.add(object.root);
      return atom;
    }
    return copyOf(b, atom, atom.name);
  };
  const cleaned = clean(result);
  if (cleaned === result) return fn;
  const stmts: Stmt[] = [...fn.body.stmts, ...b.stmts];
  return { ...fn, body: { stmts, yields: [cleaned] } };
}
