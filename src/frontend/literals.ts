/** Array and object literals with spread, and template literals. */

import { ts } from 'ts-morph';
import { arrayOf, constant, field, num, typeOf, voidType, zero } from '../ir/build.js';
import type { ArrayType, Atom, Const, Field, RecordType, Type } from '../ir/types.js';
import { property } from './access.js';
import { iterable } from './collections.js';
import type { Lower } from './context.js';
import { propertyName } from './destructuring.js';
import { concatenate } from './operators.js';
import { merge, tupleOf } from './types.js';
import { type Binding, type FunctionNode, isAtom, type Val } from './values.js';
import { findNode } from './walk.js';

/** The type that the place of a literal asks for: what the caller knows, else what the checker says. */
function wanted(node: ts.Expression, cx: Lower, expected: Type | undefined): Type | undefined {
  if (expected !== undefined) return expected.kind === 'optional' ? expected.of : expected;
  const context = cx.checker.getContextualType(node);
  if (context !== undefined) {
    const type = cx.tryType(context);
    if (type !== undefined) return type.kind === 'optional' ? type.of : type;
  }
  const own = cx.checker.getTypeAtLocation(node);
  const type = cx.tryType(own);
  return type?.kind === 'array' && type.elem.kind === 'void' ? undefined : type;
}

// ---------------------------------------------------------------- arrays

/** A part of an array literal: one element, or all elements of an array. */
type Part = { readonly one: Val } | { readonly all: Atom };

export function arrayLiteral(node: ts.ArrayLiteralExpression, cx: Lower, expected: Type | undefined): Val {
  if (node.elements.length === 0) return emptyArray(node, cx, expected);
  const want = cx.entryTypes.get(node) ?? wanted(node, cx, expected);
  const parts = node.elements.map((element, k): Part => {
    if (ts.isOmittedExpression(element)) return cx.refuse(node, 'sparse-array');
    if (ts.isSpreadElement(element))
      return { all: cx.toAtom(iterable(cx.val(element.expression, want), element, cx), element) };
    return { one: cx.val(element, elementWanted(want, k)) };
  });
  const items = expanded(parts, cx);
  cx.at(node);
  if (items === undefined) return joined(parts, want, node, cx);
  if (items.some((item) => !isAtom(item))) return { kind: 'list', items };
  const made = arrayOfAtoms(items.filter(isAtom), want, node, cx);
  const names = items.filter((item) => item.kind === 'const' && typeof item.value === 'string');
  if (made.kind === 'value' && names.length === items.length && isFinal(node, cx)) cx.items.set(made, names as Const[]); // filtered above
  return made;
}

function elementWanted(want: Type | undefined, k: number): Type | undefined {
  if (want?.kind === 'array') return want.elem.kind === 'void' ? undefined : want.elem;
  return want?.kind === 'record' ? want.fields[k]?.type : undefined;
}

/** Whether an array literal is `as const`, or initialises a constant that nothing writes into. */
function isFinal(node: ts.Expression, cx: Lower): boolean {
  const { parent } = node;
  if (ts.isAsExpression(parent) && ts.isTypeReferenceNode(parent.type))
    return parent.type.typeName.getText() === 'const';
  if (ts.isSatisfiesExpression(parent)) return isFinal(parent, cx);
  return (
    ts.isVariableDeclaration(parent) &&
    ts.isIdentifier(parent.name) &&
    !cx.session.program.names.isWrittenInto(parent.name)
  );
}

/** `[]`: its elements have the declared type, or that of the first one put in. */
function emptyArray(node: ts.ArrayLiteralExpression, cx: Lower, expected: Type | undefined): Val {
  const want = wanted(node, cx, expected);
  if (want === undefined && isForFunctions(node, cx) && !growsElsewhere(node)) {
    return { kind: 'list', items: [], at: cx.b };
  }
  cx.at(node);
  const type: ArrayType = want?.kind === 'array' && want.elem.kind !== 'void' ? want : { ...arrayOf(voidType) };
  const found = cx.b.make({ ...type }, []);
  cx.growing.add(found);
  return found;
}

/** Whether an array is a variable that is appended to in a loop or branch: how many elements it has is found by running. */
function growsElsewhere({ parent }: ts.Node): boolean {
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const { text } = parent.name;
  const block = parent.parent.parent.parent;
  const isPush = (node: ts.Node): boolean =>
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'push' &&
    node.expression.expression.getText() === text &&
    dependsOnRun(node, block);
  return findNode(block, isPush) !== undefined;
}

/** Whether how often a node runs, each time `block` does, is found by running. A function of its own runs where it is called. */
function dependsOnRun(node: ts.Node, block: ts.Node): boolean {
  for (let at = node.parent; at !== block && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at)) return ts.isCallExpression(at.parent) && at.parent.expression !== at;
    if (ts.isIterationStatement(at, false) || ts.isIfStatement(at) || ts.isSwitchStatement(at)) return true;
    if (ts.isConditionalExpression(at)) return true;
  }
  return false;
}

/** Whether the elements will be, or hold, functions. */
function isForFunctions(node: ts.Expression, cx: Lower): boolean {
  const type = cx.checker.getContextualType(node);
  const found = type && cx.convert(type);
  return found?.kind === 'unreadable' && found.functional === true;
}

/** All parts as single values, where lengths are known. */
function expanded(parts: readonly Part[], cx: Lower): readonly Val[] | undefined {
  const items: Val[] = [];
  for (const part of parts) {
    if ('one' in part) {
      items.push(part.one);
      continue;
    }
    const known = itemsOf(part.all, cx);
    if (known === undefined) return undefined;
    items.push(...known);
  }
  return items;
}

/** The elements of a tuple. */
export function itemsOf(atom: Atom, cx: Lower): readonly Val[] | undefined {
  const names = atom.kind === 'value' ? cx.items.get(atom) : undefined;
  if (names !== undefined) return names;
  const type = typeOf(atom);
  if (type.kind === 'array' && type.fixed !== undefined) {
    return Array.from({ length: type.fixed }, (_, k) => cx.elementInside(atom, constant(k)));
  }
  if (type.kind === 'record' && type.tuple === true) return type.fields.map(({ name }) => cx.b.load(atom, field(name)));
  return undefined;
}

export function arrayOfAtoms(atoms: readonly Atom[], want: Type | undefined, node: ts.Node, cx: Lower): Atom {
  const type = literalType(atoms, want, node, cx);
  const parts = atoms.map((atom, k) => {
    const of = type.kind === 'array' ? type.elem : (type.fields[k]?.type ?? num);
    return cx.coerce(atom, of, node);
  });
  if (type.kind === 'record') for (const f of type.fields.slice(parts.length)) parts.push(absentFor(f, node, cx));
  const found = cx.b.make(type, parts);
  if (atoms.some((atom) => cx.isGrowing(atom))) cx.growing.add(found);
  return found;
}

function absentFor(f: Field, node: ts.Node, cx: Lower): Atom {
  return f.type.kind === 'optional' ? constant(undefined) : cx.refuse(node, 'mixed-types', 'a tuple', 'a shorter one');
}

function literalType(atoms: readonly Atom[], want: Type | undefined, node: ts.Node, cx: Lower): ArrayType | RecordType {
  if (want?.kind === 'record' && want.tuple === true && want.fields.length >= atoms.length) return want;
  if (want?.kind === 'array' && want.elem.kind !== 'void') {
    if (want.fixed === undefined || want.fixed === atoms.length) return want;
  }
  const types = atoms.map(typeOf);
  const elem = types.slice(1).reduce<Type | undefined>((a, b) => a && merge(a, b), types[0]);
  return elem === undefined ? tupleOf(types) : arrayOf(cx.mergeTypes(elem, elem, node));
}

/** A new array of the arguments of a call, those that are spread as well. */
export function arrayOfArguments(args: readonly Val[], want: Type | undefined, node: ts.Node, cx: Lower): Atom {
  const parts = args.map((arg): Part => (arg.kind === 'spread' ? { all: arg.array } : { one: arg }));
  return joined(parts, want, node, cx);
}

/** Parts of unknown length: an array as long as all of them, filled part by part. */
function joined(parts: readonly Part[], want: Type | undefined, node: ts.Node, cx: Lower): Atom {
  const types = parts.map((part) => ('one' in part ? typeOf(cx.toAtom(part.one, node)) : typeOf(part.all)));
  for (const [k, part] of parts.entries()) {
    if ('all' in part && types[k]?.kind !== 'array') cx.refuse(node, 'unsupported-syntax', 'spreading this');
  }
  const elems = types.map((type, k) => (parts[k] && 'all' in parts[k] && type.kind === 'array' ? type.elem : type));
  const elem = elems.slice(1).reduce<Type>((a, b) => cx.mergeTypes(a, b, node), elems[0] ?? num);
  const type = want?.kind === 'array' && want.fixed === undefined ? want : arrayOf(elem);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'all' in only) return copyAs(only.all, type, cx);
  const lengths = parts.map((part) => ('one' in part ? constant(1) : cx.b.length(part.all)));
  const total = lengths.reduce((sum, length) => cx.op('add', sum, length));
  const result = cx.b.alloc(type, total, undefined);
  let offset: Atom = zero;
  for (const [k, part] of parts.entries()) {
    if ('one' in part) cx.b.store(result, offset, cx.coerce(cx.toAtom(part.one, node), type.elem, node));
    else copyInto(result, offset, part.all, lengths[k] ?? zero, cx);
    offset = cx.op('add', offset, lengths[k] ?? zero);
  }
  return result;
}

/** A fresh array with the elements of another, perhaps of another storage. */
export function copyAs(array: Atom, type: ArrayType, cx: Lower): Atom {
  const from = typeOf(array);
  const length = cx.b.length(array);
  if (from.kind === 'array' && from.storage === type.storage) return cx.b.slice(array, zero, length, undefined, type);
  const result = cx.b.alloc(type, length, undefined);
  copyInto(result, zero, array, length, cx);
  return result;
}

/** `result[offset + i] = array[i]` for all i. */
export function copyInto(result: Atom, offset: Atom, array: Atom, length: Atom, cx: Lower): void {
  cx.repeat(zero, length, 'i', (i) =>
    cx.b.store(result, cx.isZero(offset) ? i : cx.op('add', offset, i), cx.elementInside(array, i)),
  );
}

// ---------------------------------------------------------------- objects

export function objectLiteral(node: ts.ObjectLiteralExpression, cx: Lower, expected: Type | undefined): Val {
  const parts = new Map<string, Val>();
  const want = functional(node) ? undefined : wanted(node, cx, expected);
  for (const member of node.properties) addMember(member, parts, want, cx);
  cx.at(node);
  const atoms = [...parts].every(([, val]) => isAtom(val));
  if (!atoms || functional(node) || isFunctionalOptions(node, cx)) return structOf(parts, cx);
  const given = new Map([...parts].filter((entry): entry is [string, Atom] => isAtom(entry[1])));
  return recordOfAtoms(given, want?.kind === 'record' ? want : undefined, node, cx);
}

const functional = (node: ts.ObjectLiteralExpression): boolean =>
  node.properties.some((p) => ts.isMethodDeclaration(p) || ts.isAccessor(p));

/** `{ steps: 5 }` where a field that is left out would hold a function: what is left out is undefined. */
function isFunctionalOptions(node: ts.ObjectLiteralExpression, cx: Lower): boolean {
  const { parent } = node;
  if (!ts.isCallExpression(parent) && !ts.isParameter(parent) && !ts.isVariableDeclaration(parent)) return false;
  const context = cx.checker.getContextualType(node);
  const found = context && cx.convert(cx.checker.getNonNullableType(context));
  return found?.kind === 'unreadable' && found.functional === true;
}

export function recordOfAtoms(
  given: ReadonlyMap<string, Atom>,
  want: RecordType | undefined,
  node: ts.Node,
  cx: Lower,
): Atom {
  // Where less is asked for than is spread into it, the rest of a new object is lost to everybody.
  const isOwn =
    ts.isObjectLiteralExpression(node) && node.properties.some(ts.isSpreadAssignment) && !isSatisfying(node);
  const fits =
    want !== undefined &&
    (isOwn || [...given.keys()].every((name) => want.fields.some((f) => f.name === name))) &&
    want.fields.every(({ name, type: { kind } }) => given.has(name) || kind === 'optional');
  const type: RecordType = fits
    ? want
    : { kind: 'record', fields: [...given].map(([name, atom]) => ({ name, type: typeOf(atom) })) };
  const parts = type.fields.map((f) => {
    const atom = given.get(f.name);
    return atom === undefined ? constant(undefined) : cx.coerce(atom, f.type, node);
  });
  const found = cx.b.make(type, parts);
  if (parts.some((part) => cx.isGrowing(part))) cx.growing.add(found);
  return found;
}

function isSatisfying({ parent }: ts.Node): boolean {
  return ts.isSatisfiesExpression(parent) || (ts.isParenthesizedExpression(parent) && isSatisfying(parent));
}

/** An object with functions: it is followed at compile time; its data are variables of their own. */
export function structOf(parts: ReadonlyMap<string, Val>, cx: Lower): Val {
  const fields = new Map<string, Binding>();
  for (const [name, val] of parts) {
    if (isAtom(val) && typeOf(val).kind !== 'void') {
      fields.set(name, { kind: 'cell', cell: cx.newCell(name, typeOf(val), val) });
    } else {
      fields.set(name, { kind: 'val', val });
    }
  }
  return { kind: 'struct', fields };
}

function addMember(
  member: ts.ObjectLiteralElementLike,
  parts: Map<string, Val>,
  want: Type | undefined,
  cx: Lower,
): void {
  const wantedOf = (name: string): Type | undefined =>
    want?.kind === 'record' ? want.fields.find((f) => f.name === name)?.type : undefined;
  if (ts.isPropertyAssignment(member)) {
    const name = propertyName(member.name, cx);
    parts.set(name, cx.val(member.initializer, wantedOf(name)));
  } else if (ts.isShorthandPropertyAssignment(member)) {
    parts.set(member.name.text, cx.val(member.name, wantedOf(member.name.text)));
  } else if (ts.isSpreadAssignment(member)) {
    spreadInto(parts, spreadValue(member.expression, cx), member, cx);
  } else {
    const name = propertyName(member.name, cx);
    const node: FunctionNode = member;
    parts.set(ts.isSetAccessor(member) ? `set ${name}` : name, { kind: 'function', node, scope: cx.scope, name });
  }
}

/** `Object.assign({}, a, b)` is `{ ...a, ...b }`. */
export function spreadOf(objects: readonly Val[], node: ts.Node, cx: Lower): Val {
  const parts = new Map<string, Val>();
  for (const object of objects) spreadInto(parts, object, node, cx);
  cx.at(node);
  const given = new Map([...parts].filter((entry): entry is [string, Atom] => isAtom(entry[1])));
  return given.size < parts.size ? structOf(parts, cx) : recordOfAtoms(given, undefined, node, cx);
}

/** `...(c && { a })` is `...(c ? { a } : undefined)`. */
function spreadValue(node: ts.Expression, cx: Lower): Val {
  if (ts.isParenthesizedExpression(node)) return spreadValue(node.expression, cx);
  const isAnd = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
  if (!isAnd || cx.tryType(cx.checker.getTypeAtLocation(node.left))?.kind !== 'bool') return cx.val(node);
  return cx.choose(
    cx.condition(node.left),
    () => cx.val(node.right),
    () => constant(undefined),
    node,
  );
}

function spreadInto(parts: Map<string, Val>, val: Val, node: ts.Node, cx: Lower): void {
  if (val.kind === 'struct') {
    for (const name of val.fields.keys()) parts.set(name, property(val, name, node, cx));
    return;
  }
  if (val.kind === 'const' && val.value === undefined) return;
  const atom = cx.toAtom(val, node);
  const type = typeOf(atom);
  if (type.kind === 'optional' && type.of.kind === 'record') return spreadOptional(parts, atom, type.of, node, cx);
  if (type.kind !== 'record') cx.refuse(node, 'unsupported-syntax', 'spreading this');
  for (const f of type.fields) parts.set(f.name, spreadField(atom, f, parts.get(f.name), node, cx));
}

/** A field that is absent does not replace one that was there. */
function spreadField(object: Atom, { name, type }: Field, before: Val | undefined, node: ts.Node, cx: Lower): Val {
  const loaded = cx.b.load(object, field(name));
  if (type.kind !== 'optional' || before === undefined || !isAtom(before)) return loaded;
  return cx.choose(
    cx.isDefined(loaded),
    () => cx.defined(loaded),
    () => before,
    node,
  );
}

function spreadOptional(parts: Map<string, Val>, atom: Atom, type: RecordType, node: ts.Node, cx: Lower): void {
  const defined = cx.isDefined(atom);
  for (const f of type.fields) {
    const before = parts.get(f.name);
    parts.set(
      f.name,
      cx.choose(
        defined,
        () => spreadField(cx.defined(atom), f, before, node, cx),
        () => before ?? constant(undefined),
        node,
      ),
    );
  }
}

// ---------------------------------------------------------------- text

export function template(node: ts.TemplateExpression, cx: Lower): Atom {
  const parts: Atom[] = [constant(node.head.text)];
  for (const span of node.templateSpans) parts.push(cx.atom(span.expression), constant(span.literal.text));
  return concatenate(
    parts.filter((part) => part.kind !== 'const' || part.value !== ''),
    node,
    cx,
  );
}
