/**
 * What one operation may be replaced by. Every row holds bit for bit for all operands, NaN, ±0 and Infinity included;
 * the exceptions, the sign of a zero that is added to a cleared cotangent and what a zero of a unit vector is multiplied
 * by, have constants of their own. Not here, because
 * they do not hold: x + 0 → x (x = −0), 0 − x → −x (x = 0), x * 0 → 0, x − x → 0, −(a − b) → b − a (a = b),
 * −a − b → −(a + b) (a = −b), x / c → x * (1 / c), reassociation.
 *
 * None loses a derivative either, since they run before differentiation, too: nothing is concluded from a
 * comparison of numbers.
 */

import { constant, emptyElement, isConst, no, sameAtom, unvaried, yes, zero } from '../ir/build.js';
import { applyOp } from '../ir/evaluate.js';
import type { Atom, Const, Let, Op, Value } from '../ir/types.js';
import { exactAffine } from './affine.js';
import type { Definitions } from './rewrite.js';
import type { WholeNumbers } from './whole.js';

export interface Context {
  readonly definitions: Definitions;
  readonly whole: WholeNumbers;
  /** Whether an atom is read only once, so that what it is made of is not needed beside its replacement. */
  single(atom: Atom): boolean;
  /** Whether an atom is certainly not `undefined`: as an operand it becomes NaN, as it is it does not. */
  defined(atom: Atom): boolean;
  /** Whether a value whose type says so is certainly not `undefined`. */
  there(atom: Value): boolean;
  /** Puts `op(args)` before the operation that is being replaced. */
  emit(op: Op, args: readonly Atom[]): Value;
}

/** A replacement: an atom, or another operation in place of this one. */
export type Replacement = Atom | { readonly op: Op; readonly args: readonly Atom[] };

type Identity = (cx: Context, args: readonly Atom[]) => Replacement | undefined;

/**
 * Operations whose result the language defines exactly, so that every engine agrees with the one compiling. Other
 * functions of constants are left to run time: engines differ in their last bit.
 */
const foldable: ReadonlySet<Op> = new Set<Op>([
  'neg',
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'abs',
  'ceil',
  'floor',
  'round',
  'sign',
  'trunc',
  'fround',
  'max',
  'min',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'and',
  'or',
  'not',
  'isNaN',
  'isFinite',
  'isInteger',
  'num',
]);

export function simplified(stmt: Let, cx: Context): Replacement | undefined {
  const { op, args } = stmt;
  const still = unmoved(op, args);
  if (still !== undefined) return still;
  if (foldable.has(op) && args.every((arg): arg is Const => arg.kind === 'const')) return fold(op, args);
  return identities[op]?.(cx, args);
}

/** Products with, and sums of, zeros of a unit vector. */
function unmoved(op: Op, args: readonly Atom[]): Replacement | undefined {
  const [a, b] = args;
  if (a !== unvaried && b !== unvaried) return undefined;
  if (op === 'mul' || op === 'neg' || (op === 'div' && a === unvaried)) return unvaried;
  if (op === 'add') return a === unvaried ? b : a;
  if (op !== 'sub' || a === undefined || b === undefined) return undefined;
  return b === unvaried ? a : { op: 'neg', args: [b] };
}

function fold(op: Op, args: readonly Const[]): Const | undefined {
  const result = applyOp(
    op,
    args.map(({ value }) => value),
  );
  // The operations above yield numbers and booleans only; `undefined` among the operands is not worth folding.
  return typeof result === 'number' || typeof result === 'boolean' ? constant(result) : undefined;
}

/** The operand of the operation `op` that defines `atom`. */
function operandOf(cx: Context, atom: Atom, op: Op): Atom | undefined {
  const stmt = cx.definitions.get(atom);
  return stmt?.kind === 'let' && stmt.op === op ? stmt.args[0] : undefined;
}

const isNumber = (atom: Atom): atom is Const & { readonly value: number } =>
  atom.kind === 'const' && typeof atom.value === 'number';

const negative = (atom: Atom): boolean => isNumber(atom) && atom.value < 0;
const opposite = (atom: Const & { readonly value: number }): Const => constant(-atom.value);

/** c and x of a product c * x or x * c that is read only here. */
function scaled(
  cx: Context,
  atom: Atom,
): { factor: Const & { readonly value: number }; of: Atom; first: boolean } | undefined {
  const stmt = cx.definitions.get(atom);
  if (stmt?.kind !== 'let' || stmt.op !== 'mul' || !cx.single(atom)) return undefined;
  const [a, b] = stmt.args;
  if (a === undefined || b === undefined) return undefined;
  if (isNumber(a)) return { factor: a, of: b, first: true };
  return isNumber(b) ? { factor: b, of: a, first: false } : undefined;
}

/** (−c) * x for c * x, as a value. */
function oppositeProduct(
  cx: Context,
  { factor, of, first }: NonNullable<ReturnType<typeof scaled>>,
): readonly [Atom, Atom] {
  return first ? [opposite(factor), of] : [of, opposite(factor)];
}

/** A number, `x` itself if it is certainly one. */
const itself = (cx: Context, x: Atom): Atom | undefined => (cx.defined(x) ? x : undefined);

/** Sums and differences of safe integers and constants: `(i + 1) - 1 → i`. */
function counted(cx: Context, op: 'add' | 'sub', a: Atom, b: Atom): Replacement | undefined {
  const [left, right] = [exactAffine(cx.definitions, cx.whole, a), exactAffine(cx.definitions, cx.whole, b)];
  if (left === undefined || right === undefined) return undefined;
  if (op === 'sub' && left.base === right.base) return constant(left.offset - right.offset);
  if (left.base !== undefined && right.base !== undefined) return undefined;
  const base = left.base ?? right.base;
  if (base === undefined || (op === 'sub' && right.base !== undefined)) return undefined;
  const offset = op === 'add' ? left.offset + right.offset : left.offset - right.offset;
  if (offset === 0) return base;
  // Already in this form: a base and a constant.
  if (a === base || b === base) return undefined;
  return offset > 0 ? { op: 'add', args: [base, constant(offset)] } : { op: 'sub', args: [base, constant(-offset)] };
}

const add: Identity = (cx, args) => {
  const [a, b] = pair(args);
  // Nothing has been added up so far: what is missing stays missing.
  if (a === emptyElement) return b;
  if (b === emptyElement) return a;
  if (isConst(a, -0)) return itself(cx, b);
  if (isConst(b, -0)) return itself(cx, a);
  const index = counted(cx, 'add', a, b);
  if (index) return index;
  const minusB = operandOf(cx, b, 'neg');
  if (minusB) return { op: 'sub', args: [a, minusB] };
  const minusA = operandOf(cx, a, 'neg');
  if (minusA) return { op: 'sub', args: [b, minusA] };
  if (negative(b) && isNumber(b)) return { op: 'sub', args: [a, opposite(b)] };
  const term = scaled(cx, b);
  if (term && negative(term.factor)) return { op: 'sub', args: [a, cx.emit('mul', oppositeProduct(cx, term))] };
  return undefined;
};

const sub: Identity = (cx, args) => {
  const [a, b] = pair(args);
  if (isConst(b, 0)) return itself(cx, a);
  const index = counted(cx, 'sub', a, b);
  if (index) return index;
  const minusB = operandOf(cx, b, 'neg');
  if (minusB) return { op: 'add', args: [a, minusB] };
  if (negative(b) && isNumber(b)) return { op: 'add', args: [a, opposite(b)] };
  const term = scaled(cx, b);
  if (term && negative(term.factor)) return { op: 'add', args: [a, cx.emit('mul', oppositeProduct(cx, term))] };
  return undefined;
};

/** Moves signs out of a product or quotient, where sums and other products can take them up. */
const signed =
  (op: 'mul' | 'div'): Identity =>
  (cx, args) => {
    const [a, b] = pair(args);
    const [minusA, minusB] = [operandOf(cx, a, 'neg'), operandOf(cx, b, 'neg')];
    if (minusA && minusB) return { op, args: [minusA, minusB] };
    if (minusA && isNumber(b)) return { op, args: [minusA, opposite(b)] };
    if (minusB && isNumber(a)) return { op, args: [opposite(a), minusB] };
    if (minusA && cx.single(a)) return { op: 'neg', args: [cx.emit(op, [minusA, b])] };
    if (minusB && cx.single(b)) return { op: 'neg', args: [cx.emit(op, [a, minusB])] };
    return undefined;
  };

/** Whole by what it is computed from, not because the very test that is looked at says so. */
const isOwnWhole = (cx: Context, atom: Atom): boolean =>
  cx.whole.range(atom) !== undefined && !cx.whole.isGuarded(atom);

const isIndex = (cx: Context, atom: Atom): boolean => (cx.whole.range(atom)?.low ?? -1) >= 0;

const mul: Identity = (cx, args) => {
  const [a, b] = pair(args);
  if (isConst(b, 1)) return itself(cx, a);
  if (isConst(a, 1)) return itself(cx, b);
  if (isConst(b, -1)) return { op: 'neg', args: [a] };
  if (isConst(a, -1)) return { op: 'neg', args: [b] };
  // Of indices only: x * 0 is NaN for Infinity and NaN, and −0 for negative x.
  if ((isConst(a, 0) && isIndex(cx, b)) || (isConst(b, 0) && isIndex(cx, a))) return zero;
  return signed('mul')(cx, args);
};

const div: Identity = (cx, args) => {
  const [a, b] = pair(args);
  if (isConst(b, 1)) return itself(cx, a);
  if (isConst(b, -1)) return { op: 'neg', args: [a] };
  return signed('div')(cx, args);
};

const neg: Identity = (cx, args) => {
  const [a] = pair(args);
  const inner = operandOf(cx, a, 'neg');
  if (inner) return itself(cx, inner);
  const product = scaled(cx, a);
  return product && { op: 'mul', args: oppositeProduct(cx, product) };
};

/** `floor` and its like change nothing about a whole number, NaN or an infinity. */
const rounding: Identity = (cx, args) => {
  const [a] = pair(args);
  return cx.whole.isWhole(a) ? itself(cx, a) : undefined;
};

/** A comparison of a number with itself or of indices at a known distance. */
const compare =
  (op: 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne', ofNumbers?: boolean): Identity =>
  (cx, args) => {
    const [a, b] = pair(args);
    if (a === b && ofNumbers !== undefined) return constant(ofNumbers); // also for NaN
    const [left, right] = [exactAffine(cx.definitions, cx.whole, a), exactAffine(cx.definitions, cx.whole, b)];
    return left && right && left.base === right.base
      ? fold(op, [constant(left.offset), constant(right.offset)])
      : undefined;
  };

/** `true` and `false` among the operands of `and` and `or`; `neutral` is the one that changes nothing. */
const connective =
  (neutral: boolean): Identity =>
  (cx, args) => {
    const [a, b] = pair(args);
    if (isConst(a, !neutral) || isConst(b, !neutral)) return constant(!neutral);
    if (isConst(a, neutral)) return itself(cx, b);
    if (isConst(b, neutral) || a === b) return itself(cx, a);
    if (operandOf(cx, a, 'not') === b || operandOf(cx, b, 'not') === a) return constant(!neutral);
    return neutral ? undefined : truthOfWhole(cx, a, b);
  };

/** `n < 0 || n > 0` is what the truth of a number asks; of a whole number it is `n !== 0`. */
function truthOfWhole(cx: Context, a: Atom, b: Atom): ReturnType<Identity> {
  const [less, greater] = [a, b].map((atom) => cx.definitions.get(atom));
  if (less?.kind !== 'let' || greater?.kind !== 'let' || less.op !== 'lt' || greater.op !== 'gt') return undefined;
  const [[x, from], [y, to]] = [pair(less.args), pair(greater.args)];
  return x === y && isConst(from, 0) && isConst(to, 0) && isOwnWhole(cx, x) ? { op: 'ne', args: [x, zero] } : undefined;
}

const not: Identity = (cx, args) => {
  const [a] = pair(args);
  const stmt = cx.definitions.get(a);
  if (stmt?.kind !== 'let') return undefined;
  const [x, y] = pair(stmt.args);
  switch (stmt.op) {
    case 'not':
      return itself(cx, x);
    case 'eq':
      return { op: 'ne', args: stmt.args };
    case 'ne':
      return { op: 'eq', args: stmt.args };
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      // The complement is wrong for NaN.
      return cx.whole.range(x) && cx.whole.range(y) ? { op: complements[stmt.op], args: stmt.args } : undefined;
    default:
      return undefined;
  }
};

const complements = { lt: 'ge', le: 'gt', gt: 'le', ge: 'lt' } satisfies Partial<Record<Op, Op>>;

const select: Identity = (cx, [cond, a, b]) => {
  if (cond === undefined || a === undefined || b === undefined) return undefined;
  if (isConst(cond, true)) return a;
  if (isConst(cond, false)) return b;
  if (sameAtom(a, b)) return a;
  if (isConst(a, true) && isConst(b, false)) return itself(cx, cond);
  if (isConst(a, false) && isConst(b, true)) return { op: 'not', args: [cond] };
  const negated = operandOf(cx, cond, 'not');
  return negated && { op: 'select', args: [negated, b, a] };
};

/** `max(0, n)` of what is not negative, as a trip count is. */
const max: Identity = (cx, args) => {
  const [a, b] = pair(args);
  const [x, y] = [cx.whole.range(a), cx.whole.range(b)];
  if (args.length !== 2 || !x || !y) return undefined;
  if (x.high <= y.low) return b;
  return y.high <= x.low ? a : undefined;
};

const identities: Partial<Record<Op, Identity>> = {
  add,
  sub,
  mul,
  div,
  neg,
  // The language defines x ** 0 as 1, also for NaN; x ** 1 is x in every engine, any other power may differ in the last bit.
  pow: (cx, [x, n]) => (n && isConst(n, 0) ? constant(1) : n && x && isConst(n, 1) ? itself(cx, x) : undefined),
  ceil: rounding,
  floor: rounding,
  round: rounding,
  trunc: rounding,
  lt: compare('lt', false),
  gt: compare('gt', false),
  le: compare('le'),
  ge: compare('ge'),
  eq: compare('eq'),
  ne: compare('ne'),
  same: (_, [a, b]) => (a === b ? yes : undefined),
  and: connective(true),
  or: connective(false),
  not,
  max,
  select,
  isNaN: (cx, [x]) => (x && isOwnWhole(cx, x) ? no : undefined),
  isFinite: (cx, [x]) => (x && isOwnWhole(cx, x) ? yes : undefined),
  isInteger: (cx, [x]) => (x && isOwnWhole(cx, x) ? yes : undefined),
  defined: (cx, [x]) => {
    if (x?.kind === 'const') return constant(x.value !== undefined);
    return x !== undefined && x.type.kind !== 'optional' && cx.there(x) ? yes : undefined;
  },
  unwrap: (_, [x]) => (x && !(x.kind === 'value' && x.type.kind === 'optional') ? x : undefined),
};

/** The operands of an operation of one or two; the checker guarantees their number. */
function pair(args: readonly Atom[]): readonly [Atom, Atom] {
  const [a = zero, b = zero] = args;
  return [a, b];
}
