/**
 * Which numbers are whole, and between which bounds. Flow-insensitive: a fact holds wherever the value is in scope.
 */

import { results } from '../ir/visit.js';
import type { Atom, Block, Fn, For, If, Let, Loop, Stmt, Value } from '../ir/types.js';
import { ValueMap, ValueSet, type ValueLookup, type ValueMembers } from '../ir/value.js';

/** A safe integer that is not −0, between `low` and `high`. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface WholeNumbers {
  /** An integer in the sense of `Math.floor`: its results are whole, among them −0, ±Infinity and NaN. */
  isWhole(atom: Atom): boolean;
  /** Bounds if the atom is surely a safe integer other than −0: then `(i + 1) - 1` is `i`, bit for bit. */
  range(atom: Atom): Range | undefined;
  /** Whether a guard at the top of the function is all that makes it whole: the guard itself may not rely on that. */
  isGuarded(atom: Atom): boolean;
}

/** Whole, but nothing is known of its size. */
const some = 'whole';
type Fact = Range | typeof some | undefined;

/** More elements than any array will ever have, few enough that sums of several are exact. */
const mostElements = 2 ** 40;
/** A loop that counts by ones does not get further than this in a lifetime. */
const mostSteps = 2 ** 50;

export function wholeNumbers(fn: Fn): WholeNumbers {
  // Carried values are taken to be whole where the initial one is, until an iteration shows otherwise.
  const rejected = new ValueSet();
  const guarded = guardedValues(fn.body);
  let facts = new Facts(guarded, rejected);
  for (let round = 0; ; round++) {
    facts.block(fn.body);
    if (facts.wrong.length === 0) break;
    for (const param of facts.wrong) rejected.add(param);
    facts = new Facts(guarded, rejected, round > 8);
  }
  const found = facts;
  return {
    isWhole: (atom) => found.of(atom) !== undefined,
    range: (atom) => {
      const fact = found.of(atom);
      return fact === some ? undefined : fact;
    },
    isGuarded: (atom) => atom.kind === 'value' && guarded.has(atom),
  };
}

class Facts {
  readonly wrong: Value[] = [];
  private readonly facts = new ValueMap<Fact>();

  /** `strict` gives up on carried values altogether: then there is nothing to be wrong about. */
  constructor(
    private readonly guarded: ValueLookup<Fact>,
    private readonly rejected: ValueMembers,
    private readonly strict = false,
  ) {}

  set(v: Value, fact: Fact): void {
    this.facts.set(v, fact);
  }

  of(atom: Atom): Fact {
    if (atom.kind === 'value') return this.facts.get(atom) ?? this.guarded.get(atom);
    const { value } = atom;
    if (typeof value !== 'number') return undefined;
    return Number.isInteger(value) ? within(value, value, Object.is(value, -0)) : undefined;
  }

  block(block: Block): void {
    for (const stmt of block.stmts) this.stmt(stmt);
  }

  private stmt(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'let':
        this.set(stmt.target, this.let(stmt));
        break;
      case 'length':
        this.set(stmt.target, { low: 0, high: mostElements });
        break;
      case 'load': {
        const { type } = stmt.object.kind === 'value' ? stmt.object : { type: undefined };
        // Out of bounds there is no number at all; arithmetic makes NaN of that.
        if (type?.kind === 'array' && (type.storage === 'u8' || type.storage === 'i32')) this.set(stmt.target, some);
        break;
      }
      case 'if':
        this.block(stmt.then);
        this.block(stmt.else);
        stmt.results.forEach((result, k) => {
          this.set(result, join(this.yielded(stmt.then, k), this.yielded(stmt.else, k)));
        });
        break;
      case 'for':
        this.set(stmt.index, indexFact(stmt, this.of(stmt.from), this.of(stmt.to)));
        this.loop(stmt, 0);
        break;
      case 'loop':
        this.loop(stmt, 1);
        break;
      default:
        break;
    }
  }

  private yielded(block: Block, k: number): Fact {
    const atom = block.yields[k];
    return atom === undefined ? undefined : this.of(atom);
  }

  private loop(stmt: For | Loop, first: number): void {
    for (const { param, init } of stmt.carried) {
      const whole = this.of(init) !== undefined && !this.strict && !this.rejected.has(param);
      this.set(param, whole ? some : undefined);
    }
    this.block(stmt.body);
    stmt.carried.forEach(({ param }, k) => {
      const next = this.yielded(stmt.body, k + first);
      if (this.of(param) !== undefined && next === undefined) this.wrong.push(param);
      const result = stmt.results[k];
      if (result === undefined) return;
      // The body of a `loop` runs at least once, so its result is what the body yielded.
      this.set(result, stmt.kind === 'loop' ? next : this.of(param));
    });
  }

  private let({ op, args }: Let): Fact {
    const [a, b] = args.map((arg) => this.of(arg));
    switch (op) {
      case 'floor':
      case 'ceil':
      case 'round':
      case 'trunc':
        return a ?? some;
      case 'bitand':
      case 'bitor':
      case 'bitxor':
      case 'bitnot':
      case 'shl':
      case 'shr':
      case 'imul':
        return { low: -(2 ** 31), high: 2 ** 31 - 1 };
      case 'ushr':
        return { low: 0, high: 2 ** 32 - 1 };
      case 'clz32':
        return { low: 0, high: 32 };
      case 'num':
        return { low: 0, high: 1 };
      case 'sign':
        return a === undefined || a === some ? a : { low: -1, high: 1 };
      case 'neg':
        if (a === undefined || a === some) return a;
        return within(-a.high, -a.low, a.low <= 0 && a.high >= 0);
      case 'abs':
        if (a === undefined || a === some) return a;
        return { low: a.low > 0 ? a.low : 0, high: Math.max(Math.abs(a.low), Math.abs(a.high)) };
      case 'select':
        return join(b, args[2] === undefined ? undefined : this.of(args[2]));
      case 'max':
      case 'min': {
        const all = args.map((arg) => this.of(arg));
        if (all.includes(undefined)) return undefined;
        return all.reduce(op === 'max' ? larger : smaller);
      }
      default:
        return a === undefined || b === undefined ? undefined : arithmetic(op, a, b);
    }
  }
}

function arithmetic(op: Let['op'], a: Range | typeof some, b: Range | typeof some): Fact {
  if (op !== 'add' && op !== 'sub' && op !== 'mul' && op !== 'rem') return undefined;
  if (a === some || b === some) return some;
  switch (op) {
    case 'add':
      return within(a.low + b.low, a.high + b.high);
    case 'sub':
      return within(a.low - b.high, a.high - b.low);
    case 'mul': {
      const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
      const negativeZero = (hasZero(a) && b.low < 0) || (hasZero(b) && a.low < 0);
      return within(Math.min(...corners) + 0, Math.max(...corners) + 0, negativeZero);
    }
    case 'rem':
      if (hasZero(b)) return some; // NaN
      return a.low < 0 ? some : { low: 0, high: Math.min(a.high, Math.max(Math.abs(b.low), Math.abs(b.high)) - 1) };
  }
}

const hasZero = ({ low, high }: Range): boolean => low <= 0 && high >= 0;

function within(low: number, high: number, negativeZero = false): Fact {
  return !negativeZero && low >= Number.MIN_SAFE_INTEGER && high <= Number.MAX_SAFE_INTEGER ? { low, high } : some;
}

function join(a: Fact, b: Fact): Fact {
  if (a === undefined || b === undefined) return undefined;
  if (a === some || b === some) return some;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

function larger(a: Fact, b: Fact): Fact {
  if (a === undefined || b === undefined) return undefined;
  return a === some || b === some ? some : { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
}

function smaller(a: Fact, b: Fact): Fact {
  if (a === undefined || b === undefined) return undefined;
  return a === some || b === some ? some : { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
}

/** The index inside of the body, where the comparison holds. */
function indexFact({ step, compare }: For, from: Fact, to: Fact): Fact {
  if (from === undefined || from === some) return from;
  const known = to !== undefined && to !== some ? to : undefined;
  if (step > 0) {
    const last = known === undefined ? (step === 1 ? mostSteps : Infinity) : known.high - (compare === '<' ? 1 : 0);
    return within(from.low, Math.max(from.low, last));
  }
  const last = known === undefined ? (step === -1 ? -mostSteps : -Infinity) : known.low + (compare === '>' ? 1 : 0);
  return within(Math.min(from.high, last), from.high);
}

/**
 * `if (!Number.isInteger(n) …) throw` at the top of a function: whoever gets past it has a whole `n`, and what was
 * computed before it is not seen by anybody else.
 */
function guardedValues(body: Block): ValueLookup<Fact> {
  const facts = new ValueMap<Fact>();
  if (!body.stmts.some(isGuard)) return facts;
  const definitions = new ValueMap<Stmt>();
  const definition = (atom: Atom | undefined) => (atom?.kind === 'value' ? definitions.get(atom) : undefined);
  const whole = new Set<Atom>();
  const natural = new Set<Atom>();
  for (const stmt of body.stmts) {
    for (const result of results(stmt)) definitions.set(result, stmt);
    if (!isGuard(stmt)) continue;
    const pending: Atom[] = [stmt.cond];
    for (let cond = pending.pop(); cond !== undefined; cond = pending.pop()) {
      const def = definition(cond);
      if (def?.kind !== 'let') continue;
      if (def.op === 'or') pending.push(...def.args);
      const [a, b] = def.args;
      if (def.op === 'lt' && a !== undefined && b?.kind === 'const' && Number(b.value) >= 0) natural.add(a);
      const test = def.op === 'not' ? definition(a) : undefined;
      if (test?.kind !== 'let') continue;
      // !(isInteger(n) && n >= 0) comes either way.
      const conditions = test.op === 'and' ? test.args.map(definition) : [test];
      for (const condition of conditions) {
        if (condition?.kind !== 'let') continue;
        const [tested, bound] = condition.args;
        if (tested === undefined) continue;
        if (condition.op === 'isInteger') whole.add(tested);
        if (condition.op === 'ge' && bound?.kind === 'const' && Number(bound.value) >= 0) natural.add(tested);
      }
    }
  }
  // A natural number that a program asks for by a guard is a count: nobody counts further than `mostSteps`.
  for (const v of whole) if (v.kind === 'value') facts.set(v, natural.has(v) ? { low: 0, high: mostSteps } : some);
  return facts;
}

const isGuard = (stmt: Stmt): stmt is If => stmt.kind === 'if' && stmt.then.stmts.some(({ kind }) => kind === 'throw');
