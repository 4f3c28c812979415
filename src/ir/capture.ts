/** Closure conversion: what the body of a function uses of the functions around it becomes parameters. */

import { value } from './build.js';
import type { Atom, Block, Cell, Derive, Fn, Param, Read, Stmt, Value } from './types.js';
import { lift } from './lift.js';
import { callees, innerValues, mapStmt, results, statements } from './visit.js';

/** A value or a variable of what is around, and the parameter that stands for it. */
export interface Captured {
  readonly of: Value | Cell;
  readonly param: Value;
}

export interface Captures {
  readonly block: Block;
  /** What is used from outside, and the parameter that stands for it. */
  readonly all: readonly Captured[];
}

/** Makes parameters of the values and variables that a block uses and does not define. */
export function capture(block: Block, params: readonly Param[], assigns: (cell: Cell) => never): Captures {
  const own = new Set<Value | Cell>(params.map((param) => param.value));
  for (const stmt of statements(block)) {
    for (const v of [...results(stmt), ...innerValues(stmt)]) own.add(v);
    if (stmt.kind === 'cell') own.add(stmt.cell);
  }
  const found = new Map<Value | Cell, Value>();
  const paramOf = (of: Value | Cell): Value => {
    const param = found.get(of) ?? value(of.type, of.name);
    found.set(of, param);
    return param;
  };
  const replaced = new Map<Value, Value>();
  const atom = (a: Atom): Atom => {
    if (a.kind !== 'value') return a;
    return replaced.get(a) ?? (own.has(a) ? a : paramOf(a));
  };
  const inner = ({ stmts, yields }: Block): Block => {
    const out = stmts.flatMap((stmt): readonly Stmt[] => {
      if (stmt.kind === 'write' && !own.has(stmt.cell)) return assigns(stmt.cell);
      if (stmt.kind === 'read' && !own.has(stmt.cell)) {
        replaced.set(stmt.target, paramOf(stmt.cell));
        return [];
      }
      return [mapStmt(stmt, { atom, define: (v) => v, block: inner })];
    });
    return { stmts: out, yields: yields.map(atom) };
  };
  const closed = inner(block);
  return { block: closed, all: [...found].map(([of, param]) => ({ of, param })) };
}

/**
 * Gives functions that operators are applied to the helpers that they call. What those capture is passed to the function.
 * `assigns` is told of variables that are assigned from inside of one.
 */
export function withOperands(fn: Fn, assigns: (cell: Cell, at: Derive) => never): Fn {
  const { helpers = [] } = fn;
  if (helpers.length === 0) return fn;
  const block = ({ stmts, yields }: Block): Block => ({ stmts: stmts.flatMap(one), yields });
  const one = (stmt: Stmt): readonly Stmt[] =>
    stmt.kind === 'derive' ? complete(stmt) : [mapStmt(stmt, { atom: (a) => a, define: (v) => v, block })];
  const complete = (stmt: Derive): readonly Stmt[] => {
    const body = block(stmt.callee.body);
    const needed = reached({ ...stmt.callee, body }, helpers);
    if (needed.length === 0) return [{ ...stmt, callee: { ...stmt.callee, body } }];
    const lifted = lift({ ...stmt.callee, body, helpers: needed.map((each) => ({ ...each, body: block(each.body) })) });
    const captured = capture(lifted.body, lifted.params, (cell) => assigns(cell, stmt));
    const reads: Read[] = [];
    const args = captured.all.map(({ of }): Atom => {
      if ('kind' in of) return of;
      const target = value(of.type, of.name);
      reads.push({ kind: 'read', target, cell: of, origin: stmt.origin });
      return target;
    });
    const more = captured.all.map(({ param }): Param => ({ value: param, active: false, captured: true }));
    const own = stmt.callee.params.length;
    return [
      ...reads,
      {
        ...stmt,
        callee: { ...lifted, params: [...lifted.params, ...more], body: captured.block },
        wrt: [...stmt.wrt, ...more.map(() => false)],
        args: [...stmt.args.slice(0, own), ...args, ...stmt.args.slice(own)],
      },
    ];
  };
  return { ...fn, body: block(fn.body), helpers: helpers.map((each) => ({ ...each, body: block(each.body) })) };
}

/** The helpers that a function calls, or that those call. */
function reached(fn: Fn, helpers: readonly Fn[]): readonly Fn[] {
  const byName = new Map(helpers.map((helper) => [helper.name, helper]));
  const names = new Set(callees(fn));
  for (const name of names) for (const next of callees(byName.get(name) ?? fn)) names.add(next);
  return helpers.filter(({ name }) => names.has(name));
}
