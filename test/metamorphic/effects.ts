/**
 * What a piece of a program reads and writes, by names, and on the safe side: all objects count as one, a name that is
 * declared twice counts as one variable, and what is not known to be harmless is not.
 */

import ts from 'typescript';

export interface Effects {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly readsObjects: boolean;
  readonly writesObjects: boolean;
  /** Calls of anything but `Math`, functions, jumps, `throw`, and whatever else nothing is known about. */
  readonly opaque: boolean;
}

const assigns = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

const isOpaque = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) ||
  ts.isNewExpression(node) ||
  ts.isThrowStatement(node) ||
  ts.isReturnStatement(node) ||
  ts.isBreakOrContinueStatement(node) ||
  ts.isDeleteExpression(node) ||
  ts.isSpreadElement(node) ||
  ts.isClassLike(node) ||
  ts.isLabeledStatement(node) ||
  ts.isAwaitExpression(node) ||
  ts.isYieldExpression(node) ||
  ts.isObjectBindingPattern(node) ||
  ts.isArrayBindingPattern(node) ||
  node.kind === ts.SyntaxKind.ThisKeyword ||
  (ts.isCallExpression(node) && !isMath(node));

/** A call of a function of `Math` that gives the same for the same. */
export const isMath = ({ expression }: ts.CallExpression): boolean =>
  ts.isPropertyAccessExpression(expression) &&
  ts.isIdentifier(expression.expression) &&
  expression.expression.text === 'Math' &&
  expression.name.text !== 'random';

export function effectsOf(...nodes: readonly ts.Node[]): Effects {
  const [reads, writes] = [new Set<string>(), new Set<string>()];
  let [readsObjects, writesObjects, opaque] = [false, false, false];
  const target = (node: ts.Expression): void => {
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node)) target(node.expression);
    else if (ts.isIdentifier(node)) writes.add(node.text);
    else if (ts.isElementAccessExpression(node) || ts.isPropertyAccessExpression(node)) {
      writesObjects = true;
      ts.forEachChild(node, visit);
    } else opaque = true; // a pattern
  };
  const visit = (node: ts.Node): void => {
    if (isOpaque(node)) opaque = true;
    if (ts.isTypeNode(node)) return;
    if (ts.isBinaryExpression(node) && assigns(node.operatorToken.kind)) {
      target(node.left);
      if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) visit(node.left);
      visit(node.right);
      return;
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        target(node.operand);
    }
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      writes.add(node.name.text);
      if (node.initializer) visit(node.initializer);
      return;
    }
    if (ts.isIdentifier(node)) reads.add(node.text);
    if (ts.isPropertyAccessExpression(node)) {
      readsObjects = true;
      visit(node.expression);
      return;
    }
    if (ts.isElementAccessExpression(node)) readsObjects = true;
    ts.forEachChild(node, visit);
  };
  nodes.forEach(visit);
  return { reads, writes, readsObjects, writesObjects, opaque };
}

/** Evaluating it changes nothing. */
export function isPure(...nodes: readonly ts.Node[]): boolean {
  const { writes, writesObjects, opaque } = effectsOf(...nodes);
  return writes.size === 0 && !writesObjects && !opaque;
}

/** Either may come first. */
export function areIndependent(a: Effects, b: Effects): boolean {
  if (a.opaque || b.opaque) return false;
  const meets = (x: Effects, y: Effects) =>
    [...x.writes].some((name) => y.reads.has(name) || y.writes.has(name)) ||
    (x.writesObjects && (y.readsObjects || y.writesObjects));
  return !meets(a, b) && !meets(b, a);
}
