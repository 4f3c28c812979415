/**
 * Two choices by the same condition, one after the other, become one.
 *
 *     a = if c                    a, b = if c
 *       A                           A
 *       yield x                     B           // with x for a
 *     else                    →     yield x, y
 *       yield 0                   else
 *     b = if c                      yield 0, z
 *       B
 *       yield y
 *     else
 *       yield z
 *
 * Also where the second condition is the negation of the first. What stands between the two moves in front of the first:
 * that is pure, and does not need its results.
 */

import { sameAtom } from '../ir/build.js';
import { blocks } from '../ir/visit.js';
import type { Atom, Block, If, Let, Stmt, Value } from '../ir/types.js';
import { type Pass } from './pass.js';
import { blockOf, Definitions, fnOf, replaceNarrowing, withBlocks } from './rewrite.js';

export const join: Pass = {
  name: 'join',
  needs: ['if'],
  run: (fn) => fnOf(fn, joined(fn.body, new Definitions())),
};

function joined(block: Block, definitions: Definitions): Block {
  const out: Stmt[] = [];
  /** The last choice, as long as another could join it. */
  let open: number | undefined;
  for (const stmt of block.stmts) {
    definitions.add(stmt);
    const inner = withBlocks(stmt, (nested) => joined(nested, definitions));
    const first = open === undefined ? undefined : out[open];
    if (open !== undefined && first?.kind === 'if') {
      if (inner.kind === 'let' && !reads(inner, first)) {
        out.push(inner);
        continue;
      }
      const way = inner.kind === 'if' ? sameWay(first.cond, inner.cond, definitions) : undefined;
      if (inner.kind === 'if' && way !== undefined) {
        const between = out.splice(open + 1);
        out.splice(open, 1, ...between, both(first, inner, way));
        open += between.length;
        continue;
      }
    }
    open = inner.kind === 'if' && !blocks(inner).some(throws) ? out.length : undefined;
    out.push(inner);
  }
  return blockOf(block, out, block.yields);
}

const reads = (stmt: Let, { results }: If): boolean =>
  stmt.args.some((arg) => arg.kind === 'value' && results.includes(arg));

const throws = ({ stmts }: Block): boolean => stmts.some(({ kind }) => kind === 'throw');

/** Whether `b` is true exactly when `a` is (true), or when it is not (false). */
function sameWay(a: Atom, b: Atom, definitions: Definitions): boolean | undefined {
  if (a.kind === 'const' || b.kind === 'const') return undefined;
  if (a === b) return true;
  const [first, second] = [definitions.get(a), definitions.get(b)];
  if (first?.kind !== 'let' || second?.kind !== 'let') return undefined;
  if ((first.op === 'not' && first.args[0] === b) || (second.op === 'not' && second.args[0] === a)) return false;
  const opposite = (first.op === 'eq' && second.op === 'ne') || (first.op === 'ne' && second.op === 'eq');
  return opposite && sameArgs(first, second) ? false : undefined;
}

function sameArgs(a: Let, b: Let): boolean {
  return a.args.every((arg, k) => {
    const other = b.args[k];
    return other !== undefined && sameAtom(arg, other);
  });
}

function both(first: If, second: If, way: boolean): If {
  const arm = (before: Block, after: Block): Block => {
    const known = new Map<Value, Atom>();
    first.results.forEach((result, k) => {
      const atom = before.yields[k];
      if (atom !== undefined) known.set(result, atom);
    });
    const rest = replaceNarrowing(after, known);
    return { stmts: [...before.stmts, ...rest.stmts], yields: [...before.yields, ...rest.yields] };
  };
  const [then, otherwise] = way ? [second.then, second.else] : [second.else, second.then];
  return {
    ...first,
    then: arm(first.then, then),
    else: arm(first.else, otherwise),
    results: [...first.results, ...second.results],
  };
}
