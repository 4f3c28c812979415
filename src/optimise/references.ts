/**
 * Every reference of a function with where it comes from and how it is used: what scalar replacement decides on.
 */

import { isReference } from '../ir/structure.js';
import { operands, results } from '../ir/visit.js';
import { typeOf } from '../ir/build.js';
import type { Atom, Block, Fn, Make, Stmt, Type, Value } from '../ir/types.js';

/** A run of statements: the body of the function, of a loop, or an arm. */
export interface Region {
  readonly owner: Stmt | undefined;
  /** Where the owner stands. */
  readonly outer: Place | undefined;
}

/** A place in a region: at statement `index`; `end` is after the last one, `index - 0.5` right before a statement. */
export interface Place {
  readonly region: Region;
  readonly index: number;
}
export const end = Infinity;

/**
 * `read`, `write`: of one element or field, or of the length, or (read) a copy. `move`: yielded to a merge. `result`:
 * part of what the function returns. `other`: anything else, after which nothing is known of the reference.
 */
export interface Use {
  readonly role: 'read' | 'write' | 'view' | 'move' | 'result' | 'other';
  readonly place: Place;
  /** The statement, for reads and writes. */
  readonly stmt?: Stmt;
}

/** `fresh`: made by its definition. `merge`: of an `if` or loop. `view`: of a typed array. `foreign`: from elsewhere. */
export interface Reference {
  readonly value: Value;
  readonly origin: 'fresh' | 'merge' | 'view' | 'foreign';
  readonly definition: Stmt | undefined;
  /** Where it is in scope: from this place to the end of the region. */
  readonly home: Place;
  readonly uses: Use[];
}

/** `from` becomes known as `to` as well. */
export interface Move {
  readonly from: Atom;
  readonly to: Value;
  readonly place: Place;
}

export class References {
  readonly all = new Map<Value, Reference>();
  readonly moves: Move[] = [];
  /** The statements at the end that only put together what is returned. */
  readonly tail: ReadonlySet<Stmt>;

  constructor(fn: Fn) {
    this.tail = tailOf(fn);
    const top: Region = { owner: undefined, outer: undefined };
    for (const { value } of fn.params) this.define(value, 'foreign', undefined, { region: top, index: -1 });
    this.block(fn.body, top);
    for (const atom of fn.body.yields) this.use(atom, { role: 'result', place: { region: top, index: end } });
  }

  get(atom: Atom): Reference | undefined {
    return atom.kind === 'value' ? this.all.get(atom) : undefined;
  }

  private define(value: Value, origin: Reference['origin'], definition: Stmt | undefined, home: Place): void {
    if (refers(value.type)) this.all.set(value, { value, origin, definition, home, uses: [] });
  }

  private use(atom: Atom, use: Use): void {
    this.get(atom)?.uses.push(use);
  }

  private move(from: Atom | undefined, to: Value | undefined, place: Place): void {
    if (from === undefined || to === undefined) return;
    if (!refers(to.type)) {
      this.use(from, { role: 'other', place });
      return;
    }
    this.moves.push({ from, to, place });
    this.use(from, { role: 'move', place });
  }

  private block(block: Block, region: Region): void {
    block.stmts.forEach((stmt, index) => this.stmt(stmt, { region, index }));
  }

  private stmt(stmt: Stmt, place: Place): void {
    switch (stmt.kind) {
      case 'load':
      case 'length':
        this.use(stmt.object, { role: 'read', place, stmt });
        this.define(stmt.target, 'foreign', stmt, place);
        return;
      case 'store':
        this.use(stmt.object, { role: 'write', place, stmt });
        this.use(stmt.value, { role: 'other', place });
        return;
      case 'slice':
        this.use(stmt.object, { role: 'read', place, stmt });
        this.define(stmt.target, 'fresh', stmt, place);
        return;
      case 'view':
        this.use(stmt.object, { role: 'view', place, stmt });
        this.define(stmt.target, 'view', stmt, place);
        return;
      case 'alloc':
      case 'make': {
        const tail = this.tail.has(stmt);
        for (const atom of operands(stmt)) this.use(atom, { role: tail ? 'result' : 'other', place });
        this.define(stmt.target, tail ? 'foreign' : 'fresh', stmt, place);
        return;
      }
      case 'if':
        stmt.results.forEach((result) => this.define(result, 'merge', stmt, place));
        for (const arm of [stmt.then, stmt.else]) {
          const region: Region = { owner: stmt, outer: place };
          this.block(arm, region);
          arm.yields.forEach((atom, k) => this.move(atom, stmt.results[k], { region, index: end }));
        }
        return;
      case 'for':
      case 'loop': {
        const region: Region = { owner: stmt, outer: place };
        const first = stmt.kind === 'loop' ? 1 : 0;
        stmt.carried.forEach(({ param, init }) => {
          this.define(param, 'merge', stmt, { region, index: -1 });
          this.move(init, param, { region: place.region, index: place.index - 0.5 });
        });
        this.block(stmt.body, region);
        stmt.carried.forEach(({ param }, k) => {
          this.move(stmt.body.yields[k + first], param, { region, index: end });
        });
        stmt.results.forEach((result) => this.define(result, 'merge', stmt, place));
        return;
      }
      default:
        for (const atom of operands(stmt)) this.use(atom, { role: 'other', place });
        for (const v of results(stmt)) this.define(v, 'foreign', stmt, place);
    }
  }
}

const refers = (type: Type): boolean => isReference(type.kind === 'optional' ? type.of : type);

export const isAbsent = (atom: Atom): boolean => typeOf(atom).kind === 'void';

function tailOf(fn: Fn): ReadonlySet<Stmt> {
  const { stmts, yields } = fn.body;
  const last: Make[] = [];
  for (let at = stmts.length - 1; at >= 0; at--) {
    const stmt = stmts[at];
    if (stmt?.kind !== 'make') break;
    last.push(stmt);
  }
  // Nearly all suffixes of makes are wholly part of the result; the first that is not ends the tail.
  const wanted = new Set<Atom>(yields);
  const tail = new Set<Stmt>();
  for (const stmt of last) {
    if (!wanted.has(stmt.target)) break;
    tail.add(stmt);
    for (const part of stmt.parts) wanted.add(part);
  }
  return tail;
}

/** Places of the regions around a place, outermost first, from the region `home` on; undefined if it is not within. */
function path(place: Place, home: Region): readonly Place[] | undefined {
  const places: Place[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.region.outer) {
    places.push(at);
    if (at.region === home) return places.reverse();
  }
  return undefined;
}

const isLoop = (region: Region): boolean => region.owner?.kind === 'for' || region.owner?.kind === 'loop';

/** Whether `place` is run at most once while a value with this home lives. */
export function runsOnce(place: Place, home: Region): boolean {
  return path(place, home)?.every(({ region }) => region === home || !isLoop(region)) === true;
}

/** Whether `a` is never run after `b` while a value with this home lives. */
export function precedes(a: Place, b: Place, home: Region): boolean {
  const [left, right] = [path(a, home), path(b, home)];
  if (left === undefined || right === undefined) return false;
  for (let k = 0; ; k++) {
    const [x, y] = [left[k], right[k]];
    if (x === undefined || y === undefined) return false;
    if (x.region !== y.region) return true; // the two arms of an `if`
    if (x.index !== y.index) return x.index < y.index;
    const inner = left[k + 1];
    if (inner !== undefined && isLoop(inner.region)) return false;
  }
}
