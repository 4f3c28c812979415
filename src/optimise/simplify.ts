/**
 * Identities, constants and choices that are decided: operations (see `identities.ts`), `if`s on constants, results
 * that are the same on both arms, carried values that never change, loops that do not run.
 *
 *     a = mul x 1            if c                    for … carry s = 0
 *     b = neg y         →      …              →        …
 *     z = add a b            (r = x on both arms)      yield s
 *     z = sub x y            r is x                    s is 0
 *
 * Results stay the same bit for bit. What is left without a reader goes by `dead-code`.
 */

import { isConst, no, sameAtom, value, yes } from '../ir/build.js';
import type { Atom, Block, Const, For, If, Let, Loop, Op, Stmt, Value } from '../ir/types.js';
import { simplified, type Context } from './identities.js';
import type { Known } from './known.js';
import type { Pass } from './pass.js';
import { blockOf, Definitions, fnOf, Substitution } from './rewrite.js';
import type { Uses } from './uses.js';
import type { WholeNumbers } from './whole.js';
import { ValueMap, ValueSet, type ValueMembers } from '../ir/value.js';

export const simplify: Pass = {
  name: 'simplify',
  run: (fn, known) => fnOf(fn, new Simplifier(known).block(fn.body)),
};

const comparisons: ReadonlySet<Op> = new Set<Op>(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);

class Simplifier {
  private readonly substitution = new Substitution();
  private readonly definitions = new Definitions();
  private readonly uses: Uses;
  private readonly doubtful: ValueMembers;
  /** Results of `if`s that say whether a loop runs again. */
  private readonly exits = new ValueSet();
  private readonly whole: WholeNumbers;
  /** What values are known to be equal to, where that has been asked. */
  private readonly equal = new ValueMap<Const>();
  /** Forgets what is known to the end of the block, a `throw` having left it otherwise. */
  private forget: (() => void)[] = [];
  /** The list of statements that a value's definition was put into. */
  private readonly home = new ValueMap<Stmt[]>();

  constructor(private readonly known: Known) {
    this.uses = known.uses;
    this.doubtful = known.doubtful;
    this.whole = known.whole;
  }

  block(block: Block): Block {
    const out: Stmt[] = [];
    const outside = this.forget;
    this.forget = [];
    this.all(block.stmts, out);
    this.forget.forEach((fact) => fact());
    this.forget = outside;
    return blockOf(block, out, block.yields.map(this.substitution.atom));
  }

  private all(stmts: readonly Stmt[], out: Stmt[]): void {
    for (const stmt of stmts) {
      const current = this.substitution.stmt(stmt);
      if (current !== undefined) this.stmt(current, out);
    }
  }

  private stmt(stmt: Stmt, out: Stmt[]): void {
    switch (stmt.kind) {
      case 'let':
        return this.let(stmt, out);
      case 'if':
        return this.if(stmt, out);
      case 'for':
        return this.for(stmt, out);
      case 'loop':
        return this.loop(stmt, out);
      default:
        return this.put(stmt, out);
    }
  }

  private put(stmt: Stmt, out: Stmt[]): void {
    this.definitions.add(stmt);
    if (stmt.kind === 'let') this.home.set(stmt.target, out);
    out.push(stmt);
  }

  private let(stmt: Let, out: Stmt[]): void {
    const found = simplified(this.compared(stmt), this.context(stmt, out));
    if (found === undefined) return this.put(stmt, out);
    if ('kind' in found) this.substitution.replace(stmt.target, found);
    // The new operation may be simplified in turn; every step makes it smaller or moves a sign outwards, once.
    else this.let({ ...stmt, op: found.op, args: found.args }, out);
  }

  /** A comparison with a constant of what is known to be equal to one: of two constants. */
  private compared(stmt: Let): Let {
    if (!comparisons.has(stmt.op)) return stmt;
    const constants = stmt.args.map((arg) => (arg.kind === 'const' ? arg : this.equal.get(arg)));
    return constants.every((atom) => atom !== undefined) ? { ...stmt, args: constants } : stmt;
  }

  private context(stmt: Let, out: Stmt[]): Context {
    const { definitions, whole, uses, doubtful, home } = this;
    return {
      definitions,
      whole,
      single: (atom) => atom.kind === 'value' && uses.count(atom) === 1 && home.get(atom) === out,
      there: (atom) => !this.known.missing.has(atom),
      defined: (atom) => atom.kind === 'const' || !doubtful.has(atom) || !uses.observed(stmt.target),
      emit: (op: Op, args: readonly Atom[]) => {
        const target = value(stmt.target.type);
        this.put({ kind: 'let', target, op, args, origin: stmt.origin }, out);
        return target;
      },
    };
  }

  // -------------------------------------------------------------- choices

  private if(stmt: If, out: Stmt[]): void {
    const { cond } = stmt;
    if (cond.kind === 'const') return this.arm(cond.value === true ? stmt.then : stmt.else, stmt.results, out);

    const [then, otherwise] = [this.assuming(cond, true, stmt.then), this.assuming(cond, false, stmt.else)];
    const kept = stmt.results.map(
      (result, k) => !this.decided(result, cond, then.yields[k], otherwise.yields[k], stmt, out),
    );
    if (kept.every((keep) => keep)) {
      const same = then === stmt.then && otherwise === stmt.else;
      this.put(same ? stmt : { ...stmt, then, else: otherwise }, out);
      const throws = [then, otherwise].map(({ stmts }) => stmts.some(({ kind }) => kind === 'throw'));
      if (throws[0] !== throws[1]) this.conclude(cond, throws[0] === false, this.forget);
      return;
    }
    const pick = <T>(list: readonly T[]): readonly T[] => list.filter((_, k) => kept[k]);
    this.put(
      {
        ...stmt,
        then: { ...then, yields: pick(then.yields) },
        else: { ...otherwise, yields: pick(otherwise.yields) },
        results: pick(stmt.results),
      },
      out,
    );
  }

  /** Puts an arm's statements in place of its `if`. */
  private arm(arm: Block, results: readonly Value[], out: Stmt[]): void {
    this.all(arm.stmts, out);
    this.define(results, arm.yields);
  }

  private define(results: readonly Value[], by: readonly Atom[]): void {
    const atoms = by.map(this.substitution.atom);
    results.forEach((result, k) => {
      const atom = atoms[k];
      if (atom) this.substitution.replace(result, atom);
    });
  }

  /** Whether a result of an `if` is known without it; then it is replaced. */
  private decided(
    result: Value,
    cond: Atom,
    yes: Atom | undefined,
    no: Atom | undefined,
    stmt: If,
    out: Stmt[],
  ): boolean {
    if (yes === undefined || no === undefined) return false;
    if (sameAtom(yes, no)) {
      this.substitution.replace(result, yes);
      return true;
    }
    if (this.exits.has(result)) return false;
    if (isConst(yes, true) && isConst(no, false) && cond.kind === 'value' && !this.doubtful.has(cond)) {
      this.substitution.replace(result, cond);
      return true;
    }
    if (isConst(yes, false) && isConst(no, true) && result.type.kind === 'bool') {
      this.let({ kind: 'let', target: result, op: 'not', args: [cond], origin: stmt.origin }, out);
      return true;
    }
    return false;
  }

  /** A block in which `cond` is known, and what follows from it. */
  private assuming(cond: Atom, truth: boolean, block: Block): Block {
    const forget: (() => void)[] = [];
    this.conclude(cond, truth, forget);
    const next = this.block(block);
    forget.forEach((fact) => fact());
    return next;
  }

  /** Notes that `cond` is true, or false, and what follows from it; `forget` gets what makes that unknown again. */
  private conclude(cond: Atom, truth: boolean, forget: (() => void)[]): void {
    if (cond.kind !== 'value' || this.doubtful.has(cond) || this.substitution.atom(cond) !== cond) return;
    this.substitution.replace(cond, truth ? yes : no);
    forget.push(() => this.substitution.forget(cond));
    const stmt = this.definitions.get(cond);
    if (stmt?.kind !== 'let') return;
    // From the equality of numbers nothing but other comparisons: their derivatives need not be equal.
    if (stmt.op === (truth ? 'eq' : 'ne')) this.equate(stmt.args, forget);
    if (stmt.op === 'not') stmt.args.forEach((arg) => this.conclude(arg, !truth, forget));
    if ((stmt.op === 'and' && truth) || (stmt.op === 'or' && !truth)) {
      stmt.args.forEach((arg) => this.conclude(arg, truth, forget));
    }
  }

  private equate([a, b]: readonly Atom[], forget: (() => void)[]): void {
    const [v, constant] = a?.kind === 'const' ? [b, a] : [a, b];
    if (v?.kind !== 'value' || constant?.kind !== 'const' || this.equal.has(v)) return;
    this.equal.set(v, constant);
    forget.push(() => this.equal.delete(v));
  }

  // -------------------------------------------------------------- loops

  private for(stmt: For, out: Stmt[]): void {
    if (runsNever(stmt))
      return this.define(
        stmt.results,
        stmt.carried.map(({ init }) => init),
      );
    const loop = this.withoutInvariants(stmt, 0);
    this.definitions.add(loop);
    const body = this.block(loop.body);
    this.put(body === loop.body ? loop : { ...loop, body }, out);
  }

  private loop(stmt: Loop, out: Stmt[]): void {
    if (isConst(this.substitution.atom(stmt.body.yields[0] ?? yes), false)) {
      // Runs exactly once.
      this.define(
        stmt.carried.map(({ param }) => param),
        stmt.carried.map(({ init }) => init),
      );
      return this.arm({ stmts: stmt.body.stmts, yields: stmt.body.yields.slice(1) }, stmt.results, out);
    }
    const loop = this.withoutInvariants(stmt, 1);
    this.keepExits(loop.body, 0);
    const body = this.block(loop.body);
    this.put(body === loop.body ? loop : { ...loop, body }, out);
  }

  /** "Run again" stays `true` and `false` in the arms of the exits: that shows reverse mode and the emitter the way out. */
  private keepExits(block: Block, place: number): void {
    const [again, last] = [block.yields[place], block.stmts.at(-1)];
    if (again?.kind !== 'value' || last?.kind !== 'if') return;
    const k = last.results.indexOf(again);
    if (k < 0) return;
    this.exits.add(again);
    for (const arm of [last.then, last.else]) this.keepExits(arm, k);
  }

  /**
   * A loop without the carried values that never change (they yield themselves or what they began with) and without
   * those that are copies of another one. `first` is the place of the first carried value among the yields.
   */
  private withoutInvariants<L extends For | Loop>(loop: L, first: number): L {
    const kept: number[] = [];
    loop.carried.forEach(({ param, init }, k) => {
      const result = loop.results[k];
      const next = this.substitution.atom(loop.body.yields[k + first] ?? param);
      if (next === param || sameAtom(next, init)) {
        this.substitution.replace(param, init);
        if (result) this.substitution.replace(result, init);
        return;
      }
      const twin = kept.find((j) => {
        const other = loop.carried[j];
        const theirs = this.substitution.atom(loop.body.yields[j + first] ?? param);
        return other && sameAtom(other.init, init) && sameAtom(theirs, next);
      });
      if (twin === undefined) {
        kept.push(k);
        return;
      }
      const [same, sameResult] = [loop.carried[twin], loop.results[twin]];
      if (same) this.substitution.replace(param, same.param);
      if (result && sameResult) this.substitution.replace(result, sameResult);
    });
    if (kept.length === loop.carried.length) return loop;
    const pick = <T>(list: readonly T[], offset = 0): T[] =>
      kept.flatMap((k) => list.slice(k + offset, k + offset + 1));
    return {
      ...loop,
      carried: pick(loop.carried),
      results: pick(loop.results),
      body: { ...loop.body, yields: [...loop.body.yields.slice(0, first), ...pick(loop.body.yields, first)] },
    };
  }
}

function runsNever({ from, to, compare }: For): boolean {
  if (from.kind !== 'const' || to.kind !== 'const') return false;
  const [a, b] = [from.value, to.value];
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  switch (compare) {
    case '<':
      return !(a < b);
    case '<=':
      return !(a <= b);
    case '>':
      return !(a > b);
    case '>=':
      return !(a >= b);
  }
}
