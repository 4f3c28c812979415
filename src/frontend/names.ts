/** What is assigned where, and which members subclasses override: syntactic questions about whole files, answered once. */

import { ts } from 'ts-morph';

export class Names {
  readonly #checker: ts.TypeChecker;
  readonly #own: readonly ts.SourceFile[];
  readonly #assigned = new WeakMap<ts.Node, ReadonlySet<string>>();
  #classes: readonly ts.ClassLikeDeclaration[] | undefined;

  constructor(checker: ts.TypeChecker, own: readonly ts.SourceFile[]) {
    this.#checker = checker;
    this.#own = own;
  }

  /** Names that are assigned somewhere in a node, functions inside of it included. */
  assignedIn(node: ts.Node): ReadonlySet<string> {
    let found = this.#assigned.get(node);
    if (found === undefined) {
      const names = new Set<string>();
      visitTargets(node, (target) => {
        if (ts.isIdentifier(target)) names.add(target.text);
      });
      this.#assigned.set(node, (found = names));
    }
    return found;
  }

  /** Whether a variable of a module is assigned after its declaration. */
  isVariableAssigned(name: ts.Identifier): boolean {
    const source = name.getSourceFile();
    if (!this.assignedIn(source).has(name.text)) return false;
    const symbol = this.#checker.getSymbolAtLocation(name);
    let found = false;
    visitTargets(source, (target) => {
      if (ts.isIdentifier(target) && target.text === name.text)
        found ||= this.#checker.getSymbolAtLocation(target) === symbol;
    });
    return found;
  }

  isFieldAssigned(field: ts.PropertyDeclaration): boolean {
    const symbol = this.#checker.getSymbolAtLocation(field.name);
    return this.#own.some((source) => {
      let found = false;
      visitTargets(source, (target) => {
        if (ts.isPropertyAccessExpression(target) && target.name.text === field.name.getText()) {
          found ||= this.#checker.getSymbolAtLocation(target.name) === symbol;
        }
      });
      return found;
    });
  }

  /** Whether a class that extends this one has a member of this name. */
  isOverridden(of: ts.ClassLikeDeclaration, name: string): boolean {
    const symbol = of.name && this.#checker.getSymbolAtLocation(of.name);
    if (symbol === undefined) return false;
    return this.#all().some((each) => {
      if (each === of || !each.members.some((m) => m.name !== undefined && m.name.getText() === name)) return false;
      return this.#extends(each, symbol);
    });
  }

  #extends(node: ts.ClassLikeDeclaration, base: ts.Symbol): boolean {
    const clause = node.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ExtendsKeyword);
    const [type] = clause?.types ?? [];
    if (type === undefined) return false;
    const symbol = this.#checker.getTypeAtLocation(type).symbol;
    if (symbol === base) return true;
    return symbol?.declarations?.some((d) => ts.isClassLike(d) && this.#extends(d, base)) ?? false;
  }

  #all(): readonly ts.ClassLikeDeclaration[] {
    if (this.#classes === undefined) {
      const found: ts.ClassLikeDeclaration[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isClassLike(node)) found.push(node);
        ts.forEachChild(node, visit);
      };
      this.#own.forEach(visit);
      this.#classes = found;
    }
    return this.#classes;
  }
}

/** Calls `found` for every expression that is assigned in a node. */
function visitTargets(node: ts.Node, found: (target: ts.Expression) => void): void {
  const visit = (at: ts.Node): void => {
    if (ts.isBinaryExpression(at)) {
      const { kind } = at.operatorToken;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) pattern(at.left);
    } else if (ts.isPrefixUnaryExpression(at) || ts.isPostfixUnaryExpression(at)) {
      const { operator } = at;
      if (operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken) pattern(at.operand);
    } else if (ts.isForOfStatement(at) && !ts.isVariableDeclarationList(at.initializer)) {
      pattern(at.initializer);
    } else if (ts.isVariableDeclaration(at) && at.initializer === undefined && ts.isIdentifier(at.name)) {
      // `let x;` is assigned wherever it gets its value.
      if (!ts.isForOfStatement(at.parent.parent)) found(at.name);
    }
    ts.forEachChild(at, visit);
  };
  const pattern = (target: ts.Node): void => {
    if (ts.isArrayLiteralExpression(target)) target.elements.forEach(pattern);
    else if (ts.isSpreadElement(target) || ts.isParenthesizedExpression(target) || ts.isNonNullExpression(target))
      pattern(target.expression);
    else if (ts.isAsExpression(target) || ts.isSatisfiesExpression(target)) pattern(target.expression);
    else if (ts.isObjectLiteralExpression(target)) {
      for (const part of target.properties) {
        if (ts.isPropertyAssignment(part)) pattern(part.initializer);
        else if (ts.isShorthandPropertyAssignment(part)) found(part.name);
        else if (ts.isSpreadAssignment(part)) pattern(part.expression);
      }
    } else if (ts.isBinaryExpression(target)) {
      pattern(target.left);
    } else if (ts.isExpression(target)) {
      found(target);
    }
  };
  visit(node);
}
