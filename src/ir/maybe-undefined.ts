/**
 * Numbers, booleans and strings that may be `undefined` at run time because they were read outside an array's
 * bounds. Arithmetic makes NaN of `undefined`, so `x * 1 → x` changes what is returned if `x` is one of them.
 */

import { field, typeOf, zero } from './build.js';
import { blocks, callees, innerValues, operands, results, statements } from './visit.js';
import type { Atom, Fn, Key, Load, Pop, Stmt, Value } from './types.js';

/**
 * Where a program asks whether a value is there, `isInside` says which reads surely find something; without, the
 * answer is for arithmetic, and what other functions keep in fields counts as there.
 */
export function maybeUndefined(fn: Fn, isInside?: (stmt: Load | Pop) => boolean): ReadonlySet<Value> {
  const { flows, places, found } = flowsOf(fn);
  if (isInside !== undefined && (fn.called === true || callees(fn).size > 0)) {
    for (const place of places) found.add(place);
  }
  for (const { value } of fn.params) if (fn.called || value.type.kind === 'optional') found.add(value);
  for (const stmt of statements(fn.body)) {
    for (const value of sources(stmt, isInside ?? (() => false))) found.add(value);
  }
  return reached(found, flows);
}

/**
 * Numbers of which a program asks whether they are there, or whether what they become is, but whose load may find
 * nothing.
 */
export function askedLoads(fn: Fn): ReadonlySet<Value> {
  const asked = askedValues(fn);
  if (asked.size === 0) return asked;
  const isInside = insideReads(fn);
  const found = new Set<Value>();
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'load' && asked.has(stmt.target) && !isInside(stmt) && !certainlyThere(stmt))
      found.add(stmt.target);
  }
  return found;
}

const asks = ({ body }: Fn): boolean =>
  [...statements(body)].some((stmt) => stmt.kind === 'let' && stmt.op === 'defined');

/** Other functions may ask, too, of what they are given, or are left with in fields. */
function askedValues(fn: Fn): ReadonlySet<Value> {
  const asked = new Set<Value | Places>();
  const add = (atom: Atom | undefined) => {
    if (atom?.kind === 'value') asked.add(atom);
  };
  const askElsewhere = fn.called === true || (fn.helpers ?? []).some(asks);
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'let' ? stmt.op === 'defined' : stmt.kind === 'call' && askElsewhere) operands(stmt).forEach(add);
  }
  if (fn.called === true) fn.body.yields.forEach(add);
  const { flows, places } = flowsOf(fn);
  if (askElsewhere) for (const place of places) asked.add(place);
  if (asked.size === 0) return new Set();
  const back = new Map<Value | Places, (Value | Places)[]>();
  for (const [from, targets] of flows) {
    for (const to of targets) {
      const known = back.get(to);
      if (known) known.push(from);
      else back.set(to, [from]);
    }
  }
  return reached(asked, back);
}

interface Flows {
  /** From a value to those that take it over unchanged. */
  readonly flows: ReadonlyMap<Value | Places, readonly (Value | Places)[]>;
  readonly places: Iterable<Places>;
  /** What takes over `undefined` itself. */
  readonly found: Set<Value | Places>;
}

function flowsOf(fn: Fn): Flows {
  const found = new Set<Value | Places>();
  const flows = new Map<Value | Places, (Value | Places)[]>();
  const places = new Map<string, Places>();
  /** Where it is kept in the meantime: fields of one name, or elements of lists, are told apart no further. */
  const placeOf = (object: Atom, key: Key): Places | undefined => {
    const type = typeOf(object);
    if (type.kind === 'array' && type.storage !== 'list') return undefined;
    const name =
      type.kind === 'array' ? '' : key.kind === 'field' ? key.name : String(key.kind === 'const' && key.value);
    let place = places.get(name);
    if (place === undefined) places.set(name, (place = { name }));
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

  for (const stmt of statements(fn.body)) {
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

  return { flows, places: places.values(), found };
}

/** The values among `found` and all that is reached from there, to which it is extended. */
function reached(found: Set<Value | Places>, flows: Flows['flows']): ReadonlySet<Value> {
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
    case 'linear':
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
  const definitions = new Map<Atom, Stmt>();
  let shrinks = false;
  for (const stmt of statements(fn.body)) {
    for (const value of [...results(stmt), ...innerValues(stmt)]) definitions.set(value, stmt);
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
