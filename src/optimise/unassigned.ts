/**
 * A variable of array or record type that is not assigned on some path gets something to hold there.
 *
 *     r = loop carry p = undefined           e = make []
 *                                      →     r = loop carry p = e
 *
 * Runs last: as long as it is `undefined`, other passes may take it for anything they like.
 */

import { constant, defaultOf, num, value } from '../ir/build.js';
import type { ArrayType, Atom, Block, Origin, RecordType, Stmt, Type, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { isAbsent } from './references.js';
import { blockOf, fnOf } from './rewrite.js';

export const unassigned: Pass = {
  name: 'unassigned',
  run: (fn) => fnOf(fn, block(fn.body, [fn.result])),
};

type Reference = ArrayType | RecordType;

const needs = (atom: Atom, type: Type | undefined): type is Reference =>
  isAbsent(atom) && (type?.kind === 'array' || type?.kind === 'record');

function block(old: Block, types: readonly (Type | undefined)[]): Block {
  const stmts: Stmt[] = [];
  for (const stmt of old.stmts) stmts.push(inside(stmt, stmts));
  const yields = old.yields.map((atom, k) => {
    const type = types[k];
    return needs(atom, type) ? empty(type, stmts, stmts.at(-1)?.origin) : atom;
  });
  return blockOf(old, stmts, yields);
}

function inside(stmt: Stmt, out: Stmt[]): Stmt {
  switch (stmt.kind) {
    case 'if': {
      const types = stmt.results.map(({ type }) => type);
      const [then, otherwise] = [block(stmt.then, types), block(stmt.else, types)];
      return then === stmt.then && otherwise === stmt.else ? stmt : { ...stmt, then, else: otherwise };
    }
    case 'for':
    case 'loop': {
      const types = stmt.carried.map(({ param }) => param.type);
      const body = block(stmt.body, stmt.kind === 'loop' ? [undefined, ...types] : types);
      const carried = stmt.carried.some(({ param, init }) => needs(init, param.type))
        ? stmt.carried.map(({ param, init }) => {
            const { type } = param;
            return { param, init: needs(init, type) ? empty(type, out, stmt.origin) : init };
          })
        : stmt.carried;
      return body === stmt.body && carried === stmt.carried ? stmt : { ...stmt, body, carried };
    }
    default:
      return stmt;
  }
}

function empty(type: Type, out: Stmt[], origin: Origin | undefined): Atom {
  if (type.kind === 'record') {
    const parts = type.fields.map((f) => empty(f.type, out, origin));
    return push(type, out, (target) => ({ kind: 'make', target, parts, origin }));
  }
  if (type.kind !== 'array') return defaultOf(type);
  if (type.elem.kind === num.kind && (type.storage !== 'list' || type.fixed !== undefined)) {
    return push(type, out, (target) => ({
      kind: 'alloc',
      target,
      length: constant(type.fixed ?? 0),
      fill: constant(0),
      origin,
    }));
  }
  const parts = Array.from({ length: type.fixed ?? 0 }, () => empty(type.elem, out, origin));
  return push(type, out, (target) => ({ kind: 'make', target, parts, origin }));
}

function push(type: Type, out: Stmt[], stmt: (target: Value) => Stmt): Value {
  const target = value(type);
  out.push(stmt(target));
  return target;
}
