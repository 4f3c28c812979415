/** Methods of arrays whose elements are compile-time values, or of different types: unrolled. */

import { ts } from 'ts-morph';
import { constant } from '../ir/build.js';
import type { Atom, Const } from '../ir/types.js';
import type { MethodCall } from './array-methods.js';
import { truthy } from './presence.js';
import { isAtom, type ListVal, nothing, type Val } from './values.js';

export function callListMethod(list: ListVal, call: MethodCall): Val {
  const { name, args, node, cx } = call;
  const { items } = list;
  const [fn = constant(undefined), init] = args;
  const apply = (item: Val, k: number): Val => cx.call(fn, [item, constant(k), { kind: 'list', items }], node);
  switch (name) {
    case 'map': {
      const found = items.map(apply);
      return found.every(isAtom) ? cx.session.handlers.arrayOf(found, node, cx) : { kind: 'list', items: found };
    }
    case 'forEach':
      items.forEach(apply);
      return nothing;
    case 'reduce': {
      const rest = init === undefined ? items.slice(1) : items;
      const offset = init === undefined ? 1 : 0;
      return rest.reduce<Val>(
        (sum, item, k) => cx.call(fn, [sum, item, constant(k + offset)], node),
        init ?? items[0] ?? constant(undefined),
      );
    }
    case 'reduceRight': {
      const last = items.length - 1;
      const rest = init === undefined ? items.slice(0, last) : items;
      return rest.reduceRight<Val>(
        (sum, item, k) => cx.call(fn, [sum, item, constant(k)], node),
        init ?? items[last] ?? constant(undefined),
      );
    }
    case 'find':
      return found(items, items.map(apply), call);
    case 'some':
    case 'every': {
      const op = name === 'some' ? 'or' : 'and';
      return tests(items.map(apply), call).reduce<Atom>((a, b) => cx.op(op, a, b), constant(name === 'every'));
    }
    case 'filter': {
      const kept = items.map(apply);
      if (kept.every((test) => test.kind === 'const')) {
        return { kind: 'list', items: items.filter((_, k) => (kept[k] as Const).value === true) };
      }
      break;
    }
    case 'toReversed':
      return { kind: 'list', items: items.toReversed() };
    case 'at': {
      const [k] = args;
      if (k?.kind === 'const') return items.at(Number(k.value)) ?? constant(undefined);
      break;
    }
    case 'slice': {
      const [from, to] = args.map((arg) => (arg.kind === 'const' ? Number(arg.value) : undefined));
      if (args.every((arg) => arg.kind === 'const')) return { kind: 'list', items: items.slice(from, to) };
      break;
    }
    case 'concat':
      return { kind: 'list', items: [...items, ...args.flatMap((arg) => (arg.kind === 'list' ? arg.items : [arg]))] };
    case 'entries':
      return { kind: 'list', items: items.map((item, k) => ({ kind: 'list', items: [constant(k), item] })) };
    case 'join':
      if (items.every((item) => item.kind === 'const') && (args[0] === undefined || args[0].kind === 'const')) {
        const separator = args[0]?.value ?? ',';
        return constant(items.map(({ value }) => String(value ?? '')).join(String(separator)));
      }
      break;
    case 'push':
      // Inside of a condition or loop, what it holds would depend on the run.
      if (list.at !== cx.b) return cx.refuse(node, 'function-value', 'a function that is stored');
      (items as Val[]).push(...args); // made to grow: asked above
      return constant(items.length);
    case 'values':
      return { kind: 'list', items };
  }
  return cx.refuse(node, 'unsupported-call', `.${name}()`);
}

const tests = (results: readonly Val[], { node, cx }: MethodCall): readonly Atom[] =>
  results.map((result) => truthy(cx.toAtom(result, node), cx));

/** The first item whose test holds. All are asked: tests change nothing, or they would have to be known now. */
function found(items: readonly Val[], results: readonly Val[], call: MethodCall): Val {
  const { node, cx } = call;
  const holds = tests(results, call);
  cx.at(node);
  // `find(…)!`: the source says that there is one; where there is none, what is done with it throws.
  const isSure = ts.isNonNullExpression(node.parent) && items.length > 0;
  if (isSure) {
    const none = cx.not(holds.reduce((a, b) => cx.op('or', a, b)));
    cx.throwIf(none, 'TypeError', [constant('there is no such element')]);
  }
  return cx.firstOf(items, holds, isSure ? undefined : constant(undefined), node);
}
