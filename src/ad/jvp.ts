/**
 * Forward mode. Walks the function once, in order, and puts behind every statement the statement of its tangent:
 * numbers have tangent numbers, objects have tangent objects of the same shape that are built, linked, written and
 * read in step with them. A number without an entry has tangent zero.
 *
 *     a = mul x y       →     a = mul x y
 *                             p = mul xDot y
 *                             q = mul yDot x
 *                             aDot = add p q
 *
 * Meets: SSA form, no operators. Guarantees: the statements of the primal are there unchanged and in order, so values are bit for bit the primal's.
 */

import { Builder, constant, field, isConst, typeOf, value, zero } from '../ir/build.js';
import { checkShape, isNumber, isReference, makeRecord, recordOf, tangentType, zerosLike } from '../ir/structure.js';
import type { Atom, Block, Call, Carried, Fn, If, Param, RecordType, Slice, Stmt, Type, Value } from '../ir/types.js';
import { partialOf, type Site, together } from '../rules/scalar.js';
import { analyseActivity, shadowType, type Activity } from './activity.js';
import { analyseAliases, keyName, type Aliases } from './alias.js';
import { ActiveCalls, withHelpers } from './calls.js';
import type { DeriveOptions } from './options.js';

export function jvp(fn: Fn, options: DeriveOptions): Fn {
  const aliases = analyseAliases(fn);
  return new Jvp(fn, aliases, analyseActivity(fn, aliases), options).run();
}

const jvpName = (name: string): string => `${name}Jvp`;

const jvpResult = (primal: Type, tangent: Type): RecordType =>
  recordOf([
    { name: 'value', type: primal },
    { name: 'tangent', type: tangent },
  ]);

const named = (name: string | undefined): string | undefined => (name === undefined ? undefined : `${name}Dot`);

class Jvp {
  /** Tangents: numbers to numbers, references to references. */
  private readonly tangents = new Map<Value, Atom>();
  private readonly calls: ActiveCalls;

  constructor(
    private readonly fn: Fn,
    private readonly aliases: Aliases,
    private readonly activity: Activity,
    private readonly options: DeriveOptions,
  ) {
    this.calls = new ActiveCalls(fn, activity);
  }

  run(): Fn {
    const { fn } = this;
    const b = new Builder(fn.origin);
    const seeds: Param[] = [];
    for (const param of fn.params) {
      if (!param.active) {
        this.constantParameter(param.value, b);
        continue;
      }
      const type = tangentType(param.value.type);
      if (type === undefined) continue;
      const seed = value(type, named(param.value.name));
      seeds.push({ value: seed, active: true });
      this.tangents.set(param.value, seed);
      if (this.options.guards) checkShape(b, `${seed.name}`, seed, param.value);
    }
    this.block(fn.body, b);
    const [result = constant(undefined)] = fn.body.yields;
    const tangent = this.resultTangent(b, result);
    const record = makeRecord(b, { value: result, tangent });
    return withHelpers(
      {
        name: `${fn.name}Jvp`,
        params: [...fn.params, ...seeds],
        result: record.type,
        body: { stmts: b.stmts, yields: [record] },
        origin: fn.origin,
      },
      [...this.calls.active].map((helper) => this.helper(helper)),
      this.calls.passive,
    );
  }

  /** A helper with the tangents of its active parameters, which returns the tangent of its result along with it. */
  private helper(fn: Fn): Fn {
    const b = new Builder(fn.origin);
    const seeds = this.calls.activeParams(fn).map((param): Param => ({ value: this.introduce(param), active: true }));
    this.block(fn.body, b);
    const [result] = fn.body.yields;
    const yields =
      result !== undefined && this.calls.hasActiveResult(fn)
        ? [b.make(jvpResult(fn.result, this.resultType(fn)), [result, this.passed(result)])]
        : fn.body.yields;
    return {
      ...fn,
      name: jvpName(fn.name),
      doc: `\`${fn.name}\` and its derivative along the tangents of its parameters.`,
      params: [...fn.params, ...seeds],
      result: yields[0] === undefined ? fn.result : this.calls.hasActiveResult(fn) ? typeOf(yields[0]) : fn.result,
      body: { stmts: b.stmts, yields },
    };
  }

  /** The type of the tangent of a helper's result. */
  private resultType({ result, body }: Fn): Type {
    const [atom = constant(undefined)] = body.yields;
    return isReference(result) ? shadowType(result, this.aliases.of(atom), this.activity, false) : { kind: 'num' };
  }

  private call(stmt: Call, b: Builder): void {
    const callee = this.calls.callee(stmt);
    if (callee === undefined) return b.push(stmt);
    const { params } = callee;
    const seeds = this.calls.activeParams(callee).map((param) => {
      const k = params.findIndex(({ value: own }) => own === param);
      return this.passed(stmt.args[k] ?? zero);
    });
    const args = [...stmt.args, ...seeds];
    const { target } = stmt;
    if (target === undefined || !this.calls.hasActiveResult(callee))
      return b.push({ ...stmt, callee: jvpName(callee.name), args });
    const tangent = this.resultType(callee);
    const both = value(jvpResult(callee.result, tangent));
    b.push({ ...stmt, callee: jvpName(callee.name), args, target: both });
    b.push({ kind: 'load', target, object: both, key: field('value'), origin: stmt.origin });
    this.tangents.set(target, b.load(both, field('tangent'), named(target.name)));
  }

  /** A parameter that is held constant, but meets objects that are not: its tangents are zeros. */
  private constantParameter(param: Value, b: Builder): void {
    if (!isReference(param.type) || !this.activity.active(param)) return;
    this.tangents.set(param, zerosLike(b, param, this.shadowType(param), named(param.name)));
  }

  private resultTangent(b: Builder, result: Atom): Atom {
    const tangent = this.tangent(result);
    if (tangent !== undefined) return tangent;
    return zerosLike(b, result);
  }

  /** Undefined stands for zero. */
  private tangent(atom: Atom): Atom | undefined {
    return atom.kind === 'value' ? this.tangents.get(atom) : undefined;
  }

  private numberTangent(atom: Atom): Atom {
    return this.tangent(atom) ?? zero;
  }

  private shadow(atom: Atom): Atom {
    const found = this.tangent(atom);
    if (found !== undefined) return found;
    if (atom.kind === 'const') return atom; // `undefined`
    throw new Error(`no tangent object for ${atom.name ?? 'a value'}`);
  }

  private keeps(object: Atom, key: Parameters<typeof keyName>[1]): boolean {
    return this.activity.keeps(this.aliases.of(object), keyName(typeOf(object), key));
  }

  private shadowType(of: Value): Type {
    return shadowType(of.type, this.aliases.of(of), this.activity, false);
  }

  private block(block: Block, b: Builder): void {
    for (const stmt of block.stmts) {
      b.origin = stmt.origin;
      this.stmt(stmt, b);
    }
  }

  private stmt(stmt: Stmt, b: Builder): void {
    switch (stmt.kind) {
      case 'if':
        this.branch(stmt, b);
        return;
      case 'for':
      case 'loop':
        this.loop(stmt, b);
        return;
      case 'call':
        this.call(stmt, b);
        return;
      default:
        b.push(stmt);
        this.simple(stmt, b);
    }
  }

  private simple(stmt: Exclude<Stmt, { kind: 'if' | 'for' | 'loop' | 'call' }>, b: Builder): void {
    const { tangents, activity } = this;
    switch (stmt.kind) {
      case 'let': {
        if (!activity.active(stmt.target)) return;
        if (isReference(stmt.target.type)) {
          const args = stmt.args.map((arg) => (isReference(typeOf(arg)) ? this.shadow(arg) : arg));
          tangents.set(stmt.target, b.op(stmt.op, args, named(stmt.target.name)));
          return;
        }
        const site: Site = {
          b,
          count: stmt.args.length,
          x: (k) => stmt.args[k] ?? zero,
          y: () => stmt.target,
          literal: (k) => literalNumber(stmt.args[k]),
        };
        const [first, second] = stmt.args.map((arg) => this.tangent(arg));
        const both = stmt.args.length === 2 ? together(stmt.op) : undefined;
        if (both && first !== undefined && second !== undefined) {
          tangents.set(stmt.target, rename(b, both(site, first, second), named(stmt.target.name)));
          return;
        }
        let sum: Atom | undefined;
        stmt.args.forEach((arg, k) => {
          const partial = partialOf(stmt.op, k);
          const seed = this.tangent(arg);
          if (!partial || seed === undefined) return;
          const term = partial(site, seed, k);
          sum = sum === undefined ? term : b.op('add', [sum, term]);
        });
        if (sum !== undefined) tangents.set(stmt.target, rename(b, sum, named(stmt.target.name)));
        return;
      }
      case 'load':
        if (!activity.active(stmt.target)) return;
        if (isReference(stmt.target.type) || this.keeps(stmt.object, stmt.key)) {
          tangents.set(stmt.target, b.load(this.shadow(stmt.object), stmt.key, named(stmt.target.name)));
        }
        return;
      case 'store':
        if (isReference(typeOf(stmt.value)) ? !activity.active(stmt.value) : !this.keeps(stmt.object, stmt.key)) return;
        if (isReference(typeOf(stmt.value))) b.store(this.shadow(stmt.object), stmt.key, this.shadow(stmt.value));
        else if (!stmt.add || this.tangent(stmt.value) !== undefined) {
          b.store(this.shadow(stmt.object), stmt.key, this.numberTangent(stmt.value), stmt.add);
        }
        return;
      case 'alloc': {
        if (!activity.active(stmt.target)) return;
        const type = this.shadowType(stmt.target);
        if (type.kind !== 'array') return;
        const fill =
          stmt.fill && (isReference(typeOf(stmt.fill)) ? this.shadow(stmt.fill) : this.numberTangent(stmt.fill));
        tangents.set(stmt.target, b.alloc(type, stmt.length, fill, named(stmt.target.name)));
        return;
      }
      case 'make': {
        if (!activity.active(stmt.target)) return;
        const type = this.shadowType(stmt.target);
        // A part that does not vary has zeros for a tangent beside those that do.
        const shadow = (part: Atom) => this.tangent(part) ?? (part.kind === 'const' ? part : zerosLike(b, part));
        const parts = shadowParts(stmt.target.type, type, stmt.parts, (part) =>
          isReference(typeOf(part)) ? shadow(part) : this.numberTangent(part),
        );
        tangents.set(stmt.target, b.make(type, parts, named(stmt.target.name)));
        return;
      }
      case 'slice':
        if (!activity.active(stmt.target)) return;
        if (!activity.active(stmt.object)) {
          this.copyOfConstants(stmt, b);
          return;
        }
        tangents.set(
          stmt.target,
          b.slice(this.shadow(stmt.object), stmt.from, stmt.to, named(stmt.target.name), this.shadowType(stmt.target)),
        );
        return;
      case 'view': {
        if (!activity.active(stmt.target)) return;
        const target = value(this.shadowType(stmt.target), named(stmt.target.name));
        b.push({ ...stmt, target, object: this.shadow(stmt.object) });
        tangents.set(stmt.target, target);
        return;
      }
      case 'push':
        if (isReference(typeOf(stmt.value)) ? !activity.active(stmt.value) : !this.keeps(stmt.object, zero)) return;
        b.push({
          ...stmt,
          object: this.shadow(stmt.object),
          value: isReference(typeOf(stmt.value)) ? this.shadow(stmt.value) : this.numberTangent(stmt.value),
        });
        return;
      case 'pop': {
        // Popped in step with the primal even if nobody reads it.
        if (isReference(stmt.target.type) ? !activity.active(stmt.target) : !this.keeps(stmt.object, zero)) return;
        const target = value(stmt.target.type, named(stmt.target.name));
        b.push({ ...stmt, target, object: this.shadow(stmt.object) });
        tangents.set(stmt.target, target);
        return;
      }
      case 'resize':
        if (activity.active(stmt.object)) b.push({ ...stmt, object: this.shadow(stmt.object) });
        return;
      case 'length':
      case 'throw':
        return;
      default:
        throw new Error(`jvp met ${stmt.kind}`);
    }
  }

  private copyOfConstants({ target, from, to }: Slice, b: Builder): void {
    const type = this.shadowType(target);
    if (type.kind !== 'array' || isReference(type.elem)) throw new Error('rows held constant are copied');
    this.tangents.set(target, b.alloc(type, b.op('sub', [to, from]), zero, named(target.name)));
  }

  /** Whether a carried value or a result of an if has a tangent. */
  private carries(of: Value): boolean {
    return this.activity.active(of);
  }

  private branch(stmt: If, b: Builder): void {
    const extra = stmt.results.map((result, k) => ({ result, k })).filter(({ result }) => this.carries(result));
    const arm = (block: Block): Block => {
      const inner = new Builder(stmt.origin);
      this.block(block, inner);
      const more = extra.map(({ k }) => this.passed(block.yields[k] ?? zero));
      return { stmts: inner.stmts, yields: [...block.yields, ...more] };
    };
    const then = arm(stmt.then);
    const otherwise = arm(stmt.else);
    const results = extra.map(({ result }) => this.introduce(result));
    b.push({ ...stmt, then, else: otherwise, results: [...stmt.results, ...results] });
  }

  private passed(atom: Atom): Atom {
    return isReference(typeOf(atom)) || (atom.kind === 'const' && atom.value === undefined)
      ? this.shadow(atom)
      : this.numberTangent(atom);
  }

  private introduce(primal: Value): Value {
    const tangent = value(isReference(primal.type) ? this.shadowType(primal) : { kind: 'num' }, named(primal.name));
    this.tangents.set(primal, tangent);
    return tangent;
  }

  private loop(stmt: Extract<Stmt, { kind: 'for' | 'loop' }>, b: Builder): void {
    const first = stmt.kind === 'loop' ? 1 : 0;
    const extra = stmt.carried.map((carried, k) => ({ ...carried, k })).filter(({ param }) => this.carries(param));
    const inits = extra.map(({ init }) => this.passed(init));
    const carried: Carried[] = extra.map(({ param }, j) => ({ param: this.introduce(param), init: inits[j] ?? zero }));
    const inner = new Builder(stmt.origin);
    this.block(stmt.body, inner);
    const next = extra.map(({ k }) => this.passed(stmt.body.yields[k + first] ?? zero));
    const body: Block = { stmts: inner.stmts, yields: [...stmt.body.yields, ...next] };
    const more = extra.flatMap(({ k }) => {
      const result = stmt.results[k];
      return result ? [this.introduce(result)] : [];
    });
    b.push({ ...stmt, carried: [...stmt.carried, ...carried], body, results: [...stmt.results, ...more] });
  }
}

export const literalNumber = (atom: Atom | undefined): number | undefined =>
  atom?.kind === 'const' && typeof atom.value === 'number' ? atom.value : undefined;

/** The parts of a tangent object, in its own order: fields of the primal that have no tangent are left out. */
export function shadowParts(primal: Type, shadow: Type, parts: readonly Atom[], of: (part: Atom) => Atom): Atom[] {
  if (primal.kind !== 'record' || shadow.kind !== 'record') {
    const holdsObjects = shadow.kind === 'array' && isReference(shadow.elem);
    return parts.map((part) => (holdsObjects && isConst(part, undefined) ? part : of(part)));
  }
  return shadow.fields.map(({ name, type }) => {
    const part = parts[primal.fields.findIndex((f) => f.name === name)] ?? zero;
    // An absent object has an absent shadow.
    if (isConst(part, undefined) && type.kind === 'optional') return part;
    // A passive place of a tuple holds 0.
    return type.kind === 'num' && !isNumber(typeOf(part)) ? zero : of(part);
  });
}

/** Gives the value that the last statement of `b` defines a better name, if it has none. */
export function rename(b: Builder, atom: Atom, name: string | undefined): Atom {
  const last = b.stmts.at(-1);
  if (name === undefined || atom.kind !== 'value' || atom.name !== undefined) return atom;
  if (last?.kind !== 'let' || last.target !== atom) return atom;
  const target = value(atom.type, name);
  b.stmts[b.stmts.length - 1] = { ...last, target };
  return target;
}
