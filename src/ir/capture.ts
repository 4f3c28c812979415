/** Closure conversion: what the body of a function uses of the functions around it becomes parameters. */

import { Builder, value } from './build.js';
import { definedIn, isCell, lift } from './lift.js';
import type { Atom, Block, Cell, Derive, Fn, Param, Stmt, Value } from './types.js';
import { calledHelpers, mapStmt } from './visit.js';

export interface Captures {
  readonly block: Block;
  /** Parameters for what is used from outside. */
  readonly params: readonly Param[];
  /** What they stand for; variables are read by `read`, where the function is used. */
  readonly args: (read: (cell: Cell) => Atom) => readonly Atom[];
}

/** Makes parameters of the values and variables that a block uses and does not define. */
export function capture(block: Block, params: readonly Param[], assigns: (cell: Cell) => never): Captures {
  const own = definedIn({ params, body: block });
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
  return {
    block: closed,
    params: [...found.values()].map((param) => ({ value: param, active: false, captured: true })),
    args: (read) => [...found.keys()].map((of) => (isCell(of) ? read(of) : of)),
  };
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
    const needed = calledHelpers({ ...stmt.callee, body }, helpers);
    if (needed.length === 0) return [{ ...stmt, callee: { ...stmt.callee, body } }];
    const lifted = lift({ ...stmt.callee, body, helpers: needed.map((each) => ({ ...each, body: block(each.body) })) });
    const captured = capture(lifted.body, lifted.params, (cell) => assigns(cell, stmt));
    const reads = new Builder(stmt.origin);
    const args = captured.args((cell) => reads.read(cell));
    const own = stmt.callee.params.length;
    return [
      ...reads.stmts,
      {
        ...stmt,
        callee: { ...lifted, params: [...lifted.params, ...captured.params], body: captured.block },
        wrt: [...stmt.wrt, ...captured.params.map(() => false)],
        args: [...stmt.args.slice(0, own), ...args, ...stmt.args.slice(own)],
      },
    ];
  };
  return { ...fn, body: block(fn.body), helpers: helpers.map((each) => ({ ...each, body: block(each.body) })) };
}
