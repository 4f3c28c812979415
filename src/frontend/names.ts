/** What is assigned where, and which members subclasses override: syntactic questions about whole files, answered once. */

import { ts } from 'ts-morph';
import { walk } from './walk.js';

export class Names {
  readonly #checker: ts.TypeChecker;
  readonly #own: readonly ts.SourceFile[];
  readonly #assigned = new WeakMap<ts.Node, ReadonlySet<string>>();
  readonly #written = new Map<ts.Identifier, readonly ts.Identifier[]>();
  readonly #hoisted = new WeakMap<ts.Node, ReadonlyMap<string, ts.Identifier>>();
  readonly #privates = new WeakMap<ts.Declaration, string>();
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

  /**
   * Names declared by `var` that are seen outside of the statement that declares them: inside of a nested statement,
   * or several times.
   */
  hoisted(body: ts.Node): ReadonlyMap<string, ts.Identifier> {
    let found = this.#hoisted.get(body);
    if (found === undefined) this.#hoisted.set(body, (found = hoistedIn(body)));
    return found;
  }

  /** Whether a variable of a module is assigned by a function. */
  isVariableAssigned(name: ts.Identifier): boolean {
    return (
      this.assignedIn(name.getSourceFile()).has(name.text) &&
      this.#assignments(name).some((at) => isInFunction(at, this.#checker))
    );
  }

  /** Where a variable is assigned, or written into. */
  writesOf(name: ts.Identifier): readonly ts.Identifier[] {
    return [...this.#assignments(name), ...this.#writes(name)];
  }

  #assignments(name: ts.Identifier): readonly ts.Identifier[] {
    const found: ts.Identifier[] = [];
    visitTargets(name.getSourceFile(), (target) => {
      if (!ts.isIdentifier(target) || target.text !== name.text || target === name) return;
      if (this.#isSame(target, name)) found.push(target);
    });
    return found;
  }

  /** Whether a function of the same module writes into an array or record of the module. */
  isMutated(name: ts.Identifier): boolean {
    return this.#writes(name).some((at) => isInFunction(at, this.#checker));
  }

  /** Whether anything writes into the array or record that a variable is bound to, by that name. */
  isWrittenInto(name: ts.Identifier): boolean {
    return this.#writes(name).length > 0;
  }

  /** The mentions of a variable that write into its value. */
  #writes(name: ts.Identifier): readonly ts.Identifier[] {
    let found = this.#written.get(name);
    if (found !== undefined) return found;
    const writes: ts.Identifier[] = [];
    const check = (target: ts.Expression): void => {
      const root = rootOf(target);
      if (root === target || !ts.isIdentifier(root) || root.text !== name.text) return;
      if (this.#isSame(root, name)) writes.push(root);
    };
    const source = name.getSourceFile();
    visitTargets(source, check);
    walk(source, (at) => {
      if (!ts.isCallExpression(at) || !ts.isPropertyAccessExpression(at.expression)) return;
      if (mutators.has(at.expression.name.text) && this.#isLibrary(at.expression.name)) check(at.expression);
    });
    this.#written.set(name, (found = writes));
    return found;
  }

  /** Whether every mention of a variable of the module, but for its declaration, is in one of `nodes`. */
  isOnlyUsedIn(name: string, nodes: readonly ts.Node[]): boolean {
    const [first] = nodes;
    if (first === undefined) return false;
    let isDeclared = false;
    let isElsewhere = false;
    walk(first.getSourceFile(), (at) => {
      if (nodes.includes(at)) return false;
      if (!ts.isIdentifier(at) || at.text !== name) return true;
      const { parent } = at;
      if (ts.isVariableDeclaration(parent) && parent.name === at && !isExported(parent)) isDeclared = true;
      else isElsewhere = true;
      return true;
    });
    return isDeclared && !isElsewhere;
  }

  /** Whether what a name stands for is declared outside of the program: by the language. */
  #isLibrary(name: ts.Node): boolean {
    const declarations = this.#checker.getSymbolAtLocation(name)?.declarations ?? [];
    return declarations.every((declaration) => declaration.getSourceFile().isDeclarationFile);
  }

  #isSame(a: ts.Identifier, b: ts.Identifier): boolean {
    return this.#checker.getSymbolAtLocation(a) === this.#checker.getSymbolAtLocation(b);
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

  /**
   * The classes that an instance of a type may be of, where they are several or the type is not one itself: those that
   * extend a class, or have all that an interface with methods asks for.
   */
  classesOf(type: ts.Type): readonly ts.ClassDeclaration[] {
    const { symbol } = type;
    const found = this.#all().filter(
      (each): each is ts.ClassDeclaration => ts.isClassDeclaration(each) && !isAbstract(each) && !isGeneric(each),
    );
    if (symbol?.flags & ts.SymbolFlags.Class) {
      const own = this.classOf(type);
      const classes = found.filter((each) => each === own || this.#extends(each, symbol));
      return classes.length === 1 && classes[0] === own ? [] : classes;
    }
    const hasMethods = symbol?.flags & ts.SymbolFlags.Interface && hasMethod(symbol);
    return hasMethods
      ? found.filter((each) => this.#checker.isTypeAssignableTo(this.#checker.getTypeAtLocation(each), type))
      : [];
  }

  /** The class that a type is the type of. */
  classOf({ symbol }: ts.Type): ts.ClassDeclaration | undefined {
    const declaration = symbol?.declarations?.find(ts.isClassDeclaration);
    return declaration && this.#all().includes(declaration) ? declaration : undefined;
  }

  /** What an instance of a class is called among those of others: no two have one name. */
  familyName(of: ts.ClassDeclaration): string {
    const name = of.name?.text ?? 'instance';
    const same = this.#all().filter((each) => each.name?.text === of.name?.text);
    const k = same.indexOf(of);
    return `${name.charAt(0).toLowerCase()}${name.slice(1)}${k === 0 ? '' : k + 1}`;
  }

  /** The class of which instances are called by a name. */
  classCalled(name: string): ts.ClassDeclaration | undefined {
    return this.#all().find(
      (each): each is ts.ClassDeclaration => ts.isClassDeclaration(each) && this.familyName(each) === name,
    );
  }

  #extends(node: ts.ClassLikeDeclaration, base: ts.Symbol): boolean {
    const symbol = this.#baseOf(node);
    if (symbol === base) return true;
    return symbol?.declarations?.some((d) => ts.isClassLike(d) && this.#extends(d, base)) ?? false;
  }

  #baseOf(node: ts.ClassLikeDeclaration): ts.Symbol | undefined {
    const clause = node.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ExtendsKeyword);
    const [type] = clause?.types ?? [];
    return type && this.#checker.getTypeAtLocation(type).symbol;
  }

  /** The name by which a member is found in instances; see `privateName`. */
  memberName(name: ts.MemberName): string {
    if (!ts.isPrivateIdentifier(name)) return name.text;
    const declaration = this.#checker.getSymbolAtLocation(name)?.valueDeclaration;
    return declaration === undefined ? name.text.slice(1) : this.privateName(declaration);
  }

  /**
   * `#x` is called `x` in records: the IR has no private fields. It is called `x2`, … where its class, one that it
   * extends, or one that extends it has another `x`.
   */
  privateName(declaration: ts.Declaration): string {
    let found = this.#privates.get(declaration);
    if (found === undefined) this.#privates.set(declaration, (found = this.#privateName(declaration)));
    return found;
  }

  #privateName(declaration: ts.Declaration): string {
    const text = ts.getNameOfDeclaration(declaration)?.getText().slice(1) ?? '';
    if (!ts.isClassLike(declaration.parent)) return text;
    let root = declaration.parent;
    let above = 0;
    for (let base = this.#baseOf(root); base !== undefined; base = this.#baseOf(root)) {
      const next = base.declarations?.find(ts.isClassLike);
      if (next === undefined) break;
      root = next;
      if (namesOf(root).has(`#${text}`)) above += 1;
    }
    const symbol = root.name && this.#checker.getSymbolAtLocation(root.name);
    const family = this.#all().filter((each) => each === root || (symbol && this.#extends(each, symbol)));
    const taken = new Set(family.flatMap((each) => [...namesOf(each)]).filter((name) => name !== `#${text}`));
    const isFree = (name: string): boolean => !taken.has(name) && !taken.has(`#${name}`);
    for (let k = 1; ; k++) {
      const name = k === 1 ? text : `${text}${k}`;
      if (isFree(name) && above-- === 0) return name;
    }
  }

  #all(): readonly ts.ClassLikeDeclaration[] {
    if (this.#classes === undefined) {
      const found: ts.ClassLikeDeclaration[] = [];
      for (const source of this.#own) walk(source, (node) => void (ts.isClassLike(node) && found.push(node)));
      this.#classes = found;
    }
    return this.#classes;
  }
}

const isAbstract = (node: ts.ClassDeclaration): boolean =>
  node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AbstractKeyword) ?? false;

/** Whether a class has type parameters, or is inside of a function that has. */
function isGeneric(node: ts.ClassDeclaration): boolean {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if ('typeParameters' in at && at.typeParameters !== undefined) return true;
  }
  return false;
}

const hasMethod = (symbol: ts.Symbol): boolean =>
  [...(symbol.members?.values() ?? [])].some(({ flags }) => flags & ts.SymbolFlags.Method);

/** Names of the members of a class, those of parameter properties included. */
function namesOf(node: ts.ClassLikeDeclaration): ReadonlySet<string> {
  const names = new Set<string>();
  for (const member of node.members) {
    if (member.name !== undefined) names.add(member.name.getText());
    if (!ts.isConstructorDeclaration(member)) continue;
    for (const parameter of member.parameters) {
      if (ts.isParameterPropertyDeclaration(parameter, member)) names.add(parameter.name.getText());
    }
  }
  return names;
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
  walk(node, visit);
}

function hoistedIn(body: ts.Node): ReadonlyMap<string, ts.Identifier> {
  const seen = new Map<string, ts.Identifier>();
  const hoisted = new Map<string, ts.Identifier>();
  walk(body, (at) => {
    if (ts.isFunctionLike(at)) return false;
    if (ts.isVariableDeclarationList(at) && !(at.flags & ts.NodeFlags.BlockScoped)) {
      // That of a `for` is seen behind the loop.
      const nested = at.parent.parent !== body || !ts.isVariableStatement(at.parent);
      for (const { name } of at.declarations) {
        if (!ts.isIdentifier(name)) continue;
        if (nested || seen.has(name.text)) hoisted.set(name.text, seen.get(name.text) ?? name);
        seen.set(name.text, name);
      }
    }
    return true;
  });
  return hoisted;
}

/** Methods that change the array they are called on. */
const mutators = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'set',
  'copyWithin',
  'add',
  'delete',
  'clear',
]);

/** The variable that `a.b[c].d` starts from. */
function rootOf(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isNonNullExpression(at))
    at = at.expression;
  return at;
}

const isExported = ({ parent }: ts.VariableDeclaration): boolean =>
  ts.isVariableStatement(parent.parent) &&
  (parent.parent.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false);

/** Whether a node runs when a function is called, rather than when the module is loaded. */
function isInFunction(node: ts.Node, checker: ts.TypeChecker): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const isCallback = ts.isCallExpression(at.parent) || ts.isParenthesizedExpression(at.parent);
    // `table.forEach((…) => …)` at the top runs at once.
    if (!isCallback) return !isOnlyCalledAtTop(at, checker);
  }
  return false;
}

/** `function init() { … } init();`: called when the module is loaded, and nowhere else. */
function isOnlyCalledAtTop(fn: ts.SignatureDeclaration, checker: ts.TypeChecker): boolean {
  if (!ts.isFunctionDeclaration(fn) || fn.name === undefined || !ts.isSourceFile(fn.parent)) return false;
  if (ts.getModifiers(fn)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return false;
  const { name } = fn;
  const symbol = checker.getSymbolAtLocation(name);
  let elsewhere = false;
  walk(fn.parent, (at) => {
    if (!ts.isIdentifier(at) || at.text !== name.text || at === name) return;
    if (checker.getSymbolAtLocation(at) !== symbol) return;
    let up: ts.Node = at;
    while (!ts.isSourceFile(up) && !ts.isFunctionLike(up)) up = up.parent;
    elsewhere ||= !ts.isSourceFile(up);
  });
  return !elsewhere;
}
