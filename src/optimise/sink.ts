/**
 * What may have an infinite slope moves into the arm that alone uses it, and with it what is made of it there:
 *
 *     r = sqrt x                        if x > 0
 *     if x > 0                            r = sqrt x
 *       yield r                 →         yield r
 *     else                              else
 *       yield 0                           yield 0
 *
 * The value is the same. The derivative of r is then not computed where it is not wanted: 0 · ∞ would be NaN. So naming a
 * subexpression before a branch gives what writing it in the branch gives. Before differentiating, optimised or not.
 */

import { freeValues, operands } from '../ir/visit.js';
import type { Atom, Block, Fn, If, Let, Stmt, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { fnOf, isCompound, withBlocks } from './rewrite.js';
import { isSteep } from './steep.js';

export const sink: Pass = {
  name: 'sink',
  needs: ['if'],
  run: (fn: Fn): Fn => fnOf(fn, sunk(fn.body)),
};

type Arm = 'then' | 'else';
const arms = ['then', 'else'] as const;

function sunk(block: Block): Block {
  const moved = movesOf(block);
  if (moved.gone.size === 0) {
    let changed = false;
    const stmts = block.stmts.map((stmt) => {
      const next = isCompound(stmt) ? withBlocks(stmt, sunk) : stmt;
      changed ||= next !== stmt;
      return next;
    });
    return changed ? { ...block, stmts } : block;
  }
  const stmts = block.stmts.flatMap((stmt): readonly Stmt[] => {
    if (moved.gone.has(stmt)) return [];
    const into = moved.into.get(stmt);
    if (stmt.kind === 'if' && into) {
      const arm = (name: Arm): Block => sunk({ ...stmt[name], stmts: [...into[name], ...stmt[name].stmts] });
      return [{ ...stmt, then: arm('then'), else: arm('else') }];
    }
    return [isCompound(stmt) ? withBlocks(stmt, sunk) : stmt];
  });
  return { ...block, stmts };
}

interface Moves {
  readonly gone: ReadonlySet<Stmt>;
  readonly into: ReadonlyMap<Stmt, Readonly<Record<Arm, Let[]>>>;
}

/** Where a value is used: in one arm of a later statement, or anywhere else. */
interface Place {
  readonly stmt: If;
  readonly arm: Arm;
}

function movesOf({ stmts, yields }: Block): Moves {
  const gone = new Set<Stmt>();
  const into = new Map<Stmt, Record<Arm, Let[]>>();
  const steep = new Map<Atom, Let>();
  for (const stmt of stmts) {
    if (stmt.kind === 'let' && (isSteep(stmt) || stmt.args.some((arg) => steep.has(arg)))) steep.set(stmt.target, stmt);
  }
  if (steep.size === 0) return { gone, into };

  /** The only place of all uses so far; `elsewhere` when there is none. */
  const places = new Map<Atom, Place | 'elsewhere'>();
  const use = (atom: Atom, place: Place | 'elsewhere') => {
    if (!steep.has(atom)) return;
    const known = places.get(atom);
    const isSame =
      known === undefined ||
      (known !== 'elsewhere' && place !== 'elsewhere' && known.stmt === place.stmt && known.arm === place.arm);
    places.set(atom, isSame ? place : 'elsewhere');
  };
  yields.forEach((atom) => use(atom, 'elsewhere'));
  // Backwards, so that who uses a value has been placed before.
  for (const stmt of stmts.toReversed()) {
    const place = stmt.kind === 'let' && steep.has(stmt.target) ? places.get(stmt.target) : undefined;
    if (stmt.kind === 'let' && place !== undefined && place !== 'elsewhere') {
      const lists = into.get(place.stmt) ?? { then: [], else: [] };
      lists[place.arm].unshift(stmt);
      into.set(place.stmt, lists);
      gone.add(stmt);
      stmt.args.forEach((arg) => use(arg, place));
      continue;
    }
    operands(stmt).forEach((atom) => use(atom, 'elsewhere'));
    if (!isCompound(stmt)) continue;
    if (stmt.kind === 'if') arms.forEach((arm) => freeIn(stmt[arm]).forEach((v) => use(v, { stmt, arm })));
    else freeIn(stmt.body).forEach((v) => use(v, 'elsewhere'));
  }
  return { gone, into };
}

const freeIn = (block: Block): ReadonlySet<Value> => freeValues(block);
