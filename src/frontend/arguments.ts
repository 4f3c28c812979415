/** Arguments of calls, from left to right; what is spread is expanded where its length is known. */

import { ts } from 'ts-morph';
import { typeOf } from '../ir/build.js';
import type { Type, Value } from '../ir/types.js';
import { iterable } from './collections.js';
import type { Lower } from './context.js';
import { itemsOf } from './literals.js';
import type { Val } from './values.js';

export function argumentsOf(
  nodes: readonly ts.Expression[],
  cx: Lower,
  expected: (k: number) => Type | undefined = () => undefined,
): readonly Val[] {
  const args: Val[] = [];
  for (const [k, node] of nodes.entries()) {
    if (ts.isSpreadElement(node)) args.push(...spread(node, cx));
    else args.push(cx.val(node, expected(k)));
  }
  return args;
}

function spread(node: ts.SpreadElement, cx: Lower): readonly Val[] {
  const val = iterable(cx.val(node.expression), node, cx);
  if (val.kind === 'list') return val.items;
  const atom = cx.toAtom(val, node);
  const items = itemsOf(atom, cx);
  if (items !== undefined) return items;
  if (typeOf(atom).kind !== 'array') return cx.refuse(node, 'unsupported-argument', 'only arrays can be spread');
  return [{ kind: 'spread', array: atom as Value }]; // arrays are never constants
}
