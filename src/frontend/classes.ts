/**
 * Classes: an instance is the record of its fields. While the constructor runs, the fields are variables (`struct`);
 * at its end they become the record. Instances that hold functions stay variables.
 */

import { ts } from 'ts-morph';
import { constant, num, typeOf } from '../ir/build.js';
import type { Field, Type } from '../ir/types.js';
import type { Lower } from './context.js';
import { memberFunction, findMember, superClass } from './members.js';
import { propertyName } from './destructuring.js';
import { type Binding, type ClassVal, isAtom, Scope, type StructVal, type Val } from './values.js';

/** `new C(…)`. */
export function construct(of: ClassVal, args: readonly Val[], node: ts.Node, cx: Lower): Val {
  if (of.node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AbstractKeyword) && ts.isNewExpression(node)) {
    return cx.refuse(node, 'unsupported-syntax', 'an instance of an abstract class');
  }
  const decorated = [of.node, ...of.node.members].find(
    (each) => ts.canHaveDecorators(each) && ts.getDecorators(each)?.length,
  );
  if (decorated !== undefined) return cx.refuse(decorated, 'unsupported-syntax', 'a decorator');
  const self: StructVal = { kind: 'struct', fields: new Map(), class: of };
  initialise(of, self, args, node, cx);
  return finished(self, node, cx);
}

/** Fields, then constructor; the base class comes where the constructor says `super(…)`. */
function initialise(of: ClassVal, self: StructVal, args: readonly Val[], node: ts.Node, cx: Lower): void {
  const constructor = constructorOf(of);
  const base = superClass(of, cx);
  if (constructor === undefined) {
    if (base !== undefined) initialise(base, self, args, node, cx);
    initialiseFields(of, self, cx);
    return;
  }
  const scope = new Scope(of.scope);
  if (base !== undefined) scope.bind(' super', of);
  const prepare = base === undefined ? () => prepareFields(of, constructor, self, cx) : () => undefined;
  cx.call({ kind: 'function', node: constructor, scope, self, name: of.name, prepare }, args, node);
}

/** `constructor(readonly x: number)` sets the field x; the other fields' initialisers may use it. */
function prepareFields(
  of: ClassVal,
  constructor: ts.ConstructorDeclaration | undefined,
  self: StructVal,
  cx: Lower,
): void {
  for (const parameter of constructor?.parameters ?? []) {
    if (!ts.isParameterPropertyDeclaration(parameter, parameter.parent) || !ts.isIdentifier(parameter.name)) continue;
    setField(self, parameter.name.text, cx.val(parameter.name), parameter, cx);
  }
  initialiseFields(of, self, cx);
}

const constructorOf = (of: ClassVal): ts.ConstructorDeclaration | undefined =>
  of.node.members.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined);

/** `super(…)` in a constructor. */
export function superCall(args: readonly Val[], node: ts.Node, cx: Lower): Val {
  const self = cx.scope.find('this');
  const of = cx.scope.find(' super');
  if (self?.kind !== 'val' || self.val.kind !== 'struct' || of?.kind !== 'val' || of.val.kind !== 'class') {
    return cx.refuse(node, 'unsupported-syntax', '`super` here');
  }
  const base = superClass(of.val, cx);
  if (base === undefined) return cx.refuse(node, 'no-source', 'super');
  initialise(base, self.val, args, node, cx);
  prepareFields(of.val, constructorOf(of.val), self.val, cx);
  return { kind: 'nothing' };
}

function initialiseFields(of: ClassVal, self: StructVal, cx: Lower): void {
  const scope = new Scope(of.scope);
  scope.bind('this', self);
  for (const member of of.node.members) {
    if (!ts.isPropertyDeclaration(member) || isStatic(member)) continue;
    if (
      member.modifiers?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword || m.kind === ts.SyntaxKind.AbstractKeyword)
    )
      continue;
    cx.inScope(scope, () => {
      const name = propertyName(member.name, cx);
      const expected = declaredType(member, cx);
      cx.at(member);
      if (member.initializer !== undefined) setField(self, name, cx.val(member.initializer, expected), member, cx);
      else declareField(self, name, expected, cx);
    });
  }
}

const isStatic = (member: ts.ClassElement): boolean =>
  ts.canHaveModifiers(member) &&
  (ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);

/** A field without initialiser is assigned in the constructor. */
function declareField(self: StructVal, name: string, type: Type | undefined, cx: Lower): void {
  if (type === undefined) {
    self.fields.set(name, { kind: 'val', val: constant(undefined) });
    return;
  }
  const init = type.kind === 'optional' ? constant(undefined) : undefined;
  self.fields.set(name, { kind: 'cell', cell: cx.newCell(name, type, init) });
}

function setField(
  self: StructVal,
  name: string,
  val: Val,
  node: ts.PropertyDeclaration | ts.ParameterDeclaration,
  cx: Lower,
): void {
  if (!isAtom(val)) {
    self.fields.set(name, { kind: 'val', val });
    return;
  }
  const declared = declaredType(node, cx);
  const type = declared ?? (typeOf(val).kind === 'void' ? num : typeOf(val));
  self.fields.set(name, { kind: 'cell', cell: cx.newCell(name, type, cx.coerce(val, type, node)) });
}

/** The type that a field is declared to have; `x?: number` may be undefined. */
function declaredType(node: ts.PropertyDeclaration | ts.ParameterDeclaration, cx: Lower): Type | undefined {
  const type = node.type && cx.annotated(node.type);
  if (type === undefined || type.kind === 'optional' || node.questionToken === undefined) return type;
  return { kind: 'optional', of: type };
}

type CellBinding = Extract<Binding, { kind: 'cell' }>;

/** The record of an instance whose constructor has run. */
function finished(self: StructVal, node: ts.Node, cx: Lower): Val {
  const entries = [...self.fields];
  const holdsFunctions = entries.some(([, binding]) => binding.kind === 'val');
  if (holdsFunctions) return self;
  const fields: Field[] = [];
  const parts = entries.map(([name, binding]) => {
    const atom = cx.readCell((binding as CellBinding).cell); // none is a value: asked above
    fields.push({ name, type: atom.type });
    return atom;
  });
  cx.at(node);
  const made = cx.b.make({ kind: 'record', fields }, parts);
  if (self.class !== undefined) cx.classes.set(made, self.class);
  if (parts.some((part) => cx.isGrowing(part))) cx.growing.add(made);
  return made;
}

/** `C.name`: static methods and constants. */
export function staticMember(of: ClassVal, name: string, node: ts.Node, cx: Lower): Val {
  const member = findMember(of, name, true, cx);
  if (member === undefined) return cx.refuse(node, 'unknown-property', name, `\`${of.name}\``);
  const { element, owner } = member;
  if (ts.isPropertyDeclaration(element)) return staticField(owner, element, node, cx);
  const fn = memberFunction(element, owner, of);
  if (fn === undefined) return cx.refuse(node, 'no-source', name);
  return ts.isGetAccessor(element) ? cx.call(fn, [], node) : fn;
}

/** A static field is a module constant. */
function staticField(of: ClassVal, element: ts.PropertyDeclaration, node: ts.Node, cx: Lower): Val {
  const known = cx.statics.get(element);
  if (known !== undefined) return known;
  if (cx.session.program.names.isFieldAssigned(element)) return cx.refuse(node, 'module-state', element.name.getText());
  const { initializer } = element;
  if (initializer === undefined) return cx.refuse(node, 'no-source', element.name.getText());
  if (cx.evaluating.has(element)) return cx.refuse(node, 'module-cycle', element.name.getText());
  cx.evaluating.add(element);
  const scope = new Scope(of.scope);
  scope.bind('this', of);
  let found: Val = constant(undefined);
  cx.inPrologue(element, scope, () => {
    const before = cx.prologue.stmts.length;
    found = cx.val(initializer, element.type && cx.annotated(element.type));
    if (isAtom(found)) cx.name(found, element.name.getText());
    cx.freeze(before, element.name.getText(), [element]);
  });
  cx.evaluating.delete(element);
  cx.statics.set(element, found);
  return found;
}

/** `super.method`. */
export function superMember(node: ts.PropertyAccessExpression, cx: Lower): Val {
  const self = cx.scope.find('this');
  const owner = cx.scope.find(' class');
  if (self?.kind !== 'val' || owner?.kind !== 'val' || owner.val.kind !== 'class') {
    return cx.refuse(node, 'unsupported-syntax', '`super` here');
  }
  const base = superClass(owner.val, cx);
  const member = base && findMember(base, node.name.text, false, cx);
  const fn = member && memberFunction(member.element, member.owner, self.val);
  if (member === undefined || fn === undefined) return cx.refuse(node, 'no-source', node.name.text);
  return ts.isGetAccessor(member.element) ? cx.call(fn, [], node) : fn;
}
