/**
 * Numbers, booleans and strings that may be `undefined` at run time because they were read outside an array's
 * bounds. Arithmetic makes NaN of `undefined`, so `x * 1 → x` changes what is returned if `x` is one of them.
 */

import { typeOf } from '../ir/build.js';
import { blocks, results, statements } from '../ir/visit.js';
import type { Atom, Fn, Load, Stmt, Value } from '../ir/types.js';

export function maybeUndefined(fn: Fn): ReadonlySet<Value> {
  const found = new Set<Value>();
  /** From a value to those that take it over unchanged. */
  const flows = new Map<Value, Value[]>();
  const flow = (from: Atom | undefined, to: Value | undefined) => {
    if (from === undefined || to === undefined) return;
    if (from.kind === 'const') {
      if (from.value === undefined) found.add(to);
      return;
    }
    const targets = flows.get(from);
    if (targets) targets.push(to);
    else flows.set(from, [to]);
  };

  for (const { value } of fn.params) if (fn.called || value.type.kind === 'optional') found.add(value);
  for (const stmt of statements(fn.body)) {
    sources(stmt).forEach((value) => found.add(value));
    switch (stmt.kind) {
      case 'let':
        if (stmt.op === 'select') stmt.args.slice(1).forEach((arg) => flow(arg, stmt.target));
        break;
      case 'if':
        stmt.results.forEach((result, k) => blocks(stmt).forEach((arm) => flow(arm.yields[k], result)));
        break;
      case 'for':
      case 'loop': {
        const first = stmt.kind === 'loop' ? 1 : 0;
        stmt.carried.forEach(({ param, init }, k) => {
          for (const to of [param, stmt.results[k]]) {
            flow(init, to);
            flow(stmt.body.yields[k + first], to);
          }
        });
        break;
      }
      default:
        break;
    }
  }

  const pending = [...found];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    for (const target of flows.get(value) ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      pending.push(target);
    }
  }
  return found;
}

function sources(stmt: Stmt): readonly Value[] {
  switch (stmt.kind) {
    case 'load':
      return certainlyThere(stmt) ? [] : [stmt.target];
    case 'pop':
    case 'read':
      return [stmt.target];
    case 'call':
    case 'derive':
      return results(stmt);
    // `unwrap` of what is not there is the frontend's promise, but costs nothing to doubt.
    case 'let':
      return stmt.op === 'unwrap' || stmt.target.type.kind === 'optional' ? [stmt.target] : [];
    default:
      return [];
  }
}

function certainlyThere({ object, key, target }: Load): boolean {
  const type = typeOf(object);
  if (target.type.kind === 'optional') return false;
  if (type.kind === 'record') return true;
  if (type.kind !== 'array' || type.fixed === undefined || key.kind !== 'const') return false;
  return typeof key.value === 'number' && Number.isInteger(key.value) && key.value >= 0 && key.value < type.fixed;
}
