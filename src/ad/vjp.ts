/**
 * Reverse mode. The derived function runs the primal (the forward sweep), then walks it backwards, block by block
 * and statement by statement (the reverse sweep), carrying a cotangent per active number and one object of
 * cotangents per active object (see `shadows.ts`).
 *
 *     a = mul x y       →     aBar is known; xBar += aBar * y; yBar += aBar * x
 *     v = load o[i]     →     oBar[i] += vBar
 *     store o[i] = v    →     vBar += oBar[i]; oBar[i] = 0
 *     if                →     if, on the same condition
 *     for               →     for, backwards; carried values become carried cotangents
 *     loop              →     for, over as many iterations as there were
 *
 * What the reverse sweep reads of the forward sweep is at hand where it was defined in the function's own block.
 * Values of loop bodies and arms are recomputed or saved. Which ones are needed is found by a first walk whose
 * statements are thrown away, which ones are saved by a minimum cut (`keep.ts`), and `saves.ts` edits the forward
 * sweep accordingly; the second walk is for real.
 */

import {
  absent,
  Builder,
  constant,
  emptyElement,
  emptySum,
  field,
  isConst,
  no,
  num,
  typeOf,
  value,
  voidType,
  writableThroughout,
  zero,
} from '../ir/build.js';
import { lift } from '../ir/lift.js';
import {
  addInto,
  checkShape,
  copyAs,
  copyOf,
  holdsSingles,
  isNumber,
  isReference,
  makeRecord,
  recordOf,
  tangentType,
  zerosLike,
} from '../ir/structure.js';
import { blocks, freeValues, instantiate, substitute } from '../ir/visit.js';
import type {
  ArrayType,
  Atom,
  Block,
  Call,
  Fn,
  For,
  If,
  Loop,
  Make,
  Param,
  RecordType,
  Resize,
  Stmt,
  Type,
  Value,
} from '../ir/types.js';
import { partialOf, type Site } from '../rules/scalar.js';
import { analyseActivity, shadowType, type Activity } from './activity.js';
import { analyseAliases, keyName, type Aliases } from './alias.js';
import { ActiveCalls, sharedClasses, withHelpers, writtenClasses, writtenIn } from './calls.js';
import { growingStores } from './growth.js';
import { literalNumber } from './jvp.js';
import { exitChain, reversed, type ExitChain } from './loops.js';
import type { DeriveOptions } from './options.js';
import { Reverse } from './reverse.js';
import { Saves } from './saves.js';
import { augment, barOf, findLocal, reverseName, type Augmented } from './shadows.js';
import { Scopes, type Outside } from './scopes.js';
import { factsOf } from './facts.js';
import { overwritten, growsOutside } from './writes.js';

export interface VjpOptions extends DeriveOptions {
  /** Active parameters (by position among the active ones) whose cotangents are added into an object that is passed. */
  readonly into?: readonly boolean[];
}

/** `fn`'s value and the cotangents of its active parameters; the cotangent of the result is the last parameter, unless it is `one`. */
export function vjp(fn: Fn, options: VjpOptions, seed?: Atom): Fn {
  return new Vjp(fn, options, seed).run();
}

class Vjp {
  private readonly aliases: Aliases;
  private readonly activity: Activity;
  private readonly local: Set<Value>;
  private readonly calls: ActiveCalls;
  private readonly outside: Outside;
  private augmented: Augmented | undefined;

  constructor(
    private readonly fn: Fn,
    private readonly options: VjpOptions,
    private readonly seed: Atom | undefined,
  ) {
    this.aliases = analyseAliases(fn);
    this.activity = analyseActivity(fn, this.aliases);
    this.local = findLocal(fn, this.aliases, this.activity);
    this.calls = new ActiveCalls(fn, this.activity);
    const written = writtenClasses(fn, this.aliases);
    this.outside = {
      by: (stmt) => written.get(this.augmented?.calls.get(stmt)?.callee ?? stmt.callee) ?? [],
      written: new Set(),
      shared: sharedClasses(fn, this.aliases),
      growing: growingStores(fn, this.aliases),
    };
  }

  run(): Fn {
    const { fn, options, aliases, activity, local } = this;
    const active = fn.params.filter((param) => param.active && tangentType(param.value.type) !== undefined);
    const given = new Map<Value, Value>();
    const accumulators: Param[] = [];
    active.forEach(({ value: param }, k) => {
      const type = tangentType(param.type);
      if (!options.into?.[k] || !type) return;
      const accumulator = value(type, barOf(param.name));
      given.set(param, accumulator);
      accumulators.push({ value: accumulator, active: false });
      local.delete(param);
    });

    const augmented = augment(fn, aliases, activity, local, given, this.calls, this.outside.growing);
    this.augmented = augmented;
    const params = [...fn.params, ...accumulators].map((param) => param.value);
    const scopes = new Scopes(augmented.body, params, aliases, this.outside);
    const saves = new Saves(scopes, augmented, factsOf(scopes, aliases));

    const [result = constant(undefined)] = augmented.body.yields;
    const resultTangent = tangentType(typeOf(result));
    const cotangent = this.seed ?? value(resultTangent ?? { kind: 'num' }, 'cotangent');

    const walk = (real: boolean) => {
      const sweep = new Sweep(fn, aliases, activity, local, given, augmented, scopes, saves, this.calls);
      const b = new Builder(fn.origin);
      const cotangents = sweep.run(b, result, cotangent, options.guards && this.seed === undefined);
      if (!real) return undefined;
      return { b, cotangents };
    };
    walk(false);
    saves.decide();
    const reverse = walk(true);
    if (!reverse) throw new Error('the second walk returns its statements');

    const forward = saves.edit(augmented.body);
    const lists: Make[] = [];
    const sweeps = [...augmented.helpers].flatMap(([helper, sweep]) => this.helper(helper, sweep, augmented, lists));
    const b = new Builder(fn.origin);
    lists.forEach((stmt) => b.push(stmt));
    const bundled = bundle(lists, sweeps, b);
    forward.stmts.forEach((stmt) => b.push(stmt));
    reverse.b.stmts.forEach((stmt) => b.push(stmt));
    const parts = Object.fromEntries(
      active.map(({ value: param }, k) => [param.name ?? `arg${k}`, reverse.cotangents.get(param) ?? emptySum]),
    );
    const cotangents = makeRecord(b, parts);
    const record = b.make(
      recordOf([
        { name: 'value', type: fn.result },
        { name: this.seed ? 'gradient' : 'cotangents', type: cotangents.type },
      ]),
      [result, cotangents],
    );
    const seedParam: Param[] =
      this.seed === undefined && cotangent.kind === 'value' ? [{ value: cotangent, active: true }] : [];
    const derived: Fn = {
      name: `${fn.name}${this.seed ? 'Grad' : 'Vjp'}`,
      params: [...fn.params, ...seedParam, ...accumulators],
      result: record.type,
      body: { stmts: b.stmts, yields: [record] },
      origin: fn.origin,
    };
    return lift(withHelpers(derived, bundled, this.calls.passive));
  }

  /**
   * The forward and the reverse sweep of a helper (split mode): what an activation saves goes on lists that all
   * activations share, made in the outermost function. The body is looked at as that of a loop, of which every
   * activation is an iteration.
   */
  private helper(fn: Fn, sweep: Fn, augmented: Augmented, lists: Make[]): readonly Fn[] {
    const { aliases, activity, local, calls } = this;
    const body: Block = { stmts: sweep.body.stmts, yields: [no, ...sweep.body.yields] };
    const activations: Loop = { kind: 'loop', carried: [], body, results: [], origin: fn.origin };
    const others = [this.fn, ...(this.fn.helpers ?? [])].filter((other) => other !== fn);
    const written = new Set(others.flatMap((other) => [...writtenIn(other.body, aliases)]));
    // Objects are handed to the reverse sweep, numbers are kept if they are needed.
    const objects = sweep.params.map((param) => param.value).filter(({ type }) => isReference(type));
    const scopes = new Scopes({ stmts: [activations], yields: [] }, objects, aliases, { ...this.outside, written });
    const inside = scopes.inner(body);
    for (const { value: param } of fn.params) if (!isReference(param.type)) scopes.define(param, inside, undefined);
    const saves = new Saves(scopes, augmented, factsOf(scopes, aliases), lists);
    const [result] = fn.body.yields;
    const seed =
      result && !isReference(typeOf(result)) && activity.active(result) ? value(num, 'cotangent') : undefined;

    const walk = () => {
      const back = new Sweep(fn, aliases, activity, local, new Map(), augmented, scopes, saves, calls);
      return back.activation(body, result, seed);
    };
    walk();
    saves.decide();
    const { b, cotangents } = walk();

    const [forward] = saves.edit(scopes.top.block).stmts;
    if (forward?.kind !== 'loop') throw new Error('the forward sweep of a helper is that of its activations');
    const { stmts, yields } = forward.body;
    const given = reverseResult(b, calls.activeNumbers(fn), cotangents);
    // A value belongs to one function.
    const own = new Map<Value, Atom>();
    const params = objects.map((object): Param => {
      const param = value(object.type, object.name);
      own.set(object, param);
      return { value: param, active: false };
    });
    const reverse = instantiate({ stmts: b.stmts, yields: given ? [given] : [] }, own);
    return [
      {
        ...sweep,
        doc: `Forward sweep of \`${fn.name}\`: its value, with what the reverse sweep needs saved.`,
        body: { stmts, yields: yields.slice(1, 1 + sweep.body.yields.length) },
      },
      {
        ...fn,
        name: reverseName(fn.name),
        doc: `Reverse sweep of \`${fn.name}\`, for the last forward sweep that has not been reversed.`,
        params: [...params, ...(seed ? [{ value: seed, active: true }] : [])],
        result: given ? typeOf(given) : voidType,
        body: reverse,
      },
    ];
  }
}

/** Several lists that activations share are passed as one record. */
function bundle(lists: readonly Make[], sweeps: readonly Fn[], b: Builder): readonly Fn[] {
  if (lists.length < 2) return sweeps;
  const parts = Object.fromEntries(lists.map(({ target }) => [target.name ?? '', target]));
  const saved = makeRecord(b, parts, 'saved');
  return sweeps.map((sweep) => {
    const free = freeValues(sweep.body);
    const own = new Map<Value, Value>();
    const start = new Builder(sweep.origin);
    for (const { target } of lists) {
      if (free.has(target)) own.set(target, start.load(saved, field(target.name ?? ''), target.name));
    }
    const { stmts, yields } = substitute(sweep.body, own);
    return { ...sweep, body: { stmts: [...start.stmts, ...stmts], yields } };
  });
}

/** Cotangents of the numbers a helper is given: nothing, the only one, or a record by name. */
function reverseResult(b: Builder, params: readonly Value[], cotangents: readonly Atom[]): Atom | undefined {
  const [only] = cotangents;
  if (params.length <= 1) return only;
  return b.make(reverseType(params), cotangents);
}

const reverseType = (params: readonly Value[]): RecordType => {
  const names = fieldNames(params);
  return recordOf(names.map((name) => ({ name, type: num })));
};

/** Names of parameters, counted up where two have the same. */
function fieldNames(params: readonly Value[]): readonly string[] {
  const taken = new Set<string>();
  return params.map(({ name = 'arg' }) => {
    let free = name;
    for (let k = 2; taken.has(free); k += 1) free = `${name}${k}`;
    taken.add(free);
    return free;
  });
}

/** One walk backwards through the (augmented) primal. */
class Sweep {
  private readonly touches = new Map<Stmt, boolean>();
  private readonly chains = new Map<Loop, ExitChain | undefined>();

  constructor(
    private readonly fn: Fn,
    private readonly aliases: Aliases,
    private readonly activity: Activity,
    private readonly local: ReadonlySet<Value>,
    private readonly given: ReadonlyMap<Value, Value>,
    private readonly augmented: Augmented,
    private readonly scopes: Scopes,
    private readonly saves: Saves,
    private readonly calls: ActiveCalls,
  ) {}

  /** The reverse of one activation of a helper: the cotangents of its active numbers, from that of its result. */
  activation(body: Block, result: Atom | undefined, cotangent: Atom | undefined): { b: Builder; cotangents: Atom[] } {
    const inner = Reverse.top(this.scopes, this.saves, new Builder(this.fn.origin)).loop(this.scopes.inner(body), []);
    if (result && cotangent) inner.accumulate(result, cotangent);
    this.block(body, inner);
    const cotangents = this.calls.activeNumbers(this.fn).map((param) => inner.take(param) ?? emptySum);
    inner.close();
    return { b: inner.b, cotangents };
  }

  run(b: Builder, result: Atom, cotangent: Atom, guards: boolean): Map<Value, Atom> {
    const { fn, activity } = this;
    const top = Reverse.top(this.scopes, this.saves, b);
    const resultType = tangentType(typeOf(result));
    if (resultType !== undefined && isReference(resultType)) {
      if (guards) checkShape(top.prelude, 'cotangent', cotangent, result);
      if (activity.active(result)) this.seedResult(top, result, cotangent);
    } else if (activity.active(result)) top.accumulate(result, cotangent);

    this.block(this.scopes.top.block, top);

    const cotangents = new Map<Value, Atom>();
    for (const { value: param, active } of fn.params) {
      const type = tangentType(param.type);
      if (!active || type === undefined) continue;
      if (!isReference(param.type)) cotangents.set(param, top.take(param) ?? emptySum);
      else if (activity.active(param)) {
        const shadow = this.shadow(param, top);
        if (!this.given.has(param) && growsOutside(shadow, param, this.aliases, this.scopes)) {
          // An element read past the end must not lengthen the cotangent.
          top.b.push({ kind: 'resize', object: shadow, length: top.b.length(param), origin: undefined });
        }
        // Sums of a Float32Array's cotangents are kept in doubles and rounded once, here.
        cotangents.set(
          param,
          holdsSingles(type) && !this.given.has(param) ? copyAs(top.b, shadow, type, barOf(param.name)) : shadow,
        );
      } else cotangents.set(param, this.given.get(param) ?? zerosLike(top.b, param, type, barOf(param.name), emptySum));
    }
    top.close();
    return cotangents;
  }

  private seedResult(top: Reverse, result: Atom, cotangent: Atom): void {
    if (result.kind === 'value' && this.local.has(result)) {
      const { stmt } = this.scopes.definition(result);
      if (stmt) {
        // Nothing is ever added to or cleared in the result's cotangent: read the one that was passed.
        const readOnly = !overwritten(result, this.aliases, this.scopes, this.activity).changes;
        if (!holdsSingles(typeOf(cotangent))) {
          top.shadows.set(result, readOnly ? cotangent : copyOf(top.prelude, cotangent, barOf(result.name)));
          return;
        }
      }
    }
    addInto(top.prelude, this.shadow(result, top), cotangent);
  }

  // ------------------------------------------------------------ shadows

  /** The object of cotangents of a reference. */
  private shadow(reference: Atom, at: Reverse): Atom {
    if (reference.kind === 'const') return reference;
    if (!this.local.has(reference)) {
      const linked = this.augmented.linked.get(reference);
      if (!linked) throw new Error(`no shadow for ${reference.name ?? 'a reference'}`);
      return at.need(linked);
    }
    const { scope, stmt } = this.scopes.definition(reference);
    const home = at.at(scope);
    const found = home.shadows.get(reference);
    if (found) return found;
    const shadow = this.makeLocal(reference, stmt, home);
    home.shadows.set(reference, shadow);
    return shadow;
  }

  private makeLocal(reference: Value, stmt: Stmt | undefined, home: Reverse): Atom {
    const name = barOf(reference.name);
    const b = home.prelude;
    const type = writableThroughout(shadowType(reference.type, this.aliases.of(reference), this.activity, true));
    const final = this.augmented.lengths.get(reference);
    if (type.kind !== 'array' || (stmt === undefined && final === undefined)) {
      return type.kind === 'record'
        ? b.make(
            type,
            type.fields.map(() => emptySum),
            name,
          )
        : zerosLike(b, home.need(reference), type, name, emptySum);
    }
    if (final) return b.alloc(type, home.need(final), emptyElement, name);
    const nothing = type.fixed === undefined ? emptyElement : emptySum;
    switch (stmt?.kind) {
      case 'alloc':
        return b.alloc(type, home.need(stmt.length), nothing, name);
      case 'make':
        return b.alloc(type, constant(stmt.parts.length), nothing, name);
      case 'slice':
        return b.alloc(
          type,
          isConst(stmt.from, 0) ? home.need(stmt.to) : b.op('sub', [home.need(stmt.to), home.need(stmt.from)]),
          emptyElement,
          name,
        );
      default:
        return zerosLike(b, home.need(reference), type, name, emptySum);
    }
  }

  private keeps(object: Atom, key: Parameters<typeof keyName>[1]): boolean {
    return this.activity.keeps(this.aliases.of(object), keyName(typeOf(object), key));
  }

  // ------------------------------------------------------------ statements

  /** Whether the reverse of a statement does anything. */
  private touchesActive(stmt: Stmt): boolean {
    const known = this.touches.get(stmt);
    if (known !== undefined) return known;
    const answer = this.isActive(stmt);
    this.touches.set(stmt, answer);
    return answer;
  }

  private isActive(stmt: Stmt): boolean {
    const { activity } = this;
    const number = (atom: Atom) => !isReference(typeOf(atom)) && activity.active(atom);
    switch (stmt.kind) {
      case 'let':
      case 'load':
        return number(stmt.target);
      case 'pop':
        return isNumber(stmt.target.type) && this.keeps(stmt.object, zero);
      case 'store':
        return isNumber(typeOf(stmt.value)) && this.keeps(stmt.object, stmt.key);
      case 'push':
        return isNumber(typeOf(stmt.value)) && this.keeps(stmt.object, zero);
      case 'resize':
        return activity.active(stmt.object) && isNumber((typeOf(stmt.object) as ArrayType).elem);
      case 'alloc':
        return stmt.fill !== undefined && number(stmt.fill) && activity.active(stmt.target);
      case 'make':
        return stmt.parts.some(number) && activity.active(stmt.target);
      case 'slice':
        return activity.active(stmt.target) && !isReference((stmt.target.type as ArrayType).elem);
      case 'call':
        return this.augmented.calls.has(stmt);
      case 'if':
        return stmt.results.some(number) || this.inside(stmt);
      case 'for':
      case 'loop':
        return stmt.carried.some(({ param }) => number(param)) || this.inside(stmt);
      default:
        return false;
    }
  }

  private inside(stmt: Stmt): boolean {
    return blocks(stmt).some((block) => block.stmts.some((inner) => this.touchesActive(inner)));
  }

  private block(block: Block, at: Reverse, known?: ExitChain, leaving?: number): void {
    for (let k = block.stmts.length - 1; k >= 0; k--) {
      const stmt = block.stmts[k];
      if (!stmt) continue;
      at.b.origin = stmt.origin;
      const exit = stmt.kind === 'if' ? (known?.exits.findIndex((e) => e.stmt === stmt) ?? -1) : -1;
      if (exit >= 0 && known && stmt.kind === 'if') this.exit(stmt, at, known, exit, leaving);
      else if (this.touchesActive(stmt)) this.stmt(stmt, at);
    }
  }

  private stmt(stmt: Stmt, at: Reverse): void {
    const { b } = at;
    switch (stmt.kind) {
      case 'let': {
        const g = at.take(stmt.target);
        if (g === undefined) return;
        const site: Site = {
          b,
          count: stmt.args.length,
          x: (k) => at.need(stmt.args[k] ?? zero),
          y: () => at.need(stmt.target),
          literal: (k) => literalNumber(stmt.args[k]),
        };
        stmt.args.forEach((arg, k) => {
          const partial = partialOf(stmt.op, k);
          if (partial && this.activity.active(arg) && !isReference(typeOf(arg)))
            at.accumulate(arg, partial(site, g, k));
        });
        return;
      }
      case 'load': {
        const g = at.take(stmt.target);
        if (g === undefined || !this.keeps(stmt.object, stmt.key)) return;
        b.store(this.shadow(stmt.object, at), this.key(stmt.key, at), g, true);
        return;
      }
      case 'store': {
        const shadow = this.shadow(stmt.object, at);
        const key = this.key(stmt.key, at);
        const wanted = this.activity.active(stmt.value);
        const clear = !stmt.add && overwritten(stmt.object, this.aliases, this.scopes, this.activity).clear;
        if (wanted) at.accumulate(stmt.value, b.load(shadow, key, this.barName(stmt.value)));
        if (clear) b.store(shadow, key, isScalars(typeOf(shadow)) ? emptySum : emptyElement);
        return;
      }
      case 'pop': {
        const g = at.take(stmt.target) ?? emptySum;
        b.push({ kind: 'push', object: this.shadow(stmt.object, at), value: g, origin: stmt.origin });
        return;
      }
      case 'push': {
        const target = value({ kind: 'num' }, this.barName(stmt.value));
        b.push({ kind: 'pop', target, object: this.shadow(stmt.object, at), origin: stmt.origin });
        if (this.activity.active(stmt.value)) at.accumulate(stmt.value, target);
        return;
      }
      case 'resize':
        this.lengthen(stmt, at);
        return;
      case 'alloc': {
        const shadow = this.shadow(stmt.target, at);
        const [total] = b.for(
          { from: zero, to: at.need(stmt.length), compare: '<', step: 1 },
          [{ init: emptySum, name: this.barName(stmt.fill ?? zero) ?? 'sum' }],
          (inner, i, [sum = zero]) => [inner.op('add', [sum, inner.load(shadow, i)])],
        );
        if (stmt.fill && total) at.accumulate(stmt.fill, total);
        return;
      }
      case 'make': {
        const shadow = this.shadow(stmt.target, at);
        const { type } = stmt.target;
        stmt.parts.forEach((part, k) => {
          if (isReference(typeOf(part)) || !this.activity.active(part)) return;
          const field = type.kind === 'record' ? type.fields[k]?.name : undefined;
          const key = field === undefined ? constant(k) : ({ kind: 'field', name: field } as const);
          if (this.keeps(stmt.target, key)) at.accumulate(part, b.load(shadow, key, this.barName(part)));
        });
        return;
      }
      case 'slice': {
        const shadow = this.shadow(stmt.target, at);
        const into = this.shadow(stmt.object, at);
        const from = at.need(stmt.from);
        const to = at.need(stmt.to);
        const length = isConst(from, 0) ? to : b.op('sub', [to, from]);
        b.each(length, (inner, i) => {
          const place = isConst(from, 0) ? i : inner.op('add', [from, i]);
          inner.store(into, place, inner.load(shadow, i), true);
        });
        return;
      }
      case 'call':
        this.call(stmt, at);
        return;
      case 'if':
        this.branch(stmt, at);
        return;
      case 'for':
        this.counted(stmt, at);
        return;
      case 'loop':
        this.uncounted(stmt, at);
        return;
      default:
        return;
    }
  }

  /** The reverse sweep of a helper, whether its result matters or not: it takes back what the forward sweep has saved. */
  private call(forward: Call, at: Reverse): void {
    const stmt = this.augmented.calls.get(forward);
    const callee = stmt && this.calls.callee(stmt);
    if (!stmt || !callee) return;
    const argument = (param: Value): Atom => stmt.args[callee.params.findIndex((p) => p.value === param)] ?? absent;
    const objects = callee.params.flatMap((param) => (isReference(param.value.type) ? [argument(param.value)] : []));
    const shadows = this.calls.activeObjects(callee).map((param) => this.shadow(argument(param), at));
    const seed = stmt.target && !isReference(stmt.target.type) && this.calls.hasActiveResult(callee);
    const cotangent = seed && stmt.target ? [at.take(stmt.target) ?? emptySum] : [];
    const numbers = this.calls.activeNumbers(callee);
    const type = numbers.length === 0 ? undefined : numbers.length === 1 ? num : reverseType(numbers);
    const [only] = numbers;
    const target = type && value(type, only && numbers.length === 1 ? this.barName(argument(only)) : undefined);
    at.b.push({
      kind: 'call',
      callee: reverseName(callee.name),
      args: [...objects.map((atom) => at.need(atom)), ...shadows, ...cotangent],
      target,
      effects: true,
      origin: stmt.origin,
    });
    const names = fieldNames(numbers);
    numbers.forEach((param, k) => {
      const arg = argument(param);
      if (!target || !this.activity.active(arg)) return;
      at.accumulate(arg, numbers.length === 1 ? target : at.b.load(target, field(names[k] ?? ''), this.barName(arg)));
    });
  }

  /** The reverse of a truncation: zeros where elements were cut off. */
  private lengthen(stmt: Resize, at: Reverse): void {
    const before = this.augmented.lengthsBefore.get(stmt);
    if (!before) throw new Error('the length before a truncation is known');
    const shadow = this.shadow(stmt.object, at);
    at.b.for({ from: at.need(stmt.length), to: at.need(before), compare: '<', step: 1 }, [], (inner) => {
      inner.push({ kind: 'push', object: shadow, value: zero, origin: stmt.origin });
      return [];
    });
  }

  private barName(atom: Atom): string | undefined {
    return atom.kind === 'value' ? barOf(atom.name) : undefined;
  }

  private key(key: Parameters<typeof keyName>[1], at: Reverse) {
    return key.kind === 'field' ? key : at.need(key);
  }

  // ------------------------------------------------------------ control flow

  private yieldInto(block: Block, k: number, g: Atom | undefined, at: Reverse): void {
    const atom = block.yields[k];
    if (g !== undefined && atom !== undefined && this.activity.active(atom) && !isReference(typeOf(atom)))
      at.accumulate(atom, g);
  }

  private branch(stmt: If, at: Reverse): void {
    const cotangents = stmt.results.map((result) => (isReference(result.type) ? undefined : at.take(result)));
    const arm = (block: Block): Reverse => {
      const inner = at.arm(this.scopes.inner(block));
      cotangents.forEach((g, k) => this.yieldInto(block, k, g, inner));
      this.block(block, inner);
      inner.close();
      return inner;
    };
    const then = arm(stmt.then);
    const otherwise = arm(stmt.else);
    at.join(stmt, then, otherwise);
  }

  private activeCarried(stmt: For | Loop): number[] {
    return stmt.carried.flatMap(({ param }, k) => (!isReference(param.type) && this.activity.active(param) ? [k] : []));
  }

  /** Cotangents of a loop's results. */
  private seeds(stmt: For | Loop, carried: readonly number[], at: Reverse): Atom[] {
    return carried.map((k) => {
      const result = stmt.results[k];
      return (result && at.take(result)) ?? emptySum;
    });
  }

  /** Cotangents of what a loop carries into an iteration, once that has been reversed. */
  private throughIteration(stmt: For | Loop, carried: readonly number[], inner: Reverse): Atom[] {
    return carried.map((k) => {
      const param = stmt.carried[k]?.param;
      return (param && inner.take(param)) ?? emptySum;
    });
  }

  private counted(stmt: For, at: Reverse): void {
    const carried = this.activeCarried(stmt);
    const seeds = this.seeds(stmt, carried, at);
    const bounds = { from: at.need(stmt.from), to: at.need(stmt.to), compare: stmt.compare, step: stmt.step };
    const { facts } = this.saves;
    const primal = (atom: Atom) => (atom === bounds.to ? stmt.to : atom === bounds.from ? stmt.from : atom);
    const backwards = reversed(at.b, bounds, {
      whole: (atom) => facts.whole(primal(atom)),
      natural: (atom) => facts.natural(primal(atom)),
    });
    const index = value({ kind: 'num' }, stmt.index.name);
    this.iterate(stmt, at, backwards, index, carried, seeds, [[stmt.index, index]], (inner) =>
      this.block(stmt.body, inner),
    );
  }

  private uncounted(stmt: Loop, at: Reverse): void {
    const carried = this.activeCarried(stmt);
    let seeds = this.seeds(stmt, carried, at);
    const chain = this.chain(stmt);
    if (chain) seeds = this.lastIteration(stmt, at, chain, carried, seeds);
    const trips = at.need(this.saves.trips(stmt, chain));
    const index = value({ kind: 'num' }, 'k');
    const last = at.b.op('sub', [trips, constant(1)]);
    this.iterate(stmt, at, { from: last, to: zero, compare: '>=', step: -1 }, index, carried, seeds, [], (inner) =>
      this.block(stmt.body, inner, chain),
    );
  }

  /** Reverses all iterations of a loop that `seeds` have not been through yet; leaves the cotangents with the initial values. */
  private iterate(
    stmt: For | Loop,
    at: Reverse,
    bounds: Pick<For, 'from' | 'to' | 'compare' | 'step'>,
    index: Value,
    carried: readonly number[],
    seeds: readonly Atom[],
    known: readonly (readonly [Value, Atom])[],
    body: (inner: Reverse) => void,
  ): void {
    const first = stmt.kind === 'loop' ? 1 : 0;
    const inner = at.loop(this.scopes.inner(stmt.body), known);
    const params = carried.map((k) => value({ kind: 'num' }, this.barName(stmt.carried[k]?.param ?? zero)));
    carried.forEach((k, j) => this.yieldInto(stmt.body, k + first, params[j], inner));
    body(inner);
    const next = this.throughIteration(stmt, carried, inner);
    const results = at.joinLoop(
      { kind: 'for', index, ...bounds, origin: stmt.origin },
      inner,
      params.map((param, j) => ({ param, init: seeds[j] ?? emptySum, next: next[j] ?? emptySum })),
    );
    carried.forEach((k, j) => {
      const init = stmt.carried[k]?.init;
      const result = results[j];
      if (init && result && this.activity.active(init)) at.accumulate(init, result);
    });
  }

  /** The exits of a loop if its last, incomplete iteration can be reversed on its own: no loop or choice in what it leaves behind. */
  private chain(stmt: Loop): ExitChain | undefined {
    if (this.chains.has(stmt)) return this.chains.get(stmt);
    let chain = exitChain(stmt);
    const plain = (block: Block) =>
      block.stmts.every(
        (s) => chain?.exits.some((exit) => exit.stmt === s) || blocks(s).length === 0 || !this.touchesActive(s),
      );
    if (
      chain &&
      !(
        plain(stmt.body) &&
        chain.exits.every(({ stmt: exit }) => [exit.then, exit.else].every((arm) => arm === chain?.rest || plain(arm)))
      )
    ) {
      chain = undefined;
    }
    this.chains.set(stmt, chain);
    return chain;
  }

  /** Reverses the iteration that left the loop. */
  private lastIteration(
    stmt: Loop,
    at: Reverse,
    chain: ExitChain,
    carried: readonly number[],
    seeds: readonly Atom[],
  ): Atom[] {
    const inner = at.lastOf(this.scopes.inner(stmt.body), stmt);
    carried.forEach((k, j) => {
      const seed = seeds[j];
      if (seed && seed !== emptySum) this.yieldInto(stmt.body, k + 1, seed, inner);
    });
    this.block(stmt.body, inner, chain, 0);
    return this.throughIteration(stmt, carried, inner);
  }

  /**
   * Exit number `k` of a chain. In a completed iteration the way on was taken, which needs no test; in the last
   * one (`leaving`) the first exit whose saved condition held was taken, the innermost if no other.
   */
  private exit(stmt: If, at: Reverse, chain: ExitChain, k: number, leaving: number | undefined): void {
    const leaves = chain.exits[k]?.leaves ?? 'then';
    const [out, on] = leaves === 'then' ? [stmt.then, stmt.else] : [stmt.else, stmt.then];
    const cotangents = stmt.results.map((result) => (isReference(result.type) ? undefined : at.take(result)));
    const through = (block: Block, inner: Reverse) => {
      cotangents.forEach((g, j) => this.yieldInto(block, j, g, inner));
      this.block(block, inner, chain, leaving);
    };
    if (leaving === undefined) through(on, at.inlined(this.scopes.inner(on)));
    else if (k === chain.exits.length - 1) through(out, at.inlined(this.scopes.inner(out)));
    else {
      const arms = ([stmt.then, stmt.else] as const).map((block) => {
        const inner = at.arm(this.scopes.inner(block));
        through(block, inner);
        inner.close();
        return inner;
      });
      const [then, otherwise] = arms;
      if (then && otherwise) at.join(stmt, then, otherwise);
    }
  }
}

/** Objects that are likely to become scalars: there the sum of nothing is worth its name. */
const isScalars = (type: Type): boolean =>
  type.kind === 'record' || (type.kind === 'array' && type.fixed !== undefined);
