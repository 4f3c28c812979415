/**
 * Numbers, booleans and strings that may be `undefined` at run time because they were read outside an array's
 * bounds. Arithmetic makes NaN of `undefined`, so `x * 1 → x` changes what is returned if `x` is one of them.
 */

import { field, typeOf, zero } from '../ir/build.js';
import { blocks, callees, results, statements } from '../ir/visit.js';
import { Definitions } from './rewrite.js';
import type { Atom, Fn, Key, Load, Pop, Stmt, Value } from '../ir/types.js';

/**
 * Where a program asks whether a value is there, `isInside` says which reads surely find something; without, the
 * answer is for arithmetic, and what other functions keep in fields counts as there.
 */
export function maybeUndefined(fn: Fn, isInside?: (stmt: Load | Pop) => boolean): ReadonlySet<Value> {
  const found = new Set<Value | Places>();
  /** From a value to those that take it over unchanged. */
  const flows = new Map<Value | Places, (Value | Places)[]>();
  const places = new Map<string, Places>();
  const isShared = isInside !== undefined && (fn.called === true || callees(fn).size > 0);
  /** Where it is kept in the meantime: fields of one name, or elements of lists, are told apart no further. */
  const placeOf = (object: Atom, key: Key): Places | undefined => {
    const type = typeOf(object);
    if (type.kind === 'array' && type.storage !== 'list') return undefined;
    const name =
      type.kind === 'array' ? '' : key.kind === 'field' ? key.name : String(key.kind === 'const' && key.value);
    let place = places.get(name);
    if (place === undefined) {
      places.set(name, (place = { name }));
      if (isShared) found.add(place);
    }
    return place;
  };
  const flow = (from: Atom | Places | undefined, to: Value | Places | undefined) => {
    if (from === undefined || to === undefined) return;
    if ('kind' in from && from.kind === 'const') {
      if (from.value === undefined) found.add(to);
      return;
    }
    const targets = flows.get(from);
    if (targets) targets.push(to);
    else flows.set(from, [to]);
  };

  for (const { value } of fn.params) if (fn.called || value.type.kind === 'optional') found.add(value);
  for (const stmt of statements(fn.body)) {
    sources(stmt, isInside ?? (() => false)).forEach((value) => found.add(value));
    switch (stmt.kind) {
      case 'let':
        if (stmt.op === 'select') stmt.args.slice(1).forEach((arg) => flow(arg, stmt.target));
        break;
      case 'load':
        flow(placeOf(stmt.object, stmt.key), stmt.target);
        break;
      case 'pop':
        flow(placeOf(stmt.object, zero), stmt.target);
        break;
      case 'store':
        flow(stmt.value, placeOf(stmt.object, stmt.key));
        break;
      case 'push':
        flow(stmt.value, placeOf(stmt.object, zero));
        break;
      case 'make': {
        const { type } = stmt.target;
        stmt.parts.forEach((part, k) => {
          const name = type.kind === 'record' ? type.fields[k]?.name : undefined;
          flow(part, placeOf(stmt.target, name === undefined ? zero : field(name)));
        });
        break;
      }
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
  return new Set([...found].filter((value): value is Value => 'kind' in value));
}

/** All fields of one name, or all elements of lists. */
interface Places {
  readonly name: string;
}

function sources(stmt: Stmt, isInside: (stmt: Load | Pop) => boolean): readonly Value[] {
  switch (stmt.kind) {
    case 'load':
    case 'pop':
      return isInside(stmt) || (stmt.kind === 'load' && certainlyThere(stmt)) ? [] : [stmt.target];
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

/** Reads of what is surely there: where the frontend says so, and at the index of a loop from 0 to the length of the same object, none of which becomes shorter. */
export function insideReads(fn: Fn): (stmt: Load | Pop) => boolean {
  const definitions = new Definitions();
  let shrinks = false;
  for (const stmt of statements(fn.body)) {
    definitions.add(stmt);
    shrinks ||= stmt.kind === 'pop' || stmt.kind === 'resize';
  }
  return (stmt) => {
    if (stmt.inside === true || stmt.kind === 'pop') return stmt.inside === true;
    const { object, key } = stmt;
    const type = typeOf(object);
    if (type.kind !== 'array' || key.kind !== 'value' || (shrinks && type.storage === 'list')) return false;
    const made = definitions.get(object);
    if (made?.kind === 'alloc' && made.fill === undefined && type.storage === 'list') return false;
    const loop = definitions.get(key);
    if (loop?.kind !== 'for' || loop.index !== key || loop.step < 0 || loop.compare !== '<') return false;
    if (loop.from.kind !== 'const' || Number(loop.from.value) < 0 || !Number.isInteger(loop.from.value)) return false;
    if (loop.to.kind === 'const') return Number(loop.to.value) <= (type.fixed ?? 0);
    const bound = definitions.get(loop.to);
    return bound?.kind === 'length' && bound.object === object;
  };
}
