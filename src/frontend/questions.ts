/**
 * Whether a program asks if an element is there. `xs[i]` past the end is `undefined`; most programs never look there,
 * and the types of most do not say so. Where one does look, by `=== undefined`, `??`, `?.`, a default, the truth of an
 * object, or through a variable or function whose value is asked so, the element is read as one that may be absent.
 */

import { ts } from 'ts-morph';
import { walk } from './walk.js';

const { SyntaxKind } = ts;

/** The truth of an object says whether it is there; a number that is not there is as false as 0. */
type Question = 'presence' | 'truth';

interface Mentions {
  readonly presence: ReadonlySet<ts.Symbol>;
  readonly truth: ReadonlySet<ts.Symbol>;
  /** Calls of each function. */
  readonly calls: ReadonlyMap<ts.Symbol, readonly ts.CallExpression[]>;
}

export class Presence {
  readonly #checker: ts.TypeChecker;
  readonly #mentions = new WeakMap<ts.SourceFile, Mentions>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** Whether the value of an expression is asked for being there; `truth` is enough if it is an object where it is. */
  isAsked(node: ts.Expression, isObject: boolean, seen = new Set<ts.Node>()): boolean {
    if (seen.has(node)) return false;
    seen.add(node);
    const question = questionOf(node);
    if (question !== undefined) return question === 'presence' || isObject;
    const { parent } = node;
    if (ts.isParenthesizedExpression(parent)) return this.isAsked(parent, isObject, seen);
    if (ts.isAsExpression(parent)) {
      return (
        this.#mayBeUndefined(this.#checker.getTypeFromTypeNode(parent.type)) || this.isAsked(parent, isObject, seen)
      );
    }
    if (ts.isConditionalExpression(parent)) return this.isAsked(parent, isObject, seen);
    if (ts.isBinaryExpression(parent) && parent.right === node) {
      const { kind } = parent.operatorToken;
      if (kind === SyntaxKind.EqualsToken && this.isTested(parent.left, isObject)) return true;
      if (passesRight.has(kind) && this.isAsked(parent, isObject, seen)) return true;
    }
    if (ts.isVariableDeclaration(parent) && parent.initializer === node) {
      return this.#mayBeDeclaredUndefined(parent.type) || this.isTested(parent.name, isObject);
    }
    if (ts.isArrayLiteralExpression(parent) && this.#isElementAsked(parent, node, isObject)) return true;
    if (!isWanted(parent)) return false;
    const contextual = this.#checker.getContextualType(node);
    if (contextual !== undefined && this.#mayBeUndefined(contextual)) return true;
    const of = returnedFrom(node);
    const name = of && this.#nameOf(of);
    if (name === undefined) return false;
    const calls = this.#mentionsOf(node.getSourceFile()).calls.get(name) ?? [];
    return calls.some((call) => this.isAsked(call, isObject, seen));
  }

  /** Whether the elements of a literal are asked so: in `for (const x of [a, b])`, `const [x, y] = [a, b]`. */
  #isElementAsked(literal: ts.ArrayLiteralExpression, element: ts.Expression, isObject: boolean): boolean {
    const { parent } = literal;
    if (ts.isForOfStatement(parent) && ts.isVariableDeclarationList(parent.initializer)) {
      return parent.initializer.declarations.some(({ name }) => this.isTested(name, isObject));
    }
    if (!ts.isVariableDeclaration(parent) || !ts.isArrayBindingPattern(parent.name)) return false;
    const bound = parent.name.elements[literal.elements.indexOf(element)];
    if (bound === undefined || ts.isOmittedExpression(bound)) return false;
    return bound.initializer !== undefined || this.isTested(bound.name, isObject);
  }

  /** Whether the variable of this name is asked so. */
  isTested(name: ts.Node, isObject: boolean): boolean {
    if (!ts.isIdentifier(name)) return false;
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (symbol === undefined) return false;
    const { presence, truth } = this.#mentionsOf(name.getSourceFile());
    return presence.has(symbol) || (isObject && truth.has(symbol));
  }

  #mayBeDeclaredUndefined(node: ts.TypeNode | undefined): boolean {
    return node !== undefined && this.#mayBeUndefined(this.#checker.getTypeFromTypeNode(node));
  }

  #mayBeUndefined(type: ts.Type): boolean {
    const parts = type.isUnion() ? type.types : [type];
    const absent = ({ flags }: ts.Type) => (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) !== 0;
    return parts.length > 1 && parts.some(absent);
  }

  /** The name by which a function is called. */
  #nameOf(node: ts.SignatureDeclaration): ts.Symbol | undefined {
    const { parent } = node;
    const name =
      node.name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined);
    return name && this.#checker.getSymbolAtLocation(name);
  }

  #mentionsOf(source: ts.SourceFile): Mentions {
    const known = this.#mentions.get(source);
    if (known !== undefined) return known;
    const tested = { presence: new Set<ts.Symbol>(), truth: new Set<ts.Symbol>() };
    const calls = new Map<ts.Symbol, ts.CallExpression[]>();
    walk(source, (node) => {
      if (ts.isIdentifier(node) && ts.isExpression(node)) {
        const question = questionOf(node);
        const symbol = question && this.#checker.getSymbolAtLocation(node);
        if (question !== undefined && symbol !== undefined) tested[question].add(symbol);
      } else if (ts.isCallExpression(node)) {
        const { expression } = node;
        const symbol = this.#checker.getSymbolAtLocation(
          ts.isPropertyAccessExpression(expression) ? expression.name : expression,
        );
        if (symbol === undefined) return;
        const list = calls.get(symbol);
        if (list === undefined) calls.set(symbol, [node]);
        else list.push(node);
      }
    });
    const found = { ...tested, calls };
    this.#mentions.set(source, found);
    return found;
  }
}

/** Operators whose value may be their right operand. */
const passesRight: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.EqualsToken,
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.CommaToken,
]);

const equalities: ReadonlySet<ts.SyntaxKind> = new Set([
  SyntaxKind.EqualsEqualsEqualsToken,
  SyntaxKind.ExclamationEqualsEqualsToken,
  SyntaxKind.EqualsEqualsToken,
  SyntaxKind.ExclamationEqualsToken,
]);

/** What the syntax around an expression asks of its value. */
function questionOf(node: ts.Expression): Question | undefined {
  let at: ts.Expression = node;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  const { parent } = at;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    const other = parent.left === at ? parent.right : parent.left;
    if (equalities.has(kind)) return isUndefined(other) ? 'presence' : undefined;
    if (parent.left !== at) return undefined;
    if (kind === SyntaxKind.QuestionQuestionToken || kind === SyntaxKind.QuestionQuestionEqualsToken) return 'presence';
    return kind === SyntaxKind.AmpersandAmpersandToken || kind === SyntaxKind.BarBarToken ? 'truth' : undefined;
  }
  if (ts.isTypeOfExpression(parent)) return 'presence';
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === SyntaxKind.ExclamationToken ? 'truth' : undefined;
  if (ts.isConditionalExpression(parent)) return parent.condition === at ? 'truth' : undefined;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent))
    return parent.expression === at ? 'truth' : undefined;
  if (ts.isForStatement(parent)) return parent.condition === at ? 'truth' : undefined;
  if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) {
    return parent.expression === at && parent.questionDotToken !== undefined ? 'presence' : undefined;
  }
  return undefined;
}

export const isUndefined = (node: ts.Expression): boolean =>
  (ts.isIdentifier(node) && node.text === 'undefined') ||
  node.kind === SyntaxKind.NullKeyword ||
  (ts.isVoidExpression(node) && ts.isNumericLiteral(node.expression));

/** Places where the type that is wanted says whether `undefined` will do. */
const isWanted = (parent: ts.Node): boolean =>
  ts.isCallExpression(parent) ||
  ts.isNewExpression(parent) ||
  ts.isReturnStatement(parent) ||
  ts.isArrowFunction(parent) ||
  ts.isArrayLiteralExpression(parent) ||
  ts.isPropertyAssignment(parent) ||
  (ts.isBinaryExpression(parent) && parent.operatorToken.kind === SyntaxKind.EqualsToken);

/** The function that returns the expression. */
function returnedFrom(node: ts.Expression): ts.SignatureDeclaration | undefined {
  const { parent } = node;
  if (ts.isArrowFunction(parent)) return parent.body === node ? parent : undefined;
  if (!ts.isReturnStatement(parent)) return undefined;
  let at: ts.Node = parent;
  while (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) at = at.parent;
  return ts.isFunctionLike(at) ? at : undefined;
}
