/** Stores into arrays, and lists that grow by them: `xs[xs.length] = v` is a push. */

import { ts } from 'ts-morph';
import { typeOf } from '../ir/build.js';
import type { Atom, Stmt, Value } from '../ir/types.js';
import { blocks, operands, results, statements } from '../ir/visit.js';
import type { Lower } from './context.js';
import { findNode } from './walk.js';

/** `array[index] = stored`; `appends` says that the index is known to be the length. */
export function store(array: Atom, index: Atom, stored: Atom, node: ts.Node, cx: Lower, appends = false): void {
  if (appends) return push(array, stored, node, cx);
  cx.settleElement(array, typeOf(stored));
  const type = typeOf(array);
  if (type.kind !== 'array') throw new Error('a store into something that is no array');
  const coerced = cx.coerce(stored, type.elem, node);
  if (cx.isGrowing(stored)) cx.growing.add(array as Value); // arrays are never constants
  if (type.storage !== 'list') return cx.b.store(array, index, coerced);
  const length = index.kind === 'const' ? lengthNow(array, cx) : undefined;
  if (length !== undefined && index.kind === 'const' && typeof index.value === 'number') {
    if (index.value > length) return cx.refuse(node, 'sparse-array');
    if (index.value === length) return push(array, stored, node, cx);
    return cx.b.store(array, index, coerced);
  }
  if (isLengthNow(index, array, cx)) return push(array, stored, node, cx);
  if (!cx.isGrowing(array)) return cx.b.store(array, index, coerced);
  const end = cx.op('eq', index, cx.b.length(array));
  cx.branch(
    end,
    () => push(array, stored, node, cx),
    () => cx.b.store(array, index, coerced),
  );
}

export function push(array: Atom, pushed: Atom, node: ts.Node, cx: Lower): void {
  cx.settleElement(array, typeOf(pushed));
  const type = typeOf(array);
  if (type.kind !== 'array' || type.storage !== 'list') return cx.refuse(node, 'unsupported-call', 'push');
  if (cx.isGrowing(pushed)) cx.growing.add(array as Value); // arrays are never constants
  const value = cx.coerce(pushed, type.elem, node);
  cx.b.push({ kind: 'push', object: array, value, origin: cx.b.origin });
}

/** Where in a block a value is defined, or -1; what has been defined before it need not be looked at. */
export function definedAt(atom: Atom, stmts: readonly Stmt[]): number {
  if (atom.kind === 'const') return -1;
  for (let k = stmts.length - 1; k >= 0; k--) {
    const [target] = results(stmts[k] as Stmt);
    if (target === atom) return k;
    if (target !== undefined && target.id < atom.id) return -1;
  }
  return -1;
}

/** The statement of a block that a value is defined by. */
export const definition = (atom: Atom, stmts: readonly Stmt[]): Stmt | undefined => stmts[definedAt(atom, stmts)];

/** Whether an index is the length of the list, asked for in this block and not changed since: `xs[xs.length] = v`. */
function isLengthNow(index: Atom, array: Atom, cx: Lower): boolean {
  const { stmts } = cx.b;
  const asked = definedAt(index, stmts);
  const length = stmts[asked];
  if (length?.kind !== 'length' || length.object !== array) return false;
  const since = { stmts: stmts.slice(asked + 1), yields: [] };
  return [...statements(since)].every(({ kind }) => kind !== 'push' && kind !== 'pop' && kind !== 'resize');
}

/** The length of a list made in this block, as long as only pushes of this block have touched it. */
function lengthNow(array: Atom, cx: Lower): number | undefined {
  const { stmts } = cx.b;
  const made = definedAt(array, stmts);
  const make = stmts[made];
  if (make?.kind !== 'make') return undefined;
  let length = make.parts.length;
  for (const stmt of stmts.slice(made + 1)) {
    if (stmt.kind === 'push' && stmt.object === array) length += 1;
    else if (stmt.kind !== 'let' && stmt.kind !== 'load' && stmt.kind !== 'read' && stmt.kind !== 'length') {
      if (stmt.kind === 'store' ? stmt.value === array : operands(stmt).includes(array)) return undefined;
      if (blocks(stmt).length > 0) return undefined;
    }
  }
  return length;
}

/**
 * The assignments of a loop that append to a list: in `for (let i = 0; …; i++) { …; xs[i] = e; … }` where xs is empty
 * before the loop and nothing else in the loop may change it or leave the iteration without its assignment.
 */
export function appendsOf(node: ts.ForStatement, cx: Lower): readonly ts.Node[] {
  const index = countingUp(node);
  const { statement } = node;
  if (index === undefined || cx.session.program.names.assignedIn(statement).has(index)) return [];
  if (findNode(statement, ts.isContinueStatement) !== undefined) return [];
  const list = ts.isBlock(statement) ? statement.statements : [statement];
  return list.flatMap((each) => {
    const found = appendIn(each, index);
    if (found === undefined || !isEmptyNow(found.list, cx)) return [];
    return isOnlyWrite(found, node, cx) ? [found.assignment] : [];
  });
}

/** The name that a loop counts from 0 in steps of 1. */
function countingUp({ initializer, incrementor }: ts.ForStatement): string | undefined {
  if (initializer === undefined || !ts.isVariableDeclarationList(initializer)) return undefined;
  const [first] = initializer.declarations;
  if (first === undefined || !ts.isIdentifier(first.name) || first.initializer?.getText() !== '0') return undefined;
  const name = first.name.text;
  const isStep =
    incrementor !== undefined &&
    (ts.isPostfixUnaryExpression(incrementor) || ts.isPrefixUnaryExpression(incrementor)) &&
    incrementor.operator === ts.SyntaxKind.PlusPlusToken &&
    ts.isIdentifier(incrementor.operand) &&
    incrementor.operand.text === name;
  return isStep ? name : undefined;
}

interface Append {
  readonly list: ts.Identifier;
  readonly assignment: ts.BinaryExpression;
}

/** `list[index] = e;` as a statement. */
function appendIn(node: ts.Statement, index: string): Append | undefined {
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return undefined;
  const { left, operatorToken } = node.expression;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isElementAccessExpression(left)) return undefined;
  const { expression, argumentExpression } = left;
  const isIndex = ts.isIdentifier(argumentExpression) && argumentExpression.text === index;
  return ts.isIdentifier(expression) && isIndex ? { list: expression, assignment: node.expression } : undefined;
}

function isEmptyNow(list: ts.Identifier, cx: Lower): boolean {
  const binding = cx.scope.find(list.text);
  return binding?.kind === 'val' && binding.val.kind === 'value' && lengthNow(binding.val, cx) === 0;
}

/** Whether nothing but its assignment can change the list while the loop runs. */
function isOnlyWrite({ list: { text: name }, assignment }: Append, loop: ts.Node, cx: Lower): boolean {
  const value = cx.scope.find(name);
  const isOther = (node: ts.Identifier): boolean => {
    const found = cx.scope.find(node.text);
    return found?.kind === 'val' && value?.kind === 'val' && found.val === value.val;
  };
  const changes = (node: ts.Node): boolean => {
    if (!ts.isIdentifier(node)) return false;
    // Under another name it could be changed unseen.
    if (node.text !== name) return isOther(node);
    return node.parent !== assignment.left && !isRead(node);
  };
  let owner = loop.parent;
  while (!ts.isFunctionLike(owner) && !ts.isSourceFile(owner)) owner = owner.parent;
  const isMention = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === name;
  const captures = (node: ts.Node): boolean =>
    node !== owner &&
    ts.isFunctionLike(node) &&
    (node.pos > loop.end || node.end < loop.pos) &&
    findNode(node, isMention) !== undefined;
  return findNode(loop, changes) === undefined && findNode(owner, captures) === undefined;
}

/** `xs.length`, `xs[k]`, or a write into a row, `xs[k][l] = …`. */
function isRead(node: ts.Identifier): boolean {
  let { parent } = node;
  const isLength = ts.isPropertyAccessExpression(parent) && parent.name.text === 'length';
  const isElement = ts.isElementAccessExpression(parent) && parent.expression === node;
  if (!isLength && !isElement) return false;
  while (ts.isNonNullExpression(parent.parent) || ts.isParenthesizedExpression(parent.parent)) parent = parent.parent;
  const { parent: outer } = parent;
  if (!ts.isBinaryExpression(outer) || outer.left !== parent) return true;
  return !isLength && outer.operatorToken.kind !== ts.SyntaxKind.EqualsToken;
}
