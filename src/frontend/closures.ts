/**
 * Functions that are kept as data, in arrays that run time fills: `layers.push((x) => w * x + b)`. What one captures
 * becomes a record, `{ w, b }`; which function it belongs to is a matter of the record's type. Objects that hold
 * functions are kept alike. A variable is captured as what it is now: it may not change later.
 */

import { ts } from 'ts-morph';
import { field, typeOf } from '../ir/build.js';
import type { Atom, Field, RecordType, Value } from '../ir/types.js';
import type { Lower } from './context.js';
import {
  type Binding,
  type FunctionNode,
  type FunctionVal,
  isAtom,
  Scope,
  type StructVal,
  type Val,
} from './values.js';
import { isPropertyName, walk } from './walk.js';

/** What all values of one type of closures have in common. */
export interface Code {
  /** The function, if it is not an object that holds some. */
  readonly fn: FunctionVal | undefined;
  /** What is the same in each of them: functions that capture nothing. */
  readonly shared: ReadonlyMap<string, Val>;
}

export interface Closure extends RecordType {
  readonly closure: number;
}

export const isClosure = (type: { readonly kind: string }): type is Closure => 'closure' in type;

/** A function, or an object that holds functions, as data. */
export function closureOf(val: FunctionVal | StructVal, node: ts.Node, cx: Lower): Atom {
  if (cx.closing.has(val)) return refuse(node, cx);
  cx.closing.add(val);
  try {
    const held = val.kind === 'function' ? capturedBy(val, node, cx) : partsOf(val, node, cx);
    const [fields, parts, shared]: [Field[], Atom[], Map<string, Val>] = [[], [], new Map()];
    for (const [name, each] of held) {
      if (!isAtom(each) && isShared(each, cx)) {
        shared.set(name, each);
        continue;
      }
      const atom = cx.toAtom(each, node);
      fields.push({ name: fieldName(name), type: typeOf(atom) });
      parts.push(atom);
    }
    if (parts.length === 0) return refuse(node, cx);
    const closure = codeOf({ fn: val.kind === 'function' ? val : undefined, shared }, cx);
    const type: Closure = { kind: 'record', fields, closure };
    if (val.kind === 'struct') cx.copied.add(val);
    cx.at(node);
    const made = cx.b.make(type, parts);
    if (parts.some((part) => cx.isGrowing(part))) cx.growing.add(made);
    return made;
  } finally {
    cx.closing.delete(val);
  }
}

const refuse = (node: ts.Node, cx: Lower): never =>
  cx.refuse(node, 'function-value', 'a function that is stored or returned as data');

/** The function that a value is, if it is one. */
export function functionIn(closure: Value, cx: Lower): FunctionVal | undefined {
  const { type } = closure;
  if (type.kind === 'optional') return functionIn(cx.b.op('unwrap', [closure]), cx);
  if (!isClosure(type)) return undefined;
  const { fn, shared } = codeAt(type, cx);
  if (fn === undefined) return undefined;
  const scope = new Scope(cx.session.moduleScope(fn.node.getSourceFile()));
  for (const [name, val] of shared) scope.bind(name, val);
  for (const { name } of type.fields) scope.bind(variableName(name), part(closure, name, cx));
  return { kind: 'function', node: fn.node, name: fn.name, scope };
}

/** What is the same in all objects of such a type. */
export const sharedPart = (type: Closure, name: string, cx: Lower): Val | undefined =>
  codeAt(type, cx).shared.get(name);

function part(closure: Value, name: string, cx: Lower): Value {
  const loaded = cx.b.load(closure, field(name));
  if (cx.isGrowing(closure)) cx.growing.add(loaded);
  cx.doubtful.add(loaded);
  return loaded;
}

/** `this` is no name of a field that code could spread into variables. */
const fieldName = (name: string): string => (name === 'this' ? 'self' : name);
const variableName = (name: string): string => (name === 'self' ? 'this' : name);

// ---------------------------------------------------------------- code

const codeAt = ({ closure }: Closure, cx: Lower): Code => cx.session.codes[closure] as Code; // made by codeOf

function codeOf(code: Code, cx: Lower): number {
  const { codes } = cx.session;
  const known = codes.findIndex(
    ({ fn, shared }) =>
      fn?.node === code.fn?.node &&
      shared.size === code.shared.size &&
      [...shared].every(([name, val]) => isSame(val, code.shared.get(name))),
  );
  return known >= 0 ? known : codes.push(code) - 1;
}

const isSame = (a: Val, b: Val | undefined): boolean =>
  a === b ||
  (a.kind === 'function' && b?.kind === 'function' && a.node === b.node) ||
  (a.kind === 'builtin' && b?.kind === 'builtin' && a.name === b.name) ||
  (a.kind === 'namespace' && b?.kind === 'namespace' && a.name === b.name) ||
  (a.kind === 'class' && b?.kind === 'class' && a.node === b.node);

function isShared(val: Val, cx: Lower): boolean {
  if (val.kind === 'function') return val.self === undefined && freeNames(val, cx).length === 0;
  return val.kind === 'builtin' || val.kind === 'namespace' || val.kind === 'class';
}

// ---------------------------------------------------------------- captures

function* capturedBy(fn: FunctionVal, node: ts.Node, cx: Lower): Iterable<readonly [string, Val]> {
  if (fn.self !== undefined || fn.prepare !== undefined || fn.scope.hasTypes) refuse(node, cx);
  for (const name of freeNames(fn, cx)) {
    const found = fn.scope.local(name.text);
    if (found !== undefined) yield [name.text, valueOf(found, name, node, cx)];
  }
}

function* partsOf({ fields, class: of }: StructVal, node: ts.Node, cx: Lower): Iterable<readonly [string, Val]> {
  if (of !== undefined) refuse(node, cx);
  for (const [name, binding] of fields) {
    yield [name, binding.kind === 'cell' ? cx.readCell(binding.cell) : binding.val];
  }
}

interface FreeName {
  readonly text: string;
  readonly at: ts.Node;
}

/** Names of the functions around it that a function mentions. */
function freeNames({ node, scope }: FunctionVal, cx: Lower): readonly FreeName[] {
  const found = new Map<string, ts.Node>();
  walk(node, (each) => {
    if (each.kind === ts.SyntaxKind.ThisKeyword && scope.local('this')) found.set('this', each);
    if (!ts.isIdentifier(each) || !isMention(each) || isDeclaredIn(each, node, cx)) return;
    if (scope.local(each.text)) found.set(each.text, each);
  });
  return [...found].map(([text, at]) => ({ text, at }));
}

const isMention = (name: ts.Identifier): boolean => !isPropertyName(name) && !ts.isTypeNode(name.parent);

function isDeclaredIn(name: ts.Identifier, node: FunctionNode, cx: Lower): boolean {
  const symbol = ts.isShorthandPropertyAssignment(name.parent)
    ? cx.checker.getShorthandAssignmentValueSymbol(name.parent)
    : cx.checker.getSymbolAtLocation(name);
  const declared = symbol?.valueDeclaration;
  return (
    declared !== undefined &&
    declared.getSourceFile() === node.getSourceFile() &&
    declared.pos >= node.pos &&
    declared.end <= node.end
  );
}

/** What a variable is from now on. */
function valueOf(binding: Binding, { text, at }: FreeName, node: ts.Node, cx: Lower): Val {
  if (binding.kind === 'val') return binding.at === undefined ? binding.val : refuse(node, cx);
  const declared = cx.checker.getSymbolAtLocation(at)?.valueDeclaration;
  const { names } = cx.session.program;
  const list = declared?.parent;
  // In every iteration it is another variable, which nothing but the loop itself assigns.
  const isIndex =
    list !== undefined &&
    ts.isVariableDeclarationList(list) &&
    (list.flags & ts.NodeFlags.BlockScoped) !== 0 &&
    ts.isForStatement(list.parent) &&
    !names.assignedIn(list.parent.statement).has(text);
  const isFinal =
    declared !== undefined &&
    (ts.isVariableDeclaration(declared) || ts.isParameter(declared)) &&
    ts.isIdentifier(declared.name) &&
    !cx.isAssigned(declared.name);
  if (isIndex || isFinal) return cx.readCell(binding.cell);
  return cx.refuse(node, 'function-value', `what \`${text}\` is when this function is called`);
}
