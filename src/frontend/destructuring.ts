/** Declaring names: variables, parameters, and patterns of both, with defaults and rest. */

import { ts } from 'ts-morph';
import { constant, field, typeOf, zero } from '../ir/build.js';
import type { Atom, Type } from '../ir/types.js';
import { elementByKey, nameText, property } from './access.js';
import { iterable } from './collections.js';
import type { Lower } from './context.js';
import { isUndefined } from './presence.js';
import { sliceOf } from './slices.js';
import { literalsOf } from './tables.js';
import { broken, isAtom, type Val } from './values.js';

/** Binds a name or pattern to a value; `declaration` says whether the name may be assigned later. */
export function bindTarget(name: ts.BindingName, val: Val, declaration: ts.Node, cx: Lower): void {
  if (ts.isIdentifier(name)) return declare(name, val, declaration, cx);
  if (ts.isObjectBindingPattern(name)) return bindObject(name, val, cx);
  bindArray(name, val, cx);
}

/** A variable that is never assigned is its value; others are cells. */
function declare(name: ts.Identifier, val: Val, declaration: ts.Node, cx: Lower): void {
  const hoisted = isVar(declaration) ? cx.scope.find(`var ${name.text}`) : undefined;
  if (hoisted?.kind === 'cell') {
    return cx.writeCell(hoisted.cell, cx.coerce(cx.toAtom(val, name), hoisted.cell.type, name));
  }
  if (!cx.isAssigned(name)) {
    cx.scope.bind(name.text, val);
    if (isAtom(val)) cx.name(val, name.text);
    return;
  }
  if (!isAtom(val) && val.kind !== 'nothing') return cx.scope.bindVariable(name.text, val, cx.b);
  const atom = cx.toAtom(val, name);
  const type = cellType(name, atom, declaration, cx);
  cx.at(declaration);
  cx.scope.bindCell(name.text, cx.newCell(name.text, type, cx.coerce(atom, type, name)));
}

function cellType(name: ts.Identifier, init: Atom, declaration: ts.Node, cx: Lower): Type {
  const from = typeOf(init);
  const annotation = (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)) && declaration.type;
  if (annotation) {
    const declared = cx.annotated(annotation);
    // A parameter with a default is optional outside of the function only; one without, where it is left out.
    if (declared !== undefined) return from.kind === 'void' ? mayBeAbsent(declared) : declared;
  }
  if (from.kind !== 'void') return from;
  return cx.declaredType(name);
}

const mayBeAbsent = (type: Type): Type =>
  type.kind === 'optional' || type.kind === 'void' ? type : { kind: 'optional', of: type };

const isVar = (node: ts.Node): boolean =>
  ts.isVariableDeclaration(node) && !(node.parent.flags & ts.NodeFlags.BlockScoped);

/** A `var` that is seen in all of the function is declared where the function starts. */
export function declareHoisted(name: ts.Identifier, cx: Lower): void {
  const type = cx.declaredType(name);
  const cell = cx.newCell(name.text, type, type.kind === 'optional' ? constant(undefined) : undefined);
  cx.scope.bindCell(name.text, cell);
  // Under a name that no program can use, the declaration finds it whatever stands in between.
  cx.scope.bindCell(`var ${name.text}`, cell);
}

/** `let x;`: assigned before it is read. */
export function declareUnassigned(name: ts.Identifier, declaration: ts.VariableDeclaration, cx: Lower): void {
  if (isVar(declaration) && cx.scope.find(`var ${name.text}`) !== undefined) return;
  if (isFunctional(name, cx)) return cx.scope.bindVariable(name.text, constant(undefined), cx.b);
  const annotated = declaration.type && cx.annotated(declaration.type);
  const type = annotated ?? cx.declaredType(name);
  // An optional variable is undefined until then.
  cx.scope.bindCell(name.text, cx.newCell(name.text, type, type.kind === 'optional' ? constant(undefined) : undefined));
}

/** Whether a variable is declared to hold functions. */
function isFunctional(name: ts.Identifier, cx: Lower): boolean {
  const found = cx.convert(cx.checker.getTypeAtLocation(name));
  return found.kind === 'unreadable' && found.functional === true;
}

function bindObject(pattern: ts.ObjectBindingPattern, val: Val, cx: Lower): void {
  const taken: string[] = [];
  for (const element of pattern.elements) {
    if (element.dotDotDotToken !== undefined) {
      bindTarget(element.name, restOfRecord(val, taken, element, cx), element, cx);
      continue;
    }
    const key = element.propertyName ?? element.name;
    const found = propertyOf(val, key, taken, cx);
    bindTarget(element.name, withDefault(found, element.initializer, cx), element, cx);
  }
}

function propertyOf(val: Val, key: ts.PropertyName | ts.BindingName, taken: string[], cx: Lower): Val {
  if (ts.isComputedPropertyName(key)) {
    const name = cx.atom(key.expression);
    return elementByKey(val, name, key.expression, key, cx);
  }
  const name = propertyName(key, cx);
  taken.push(name);
  return property(val, name, key, cx);
}

export function propertyName(key: ts.PropertyName | ts.BindingName, cx: Lower): string {
  if (ts.isIdentifier(key) || ts.isStringLiteralLike(key) || ts.isNumericLiteral(key)) return key.text;
  if (ts.isPrivateIdentifier(key)) return nameText(key, cx);
  if (ts.isComputedPropertyName(key)) {
    const name = cx.val(key.expression);
    if (name.kind === 'const') return String(name.value);
    // `[Kind.Circle]: …`, with an object that serves as an enum.
    const literals = literalsOf(key.expression, cx);
    if (literals?.length === 1) return String(literals[0]);
  }
  return cx.refuse(key, 'dynamic-property', `\`${key.getText()}\``);
}

function restOfRecord(val: Val, taken: readonly string[], node: ts.Node, cx: Lower): Val {
  if (val.kind === 'struct') {
    return { kind: 'struct', fields: new Map([...val.fields].filter(([name]) => !taken.includes(name))) };
  }
  const atom = cx.defined(cx.toAtom(val, node));
  const type = typeOf(atom);
  if (type.kind !== 'record') return cx.refuse(node, 'unsupported-destructuring', 'this value');
  const fields = type.fields.filter(({ name }) => !taken.includes(name));
  const parts = fields.map(({ name }) => cx.b.load(atom, field(name)));
  return cx.b.make({ kind: 'record', fields }, parts);
}

function bindArray(pattern: ts.ArrayBindingPattern, given: Val, cx: Lower): void {
  const val = iterable(given, pattern, cx);
  for (const [k, element] of pattern.elements.entries()) {
    if (ts.isOmittedExpression(element)) continue;
    const found = element.dotDotDotToken === undefined ? itemOf(val, k, element, cx) : restOfArray(val, k, element, cx);
    bindTarget(element.name, withDefault(found, element.initializer, cx), element, cx);
  }
}

/** Element k of an array that is taken apart; with a default it may be missing. */
export function itemOf(val: Val, k: number, node: ts.BindingElement | ts.Expression, cx: Lower): Val {
  if (val.kind === 'list') return val.items[k] ?? constant(undefined);
  const atom = cx.defined(cx.toAtom(val, node));
  const type = typeOf(atom);
  if (type.kind !== 'array' && !(type.kind === 'record' && type.tuple === true)) {
    return cx.refuse(node, 'unsupported-destructuring', type.kind === 'str' ? 'a string' : 'this value');
  }
  cx.at(node);
  if (type.kind === 'array') {
    if (type.fixed !== undefined && k >= type.fixed) return constant(undefined);
    const hasDefault = ts.isBindingElement(node) ? node.initializer !== undefined : ts.isBinaryExpression(node);
    if (type.fixed === undefined && hasDefault) {
      const present = cx.op('gt', cx.b.length(atom), constant(k));
      return cx.choose(
        present,
        () => cx.elementInside(atom, constant(k)),
        () => constant(undefined),
        node,
      );
    }
  }
  return elementByKey(atom, constant(k), node, node, cx);
}

export function restOfArray(val: Val, from: number, node: ts.Node, cx: Lower): Val {
  if (val.kind === 'list') return { kind: 'list', items: val.items.slice(from) };
  const atom = cx.defined(cx.toAtom(val, node));
  if (typeOf(atom).kind !== 'array') return cx.refuse(node, 'unsupported-destructuring', 'this value');
  return sliceOf(atom, from === 0 ? zero : constant(from), undefined, cx);
}

/** `val`, or the default where it is undefined. */
export function withDefault(val: Val, initializer: ts.Expression | undefined, cx: Lower): Val {
  if (initializer === undefined || val.kind === 'broken') return val;
  if (val.kind === 'nothing') return cx.val(initializer);
  if (!isAtom(val)) return val;
  const type = typeOf(val);
  if (isUndefined(initializer)) return val;
  refuseDefaultOfNull(initializer, cx);
  const expected = type.kind === 'optional' ? type.of : undefined;
  cx.at(initializer);
  return cx.choose(
    cx.isDefined(val),
    () => cx.defined(val),
    () => cx.val(initializer, expected),
    initializer,
  );
}

/** `x: number | null = 1`: null does not take the default, and nothing tells it from undefined. */
function refuseDefaultOfNull(initializer: ts.Expression, cx: Lower): void {
  const { parent } = initializer;
  if (!ts.isParameter(parent) && !ts.isBindingElement(parent)) return;
  const type = cx.checker.getTypeAtLocation(parent.name);
  const mayBeNull = type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Null);
  if (mayBeNull) cx.refuse(initializer, 'null-type', `\`${parent.name.getText()}\``);
}

/** Names that a declaration or pattern would have bound, had it not been refused. */
export function breakNames(name: ts.BindingName, cx: Lower): void {
  if (ts.isIdentifier(name)) return cx.scope.bind(name.text, broken);
  for (const element of name.elements) if (ts.isBindingElement(element)) breakNames(element.name, cx);
}
