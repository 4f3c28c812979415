/** Expressions: a table with one short handler per kind of syntax. What has no row is refused. */

import { ts } from 'ts-morph';
import { constant, no, str, typeOf, yes } from '../ir/build.js';
import type { Type } from '../ir/types.js';
import { chain, elementAccess, propertyAccess } from './access.js';
import { callExpression } from './calls.js';
import { newExpression } from './constructors.js';
import type { Lower } from './context.js';
import { arrayLiteral, objectLiteral, template } from './literals.js';
import { binary, conditional, postfix, prefix, typeofVal } from './operators.js';
import { type FunctionNode, isAtom, type Val } from './values.js';

const { SyntaxKind } = ts;

/** Every kind of expression that is read. */
type Readable =
  | ts.NumericLiteral
  | ts.StringLiteral
  | ts.NoSubstitutionTemplateLiteral
  | ts.TemplateExpression
  | ts.TrueLiteral
  | ts.FalseLiteral
  | ts.NullLiteral
  | ts.Identifier
  | ts.ThisExpression
  | ts.ParenthesizedExpression
  | ts.AsExpression
  | ts.SatisfiesExpression
  | ts.NonNullExpression
  | ts.TypeAssertion
  | ts.PropertyAccessExpression
  | ts.ElementAccessExpression
  | ts.CallExpression
  | ts.NewExpression
  | ts.BinaryExpression
  | ts.PrefixUnaryExpression
  | ts.PostfixUnaryExpression
  | ts.ConditionalExpression
  | ts.ArrayLiteralExpression
  | ts.ObjectLiteralExpression
  | ts.ArrowFunction
  | ts.FunctionExpression
  | ts.ClassExpression
  | ts.VoidExpression
  | ts.TypeOfExpression;

type Handlers = { readonly [N in Readable as N['kind']]: (node: N, cx: Lower, expected: Type | undefined) => Val };

const functionValue = (node: FunctionNode, cx: Lower): Val => ({
  kind: 'function',
  node,
  scope: cx.scope,
  name: nameOf(node),
});

const nameOf = (node: FunctionNode): string => {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) ? parent.name.getText() : 'the function';
};

const text = (node: ts.LiteralLikeNode): Val => constant(node.text);

const handlers: Handlers = {
  [SyntaxKind.NumericLiteral]: (node) => constant(Number(node.text)),
  [SyntaxKind.StringLiteral]: text,
  [SyntaxKind.NoSubstitutionTemplateLiteral]: text,
  [SyntaxKind.TemplateExpression]: template,
  [SyntaxKind.TrueKeyword]: () => yes,
  [SyntaxKind.FalseKeyword]: () => no,
  // Types keep `null` and `undefined` apart, so one value can stand for both.
  [SyntaxKind.NullKeyword]: () => constant(undefined),
  [SyntaxKind.Identifier]: identifier,
  [SyntaxKind.ThisKeyword]: (node, cx) => {
    const binding = cx.scope.find('this');
    if (binding?.kind !== 'val') return cx.refuse(node, 'unsupported-syntax', '`this` outside of a method');
    return binding.val;
  },
  [SyntaxKind.ParenthesizedExpression]: (node, cx, expected) => cx.val(node.expression, expected),
  [SyntaxKind.AsExpression]: asserted,
  [SyntaxKind.TypeAssertionExpression]: asserted,
  [SyntaxKind.SatisfiesExpression]: (node, cx, expected) =>
    cx.val(node.expression, expected ?? cx.annotated(node.type)),
  [SyntaxKind.NonNullExpression]: (node, cx, expected) => {
    const val = cx.val(node.expression, expected);
    return isAtom(val) ? cx.defined(val) : val;
  },
  [SyntaxKind.PropertyAccessExpression]: propertyAccess,
  [SyntaxKind.ElementAccessExpression]: elementAccess,
  [SyntaxKind.CallExpression]: callExpression,
  [SyntaxKind.NewExpression]: newExpression,
  [SyntaxKind.BinaryExpression]: binary,
  [SyntaxKind.PrefixUnaryExpression]: prefix,
  [SyntaxKind.PostfixUnaryExpression]: postfix,
  [SyntaxKind.ConditionalExpression]: conditional,
  [SyntaxKind.ArrayLiteralExpression]: arrayLiteral,
  [SyntaxKind.ObjectLiteralExpression]: objectLiteral,
  [SyntaxKind.ArrowFunction]: functionValue,
  [SyntaxKind.FunctionExpression]: functionValue,
  [SyntaxKind.ClassExpression]: (node, cx) => ({
    kind: 'class',
    node,
    scope: cx.scope,
    name: node.name?.text ?? 'the class',
  }),
  [SyntaxKind.VoidExpression]: (node, cx) => {
    cx.val(node.expression);
    return constant(undefined);
  },
  [SyntaxKind.TypeOfExpression]: (node, cx) => {
    const name = typeofVal(cx.val(node.expression), node.expression, cx);
    return typeof name === 'string' ? constant(name) : cx.refuse(node, 'string-operation', '`typeof`');
  },
};

/** Kinds that are refused, and how. */
const refusals: ReadonlyMap<ts.SyntaxKind, (node: ts.Expression, cx: Lower) => never> = new Map([
  [SyntaxKind.AwaitExpression, (node: ts.Expression, cx: Lower) => cx.refuse(node, 'async', node.getText())],
  [SyntaxKind.YieldExpression, (node: ts.Expression, cx: Lower) => cx.refuse(node, 'generator', node.getText())],
  [SyntaxKind.DeleteExpression, (node: ts.Expression, cx: Lower) => cx.refuse(node, 'delete')],
  [SyntaxKind.RegularExpressionLiteral, (node: ts.Expression, cx: Lower) => cx.refuse(node, 'regex')],
  [SyntaxKind.BigIntLiteral, (node: ts.Expression, cx: Lower) => cx.refuse(node, 'bigint')],
  [
    SyntaxKind.TaggedTemplateExpression,
    (node: ts.Expression, cx: Lower) => cx.refuse(node, 'unsupported-syntax', 'a tagged template'),
  ],
]);

export function expression(node: ts.Expression, cx: Lower, expected: Type | undefined): Val {
  if (ts.isOptionalChain(node)) return chain(node, cx, (val) => val);
  // The one cast of this file: the table's key and its handler's node agree by construction.
  const handler = handlers[node.kind as Readable['kind']] as
    ((node: ts.Expression, cx: Lower, expected: Type | undefined) => Val) | undefined;
  if (handler !== undefined) return handler(node, cx, expected);
  const refusal = refusals.get(node.kind);
  if (refusal !== undefined) return refusal(node, cx);
  return cx.refuse(node, 'unsupported-syntax', `\`${node.getText().slice(0, 40)}\``);
}

function identifier(node: ts.Identifier, cx: Lower): Val {
  cx.asking = node;
  const binding = cx.scope.find(node.text);
  if (binding === undefined && node.text === 'arguments') return cx.refuse(node, 'arguments-object');
  if (binding === undefined) return cx.refuse(node, 'no-source', node.text);
  return binding.kind === 'cell' ? cx.readCell(binding.cell) : binding.val;
}

/** `e as T`: T decides what a literal becomes; values stay as they are. */
function asserted(node: ts.AsExpression | ts.TypeAssertion, cx: Lower, expected: Type | undefined): Val {
  const { type } = node;
  const isConst = ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && type.typeName.text === 'const';
  const wanted = isConst ? cx.tryType(cx.checker.getTypeAtLocation(node)) : cx.annotated(type);
  const val = cx.val(node.expression, wanted ?? expected);
  if (!isAtom(val) || wanted === undefined) return val;
  const from = typeOf(val);
  if (from.kind === 'optional' && wanted.kind !== 'optional' && wanted.kind !== 'void') return cx.defined(val);
  if (from.kind === str.kind && wanted.kind === 'num')
    return cx.refuse(node, 'number-from-text', `\`${node.getText()}\``);
  return val;
}
