/** `for`, and `while` or `do … while` recovered from loops that leave by `break`. */

import type { Atom } from '../ir/types.js';
import { leavesOf } from './ranges.js';
import type { Printer } from './statements.js';
import { printRegion } from './statements.js';
import type { Out } from './text.js';
import type { Node, Region } from './tree.js';
import { scopeOf } from './tree.js';
import { negate } from './expressions.js';

export function loop(node: Node, cx: Printer): Out[] {
  const [body] = node.children;
  if (body === undefined) throw new Error('a loop has a body');
  const outs = printRegion(body, cx);
  const { stmt } = node;
  if (stmt.kind === 'for') {
    const { values } = cx;
    const index = values.name(stmt.index);
    const size = Math.abs(stmt.step);
    const sign = stmt.step < 0 ? '-' : '+';
    const update = size === 1 ? `${index}${sign}${sign}` : `${index} ${sign}= ${size}`;
    const test = `${index} ${stmt.compare} ${values.text(stmt.to)}`;
    return [{ kind: 'block', head: `for (let ${index} = ${values.text(stmt.from)}; ${test}; ${update})`, body: outs }];
  }
  const [first, ...rest] = outs;
  if (first !== undefined && isExit(first)) {
    return [{ kind: 'block', head: `while (${negate(first.cond).text})`, body: rest }];
  }
  const last = outs.at(-1);
  const { end } = body;
  if (last !== undefined && isExit(last) && end.kind === 'next' && isOutside(end.again, body, cx)) {
    return [{ kind: 'block', head: 'do', body: outs.slice(0, -1), foot: `while (${negate(last.cond).text});` }];
  }
  return [{ kind: 'block', head: 'while (true)', body: outs }];
}

/** `if (c) break;` */
function isExit(out: Out): out is Extract<Out, { kind: 'if' }> {
  const [only] = out.kind === 'if' ? out.then : [];
  return (
    out.kind === 'if' &&
    out.else.length === 0 &&
    out.then.length === 1 &&
    only?.kind === 'line' &&
    only.text === 'break;'
  );
}

/** Whether the condition reads nothing that is declared in the body. */
function isOutside(again: Atom | undefined, body: Region, { folding, variables }: Printer): boolean {
  if (again === undefined || variables.again(body) !== undefined) return false;
  return leavesOf(again, folding).every((leaf) => {
    // Without a variable it is a parameter or the index of a loop around this one.
    const home = variables.of(leaf)?.home;
    return home === undefined || !inside(home, body);
  });
}

function inside(home: Region, body: Region): boolean {
  const stop = scopeOf(body);
  for (let scope: Region | undefined = home; scope !== undefined; scope = scope.owner && scopeOf(scope.owner.region)) {
    if (scope === stop) return true;
  }
  return false;
}
