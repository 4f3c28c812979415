/**
 * Loop-invariant code moves in front of its loop: operations on values from outside, lengths, loads of what the loop does
 * not write, and choices and counted loops made of these.
 *
 *     for i = 0; i < n; i += 1        a = exp k
 *       a = exp k                →    for i = 0; i < n; i += 1
 *       b = mul a i                     b = mul a i
 *
 * The loop may run zero times. So nothing moves that may throw then: no read of a row that is not certainly there, nothing
 * of a reference that may be `undefined`, no loop that would then run. A number or a row at a counted index may be read:
 * if it is not there, nobody looks at what is; but not before differentiating, when a cotangent would be added to it.
 * Nothing moves out of an arm, since the arm may be there to avoid it, but for the arm that is the body of a `while`.
 */

import { isConst, typeOf } from '../ir/build.js';
import { isReference } from '../ir/structure.js';
import { blocks, innerValues, operands, results, statements } from '../ir/visit.js';
import type { Atom, Block, Fn, For, If, Load, Loop, Stmt, Value } from '../ir/types.js';
import type { Known } from './known.js';
import type { Effects, Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';
import { isSteep } from './steep.js';
import type { ValueMembers } from '../ir/value.js';

export const hoist: Pass = {
  name: 'hoist',
  needs: ['for', 'loop'],
  run: (fn, known) => hoisted(fn, known, false),
};

/** With the loops' invariant code in front of them; if `smooth`, only what has a finite slope everywhere moves. */
export function hoisted(fn: Fn, known: Known, smooth: boolean): Fn {
  return fnOf(fn, new Hoisting(known, smooth).block(fn.body, []));
}

class Hoisting {
  private readonly memory: Memory;
  private readonly doubtful: ValueMembers;

  constructor(
    { memory, doubtful }: Known,
    private readonly smooth: boolean,
  ) {
    this.memory = memory;
    this.doubtful = doubtful;
  }

  /** `around`: the counted loops that this block is in; they all run, as long as the block does. */
  block(block: Block, around: readonly For[]): Block {
    const out: Stmt[] = [];
    for (const stmt of block.stmts) {
      // Innermost first, so that what leaves an inner loop may leave the outer one, too.
      const inner = stmt.kind === 'for' ? [...around, stmt] : around;
      const next = withBlocks(stmt, (body) => this.block(body, inner));
      if (next.kind === 'for') out.push(...this.emptied(next, this.memory.effects(stmt), around));
      else if (next.kind === 'loop') out.push(...this.emptied(next, this.memory.effects(stmt), around));
      else out.push(next);
    }
    return blockOf(block, out, block.yields);
  }

  /** What moves in front of a loop, and the loop without it. */
  private emptied(loop: For | Loop, effects: Effects, around: readonly For[]): readonly Stmt[] {
    const leaving = new Leaving(this.memory, this.doubtful, this.smooth, loop, effects, around);
    const stay = loop.body.stmts.filter((stmt) => !leaving.take(stmt));
    const last = stay.at(-1);
    if (loop.kind === 'loop' && last?.kind === 'if') stay.splice(-1, 1, whileBody(loop, last, leaving));
    if (leaving.stmts.length === 0) return [loop];
    return [...leaving.stmts, { ...loop, body: { ...loop.body, stmts: stay } }];
  }
}

/**
 * `loop { if (c) { B } else stop }` is `while (c) { B }`, whatever B says about running again: what does not change in B
 * is as good as in a loop's body.
 */
function whileBody(loop: Loop, last: If, leaving: Leaving): If {
  const again = last.results.findIndex((result) => result === loop.body.yields[0]);
  const stops = (arm: Block) => isConst(arm.yields[again] ?? last.cond, false);
  if (again < 0 || stops(last.then) === stops(last.else)) return last;
  const body = stops(last.else) ? last.then : last.else;
  leaving.maybeNever();
  const stmts = body.stmts.filter((stmt) => !leaving.take(stmt));
  if (stmts.length === body.stmts.length) return last;
  return stops(last.else) ? { ...last, then: { ...body, stmts } } : { ...last, else: { ...body, stmts } };
}

/** Decides statement by statement, in program order, what leaves a loop. */
class Leaving {
  readonly stmts: Stmt[] = [];
  /** Values that stay in the loop. */
  private readonly inside = new Set<Value>();
  private runs: boolean;
  private asked: ReadonlySet<Atom> | undefined;

  constructor(
    private readonly memory: Memory,
    private readonly doubtful: ValueMembers,
    private readonly smooth: boolean,
    private readonly loop: For | Loop,
    private readonly effects: Effects,
    around: readonly For[],
  ) {
    innerValues(loop).forEach((value) => this.inside.add(value));
    this.runs = loop.kind === 'loop' || around.some((outer) => sameBounds(outer, loop)) || this.surelyRuns(loop);
  }

  /** Whether the loop asks if the value is there: that is read best where it is decided. */
  private isAsked(value: Value): boolean {
    this.asked ??= new Set(
      statements(this.loop.body).flatMap((stmt) => (stmt.kind === 'let' && stmt.op === 'defined' ? stmt.args : [])),
    );
    return this.asked.has(value);
  }

  /** From here on, the loop may not get to what is asked about. */
  maybeNever(): void {
    this.runs = false;
  }

  take(stmt: Stmt): boolean {
    if (!this.invariant(stmt)) {
      results(stmt).forEach((value) => this.inside.add(value));
      return false;
    }
    this.stmts.push(stmt);
    return true;
  }

  private invariant(stmt: Stmt): boolean {
    // What is defined inside the statement itself moves along.
    if (operands(stmt).some((atom) => atom.kind === 'value' && this.inside.has(atom))) return false;
    switch (stmt.kind) {
      case 'let':
        if (this.smooth && !this.runs && isSteep(stmt)) return false;
        return stmt.op !== 'text'; // messages are made when they are needed
      case 'length':
        return this.isThere(stmt.object) && !this.effects.unknown && !this.resized(stmt.object);
      case 'load':
        return this.isThere(stmt.object) && this.isSafe(stmt) && !this.written(stmt);
      case 'if':
        return this.allInvariant(stmt);
      case 'for':
        return (this.runs || sameBounds(stmt, this.loop)) && this.whenRunning(() => this.allInvariant(stmt));
      default:
        return false;
    }
  }

  private allInvariant(stmt: If | For): boolean {
    const outside = (atom: Atom) => atom.kind === 'const' || !this.inside.has(atom);
    return blocks(stmt).every(
      (block) => block.stmts.every((inner) => this.invariant(inner)) && block.yields.every(outside),
    );
  }

  /** In a loop that runs only if this one does, every read is one that would have been done anyway. */
  private whenRunning(decide: () => boolean): boolean {
    const before = this.runs;
    this.runs = true;
    const decided = decide();
    this.runs = before;
    return decided;
  }

  private isThere(object: Atom): boolean {
    if (typeOf(object).kind === 'optional') return false;
    if (object.kind === 'const' || !this.doubtful.has(object)) return true;
    const row = this.memory.definitions.get(object);
    if (row?.kind === 'load' && row.inside === true) return true;
    // What was passed has the type it was passed as: its rows are there.
    return row?.kind === 'load' && this.memory.isForeign(row.object) && this.memory.inBounds(row.object, row.key);
  }

  private isSafe({ object, key, target }: Load): boolean {
    if (key.kind === 'field' || this.runs || this.memory.inBounds(object, key)) return true;
    if (this.smooth || this.memory.whole.range(key) === undefined) return false;
    return target.type.kind === 'num' || (isReference(target.type) && !this.isAsked(target));
  }

  private written({ object, key }: Load): boolean {
    const { writes, unknown } = this.effects;
    return (
      unknown ||
      writes.some((write) =>
        write.key === undefined
          ? this.memory.mayAlias(write.object, object)
          : !this.memory.apart(write.object, write.key, object, key),
      )
    );
  }

  private resized(object: Atom): boolean {
    return this.effects.writes.some((write) => write.resized && this.memory.mayAlias(write.object, object));
  }

  private surelyRuns(loop: For): boolean {
    const [from, to] = [this.memory.whole.range(loop.from), this.memory.whole.range(loop.to)];
    if (from === undefined || to === undefined) return false;
    switch (loop.compare) {
      case '<':
        return from.high < to.low;
      case '<=':
        return from.high <= to.low;
      case '>':
        return from.low > to.high;
      case '>=':
        return from.low >= to.high;
    }
  }
}

/** Two loops of which either runs at least once if the other does. */
function sameBounds(a: For, b: For | Loop): boolean {
  if (b.kind === 'loop') return false;
  const same = (x: Atom, y: Atom) =>
    x === y || (x.kind === 'const' && y.kind === 'const' && Object.is(x.value, y.value));
  return a.compare === b.compare && same(a.from, b.from) && same(a.to, b.to);
}
