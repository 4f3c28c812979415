/**
 * Replaces operators (`vjp(h)(…)` in the source, `derive` here) by the derived code. The callee is prepared like any
 * function, differentiated, and its body put in place of the statement; operators inside it come first, so they
 * may be nested to any depth. What is left is an ordinary program.
 */

import { Builder, freeName, one, value, zero } from '../ir/build.js';
import { isReference, linear, tangentType } from '../ir/structure.js';
import { blocks, inline, mapStmt, substitute } from '../ir/visit.js';
import type { Atom, Block, Derive, Fn, Stmt, Value } from '../ir/types.js';
import { analyseActivity, type ActivityProblem } from './activity.js';
import { analyseAliases } from './alias.js';
import { withHelpers } from './calls.js';
import { jvp } from './jvp.js';
import { protect } from './protect.js';
import { vjp } from './vjp.js';

/** Brings a function into the form that differentiation takes: single assignment, simplified. */
export type Prepare = (fn: Fn) => Fn;

/** `problems`: told of what is wrong with the functions that operators are applied to. */
export function expand(fn: Fn, prepare: Prepare, problems: ActivityProblem[]): Fn {
  const collected = new Collected(fn.helpers ?? [], problems);
  const expanded = [fn, ...(fn.helpers ?? [])].map((each) => {
    const body = expandBlock(each.body, prepare, collected);
    return body === each.body ? each : { ...each, body };
  });
  const [main = fn, ...helpers] = expanded;
  if (main === fn && helpers.every((helper, k) => helper === fn.helpers?.[k])) return fn;
  return withHelpers(main, helpers, collected.fresh);
}

/** Helpers of derived code: they become those of the function that it is put into. And what is wrong with it. */
class Collected {
  readonly fresh: Fn[] = [];
  private readonly taken: Set<string>;

  constructor(
    helpers: readonly Fn[],
    readonly problems: ActivityProblem[],
  ) {
    this.taken = new Set(helpers.map(({ name }) => name));
  }

  /** Takes the helpers over, under names that are free; gives the function with its calls renamed. */
  take(fn: Fn): Fn {
    if (fn.helpers === undefined) return fn;
    const names = new Map<string, string>();
    for (const { name } of fn.helpers) {
      const free = freeName(name, (other) => this.taken.has(other));
      this.taken.add(free);
      names.set(name, free);
    }
    const renamed = (block: Block): Block => ({ stmts: block.stmts.map(call), yields: block.yields });
    const call = (stmt: Stmt): Stmt =>
      stmt.kind === 'call'
        ? { ...stmt, callee: names.get(stmt.callee) ?? stmt.callee }
        : mapStmt(stmt, { atom: (a) => a, define: (v) => v, block: renamed });
    for (const helper of fn.helpers) {
      this.fresh.push({ ...helper, name: names.get(helper.name) ?? helper.name, body: renamed(helper.body) });
    }
    return { ...fn, body: renamed(fn.body) };
  }
}

function expandBlock(block: Block, prepare: Prepare, collected: Collected): Block {
  const replaced = new Map<Value, Atom>();
  const stmts: Stmt[] = [];
  let changed = false;
  for (const stmt of block.stmts) {
    if (stmt.kind === 'derive') {
      const { stmts: body, results } = expandOne(stmt, prepare, collected);
      stmts.push(...body);
      stmt.results.forEach((result, k) => replaced.set(result, results[k] ?? zero));
      changed = true;
      continue;
    }
    if (stmt.kind === 'linear') {
      const b = new Builder(stmt.origin);
      replaced.set(stmt.target, linear(b, stmt.op, stmt.args, stmt.target.name));
      stmts.push(...b.stmts);
      changed = true;
      continue;
    }
    if (blocks(stmt).length === 0) {
      stmts.push(stmt);
      continue;
    }
    const next = mapStmt(stmt, {
      atom: (a) => a,
      define: (v) => v,
      block: (inner) => expandBlock(inner, prepare, collected),
    });
    if (blocks(next).some((inner, k) => inner !== blocks(stmt)[k])) changed = true;
    stmts.push(next);
  }
  return changed ? substitute({ stmts, yields: block.yields }, replaced) : block;
}

function expandOne(stmt: Derive, prepare: Prepare, collected: Collected): { stmts: readonly Stmt[]; results: Atom[] } {
  const { mode } = stmt;
  const callee = separate(
    prepare(expand(withActive(stmt.callee, stmt.wrt), prepare, collected.problems)),
    prepare,
    collected,
  );
  const fn = collected.take(prepare(derive(callee, stmt)));
  const active = callee.params.filter((param) => param.active && tangentType(param.value.type) !== undefined);
  const into = (stmt.into ?? []).filter((atom) => atom !== undefined);
  const { stmts, result } = inline(fn, [...stmt.args, ...into]);
  const b = new Builder(stmt.origin);
  if (mode === 'forward') {
    const name = stmt.results[0]?.name;
    if (result.kind !== 'value' || result.name !== undefined || name === undefined) return { stmts, results: [result] };
    const better = value(result.type, name);
    const define = (v: Value) => (v === result ? better : v);
    const named = substitute({ stmts, yields: [] }, new Map([[result, better]]));
    return { stmts: named.stmts.map((inner) => mapStmt(inner, { ...unchanged, define })), results: [better] };
  }
  stmts.forEach((inner) => b.push(inner));
  const part = (object: Atom, name: string): Atom => b.load(object, { kind: 'field', name });
  const primal = part(result, 'value');
  if (mode === 'jvp') return { stmts: b.stmts, results: [primal, part(result, 'tangent')] };
  const all = part(result, mode === 'grad' ? 'gradient' : 'cotangents');
  const parts = active.map((param, k) => stmt.into?.[k] ?? part(all, param.value.name ?? `arg${k}`));
  return { stmts: b.stmts, results: [primal, ...parts] };
}

/** Does not change its arguments; what is wrong with it has been noted. */
function separate(fn: Fn, prepare: Prepare, { problems }: Collected): Fn {
  const { fn: safe, copied } = protect(fn);
  for (const { value: param, captured } of fn.params)
    if (captured && copied.includes(param))
      problems.push({ code: 'operator-effect', what: param.name ?? 'an object', origin: fn.origin });
  const separated = safe === fn ? fn : prepare(safe);
  problems.push(...analyseActivity(separated, analyseAliases(separated)).problems);
  return separated;
}

const unchanged = { atom: (a: Atom) => a, block: (inner: Block) => inner };

const withActive = (fn: Fn, wrt: readonly boolean[]): Fn => ({
  ...fn,
  params: fn.params.map((param, k) => ({ ...param, active: wrt[k] ?? false })),
});

/** The derived function that an operator asks for. */
function derive(callee: Fn, stmt: Derive): Fn {
  switch (stmt.mode) {
    case 'forward':
      return callee;
    case 'jvp':
      return jvp(callee, { guards: false });
    case 'vjp':
      return vjp(callee, { guards: false, into: (stmt.into ?? []).map((atom) => atom !== undefined) });
    case 'grad':
      if (isReference(callee.result)) throw new Error('grad of a function whose result is no number');
      return vjp(callee, { guards: false, into: (stmt.into ?? []).map((atom) => atom !== undefined) }, one);
  }
}
