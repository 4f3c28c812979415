/**
 * Calls of the user's functions, put in place of the call: parameters are bound to arguments in a fresh scope inside
 * the one the function was created in, and its statements are lowered where the call stands.
 */

import { ts } from 'ts-morph';
import { absent, arrayOf, constant, num, typeOf, value, voidType } from '../ir/build.js';
import type { Atom, Type } from '../ir/types.js';
import { type Frame, type Lower, newFrame } from './context.js';
import { entries, leave, lowerList } from './control.js';
import { bindTarget, breakNames, declareHoisted, withDefault } from './destructuring.js';
import { isFamily } from './families.js';
import { callHelper, isCalled, noteInlined, NotInlined } from './helpers.js';
import { merge, tupleOf } from './types.js';
import { broken, type FunctionNode, type FunctionVal, isAtom, nothing, Scope, type Val } from './values.js';
import { arrayOfArguments } from './literals.js';

/** Calls that may be open at once in one function's activations, and calls in all: beyond, something does not end. */
const deepest = 60;
const most = 20_000;

export function inline(fn: FunctionVal, args: readonly Val[], at: ts.Node, cx: Lower): Val {
  const { node } = fn;
  refuseKind(fn, at, cx);
  const body = 'body' in node ? node.body : undefined;
  if (body === undefined) return cx.refuse(at, 'no-source', fn.name);
  if (isCalled(fn, args, cx))
    return callHelper(fn, args, at, cx, (f, given) => activate(f, body, given, undefined, at, cx));
  findRecursion(fn, args, at, cx);
  const start = cx.b.stmts.length;
  const found = activate(fn, body, args, cx.frame, at, cx);
  noteInlined(fn, args, start, cx);
  return found;
}

/** Lowers the body of a function, for these arguments, where `cx` stands. */
function activate(
  fn: FunctionVal,
  body: ts.Block | ts.Expression,
  args: readonly Val[],
  outerFrame: Frame | undefined,
  at: ts.Node,
  cx: Lower,
): Val {
  const { node } = fn;
  const scope = new Scope(fn.scope);
  const resolved = resolvedTypes(node, at, cx);
  if (fn.self !== undefined) scope.bind('this', fn.self);
  // A function expression can call itself by its name.
  if (ts.isFunctionExpression(node) && node.name !== undefined) scope.bind(node.name.text, fn);
  const outer = { frame: cx.frame, scope: cx.scope, origin: cx.b.origin };
  const expected = resultHint(fn, scope, cx);
  const frame = newFrame(node, cx.b, expected, outerFrame, args, fn.scope);
  cx.frame = frame;
  cx.scope = scope;
  try {
    bindParameters(fn, args, cx);
    for (const [parameter, type] of resolved) bindTypeOnce(parameter, type, cx);
    fn.prepare?.();
    if (!ts.isBlock(body)) return cx.session.handlers.expression(body, cx, expected);
    for (const name of cx.session.program.names.hoisted(body).values()) declareHoisted(name, cx);
    lowerList(entries(body.statements, scope), cx);
    return resultOf(cx.session.program.flow.ofList(body.statements).completes, cx);
  } finally {
    cx.frame = outer.frame;
    cx.scope = outer.scope;
    cx.b.origin = outer.origin;
  }
}

/** What the current activation returns, once its statements have been lowered. */
export function resultOf(completes: boolean, cx: Lower): Val {
  const { frame } = cx;
  if (frame.broken) return broken;
  if (frame.direct !== undefined) return frame.direct;
  const cell = frame.result;
  if (cell === undefined) return nothing;
  if (frame.returnsNothing || (completes && mayEnd(frame.node, cx))) {
    // Where the end is reached without a value, the result is undefined.
    cell.type = merge(cell.type, voidType) ?? cell.type;
    frame.entry.stmts[frame.start] = { kind: 'cell', cell, init: absent, origin: frame.entry.origin };
  }
  const { type } = cell;
  if (type.kind === 'array') frame.returned.forEach((atom) => cx.settleElement(atom, type.elem));
  const target = value(cell.type);
  cx.b.push({ kind: 'read', target, cell, origin: cx.b.origin });
  cx.doubtful.add(target);
  return target;
}

/** A switch over all cases has no other: TypeScript knows whether the end can be reached. */
function mayEnd(node: ts.Node, cx: Lower): boolean {
  const signature = ts.isFunctionLike(node) ? cx.checker.getSignatureFromDeclaration(node) : undefined;
  const type = signature && cx.checker.getReturnTypeOfSignature(signature);
  if (type === undefined) return true;
  const parts = type.isUnion() ? type.types : [type];
  return parts.some(({ flags }) => flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Any));
}

/** One of several classes, where the result may be of any of them. */
function asDeclared(atom: Atom, node: ts.Node, cx: Lower): Atom {
  if (atom.kind !== 'value' || !cx.classes.has(atom) || !ts.isFunctionLike(cx.frame.node)) return atom;
  const signature = cx.checker.getSignatureFromDeclaration(cx.frame.node);
  const type = signature && cx.tryType(cx.checker.getReturnTypeOfSignature(signature));
  const wanted = type?.kind === 'optional' ? type.of : type;
  return wanted !== undefined && isFamily(wanted) ? cx.coerce(atom, wanted, node) : atom;
}

/** `return e`: the result itself if nothing depends on whether it is reached, else written to a cell. */
export function lowerReturn(node: ts.ReturnStatement, cx: Lower): void {
  const { frame } = cx;
  const val = node.expression === undefined ? nothing : cx.val(node.expression, frame.expected);
  if (cx.b === frame.entry) {
    frame.direct = val;
    return;
  }
  if (val.kind === 'nothing') {
    frame.returnsNothing = true;
  } else if (node.expression && cx.checker.getTypeAtLocation(node.expression).flags & ts.TypeFlags.Never) {
    // `const exhaustive: never = shape; return exhaustive;`: what is there is of no type.
    const { origin } = cx.b;
    cx.b.push({ kind: 'throw', error: 'Error', message: [constant('this should not be reached')], origin });
  } else {
    const atom = asDeclared(cx.toAtom(val, node), node, cx);
    cx.at(node);
    if (frame.result === undefined) {
      // Declared where the function starts, although its type is known only now: nothing has read it yet.
      const cell = { name: 'result', type: typeOf(atom) };
      frame.result = cell;
      frame.entry.stmts.splice(frame.start, 0, { kind: 'cell', cell, init: undefined, origin: frame.entry.origin });
    } else {
      frame.result.type = cx.mergeTypes(frame.result.type, typeOf(atom), node);
    }
    cx.writeCell(frame.result, atom);
    frame.returned.push(atom);
  }
  leave(cx.session.program.flow.return, cx);
}

function refuseKind({ node, name }: FunctionVal, at: ts.Node, cx: Lower): void {
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword)) {
    cx.refuse(node.name ?? node.getFirstToken() ?? at, 'async', name);
  }
  if ('asteriskToken' in node && node.asteriskToken !== undefined) {
    cx.refuse(node.name ?? node.asteriskToken, 'generator', name);
  }
}

/**
 * A function may be open more than once: a callback may call the function it was given to, and a recursion may end at
 * compile time, `power(x, 3)`. Whether another recursion ends depends on run-time values: it cannot be inlined.
 */
function findRecursion(fn: FunctionVal, args: readonly Val[], at: ts.Node, cx: Lower): void {
  cx.calls += 1;
  if (cx.calls > most) cx.refuse(at, 'too-large', fn.name);
  let depth = 0;
  for (let frame: typeof cx.frame | undefined = cx.frame; frame !== undefined; frame = frame.outer) {
    if (frame.node !== fn.node) continue;
    depth += 1;
    if (depth > deepest) throw new NotInlined(fn.node, 'recursive');
    // A closure of another call has other variables.
    if (frame.of?.isSame(fn.scope) !== true) continue;
    const before = frame.args;
    const otherFunction = args.some((arg, k) => {
      const given = before[k];
      return arg.kind === 'function' && !(given?.kind === 'function' && given.node === arg.node);
    });
    if (otherFunction) continue;
    const otherConstant = args.some((arg, k) => {
      const given = before[k];
      return arg.kind === 'const' && given?.kind === 'const' && !Object.is(arg.value, given.value);
    });
    // Nothing that is only known at run time stands between the two calls.
    if (!otherConstant || cx.b !== frame.entry) throw new NotInlined(fn.node, 'recursive');
  }
}

/** The declared type of the result, where it is written: literals that are returned take it. */
function resultHint({ node }: FunctionVal, scope: Scope, cx: Lower): Type | undefined {
  if (node.type === undefined) return undefined;
  return cx.inScope(scope, () => cx.annotated(node.type as ts.TypeNode)); // asked above
}

function bindParameters(fn: FunctionVal, args: readonly Val[], cx: Lower): void {
  const parameters = fn.node.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  for (const [k, parameter] of parameters.entries()) {
    if (parameter.dotDotDotToken !== undefined) {
      bindTarget(parameter.name, restArgument(args.slice(k), parameter, cx), parameter, cx);
      return;
    }
    const arg = args[k] ?? constant(undefined);
    if (arg.kind === 'broken') {
      breakNames(parameter.name, cx);
      continue;
    }
    bindTypes(parameter, arg, cx);
    bindTarget(parameter.name, withDefault(arg, parameter.initializer, cx), parameter, cx);
  }
}

/** Arguments from here on, as an array of its own. */
function restArgument(args: readonly Val[], parameter: ts.ParameterDeclaration, cx: Lower): Val {
  const [only] = args;
  if (args.length === 1 && only?.kind === 'spread' && only.own) return only.array;
  if (args.some(({ kind }) => kind === 'spread') && args.every((arg) => arg.kind === 'spread' || isAtom(arg))) {
    cx.at(parameter);
    return arrayOfArguments(args, parameter.type && cx.annotated(parameter.type), parameter, cx);
  }
  if (args.some((arg) => !isAtom(arg))) return { kind: 'list', items: args };
  const atoms = args.filter(isAtom);
  const declared = parameter.type && cx.annotated(parameter.type);
  const [first] = atoms;
  // `(...rest: A)`: as many as there are.
  const counted = declared === undefined && parameter.type !== undefined && atoms.length > 0;
  const tuple = counted ? tupleOf(atoms.map(typeOf)) : undefined;
  if (tuple?.kind === 'record') return cx.b.make(tuple, atoms);
  const type = declared?.kind === 'array' ? declared : (tuple ?? arrayOf(first === undefined ? num : typeOf(first)));
  cx.at(parameter);
  return cx.b.make(
    type,
    atoms.map((atom) => cx.coerce(atom, type.elem, parameter)),
  );
}

/** Type parameters of a generic function are what the arguments say they are. */
function bindTypes(parameter: ts.ParameterDeclaration, arg: Val, cx: Lower): void {
  const { node } = cx.frame;
  if (parameter.type === undefined || !isAtom(arg)) return;
  if (!ts.isFunctionLike(node) || !isGeneric(node)) return;
  unify(cx.checker.getTypeFromTypeNode(parameter.type), typeOf(arg), cx);
}

const isGeneric = (node: ts.SignatureDeclaration): boolean => {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if ('typeParameters' in at && at.typeParameters !== undefined) return true;
  }
  return false;
};

function bindTypeOnce(parameter: ts.Type, type: Type, cx: Lower): void {
  if (cx.scope.findType(parameter) === undefined) cx.scope.bindType(parameter, type);
}

/** What TypeScript takes the type parameters of a generic function for where it is called: also of what callbacks return. */
function resolvedTypes(node: FunctionNode, at: ts.Node, cx: Lower): ReadonlyMap<ts.Type, Type> {
  const found = new Map<ts.Type, Type>();
  if (!ts.isCallExpression(at) || !isGeneric(node)) return found;
  const signature = cx.checker.getResolvedSignature(at);
  if (signature?.declaration !== node) return found;
  const pair = (declared: ts.Type, given: ts.Type, depth: number): void => {
    if (declared.flags & ts.TypeFlags.TypeParameter) {
      const type = given === declared ? undefined : cx.tryType(given);
      if (type !== undefined && !found.has(declared)) found.set(declared, type);
      return;
    }
    const [from, to] = [declared, given].map((type) => type.getCallSignatures()[0]);
    if (from && to && depth < 3) pair(from.getReturnType(), to.getReturnType(), depth + 1);
  };
  for (const [k, parameter] of node.parameters.entries()) {
    const given = signature.parameters[k];
    if (parameter.type === undefined || given === undefined) continue;
    pair(cx.checker.getTypeFromTypeNode(parameter.type), cx.checker.getTypeOfSymbolAtLocation(given, at), 0);
  }
  return found;
}

function unify(declared: ts.Type, found: Type, cx: Lower): void {
  if (declared.flags & ts.TypeFlags.TypeParameter) {
    bindTypeOnce(declared, found, cx);
    return;
  }
  if (found.kind === 'optional') return unify(cx.checker.getNonNullableType(declared), found.of, cx);
  if (found.kind === 'array') {
    const elem = cx.checker.getIndexTypeOfType(declared, ts.IndexKind.Number);
    if (elem !== undefined) unify(elem, found.elem, cx);
  } else if (found.kind === 'record') {
    for (const f of found.fields) {
      const property = cx.checker.getPropertyOfType(declared, f.name);
      if (property !== undefined) unify(cx.checker.getTypeOfSymbol(property), f.type, cx);
    }
  }
}
