/**
 * Operators of adgen's own templates: `vjp(h)(x, theta, cotangent)`, with cotangents by the names of parameters. The
 * function is lowered on its own and the call becomes a `derive` statement; its results are put together as the emitted
 * functions give them.
 */

import type { ts } from 'ts-morph';
import { absent, typeOf, value } from '../ir/build.js';
import { isReference, linear, linearType, makeRecord, recordOf, tangentType } from '../ir/structure.js';
import type { Atom, Fn, LinearOp, Mode, Param, Value } from '../ir/types.js';
import type { Lower } from './context.js';
import { property } from './access.js';
import { type BuiltinVal, isAtom, type OperatorVal, type Val } from './values.js';

const operators: ReadonlyMap<string, { readonly mode: Mode; readonly into: boolean }> = new Map([
  ['adgen/structure.call', { mode: 'forward', into: false }],
  ['adgen/structure.vjp', { mode: 'vjp', into: false }],
  ['adgen/structure.jvp', { mode: 'jvp', into: false }],
  ['adgen/structure.vjpInto', { mode: 'vjp', into: true }],
]);

/** Helpers that work on values of any shape; for adgen's own templates. */
const structural: ReadonlyMap<string, { readonly count: number; readonly op: LinearOp }> = new Map([
  ['adgen/structure.zerosLike', { count: 1, op: 'zeros' }],
  ['adgen/structure.inner', { count: 2, op: 'inner' }],
  ['adgen/structure.sum', { count: 2, op: 'sum' }],
  ['adgen/structure.copyOf', { count: 1, op: 'copy' }],
]);

/** `vjp(h)`, or a structural helper applied; undefined if the callee is neither. */
export function operatorOf(callee: BuiltinVal, args: readonly Val[], node: ts.Node, cx: Lower): Val | undefined {
  const operator = operators.get(callee.name);
  if (operator !== undefined) {
    const [target, wrt] = args;
    if (target === undefined) return misuse(callee.name, 'takes a function', node, cx);
    const only = wrt?.kind === 'const' ? { wrt: String(wrt.value) } : {};
    return { kind: 'operator', ...operator, target, ...only };
  }
  const helper = structural.get(callee.name);
  if (helper !== undefined) {
    if (args.length !== helper.count) return misuse(callee.name, `takes ${helper.count} arguments`, node, cx);
    const atoms = args.map((arg) => cx.toAtom(arg, node));
    cx.at(node);
    return structureOf(cx, helper.op, atoms);
  }
  if (/^\S+ \S+$/.test(callee.name)) return cx.refuse(node, 'no-source', callee.name.split(' ')[1] ?? callee.name);
  return undefined;
}

/** A `linear` statement; of numbers, plain arithmetic. */
function structureOf(cx: Lower, op: LinearOp, args: readonly Atom[]): Atom {
  if (!args.some((arg) => isReference(typeOf(arg)))) return linear(cx.b, op, args);
  const target = value(linearType(op, args));
  cx.b.push({ kind: 'linear', target, op, args, origin: cx.b.origin });
  return target;
}

const misuse = (name: string, how: string, node: ts.Node, cx: Lower): never =>
  cx.refuse(node, 'operator-use', name.slice(name.indexOf('.') + 1), how);

export function callOperator(operator: OperatorVal, args: readonly Val[], node: ts.Node, cx: Lower): Val {
  const { mode, into, target } = operator;
  if (target.kind !== 'function')
    return misuse(`.${mode}`, 'is applied to something that is no function of this program', node, cx);
  const count = target.node.parameters.length;
  const seeds = mode === 'jvp' ? args.length - count : mode === 'vjp' ? 1 : 0;
  const extra = into ? 1 : 0;
  if (seeds < 0 || (mode !== 'jvp' && args.length !== count + seeds + extra)) {
    return misuse(`.${mode}`, `is called with ${args.length} arguments, not ${count + seeds + extra}`, node, cx);
  }
  const atoms = args.slice(0, count + seeds).map((arg) => cx.toAtom(arg, node));
  const callee = cx.session.closed(target, atoms.slice(0, count).map(typeOf), node);
  const wrt = callee.params.map(
    (param) => param.active && (operator.wrt === undefined || operator.wrt === param.value.name),
  );
  const active = callee.params.filter((_, k) => wrt[k]);
  if (mode === 'jvp' && seeds !== active.length) {
    return misuse('.jvp', `is called with ${seeds} tangents, not ${active.length}`, node, cx);
  }
  const accumulators = into ? intoOf(args[count + seeds], active, node, cx) : undefined;
  const results = resultsOf(mode, callee, active);
  cx.at(node);
  const stmt = { kind: 'derive', mode, callee, wrt, args: atoms, results, origin: cx.b.origin } as const;
  cx.b.push(accumulators === undefined ? stmt : { ...stmt, into: accumulators });
  return packed(mode, active, results, cx);
}

/** The value and, of parameters or of the result, cotangents or a tangent. */
export function resultsOf(mode: Mode, callee: Fn, active: readonly Param[]): readonly Value[] {
  if (mode === 'forward') return [value(callee.result)];
  const first = value(callee.result, 'value');
  if (mode === 'jvp') return [first, value(tangentType(callee.result) ?? callee.result, 'tangent')];
  const parts = active.map(({ value: v }) =>
    value(tangentType(v.type) ?? v.type, v.name === undefined ? undefined : `${v.name}Bar`),
  );
  return [first, ...parts];
}

/** `{ phi: accumulator }`: the objects that cotangents are added into, by parameter. */
function intoOf(
  given: Val | undefined,
  active: readonly Param[],
  node: ts.Node,
  cx: Lower,
): readonly (Atom | undefined)[] {
  const type = given !== undefined && isAtom(given) ? typeOf(given) : undefined;
  if (given === undefined || type?.kind !== 'record')
    return misuse('.vjpInto', 'takes accumulators, as `{ phi: sum }`, last', node, cx);
  const made = cx.b.stmts.find((stmt) => stmt.kind === 'make' && stmt.target === given);
  return active.map(({ value: v }) => {
    const k = type.fields.findIndex((f) => f.name === v.name);
    if (k < 0) return undefined;
    // The object itself, rather than what a record made just for this call holds.
    return (
      (made?.kind === 'make' ? made.parts[k] : undefined) ?? cx.toAtom(property(given, v.name ?? '', node, cx), node)
    );
  });
}

/** `{ value, tangent }` or `{ value, cotangents: { … } }`. */
function packed(mode: Mode, active: readonly Param[], results: readonly Value[], cx: Lower): Val {
  const [first = absent, ...rest] = results;
  if (mode === 'forward') return first;
  const [tangent = absent] = rest;
  if (mode === 'jvp') return makeRecord(cx.b, { value: first, tangent });
  const parts = active.map(({ value: v }, k) => ({ name: v.name ?? `arg${k}`, atom: rest[k] ?? absent }));
  const record = cx.b.make(
    recordOf(parts.map(({ name, atom }) => ({ name, type: typeOf(atom) }))),
    parts.map(({ atom }) => atom),
  );
  return makeRecord(cx.b, { value: first, cotangents: record });
}
