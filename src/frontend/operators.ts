/** Unary, binary and logical operators, comparisons, `?:`. */

import { ts } from 'ts-morph';
import { bool, constant, no, typeOf, value, yes } from '../ir/build.js';
import type { Atom, Block, Op, Stmt, Type } from '../ir/types.js';
import { chain, checkedElement, elementOf, elementOrUndefined, property } from './access.js';
import { assign, assignmentOperators, increment } from './assignment.js';
import type { Lower } from './context.js';
import { isInstance, isOrExtends } from './dispatch.js';
import { isFamily } from './families.js';
import { isUndefined, truthy } from './presence.js';
import { describe, typedArrays } from './types.js';
import { isAtom, nothing, type Val } from './values.js';

const { SyntaxKind } = ts;

/** Operators on numbers that are one operation of the IR. */
export const arithmetic: ReadonlyMap<ts.SyntaxKind, Op> = new Map<ts.SyntaxKind, Op>([
  [SyntaxKind.PlusToken, 'add'],
  [SyntaxKind.MinusToken, 'sub'],
  [SyntaxKind.AsteriskToken, 'mul'],
  [SyntaxKind.SlashToken, 'div'],
  [SyntaxKind.PercentToken, 'rem'],
  [SyntaxKind.AsteriskAsteriskToken, 'pow'],
  [SyntaxKind.AmpersandToken, 'bitand'],
  [SyntaxKind.BarToken, 'bitor'],
  [SyntaxKind.CaretToken, 'bitxor'],
  [SyntaxKind.LessThanLessThanToken, 'shl'],
  [SyntaxKind.GreaterThanGreaterThanToken, 'shr'],
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken, 'ushr'],
]);

const comparisons: ReadonlyMap<ts.SyntaxKind, Op> = new Map<ts.SyntaxKind, Op>([
  [SyntaxKind.LessThanToken, 'lt'],
  [SyntaxKind.LessThanEqualsToken, 'le'],
  [SyntaxKind.GreaterThanToken, 'gt'],
  [SyntaxKind.GreaterThanEqualsToken, 'ge'],
]);

const equalities: ReadonlyMap<ts.SyntaxKind, 'eq' | 'ne'> = new Map([
  [SyntaxKind.EqualsEqualsEqualsToken, 'eq'],
  [SyntaxKind.ExclamationEqualsEqualsToken, 'ne'],
  [SyntaxKind.EqualsEqualsToken, 'eq'],
  [SyntaxKind.ExclamationEqualsToken, 'ne'],
]);

export function binary(node: ts.BinaryExpression, cx: Lower, expected: Type | undefined): Val {
  const { kind } = node.operatorToken;
  if (assignmentOperators.has(kind)) return assign(node, cx);
  const op = arithmetic.get(kind);
  if (op !== undefined) return arithmeticOf(node, op, cx);
  const comparison = comparisons.get(kind);
  if (comparison !== undefined) return compare(node, comparison, cx);
  const equality = equalities.get(kind);
  if (equality !== undefined) return equals(node, equality, cx);
  switch (kind) {
    case SyntaxKind.AmpersandAmpersandToken:
    case SyntaxKind.BarBarToken:
      return logical(node, kind === SyntaxKind.AmpersandAmpersandToken, cx, expected);
    case SyntaxKind.QuestionQuestionToken:
      return coalesce(node, cx, expected);
    case SyntaxKind.CommaToken:
      cx.val(node.left);
      return cx.val(node.right, expected);
    case SyntaxKind.InstanceOfKeyword:
      return instanceOf(node, cx);
    case SyntaxKind.InKeyword:
      return isIn(node, cx);
    default:
      return cx.refuse(node.operatorToken, 'unsupported-operator', node.operatorToken.getText());
  }
}

/** `a op b` on numbers, a evaluated first. */
function arithmeticOf(node: ts.BinaryExpression, op: Op, cx: Lower): Atom {
  const left = leftOf(node, cx);
  return combine(left, node, op, cx);
}

function combine(left: Atom, node: ts.BinaryExpression, op: Op, cx: Lower): Atom {
  const right = cx.atom(node.right);
  if (op === 'add' && (typeOf(left).kind === 'str' || typeOf(right).kind === 'str')) {
    return concatenate([left, right], node, cx);
  }
  const [a, b] = [cx.toNumber(left, node.left), cx.toNumber(right, node.right)];
  cx.at(node);
  return cx.op(op, a, b);
}

/** The left operand. Sums of thousands of terms are nested that deep to the left: a loop takes them. */
function leftOf(node: ts.BinaryExpression, cx: Lower): Atom {
  const chain: { readonly node: ts.BinaryExpression; readonly op: Op }[] = [];
  let at = node.left;
  for (; ts.isBinaryExpression(at); at = at.left) {
    const op = arithmetic.get(at.operatorToken.kind);
    if (op === undefined) break;
    chain.push({ node: at, op });
  }
  return chain.reduceRight((left, link) => combine(left, link.node, link.op, cx), cx.atom(at));
}

/** String concatenation. Numbers in text have no derivative: those that are active are refused later. */
export function concatenate(parts: readonly Atom[], node: ts.Node, cx: Lower): Atom {
  if (parts.every((part) => part.kind === 'const')) return constant(parts.map(({ value: v }) => String(v)).join(''));
  if (parts.some((part) => !['str', 'num', 'bool'].includes(typeOf(part).kind) && part.kind !== 'const')) {
    return cx.refuse(node, 'text-of-number', `\`${node.getText()}\``);
  }
  cx.at(node);
  return cx.b.op('text', parts);
}

function compare(node: ts.BinaryExpression, op: Op, cx: Lower): Atom {
  const [left, right] = [cx.atom(node.left), cx.atom(node.right)];
  if (typeOf(left).kind === 'str' || typeOf(right).kind === 'str') {
    return cx.refuse(node, 'string-operation', `\`${node.getText()}\``);
  }
  const [a, b] = [cx.toNumber(left, node.left), cx.toNumber(right, node.right)];
  cx.at(node);
  return cx.op(op, a, b);
}

// ---------------------------------------------------------------- equality

const strip = (type: Type): Type => (type.kind === 'optional' ? type.of : type);

/** `a === b` or `a !== b`. */
export function equal(a: Atom, b: Atom, op: 'eq' | 'ne', node: ts.Node, cx: Lower): Atom {
  const [s, t] = [typeOf(a), typeOf(b)];
  const answer = (same: Atom): Atom => (op === 'eq' ? same : cx.not(same));
  if (s.kind === 'void' || t.kind === 'void') {
    const other = s.kind === 'void' ? b : a;
    return answer(typeOf(other).kind === 'void' ? yes : cx.not(cx.isDefined(other)));
  }
  const [p, q] = [strip(s), strip(t)];
  const references = (p.kind === 'array' || p.kind === 'record') && (q.kind === 'array' || q.kind === 'record');
  if (references && (isFamily(p) || isFamily(q)))
    return cx.refuse(node, 'unsupported-operator', '=== of instances of several classes');
  if (references) return answer(a === b ? yes : cx.b.op('same', [a, b]));
  if (p.kind !== q.kind) return answer(no);
  // An optional operand that is undefined equals nothing that is a number: the comparison is made as it is.
  return cx.op(op, a, b);
}

function equals(node: ts.BinaryExpression, op: 'eq' | 'ne', cx: Lower): Atom {
  const missing = missingElement(node, cx);
  if (missing !== undefined) return op === 'eq' ? cx.not(missing) : missing;
  const typeTest = typeofTest(node, cx);
  if (typeTest !== undefined) return op === 'eq' ? typeTest : cx.not(typeTest);
  refuseTelling(node, cx);
  const left = cx.val(node.left);
  const right = cx.val(node.right);
  if (!isAtom(left) || !isAtom(right)) return compileTimeEqual(left, right, op, node, cx);
  const [s, t] = [strip(typeOf(left)), strip(typeOf(right))];
  if (isLoose(node) && s.kind !== t.kind && s.kind !== 'void' && t.kind !== 'void') {
    return cx.refuse(node.operatorToken, 'loose-equality', node.operatorToken.getText());
  }
  cx.at(node);
  return equal(left, right, op, node, cx);
}

/** `x === null` of an x that may as well be undefined: the two are one here. */
function refuseTelling(node: ts.BinaryExpression, cx: Lower): void {
  if (isLoose(node)) return;
  for (const [side, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ] as const) {
    if (!isUndefined(side)) continue;
    const type = cx.checker.getTypeAtLocation(other);
    const kinds = type.isUnion() ? type.types : [type];
    const [isNull, isVoid] = [ts.TypeFlags.Null, ts.TypeFlags.Undefined].map((flag) =>
      kinds.some(({ flags }) => flags & flag),
    );
    const asks = side.kind === SyntaxKind.NullKeyword ? isVoid : isNull;
    if (asks) cx.refuse(node, 'null-type', `\`${other.getText()}\``);
  }
}

const isLoose = ({ operatorToken: { kind } }: ts.BinaryExpression): boolean =>
  kind === SyntaxKind.EqualsEqualsToken || kind === SyntaxKind.ExclamationEqualsToken;

function compileTimeEqual(left: Val, right: Val, op: 'eq' | 'ne', node: ts.Node, cx: Lower): Atom {
  const undefinedSide = [left, right].find((side) => isAtom(side) && typeOf(side).kind === 'void');
  if (undefinedSide !== undefined) return constant(op === 'ne');
  if (left.kind === 'function' && right.kind === 'function') {
    return constant((left.node === right.node && left.scope === right.scope) === (op === 'eq'));
  }
  if (left.kind === 'struct' && right.kind === 'struct') return constant((left === right) === (op === 'eq'));
  return cx.refuse(node, 'unsupported-operator', '===');
}

/** `x[i] === undefined` on an array asks whether i is inside; the answer says whether it is. */
function missingElement(node: ts.BinaryExpression, cx: Lower): Atom | undefined {
  const { left, right } = node;
  if (!isUndefined(right)) return undefined;
  return presenceOf(left, cx)?.present;
}

interface Presence {
  readonly present: Atom;
  readonly load: () => Val;
}

/** For an element access on an array, a test whether the element is there, and how to read it. */
function presenceOf(node: ts.Expression, cx: Lower): Presence | undefined {
  let inner: ts.Expression = node;
  while (ts.isParenthesizedExpression(inner) || ts.isNonNullExpression(inner)) inner = inner.expression;
  if (!ts.isElementAccessExpression(inner)) return undefined;
  if (ts.isOptionalChain(inner)) return presenceInChain(inner, cx);
  // The object is lowered once in any case; whether it is an array is known after that.
  const object = cx.val(inner.expression);
  const index = cx.val(inner.argumentExpression);
  if (object.kind !== 'value' || object.type.kind !== 'array' || !isAtom(index) || typeOf(index).kind !== 'num') {
    const found = elementOf(object, cx.toAtom(index, inner), inner.argumentExpression, inner, cx);
    return { present: isAtom(found) ? cx.isDefined(found) : yes, load: () => found };
  }
  cx.at(inner);
  const { present, load } = checkedElement(object, index, cx);
  if (object.type.elem.kind !== 'optional') {
    // It may be there and hold what has been read past the end of another array.
    const holds = cx.choose(
      present,
      () => cx.isDefined(load()),
      () => no,
      inner,
    );
    return { present: cx.toAtom(holds, inner), load };
  }
  const element = cx.choose(present, load, () => constant(undefined), inner);
  const atom = cx.toAtom(element, inner);
  return { present: cx.isDefined(atom), load: () => atom };
}

/** `o?.xs[i]`: absent if o or the element is. */
function presenceInChain(node: ts.ElementAccessExpression & ts.OptionalChain, cx: Lower): Presence {
  const found = chain(
    node,
    cx,
    (val) => val,
    (object) => {
      const index = cx.atom(node.argumentExpression);
      if (object.kind !== 'value' || object.type.kind !== 'array' || typeOf(index).kind !== 'num') {
        return elementOf(object, index, node.argumentExpression, node, cx);
      }
      return elementOrUndefined(object, index, node, cx);
    },
  );
  return { present: isAtom(found) ? cx.isDefined(found) : yes, load: () => found };
}

/** `typeof x === 'number'` is known from the type. */
function typeofTest({ left, right }: ts.BinaryExpression, cx: Lower): Atom | undefined {
  if (!ts.isTypeOfExpression(left) || !ts.isStringLiteralLike(right)) return undefined;
  const val = cx.val(left.expression);
  const name = typeofVal(val, left.expression, cx);
  if (typeof name === 'string') return constant(name === right.text);
  const [present, absent] = [name.present === right.text, right.text === 'undefined'];
  if (present === absent) return constant(present);
  const defined = cx.isDefined(cx.toAtom(val, left));
  return present ? defined : cx.not(defined);
}

export function typeofVal(val: Val, node: ts.Expression, cx: Lower): string | { readonly present: string } {
  if (!isAtom(val)) {
    return val.kind === 'struct' || val.kind === 'list' || val.kind === 'namespace'
      ? 'object'
      : val.kind === 'nothing'
        ? 'undefined'
        : 'function';
  }
  const of = (type: Type): string =>
    ({
      num: 'number',
      bool: 'boolean',
      str: 'string',
      void: 'undefined',
      array: 'object',
      record: 'object',
      optional: '',
    })[type.kind];
  const type = typeOf(val);
  if (type.kind === 'optional') return { present: of(type.of) };
  // Of `x: number | number[]` the type says which; of a plain number the question is whether it is there.
  const asked = cx.isDoubtful(val) && !cx.checker.getTypeAtLocation(node).isUnion();
  return asked ? { present: of(type) } : of(type);
}

/** Known where the class of an instance, or the kind of an array, is. */
function instanceOf(node: ts.BinaryExpression, cx: Lower): Atom {
  const object = cx.val(node.left);
  const of = cx.val(node.right);
  if (of.kind === 'builtin' && isAtom(object)) {
    const type = typeOf(object);
    if (type.kind === 'array')
      return constant((typedArrays.get(of.name) ?? 'list') === type.storage && of.name.endsWith('Array'));
    if (type.kind === 'num' || type.kind === 'bool') return no;
  }
  if (of.kind === 'class' && object.kind === 'value' && isFamily(object.type)) {
    cx.at(node);
    return isInstance(object, object.type, of, node, cx);
  }
  const made = object.kind === 'struct' ? object.class : object.kind === 'value' ? cx.classes.get(object) : undefined;
  if (of.kind !== 'class' || made === undefined) return cx.refuse(node, 'dynamic-dispatch', node.right.getText());
  return constant(isOrExtends(made, of, cx));
}

/** `'radius' in shape`: whether an optional field is there. */
function isIn(node: ts.BinaryExpression, cx: Lower): Atom {
  const name = cx.atom(node.left);
  const object = cx.val(node.right);
  if (name.kind !== 'const') return cx.refuse(node.left, 'dynamic-property', `\`${node.left.getText()}\``);
  if (object.kind === 'struct') return constant(object.fields.has(String(name.value)));
  const type = strip(typeOf(cx.toAtom(object, node.right)));
  if (type.kind !== 'record') return cx.refuse(node, 'unsupported-operator', 'in');
  const found = type.fields.find((f) => f.name === String(name.value));
  if (found === undefined) return no;
  if (found.type.kind !== 'optional') return yes;
  return cx.isDefined(cx.toAtom(property(object, found.name, node, cx), node));
}

// ---------------------------------------------------------------- logic

/** Operations that cost nothing to evaluate although their answer may not be wanted. */
const cheap: ReadonlySet<Op> = new Set<Op>([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'same',
  'and',
  'or',
  'not',
  'add',
  'sub',
  'neg',
  'isNaN',
  'isFinite',
  'isInteger',
  'defined',
  'unwrap',
]);

const isCheap = (stmt: Stmt): boolean =>
  stmt.kind === 'read' || stmt.kind === 'length' || (stmt.kind === 'let' && cheap.has(stmt.op));

function logical(node: ts.BinaryExpression, and: boolean, cx: Lower, expected: Type | undefined): Val {
  const left = cx.val(node.left, expected);
  if (!isAtom(left)) return and ? cx.val(node.right, expected) : left;
  const type = typeOf(left);
  if (type.kind !== 'bool') return logicalValue(left, node, and, cx, expected);
  if (left.kind === 'const') return (left.value === true) === and ? cx.val(node.right, expected) : left;
  const right = cx.inBlock(() => cx.val(node.right, expected));
  const { stmts, result } = right;
  if (isAtom(result) && typeOf(result).kind === 'bool') return shortCircuit(left, { stmts, result }, and, node, cx);
  // Such as `active && push(x)`, for its effect.
  const yielded = isAtom(result) ? result : constant(undefined);
  const [run, skip]: readonly Block[] = [
    { stmts, yields: [] },
    { stmts: [], yields: [] },
  ];
  const { origin } = cx.b;
  if (typeOf(yielded).kind !== 'void') return cx.refuse(node, 'mixed-types', 'a boolean', describe(typeOf(yielded)));
  if (run !== undefined && skip !== undefined) {
    cx.b.push({ kind: 'if', cond: left, then: and ? run : skip, else: and ? skip : run, results: [], origin });
  }
  return nothing;
}

/** The right operand is evaluated only if the left one does not decide; if that costs nothing, always. */
function shortCircuit(
  left: Atom,
  right: { readonly stmts: readonly Stmt[]; readonly result: Atom },
  and: boolean,
  node: ts.Node,
  cx: Lower,
): Atom {
  const { stmts, result } = right;
  cx.at(node);
  if (stmts.length <= 4 && stmts.every(isCheap)) {
    for (const stmt of stmts) cx.b.push(stmt);
    return cx.op(and ? 'and' : 'or', left, result);
  }
  const target = value(bool);
  const full: Block = { stmts, yields: [result] };
  const short: Block = { stmts: [], yields: [constant(!and)] };
  const [then, otherwise] = and ? [full, short] : [short, full];
  cx.b.push({ kind: 'if', cond: left, then, else: otherwise, results: [target], origin: cx.b.origin });
  return target;
}

/** An expression where only its truth is asked for: operands of `&&` and `||` may be of any types. */
export function condition(node: ts.Expression, cx: Lower): Atom {
  if (ts.isParenthesizedExpression(node)) return condition(node.expression, cx);
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken) {
      const and = kind === SyntaxKind.AmpersandAmpersandToken;
      const left = condition(node.left, cx);
      if (left.kind === 'const') return (left.value === true) === and ? condition(node.right, cx) : left;
      return shortCircuit(
        left,
        cx.inBlock(() => condition(node.right, cx)),
        and,
        node,
        cx,
      );
    }
  }
  const val = cx.val(node);
  return isAtom(val) ? truthy(val, cx) : constant(val.kind !== 'nothing');
}

/** `a || b` and `a && b` on values that are not booleans: one of the two values. */
function logicalValue(left: Atom, node: ts.BinaryExpression, and: boolean, cx: Lower, expected: Type | undefined): Val {
  const cond = truthy(left, cx);
  const right = (): Val => cx.val(node.right, expected);
  // Where `a` is truthy it is defined.
  const kept = (): Val => (and ? left : cx.defined(left));
  cx.at(node);
  return and ? cx.choose(cond, right, kept, node) : cx.choose(cond, kept, right, node);
}

function coalesce(node: ts.BinaryExpression, cx: Lower, expected: Type | undefined): Val {
  const right = (): Val => cx.val(node.right, expected);
  const element = presenceOf(node.left, cx);
  if (element !== undefined) {
    const load = (): Val => {
      const found = element.load();
      return isAtom(found) ? cx.defined(found) : found;
    };
    return cx.choose(element.present, load, right, node);
  }
  const left = cx.val(node.left, expected);
  if (!isAtom(left)) return left.kind === 'nothing' ? right() : left;
  return cx.choose(cx.isDefined(left), () => cx.defined(left), right, node);
}

// ---------------------------------------------------------------- others

export function conditional(node: ts.ConditionalExpression, cx: Lower, expected: Type | undefined): Val {
  const cond = cx.condition(node.condition);
  cx.at(node);
  return cx.choose(
    cond,
    () => cx.val(node.whenTrue, expected),
    () => cx.val(node.whenFalse, expected),
    node,
  );
}

export function prefix(node: ts.PrefixUnaryExpression, cx: Lower): Val {
  switch (node.operator) {
    case SyntaxKind.PlusPlusToken:
    case SyntaxKind.MinusMinusToken:
      return increment(node.operand, node.operator === SyntaxKind.PlusPlusToken ? 'add' : 'sub', 'new', node, cx);
    case SyntaxKind.ExclamationToken: {
      const cond = cx.condition(node.operand);
      cx.at(node);
      return cx.not(cond);
    }
    case SyntaxKind.MinusToken:
      return unaryNumber(node, 'neg', cx);
    case SyntaxKind.TildeToken:
      return unaryNumber(node, 'bitnot', cx);
    case SyntaxKind.PlusToken: {
      const operand = cx.atom(node.operand);
      if (typeOf(operand).kind === 'str') return cx.refuse(node, 'number-from-text', `\`${node.getText()}\``);
      return cx.toNumber(operand, node.operand);
    }
  }
}

function unaryNumber(node: ts.PrefixUnaryExpression, op: Op, cx: Lower): Atom {
  const operand = cx.number(node.operand);
  cx.at(node);
  return cx.op(op, operand);
}

export function postfix(node: ts.PostfixUnaryExpression, cx: Lower): Val {
  return increment(node.operand, node.operator === SyntaxKind.PlusPlusToken ? 'add' : 'sub', 'old', node, cx);
}
