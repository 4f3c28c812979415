/**
 * The lengths of arrays that loops hand on from one iteration to the next, or that choices give: where all that comes in
 * is of one length, so is the array.
 *
 *     n = length xs
 *     for step = 0; … carry x = xs
 *       m = length x               m is n
 *       y = alloc m
 *       yield y
 */

import { constant, sameAtom } from '../ir/build.js';
import type { Atom, Fn, Length, Stmt, Value } from '../ir/types.js';
import { handedOn, incoming } from '../ir/visit.js';
import { ValueMap } from '../ir/value.js';
import type { Definitions } from './rewrite.js';
import type { WholeNumbers } from './whole.js';

interface Arrays {
  readonly definitions: Definitions;
  readonly whole: WholeNumbers;
  /** Whether an array keeps the length that it was made with. */
  keepsLength(array: Atom): boolean;
  isBornBefore(a: Value, b: Value): boolean;
}

/** Loops inside of loops inside of choices, each with arrays: further than this nobody looks. */
const deepest = 16;

export class Lengths {
  /** The first that asks, at the top of the function, for the length of what it is given. */
  private readonly measured = new Map<Value, Value>();
  private readonly found = new ValueMap<Atom | undefined>();

  constructor(
    fn: Fn,
    private readonly arrays: Arrays,
  ) {
    const given = new Set<Atom>(fn.params.map(({ value }) => value));
    for (const stmt of fn.body.stmts) if (stmt.kind === 'length' && given.has(stmt.object)) this.measure(stmt);
  }

  private measure({ object, target }: Length): void {
    if (object.kind === 'value' && !this.measured.has(object)) this.measured.set(object, target);
  }

  /** The length of what a loop or a choice gives, as an atom that is in scope where that is. */
  of(array: Value): Atom | undefined {
    if (this.found.has(array)) return this.found.get(array);
    const length = isMerge(this.arrays.definitions.get(array)) ? this.length(array, new Map(), 0) : undefined;
    const inScope = length?.kind === 'const' || (length && this.arrays.isBornBefore(length, array));
    const found = inScope ? length : undefined;
    this.found.set(array, found);
    return found;
  }

  /** `assumed`: lengths of carried arrays that are being looked into. */
  private length(array: Atom, assumed: ReadonlyMap<Atom, Atom>, depth: number): Atom | undefined {
    const known = assumed.get(array);
    if (known !== undefined) return known;
    if (array.kind === 'const' || depth > deepest || !this.arrays.keepsLength(array)) return undefined;
    const stmt = this.arrays.definitions.get(array);
    switch (stmt?.kind) {
      case undefined:
        return this.measured.get(array);
      case 'alloc':
        return this.number(stmt.length, assumed, depth);
      case 'make':
        return constant(stmt.parts.length);
      case 'slice':
      case 'view':
        return stmt.from.kind === 'const' && stmt.from.value === 0 ? this.number(stmt.to, assumed, depth) : undefined;
      case 'if': {
        const [one, other] = incoming(stmt, array).map((arm) => this.length(arm, assumed, depth + 1));
        return one !== undefined && other !== undefined && sameAtom(one, other) ? one : undefined;
      }
      case 'for':
      case 'loop': {
        const through = handedOn(stmt, array);
        if (through === undefined) return undefined;
        const first = this.length(through.init, assumed, depth + 1);
        if (first === undefined) return undefined;
        const next = this.length(through.next, new Map([...assumed, [through.param, first]]), depth + 1);
        return next !== undefined && sameAtom(first, next) ? first : undefined;
      }
      default:
        return undefined;
    }
  }

  /** A number of elements: if it is the length of another array, what that is. */
  private number(count: Atom, assumed: ReadonlyMap<Atom, Atom>, depth: number): Atom | undefined {
    if (this.arrays.whole.range(count) === undefined) return undefined;
    const stmt = this.arrays.definitions.get(count);
    const same = stmt?.kind === 'length' ? this.length(stmt.object, assumed, depth + 1) : undefined;
    return same ?? count;
  }
}

const isMerge = (stmt: Stmt | undefined): boolean =>
  stmt?.kind === 'if' || stmt?.kind === 'for' || stmt?.kind === 'loop';
