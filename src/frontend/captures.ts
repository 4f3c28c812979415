/**
 * Variables that a helper assigns, and that are declared outside of it, become fields of records that all share, as
 * closures capture by reference:
 *
 *     let count = 0;                              const count = { value: 0 };
 *     const visit = (i) => { count += 1; … }  →   const visit = (i) => { count.value += 1; … }
 */

import { defaultOf, field, value } from '../ir/build.js';
import { mapStmt, statements } from '../ir/visit.js';
import type { Block, Cell, Fn, Stmt, Type, Value } from '../ir/types.js';

export function shareAssigned(fn: Fn): Fn {
  const { helpers = [] } = fn;
  const boxes = boxesOf(helpers);
  if (boxes.size === 0) return fn;
  return { ...withBoxes(fn, boxes), helpers: helpers.map((helper) => withBoxes(helper, boxes)) };
}

/** The records of variables that helpers assign. */
function boxesOf(helpers: readonly Fn[]): ReadonlyMap<Cell, Value> {
  const boxes = new Map<Cell, Value>();
  for (const { body } of helpers) {
    const own = new Set<Cell>();
    for (const stmt of statements(body)) if (stmt.kind === 'cell') own.add(stmt.cell);
    for (const stmt of statements(body)) {
      if (stmt.kind !== 'write' || own.has(stmt.cell) || boxes.has(stmt.cell)) continue;
      const type: Type = { kind: 'record', fields: [{ name: 'value', type: boxedType(stmt.cell.type) }] };
      boxes.set(stmt.cell, value(type, stmt.cell.name));
    }
  }
  return boxes;
}

/** A reference that is not assigned yet is undefined. */
const boxedType = (type: Type): Type =>
  type.kind === 'array' || type.kind === 'record' ? { kind: 'optional', of: type } : type;

const key = field('value');

function withBoxes(fn: Fn, boxes: ReadonlyMap<Cell, Value>): Fn {
  const one = (stmt: Stmt): readonly Stmt[] => {
    const { origin } = stmt;
    const box =
      stmt.kind === 'cell' || stmt.kind === 'read' || stmt.kind === 'write' ? boxes.get(stmt.cell) : undefined;
    if (box === undefined) return [withInner(stmt)];
    if (stmt.kind === 'cell') {
      const part = stmt.init ?? defaultOf(boxedType(stmt.cell.type));
      return [{ kind: 'make', target: box, parts: [part], origin }];
    }
    if (stmt.kind === 'write') return [{ kind: 'store', object: box, key, value: stmt.value, add: false, origin }];
    if (stmt.kind !== 'read') return [stmt];
    if (boxedType(stmt.cell.type) === stmt.cell.type)
      return [{ kind: 'load', target: stmt.target, object: box, key, origin }];
    const held = value(boxedType(stmt.cell.type), stmt.cell.name);
    return [
      { kind: 'load', target: held, object: box, key, origin },
      { kind: 'let', target: stmt.target, op: 'unwrap', args: [held], origin },
    ];
  };
  const block = ({ stmts, yields }: Block): Block => ({ stmts: stmts.flatMap(one), yields });
  const withInner = (stmt: Stmt): Stmt => mapStmt(stmt, { atom: (a) => a, define: (v) => v, block });
  return { ...fn, body: block(fn.body) };
}
