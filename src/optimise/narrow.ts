/** Types that say more than those of the variables did. */

import { absent, constant, defaultOf, typeOf, value } from '../ir/build.js';
import type { Atom, Load, Stmt, Value } from '../ir/types.js';

/**
 * A statement some of whose operands have been replaced by atoms that say more.
 *
 * A variable may be declared wider than what it holds: `T | undefined`, or a record with optional fields. Once the value
 * itself stands in its place, tests for `undefined` are decided, and loads have the type of what is there. What is done to
 * a reference that was never assigned is never done. Returns `undefined` for a statement that this makes superfluous;
 * its target has then been replaced.
 */
export function narrow(stmt: Stmt, replace: (target: Value, by: Atom) => void): Stmt | undefined {
  switch (stmt.kind) {
    case 'let': {
      const [arg] = stmt.args;
      if (arg === undefined || (stmt.op !== 'defined' && stmt.op !== 'unwrap')) return stmt;
      const { kind } = typeOf(arg);
      // What was read past the end of an array is not there although its type says so: `simplify` knows.
      if (kind === 'optional' || (kind !== 'void' && arg.kind !== 'const' && stmt.op === 'defined')) return stmt;
      const some = kind !== 'void';
      replace(stmt.target, stmt.op === 'defined' ? constant(some) : some ? arg : defaultOf(stmt.target.type));
      return undefined;
    }
    case 'load':
    case 'length':
    case 'pop':
    case 'slice':
    case 'view':
      if (typeOf(stmt.object).kind === 'void') {
        replace(stmt.target, defaultOf(stmt.target.type));
        return undefined;
      }
      return stmt.kind === 'load' ? narrowLoad(stmt, replace) : stmt;
    case 'store':
    case 'push':
    case 'resize':
      return typeOf(stmt.object).kind === 'void' ? undefined : stmt;
    default:
      return stmt;
  }
}

function narrowLoad(stmt: Load, replace: (target: Value, by: Atom) => void): Stmt | undefined {
  const object = typeOf(stmt.object);
  if (object.kind !== 'record') return stmt;
  const { key } = stmt;
  const name = key.kind === 'field' ? key.name : key.kind === 'const' ? String(key.value) : '';
  const found = object.fields.find((f) => f.name === name);
  if (found === undefined) {
    replace(stmt.target, absent);
    return undefined;
  }
  if (found.type.kind === stmt.target.type.kind) return stmt;
  const target = value(found.type, stmt.target.name);
  replace(stmt.target, target);
  return { ...stmt, target };
}
