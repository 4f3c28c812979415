/**
 * Statements, one short handler per kind; those that decide what runs next are in `control.ts`, `loops.ts` and
 * `switch.ts`. A statement that is refused is skipped and what it declares is broken, so that one run shows all errors.
 */

import { ts } from 'ts-morph';
import { constant, typeOf } from '../ir/build.js';
import type { Atom } from '../ir/types.js';
import { arm, caught, entries, ifEntry, leave, lowerList } from './control.js';
import { type Lower, Refused } from './context.js';
import { bindTarget, breakNames, declareUnassigned } from './destructuring.js';
import { lowerReturn } from './functions.js';
import { lowerDo, lowerFor, lowerForIn, lowerForOf, lowerWhile } from './loops.js';
import { lowerSwitch } from './switch.js';
import { type ClassVal, isAtom, Scope } from './values.js';
import { findNode } from './walk.js';

const { SyntaxKind } = ts;

/** Every kind of statement that is read. */
type Readable =
  | ts.VariableStatement
  | ts.ExpressionStatement
  | ts.ReturnStatement
  | ts.IfStatement
  | ts.Block
  | ts.ForStatement
  | ts.ForOfStatement
  | ts.ForInStatement
  | ts.WhileStatement
  | ts.DoStatement
  | ts.SwitchStatement
  | ts.LabeledStatement
  | ts.BreakStatement
  | ts.ContinueStatement
  | ts.ThrowStatement
  | ts.EmptyStatement
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.EnumDeclaration
  | ts.ModuleDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration;

type Handlers = { readonly [N in Readable as N['kind']]: (node: N, cx: Lower) => void };

/** Declared before anything runs, by `hoist`, or without meaning at run time. */
const declared = (): void => undefined;

const jump = (node: ts.BreakStatement | ts.ContinueStatement, cx: Lower): void =>
  leave(cx.session.program.flow.exitOf(node), cx);

/** An expression whose value nobody wants: `done && (count += 1);`, `up ? i++ : i--;`. */
function forEffect(node: ts.Expression, cx: Lower): void {
  if (ts.isParenthesizedExpression(node)) return forEffect(node.expression, cx);
  if (ts.isConditionalExpression(node)) {
    const cond = cx.condition(node.condition);
    return cx.branch(
      cond,
      () => forEffect(node.whenTrue, cx),
      () => forEffect(node.whenFalse, cx),
    );
  }
  const operator = ts.isBinaryExpression(node) ? node.operatorToken.kind : undefined;
  if (ts.isBinaryExpression(node) && operator === SyntaxKind.AmpersandAmpersandToken) {
    return cx.branch(cx.condition(node.left), () => forEffect(node.right, cx));
  }
  if (ts.isBinaryExpression(node) && operator === SyntaxKind.BarBarToken) {
    return cx.branch(cx.not(cx.condition(node.left)), () => forEffect(node.right, cx));
  }
  if (ts.isBinaryExpression(node) && operator === SyntaxKind.CommaToken) {
    forEffect(node.left, cx);
    return forEffect(node.right, cx);
  }
  cx.val(node);
}

const handlers: Handlers = {
  [SyntaxKind.VariableStatement]: (node, cx) => declarations(node.declarationList, cx),
  [SyntaxKind.ExpressionStatement]: (node, cx) => forEffect(node.expression, cx),
  [SyntaxKind.ReturnStatement]: lowerReturn,
  [SyntaxKind.IfStatement]: (node, cx) => lowerList([ifEntry(node, cx.scope, cx)], cx),
  [SyntaxKind.Block]: (node, cx) => lowerList(entries(node.statements, cx.scope), cx),
  [SyntaxKind.ForStatement]: lowerFor,
  [SyntaxKind.ForOfStatement]: lowerForOf,
  [SyntaxKind.ForInStatement]: lowerForIn,
  [SyntaxKind.WhileStatement]: lowerWhile,
  [SyntaxKind.DoStatement]: lowerDo,
  [SyntaxKind.SwitchStatement]: lowerSwitch,
  [SyntaxKind.LabeledStatement]: (node, cx) => {
    const list = arm(node.statement, cx.scope);
    lowerList([caught(list, cx, cx.session.program.flow.breakOf(node))], cx);
  },
  [SyntaxKind.BreakStatement]: jump,
  [SyntaxKind.ContinueStatement]: jump,
  [SyntaxKind.ThrowStatement]: lowerThrow,
  [SyntaxKind.EmptyStatement]: declared,
  [SyntaxKind.FunctionDeclaration]: declared,
  [SyntaxKind.ClassDeclaration]: declared,
  [SyntaxKind.EnumDeclaration]: (node, cx) => cx.refuse(node, 'unsupported-syntax', 'an enum inside of a function'),
  [SyntaxKind.ModuleDeclaration]: declared,
  [SyntaxKind.InterfaceDeclaration]: declared,
  [SyntaxKind.TypeAliasDeclaration]: declared,
};

const refusals: ReadonlyMap<ts.SyntaxKind, (node: ts.Node, cx: Lower) => never> = new Map([
  [SyntaxKind.TryStatement, (node: ts.Node, cx: Lower) => cx.refuse(node.getFirstToken() ?? node, 'try-catch')],
  [SyntaxKind.DebuggerStatement, (node: ts.Node, cx: Lower) => cx.refuse(node, 'unsupported-syntax', '`debugger`')],
]);

export function statement(node: ts.Statement, cx: Lower): void {
  const { b, scope } = cx;
  try {
    cx.at(node);
    // The one cast of this file: the table's key and its handler's node agree by construction.
    const handler = handlers[node.kind as Readable['kind']] as ((node: ts.Statement, cx: Lower) => void) | undefined;
    if (handler !== undefined) return handler(node, cx);
    const refusal = refusals.get(node.kind);
    if (refusal !== undefined) return refusal(node, cx);
    cx.refuse(node, 'unsupported-syntax', `\`${node.getText().slice(0, 40)}\``);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    cx.b = b;
    cx.scope = scope;
    cx.frame.broken = true;
    if (ts.isVariableStatement(node)) for (const each of node.declarationList.declarations) breakNames(each.name, cx);
  }
}

export function declarations(list: ts.VariableDeclarationList, cx: Lower): void {
  if (list.flags & ts.NodeFlags.Using) return cx.refuse(list, 'unsupported-syntax', '`using`');
  for (const node of list.declarations) {
    cx.at(node);
    const { name, initializer } = node;
    if (node.type !== undefined) refuseDeclared(node, node.type, cx);
    if (initializer !== undefined) {
      const expected = node.type && cx.annotated(node.type);
      bindTarget(name, cx.val(initializer, expected), node, cx);
    } else if (ts.isIdentifier(name)) {
      declareUnassigned(name, node, cx);
    }
  }
}

/** Types that make whatever is done with the variable unreadable are refused where they are written. */
function refuseDeclared(node: ts.VariableDeclaration, type: ts.TypeNode, cx: Lower): void {
  cx.refuseAny(type);
  const found = cx.convert(cx.checker.getTypeFromTypeNode(type));
  if (found.kind === 'unreadable' && (found.code === 'dictionary' || found.code === 'collection')) {
    cx.refuseType(node.name, `\`${node.name.getText()}\``, found);
  }
}

// ---------------------------------------------------------------- throw

const errorNames = new Set([
  'Error',
  'RangeError',
  'TypeError',
  'EvalError',
  'ReferenceError',
  'SyntaxError',
  'URIError',
]);

function lowerThrow(node: ts.ThrowStatement, cx: Lower): void {
  const thrown = node.expression;
  const isNew = ts.isNewExpression(thrown) || ts.isCallExpression(thrown);
  const { error, message } = isNew
    ? errorOf(thrown.expression, thrown.arguments ?? [], cx)
    : { error: 'Error', message: messageOf(thrown, cx) };
  cx.at(node);
  cx.b.push({ kind: 'throw', error, message: message.length === 0 ? [constant('')] : message, origin: cx.b.origin });
}

interface Thrown {
  /** Of the language's own classes, the nearest one. */
  readonly error: string;
  readonly message: readonly Atom[];
}

function errorOf(callee: ts.Expression, args: readonly ts.Expression[], cx: Lower): Thrown {
  const binding = ts.isIdentifier(callee) ? cx.scope.find(callee.text) : undefined;
  if (binding?.kind === 'val' && binding.val.kind === 'class') return ownError(binding.val, args, cx);
  const [first] = args;
  const error = ts.isIdentifier(callee) && errorNames.has(callee.text) ? callee.text : 'Error';
  return { error, message: first === undefined ? [] : messageOf(first, cx) };
}

/** An error of a class of the user's: its text is what the constructor hands on. */
function ownError({ node, scope: outer }: ClassVal, args: readonly ts.Expression[], cx: Lower): Thrown {
  const base = node.heritageClauses?.find(({ token }) => token === SyntaxKind.ExtendsKeyword)?.types[0]?.expression;
  const constructor = node.members.find(
    (m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && !!m.body,
  );
  const handedOn = constructor?.body && findNode(constructor.body, isSuperCall);
  if (base === undefined) return { error: 'Error', message: [] };
  if (constructor === undefined || handedOn === undefined) return errorOf(base, args, cx);
  const scope = new Scope(outer);
  for (const [k, { name, initializer }] of constructor.parameters.entries()) {
    const given = args[k] ?? initializer;
    const parts = given === undefined ? [constant(undefined)] : messageOf(given, cx);
    // A text stays in its parts: as one, its numbers would be refused.
    if (ts.isIdentifier(name))
      scope.bind(name.text, parts.length === 1 && parts[0] ? parts[0] : { kind: 'list', items: parts });
  }
  return cx.inScope(scope, () => errorOf(base, isSuperCall(handedOn) ? handedOn.arguments : [], cx));
}

const isSuperCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) && node.expression.kind === SyntaxKind.SuperKeyword;

/** The text of an error. It says what was wrong and is no part of the result: what cannot be read is left out. */
function messageOf(node: ts.Expression, cx: Lower): readonly Atom[] {
  if (ts.isStringLiteralLike(node)) return [constant(node.text)];
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.flatMap((span) => [
      ...messageOf(span.expression, cx),
      constant(span.literal.text),
    ]);
    return [constant(node.head.text), ...spans].filter((part) => part.kind !== 'const' || part.value !== '');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.PlusToken) {
    const isText = [node.left, node.right].some(
      (side) => ts.isStringLiteralLike(side) || ts.isBinaryExpression(side) || ts.isTemplateExpression(side),
    );
    if (isText) return [...messageOf(node.left, cx), ...messageOf(node.right, cx)];
  }
  // `x.toFixed(3)`: the number itself says as much.
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    if (ts.isPropertyAccessExpression(expression)) return messageOf(expression.expression, cx);
    return [constant('…')];
  }
  const val = cx.val(node);
  if (val.kind === 'list' && val.items.every(isAtom)) return val.items.filter(isAtom);
  const isPlain = isAtom(val) && typeOf(val).kind !== 'array' && typeOf(val).kind !== 'record';
  return [isPlain ? val : constant('…')];
}
