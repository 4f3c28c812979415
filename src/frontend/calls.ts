/** Calls: what the callee is decides. Everything that has source is inlined. */

import { ts } from 'ts-morph';
import { functionIn } from './closures.js';
import { typeOf } from '../ir/build.js';
import type { Type } from '../ir/types.js';
import { nameText, property } from './access.js';
import { argumentsOf } from './arguments.js';
import { callArrayMethod } from './array-methods.js';
import { callBuiltin } from './builtins.js';
import { construct, superCall } from './classes.js';
import { newArray } from './constructors.js';
import { callCollection } from './collections.js';
import type { Lower } from './context.js';
import { callDerivative, derivativeOf } from './derivatives.js';
import { callOperator, operatorOf } from './derive.js';
import { ofEach } from './dispatch.js';
import { isFamily } from './families.js';
import { inline } from './functions.js';
import { itemsOf } from './literals.js';
import { isAtom, type MethodVal, nothing, type Val } from './values.js';

export function callExpression(node: ts.CallExpression, cx: Lower, expected: Type | undefined): Val {
  const { expression } = node;
  if (expression.kind === ts.SyntaxKind.SuperKeyword) return superCall(argumentsOf(node.arguments, cx), node, cx);
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return cx.refuse(node, 'async', 'import()');
  return callOf(calleeOf(expression, cx), node, cx, expected);
}

/** The callee; the object of a method is evaluated here, before the arguments. */
function calleeOf(node: ts.LeftHandSideExpression, cx: Lower): Val {
  if (ts.isPropertyAccessExpression(node) && node.expression.kind !== ts.SyntaxKind.SuperKeyword) {
    return property(cx.val(node.expression), nameText(node.name, cx), node.name, cx);
  }
  return cx.val(node);
}

export function callOf(callee: Val, node: ts.CallExpression, cx: Lower, expected: Type | undefined): Val {
  if (callee.kind === 'builtin' && callee.name.startsWith('console.')) return dropConsole(callee.name, node, cx);
  if (callee.kind === 'builtin' && callee.name === 'Array') return newArray(node.arguments, node, cx, expected);
  const args = argumentsOf(node.arguments, cx);
  return call(callee, args, node, cx, expected);
}

/** Applies a value to arguments. */
export function call(callee: Val, args: readonly Val[], node: ts.Node, cx: Lower, expected?: Type): Val {
  switch (callee.kind) {
    case 'function':
      return inline(callee, args, node, cx);
    case 'builtin': {
      const operator = derivativeOf(callee.name, args, node, cx) ?? operatorOf(callee, args, node, cx);
      return operator ?? callBuiltin({ name: callee.name, args, node, cx });
    }
    case 'method':
      return callMethod(callee, args, node, cx, expected);
    case 'operator':
      return callOperator(callee, args, node, cx);
    case 'derivative':
      return callDerivative(callee, args, node, cx);
    case 'choice':
      return cx.choose(
        callee.cond,
        () => call(callee.then, args, node, cx),
        () => call(callee.else, args, node, cx),
        node,
      );
    case 'class':
      return construct(callee, args, node, cx);
    case 'broken':
      return callee;
    case 'value': {
      const fn = functionIn(callee, cx);
      return fn ? inline(fn, args, node, cx) : cx.refuse(node, 'function-value', 'which function is called here');
    }
    default:
      return cx.refuse(node, 'function-value', 'which function is called here');
  }
}

function callMethod(callee: MethodVal, args: readonly Val[], node: ts.Node, cx: Lower, expected?: Type): Val {
  const { object, name } = callee;
  if (object.kind === 'function' || object.kind === 'builtin') return callThroughMethod(object, name, args, node, cx);
  if (isAtom(object)) {
    const type = typeOf(object);
    if (object.kind === 'value' && (type.kind === 'array' || (type.kind === 'record' && type.tuple === true))) {
      return callArrayMethod({ array: object, name, args, node, cx, expected });
    }
    if (object.kind === 'value' && type.kind === 'record' && type.collection !== undefined) {
      return callCollection({ object, type, name, args, node, cx });
    }
    if (object.kind === 'value' && isFamily(type)) {
      const at =
        ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node;
      return ofEach(object, type, name, at, cx, (instance) => call(property(instance, name, at, cx), args, node, cx));
    }
    if (type.kind === 'num') {
      if (name === 'valueOf') return object;
      return cx.refuse(node, 'text-of-number', `\`${node.getText()}\``);
    }
    if (type.kind === 'str') return cx.refuse(node, 'string-operation', `\`.${name}\``);
    return cx.refuse(node, 'unsupported-call', name);
  }
  if (object.kind === 'list') return callArrayMethod({ array: object, name, args, node, cx, expected });
  return cx.refuse(node, 'unsupported-call', name);
}

/** `f.call(self, a)`, `f.bind(self)`. */
function callThroughMethod(fn: Val, name: string, args: readonly Val[], node: ts.Node, cx: Lower): Val {
  const [self, ...rest] = args;
  if (name === 'apply') return call(withSelf(fn, self, cx), spreadArgument(rest[0], node, cx), node, cx);
  if (fn.kind === 'builtin' && name === 'call' && fn.name.startsWith('Math.')) return call(fn, rest, node, cx);
  if (fn.kind !== 'function')
    return cx.refuse(node, 'unsupported-call', `${fn.kind === 'builtin' ? fn.name : ''}.${name}`);
  const bound = self === undefined || ts.isArrowFunction(fn.node) ? fn : cx.boundTo(fn, self);
  if (name === 'call') return inline(bound, rest, node, cx);
  if (name === 'bind' && rest.length === 0) return bound;
  return cx.refuse(node, 'unsupported-call', name);
}

const withSelf = (fn: Val, self: Val | undefined, cx: Lower): Val =>
  fn.kind === 'function' && self !== undefined && !ts.isArrowFunction(fn.node) ? cx.boundTo(fn, self) : fn;

/** The array that `apply` takes in place of arguments. */
function spreadArgument(val: Val | undefined, node: ts.Node, cx: Lower): readonly Val[] {
  if (val === undefined) return [];
  if (val.kind === 'list') return val.items;
  const atom = cx.toAtom(val, node);
  return itemsOf(atom, cx) ?? (atom.kind === 'value' ? [{ kind: 'spread', array: atom }] : []);
}

/** What is printed does not matter; what printing it changes does. */
function dropConsole(name: string, node: ts.CallExpression, cx: Lower): Val {
  const effects = (part: ts.Node): void => {
    if (ts.isFunctionLike(part)) return;
    if (isAssignment(part)) return void cx.val(part);
    if (ts.isCallExpression(part) && ts.isIdentifier(part.expression)) {
      const binding = cx.scope.find(part.expression.text);
      if (binding?.kind === 'val' && binding.val.kind === 'function') return void cx.val(part);
    }
    ts.forEachChild(part, effects);
  };
  node.arguments.forEach(effects);
  cx.note(node, 'console-dropped', name);
  return nothing;
}

function isAssignment(node: ts.Node): node is ts.Expression {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  const updates = ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
  return updates && (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken);
}
