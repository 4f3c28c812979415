/**
 * Lambda lifting: what helpers use of the functions around them becomes explicit. A value from outside is one more
 * parameter, passed on by every helper that calls another; so is a variable, by its value at the call. Says, too, which
 * calls have effects.
 */

import { value } from './build.js';
import type { Atom, Block, Call, Cell, Fn, Param, Stmt, Value } from './types.js';
import { blocks, changedObject, innerValues, mapStmt, operands, results, statements } from './visit.js';

/** A value or a variable of a function around. */
type Captured = Value | Cell;

export const isCell = (captured: Captured): captured is Cell => !('kind' in captured);

/** Variables that helpers use are assigned by none of them. */
export function lift(fn: Fn): Fn {
  const { helpers = [] } = fn;
  if (helpers.length === 0) return fn;
  const captured = inOrder(capturedBy(helpers), fn);
  const effects = withEffects(helpers);
  const lifted = helpers.map((helper) => explicit(helper, captured, effects));
  return { ...explicit(fn, captured, effects), helpers: lifted };
}

/** What each helper, or a helper that it calls, uses from outside of it, in the order of first use. */
function capturedBy(helpers: readonly Fn[]): ReadonlyMap<string, ReadonlySet<Captured>> {
  const found = new Map(helpers.map((helper) => [helper.name, new Set<Captured>()]));
  const defined = new Map(helpers.map((helper) => [helper, definedIn(helper)]));
  for (let changed = true; changed;) {
    changed = false;
    for (const helper of helpers) {
      const own = defined.get(helper);
      const uses = found.get(helper.name);
      const use = (used: Captured) => {
        if (uses === undefined || own?.has(used) || uses.has(used)) return;
        uses.add(used);
        changed = true;
      };
      const read = (atom: Atom) => {
        if (atom.kind === 'value') use(atom);
      };
      helper.body.yields.forEach(read);
      for (const stmt of statements(helper.body)) {
        operands(stmt).forEach(read);
        for (const block of blocks(stmt)) block.yields.forEach(read);
        if (stmt.kind === 'read') use(stmt.cell);
        if (stmt.kind === 'call') found.get(stmt.callee)?.forEach(use);
      }
    }
  }
  return found;
}

/** What is captured in the order in which the outermost function defines it, so that all helpers take it in one order. */
function inOrder(
  captured: ReadonlyMap<string, ReadonlySet<Captured>>,
  fn: Fn,
): ReadonlyMap<string, ReadonlySet<Captured>> {
  const place = new Map([...definedIn(fn)].map((each, k) => [each, k]));
  const sorted = (all: ReadonlySet<Captured>) =>
    new Set([...all].sort((a, b) => (place.get(a) ?? Infinity) - (place.get(b) ?? Infinity) || 0));
  return new Map([...captured].map(([name, all]) => [name, sorted(all)]));
}

/** What a function defines itself: parameters, values and variables. */
export function definedIn({ params, body }: Pick<Fn, 'params' | 'body'>): ReadonlySet<Captured> {
  const defined = new Set<Captured>(params.map((param) => param.value));
  for (const stmt of statements(body)) {
    for (const v of [...results(stmt), ...innerValues(stmt)]) defined.add(v);
    if (stmt.kind === 'cell') defined.add(stmt.cell);
  }
  return defined;
}

function explicit(fn: Fn, captured: ReadonlyMap<string, ReadonlySet<Captured>>, effects: ReadonlySet<string>): Fn {
  const replaced = new Map<Captured, Value>();
  const params: Param[] = [...fn.params];
  for (const each of (fn.called && captured.get(fn.name)) || []) {
    const param = value(each.type, each.name);
    replaced.set(each, param);
    params.push({ value: param, active: true });
  }
  const atom = (a: Atom): Atom => (a.kind === 'value' ? (replaced.get(a) ?? a) : a);
  const one = (stmt: Stmt): readonly Stmt[] => {
    if (stmt.kind === 'call') return call(stmt);
    return [mapStmt(stmt, { atom, define: (v) => v, block })];
  };
  const call = (stmt: Call): readonly Stmt[] => {
    const before: Stmt[] = [];
    const more = [...(captured.get(stmt.callee) ?? [])].map((each): Atom => {
      const own = replaced.get(each);
      if (own !== undefined) return own;
      if (!isCell(each)) return each;
      const target = value(each.type, each.name);
      before.push({ kind: 'read', target, cell: each, origin: stmt.origin });
      return target;
    });
    return [...before, { ...stmt, args: [...stmt.args.map(atom), ...more], effects: effects.has(stmt.callee) }];
  };
  const block = ({ stmts, yields }: Block): Block => {
    const out = stmts.flatMap((stmt): readonly Stmt[] => {
      const held = stmt.kind === 'read' ? replaced.get(stmt.cell) : undefined;
      if (stmt.kind !== 'read' || held === undefined) return one(stmt);
      replaced.set(stmt.target, held);
      return [];
    });
    return { stmts: out, yields: yields.map(atom) };
  };
  const body = block(fn.body);
  return { ...fn, params, body };
}

// ------------------------------------------------------------------ effects

/** Helpers that may write to what was there before the call, or throw. */
function withEffects(helpers: readonly Fn[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { name, body } of helpers) if (hasEffects(body, found)) found.add(name);
  }
  return found;
}

function hasEffects(body: Block, known: ReadonlySet<string>): boolean {
  const made = new Set<Atom>();
  for (const stmt of statements(body)) {
    if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice') made.add(stmt.target);
    if (stmt.kind === 'view' && made.has(stmt.object)) made.add(stmt.target);
    const changed = changedObject(stmt);
    if (stmt.kind === 'throw' || (changed !== undefined && !made.has(changed))) return true;
    if (stmt.kind === 'call' && known.has(stmt.callee)) return true;
  }
  return false;
}
