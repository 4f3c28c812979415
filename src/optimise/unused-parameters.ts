/**
 * Parameters of helpers that nothing reads, but for calls that hand them on to such parameters, go, and with them the
 * arguments of all calls.
 *
 *     fn minor(a, n, used)                       fn minor(a, n)
 *       … call minor(a, n, used) …         →       … call minor(a, n) …
 */

import type { Atom, Block, Fn, Stmt, Value } from '../ir/types.js';
import { blocks, operands, statements, withoutIdle } from '../ir/visit.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';
import { append } from '../ir/lists.js';

export function withoutUnusedParameters(whole: Fn): Fn {
  const fn = withoutIdle(whole);
  const { helpers = [] } = fn;
  if (helpers.length === 0) return fn;
  const used = usedParameters(fn, helpers);
  const unused = new Map(
    helpers.map(({ name, params }) => [name, params.map(({ value }) => !used.has(value))] as const),
  );
  if (![...unused.values()].some((list) => list.includes(true))) return fn;
  const block = (old: Block): Block => blockOf(old, old.stmts.map(stmt), old.yields);
  const stmt = (old: Stmt): Stmt => {
    const gone = old.kind === 'call' ? unused.get(old.callee) : undefined;
    if (old.kind !== 'call' || !gone?.includes(true)) return withBlocks(old, block);
    return { ...old, args: old.args.filter((_, k) => !gone[k]) };
  };
  const trimmed = helpers.map((helper) => {
    const params = helper.params.filter((_, k) => !unused.get(helper.name)?.[k]);
    return { ...fnOf(helper, block(helper.body)), params };
  });
  return { ...fnOf(fn, block(fn.body)), helpers: trimmed };
}

/** Parameters that something reads, or that are handed on to one that is read. */
function usedParameters(fn: Fn, helpers: readonly Fn[]): ReadonlySet<Value> {
  const params = new Map(helpers.map((helper) => [helper.name, helper.params]));
  const used = new Set<Value>();
  const handedOn = new Map<Value, Value[]>();
  const use = (atom: Atom) => {
    if (atom.kind === 'value') used.add(atom);
  };
  for (const { body } of [fn, ...helpers]) {
    body.yields.forEach(use);
    for (const stmt of statements(body)) {
      for (const inner of blocks(stmt)) inner.yields.forEach(use);
      if (stmt.kind !== 'call') operands(stmt).forEach(use);
      else {
        stmt.args.forEach((arg, k) => {
          const param = params.get(stmt.callee)?.[k]?.value;
          if (param && arg.kind === 'value') append(handedOn, param, arg);
        });
      }
    }
  }
  for (const value of used) for (const arg of handedOn.get(value) ?? []) used.add(arg);
  return used;
}
