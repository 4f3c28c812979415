/**
 * A value that is `undefined` on some paths becomes two: whether it is there, and what it is.
 *
 *     a = if c                           a, there = if c
 *       yield x                            yield x, true
 *     else                        →      else
 *       yield undefined                    yield NaN, false
 *     d = defined a                      // there for d, a for u
 *     u = unwrap a
 *
 * Only merges of which everything is known: each source is `undefined`, a value that surely is not, or another such
 * merge; each use asks whether it is there, or takes it. Where nobody asks, the second value goes as dead code.
 */

import { constant, no, typeOf, value, yes } from '../ir/build.js';
import { blocks, operands, statements } from '../ir/visit.js';
import type { Atom, Cell, Fn, Origin, Stmt, Type, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { carriedAs, Splitting } from './split.js';
import type { ValueMembers } from '../ir/value.js';
import { append } from '../ir/lists.js';

export const optionals: Pass = {
  name: 'optionals',
  needs: ['if', 'for', 'loop'],
  run(fn, known) {
    const merges = splittable(fn);
    return merges.size === 0 ? fn : new Parting(known.missing, merges).run(fn);
  },
};

const isOptional = (atom: Atom): atom is Value => atom.kind === 'value' && atom.type.kind === 'optional';

/** Merges to split, with their definitions. */
function splittable(fn: Fn): ReadonlyMap<Value, Stmt> {
  const merges = new Map<Value, Stmt>();
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'if') stmt.results.filter(isOptional).forEach((v) => merges.set(v, stmt));
    if (stmt.kind !== 'for' && stmt.kind !== 'loop') continue;
    for (const v of [...stmt.results, ...stmt.carried.map(({ param }) => param)])
      if (isOptional(v)) merges.set(v, stmt);
  }
  if (merges.size === 0) return merges;

  // Merges connected by a yield stand or fall together.
  const connected = new Map<Value, Value[]>();
  const connect = (a: Value, b: Value) => {
    append(connected, a, b);
    append(connected, b, a);
  };
  const refused: Value[] = [];
  const refuse = (atom: Atom) => {
    if (isOptional(atom)) refused.push(atom);
  };
  const flow = (from: Atom | undefined, to: Value | undefined) => {
    if (from === undefined || to === undefined || !isOptional(from)) return;
    if (to.type.kind !== 'optional' || !merges.has(from)) refused.push(from, to);
    else connect(from, to);
  };
  for (const stmt of statements(fn.body)) {
    if (stmt.kind === 'if') {
      for (const arm of blocks(stmt)) arm.yields.forEach((atom, k) => flow(atom, stmt.results[k]));
    } else if (stmt.kind === 'for' || stmt.kind === 'loop') {
      const first = stmt.kind === 'loop' ? 1 : 0;
      stmt.carried.forEach(({ param, init }, k) => {
        flow(init, param);
        flow(stmt.body.yields[k + first], param);
        const result = stmt.results[k];
        if (result !== undefined && isOptional(result)) connect(result, param);
      });
    } else if (stmt.kind !== 'let' || (stmt.op !== 'unwrap' && stmt.op !== 'defined')) operands(stmt).forEach(refuse);
  }
  fn.body.yields.forEach(refuse);
  for (let v = refused.pop(); v !== undefined; v = refused.pop()) {
    if (merges.delete(v)) refused.push(...(connected.get(v) ?? []));
  }
  return merges;
}

class Parting extends Splitting {
  constructor(
    private readonly doubtful: ValueMembers,
    merges: ReadonlyMap<Value, Stmt>,
  ) {
    super();
    for (const [v, definition] of merges) {
      if (carriedAs(v, definition) === undefined) this.parts.set(v, cellsOf(v));
    }
    for (const [v, definition] of merges) {
      const param = carriedAs(v, definition);
      const shared = param && this.parts.get(param);
      if (shared !== undefined) this.parts.set(v, shared);
    }
  }

  run(fn: Fn): Fn {
    const stmts: Stmt[] = [];
    this.all(fn.body.stmts, stmts);
    return this.promoted(fn, { stmts, yields: fn.body.yields });
  }

  protected override plain(stmt: Stmt, out: Stmt[]): void {
    const [arg] = stmt.kind === 'let' ? stmt.args : [];
    const parts = arg && this.get(arg);
    const cell = stmt.kind === 'let' ? parts?.get(stmt.op) : undefined;
    if (stmt.kind === 'let' && cell !== undefined)
      out.push({ kind: 'read', target: stmt.target, cell, origin: stmt.origin });
    else out.push(stmt);
  }

  protected override read(out: Stmt[], source: Atom, part: string, origin: Origin | undefined): Atom | undefined {
    const cell = this.get(source)?.get(part);
    if (cell !== undefined) {
      const target = value(cell.type, cell.name);
      out.push({ kind: 'read', target, cell, origin });
      return target;
    }
    const there = typeOf(source).kind !== 'void';
    if (part !== 'defined') return there ? source : undefined;
    if (!there || source.kind === 'const' || !this.doubtful.has(source)) return there ? yes : no;
    // It may have been read past the end of an array.
    const target = value(typeOf(yes));
    out.push({ kind: 'let', target, op: 'defined', args: [source], origin });
    return target;
  }

  /** A number that is not there is what arithmetic makes of `undefined`. */
  protected override initial({ type }: Cell): Atom | undefined {
    return type.kind === 'num' ? constant(NaN) : undefined;
  }
}

/** The parts are called like the operations that ask for them. */
function cellsOf(v: Value): ReadonlyMap<string, Cell> {
  const type: Type = v.type.kind === 'optional' ? v.type.of : v.type;
  const name = v.name ?? '';
  const has = name === '' ? 'present' : `has${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return new Map<string, Cell>([
    ['unwrap', { name: v.name ?? 'value', type }],
    ['defined', { name: has, type: { kind: 'bool' } }],
  ]);
}
