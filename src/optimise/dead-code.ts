/**
 * Drops what nobody looks at: pure statements, carried values and results, objects that are only written to, and
 * branches and loops of which nothing is left.
 *
 *     a = mul x y           b = add x y
 *     t = [0, 0]       →    yield b
 *     t[0] = a
 *     b = add x y
 *     yield b
 *
 * Marks from the results, throws, and writes into objects from elsewhere; a write into an object created here counts
 * once the object is looked at. A loop that would compute nothing goes, whether or not it would have ended.
 */

import { blocks, incoming, innerValues, operands, results } from '../ir/visit.js';
import type { Atom, Block, Fn, For, If, Loop, Stmt, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound } from './rewrite.js';
import { ValueMap, ValueSet } from '../ir/value.js';
import { append } from '../ir/lists.js';

export const deadCode: Pass = {
  name: 'dead-code',
  run(fn) {
    const live = new Marking(fn);
    return fnOf(fn, sweep(fn.body, live));
  },
};

class Marking {
  readonly values = new ValueSet();
  readonly stmts = new Set<Stmt>();
  private readonly definitions = new ValueMap<Stmt>();
  private readonly parents = new Map<Stmt, Stmt>();
  /** Writes into objects created here, to be kept if the object is. */
  private readonly writes = new ValueMap<Stmt[]>();
  private readonly pending: Value[] = [];

  constructor(fn: Fn) {
    const roots: Stmt[] = [];
    this.collect(fn.body, undefined, roots);
    for (const root of roots) this.markStmt(root);
    fn.body.yields.forEach((atom) => this.mark(atom));
    for (let v = this.pending.pop(); v !== undefined; v = this.pending.pop()) this.spread(v);
  }

  private collect(block: Block, parent: Stmt | undefined, roots: Stmt[]): void {
    for (const stmt of block.stmts) {
      if (parent !== undefined) this.parents.set(stmt, parent);
      for (const v of results(stmt)) this.definitions.set(v, stmt);
      for (const v of innerValues(stmt)) this.definitions.set(v, stmt);
      switch (stmt.kind) {
        case 'throw':
        case 'cell':
        case 'write':
          roots.push(stmt);
          break;
        case 'store':
        case 'push':
        case 'pop':
        case 'resize': {
          const owner = this.owner(stmt.object);
          if (owner === undefined) roots.push(stmt);
          else append(this.writes, owner, stmt);
          break;
        }
        case 'derive':
          if (stmt.into !== undefined) roots.push(stmt);
          break;
        case 'call':
          if (stmt.effects) roots.push(stmt);
          break;
        default:
          break;
      }
      for (const inner of blocks(stmt)) this.collect(inner, stmt, roots);
    }
  }

  /** The object created here that a write goes to. Any other name it has comes from a use that keeps it alive. */
  private owner(object: Atom): Value | undefined {
    for (let atom = object; atom.kind === 'value';) {
      const stmt = this.definitions.get(atom);
      if (stmt?.kind === 'alloc' || stmt?.kind === 'make' || stmt?.kind === 'slice') return atom;
      if (stmt?.kind !== 'view') return undefined;
      atom = stmt.object;
    }
    return undefined;
  }

  private mark(atom: Atom): void {
    if (atom.kind !== 'value' || this.values.has(atom)) return;
    this.values.add(atom);
    this.pending.push(atom);
  }

  private markStmt(start: Stmt): void {
    for (let stmt: Stmt | undefined = start; stmt !== undefined; stmt = this.parents.get(stmt)) {
      if (this.stmts.has(stmt)) return;
      this.stmts.add(stmt);
      switch (stmt.kind) {
        case 'for':
          this.mark(stmt.from);
          this.mark(stmt.to);
          break;
        case 'loop': {
          const [again] = stmt.body.yields;
          if (again !== undefined) this.mark(again);
          break;
        }
        default:
          operands(stmt).forEach((atom) => this.mark(atom));
      }
    }
  }

  /** What a value that is looked at needs in turn. */
  private spread(v: Value): void {
    for (const write of this.writes.get(v) ?? []) this.markStmt(write);
    const stmt = this.definitions.get(v);
    if (stmt === undefined) return;
    this.markStmt(stmt);
    if (isCompound(stmt)) for (const atom of incoming(stmt, v)) this.mark(atom);
  }
}

function sweep(block: Block, live: Marking, yields = block.yields): Block {
  const stmts: Stmt[] = [];
  for (const stmt of block.stmts) {
    if (!live.stmts.has(stmt)) continue;
    if (stmt.kind === 'if') stmts.push(sweepIf(stmt, live));
    else if (stmt.kind === 'for' || stmt.kind === 'loop') stmts.push(sweepLoop(stmt, live));
    else stmts.push(stmt);
  }
  return blockOf(block, stmts, yields);
}

function sweepIf(stmt: If, live: Marking): If {
  const keep = stmt.results.map((result) => live.values.has(result));
  const arm = (block: Block) =>
    sweep(
      block,
      live,
      block.yields.filter((_, k) => keep[k]),
    );
  const [yes, no] = [arm(stmt.then), arm(stmt.else)];
  if (yes === stmt.then && no === stmt.else) return stmt;
  return { ...stmt, then: yes, else: no, results: stmt.results.filter((_, k) => keep[k]) };
}

function sweepLoop<S extends For | Loop>(stmt: S, live: Marking): S {
  const keep = stmt.carried.map(({ param }, k) => {
    const result = stmt.results[k];
    return live.values.has(param) || (result !== undefined && live.values.has(result));
  });
  const first = stmt.kind === 'loop' ? 1 : 0;
  const body = sweep(
    stmt.body,
    live,
    stmt.body.yields.filter((_, k) => k < first || keep[k - first]),
  );
  if (body === stmt.body) return stmt;
  const [carried, kept] = [stmt.carried.filter((_, k) => keep[k]), stmt.results.filter((_, k) => keep[k])];
  return { ...stmt, carried, body, results: kept };
}
