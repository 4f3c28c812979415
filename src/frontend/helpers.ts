/**
 * Functions that are not inlined: recursive ones, which cannot be, and large ones with many calls, which would make code
 * grow. They become helpers: functions of the IR that are called by name.
 *
 * That a function is one of these is found while it is being inlined; lowering then starts anew, knowing it. A helper is
 * made for every combination of a declaration, the scope it was created in and the arguments that exist at compile time
 * only (functions, say); all other arguments are parameters. What its body uses of the variables around it is made
 * explicit afterwards, by `captures.ts`.
 */

import { ts } from 'ts-morph';
import { freeName, typeOf, value, voidType } from '../ir/build.js';
import { assignable } from '../ir/check.js';
import type { Atom, Fn, Param, Stmt, Type, Value } from '../ir/types.js';
import { blocks } from '../ir/visit.js';
import { noteHelperCall } from './collections.js';
import type { Lower } from './context.js';
import { type FunctionVal, isAtom, nothing, type Scope, type Val } from './values.js';

export type Reason = 'recursive' | 'large';

/** Thrown where a function that was being inlined turns out to be one that is to be called. */
export class NotInlined extends Error {
  constructor(
    readonly node: ts.Node,
    readonly reason: Reason,
  ) {
    super(`a ${reason} function`);
  }
}

/** From this many calls on, and this many statements made of them, a function is called instead. */
const manyCalls = 16;
const manyStatements = 800;

/** How often a function has been inlined, and into how many statements. */
export interface Inlined {
  calls: number;
  statements: number;
}

/** Notes that a function has been inlined into the statements from `start` on. */
export function noteInlined(fn: FunctionVal, args: readonly Val[], start: number, cx: Lower): void {
  const { inlined, called, program } = cx.session;
  // One that is known to be large is inlined where it cannot be called.
  if (called.has(fn.node) || program.isVirtual(fn.node.getSourceFile().fileName)) return;
  const known = inlined.get(fn.node) ?? { calls: 0, statements: 0 };
  inlined.set(fn.node, known);
  known.calls += 1;
  for (const stmt of cx.b.stmts.slice(start)) known.statements += sizeOf(stmt);
  if (known.calls < manyCalls || known.statements < manyStatements) return;
  if (isPlain(fn, args) && resultType(fn, cx) !== undefined) throw new NotInlined(fn.node, 'large');
}

function sizeOf(stmt: Stmt): number {
  let size = 1;
  for (const block of blocks(stmt)) for (const inner of block.stmts) size += sizeOf(inner);
  return size;
}

/** Whether everything that is passed is passed at run time, or a function. */
const isPlain = (fn: FunctionVal, args: readonly Val[]): boolean =>
  (fn.self === undefined || isAtom(fn.self)) &&
  fn.prepare === undefined &&
  args.every((arg) => dynamic(arg) !== undefined || arg.kind === 'function');

/** Whether a large function is called here: there is a helper for it, or one may be made. */
export function isCalled(fn: FunctionVal, args: readonly Val[], cx: Lower): boolean {
  const reason = cx.session.called.get(fn.node);
  if (reason !== 'large') return reason !== undefined;
  if (!isPlain(fn, args) || resultType(fn, cx) === undefined) return false;
  const versions = cx.session.helpers.filter(({ of }) => of.node === fn.node).length;
  return versions < fewVersions || find(fn, args, cx) !== undefined;
}

/** Helpers of one declaration that differ in arguments known at compile time: beyond, every call makes another. */
const mostVersions = 24;
/** Of a large function that could as well be inlined. */
const fewVersions = 4;

export interface Helper {
  readonly of: FunctionVal;
  /** The arguments; those that are atoms stand for parameters. */
  readonly args: readonly Val[];
  readonly params: readonly Param[];
  readonly result: Type;
  readonly name: string;
  /** Set once its body has been lowered. */
  fn: Fn | undefined;
}

/** How the body of a helper is lowered: with these arguments, into `cx.b`; gives what it returns. */
type Activate = (fn: FunctionVal, args: readonly Val[], cx: Lower) => Val;

export function callHelper(fn: FunctionVal, args: readonly Val[], at: ts.Node, cx: Lower, activate: Activate): Val {
  const self = fn.self !== undefined && isAtom(fn.self) ? fn.self : undefined;
  const helper = find(fn, args, cx) ?? make(fn, args, at, cx, activate);
  const given = [...(self === undefined ? [] : [self]), ...args.flatMap((arg) => dynamic(arg) ?? [])];
  const atoms = helper.params.map(({ value: param }, k) => cx.coerce(given[k] ?? param, param.type, at));
  cx.at(at);
  noteHelperCall(at, cx);
  const isVoid = helper.result.kind === 'void';
  const target = value(helper.result);
  cx.doubtful.add(target);
  cx.b.push({
    kind: 'call',
    callee: helper.name,
    args: atoms,
    target: isVoid ? undefined : target,
    effects: true, // until `captures.ts` knows better
    origin: cx.b.origin,
  });
  return isVoid ? nothing : target;
}

/** What is passed at run time. */
function dynamic(arg: Val): Atom | undefined {
  if (arg.kind === 'spread') return arg.array;
  return isAtom(arg) ? arg : undefined;
}

function find(fn: FunctionVal, args: readonly Val[], cx: Lower): Helper | undefined {
  return cx.session.helpers.find(
    (helper) =>
      helper.of.node === fn.node &&
      helper.of.scope.isSame(fn.scope) &&
      sameStatic(helper.of.self, fn.self) &&
      helper.args.length === args.length &&
      helper.args.every((arg, k) => sameStatic(arg, args[k]) && fits(args[k], arg)),
  );
}

/** Whether what is passed can stand for the parameter. */
function fits(arg: Val | undefined, parameter: Val): boolean {
  const [from, to] = [arg && dynamic(arg), dynamic(parameter)].map((atom) => atom && typeOf(atom));
  if (from === undefined || to === undefined || assignable(from, to)) return true;
  return from.kind === 'array' && to.kind === 'array' && from.elem.kind === 'void'; // `[]`
}

function sameStatic(a: Val | undefined, b: Val | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (dynamic(a) !== undefined || dynamic(b) !== undefined)
    return a.kind === 'spread' ? b.kind === 'spread' : isAtom(b);
  if (a.kind === 'function' && b.kind === 'function')
    return a.node === b.node && a.scope.isSame(b.scope) && sameStatic(a.self, b.self);
  if (a.kind === 'builtin' && b.kind === 'builtin') return a.name === b.name;
  if (a.kind === 'list' && b.kind === 'list')
    return a.items.length === b.items.length && a.items.every((item, k) => item === b.items[k]);
  return a === b;
}

function make(fn: FunctionVal, args: readonly Val[], at: ts.Node, cx: Lower, activate: Activate): Helper {
  const { helpers } = cx.session;
  if (helpers.filter(({ of }) => of.node === fn.node).length >= mostVersions) cx.refuse(at, 'recursion', fn.name);
  const params: Param[] = [];
  const introduce = (name: string, atom: Atom, type: Type): Value => {
    const param = value(type, name);
    params.push({ value: param, active: true });
    if (cx.isGrowing(atom)) cx.growing.add(param);
    // Another call may pass what is not there.
    cx.doubtful.add(param);
    return param;
  };
  const self = fn.self !== undefined && isAtom(fn.self) ? introduce('self', fn.self, typeOf(fn.self)) : fn.self;
  const parameters = fn.node.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  const bound = args.map((arg, k): Val => {
    const atom = dynamic(arg);
    if (atom === undefined) return arg;
    const parameter = parameters[Math.min(k, parameters.length - 1)];
    const name = parameter !== undefined && ts.isIdentifier(parameter.name) ? parameter.name.text : `arg${k}`;
    if (arg.kind === 'spread') return { kind: 'spread', array: introduce(name, atom, typeOf(atom)) };
    return introduce(name, atom, parameterType(parameter, atom, fn.scope, cx));
  });
  const helper: Helper = {
    of: self === undefined ? fn : { ...fn, self },
    args: bound,
    params,
    result: resultType(fn, cx) ?? cx.refuse(at, 'recursion', fn.name),
    name: helperName(fn.name, helpers),
    fn: undefined,
  };
  helpers.push(helper);
  helper.fn = lower(helper, at, cx, activate);
  return helper;
}

/** The declared type, so that a call with a constant or a narrower type is no other helper. */
function parameterType(parameter: ts.ParameterDeclaration | undefined, atom: Atom, scope: Scope, cx: Lower): Type {
  const found = typeOf(atom);
  if (parameter === undefined || parameter.dotDotDotToken !== undefined) return found;
  const declared = cx.inScope(scope, () => cx.tryType(cx.checker.getTypeAtLocation(parameter)));
  const type = declared ?? found;
  const optional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
  if (optional && found.kind !== type.kind) return type.kind === 'optional' ? type : { kind: 'optional', of: type };
  return type;
}

function resultType(fn: FunctionVal, cx: Lower): Type | undefined {
  const signature = cx.checker.getSignatureFromDeclaration(fn.node);
  const declared = signature && cx.checker.getReturnTypeOfSignature(signature);
  if (declared === undefined) return undefined;
  if (declared.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) return voidType;
  return cx.inScope(fn.scope, () => cx.tryType(declared));
}

function helperName(name: string, helpers: readonly Helper[]): string {
  const taken = new Set(helpers.map((helper) => helper.name));
  const base = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : 'recurse';
  return freeName(base, (other) => taken.has(other));
}

function lower({ of, args, params, result, name }: Helper, at: ts.Node, cx: Lower, activate: Activate): Fn {
  const origin = cx.originOf(of.node.name ?? of.node);
  const { stmts, result: yields } = cx.inBlock((): readonly Atom[] => {
    cx.b.origin = origin;
    const found = activate(of, args, cx);
    if (result.kind === 'void') return [];
    return [cx.coerce(cx.toAtom(found, at), result, at)];
  });
  return { name, params, result, body: { stmts, yields }, origin, called: true };
}
