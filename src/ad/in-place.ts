/**
 * Loops that are reversed in place: each iteration is followed at once by its own reverse, so that nothing of it is
 * saved or computed again.
 *
 *     for row of rows                      for row of rows
 *       total += f(row, w)        →          total += f(row, w)
 *                                            rowBar += …; wBar += …     the reverse of f, with totalBar
 *
 * That takes a loop of the function's own block whose iterations hand on nothing active but sums, and cotangents of these
 * sums that are known before the loop starts: what follows is linear in them. The cotangents that the iterations add up
 * are read only after the loop, by the reverse of what came before it. What an iteration hands on besides is computed
 * first, without anything active.
 */

import { Builder, constant, emptySum, one, typeOf, value } from '../ir/build.js';
import { isReference, recordOf } from '../ir/structure.js';
import {
  blocks,
  changedObject,
  freeValues,
  inline,
  innerValues,
  instantiate,
  operands,
  results,
  statements,
} from '../ir/visit.js';
import type { Atom, Block, Fn, For, Let, Param, Stmt, Type, Value } from '../ir/types.js';
import { shadowType, type Activity } from './activity.js';
import { type Aliases, type ObjectClass, reachedFrom } from './alias.js';
import { barOf } from './shadows.js';

/** A sum that a loop carries: `param` plus or minus `term`. */
interface Sum {
  readonly step: Let;
  readonly term: Atom;
}

export interface InPlace {
  readonly loop: For;
  /** Per carried value; undefined for what is no sum, and passive. */
  readonly sums: readonly (Sum | undefined)[];
  /** The cotangent of each carried value, and the statements that compute them. */
  readonly seeds: readonly Atom[];
  readonly before: readonly Stmt[];
  /** Active values from outside of the loop. */
  readonly references: readonly Value[];
  readonly numbers: readonly Value[];
  readonly passive: readonly Value[];
  /** What an iteration does without anything active, and then the rest. */
  readonly first: readonly Stmt[];
  readonly rest: readonly Stmt[];
}

/** The loops of `fn` to reverse in place, by their indices; `cotangent` is that of the result. */
export function findInPlace(
  fn: Fn,
  aliases: Aliases,
  activity: Activity,
  cotangent: Atom,
): ReadonlyMap<Value, InPlace> {
  const found = new Map<Value, InPlace>();
  // What a call changes, and what it saves, has its turn in the whole of the forward sweep.
  if (fn.helpers !== undefined) return found;
  const candidates = fn.body.stmts.flatMap((stmt, at): Candidate[] => {
    if (stmt.kind !== 'for' || !stmt.carried.some(({ param }) => activity.active(param))) return [];
    const sums = sumsOf(stmt);
    if (stmt.carried.some(({ param }, k) => activity.active(param) && !sums[k])) return [];
    const parts = sums.every((sum) => sum !== undefined)
      ? { first: [], rest: stmt.body.stmts }
      : parted(stmt, sums, aliases, activity);
    return parts ? [{ loop: stmt, at, sums, ...parts }] : [];
  });
  if (candidates.length === 0) return found;
  const around = new Around(fn, aliases);
  for (const { loop, at, sums, first, rest } of candidates) {
    if (!around.writesOnlyItsOwn(rest, at)) continue;
    const inner = [...innerValues(loop), ...first.flatMap(results)];
    const used = freeValues({ stmts: rest, yields: [] });
    const free = [...inner.filter((v) => used.has(v) && v !== loop.index), ...around.inOrder(used)];
    const active = free.filter((v) => activity.active(v));
    const references = active.filter(({ type }) => isReference(type));
    if (!references.every((v) => isWholly(v, aliases, activity))) continue;
    if (around.writesLater(references, at)) continue;
    const b = new Builder(loop.origin);
    const early = new EarlyCotangents(fn, at, cotangent, b, around);
    const seeds = loop.results.map((result) => (activity.active(result) ? early.of(result) : emptySum));
    if (!seeds.every((seed) => seed !== undefined)) continue;
    found.set(loop.index, {
      loop,
      sums,
      seeds,
      before: b.stmts,
      references,
      numbers: active.filter(({ type }) => !isReference(type)),
      passive: free.filter((v) => !activity.active(v)),
      first,
      rest,
    });
  }
  return found;
}

type Candidate = Pick<InPlace, 'loop' | 'sums' | 'first' | 'rest'> & { readonly at: number };

/** An iteration with all that is active put last, if nothing can tell the difference. */
function parted(
  loop: For,
  sums: readonly (Sum | undefined)[],
  aliases: Aliases,
  activity: Activity,
): Pick<InPlace, 'first' | 'rest'> | undefined {
  const first: Stmt[] = [];
  const rest: Stmt[] = [];
  /** Defined by what comes last, and the objects that it looks at. */
  const late = new Set<Atom>(
    sums.map((sum, k) => (sum ? loop.carried[k]?.param : undefined)).filter((v) => v !== undefined),
  );
  const read = new Set<ObjectClass>();
  const changed = new Set<ObjectClass>();
  for (const stmt of loop.body.stmts) {
    const all = [stmt, ...blocks(stmt).flatMap(statements)];
    const atoms = all.flatMap((each) => [
      ...operands(each),
      ...results(each),
      ...innerValues(each),
      ...blocks(each).flatMap(({ yields }) => yields),
    ]);
    const met = reachedFrom(atoms.filter((atom) => isReference(typeOf(atom))).map((atom) => aliases.of(atom)));
    const changes = all.flatMap((each) => changedObject(each) ?? []).map((object) => aliases.of(object));
    if (atoms.some((atom) => activity.active(atom) || late.has(atom))) {
      rest.push(stmt);
      all.flatMap(results).forEach((v) => late.add(v));
      met.forEach((object) => read.add(object));
      changes.forEach((object) => changed.add(object));
      continue;
    }
    const isSwapped = changes.some((object) => read.has(object)) || [...met].some((object) => changed.has(object));
    if (isSwapped || all.some(({ kind }) => kind === 'throw')) return undefined;
    first.push(stmt);
  }
  const handedOn = loop.body.yields.filter((_, k) => !sums[k]);
  return handedOn.some((atom) => late.has(atom)) ? undefined : { first, rest };
}

/** Met in more than one statement of the function's own block, or a parameter. */
const everywhere = -1;

/** Where the function's own block defines, uses and writes what; found once for all of its loops. */
class Around {
  /** When what the block defines is there: parameters first. */
  private readonly order = new Map<Value, number>();
  private readonly firstOf: number[] = [];
  private readonly usesOf = new Map<Atom, Set<Stmt>>();
  /** The one statement that meets an object. */
  private readonly metIn = new Map<ObjectClass, number>();
  private readonly lastWrite = new Map<ObjectClass, number>();

  constructor(
    fn: Fn,
    private readonly aliases: Aliases,
  ) {
    const define = (v: Value) => this.order.set(v, this.order.size);
    fn.params.forEach((param) => {
      define(param.value);
      this.meet(param.value, everywhere);
    });
    fn.body.stmts.forEach((stmt, at) => {
      this.firstOf.push(this.order.size);
      for (const inner of [stmt, ...blocks(stmt).flatMap(statements)]) {
        innerValues(inner).forEach((v) => this.meet(v, at));
        results(inner).forEach((v) => this.meet(v, at));
        const object = changedObject(inner);
        if (object !== undefined) this.lastWrite.set(aliases.of(object), at);
      }
      results(stmt).forEach(define);
      const use = (atom: Atom) => {
        const users = this.usesOf.get(atom);
        if (users) users.add(stmt);
        else this.usesOf.set(atom, new Set([stmt]));
      };
      operands(stmt).forEach(use);
      blocks(stmt).forEach((block) => freeValues(block).forEach(use));
    });
  }

  private meet(v: Value, at: number): void {
    if (!isReference(v.type)) return;
    const pending = [this.aliases.of(v)];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const before = this.metIn.get(next);
      if (before === at || before === everywhere) continue;
      this.metIn.set(next, before === undefined ? at : everywhere);
      pending.push(...next.children());
    }
  }

  /** The values of the function's own block among some, in order. */
  inOrder(some: ReadonlySet<Value>): readonly Value[] {
    const place = (v: Value) => this.order.get(v) ?? -1;
    return [...some].filter((v) => this.order.has(v)).sort((a, b) => place(a) - place(b));
  }

  isBefore(atom: Atom, at: number): boolean {
    return atom.kind === 'const' || (this.order.get(atom) ?? Infinity) < (this.firstOf[at] ?? 0);
  }

  /** Statements of the function's own block that use a value, in them or in their blocks, in order. */
  users(v: Value): readonly Stmt[] {
    return [...(this.usesOf.get(v) ?? [])];
  }

  /** Whether the objects that statements of a loop write are all made in it. */
  writesOnlyItsOwn(stmts: readonly Stmt[], at: number): boolean {
    return statements({ stmts, yields: [] }).every((stmt) => {
      const object = changedObject(stmt);
      return object === undefined || this.metIn.get(this.aliases.of(object)) === at;
    });
  }

  /** Whether anything that is reached from `references` is changed after a statement. */
  writesLater(references: readonly Value[], at: number): boolean {
    const reached = reachedFrom(references.map((v) => this.aliases.of(v)));
    return [...reached].some((object) => (this.lastWrite.get(object) ?? -1) > at);
  }
}

/** The sums among what a loop carries, at which it looks only to add to them. */
function sumsOf(loop: For): readonly (Sum | undefined)[] {
  const steps = new Map<Value, Let>();
  for (const stmt of loop.body.stmts) {
    if (stmt.kind === 'let' && (stmt.op === 'add' || stmt.op === 'sub')) steps.set(stmt.target, stmt);
  }
  const uses = new Map<Atom, number>();
  const use = (atom: Atom) => uses.set(atom, (uses.get(atom) ?? 0) + 1);
  loop.body.yields.forEach(use);
  for (const stmt of statements(loop.body)) {
    operands(stmt).forEach(use);
    blocks(stmt).forEach((block) => block.yields.forEach(use));
  }
  return loop.carried.map(({ param }, k): Sum | undefined => {
    const next = loop.body.yields[k];
    const step = next?.kind === 'value' ? steps.get(next) : undefined;
    const [x, y] = step?.args ?? [];
    if (!next || !step || !x || !y || param.type.kind !== 'num') return undefined;
    if (uses.get(param) !== 1 || uses.get(next) !== 1) return undefined;
    if (x === param) return { step, term: y };
    return y === param && step.op === 'add' ? { step, term: x } : undefined;
  });
}

/** Arrays, nested perhaps, of nothing but active numbers: their cotangents look the same from inside of the loop. */
function isWholly(v: Value, aliases: Aliases, activity: Activity): boolean {
  const plain = (type: Type, object: ObjectClass): boolean => {
    if (type.kind !== 'array' || type.storage === 'f32' || type.storage === 'u8' || type.storage === 'i32')
      return false;
    if (type.elem.kind === 'num') return activity.keeps(object, '*');
    return plain(type.elem, object.under('*'));
  };
  return plain(v.type, aliases.of(v)) && shadowType(v.type, aliases.of(v), activity, true) === v.type;
}

/** Cotangents of results of a statement, computed without anything that comes after it. */
class EarlyCotangents {
  constructor(
    private readonly fn: Fn,
    private readonly at: number,
    private readonly cotangent: Atom,
    private readonly b: Builder,
    private readonly around: Around,
  ) {}

  of(v: Value): Atom | undefined {
    let total: Atom | undefined;
    const add = (g: Atom) => {
      total = total === undefined ? g : this.b.op('add', [total, g], barOf(v.name));
    };
    if (this.fn.body.yields[0] === v) add(this.cotangent);
    for (const stmt of this.around.users(v)) {
      if (blocks(stmt).some((block) => freeValues(block).has(v))) return undefined;
      const g = this.through(stmt, v);
      if (g === undefined) return undefined;
      add(g);
    }
    return total ?? emptySum;
  }

  private through(stmt: Stmt, v: Value): Atom | undefined {
    switch (stmt.kind) {
      case 'let':
        return this.throughLet(stmt, v);
      case 'make':
        return this.throughResult(stmt.target, stmt.parts, v);
      case 'for': {
        const k = stmt.carried.findIndex(({ init }) => init === v);
        const result = stmt.results[k];
        const onlyInit = operands(stmt).filter((atom) => atom === v).length === 1;
        return result && onlyInit && sumsOf(stmt)[k] ? this.of(result) : undefined;
      }
      default:
        return undefined;
    }
  }

  private throughLet({ op, args, target }: Let, v: Value): Atom | undefined {
    const { b } = this;
    const [x, y] = args;
    if (x === y) return undefined;
    const other = x === v ? y : x;
    const isKnown = other !== undefined && this.around.isBefore(other, this.at);
    if ((op === 'mul' || op === 'div') && !isKnown) return undefined;
    if (op === 'div' && x !== v) return undefined;
    if (op !== 'add' && op !== 'sub' && op !== 'neg' && op !== 'mul' && op !== 'div') return undefined;
    const g = this.of(target);
    if (g === undefined) return undefined;
    if (op === 'add' || (op === 'sub' && x === v)) return g;
    if (op === 'neg' || op === 'sub') return b.op('neg', [g]);
    return b.op(op, [g, other ?? one]);
  }

  /** A part of the result itself, which is a record that is never looked at again. */
  private throughResult(target: Value, parts: readonly Atom[], v: Value): Atom | undefined {
    const { type } = target;
    const mentioned = this.around.users(target).length > 0;
    if (this.fn.body.yields[0] !== target || mentioned || type.kind !== 'record' || type.tuple) return undefined;
    if (parts.indexOf(v) !== parts.lastIndexOf(v)) return undefined;
    const name = type.fields[parts.indexOf(v)]?.name;
    return name === undefined ? undefined : this.b.load(this.cotangent, { kind: 'field', name });
  }
}

export interface Reversed {
  readonly stmts: readonly Stmt[];
  /** Cotangents that the loop has added up for the active numbers it uses. */
  readonly cotangents: ReadonlyMap<Value, Atom>;
}

/** The loop with the reverse of each iteration in it. `derive` is vjp; `shadow` gives the cotangents of references. */
export function reverseInPlace(
  { loop, sums, seeds, before, references, numbers, passive, first, rest }: InPlace,
  derive: (fn: Fn, into: readonly boolean[]) => Fn,
  shadow: (reference: Value) => Atom,
): Reversed {
  const outer = [loop.index, ...passive, ...references, ...numbers];
  const all = sums.filter((sum) => sum !== undefined);
  const iteration = asFunction(loop, rest, all, outer, new Set([...references, ...numbers]));
  const derived = derive(iteration, [...references.map(() => true), ...numbers.map(() => false)]);
  const b = new Builder(loop.origin);
  first.forEach((stmt) => b.push(stmt));
  const ofTerms = sums.flatMap((sum, k) => {
    if (!sum) return [];
    const seed = seeds[k] ?? emptySum;
    return [sum.step.op === 'sub' ? b.op('neg', [seed]) : seed];
  });
  const seed = all.length === 1 ? (ofTerms[0] ?? emptySum) : b.make(sumsType(all), ofTerms);
  const inlined = inline(derived, [...outer, seed, ...references.map(shadow)]);
  inlined.stmts.forEach((stmt) => b.push(stmt));
  const values = b.load(inlined.result, { kind: 'field', name: 'value' });
  const added = b.load(inlined.result, { kind: 'field', name: 'cotangents' });

  const yields = sums.map((sum, k) => {
    if (!sum) return loop.body.yields[k] ?? emptySum;
    const { step, term } = sum;
    const now = all.length === 1 ? values : b.load(values, { kind: 'field', name: `sum${all.indexOf(sum)}` });
    b.origin = step.origin;
    return b.op(
      step.op,
      step.args.map((arg) => (arg === term ? now : arg)),
      step.target.name,
    );
  });
  const more = numbers.map((of, k) => {
    const name = barOf(of.name);
    const param = value({ kind: 'num' }, name);
    const part = b.load(added, { kind: 'field', name: keyOf(iteration, references.length + k) });
    return { of, param, next: b.op('add', [param, part], name), result: value({ kind: 'num' }, name) };
  });
  const fused: For = {
    ...loop,
    carried: [...loop.carried, ...more.map(({ param }) => ({ param, init: emptySum }))],
    body: { stmts: b.stmts, yields: [...yields, ...more.map(({ next }) => next)] },
    results: [...loop.results, ...more.map(({ result }) => result)],
  };
  return { stmts: [...before, fused], cotangents: new Map(more.map(({ of, result }) => [of, result])) };
}

/** The name under which vjp hands back the cotangent of the active parameter number `k`. */
const keyOf = (fn: Fn, k: number): string => fn.params.filter((param) => param.active)[k]?.value.name ?? `arg${k}`;

const sumsType = (sums: readonly Sum[]) => recordOf(sums.map((_, k) => ({ name: `sum${k}`, type: { kind: 'num' } })));

/** One iteration as a function of everything that it uses; its result is what is added to each sum. */
function asFunction(
  loop: For,
  stmts: readonly Stmt[],
  sums: readonly Sum[],
  outer: readonly Value[],
  active: ReadonlySet<Value>,
): Fn {
  const taken = new Set<string>();
  const replace = new Map<Value, Atom>();
  const params = outer.map((v): Param => {
    // Results go by the names of parameters, which two values may share.
    const name = v.name === undefined || taken.has(v.name) || /^arg\d+$/.test(v.name) ? undefined : v.name;
    if (name !== undefined) taken.add(name);
    const param = value(v.type, name);
    replace.set(v, param);
    return { value: param, active: active.has(v) };
  });
  const steps = new Set<Stmt>(sums.map(({ step }) => step));
  const b = new Builder(loop.origin);
  stmts.filter((stmt) => !steps.has(stmt)).forEach((stmt) => b.push(stmt));
  const terms = sums.map(({ term }) => term);
  const result = terms.length === 1 ? (terms[0] ?? constant(0)) : b.make(sumsType(sums), terms);
  const body: Block = instantiate({ stmts: b.stmts, yields: [result] }, replace);
  return { name: 'iteration', params, result: typeOf(result), body, origin: loop.origin };
}
