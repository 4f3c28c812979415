/**
 * Values that become several cells each: what scalar replacement does to objects, and `optionals` to values that may be
 * `undefined`. Here is what is the same for both: merges of such values are copies, cell by cell.
 */

import type { Atom, Block, Cell, Fn, For, If, Loop, Origin, Stmt, Value } from '../ir/types.js';
import { promote } from './ssa.js';

/** The cells of a value by the names of its parts. */
export type Parts = ReadonlyMap<string, Cell>;

export abstract class Splitting {
  protected readonly parts = new Map<Value, Parts>();

  /** A part of a value, split or not; `undefined` if it is never looked at. */
  protected abstract read(out: Stmt[], source: Atom, part: string, origin: Origin | undefined): Atom | undefined;

  /** What a cell holds before it is assigned. */
  protected initial(_cell: Cell): Atom | undefined {
    return undefined;
  }

  /** Statements other than `if`, `for` and `loop`. */
  protected abstract plain(stmt: Stmt, out: Stmt[]): void;

  /** `fn` with another body, in single assignment form again. */
  protected promoted(fn: Fn, body: Block): Fn {
    const cells = new Set<Cell>();
    for (const parts of this.parts.values()) for (const cell of parts.values()) cells.add(cell);
    return promote({ ...fn, body }, cells);
  }

  protected get(atom: Atom): Parts | undefined {
    return atom.kind === 'value' ? this.parts.get(atom) : undefined;
  }

  protected all(stmts: readonly Stmt[], out: Stmt[]): void {
    for (const stmt of stmts) {
      if (stmt.kind === 'if') this.if(stmt, out);
      else if (stmt.kind === 'for' || stmt.kind === 'loop') this.loop(stmt, out);
      else this.plain(stmt, out);
    }
  }

  private if(stmt: If, out: Stmt[]): void {
    const { origin } = stmt;
    const gone = stmt.results.map((result) => this.parts.get(result));
    for (const parts of gone) this.declare(parts, out, origin);
    const arm = (block: Block): Block => {
      const stmts: Stmt[] = [];
      this.all(block.stmts, stmts);
      block.yields.forEach((atom, k) => this.copy(stmts, gone[k], atom, origin));
      return { stmts, yields: block.yields.filter((_, k) => gone[k] === undefined) };
    };
    const results = stmt.results.filter((_, k) => gone[k] === undefined);
    out.push({ ...stmt, then: arm(stmt.then), else: arm(stmt.else), results });
  }

  private loop(stmt: For | Loop, out: Stmt[]): void {
    const { origin } = stmt;
    const first = stmt.kind === 'loop' ? 1 : 0;
    const gone = stmt.carried.map(({ param }) => this.parts.get(param));
    stmt.carried.forEach(({ init }, k) => {
      this.declare(gone[k], out, origin);
      this.copy(out, gone[k], init, origin);
    });
    const stmts: Stmt[] = [];
    this.all(stmt.body.stmts, stmts);
    // All are read before any is written: a loop may swap what it carries.
    const writes: Stmt[] = [];
    stmt.body.yields.forEach((atom, k) => {
      if (k >= first) this.copy(stmts, gone[k - first], atom, origin, writes);
    });
    for (const write of writes) stmts.push(write);
    const yields = stmt.body.yields.filter((_, k) => k < first || gone[k - first] === undefined);
    const carried = stmt.carried.filter((_, k) => gone[k] === undefined);
    const results = stmt.results.filter((_, k) => gone[k] === undefined);
    out.push({ ...stmt, carried, results, body: { stmts, yields } });
  }

  private declare(parts: Parts | undefined, out: Stmt[], origin: Origin | undefined): void {
    for (const cell of parts?.values() ?? []) out.push({ kind: 'cell', cell, init: this.initial(cell), origin });
  }

  private copy(out: Stmt[], parts: Parts | undefined, source: Atom, origin: Origin | undefined, writes = out): void {
    for (const [part, cell] of parts ?? []) {
      const value = this.read(out, source, part, origin);
      if (value !== undefined) writes.push({ kind: 'write', cell, value, origin });
    }
  }
}

/** The carried parameter of which `v` is the last value, if it is the result of a loop. */
export function carriedAs(v: Value, definition: Stmt | undefined): Value | undefined {
  if (definition?.kind !== 'for' && definition?.kind !== 'loop') return undefined;
  return definition.carried[definition.results.indexOf(v)]?.param;
}
