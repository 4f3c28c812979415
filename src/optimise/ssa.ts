/**
 * Cells become values: afterwards every local has one definition, and there is no `cell`, `read` or `write`.
 *
 *     cell s = 0                       s2 = loop carry s = 0
 *     loop                               t = add s x
 *       a = read s                 →     yield again, t
 *       t = add a x                    yield s2
 *       write s t
 *       yield again
 *     b = read s
 *     yield b
 *
 * Structure makes the placing of merges trivial: a cell that is written in a loop becomes carried by it, a cell whose
 * value differs between the arms of an `if` becomes a result of it. Carried values that turn out not to change are
 * taken back. A read of an unassigned cell gives the default of its type.
 *
 * An arm that always throws ends there: what stood in the other arm follows the `if`, as a guard is written.
 */

import { defaultOf, no, sameAtom, value } from '../ir/build.js';
import { blocks, mapStmt, unreachable } from '../ir/visit.js';
import type { Atom, Block, Carried, Cell, Fn, For, If, Loop, Stmt, Value } from '../ir/types.js';
import { narrow } from './narrow.js';
import { follow, type Pass } from './pass.js';

export const ssa: Pass = {
  name: 'ssa',
  needs: ['cell'],
  run: (fn) => promote(fn),
};

/** `silent` are cells of the compiler's own making: what is written into them is not named after them. */
export function promote(fn: Fn, silent: ReadonlySet<Cell> = new Set()): Fn {
  return new Promotion(silent).run(fn);
}

/** What the cells hold at some point: the innermost scope that has an entry wins. */
class Scope {
  readonly held = new Map<Cell, Atom>();
  readonly declared = new Set<Cell>();

  constructor(readonly parent?: Scope) {}

  get(cell: Cell): Atom | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const found = scope.held.get(cell);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Cells of enclosing scopes that were written here. */
  *changed(): Generator<Cell> {
    for (const cell of this.held.keys()) if (!this.declared.has(cell)) yield cell;
  }
}

class Promotion {
  /** Reads and merges that turned out to be some other atom. */
  private readonly replaced = new Map<Value, Atom>();
  /** Unnamed values that a variable of the source is assigned: they take its name. */
  private readonly renamed = new Map<Value, Value>();
  private readonly resolve = follow(this.replaced);
  private readonly replace = (target: Value, by: Atom) => void this.replaced.set(target, by);
  private late = false;

  constructor(private readonly silent: ReadonlySet<Cell>) {}

  run(fn: Fn): Fn {
    const scope = new Scope();
    const stmts: Stmt[] = [];
    const completes = this.stmts(fn.body.stmts, scope, stmts);
    const yields = fn.body.yields.map((atom) => (completes ? this.resolve(atom) : defaultOf(fn.result)));
    const body = { stmts, yields };
    return { ...fn, body: this.late || this.renamed.size > 0 ? this.finish(body) : body };
  }

  /** Appends the statements without cells to `out`; false if the end is never reached. */
  private stmts(stmts: readonly Stmt[], scope: Scope, out: Stmt[]): boolean {
    for (const stmt of stmts) {
      switch (stmt.kind) {
        case 'cell':
          scope.declared.add(stmt.cell);
          scope.held.set(stmt.cell, this.resolve(stmt.init ?? defaultOf(stmt.cell.type)));
          if (stmt.init !== undefined) this.rename(this.resolve(stmt.init), stmt.cell);
          break;
        case 'read': {
          const held = scope.get(stmt.cell);
          if (held === undefined) throw new Error(`cell ${stmt.cell.name} is read outside of its block`);
          this.replaced.set(stmt.target, held);
          break;
        }
        case 'write': {
          const written = this.resolve(stmt.value);
          scope.held.set(stmt.cell, written);
          this.rename(written, stmt.cell);
          break;
        }
        case 'if':
          if (!this.if(stmt, scope, out)) return false;
          break;
        case 'for':
        case 'loop':
          this.loop(stmt, scope, out);
          break;
        case 'throw':
          out.push(this.plain(stmt));
          return false;
        case 'let':
        case 'load':
        case 'store':
        case 'length':
        case 'alloc':
        case 'make':
        case 'slice':
        case 'view':
        case 'push':
        case 'pop':
        case 'resize':
        case 'call':
        case 'derive':
        case 'linear': {
          const plain = narrow(this.plain(stmt), this.replace);
          if (plain !== undefined) out.push(plain);
          break;
        }
        default:
          return unreachable(stmt);
      }
    }
    return true;
  }

  private plain(stmt: Stmt): Stmt {
    return mapStmt(stmt, { atom: this.resolve, define: (v) => v, block: (b) => b });
  }

  private rename(written: Atom, cell: Cell): void {
    if (written.kind !== 'value' || written.name !== undefined || cell.name === '') return;
    if (this.silent.has(cell) || this.renamed.has(written)) return;
    this.renamed.set(written, value(written.type, cell.name));
  }

  private if(stmt: If, scope: Scope, out: Stmt[]): boolean {
    const thenCompletes = completes(stmt.then);
    const elseCompletes = completes(stmt.else);
    if (thenCompletes && elseCompletes) {
      this.branch(stmt, scope, out);
      return true;
    }
    const arm = (block: Block): Block => {
      const stmts: Stmt[] = [];
      this.stmts(block.stmts, new Scope(scope), stmts);
      return { stmts, yields: [] };
    };
    const empty: Block = { stmts: [], yields: [] };
    const guard: If = {
      ...stmt,
      cond: this.resolve(stmt.cond),
      then: thenCompletes ? empty : arm(stmt.then),
      else: elseCompletes ? empty : arm(stmt.else),
      results: [],
    };
    out.push(guard);
    const rest = thenCompletes ? stmt.then : elseCompletes ? stmt.else : undefined;
    if (rest === undefined || !this.stmts(rest.stmts, scope, out)) return false;
    stmt.results.forEach((result, k) => this.alias(result, rest.yields[k]));
    return true;
  }

  private branch(stmt: If, scope: Scope, out: Stmt[]): void {
    const arms = [stmt.then, stmt.else].map((block) => {
      const inner = new Scope(scope);
      const stmts: Stmt[] = [];
      this.stmts(block.stmts, inner, stmts);
      return { inner, stmts, yields: block.yields.map(this.resolve) };
    });
    const [then, otherwise] = arms;
    if (then === undefined || otherwise === undefined) return;
    const results = [...stmt.results];
    for (const cell of new Set([...then.inner.changed(), ...otherwise.inner.changed()])) {
      const a = then.inner.get(cell);
      const b = otherwise.inner.get(cell);
      if (a === undefined || b === undefined) continue;
      if (sameAtom(a, b)) {
        scope.held.set(cell, a);
        continue;
      }
      const result = value(cell.type, cell.name);
      results.push(result);
      then.yields.push(a);
      otherwise.yields.push(b);
      scope.held.set(cell, result);
    }
    out.push({
      ...stmt,
      cond: this.resolve(stmt.cond),
      then: { stmts: then.stmts, yields: then.yields },
      else: { stmts: otherwise.stmts, yields: otherwise.yields },
      results,
    });
  }

  private loop(stmt: For | Loop, scope: Scope, out: Stmt[]): void {
    const inner = new Scope(scope);
    const merged: { cell: Cell; param: Value; init: Atom }[] = [];
    for (const cell of writtenIn(stmt.body)) {
      const init = scope.get(cell);
      if (init === undefined) continue; // declared inside
      const param = value(cell.type, cell.name);
      merged.push({ cell, param, init });
      inner.held.set(cell, param);
    }
    const before = stmt.carried.map(({ param, init }): Carried => ({ param, init: this.resolve(init) }));
    const stmts: Stmt[] = [];
    const ends = this.stmts(stmt.body.stmts, inner, stmts);
    const yields = ends
      ? stmt.body.yields.map(this.resolve)
      : [...(stmt.kind === 'loop' ? [no] : []), ...before.map(({ param }) => defaultOf(param.type))];
    const carried = [...before];
    const results = [...stmt.results];
    for (const { cell, param, init } of merged) {
      const next = ends ? (inner.get(cell) ?? init) : init;
      if (sameAtom(next, param) || sameAtom(next, init)) {
        this.replaced.set(param, init);
        this.late = true;
        continue;
      }
      const result = value(cell.type, cell.name);
      carried.push({ param, init });
      yields.push(next);
      results.push(result);
      scope.held.set(cell, result);
    }
    const body: Block = { stmts, yields };
    if (stmt.kind === 'loop') out.push({ ...stmt, carried, body, results });
    else out.push({ ...stmt, from: this.resolve(stmt.from), to: this.resolve(stmt.to), carried, body, results });
  }

  private alias(result: Value, atom: Atom | undefined): void {
    if (atom !== undefined) this.replaced.set(result, this.resolve(atom));
  }

  /** Applies what was found out after a statement had been written. */
  private finish(body: Block): Block {
    const rename = (v: Value): Value => this.renamed.get(v) ?? v;
    const atom = (a: Atom): Atom => {
      const found = this.resolve(a);
      return found.kind === 'value' ? rename(found) : found;
    };
    const block = (b: Block): Block => ({
      stmts: b.stmts.flatMap((stmt) => narrow(mapStmt(stmt, { atom, define: rename, block }), this.replace) ?? []),
      yields: b.yields.map(atom),
    });
    return block(body);
  }
}

/** Cells written in a block or in the blocks inside it. */
function writtenIn(block: Block, into = new Set<Cell>()): Set<Cell> {
  for (const stmt of block.stmts) {
    if (stmt.kind === 'write') into.add(stmt.cell);
    for (const inner of blocks(stmt)) writtenIn(inner, into);
  }
  return into;
}

/** False if a block surely throws. */
function completes(block: Block): boolean {
  return !block.stmts.some(
    (stmt) => stmt.kind === 'throw' || (stmt.kind === 'if' && !completes(stmt.then) && !completes(stmt.else)),
  );
}
