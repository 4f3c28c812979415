/**
 * Numbers that are passive by use: a parameter of type `number` whose every use, followed through whole-number
 * arithmetic, is an index, a length, a loop's bound or an `===`. It needs no tangent. A parameter without any use is
 * not passive: it is active, with derivative zero.
 */

import { blocks, operands } from '../ir/visit.js';
import type { Atom, Block, Fn, Stmt, Value } from '../ir/types.js';

const integerArithmetic: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'rem',
  'neg',
  'floor',
  'ceil',
  'round',
  'trunc',
  'max',
  'min',
  'abs',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
  'isInteger',
  'isNaN',
  'isFinite',
]);

const bitOps: ReadonlySet<string> = new Set([
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
]);

const comparisons: ReadonlySet<string> = new Set(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);

/** Parameters of type number that are passive by use. Meets SSA form, counted loops recognised. */
export function passiveByUse(fn: Fn): Set<Value> {
  const uses = new Map<Value, { stmt: Stmt | 'yield'; position: number; block: Block }[]>();
  const note = (atom: Atom, stmt: Stmt | 'yield', position: number, block: Block) => {
    if (atom.kind !== 'value') return;
    const list = uses.get(atom) ?? [];
    list.push({ stmt, position, block });
    uses.set(atom, list);
  };
  const exits = new Set<Atom>();
  const owners = new Map<Block, Stmt>();
  const visit = (block: Block) => {
    for (const stmt of block.stmts) {
      operands(stmt).forEach((atom, k) => note(atom, stmt, k, block));
      for (const inner of blocks(stmt)) {
        owners.set(inner, stmt);
        visit(inner);
      }
      if (stmt.kind === 'loop') {
        // Conditions on the way to "run again" are bounds.
        const again = stmt.body.yields[0];
        if (again) exits.add(again);
        for (const inner of stmt.body.stmts)
          if (inner.kind === 'if' && inner.results.includes(again as Value)) exits.add(inner.cond);
      }
      if (stmt.kind === 'if' && [stmt.then, stmt.else].some((arm) => arm.stmts.at(-1)?.kind === 'throw'))
        exits.add(stmt.cond);
    }
    block.yields.forEach((atom, k) => note(atom, 'yield', k, block));
  };
  visit(fn.body);

  const passiveUse = (v: Value, seen: Set<Value>): boolean => {
    if (seen.has(v)) return true;
    seen.add(v);
    return (uses.get(v) ?? []).every(({ stmt, position, block }) => {
      if (stmt === 'yield') {
        const owner = owners.get(block);
        if (!owner || (owner.kind !== 'if' && owner.kind !== 'for' && owner.kind !== 'loop')) return false;
        const k = owner.kind === 'loop' ? position - 1 : position;
        const result = owner.results[k];
        const param = owner.kind === 'if' ? undefined : owner.carried[k]?.param;
        return [result, param].every((next) => next === undefined || passiveUse(next, seen));
      }
      switch (stmt.kind) {
        case 'let':
          if (stmt.op === 'eq' || stmt.op === 'ne') return true;
          if (comparisons.has(stmt.op)) return isExit(stmt.target) || isTestedWhole(v);
          if (bitOps.has(stmt.op)) return true; // has no derivative, whatever becomes of it
          if (stmt.op === 'text' || stmt.op === 'not' || stmt.op === 'and' || stmt.op === 'or') return true;
          return (
            (integerArithmetic.has(stmt.op) || stmt.op === 'select' || stmt.op === 'unwrap') &&
            passiveUse(stmt.target, seen) &&
            used(stmt.target)
          );
        case 'load':
          return position === 1;
        case 'store':
          return position === 1 && stmt.key.kind !== 'field';
        case 'alloc':
          return position === 0;
        case 'slice':
        case 'view':
        case 'resize':
        case 'throw':
        case 'length':
          return true;
        case 'for':
        case 'loop': {
          const k = stmt.kind === 'for' ? position - 2 : position; // after the bounds
          const next = [stmt.carried[k]?.param, stmt.results[k]];
          return next.every((follower) => follower === undefined || passiveUse(follower, seen));
        }
        default:
          return false;
      }
    });
  };
  const used = (v: Value) => (uses.get(v) ?? []).length > 0;
  /** Whether a condition decides on going round a loop, or on a throw. */
  const isExit = (cond: Value): boolean =>
    exits.has(cond) ||
    (uses.get(cond) ?? []).some(
      ({ stmt }) =>
        stmt !== 'yield' &&
        stmt.kind === 'let' &&
        (stmt.op === 'and' || stmt.op === 'or' || stmt.op === 'not') &&
        isExit(stmt.target),
    );

  /** Whether it is asked to be a whole number: then its comparisons ask whether it is an index. */
  const isTestedWhole = (v: Value): boolean =>
    (uses.get(v) ?? []).some(({ stmt }) => stmt !== 'yield' && stmt.kind === 'let' && stmt.op === 'isInteger');

  const passive = new Set<Value>();
  for (const { value } of fn.params) {
    const { type } = value;
    const number = type.kind === 'num' || (type.kind === 'optional' && type.of.kind === 'num');
    if (number && used(value) && passiveUse(value, new Set())) passive.add(value);
  }
  return passive;
}
