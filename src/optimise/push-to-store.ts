/**
 * A list that a counted loop fills by one push per iteration has its length from the start.
 *
 *     ys = make []                             m = max 0 n
 *     for i = 0; i < n; i += 1                 ys = alloc m
 *       B                               →      for i = 0; i < n; i += 1
 *       push ys y                                B
 *                                                ys[i] = y
 *
 * The list may have elements to begin with; they are stored in front. A push that follows the creation of the list in the
 * same block adds a part to it.
 *
 * In the loop the list may otherwise only be read at `i + c`, no further than it has been filled.
 */

import { constant, num, value } from '../ir/build.js';
import { operands } from '../ir/visit.js';
import type { Atom, Block, For, Make, Origin, Push, Stmt, Value } from '../ir/types.js';
import type { Known } from './known.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';

export const pushToStore: Pass = {
  name: 'push-to-store',
  needs: ['push'],
  run: (fn, known) => fnOf(fn, new Filling(known).block(fn.body)),
};

class Filling {
  constructor(private readonly known: Known) {}

  block(block: Block): Block {
    const stmts = block.stmts.map((stmt) => withBlocks(stmt, (inner) => this.block(inner)));
    /** Lists created in this block that nobody has used yet, and where. */
    const untouched = new Map<Value, number>();
    const out: (Stmt | undefined)[] = [];
    for (const stmt of stmts) {
      if (stmt.kind === 'push' && this.append(stmt, untouched, out)) continue;
      if (stmt.kind === 'for' && this.fill(stmt, untouched, out)) continue;
      for (const used of touched(stmt, untouched)) untouched.delete(used);
      if (stmt.kind === 'make' && isList(stmt)) untouched.set(stmt.target, out.length);
      out.push(stmt);
    }
    const kept = out.filter((stmt) => stmt !== undefined);
    return blockOf(block, kept, block.yields);
  }

  /** `xs = make [a]` … `push xs b` is `xs = make [a, b]`. */
  private append(push: Push, untouched: Map<Value, number>, out: (Stmt | undefined)[]): boolean {
    if (push.object.kind !== 'value' || push.value === push.object) return false;
    const made = createdIn(out, untouched.get(push.object));
    if (made === undefined) return false;
    if (push.value.kind === 'value') untouched.delete(push.value);
    out[untouched.get(made.target) ?? out.length] = undefined;
    untouched.set(made.target, out.length);
    out.push({ ...made, parts: [...made.parts, push.value] });
    return true;
  }

  private fill(loop: For, untouched: Map<Value, number>, out: (Stmt | undefined)[]): boolean {
    let current = loop;
    for (const stmt of loop.body.stmts) {
      if (stmt.kind !== 'push' || stmt.object.kind !== 'value') continue;
      const at = untouched.get(stmt.object);
      const made = createdIn(out, at);
      const count = made && this.trips(loop);
      if (at === undefined || made === undefined || count === undefined) continue;
      const filled = this.stores(current, stmt, made);
      if (filled === undefined) continue;
      current = filled;
      out[at] = undefined;
      this.allocate(made, count, loop.origin, out);
    }
    if (current === loop) return false;
    for (const used of touched(current, untouched)) untouched.delete(used);
    out.push(current);
    return true;
  }

  private allocate(
    made: Make,
    count: (out: (Stmt | undefined)[]) => Atom,
    origin: Origin | undefined,
    out: (Stmt | undefined)[],
  ): void {
    const { target, parts } = made;
    const length = sum(out, count(out), parts.length, made.origin);
    out.push({ kind: 'alloc', target, length, fill: undefined, origin: made.origin });
    parts.forEach((part, k) => {
      out.push({ kind: 'store', object: target, key: constant(k), value: part, add: false, origin });
    });
  }

  /** The loop with the push replaced by a store, if the list is used in no other way that would tell. */
  private stores(loop: For, push: Push, { target, parts }: Make): For | undefined {
    if (loop.carried.some(({ init }) => init === target)) return undefined;
    if (push.value === target) return undefined;
    let filled = parts.length;
    const first = loop.step === 1 && loop.from.kind === 'const' ? Number(loop.from.value) : undefined;
    const offsets = new Map<Atom, number>([[loop.index, 0]]);
    const within = (block: Block): boolean => {
      if (block.yields.includes(target)) return false;
      return block.stmts.every((stmt) => {
        if (stmt === push) {
          filled += 1;
          return true;
        }
        if (stmt.kind === 'let') offset(stmt.target, stmt.op, stmt.args, offsets);
        if (stmt.kind === 'load' && stmt.object === target) {
          // At index i, the iterations before have filled i - from elements.
          const c = stmt.key.kind === 'field' ? undefined : offsets.get(stmt.key);
          return c !== undefined && first !== undefined && c < filled - first;
        }
        if (operands(stmt).includes(target)) return false;
        if (stmt.kind === 'if') return within(stmt.then) && within(stmt.else);
        return stmt.kind !== 'for' && stmt.kind !== 'loop' ? true : within(stmt.body);
      });
    };
    if (!within(loop.body)) return undefined;
    const stmts = loop.body.stmts.flatMap((stmt): Stmt[] => {
      if (stmt !== push) return [stmt];
      const before: (Stmt | undefined)[] = [];
      const { origin } = push;
      const trip =
        loop.step > 0
          ? difference(before, loop.index, loop.from, origin)
          : difference(before, loop.from, loop.index, origin);
      const key = sum(before, trip, parts.length, origin);
      const kept = before.filter((s) => s !== undefined);
      return [...kept, { kind: 'store', object: target, key, value: push.value, add: false, origin }];
    });
    return { ...loop, body: { ...loop.body, stmts } };
  }

  /** Appends the computation of the number of iterations; undefined if it takes more than a difference. */
  private trips(loop: For): ((out: (Stmt | undefined)[]) => Atom) | undefined {
    const { from, to, compare, step, origin } = loop;
    if (step !== 1 && step !== -1) return undefined;
    const { whole } = this.known;
    const [first, last] = [whole.range(from), whole.range(to)];
    // With a bound that may be NaN, or not whole, the number would take more than it saves.
    if (first === undefined || last === undefined) return undefined;
    const more = compare === '<=' || compare === '>=' ? 1 : 0;
    const [low, high] = step > 0 ? [first, last] : [last, first];
    const mayBeLess = high.low - low.high + more < 0;
    return (out) => {
      const distance = step > 0 ? difference(out, to, from, origin) : difference(out, from, to, origin);
      const count = sum(out, distance, more, origin);
      if (!mayBeLess) return count;
      if (count.kind === 'const') return constant(Math.max(0, Number(count.value)));
      const target = value(num);
      out.push({ kind: 'let', target, op: 'max', args: [constant(0), count], origin });
      return target;
    };
  }
}

const isList = ({ target: { type } }: Make): boolean =>
  type.kind === 'array' && type.storage === 'list' && type.fixed === undefined;

function createdIn(out: readonly (Stmt | undefined)[], at: number | undefined): Make | undefined {
  const stmt = at === undefined ? undefined : out[at];
  return stmt?.kind === 'make' ? stmt : undefined;
}

/** Which of these values a statement or anything inside of it reads. */
function touched(stmt: Stmt, values: ReadonlyMap<Value, number>): readonly Value[] {
  if (values.size === 0) return [];
  const found: Value[] = [];
  const look = (atom: Atom) => {
    if (atom.kind === 'value' && values.has(atom)) found.push(atom);
  };
  const inside = (block: Block): void => {
    for (const inner of block.stmts) all(inner);
    block.yields.forEach(look);
  };
  const all = (s: Stmt): void => {
    operands(s).forEach(look);
    if (s.kind === 'if') {
      inside(s.then);
      inside(s.else);
    } else if (s.kind === 'for' || s.kind === 'loop') inside(s.body);
  };
  all(stmt);
  return found;
}

/** Notes values that are the index plus a constant. */
function offset(target: Value, op: string, [a, b]: readonly Atom[], offsets: Map<Atom, number>): void {
  if (a === undefined || b === undefined || (op !== 'add' && op !== 'sub')) return;
  const base = offsets.get(a);
  if (base !== undefined && b.kind === 'const' && typeof b.value === 'number') {
    offsets.set(target, op === 'add' ? base + b.value : base - b.value);
  }
  const other = offsets.get(b);
  if (op === 'add' && other !== undefined && a.kind === 'const' && typeof a.value === 'number')
    offsets.set(target, other + a.value);
}

function difference(out: (Stmt | undefined)[], a: Atom, b: Atom, origin: Origin | undefined): Atom {
  if (b.kind === 'const' && b.value === 0) return a;
  if (a.kind === 'const' && b.kind === 'const') return constant(Number(a.value) - Number(b.value));
  const target = value(num);
  out.push({ kind: 'let', target, op: 'sub', args: [a, b], origin });
  return target;
}

function sum(out: (Stmt | undefined)[], a: Atom, n: number, origin: Origin | undefined): Atom {
  if (n === 0) return a;
  if (a.kind === 'const') return constant(Number(a.value) + n);
  const target = value(num);
  out.push({ kind: 'let', target, op: 'add', args: [a, constant(n)], origin });
  return target;
}
