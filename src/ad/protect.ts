/**
 * Parameters that are written to. They are inputs, and derived code never changes inputs: the function is treated
 * as if it copied such a parameter first.
 */

import { Builder, constant } from '../ir/build.js';
import { assignable } from '../ir/check.js';
import { copyOf, isReference } from '../ir/structure.js';
import { allStatements, substitute } from '../ir/visit.js';
import type { Atom, Fn, Value } from '../ir/types.js';
import { analyseAliases, type ObjectClass } from './alias.js';

/**
 * `fn` with written parameters copied at the start, and those parameters. With `guards`, one object passed for a
 * written parameter and for another one is refused at run time: the copy would hide that they are one.
 */
export function protect(fn: Fn, guards = false): { fn: Fn; copied: readonly Value[] } {
  if (!fn.params.some(({ value }) => isReference(value.type))) return { fn, copied: [] };
  const aliases = analyseAliases(fn);
  const written = new Set<ObjectClass>();
  // What was made here is no parameter's object, whatever other references of its class are.
  const fresh = new Set<Atom>();
  const all = allStatements(fn);
  for (const stmt of all) {
    if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice') fresh.add(stmt.target);
  }
  const touch = (object: Atom) => {
    if (!fresh.has(object)) written.add(aliases.of(object));
  };
  for (const stmt of all) {
    if (stmt.kind === 'store' || stmt.kind === 'push' || stmt.kind === 'pop' || stmt.kind === 'resize')
      touch(stmt.object);
  }
  const reaches = (object: ObjectClass, seen: Set<ObjectClass>): boolean => {
    if (seen.has(object)) return false;
    seen.add(object);
    return [...written].some((w) => w.root === object) || object.children().some((child) => reaches(child, seen));
  };
  const copied = fn.params.flatMap(({ value }) =>
    isReference(value.type) && reaches(aliases.of(value), new Set()) ? [value] : [],
  );
  if (copied.length === 0) return { fn, copied };
  const b = new Builder(fn.origin);
  if (guards) {
    copied.forEach((param, k) => {
      for (const { value: other } of fn.params) {
        if (other === param || copied.slice(0, k).includes(other) || !sameKind(param, other)) continue;
        b.if(
          b.op('same', [param, other]),
          (arm) => {
            const text = `${param.name} and ${other.name}: must be two objects, since the function writes to one of them`;
            arm.push({ kind: 'throw', error: 'RangeError', message: [constant(text)], origin: arm.origin });
            return [];
          },
          () => [],
        );
      }
    });
  }
  const copies = new Map<Value, Atom>(copied.map((param) => [param, copyOf(b, param, param.name)]));
  const { stmts, yields } = substitute(fn.body, copies);
  return { fn: { ...fn, body: { stmts: [...b.stmts, ...stmts], yields } }, copied };
}

const sameKind = (a: Value, b: Value): boolean => assignable(a.type, b.type) || assignable(b.type, a.type);
