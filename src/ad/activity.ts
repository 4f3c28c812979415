/**
 * What takes part in differentiation. A number is *varied* if it depends on an active parameter through operations
 * whose derivative is not zero everywhere, *useful* if the result depends on it in the same way, and *active* if
 * both. Numbers kept in objects are classified per class of objects (see `alias.ts`) and key.
 */

import { constant, typeOf } from '../ir/build.js';
import { isNumber, isReference } from '../ir/structure.js';
import { blocks } from '../ir/visit.js';
import { partialOf } from '../rules/scalar.js';
import type { Atom, Block, Fn, Op, Origin, Stmt, Storage, Type, Value } from '../ir/types.js';
import { isKeys } from './passive.js';
import { keyName, type Aliases, type ObjectClass } from './alias.js';

export interface Activity {
  /** Whether a number is active, or a reference leads to an active number. */
  active(atom: Atom): boolean;
  /** Whether numbers kept under `key` in objects of this class are active. */
  keeps(object: ObjectClass, key: string): boolean;
  /** Whether a number depends on an active parameter at all. */
  varied(atom: Atom): boolean;
}

export interface ActivityProblem {
  readonly code: 'bit-operation' | 'integer-array' | 'text-of-number' | 'active-key' | 'operator-effect';
  /** The operation, array or variable that the diagnostic names. */
  readonly what: string;
  readonly origin: Origin | undefined;
}

/** Facts about numbers: values, and kept numbers by class and key. Grows until nothing changes. */
class Facts {
  readonly values = new Set<Value>();
  private readonly kept = new Map<ObjectClass, Set<string>>();
  changed = false;

  has(atom: Atom): boolean {
    return atom.kind === 'value' && this.values.has(atom);
  }

  add(atom: Atom): void {
    if (atom.kind === 'value' && isNumber(atom.type) && !this.values.has(atom)) {
      this.values.add(atom);
      this.changed = true;
    }
  }

  keeps(object: ObjectClass, key: string): boolean {
    return this.kept.get(object.root)?.has(key) ?? false;
  }

  keep(object: ObjectClass, key: string): void {
    const root = object.root;
    let keys = this.kept.get(root);
    if (keys === undefined) this.kept.set(root, (keys = new Set()));
    if (!keys.has(key)) {
      keys.add(key);
      this.changed = true;
    }
  }

  /** Marks every number that a value of `type` leads to. */
  keepAll(object: ObjectClass, type: Type): void {
    if (type.kind === 'optional') this.keepAll(object, type.of);
    else if (type.kind === 'array' && type.storage !== 'u8' && type.storage !== 'i32') {
      if (isNumber(type.elem)) this.keep(object, '*');
      else if (isReference(type.elem)) this.keepAll(object.under('*'), type.elem);
    } else if (type.kind === 'record') {
      for (const { name, type: of } of type.fields) {
        if (isNumber(of)) this.keep(object, name);
        else if (isReference(of)) this.keepAll(object.under(name), of);
      }
    }
  }
}

/**
 * The pairs (from, to) along which a statement passes numbers on, for one direction of flow or the other. `steps`:
 * also through operations whose derivative is zero everywhere.
 */
function flow(
  stmt: Stmt,
  aliases: Aliases,
  helpers: ReadonlyMap<string, Fn>,
  number: (from: Atom, to: Atom) => void,
  kept: KeptFlow,
  steps = false,
): void {
  const into = (object: Atom, key: string, from: Atom) => {
    if (isNumber(typeOf(from))) kept.write(aliases.of(object), key, from);
  };
  const outOf = (object: Atom, key: string, to: Value) => {
    if (isNumber(to.type)) kept.read(aliases.of(object), key, to);
  };
  switch (stmt.kind) {
    case 'let':
      stmt.args.forEach((arg, k) => {
        if ((steps || partialOf(stmt.op, k)) && isNumber(typeOf(arg))) number(arg, stmt.target);
      });
      break;
    case 'load':
      outOf(stmt.object, keyName(typeOf(stmt.object), stmt.key), stmt.target);
      break;
    case 'pop':
      outOf(stmt.object, '*', stmt.target);
      break;
    case 'store':
      into(stmt.object, keyName(typeOf(stmt.object), stmt.key), stmt.value);
      break;
    case 'push':
      into(stmt.object, '*', stmt.value);
      break;
    case 'alloc':
      if (stmt.fill) into(stmt.target, '*', stmt.fill);
      break;
    case 'make': {
      const { type } = stmt.target;
      stmt.parts.forEach((part, k) =>
        into(stmt.target, type.kind === 'record' ? (type.fields[k]?.name ?? '*') : '*', part),
      );
      break;
    }
    case 'slice':
      if (stmt.target.type.kind === 'array' && isNumber(stmt.target.type.elem)) {
        kept.copy(aliases.of(stmt.object), aliases.of(stmt.target), '*');
      }
      break;
    case 'call': {
      const callee = helpers.get(stmt.callee);
      callee?.params.forEach(({ value }, k) => number(stmt.args[k] ?? constant(0), value));
      if (stmt.target) number(callee?.body.yields[0] ?? constant(0), stmt.target);
      break;
    }
    case 'if':
      stmt.results.forEach((result, k) => {
        for (const arm of [stmt.then, stmt.else]) number(arm.yields[k] ?? constant(0), result);
      });
      break;
    case 'for':
    case 'loop': {
      const first = stmt.kind === 'loop' ? 1 : 0;
      stmt.carried.forEach(({ param, init }, k) => {
        const next = stmt.body.yields[k + first] ?? constant(0);
        const result = stmt.results[k];
        number(init, param);
        number(next, param);
        if (result) {
          number(next, result);
          number(init, result);
          number(param, result); // so that a result that is active is carried as such
        }
      });
      break;
    }
    default:
      break;
  }
}

interface KeptFlow {
  write(object: ObjectClass, key: string, from: Atom): void;
  read(object: ObjectClass, key: string, to: Value): void;
  copy(from: ObjectClass, to: ObjectClass, key: string): void;
}

function toFixedPoint(facts: Facts, bodies: readonly Block[], step: (stmt: Stmt) => void, backwards: boolean): void {
  const visit = (block: Block) => {
    const list = backwards ? block.stmts.toReversed() : block.stmts;
    for (const stmt of list) {
      if (!backwards) step(stmt);
      blocks(stmt).forEach(visit);
      step(stmt); // a loop's results and parameters also depend on its body
    }
  };
  do {
    facts.changed = false;
    bodies.forEach(visit);
  } while (facts.changed);
}

/**
 * Objects of active parameters and of the result have tangents of full shape, whatever the function does with
 * them, so every number in them counts as active.
 */
export function analyseActivity(
  fn: Fn,
  aliases: Aliases,
): Activity & { readonly problems: readonly ActivityProblem[] } {
  const result = fn.body.yields[0] ?? constant(undefined);
  const helpers = new Map(fn.helpers?.map((helper) => [helper.name, helper]));
  const bodies = [fn, ...helpers.values()].map(({ body }) => body);

  const varied = new Facts();
  for (const param of fn.params) {
    if (!param.active) continue;
    if (isReference(param.value.type)) varied.keepAll(aliases.of(param.value), param.value.type);
    else varied.add(param.value);
  }
  const passOn = (from: Atom, to: Atom) => {
    if (varied.has(from)) varied.add(to);
  };
  const forwards: KeptFlow = {
    write: (object, key, from) => varied.has(from) && varied.keep(object, key),
    read: (object, key, to) => varied.keeps(object, key) && varied.add(to),
    copy: (from, to, key) => varied.keeps(from, key) && varied.keep(to, key),
  };
  toFixedPoint(varied, bodies, (stmt) => flow(stmt, aliases, helpers, passOn, forwards), false);

  const useful = usefulFacts(fn, aliases, helpers, false);
  if (isReference(typeOf(result))) varied.keepAll(aliases.of(result), typeOf(result));

  const keeps = (object: ObjectClass, key: string) => varied.keeps(object, key) && useful.keeps(object, key);
  const leadsToActive = (object: ObjectClass, type: Type): boolean => {
    if (type.kind === 'optional') return leadsToActive(object, type.of);
    if (type.kind === 'array') {
      return isReference(type.elem)
        ? leadsToActive(object.under('*'), type.elem)
        : isNumber(type.elem) && keeps(object, '*');
    }
    return (
      type.kind === 'record' &&
      type.fields.some(({ name, type: of }) =>
        isReference(of) ? leadsToActive(object.under(name), of) : isNumber(of) && keeps(object, name),
      )
    );
  };
  return {
    keeps,
    varied: (atom) => varied.has(atom),
    active: (atom) => {
      if (atom.kind === 'const') return false;
      return isReference(atom.type) ? leadsToActive(aliases.of(atom), atom.type) : varied.has(atom) && useful.has(atom);
    },
    problems: findProblems(bodies, varied, () => usefulFacts(fn, aliases, helpers, true)),
  };
}

/** What the result is made of; `steps`: see `flow`. */
function usefulFacts(fn: Fn, aliases: Aliases, helpers: ReadonlyMap<string, Fn>, steps: boolean): Facts {
  const useful = new Facts();
  const passBack = (from: Atom, to: Atom) => {
    if (useful.has(to)) useful.add(from);
  };
  const backwards: KeptFlow = {
    write: (object, key, from) => useful.keeps(object, key) && useful.add(from),
    read: (object, key, to) => useful.has(to) && useful.keep(object, key),
    copy: (from, to, key) => useful.keeps(to, key) && useful.keep(from, key),
  };
  const result = fn.body.yields[0] ?? constant(undefined);
  if (isReference(typeOf(result))) useful.keepAll(aliases.of(result), typeOf(result));
  else useful.add(result);
  for (const param of fn.params) {
    if (param.active && isReference(param.value.type)) useful.keepAll(aliases.of(param.value), param.value.type);
  }
  const bodies = [fn, ...helpers.values()].map(({ body }) => body);
  toFixedPoint(useful, bodies, (stmt) => flow(stmt, aliases, helpers, passBack, backwards, steps), true);
  return useful;
}

/** Operations on integers, as the source writes them. */
const bitOperators: Readonly<Partial<Record<Op, string>>> = {
  bitand: '&',
  bitor: '|',
  bitxor: '^',
  bitnot: '~',
  shl: '<<',
  shr: '>>',
  ushr: '>>>',
  imul: 'Math.imul',
  clz32: 'Math.clz32',
};

const nameOf = (key: Atom): string => (key.kind === 'value' && key.name !== undefined ? `\`${key.name}\`` : 'the key');

/** What becomes a key of a Map or Set. */
function keyPutIn(stmt: Stmt): readonly Atom[] {
  if (stmt.kind === 'make') return isKeys(stmt.target) ? stmt.parts : [];
  return (stmt.kind === 'push' || stmt.kind === 'store') && isKeys(stmt.object) ? [stmt.value] : [];
}

/** What kind of array a number that varies is put into. */
function storedAs(stmt: Stmt, varied: Facts): Storage | undefined {
  const [array, parts] =
    stmt.kind === 'store' ? [stmt.object, [stmt.value]] : stmt.kind === 'make' ? [stmt.target, stmt.parts] : [];
  const type = array && typeOf(array);
  return type?.kind === 'array' && parts?.some((part) => varied.has(part)) ? type.storage : undefined;
}

/**
 * Active numbers where only passive ones have a meaning. Bits that end as indices, bounds and conditions alone are
 * constant nearby, as what `Math.floor` gives is; those that the result is made of are not: `parts` are its parts.
 */
function findProblems(bodies: readonly Block[], varied: Facts, parts: () => Facts): ActivityProblem[] {
  let found: Facts | undefined;
  const isPart = (value: Value): boolean => (found ??= parts()).has(value);
  const problems: ActivityProblem[] = [];
  const visit = (block: Block) => {
    for (const stmt of block.stmts) {
      if (stmt.kind === 'let' && stmt.args.some((arg) => varied.has(arg))) {
        if (bitOperators[stmt.op] !== undefined && isPart(stmt.target))
          problems.push({ code: 'bit-operation', what: bitOperators[stmt.op] ?? stmt.op, origin: stmt.origin });
        if (stmt.op === 'text') problems.push({ code: 'text-of-number', what: 'the text', origin: stmt.origin });
      }
      const storage = storedAs(stmt, varied);
      if (storage === 'i32' || storage === 'u8') {
        const what = storage === 'i32' ? 'Int32Array' : 'Uint8Array';
        problems.push({ code: 'integer-array', what, origin: stmt.origin });
      }
      const key = keyPutIn(stmt).find((part) => varied.has(part));
      if (key !== undefined) problems.push({ code: 'active-key', what: nameOf(key), origin: stmt.origin });
      blocks(stmt).forEach(visit);
    }
  };
  bodies.forEach(visit);
  return problems;
}

/**
 * What the tangent of a reference of this class and type looks like: passive parts are left out. `wide`: sums are
 * kept in doubles also where the primal is a Float32Array.
 */
export function shadowType(type: Type, object: ObjectClass, activity: Activity, wide: boolean): Type {
  switch (type.kind) {
    case 'array':
      if (wide && type.storage === 'f32') return { ...type, storage: 'f64' };
      if (isReference(type.elem)) return withElem(type, shadowType(type.elem, object.under('*'), activity, wide));
      // What is not there has tangent 0.
      return type.elem.kind === 'optional' && isNumber(type.elem) ? withElem(type, type.elem.of) : type;
    case 'record': {
      const fields = type.fields.flatMap(({ name, type: of }) => {
        const passive = type.tuple ? [{ name, type: { kind: 'num' } as const }] : []; // tuples keep their length
        if (isNumber(of)) return activity.keeps(object, name) ? [{ name, type: { kind: 'num' } as const }] : passive;
        if (!isReference(of)) return passive;
        const shadow = shadowType(of, object.under(name), activity, wide);
        return leads(shadow, object.under(name), activity) ? [{ name, type: shadow }] : passive;
      });
      if (fields.every((f, k) => f.type === type.fields[k]?.type) && fields.length === type.fields.length) return type;
      return type.tuple ? { kind: 'record', fields, tuple: true } : { kind: 'record', fields };
    }
    case 'optional': {
      const of = shadowType(type.of, object, activity, wide);
      return of.kind === 'num' ? of : { kind: 'optional', of };
    }
    default:
      return type;
  }
}

const withElem = (type: Type & { kind: 'array' }, elem: Type): Type => {
  if (elem === type.elem) return type;
  const { source: _, ...rest } = type;
  return { ...rest, elem };
};

function leads(shadow: Type, object: ObjectClass, activity: Activity): boolean {
  if (shadow.kind === 'record') return shadow.fields.length > 0;
  if (shadow.kind === 'optional') return leads(shadow.of, object, activity);
  if (shadow.kind !== 'array') return false;
  if (shadow.storage === 'u8' || shadow.storage === 'i32') return false;
  return isReference(shadow.elem)
    ? leads(shadow.elem, object.under('*'), activity)
    : isNumber(shadow.elem) && activity.keeps(object, '*');
}
