/**
 * The operators that models use: `grad(f)(x)`, `hvp(f)(x, v)`. What is called on the function is lowered as a function of
 * its arguments and of all that it captures; the call becomes a `derive` statement, so that operators nest to any depth
 * and what an outer one varies is seen through an inner one.
 */

import { ts } from 'ts-morph';
import { absent, arrayOf, constant, field, isConst, num, one, typeOf, unvaried, value, zero } from '../ir/build.js';
import { copyAs, held, isNumber, makeRecord, tangentType } from '../ir/structure.js';
import type { ArrayType, Atom, Fn, Mode, Param } from '../ir/types.js';
import { capture } from '../ir/capture.js';
import { generated } from './constructors.js';
import { functionIn } from './closures.js';
import type { Lower } from './context.js';
import { resultsOf } from './derive.js';
import { tupleOf } from './types.js';
import { type DerivativeVal, isAtom, type OperatorName, type Val } from './values.js';

const names: ReadonlySet<string> = new Set<OperatorName>([
  'grad',
  'valueAndGrad',
  'vjp',
  'jvp',
  'hvp',
  'jacobian',
  'hessian',
]);

/** What operators are applied to. */
const operands: ReadonlySet<Val['kind']> = new Set<Val['kind']>([
  'function',
  'builtin',
  'method',
  'choice',
  'derivative',
]);

const isOperator = (name: string): name is OperatorName => names.has(name);

/** `grad(f)`, `grad(f, 1)`, `grad(f, [0, 1])`, `stopGradient(x)`; undefined if the callee is none of adgen's. */
export function derivativeOf(callee: string, args: readonly Val[], node: ts.Node, cx: Lower): Val | undefined {
  if (!callee.startsWith('adgen.')) return undefined;
  const name = callee.slice('adgen.'.length);
  const [given] = args;
  if (given === undefined) return cx.refuse(node, 'operator-use', name, 'takes an argument');
  const target = (given.kind === 'value' && name !== 'stopGradient' && functionIn(given, cx)) || given;
  if (name === 'stopGradient') {
    cx.at(node);
    return held(cx.b, cx.toAtom(target, node));
  }
  if (!isOperator(name)) return cx.refuse(node, 'operator-use', name, 'is not an operator that is read');
  if (!operands.has(target.kind))
    return cx.refuse(node, 'operator-use', name, 'is applied to something that is no function of this program');
  const selected = args.length > 1 && ts.isCallExpression(node) ? selection(node.arguments[1]) : undefined;
  if (args.length > 2 || (args.length > 1 && selected === undefined))
    return cx.refuse(node, 'operator-use', name, 'takes a function, and indices of parameters written out');
  return { kind: 'derivative', name, target, wrt: selected ?? 0 };
}

function selection(node: ts.Expression | undefined): number | readonly number[] | undefined {
  if (node === undefined) return undefined;
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return selection(node.expression);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (!ts.isArrayLiteralExpression(node)) return undefined;
  const all = new Set(node.elements.filter(ts.isNumericLiteral).map(({ text }) => Number(text)));
  return all.size < node.elements.length ? undefined : [...all];
}

export function callDerivative(operator: DerivativeVal, args: readonly Val[], node: ts.Node, cx: Lower): Val {
  return new Application(operator, args, node, cx).result();
}

/** A derived function applied: the value, and what follows it in a `derive` statement. */
interface Derived {
  readonly value: Atom;
  readonly rest: readonly Atom[];
}

/** One operator, applied to the arguments of one call. */
class Application {
  private readonly args: readonly Val[];

  constructor(
    private readonly operator: DerivativeVal,
    args: readonly Val[],
    private readonly node: ts.Node,
    private readonly cx: Lower,
  ) {
    this.args = args.map((arg, k) => this.asDeclared(arg, k));
  }

  result(): Val {
    const { name, wrt } = this.operator;
    const { cx } = this;
    switch (name) {
      case 'grad':
      case 'valueAndGrad': {
        const found = this.gradient(this.args);
        return name === 'grad' ? found.gradient : makeRecord(cx.b, found);
      }
      case 'vjp':
        return this.pullback();
      case 'jvp':
        return this.pushforward();
      case 'hvp': {
        const count = this.args.length - this.selected.length;
        const seeds = this.args.slice(count).map((seed) => cx.toAtom(seed, this.node));
        const [tangent = absent] = this.alongGradient(this.args.slice(0, count), seeds).rest;
        return tangent;
      }
      case 'jacobian': {
        const found = this.selected.map((k) => this.jacobian(k));
        return typeof wrt === 'number' ? (found[0] ?? absent) : this.tuple(found);
      }
      case 'hessian': {
        if (typeof wrt !== 'number') return this.refuse('takes the index of one parameter');
        return this.each(this.dimension(this.atom(wrt)), (i) => {
          const seed = this.unit(this.atom(wrt), i);
          const [tangent = absent] = this.alongGradient(this.args, [seed]).rest;
          return this.listed(tangent);
        });
      }
    }
  }

  private refuse(how: string): never {
    return this.cx.refuse(this.node, 'operator-use', this.operator.name, how);
  }

  /** Arguments have the types that the function declares: a literal `[1, 2]` may stand for an array of any length. */
  private asDeclared(arg: Val, k: number): Val {
    const { node, cx } = this;
    const expression = ts.isCallExpression(node) ? node.arguments[k] : undefined;
    if (!isAtom(arg) || expression === undefined || ts.isSpreadElement(expression)) return arg;
    const declared = cx.checker.getContextualType(expression);
    const type = declared && cx.tryType(declared);
    return type === undefined || type.kind === 'optional' ? arg : cx.coerce(arg, type, expression);
  }

  private get selected(): readonly number[] {
    const { wrt } = this.operator;
    return typeof wrt === 'number' ? [wrt] : wrt;
  }

  private atom(k: number): Atom {
    const arg = this.args[k];
    return arg === undefined
      ? this.refuse(`is asked for parameter ${k}, which is not passed`)
      : this.cx.toAtom(arg, this.node);
  }

  private tuple(parts: readonly Atom[]): Atom {
    return this.cx.b.make(tupleOf(parts.map(typeOf)), parts);
  }

  // ---------------------------------------------------------------- operators

  private gradient(args: readonly Val[]): { value: Atom; gradient: Atom } {
    const { value: primal, rest } = this.derive('grad', this.operator.target, args, this.selected, []);
    const [first = absent] = rest;
    return { value: primal, gradient: typeof this.operator.wrt === 'number' ? first : this.tuple(rest) };
  }

  /** The derivative of the gradient along `seeds`: its tangent is the Hessian times them. */
  private alongGradient(args: readonly Val[], seeds: readonly Atom[]): Derived {
    const { target, wrt } = this.operator;
    const gradient: DerivativeVal = { kind: 'derivative', name: 'grad', target, wrt };
    return this.derive('jvp', gradient, args, this.selected, seeds);
  }

  private pullback(): Val {
    const args = this.args.slice(0, -1);
    const last = this.args.at(-1);
    if (last === undefined) return this.refuse('is called without a cotangent');
    const wrt = this.differentiable(args);
    const { value: primal, rest } = this.derive('vjp', this.operator.target, args, wrt, [
      this.cx.toAtom(last, this.node),
    ]);
    const cotangents = this.tuple(args.map((_, k) => rest[wrt.indexOf(k)] ?? absent));
    return makeRecord(this.cx.b, { value: primal, cotangents });
  }

  private pushforward(): Val {
    let count = this.args.length;
    while (count > 0 && count + this.differentiable(this.args.slice(0, count)).length > this.args.length) count -= 1;
    const args = this.args.slice(0, count);
    const wrt = this.differentiable(args);
    if (count + wrt.length !== this.args.length) return this.refuse(`is called with ${this.args.length} arguments`);
    const seeds = this.args.slice(count).map((seed) => this.cx.toAtom(seed, this.node));
    const { value: primal, rest } = this.derive('jvp', this.operator.target, args, wrt, seeds);
    return makeRecord(this.cx.b, { value: primal, tangent: rest[0] ?? absent });
  }

  private differentiable(args: readonly Val[]): readonly number[] {
    return args.flatMap((arg, k) => (isAtom(arg) && tangentType(typeOf(arg)) !== undefined ? [k] : []));
  }

  // ---------------------------------------------------------------- Jacobians

  /** By rows, or by columns if they are fewer; where that is only known at run time, it is asked then. */
  private jacobian(k: number): Atom {
    const { cx, node } = this;
    // As an operator, too: one that writes into its argument would change that of the call.
    const y = this.derive('forward', this.operator.target, this.args, [], []).value;
    const [columns, rows] = [this.dimension(this.atom(k)), this.dimension(y)];
    const byRows = () => this.byRows(k, rows, y);
    const byColumns = () => this.byColumns(k, columns, rows);
    if (columns.isNumber) return byColumns();
    if (rows.isNumber) return byRows();
    if (isConst(columns.length) && isConst(rows.length))
      return Number(rows.length.value) <= Number(columns.length.value) ? byRows() : byColumns();
    return cx.toAtom(cx.choose(cx.op('le', rows.length, columns.length), byRows, byColumns, node), node);
  }

  private byRows(k: number, rows: Dimension, y: Atom): Atom {
    return this.each(rows, (i) => {
      const [cotangent = absent] = this.derive('vjp', this.operator.target, this.args, [k], [this.unit(y, i)]).rest;
      return this.listed(cotangent);
    });
  }

  private byColumns(k: number, columns: Dimension, rows: Dimension): Atom {
    const along = this.each(columns, (j) => {
      const seed = this.unit(this.atom(k), j);
      const [tangent = absent] = this.derive('jvp', this.operator.target, this.args, [k], [seed]).rest;
      return this.listed(tangent);
    });
    if (columns.isNumber || rows.isNumber) return along;
    const { cx } = this;
    return this.each(rows, (i) => this.each(columns, (j) => cx.elementInside(cx.elementInside(along, j), i)));
  }

  private dimension(x: Atom): Dimension {
    const type = typeOf(x);
    if (type.kind === 'num') return { isNumber: true, length: one };
    if (type.kind === 'array' && isNumber(type.elem))
      return { isNumber: false, length: type.fixed === undefined ? this.cx.b.length(x) : constant(type.fixed) };
    if (type.kind === 'record' && type.tuple === true && type.fields.every((f) => isNumber(f.type)))
      return { isNumber: false, length: constant(type.fields.length) };
    return this.refuse('takes functions of numbers, and of arrays or tuples of numbers');
  }

  /** A list of what `row` gives for every index; of a number, that itself. */
  private each({ isNumber: single, length }: Dimension, row: (i: Atom) => Atom): Atom {
    const { cx, node } = this;
    if (single) return row(zero);
    if (!isConst(length)) return generated(length, 'list', node, cx, row);
    const parts = Array.from({ length: Number(length.value) }, (_, i) => row(constant(i)));
    return cx.b.make(arrayOf(parts[0] === undefined ? num : typeOf(parts[0])), parts);
  }

  /** Zeros shaped like `like`, and a one. */
  private unit(like: Atom, at: Atom): Atom {
    const { b } = this.cx;
    const type = tangentType(typeOf(like));
    if (type === undefined || type.kind === 'num') return one;
    const { length } = this.dimension(like);
    if (isConst(length) && isConst(at)) {
      const parts = Array.from({ length: Number(length.value) }, (_, k) => (k === at.value ? one : unvaried));
      return b.make(type, parts);
    }
    const seed = b.alloc(type as ArrayType, length, zero, 'unit'); // what is no array has a constant length
    b.store(seed, at, one);
    return seed;
  }

  /** A vector as a list of numbers of its own. */
  private listed(x: Atom): Atom {
    const { cx } = this;
    const type = typeOf(x);
    if (type.kind === 'num') return x;
    const { length } = this.dimension(x);
    if (!isConst(length)) return copyAs(cx.b, x, arrayOf(num));
    const parts = Array.from({ length: Number(length.value) }, (_, k) =>
      cx.b.load(x, type.kind === 'record' ? field(String(k)) : constant(k)),
    );
    return cx.b.make(arrayOf(num), parts);
  }

  // ------------------------------------------------------------------ derive

  /** Seeds, and what comes back for parameters, are in the order in which those are selected. */
  private derive(
    mode: Mode,
    target: Val,
    args: readonly Val[],
    selected: readonly number[],
    seeds: readonly Atom[],
  ): Derived {
    const { cx, node } = this;
    const { callee, given } = this.closed(target, args, selected);
    const result = tangentType(callee.result);
    if (mode === 'grad' && callee.result.kind !== 'num')
      return this.refuse('is applied to a function whose result is no number');
    if (result === undefined) return this.refuse('is applied to a function whose result holds no real numbers');
    const active = callee.params.filter((param) => param.active);
    const sorted = selected.toSorted((a, b) => a - b);
    const forward = mode === 'jvp';
    const results = resultsOf(mode, callee, active);
    const [first = absent, ...found] = results;
    const wanted = forward ? active.map(({ value: v }) => tangentType(v.type) ?? v.type) : [result];
    const ordered = forward ? sorted.map((k) => seeds[selected.indexOf(k)] ?? absent) : seeds;
    const cotangents = ordered.map((seed, k) => cx.coerce(seed, wanted[k] ?? typeOf(seed), node));
    cx.at(node);
    cx.b.push({
      kind: 'derive',
      mode,
      callee,
      wrt: callee.params.map((param) => param.active),
      args: [...given, ...cotangents],
      results,
      origin: cx.b.origin,
    });
    const rest = forward ? found : selected.map((k) => found[sorted.indexOf(k)] ?? absent);
    return { value: first, rest };
  }

  /** The function with a parameter for each argument of run time, and for all that it uses of what is around it. */
  private closed(
    target: Val,
    args: readonly Val[],
    selected: readonly number[],
  ): { callee: Fn; given: readonly Atom[] } {
    const { cx, node } = this;
    const params: Param[] = [];
    const given: Atom[] = [];
    const passed = args.map((arg, k): Val => {
      const isSelected = selected.includes(k);
      if (!isAtom(arg) || (isConst(arg) && !isSelected)) {
        if (isSelected) this.refuse(`is taken with respect to parameter ${k}, which holds no real numbers`);
        return arg;
      }
      if (isSelected && tangentType(typeOf(arg)) === undefined)
        this.refuse(`is taken with respect to parameter ${k}, which holds no real numbers`);
      const param = value(typeOf(arg), nameOf(target, k));
      params.push({ value: param, active: isSelected });
      given.push(arg);
      if (cx.isGrowing(arg)) cx.growing.add(param);
      return param;
    });
    for (const k of selected)
      if (args[k] === undefined) this.refuse(`is taken with respect to parameter ${k}, which is not passed`);
    const { stmts, result } = cx.inBlock(() => cx.toAtom(cx.call(target, passed, node), node));
    const captured = capture({ stmts, yields: [result] }, params, (cell) =>
      this.cx.refuse(this.node, 'operator-effect', cell.name ?? 'a variable'),
    );
    params.push(...captured.params);
    given.push(...captured.args((cell) => cx.b.read(cell)));
    const name = target.kind === 'function' ? target.name : this.operator.name;
    const origin = cx.originOf(node);
    return { callee: { name, params, result: typeOf(result), body: captured.block, origin }, given };
  }
}

/** `isNumber`: one number and no vector of length 1. */
interface Dimension {
  readonly isNumber: boolean;
  readonly length: Atom;
}

function nameOf(target: Val, k: number): string {
  if (target.kind === 'derivative') return nameOf(target.target, k);
  const parameter = target.kind === 'function' ? target.node.parameters[k] : undefined;
  return parameter !== undefined && ts.isIdentifier(parameter.name) ? parameter.name.text : `x${k}`;
}
