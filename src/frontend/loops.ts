/**
 * Every loop of the source becomes
 *
 *     loop
 *       again = false
 *       if cond { body; update; again = true }
 *       yield again
 *
 * so that whatever leaves the body early leaves the loop. Loops that count are recognised later, by optimise/counted.
 */

import { ts } from 'ts-morph';
import { bool, constant, no, num, one, typeOf, yes, zero } from '../ir/build.js';
import type { Atom, Value } from '../ir/types.js';
import { visitsOf, whileVisiting } from './collections.js';
import type { Lower } from './context.js';
import { arm, caught, type Entry, flowOf, lowerList, run } from './control.js';
import { bindTarget } from './destructuring.js';
import { assignPattern } from './assignment.js';
import { appendsOf } from './lists.js';
import { keysOf } from './tables.js';
import { Scope, type Val } from './values.js';

interface Shape {
  readonly node: ts.IterationStatement;
  /** Absent: always true. */
  readonly cond?: () => Atom;
  readonly body: readonly Entry[];
  readonly update?: () => void;
}

function lowerLoop({ node, cond, body, update }: Shape, cx: Lower): void {
  const { origin } = cx.b;
  const { stmts, result } = cx.inBlock(() => {
    const again = cx.newCell('again', bool, no);
    const tail = run(() => {
      update?.();
      cx.b.write(again, yes);
    });
    const continued = cx.session.program.flow.continueOf(node);
    const list = flowOf(body, cx).exits.has(continued) ? [caught(body, cx, continued), tail] : [...body, tail];
    if (cond === undefined) lowerList(list, cx);
    else cx.branch(cond(), () => lowerList(list, cx));
    return cx.readCell(again);
  });
  cx.b.push({ kind: 'loop', carried: [], body: { stmts, yields: [result] }, results: [], origin });
}

export function lowerWhile(node: ts.WhileStatement, cx: Lower): void {
  const cond = () => condition(node.expression, cx);
  lowerLoop({ node, cond, body: arm(node.statement, cx.scope) }, cx);
}

export function lowerDo(node: ts.DoStatement, cx: Lower): void {
  const { origin } = cx.b;
  const { scope } = cx;
  const { stmts, result } = cx.inBlock(() => {
    const again = cx.newCell('again', bool, no);
    const tail = run(() => cx.inScope(scope, () => cx.b.write(again, condition(node.expression, cx))));
    const body = arm(node.statement, scope);
    lowerList([caught(body, cx, cx.session.program.flow.continueOf(node)), tail], cx);
    return cx.readCell(again);
  });
  cx.b.push({ kind: 'loop', carried: [], body: { stmts, yields: [result] }, results: [], origin });
}

export function lowerFor(node: ts.ForStatement, cx: Lower): void {
  const scope = new Scope(cx.scope);
  cx.inScope(scope, () => {
    const { initializer, condition: test, incrementor } = node;
    if (initializer !== undefined) {
      if (ts.isVariableDeclarationList(initializer)) cx.session.handlers.declarations(initializer, cx);
      else cx.val(initializer);
    }
    cx.at(node);
    const body = arm(node.statement, scope);
    const update = incrementor && (() => cx.inScope(scope, () => void cx.val(incrementor)));
    const cond = test && (() => condition(test, cx));
    const appends = appendsOf(node, cx);
    appends.forEach((each) => cx.appends.add(each));
    lowerLoop({ node, body, ...(cond && { cond }), ...(update && { update }) }, cx);
    appends.forEach((each) => cx.appends.delete(each));
  });
}

const condition = (node: ts.Expression, cx: Lower): Atom => {
  cx.at(node);
  return cx.condition(node);
};

/** What a for…of runs over: an array, and what of each element is bound. */
interface Sequence {
  readonly array: Atom;
  readonly yields: 'values' | 'keys' | 'entries';
  /** Of a Map: what stands in the place of the index in its entries. */
  readonly keys?: Value;
  readonly collection?: Value;
}

export function lowerForOf(node: ts.ForOfStatement, cx: Lower): void {
  if (node.awaitModifier !== undefined) cx.refuse(node.awaitModifier, 'async', 'for await');
  const over = sequenceOf(node.expression, cx);
  cx.at(node);
  if (!('array' in over)) return unrolled(node, over, cx);
  const { array, yields, keys, collection } = over;
  // JavaScript asks for the length again in every iteration.
  const index = cx.newCell('i', num, zero);
  const cond = () => cx.op('lt', cx.readCell(index), cx.b.length(array));
  const scope = new Scope(cx.scope);
  const bind = run(() =>
    cx.inScope(scope, () => {
      cx.at(node);
      const i = cx.readCell(index);
      const element = (): Atom => cx.elementInside(array, i);
      if (yields === 'entries') bindEntry(node, keys === undefined ? i : cx.elementInside(keys, i), element, cx);
      else bindElement(node, yields === 'keys' ? i : element(), cx);
    }),
  );
  const update = () => cx.b.write(index, cx.op('add', cx.readCell(index), one));
  const lower = (): void => lowerLoop({ node, cond, body: [bind, ...arm(node.statement, scope)], update }, cx);
  if (collection === undefined) lower();
  else whileVisiting(collection, cx, lower);
}

function sequenceOf(node: ts.Expression, cx: Lower): Sequence | { readonly items: readonly Val[] } {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.arguments.length === 0) {
    const { name, expression } = node.expression;
    if (name.text === 'values' || name.text === 'keys' || name.text === 'entries') {
      const object = cx.val(expression);
      if (object.kind === 'value' && object.type.kind === 'array') return { array: object, yields: name.text };
      const visited = object.kind === 'value' ? visitsOf(object, name.text, cx) : undefined;
      if (visited !== undefined) return visited;
    }
  }
  const val = cx.val(node);
  if (val.kind === 'list') return { items: val.items };
  const atom = cx.defined(cx.toAtom(val, node));
  const type = typeOf(atom);
  const visited = atom.kind === 'value' ? visitsOf(atom, undefined, cx) : undefined;
  if (visited !== undefined) return visited;
  const names = atom.kind === 'value' ? cx.items.get(atom) : undefined;
  if (names !== undefined) return { items: names };
  if (type.kind === 'array') return { array: atom, yields: 'values' };
  if (type.kind === 'record' && type.tuple === true) {
    return { items: type.fields.map(({ name }) => cx.b.load(atom, { kind: 'field', name })) };
  }
  return cx.refuse(
    node,
    'unsupported-syntax',
    type.kind === 'str' ? '`for … of` over a string' : '`for … of` over this',
  );
}

/** `for (const key in record)`: once for each of its fields. */
export function lowerForIn(node: ts.ForInStatement, cx: Lower): void {
  const names = keysOf(cx.val(node.expression));
  if (names === undefined) return cx.refuse(node.getFirstToken() ?? node, 'dynamic-property', '`for … in`');
  unrolled(node, { items: names.map((name) => constant(name)) }, cx);
}

/** Over a tuple of different types, or of functions: once for each. */
function unrolled(node: ts.ForInOrOfStatement, { items }: { readonly items: readonly Val[] }, cx: Lower): void {
  const { flow } = cx.session.program;
  const outer = cx.scope;
  const count = items.length;
  const rounds = items.map((item) => {
    const scope = new Scope(outer);
    const bind = run(() => cx.inScope(scope, () => bindElement(node, item, cx)));
    return caught([bind, ...arm(node.statement, scope)], cx, flow.continueOf(node));
  });
  lowerList(rounds, cx);
  // A list of functions may have grown meanwhile.
  if (items.length !== count) cx.refuse(node, 'changed-while-visited', node.expression.getText());
}

function bindElement({ initializer }: ts.ForInOrOfStatement, element: Val, cx: Lower): void {
  if (!ts.isVariableDeclarationList(initializer)) return assignPattern(initializer, element, cx);
  const [declaration] = initializer.declarations;
  if (declaration !== undefined) bindTarget(declaration.name, element, declaration, cx);
}

/** `for (const [i, x] of xs.entries())`: no pair is made. */
function bindEntry(node: ts.ForOfStatement, i: Atom, element: () => Atom, cx: Lower): void {
  const { initializer } = node;
  const [declaration] = ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
  if (declaration === undefined || !ts.isArrayBindingPattern(declaration.name)) {
    return bindElement(node, { kind: 'list', items: [i, element()] }, cx);
  }
  const parts = [() => i, element];
  for (const [k, part] of declaration.name.elements.entries()) {
    const item = parts[k];
    if (ts.isBindingElement(part) && item !== undefined) bindTarget(part.name, item(), part, cx);
  }
}
