/**
 * A loop that is linear in all it carries, evaluated the other way round. A linear recursion with sources s_i,
 *
 *     λ = 0;  for i = n-1 … 0:  λ = A_i λ + B_i s_i;  value += ⟨c_i, λ⟩
 *
 * gives value = Σ ⟨s_i, σ_i⟩ where σ_i = B_iᵀ ξ and ξ follows the transposed recursion forwards: Euler's theorem for a
 * function that is linear in its sources. Nothing but ξ is carried, and no λ is computed. This is how the adjoint of the
 * adjoint loses the sweep that is adjoint already.
 *
 * Works before operators are expanded: the transpose of `jvp f` is `vjp f` at the same point, and the other way round.
 * Values are taken as values: nothing is written to here.
 */

import { absent, Builder, emptySum, isConst, one, sameAtom, typeOf, value, zero } from '../ir/build.js';
import { isReference, linearType, tangentType } from '../ir/structure.js';
import { instantiate, operands, results } from '../ir/visit.js';
import type { Atom, Derive, Fn, For, LinearOp, Stmt, Type, Value } from '../ir/types.js';

/** `fn` with its last loop transposed, if that is linear and gives the function's result; else undefined. */
export function transposed(fn: Fn): Fn | undefined {
  const { stmts, yields } = fn.body;
  const [result] = yields;
  const at = stmts.length - 1;
  const loop = stmts[at];
  if (loop?.kind !== 'for' || result === undefined || result.kind !== 'value') return undefined;
  const wanted = loop.results.indexOf(result);
  if (wanted < 0) return undefined;
  const transposition = new Transposition(loop, wanted, stmts.slice(0, at));
  const b = new Builder(loop.origin);
  const total = transposition.run(b);
  return total && { ...fn, body: { stmts: [...stmts.slice(0, at), ...b.stmts], yields: [total] } };
}

/** Thrown where a loop turns out not to be linear, or not simple enough. */
class NotLinear extends Error {
  override readonly name = 'NotLinear';
}

class Transposition {
  /** What depends on what the loop carries, linearly. */
  private readonly linear = new Set<Atom>();
  /** Values beside derivatives that are linear: the transposed loop does not have them. */
  private readonly gone = new Set<Atom>();
  private readonly definitions = new Map<Atom, Stmt>();

  constructor(
    private readonly loop: For,
    /** Which of the carried values is the result. */
    private readonly wanted: number,
    private readonly before: readonly Stmt[],
  ) {}

  /** The value of the loop, computed by the transposed one; undefined if it is not linear. */
  run(b: Builder): Atom | undefined {
    try {
      return this.transpose(b);
    } catch (error) {
      if (error instanceof NotLinear) return undefined;
      throw error;
    }
  }

  private transpose(b: Builder): Atom {
    const { loop } = this;
    if (Math.abs(loop.step) !== 1 || (loop.compare !== '<=' && loop.compare !== '>=')) throw new NotLinear();
    loop.carried.forEach(({ param }) => this.linear.add(param));
    for (const stmt of loop.body.stmts) this.classify(stmt);
    for (const { init } of loop.carried) if (!this.isNothing(init)) throw new NotLinear();

    // The other way round it counts from `to`, which then has to be a whole number.
    if (!isConst(loop.to) || !Number.isInteger(loop.to.value)) throw new NotLinear();
    const carried = loop.carried.map((_, k) => k);
    const inits = carried.map((k) => (k === this.wanted ? one : this.zerosOf(k, b)));
    const total = value({ kind: 'num' }, loop.results[this.wanted]?.name);
    const params = carried.map((k) => value(this.typeOf(k), k === this.wanted ? undefined : 'xi'));
    // The cotangent of the sum itself stays what it is.
    const first = this.iteration(new Map(), carried, params, total);
    const constants = new Map<Atom, Atom>();
    params.forEach((param, j) => {
      if (first.next[j] === param) constants.set(param, inits[j] ?? zero);
    });
    const index = value({ kind: 'num' }, loop.index.name);
    const again = this.iteration(
      new Map([[loop.index, index]]),
      carried,
      params.map((param) => constants.get(param) ?? param),
      total,
    );
    const kept = params.map((_, j) => j).filter((j) => !constants.has(params[j] ?? zero));
    const result = value(total.type, total.name);
    b.push({
      kind: 'for',
      index,
      ...this.bounds(),
      carried: [
        { param: total, init: zero },
        ...kept.map((j) => ({ param: params[j] ?? total, init: inits[j] ?? zero })),
      ],
      body: { stmts: again.b.stmts, yields: [again.total, ...kept.map((j) => again.next[j] ?? zero)] },
      results: [result, ...kept.map((j) => value(params[j]?.type ?? total.type, params[j]?.name))],
      origin: loop.origin,
    });
    return result;
  }

  private typeOf(k: number): Type {
    const type = this.loop.carried[k]?.param.type ?? { kind: 'num' };
    return tangentType(type) ?? type;
  }

  /** Certainly 0 in every number. */
  private isNothing(atom: Atom): boolean {
    if (atom === emptySum || isConst(atom, 0)) return true;
    const stmt = this.definitions.get(atom) ?? this.definedBefore(atom);
    return stmt?.kind === 'linear' && stmt.op === 'zeros';
  }

  /** Enters a statement among the linear ones, if it depends on what is carried. */
  private classify(stmt: Stmt): void {
    results(stmt).forEach((v) => this.definitions.set(v, stmt));
    if (operands(stmt).some((atom) => this.gone.has(atom))) throw new NotLinear();
    if (this.operandsOf(stmt) === undefined) {
      if (!isRepeatable(stmt)) throw new NotLinear();
      return;
    }
    const [primal] = results(stmt);
    const isDerive = stmt.kind === 'derive' && primal !== undefined;
    if (isDerive) this.gone.add(primal);
    results(stmt).forEach((v) => (isDerive && v === primal) || this.linear.add(v));
  }

  /** Whether an atom depends on what is carried. */
  private depends = (atom: Atom): boolean => this.linear.has(atom);

  /** The operands that a statement is linear in; undefined if it does not depend on what is carried. */
  private operandsOf(stmt: Stmt): readonly Atom[] | undefined {
    if (stmt.kind === 'let') {
      if (!stmt.args.some(this.depends)) return undefined;
      const [x = absent, y = absent] = stmt.args;
      if (stmt.op === 'add' || stmt.op === 'sub' || stmt.op === 'neg') return stmt.args;
      if (stmt.op === 'mul' && !(this.depends(x) && this.depends(y))) return stmt.args.filter(this.depends);
      if (stmt.op === 'div' && !this.depends(y)) return [x];
    }
    if (stmt.kind === 'linear') {
      if (!stmt.args.some(this.depends)) return undefined;
      if (stmt.op === 'zeros') return [];
      if (stmt.op === 'sum' || stmt.op === 'copy') return stmt.args;
      if (!stmt.args.every(this.depends)) return stmt.args.filter(this.depends);
    }
    if (stmt.kind === 'derive') {
      if (!stmt.args.some(this.depends)) return this.isHalfLinear(stmt);
      const seeds = stmt.args.slice(stmt.callee.params.length);
      if (stmt.into === undefined && !stmt.args.slice(0, stmt.callee.params.length).some(this.depends)) return seeds;
    }
    if (stmt.kind === 'let' || stmt.kind === 'linear' || stmt.kind === 'derive') throw new NotLinear();
    return undefined;
  }

  /** A cotangent of something computed outside is a source when it is scaled by one: `vjp p(x, weight)` is weight · ∇p. */
  private isHalfLinear(stmt: Derive): readonly Atom[] | undefined {
    if (stmt.mode !== 'vjp' || stmt.into !== undefined) return undefined;
    const seed = stmt.args.at(-1);
    return seed && typeOf(seed).kind === 'num' ? [seed] : undefined;
  }

  /** The transposed iteration: what does not depend on the carried values as it was, then the rest backwards. */
  private iteration(
    replace: Map<Value, Atom>,
    carried: readonly number[],
    cotangents: readonly Atom[],
    total: Atom,
  ): { b: Builder; next: readonly Atom[]; total: Atom } {
    const { body, origin } = this.loop;
    const b = new Builder(origin);
    const plain = body.stmts.filter((stmt) => !results(stmt).some(this.depends));
    instantiate({ stmts: plain, yields: [] }, replace).stmts.forEach((stmt) => b.push(stmt));
    const sweep = new Backwards(b, replace, this.depends, total);
    carried.forEach((k, j) => sweep.add(body.yields[k] ?? zero, cotangents[j] ?? zero));
    for (const stmt of body.stmts.toReversed()) {
      b.origin = stmt.origin;
      if (results(stmt).some(this.depends)) sweep.stmt(stmt);
    }
    const next = carried.map((k) => {
      const param = this.loop.carried[k]?.param;
      const g = param && sweep.take(param);
      // Nothing comes back to it: the shape of the zeros would have to be known here.
      if (g === undefined && param && isReference(param.type)) throw new NotLinear();
      return g ?? zero;
    });
    return { b, next, total: sweep.total };
  }

  /** Zeros in the shape of what the loop hands on in the end, which is the shape of something that its last iteration has at hand. */
  private zerosOf(k: number, b: Builder): Atom {
    const type = this.typeOf(k);
    if (!isReference(type)) return zero;
    const like = this.likeOf(this.loop.body.yields[k] ?? absent);
    const load = this.definitions.get(like);
    if (load?.kind === 'load' && load.key === this.loop.index) {
      const { object } = load;
      const { to } = this.loop;
      const zeros = (at: Builder) => linearly(at, 'zeros', [at.load(object, to)], 'xi');
      const isThere =
        isConst(to) && this.before.some((stmt) => isStore(stmt, object, to) || this.isGuard(stmt, object));
      return isThere ? zeros(b) : this.ifAny(b, type, zeros, k);
    }
    if (like.kind === 'value' && !this.definitions.has(like) && like !== this.loop.index)
      return linearly(b, 'zeros', [like], 'xi');
    throw new NotLinear();
  }

  /** Whether a statement throws if a list is empty, while the loop ends with its first element. */
  private isGuard(stmt: Stmt, object: Atom): boolean {
    const isZero = (atom: Atom | undefined) => atom !== undefined && isConst(atom, 0);
    if (stmt.kind !== 'if' || stmt.then.stmts.at(-1)?.kind !== 'throw' || !isZero(this.loop.to)) return false;
    const test = this.definedBefore(stmt.cond);
    if (test?.kind !== 'let' || test.op !== 'eq' || !isZero(test.args[1])) return false;
    const length = this.definedBefore(test.args[0] ?? absent);
    return length?.kind === 'length' && length.object === object;
  }

  private definedBefore(atom: Atom): Stmt | undefined {
    return this.before.find((stmt) => results(stmt).some((v) => v === atom));
  }

  /** The same indices the other way round: `i <= m - 1` is `i < m`. */
  private bounds(): Pick<For, 'from' | 'to' | 'compare' | 'step'> {
    const { from, to, step } = this.loop;
    const stmt = this.definedBefore(from);
    if (step < 0 && stmt?.kind === 'let' && stmt.op === 'sub' && isConst(stmt.args[1] ?? from, 1))
      return { from: to, to: stmt.args[0] ?? from, compare: '<', step: 1 };
    return { from: to, to: from, compare: step < 0 ? '<=' : '>=', step: -step };
  }

  /** What `zeros` gives if the loop runs; zeros that nobody looks at if it does not. */
  private ifAny(b: Builder, type: Type, zeros: (b: Builder) => Atom, k: number): Atom {
    const { from, to, step, carried } = this.loop;
    const runs = b.op(step < 0 ? 'ge' : 'le', [from, to]);
    const [result = absent] = b.if(
      runs,
      (at) => [zeros(at)],
      (at) => [linearly(at, 'zeros', [carried[k]?.init ?? absent])],
      [{ type, name: 'xi' }],
    );
    return result;
  }

  /** Something of the same shape that does not depend on what is carried. */
  private likeOf(atom: Atom): Atom {
    if (!this.depends(atom)) return atom;
    const stmt = this.definitions.get(atom);
    if (stmt?.kind === 'linear' && (stmt.op === 'sum' || stmt.op === 'copy')) {
      const found = stmt.args.find((arg) => !this.depends(arg));
      return found ?? this.likeOf(stmt.args[0] ?? absent);
    }
    if (stmt?.kind === 'derive' && stmt.mode === 'vjp') {
      const k = stmt.results.findIndex((result) => result === atom) - 1;
      const arg = stmt.args.filter((_, j) => stmt.wrt[j])[k];
      if (arg !== undefined) return arg;
    }
    throw new NotLinear();
  }
}

/** The transposed statements of one iteration. */
class Backwards {
  private readonly cotangents = new Map<Atom, Atom>();

  constructor(
    private readonly b: Builder,
    private readonly replace: ReadonlyMap<Value, Atom>,
    private readonly depends: (atom: Atom) => boolean,
    public total: Atom,
  ) {}

  take(atom: Atom): Atom | undefined {
    const found = this.cotangents.get(atom);
    this.cotangents.delete(atom);
    return found;
  }

  private now(atom: Atom): Atom {
    return atom.kind === 'value' ? (this.replace.get(atom) ?? atom) : atom;
  }

  /** Adds to the cotangent of an operand; what is linear in something from outside ends with it: value = Σ ⟨source, cotangent⟩. */
  add(atom: Atom, g: Atom): void {
    if (this.depends(atom)) {
      const before = this.cotangents.get(atom);
      this.cotangents.set(atom, before === undefined ? g : linearly(this.b, 'sum', [before, g]));
    } else if (atom !== emptySum && !isConst(atom, 0)) {
      const term = linearly(this.b, 'inner', [this.now(atom), g]);
      this.total = this.b.op('add', [this.total, term], this.total.kind === 'value' ? this.total.name : undefined);
    }
  }

  stmt(stmt: Stmt): void {
    const { b } = this;
    if (stmt.kind === 'derive') {
      this.derive(stmt);
      return;
    }
    if (stmt.kind !== 'let' && stmt.kind !== 'linear') throw new NotLinear();
    const g = this.take(stmt.target);
    if (g === undefined) return;
    const [x = absent, y = absent] = stmt.args;
    switch (stmt.op) {
      case 'add':
      case 'sum':
        this.add(x, g);
        this.add(y, g);
        return;
      case 'sub':
        this.add(x, g);
        this.add(y, b.op('neg', [g]));
        return;
      case 'neg':
        this.add(x, b.op('neg', [g]));
        return;
      case 'mul':
        if (this.depends(x)) this.add(x, linearly(b, 'scaled', [this.now(y), g]));
        else this.add(y, linearly(b, 'scaled', [this.now(x), g]));
        return;
      case 'div':
        this.add(x, b.op('div', [g, this.now(y)]));
        return;
      case 'copy':
        this.add(x, g);
        return;
      case 'inner':
        if (this.depends(x)) this.add(x, linearly(b, 'scaled', [g, this.now(y)]));
        else this.add(y, linearly(b, 'scaled', [g, this.now(x)]));
        return;
      case 'scaled':
        if (this.depends(x)) this.add(x, linearly(b, 'inner', [g, this.now(y)]));
        else this.add(y, linearly(b, 'scaled', [this.now(x), g]));
        return;
      default:
    }
  }

  /** `jvp f` is linear in its tangents, `vjp f` in its cotangent, and each is the transpose of the other. */
  private derive(stmt: Derive): void {
    const { b } = this;
    const { callee, args, mode, origin } = stmt;
    const count = callee.params.length;
    const point = args.slice(0, count).map((arg) => this.now(arg));
    const places = stmt.wrt.flatMap((active, k) => (active ? [k] : []));
    const gs = stmt.results.slice(1).map((result) => this.take(result));
    if (mode === 'jvp') {
      const [g] = gs;
      if (g === undefined) return;
      const seeds = args.slice(count);
      const wanted = places.filter((_, j) => !isConst(seeds[j] ?? absent, 0));
      const types = wanted.map((k) => callee.params[k]?.value.type ?? { kind: 'num' as const });
      const parts = types.map((type) => value(tangentType(type) ?? type));
      const wrt = stmt.wrt.map((_, k) => wanted.includes(k));
      const derived = [value(callee.result), ...parts];
      b.push({ kind: 'derive', mode: 'vjp', callee, wrt, args: [...point, g], results: derived, origin });
      wanted.forEach((k, j) => this.add(seeds[places.indexOf(k)] ?? absent, parts[j] ?? zero));
      return;
    }
    if (mode !== 'vjp') throw new NotLinear();
    const wanted = places.filter((_, j) => gs[j] !== undefined);
    if (wanted.length === 0) return;
    const wrt = stmt.wrt.map((_, k) => wanted.includes(k));
    const tangents = gs.filter((g) => g !== undefined);
    const tangent = value(tangentType(callee.result) ?? callee.result);
    const derived = [value(callee.result), tangent];
    b.push({ kind: 'derive', mode: 'jvp', callee, wrt, args: [...point, ...tangents], results: derived, origin });
    this.add(args[count] ?? absent, tangent);
  }
}

const isStore = (stmt: Stmt, object: Atom, key: Atom): boolean =>
  stmt.kind === 'store' && stmt.object === object && stmt.key.kind !== 'field' && sameAtom(stmt.key, key);

/** A `linear` statement, or plain arithmetic of numbers. */
function linearly(b: Builder, op: LinearOp, args: readonly Atom[], name?: string): Atom {
  const [x = absent, y = absent] = args;
  if (op === 'scaled' && isConst(x, 1)) return y;
  if (op === 'scaled' && isConst(y, 1) && !isReference(typeOf(x))) return x;
  if (op === 'inner' && isConst(x, 1)) return y;
  if (op === 'inner' && isConst(y, 1)) return x;
  if (!args.some((arg) => isReference(typeOf(arg)))) {
    if (op === 'zeros') return zero;
    if (op === 'copy') return x;
    return b.op(op === 'sum' ? 'add' : 'mul', [x, y]);
  }
  const target = value(linearType(op, args), name);
  b.push({ kind: 'linear', target, op, args, origin: b.origin });
  return target;
}

/** Whether a statement gives the same wherever it runs: it reads and makes, and changes nothing. */
function isRepeatable(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case 'let':
    case 'load':
    case 'length':
    case 'linear':
      return true;
    case 'derive':
      return stmt.into === undefined;
    default:
      return false;
  }
}
