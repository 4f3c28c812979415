/** Walking syntax without recursion: sums of thousands of terms are nested that deep. */

import { ts } from 'ts-morph';

/** Visits a node and all inside of it, in order of the source; where `enter` says false, not inside. */
export function walk(root: ts.Node, enter: (node: ts.Node) => boolean | void): void {
  const stack: ts.Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (enter(node) === false) continue;
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    for (const child of children.toReversed()) stack.push(child);
  }
}

/** Whether a name is that of a property, in `object.name` or `{ name: … }`, and no mention of a variable. */
export const isPropertyName = (name: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(name.parent) || ts.isPropertyAssignment(name.parent)) && name.parent.name === name;

/** The first node inside of `root`, or itself, that is what is looked for. */
export function findNode(root: ts.Node, is: (node: ts.Node) => boolean): ts.Node | undefined {
  let found: ts.Node | undefined;
  walk(root, (node) => {
    if (found === undefined && is(node)) found = node;
    return found === undefined;
  });
  return found;
}
