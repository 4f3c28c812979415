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
 * subexpression before a branch gives what writing it in the branch gives. Comparisons have no derivative; where one asks
 * for r, too, as guards do, it is given an r of its own, of a constant:
 *
 *     r = sqrt x                        s = sqrt (held x)
 *     if r < ε                          if s < ε
 *       yield 0                 →         yield 0
 *     else                              else
 *       yield r                           r = sqrt x
 *                                         yield r
 *
 * Before differentiating, optimised or not. Afterwards, when `held` is gone, there is one r again, and what only one arm
 * wants still moves there.
 */

import { typeOf, value } from '../ir/build.js';
import { freeValues, operands } from '../ir/visit.js';
import type { Atom, Block, Fn, If, Let, Stmt, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { fnOf, isCompound, withBlocks, withOperands } from './rewrite.js';
import { isSteep } from './steep.js';

export const sink: Pass = {
  name: 'sink',
  needs: ['if'],
  run: (fn: Fn): Fn => fnOf(fn, sunk(fn.body, false)),
};

/** The same, with copies for comparisons. */
export const sinkActive: Pass = {
  name: 'sink active',
  needs: ['if'],
  run: (fn: Fn): Fn => fnOf(fn, sunk(fn.body, true)),
};

type Arm = 'then' | 'else';
const arms = ['then', 'else'] as const;

function sunk(block: Block, copies: boolean): Block {
  const moved = movesOf(block, copies);
  const inner = (each: Block): Block => sunk(each, copies);
  if (moved.gone.size === 0) {
    let changed = false;
    const stmts = block.stmts.map((stmt) => {
      const next = isCompound(stmt) ? withBlocks(stmt, inner) : stmt;
      changed ||= next !== stmt;
      return next;
    });
    return changed ? { ...block, stmts } : block;
  }
  const asked = new Map<Atom, Atom>();
  const stmts = block.stmts.flatMap((stmt): readonly Stmt[] => {
    if (moved.gone.has(stmt)) return moved.asked.has(stmt) ? askedCopy(stmt as Let, asked) : []; // only `let`s move
    if (asked.size > 0 && isComparison(stmt)) return [withOperands(stmt, (a) => asked.get(a) ?? a)];
    const into = moved.into.get(stmt);
    if (stmt.kind === 'if' && into) {
      const arm = (name: Arm): Block => inner({ ...stmt[name], stmts: [...into[name], ...stmt[name].stmts] });
      return [{ ...stmt, then: arm('then'), else: arm('else') }];
    }
    return [isCompound(stmt) ? withBlocks(stmt, inner) : stmt];
  });
  return { ...block, stmts };
}

/** The statement once more, for comparisons only. */
function askedCopy(stmt: Let, asked: Map<Atom, Atom>): Stmt[] {
  const { origin } = stmt;
  const held: Stmt[] = [];
  const args = stmt.args.map((arg) => {
    if (asked.has(arg) || arg.kind === 'const' || typeOf(arg).kind !== 'num') return asked.get(arg) ?? arg;
    const target = value(arg.type);
    held.push({ kind: 'let', target, op: 'held', args: [arg], origin });
    return target;
  });
  const target = value(stmt.target.type, stmt.target.name);
  asked.set(stmt.target, target);
  return [...held, { ...stmt, target, args }];
}

const comparisons: ReadonlySet<string> = new Set([
  'lt',
  'le',
  'gt',
  'ge',
  'eq',
  'ne',
  'isNaN',
  'isFinite',
  'isInteger',
]);

const isComparison = (stmt: Stmt): boolean => stmt.kind === 'let' && comparisons.has(stmt.op);

interface Moves {
  readonly gone: ReadonlySet<Stmt>;
  /** Of those that are gone: comparisons ask for them where they were. */
  readonly asked: ReadonlySet<Stmt>;
  readonly into: ReadonlyMap<Stmt, Readonly<Record<Arm, Let[]>>>;
}

/** Where a value is used: in one arm of a later statement, or anywhere else. */
interface Place {
  readonly stmt: If;
  readonly arm: Arm;
}

function movesOf({ stmts, yields }: Block, copies: boolean): Moves {
  const gone = new Set<Stmt>();
  const asked = new Set<Stmt>();
  const compared = new Set<Atom>();
  const into = new Map<Stmt, Record<Arm, Let[]>>();
  const steep = new Map<Atom, Let>();
  for (const stmt of stmts) {
    if (stmt.kind === 'let' && (isSteep(stmt) || stmt.args.some((arg) => steep.has(arg)))) steep.set(stmt.target, stmt);
  }
  if (steep.size === 0) return { gone, asked, into };

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
      if (compared.has(stmt.target)) {
        asked.add(stmt);
        stmt.args.forEach((arg) => compared.add(arg));
      }
      stmt.args.forEach((arg) => use(arg, place));
      continue;
    }
    if (copies && isComparison(stmt)) operands(stmt).forEach((atom) => compared.add(atom));
    else operands(stmt).forEach((atom) => use(atom, 'elsewhere'));
    if (!isCompound(stmt)) continue;
    if (stmt.kind === 'if') arms.forEach((arm) => freeIn(stmt[arm]).forEach((v) => use(v, { stmt, arm })));
    else freeIn(stmt.body).forEach((v) => use(v, 'elsewhere'));
  }
  return { gone, asked, into };
}

const freeIn = (block: Block): ReadonlySet<Value> => freeValues(block);
