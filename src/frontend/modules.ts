/**
 * What the names of a module mean: its functions, classes, enums, constants and imports. Constants are evaluated when
 * they are first used; numbers are folded, arrays and records are made where the function that uses them starts.
 */

import { ts } from 'ts-morph';
import { constant } from '../ir/build.js';
import { type Lower, Refused } from './context.js';
import { bindTarget, breakNames, declareUnassigned } from './destructuring.js';
import { filling } from './filling.js';
import { globalValue } from './globals.js';
import type { Program } from './load.js';
import { type Binding, type NamespaceVal, Scope, type Val } from './values.js';

/** Finds the declarations of modules, once per program. */
export class Modules {
  readonly #program: Program;
  readonly #declarations = new Map<ts.SourceFile, ReadonlyMap<string, ts.Node>>();

  constructor(program: Program) {
    this.#program = program;
  }

  declarations(source: ts.SourceFile): ReadonlyMap<string, ts.Node> {
    let found = this.#declarations.get(source);
    if (found === undefined) this.#declarations.set(source, (found = declarationsOf(source.statements)));
    return found;
  }

  /** The file and name that an import or re-export stands for. */
  resolve(node: ts.Node): ts.Declaration | undefined {
    const { checker } = this.#program;
    const name = ts.isImportSpecifier(node) || ts.isExportSpecifier(node) ? node.name : (node as ts.ImportClause).name;
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol === undefined) return undefined;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return target.valueDeclaration ?? target.declarations?.[0];
  }
}

function declarationsOf(statements: readonly ts.Statement[]): ReadonlyMap<string, ts.Node> {
  const found = new Map<string, ts.Node>();
  const addName = (name: ts.BindingName, node: ts.Node): void => {
    if (ts.isIdentifier(name)) found.set(name.text, node);
    else for (const part of name.elements) if (ts.isBindingElement(part)) addName(part.name, node);
  };
  for (const node of statements) {
    if (ts.isVariableStatement(node)) for (const each of node.declarationList.declarations) addName(each.name, each);
    // Of overloads, the one with a body counts.
    else if (ts.isFunctionDeclaration(node) && node.name && (node.body || !found.has(node.name.text)))
      found.set(node.name.text, node);
    else if ((ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) && node.name) found.set(node.name.text, node);
    else if (ts.isModuleDeclaration(node)) addModule(node, found);
    else if (ts.isImportDeclaration(node)) addImports(node, found);
    else if (ts.isExportAssignment(node)) found.set('default', node);
  }
  for (const node of statements) {
    if (ts.isFunctionDeclaration(node) && node.name === undefined) found.set('default', node);
  }
  return found;
}

/** A namespace that is merged with a function or class gives it members; alone it is an object. */
function addModule(node: ts.ModuleDeclaration, found: Map<string, ts.Node>): void {
  if (!found.has(node.name.text)) found.set(node.name.text, node);
}

function addImports(node: ts.ImportDeclaration, found: Map<string, ts.Node>): void {
  const clause = node.importClause;
  if (clause === undefined || clause.isTypeOnly) return;
  if (clause.name !== undefined) found.set(clause.name.text, clause);
  const bindings = clause.namedBindings;
  if (bindings === undefined) return;
  if (ts.isNamespaceImport(bindings)) found.set(bindings.name.text, bindings);
  else for (const each of bindings.elements) if (!each.isTypeOnly) found.set(each.name.text, each);
}

/** The scope of a file as one function sees it; constants are evaluated in that function. */
export function moduleScope(source: ts.SourceFile, modules: Modules, cx: () => Lower): Scope {
  const scope: Scope = new Scope(undefined, (name) => {
    const node = modules.declarations(source).get(name);
    if (node !== undefined) return bindingOf(name, node, scope, modules, cx());
    const val = globalValue(name);
    return val && { kind: 'val', val };
  });
  return scope;
}

function bindingOf(name: string, node: ts.Node, scope: Scope, modules: Modules, cx: Lower): Binding | undefined {
  if (ts.isVariableDeclaration(node)) {
    evaluate(node, scope, cx);
    return scope.own(name);
  }
  const val = valueOf(node, scope, modules, cx);
  if (val === undefined) return undefined;
  scope.bind(name, val);
  return { kind: 'val', val };
}

/** What a declaration of a module stands for. */
function valueOf(node: ts.Node, scope: Scope, modules: Modules, cx: Lower): Val | undefined {
  if (ts.isFunctionDeclaration(node)) {
    return { kind: 'function', node, scope, name: node.name?.text ?? 'the default export' };
  }
  if (ts.isClassDeclaration(node)) return { kind: 'class', node, scope, name: node.name?.text ?? 'the class' };
  if (ts.isEnumDeclaration(node)) return enumValue(node, cx);
  if (ts.isModuleDeclaration(node)) return namespaceValue(node, scope, modules, cx);
  if (ts.isImportSpecifier(node) || ts.isImportClause(node)) return importedValue(node, modules, cx);
  if (ts.isNamespaceImport(node)) return importedNamespace(node, modules, cx);
  if (ts.isExportAssignment(node)) return cx.inScope(scope, () => cx.val(node.expression));
  return undefined;
}

function specifierOf(node: ts.Node): string {
  let at = node;
  while (!ts.isImportDeclaration(at) && !ts.isSourceFile(at)) at = at.parent;
  return ts.isImportDeclaration(at) && ts.isStringLiteral(at.moduleSpecifier) ? at.moduleSpecifier.text : '';
}

function importedValue(node: ts.ImportSpecifier | ts.ImportClause, modules: Modules, cx: Lower): Val {
  const specifier = specifierOf(node);
  if (specifier === 'adgen' || specifier === 'adgen/structure') {
    const name = ts.isImportSpecifier(node) ? (node.propertyName ?? node.name).text : 'default';
    return { kind: 'builtin', name: `${specifier}.${name}` };
  }
  const name = (node.name ?? node).getText();
  const target = modules.resolve(node);
  if (target === undefined || target.getSourceFile().isDeclarationFile) {
    return { kind: 'builtin', name: `${specifier} ${name}` };
  }
  if (ts.isSourceFile(target)) return fileNamespace(target, modules, cx);
  return exportedValue(target, modules, cx) ?? { kind: 'builtin', name: `${specifier} ${name}` };
}

/** The value of a declaration at the top of some file. */
export function exportedValue(target: ts.Declaration, modules: Modules, cx: Lower): Val | undefined {
  const source = target.getSourceFile();
  const scope = cx.session.moduleScope(source);
  if (ts.isExportAssignment(target)) return valueOf(target, scope, modules, cx);
  let at: ts.Node = target;
  // A name inside of a pattern belongs to its declaration.
  const name = ts.getNameOfDeclaration(target);
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  if (name === undefined || !ts.isIdentifier(name)) return valueOf(target, scope, modules, cx);
  const binding = scope.find(name.text);
  if (binding === undefined) return undefined;
  return binding.kind === 'val' ? binding.val : cx.readCell(binding.cell);
}

function importedNamespace(node: ts.NamespaceImport, modules: Modules, cx: Lower): Val {
  const specifier = specifierOf(node);
  if (specifier === 'adgen' || specifier === 'adgen/structure') {
    const member = (name: string): Val => ({ kind: 'builtin', name: `${specifier}.${name}` });
    return { kind: 'namespace', name: node.name.text, member };
  }
  const symbol = cx.checker.getSymbolAtLocation(node.name);
  const target = symbol && cx.checker.getAliasedSymbol(symbol).declarations?.[0];
  if (target === undefined || !ts.isSourceFile(target) || target.isDeclarationFile) {
    return { kind: 'builtin', name: specifier };
  }
  return fileNamespace(target, modules, cx);
}

function fileNamespace(target: ts.SourceFile, modules: Modules, cx: Lower): NamespaceVal {
  const symbol = cx.checker.getSymbolAtLocation(target);
  const exported = symbol === undefined ? [] : cx.checker.getExportsOfModule(symbol);
  const member = (name: string): Val | undefined => {
    const found = exported.find((each) => each.name === name);
    const resolved = found && found.flags & ts.SymbolFlags.Alias ? cx.checker.getAliasedSymbol(found) : found;
    const declaration = resolved?.valueDeclaration;
    return declaration && exportedValue(declaration, modules, cx);
  };
  return { kind: 'namespace', name: target.fileName, member };
}

function enumValue(node: ts.EnumDeclaration, cx: Lower): NamespaceVal {
  const values = new Map<string, number | string>();
  for (const each of node.members) {
    const value = cx.checker.getConstantValue(each);
    if (value === undefined) return cx.refuse(each, 'unsupported-syntax', 'a computed enum member');
    values.set(each.name.getText().replace(/^['"]|['"]$/g, ''), value);
  }
  const member = (name: string): Val | undefined => {
    const direct = values.get(name);
    if (direct !== undefined) return constant(direct);
    const reverse = [...values].find(([, value]) => String(value) === name && typeof value === 'number');
    return reverse && constant(reverse[0]);
  };
  return { kind: 'namespace', name: node.name.text, member, names: () => [...values.keys()] };
}

function namespaceValue(node: ts.ModuleDeclaration, outer: Scope, modules: Modules, cx: Lower): Val | undefined {
  const { body } = node;
  if (body === undefined || !ts.isModuleBlock(body)) {
    return body !== undefined && ts.isModuleDeclaration(body)
      ? {
          kind: 'namespace',
          name: node.name.text,
          member: (name) => (name === body.name.text ? namespaceValue(body, outer, modules, cx) : undefined),
        }
      : undefined;
  }
  const declared = declarationsOf(body.statements);
  const scope: Scope = new Scope(outer, (name) => {
    const found = declared.get(name);
    return found && bindingOf(name, found, scope, modules, cx);
  });
  const member = (name: string): Val | undefined => {
    if (!declared.has(name)) return undefined;
    const binding = scope.find(name);
    return binding?.kind === 'val' ? binding.val : undefined;
  };
  return { kind: 'namespace', name: node.name.text, member };
}

// ---------------------------------------------------------------- constants

/** Evaluates a module's variable in the prologue of the function that uses it, and binds its names. */
function evaluate(node: ts.VariableDeclaration, scope: Scope, cx: Lower): void {
  const { name } = node;
  const { names } = cx.session.program;
  if (ts.isIdentifier(name) && (names.isVariableAssigned(name) || names.isMutated(name))) {
    const asking = cx.asking ?? node;
    // In the function that changes it, that is the place to look at.
    return cx.refuse(
      names.writesOf(name).find((write) => isInSameFunction(write, asking)) ?? asking,
      'module-state',
      name.text,
    );
  }
  // Until it is known: a use of it while it is evaluated is a cycle.
  const state = cx.evaluating;
  if (state.has(node)) return cx.refuse(node, 'module-cycle', name.getText());
  state.add(node);
  const group = ts.isIdentifier(name) && ts.isSourceFile(node.parent.parent.parent) ? filling(name, cx.checker) : [];
  try {
    cx.inPrologue(node, scope, () => {
      const before = cx.prologue.stmts.length;
      if (group.length === 0) bindConstant(node, scope, cx);
      for (const step of group) {
        if (!ts.isVariableDeclaration(step)) runOnce(step, node, cx);
        else if (!isBound(step.name, scope)) bindConstant(step, scope, cx);
      }
      cx.freeze(before, name.getText(), [node, ...group]);
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    cx.inScope(scope, () => breakNames(name, cx));
    cx.frame.broken = true;
  } finally {
    state.delete(node);
  }
}

/** A statement of the module. Whoever asks for what it changes when it has run would see what it was before. */
function runOnce(step: ts.Statement, asking: ts.VariableDeclaration, cx: Lower): void {
  if (cx.initialised.has(step)) return cx.refuse(cx.asking ?? asking, 'module-state', asking.name.getText());
  cx.initialised.add(step);
  cx.session.handlers.statement(step, cx);
}

const isBound = (name: ts.BindingName, scope: Scope): boolean =>
  ts.isIdentifier(name)
    ? scope.own(name.text) !== undefined
    : name.elements.some((part) => ts.isBindingElement(part) && isBound(part.name, scope));

function isInSameFunction(a: ts.Node, b: ts.Node): boolean {
  const outermost = (node: ts.Node): ts.Node | undefined => {
    let found: ts.Node | undefined;
    for (let at = node; !ts.isSourceFile(at); at = at.parent) if (ts.isFunctionLike(at)) found = at;
    return found;
  };
  const fn = outermost(a);
  return fn !== undefined && fn === outermost(b);
}

function bindConstant(node: ts.VariableDeclaration, scope: Scope, cx: Lower): void {
  const { name, initializer } = node;
  if (initializer !== undefined) {
    const expected = node.type && cx.annotated(node.type);
    return cx.inScope(scope, () => bindTarget(name, cx.val(initializer, expected), node, cx));
  }
  if (!ts.isIdentifier(name)) return;
  const isDeclared = node.parent.parent.getChildren().some((each) => each.getText() === 'declare');
  // `declare const performance: …` names what the host has.
  const host = isDeclared ? globalValue(name.text) : undefined;
  if (host !== undefined) scope.bind(name.text, host);
  else if (isDeclared) cx.refuse(cx.asking ?? node, 'no-source', name.text);
  else declareUnassigned(name, node, cx);
}
