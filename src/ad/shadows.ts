/**
 * Objects of cotangents ("shadows"). Every reference that leads to active numbers gets a shadow: an object of the
 * same shape that holds the cotangents of its numbers. There are two ways to come by one:
 *
 * - *local*: the object has a single name and is linked to nothing. Its shadow is made in the reverse sweep, at the
 *   start of the reverse of the block that made the object.
 * - *linked*: everything else. Shadows are made in the forward sweep and linked exactly as the primal objects are
 *   (row aliases, swaps, carried references), so that shadows alias as primals do.
 */

import {
  Builder,
  constant,
  elementType,
  emptyElement,
  emptySum,
  field,
  isConst,
  typeOf,
  value,
  writableThroughout,
  zero,
} from '../ir/build.js';
import { isNumber, isReference, recordOf, zerosLike } from '../ir/structure.js';
import { blocks } from '../ir/visit.js';
import type { Atom, Block, Call, Carried, Fn, Param, RecordType, Stmt, Store, Type, Value } from '../ir/types.js';
import { shadowType, type Activity } from './activity.js';
import { keyName, type Aliases, type ObjectClass } from './alias.js';
import type { ActiveCalls } from './calls.js';
import { shadowParts } from './jvp.js';
import { append } from '../ir/lists.js';

export interface Augmented {
  readonly body: Block;
  /** Shadows of linked references. */
  readonly linked: ReadonlyMap<Value, Atom>;
  /** For each load and length among the statements added: the one of the primal that reads the primal's twin. */
  readonly twins: ReadonlyMap<Stmt, Stmt>;
  /** Lengths, at the end of its block, of local lists that change length. */
  readonly lengths: ReadonlyMap<Value, Value>;
  /** For each truncation of a list of active numbers: how long it was. */
  readonly lengthsBefore: ReadonlyMap<Stmt, Value>;
  /** For each call of a forward sweep: the call of the primal that it stands for. */
  readonly calls: ReadonlyMap<Stmt, Call>;
  /** Helpers that take part, each with its forward sweep so far: shadows are made, nothing is saved yet. */
  readonly helpers: ReadonlyMap<Fn, Fn>;
}

/** What the forward and the reverse sweep of a helper are called. */
export const forwardName = (name: string): string => `${name}Forward`;
export const reverseName = (name: string): string => `${name}Reverse`;

const barOf = (name: string | undefined): string | undefined => (name === undefined ? undefined : `${name}Bar`);
export { barOf };

/** The references whose shadows can be made in the reverse sweep. */
export function findLocal(fn: Fn, aliases: Aliases, activity: Activity): Set<Value> {
  const members = new Map<ObjectClass, Value[]>();
  const linked = new Set<ObjectClass>();
  const creators = new Set<Value>();
  const member = (v: Value) => {
    if (!isReference(v.type)) return;
    append(members, aliases.of(v), v);
  };
  const link = (atom: Atom) => {
    if (atom.kind === 'value' && isReference(atom.type)) linked.add(aliases.of(atom));
  };
  for (const param of fn.params) {
    member(param.value);
    if (param.value.type.kind !== 'optional') creators.add(param.value);
  }
  // What crosses a call has shadows from the start.
  for (const { params, body } of fn.helpers ?? []) {
    for (const { value: param } of params) {
      member(param);
      link(param);
    }
    body.yields.forEach(link);
  }
  const visit = (block: Block) => {
    for (const stmt of block.stmts) {
      switch (stmt.kind) {
        case 'alloc':
        case 'make':
        case 'slice':
          member(stmt.target);
          creators.add(stmt.target);
          if (stmt.kind === 'alloc' && stmt.fill) link(stmt.fill);
          if (stmt.kind === 'make') stmt.parts.forEach(link);
          break;
        case 'let':
        case 'load':
        case 'view':
        case 'pop':
          member(stmt.target);
          break;
        case 'store':
        case 'push':
          link(stmt.value);
          break;
        case 'call':
          if (stmt.target) member(stmt.target);
          break;
        case 'if':
          stmt.results.forEach(member);
          [stmt.then, stmt.else].forEach((arm) => arm.yields.forEach(link));
          break;
        case 'for':
        case 'loop':
          stmt.results.forEach(member);
          stmt.carried.forEach(({ param, init }) => {
            member(param);
            link(init);
          });
          stmt.body.yields.forEach(link);
          break;
        default:
          break;
      }
      blocks(stmt).forEach(visit);
    }
  };
  for (const { body } of [fn, ...(fn.helpers ?? [])]) visit(body);
  const local = new Set<Value>();
  for (const [root, values] of members) {
    const [only] = values;
    if (!only || values.length > 1 || linked.has(root) || !creators.has(only) || !activity.active(only)) continue;
    const type = only.type;
    const flat =
      type.kind === 'array'
        ? isNumber(type.elem)
        : type.kind === 'record' && !type.fields.some((f) => isReference(f.type));
    if (flat) local.add(only);
  }
  return local;
}

/** Puts statements that make and link shadows behind the primal's. */
export function augment(
  fn: Fn,
  aliases: Aliases,
  activity: Activity,
  local: ReadonlySet<Value>,
  given: ReadonlyMap<Value, Value>,
  active: ActiveCalls,
  growing: ReadonlySet<Stmt>,
): Augmented {
  const shadows = new Map<Value, Atom>();
  const twins = new Map<Stmt, Stmt>();
  const lengths = new Map<Value, Value>();
  const lengthsBefore = new Map<Stmt, Value>();
  const calls = new Map<Stmt, Call>();

  const isLinked = (atom: Atom) =>
    atom.kind === 'value' && isReference(atom.type) && !local.has(atom) && activity.active(atom);
  const shadow = (atom: Atom): Atom => {
    if (atom.kind === 'const') return atom;
    const found = shadows.get(atom);
    if (!found) throw new Error(`no shadow for ${atom.name ?? 'a reference'}`);
    return found;
  };
  const typeFor = (v: Value) => writableThroughout(shadowType(v.type, aliases.of(v), activity, true));
  const keeps = (object: Atom, key: Parameters<typeof keyName>[1]) =>
    activity.keeps(aliases.of(object), keyName(typeOf(object), key));
  /** Whether shadows are linked where the store goes; a number that is given up keeps a cotangent, of 0. */
  const holdsShadow = ({ object, key }: Store): boolean =>
    keeps(object, key) && isReference(elementType(typeOf(shadow(object)), key));

  const simple = (stmt: Stmt, b: Builder) => {
    switch (stmt.kind) {
      case 'let':
        if (isLinked(stmt.target)) {
          const args = stmt.args.map((arg) => (isReference(typeOf(arg)) ? shadow(arg) : arg));
          shadows.set(stmt.target, b.op(stmt.op, args, barOf(stmt.target.name)));
        }
        return;
      case 'load':
        if (!isLinked(stmt.target)) return;
        shadows.set(stmt.target, b.load(shadow(stmt.object), stmt.key, barOf(stmt.target.name)));
        twins.set(b.stmts.at(-1) ?? stmt, stmt);
        return;
      case 'store':
        if (isReference(typeOf(stmt.value)) && isLinked(stmt.value))
          b.store(shadow(stmt.object), stmt.key, shadow(stmt.value));
        else if (isConst(stmt.value, undefined) && isLinked(stmt.object) && holdsShadow(stmt)) {
          b.store(shadow(stmt.object), stmt.key, stmt.value);
        } else if (isLinked(stmt.object) && growing.has(stmt)) b.store(shadow(stmt.object), stmt.key, zero);
        return;
      case 'alloc': {
        if (!isLinked(stmt.target)) return;
        const type = typeFor(stmt.target);
        if (type.kind !== 'array') return;
        const fill = isReference(type.elem) ? stmt.fill && shadow(stmt.fill) : emptyElement;
        shadows.set(stmt.target, b.alloc(type, stmt.length, fill, barOf(stmt.target.name)));
        return;
      }
      case 'make': {
        if (!isLinked(stmt.target)) return;
        const type = typeFor(stmt.target);
        // A part that does not vary has cotangents of its own, which nobody reads.
        const linked = (part: Atom) =>
          part.kind === 'const' || shadows.has(part)
            ? shadow(part)
            : zerosLike(b, part, undefined, undefined, emptySum);
        const parts = shadowParts(stmt.target.type, type, stmt.parts, (part) =>
          isReference(typeOf(part)) ? linked(part) : emptySum,
        );
        shadows.set(stmt.target, b.make(type, parts, barOf(stmt.target.name)));
        return;
      }
      case 'slice': {
        if (!isLinked(stmt.target)) return;
        const type = typeFor(stmt.target);
        if (type.kind !== 'array') return;
        const name = barOf(stmt.target.name);
        shadows.set(
          stmt.target,
          isReference(type.elem)
            ? b.slice(shadow(stmt.object), stmt.from, stmt.to, name, type)
            : b.alloc(type, difference(b, stmt.to, stmt.from, type.fixed), emptyElement, name),
        );
        return;
      }
      case 'view': {
        if (!isLinked(stmt.target)) return;
        const target = value(typeFor(stmt.target), barOf(stmt.target.name));
        b.push({ ...stmt, target, object: shadow(stmt.object) });
        shadows.set(stmt.target, target);
        return;
      }
      case 'push':
        if (!isLinked(stmt.object)) return;
        if (isReference(typeOf(stmt.value)))
          b.push({ ...stmt, object: shadow(stmt.object), value: shadow(stmt.value) });
        else if (keeps(stmt.object, zero)) b.push({ ...stmt, object: shadow(stmt.object), value: zero });
        return;
      case 'pop': {
        if (!isLinked(stmt.object)) return;
        const target = value(typeFor(stmt.target), barOf(stmt.target.name));
        b.push({ ...stmt, target, object: shadow(stmt.object) });
        if (isReference(stmt.target.type)) shadows.set(stmt.target, target);
        return;
      }
      case 'resize':
        if (isLinked(stmt.object)) b.push({ ...stmt, object: shadow(stmt.object) });
        return;
      default:
        return;
    }
  };

  const block = (source: Block, extra: () => readonly Atom[]): Block => {
    const b = new Builder();
    for (const stmt of source.stmts) {
      b.origin = stmt.origin;
      if (stmt.kind === 'if') {
        const more = stmt.results.flatMap((result, k) => (isLinked(result) ? [{ result, k }] : []));
        const arm = (source: Block) => block(source, () => more.map(({ k }) => shadow(source.yields[k] ?? zero)));
        const [then, otherwise] = [arm(stmt.then), arm(stmt.else)];
        const results = more.map(({ result }) => introduce(result));
        b.push({ ...stmt, then, else: otherwise, results: [...stmt.results, ...results] });
      } else if (stmt.kind === 'for' || stmt.kind === 'loop') {
        const first = stmt.kind === 'loop' ? 1 : 0;
        const more = stmt.carried.flatMap(({ param, init }, k) => (isLinked(param) ? [{ param, init, k }] : []));
        const inits = more.map(({ init }) => shadow(init));
        const carried: Carried[] = more.map(({ param }, j) => ({ param: introduce(param), init: inits[j] ?? zero }));
        const body = block(stmt.body, () => more.map(({ k }) => shadow(stmt.body.yields[k + first] ?? zero)));
        const results = more.flatMap(({ k }) => {
          const result = stmt.results[k];
          return result ? [introduce(result)] : [];
        });
        b.push({ ...stmt, carried: [...stmt.carried, ...carried], body, results: [...stmt.results, ...results] });
      } else if (stmt.kind === 'call') {
        call(stmt, b);
      } else {
        if (stmt.kind === 'resize' && activity.active(stmt.object)) {
          const before = value({ kind: 'num' });
          b.push({ kind: 'length', target: before, object: stmt.object, origin: stmt.origin });
          lengthsBefore.set(stmt, before);
        }
        b.push(stmt);
        simple(stmt, b);
      }
    }
    // Local lists that change length are as long in the reverse sweep as they are at the end of their block.
    for (const stmt of source.stmts) {
      const made = stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice' ? stmt.target : undefined;
      if (made && local.has(made) && changesLength.has(aliases.of(made))) {
        const length = value({ kind: 'num' });
        b.push({ kind: 'length', target: length, object: made, origin: stmt.origin });
        lengths.set(made, length);
      }
    }
    return { stmts: b.stmts, yields: [...source.yields, ...extra()] };
  };
  const forwardOf = (helper: Fn): Fn => {
    const more = active.activeObjects(helper).map((param): Param => ({ value: introduce(param), active: false }));
    const inside = block(helper.body, () => []);
    const [result] = helper.body.yields;
    const params = [...helper.params, ...more];
    const name = forwardName(helper.name);
    if (result === undefined || !isReference(typeOf(result)) || !isLinked(result)) {
      return { ...helper, name, params, body: inside };
    }
    const b = new Builder(helper.origin);
    const type = shadowType(helper.result, aliases.of(result), activity, true);
    const both = b.make(withShadow(helper.result, type), [result, shadow(result)]);
    return {
      ...helper,
      name,
      params,
      result: both.type,
      body: { stmts: [...inside.stmts, ...b.stmts], yields: [both] },
    };
  };
  const introduce = (primal: Value): Value => {
    const target = value(typeFor(primal), barOf(primal.name));
    shadows.set(primal, target);
    return target;
  };

  /** A call of the forward sweep of an active helper: it takes the shadows of its arguments, and gives that of its result. */
  const call = (stmt: Call, b: Builder) => {
    const callee = active.callee(stmt);
    if (callee === undefined) return b.push(stmt);
    const shadowsOf = active.activeObjects(callee).map((param) => {
      const k = callee.params.findIndex(({ value: own }) => own === param);
      return shadow(stmt.args[k] ?? zero);
    });
    const { target } = stmt;
    const forward: Call = { ...stmt, callee: forwardName(callee.name), args: [...stmt.args, ...shadowsOf] };
    if (target === undefined || !isLinked(target)) {
      calls.set(forward, stmt);
      return b.push(forward);
    }
    const both = value(withShadow(callee.result, typeFor(target)));
    const made: Call = { ...forward, target: both };
    calls.set(made, stmt);
    b.push(made);
    b.push({ kind: 'load', target, object: both, key: field('value'), origin: stmt.origin });
    shadows.set(target, b.load(both, field('cotangent'), barOf(target.name)));
  };

  const changesLength = new Set<ObjectClass>();
  const findResized = (at: Block) => {
    for (const stmt of at.stmts) {
      const resizes = stmt.kind === 'push' || stmt.kind === 'pop' || stmt.kind === 'resize';
      if (resizes || (stmt.kind === 'store' && growing.has(stmt))) changesLength.add(aliases.of(stmt.object));
      blocks(stmt).forEach(findResized);
    }
  };
  for (const each of [fn, ...(fn.helpers ?? [])]) findResized(each.body);

  const start = new Builder(fn.origin);
  for (const param of fn.params) {
    const accumulator = given.get(param.value);
    if (accumulator) shadows.set(param.value, accumulator);
    else if (isLinked(param.value)) {
      shadows.set(param.value, zerosLike(start, param.value, typeFor(param.value), barOf(param.value.name), emptySum));
    }
  }
  const body = block(fn.body, () => []);
  const helpers = new Map([...active.active].map((helper) => [helper, forwardOf(helper)]));
  return {
    body: { ...body, stmts: [...start.stmts, ...body.stmts] },
    linked: shadows,
    twins,
    lengths,
    lengthsBefore,
    calls,
    helpers,
  };
}

const withShadow = (primal: Type, shadow: Type): RecordType =>
  recordOf([
    { name: 'value', type: primal },
    { name: 'cotangent', type: shadow },
  ]);

/** How many elements a slice has. */
function difference(b: Builder, to: Atom, from: Atom, fixed: number | undefined): Atom {
  if (fixed !== undefined) return constant(fixed);
  return isConst(from, 0) ? to : b.op('sub', [to, from]);
}
