/** Methods and accessors of instances: which function a name stands for, and that nothing can override it. */

import { ts } from 'ts-morph';
import { constant } from '../ir/build.js';
import type { Lower } from './context.js';
import { findNode } from './walk.js';
import { type ClassVal, type FunctionVal, Scope, type Val } from './values.js';

type Member = ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.SetAccessorDeclaration | ts.PropertyDeclaration;

interface Found {
  readonly element: Member;
  /** The class that declares it. */
  readonly owner: ClassVal;
}

const isStatic = (member: ts.ClassElement): boolean =>
  ts.canHaveModifiers(member) &&
  (ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);

const textOf = (name: ts.PropertyName, cx: Lower): string =>
  ts.isPrivateIdentifier(name)
    ? cx.session.program.names.memberName(name)
    : ts.isIdentifier(name) || ts.isStringLiteralLike(name)
      ? name.text
      : name.getText();

/** The class that a class extends. */
export function superClass(of: ClassVal, cx: Lower): ClassVal | undefined {
  const clause = of.node.heritageClauses?.find((each) => each.token === ts.SyntaxKind.ExtendsKeyword);
  const [type] = clause?.types ?? [];
  if (type === undefined) return undefined;
  const base = cx.inScope(of.scope, () => cx.val(type.expression));
  return base.kind === 'class' ? base : cx.refuse(type, 'no-source', type.getText());
}

/** A member by name, of the class or the nearest one it extends; setters are asked for by `set`. */
export function findMember(of: ClassVal, name: string, asStatic: boolean, cx: Lower, set = false): Found | undefined {
  for (let at: ClassVal | undefined = of; at !== undefined; at = superClass(at, cx)) {
    for (const element of at.node.members) {
      const readable =
        (ts.isMethodDeclaration(element) && element.body !== undefined && !set) ||
        (ts.isGetAccessor(element) && !set) ||
        (ts.isSetAccessor(element) && set) ||
        (ts.isPropertyDeclaration(element) && asStatic);
      if (readable && isStatic(element) === asStatic && textOf(element.name, cx) === name)
        return { element, owner: at };
    }
  }
  return undefined;
}

export function memberFunction(element: Member, owner: ClassVal, self: Val): FunctionVal | undefined {
  if (ts.isPropertyDeclaration(element) || element.body === undefined) return undefined;
  const scope = new Scope(owner.scope);
  scope.bind(' class', owner);
  return { kind: 'function', node: element, scope, self, name: element.name.getText() };
}

/** A method or getter of an instance. */
export function memberOfType(object: Val, name: string, node: ts.Node, cx: Lower): Val {
  // What contains itself has lost the fields that do.
  const holder = holderOf(node);
  const held = holder && cx.convert(cx.checker.getNonNullableType(cx.checker.getTypeAtLocation(holder)));
  if (held?.kind === 'unreadable' && held.code === 'recursive-type')
    return cx.refuseType(node, `the object with the field \`${name}\``, held);
  const of = classOf(object, node, cx);
  const member = of && findMember(of.class, name, false, cx);
  // Left out where the object was made, of a type that says more.
  if (of === undefined && isOptional(node, cx)) return constant(undefined);
  if (of === undefined && isInterfaceMember(node, cx)) return cx.refuse(node, 'dynamic-dispatch', name);
  if (of === undefined || member === undefined) return cx.refuse(node, 'unknown-property', name, 'this object');
  const fn = memberFunction(member.element, member.owner, object);
  const open = !of.exact && cx.session.program.names.isOverridden(of.class.node, name);
  if (fn === undefined || open) return cx.refuse(node, 'dynamic-dispatch', name);
  if (!ts.isGetAccessor(member.element)) return fn;
  const effect = effectOf(member.element);
  if (effect !== undefined) return cx.refuse(effect, 'accessor-effect', name);
  return cx.call(fn, [], node);
}

function isOptional(node: ts.Node, cx: Lower): boolean {
  const symbol = cx.checker.getSymbolAtLocation(node);
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Optional) !== 0;
}

/** How `object.name = v` is done where `name` is a setter. */
export function setterOf(object: Val, name: string, node: ts.Node, cx: Lower): (val: Val) => void {
  const of = classOf(object, node, cx);
  const member = of && findMember(of.class, name, false, cx, true);
  const fn = member && memberFunction(member.element, member.owner, object);
  if (of === undefined || fn === undefined) return cx.refuse(node, 'dynamic-property', `\`${name}\``);
  if (!of.exact && cx.session.program.names.isOverridden(of.class.node, name))
    return cx.refuse(node, 'dynamic-dispatch', name);
  return (val) => void cx.call(fn, [val], node);
}

/** The class of an instance: known from where it was made, else what TypeScript says. */
function classOf(
  object: Val,
  node: ts.Node,
  cx: Lower,
): { readonly class: ClassVal; readonly exact: boolean } | undefined {
  if (object.kind === 'struct') return object.class && { class: object.class, exact: true };
  const made = object.kind === 'value' ? cx.classes.get(object) : undefined;
  if (made !== undefined) return { class: made, exact: true };
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  const access = name.parent;
  if (!ts.isPropertyAccessExpression(access) && !ts.isElementAccessExpression(access)) return undefined;
  const symbol = cx.checker.getSymbolAtLocation(name);
  const declaration = symbol?.declarations?.find((d) => ts.isClassLike(d.parent));
  if (declaration === undefined || !ts.isClassLike(declaration.parent)) return undefined;
  const found = cx.classValue(declaration.parent);
  return found && { class: found, exact: false };
}

/** A method that an interface declares: which class has it is not known. */
function isInterfaceMember(node: ts.Node, cx: Lower): boolean {
  const symbol = cx.checker.getSymbolAtLocation(node);
  return symbol?.declarations?.some((d) => ts.isInterfaceDeclaration(d.parent)) ?? false;
}

/** What `node`, the name of a field, is looked up in: an expression or a pattern. */
function holderOf({ parent }: ts.Node): ts.Node | undefined {
  if (ts.isPropertyAccessExpression(parent)) return parent.expression;
  return ts.isBindingElement(parent) ? parent.parent : undefined;
}

/** Where a getter assigns anything but its own variables. */
function effectOf(node: ts.GetAccessorDeclaration): ts.Node | undefined {
  if (node.body === undefined) return undefined;
  return findNode(node.body, (part) => {
    const target = ts.isBinaryExpression(part) && isAssignment(part.operatorToken.kind) ? part.left : updated(part);
    return target !== undefined && !ts.isIdentifier(target) && rootsInThis(target);
  });
}

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

function updated(node: ts.Node): ts.Expression | undefined {
  const isUpdate = ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
  if (!isUpdate) return undefined;
  const { operator } = node;
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken
    ? node.operand
    : undefined;
}

function rootsInThis(node: ts.Expression): boolean {
  let at: ts.Expression = node;
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isNonNullExpression(at))
    at = at.expression;
  return at.kind === ts.SyntaxKind.ThisKeyword;
}
