/** Methods of arrays whose elements are compile-time values, or of different types: unrolled. */

import { constant } from '../ir/build.js';
import type { MethodCall } from './array-methods.js';
import { isAtom, type ListVal, nothing, type Val } from './values.js';

export function callListMethod(list: ListVal, { name, args, node, cx }: MethodCall): Val {
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
