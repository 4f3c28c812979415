/**
 * An array of zeros whose every element is then added to once is stored into instead; one whose every element is
 * stored needs no fill.
 *
 *     ys = alloc n fill 0                  ys = alloc n
 *     for i = 0; i < n; i += 1       →     for i = 0; i < n; i += 1
 *       store ys[i] += a                     b = add 0 a
 *                                            store ys[i] = b
 *
 * 0 + a is a but for a = −0, so it stays where −0 cannot be ruled out: the results are the same bit for bit. Only where
 * the zeros are marked as the start of a sum of derivatives (`emptyElement`), the sign of a zero is let go.
 */

import { constant, emptyElement, isConst, value, zero } from '../ir/build.js';
import { blocks, operands } from '../ir/visit.js';
import type { Alloc, Atom, Block, For, Op, Stmt, Store, Value } from '../ir/types.js';
import { affine, type Affine } from '../ir/affine.js';
import type { Memory } from './memory.js';
import type { Known } from './known.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, withBlocks } from './rewrite.js';
import type { ValueMembers } from '../ir/value.js';

export const zeroFill: Pass = {
  name: 'zero-fill',
  needs: ['alloc'],
  run: (fn, known) => fnOf(fn, new Filling(known).block(fn.body)),
};

class Filling {
  private readonly memory: Memory;
  private readonly doubtful: ValueMembers;

  constructor({ memory, doubtful }: Known) {
    this.memory = memory;
    this.doubtful = doubtful;
  }

  private isNumber(atom: Atom): boolean {
    return atom.kind === 'value' && !this.doubtful.has(atom);
  }

  block(block: Block): Block {
    const out: Stmt[] = [];
    /** Filled arrays that nothing has looked at yet, and where they are made. */
    const fresh = new Map<Value, number>();
    for (const before of block.stmts) {
      let stmt = withBlocks(before, (inner) => this.block(inner));
      for (const array of mentioned(stmt, fresh)) {
        const at = fresh.get(array);
        fresh.delete(array);
        const alloc = at === undefined ? undefined : out[at];
        if (at === undefined || alloc?.kind !== 'alloc' || stmt.kind !== 'for') continue;
        const stored = this.covered(stmt, alloc);
        if (stored === undefined || (stored === stmt && alloc.fill === undefined)) continue;
        out[at] = { ...alloc, fill: undefined };
        stmt = stored;
      }
      if (stmt.kind === 'alloc' && isFilled(stmt)) fresh.set(stmt.target, out.length);
      out.push(stmt);
    }
    return blockOf(block, out, block.yields);
  }

  /** The loop with plain stores, if it stores or adds to every element of a new array before looking at it. */
  private covered(loop: For, alloc: Alloc): For | undefined {
    const array = alloc.target;
    if (!this.isFullRange(loop, array) || loop.carried.some(({ init }) => init === array)) return undefined;
    const isOwn = (stmt: Stmt) => touches(stmt, array);
    const first = loop.body.stmts.findIndex(isOwn);
    const store = loop.body.stmts[first];
    if (store?.kind !== 'store' || !this.ownElement(store, array, loop.index) || loop.body.yields.includes(array))
      return undefined;
    if (!loop.body.stmts.slice(first + 1).every((stmt) => this.onlyOwnElement(stmt, array, loop.index)))
      return undefined;
    if (!store.add) return loop;
    const plain = this.plain(store, alloc);
    if (plain === undefined) return undefined;
    const stmts = [...loop.body.stmts];
    stmts.splice(first, 1, ...plain);
    return { ...loop, body: { ...loop.body, stmts } };
  }

  private plain(store: Store, { fill, target }: Alloc): readonly Stmt[] | undefined {
    // −0 + a is a, always.
    const nothing = fill !== undefined && (fill === emptyElement || isConst(fill, -0));
    // A typed array makes NaN of undefined, as the addition does.
    const typed = target.type.kind === 'array' && target.type.storage !== 'list';
    if (nothing && (typed || this.isNumber(store.value))) return [{ ...store, add: false }];
    if (fill !== undefined && !isConst(fill, 0)) return undefined;
    if (neverMinusZero(this.memory, store.value)) return [{ ...store, add: false }];
    const sum = value({ kind: 'num' });
    const add: Stmt = { kind: 'let', target: sum, op: 'add', args: [zero, store.value], origin: store.origin };
    return [add, { ...store, value: sum, add: false }];
  }

  /** Whether the loop's index takes every index of the array. */
  private isFullRange(loop: For, array: Value): boolean {
    const made = this.memory.madeLength(array);
    if (made === undefined || Math.abs(loop.step) !== 1) return false;
    const [from, to] = [affine(this.memory.definitions, loop.from), affine(this.memory.definitions, loop.to)];
    const strict = loop.compare === '<' || loop.compare === '>';
    const [low, high] = loop.step > 0 ? [from, to] : [to, from];
    const start = loop.step < 0 && strict ? low.offset + 1 : low.offset;
    const count = loop.step > 0 && strict ? high.offset : high.offset + 1;
    return low.base === undefined && start === 0 && sameAffine({ base: high.base, offset: count }, made);
  }

  private ownElement(store: Store, array: Value, index: Value): boolean {
    return store.object === array && store.key === index && store.value !== array;
  }

  /** Whether a statement looks at the array, if at all, only at the element that this iteration has stored. */
  private onlyOwnElement(stmt: Stmt, array: Value, index: Value): boolean {
    const inner = blocks(stmt);
    if (inner.some((block) => block.yields.includes(array))) return false;
    if (!inner.every((block) => block.stmts.every((deep) => this.onlyOwnElement(deep, array, index)))) return false;
    if (!operands(stmt).includes(array)) return true;
    if (stmt.kind === 'length') return true;
    if (stmt.kind === 'load') return stmt.key === index;
    return stmt.kind === 'store' && this.ownElement(stmt, array, index);
  }
}

const sameAffine = (a: Affine, b: Affine): boolean => a.base === b.base && a.offset === b.offset;

function isFilled({ target, fill }: Alloc): boolean {
  if (target.type.kind !== 'array' || target.type.elem.kind !== 'num') return false;
  const { storage } = target.type;
  // Typed arrays are zeros of themselves; integers wrap around, which is not worth following.
  return storage === 'list' ? fill !== undefined && isConst(fill) : storage === 'f64' || storage === 'f32';
}

/** Those of `arrays` that a statement reads or hands on, in itself or in its blocks. */
function mentioned(stmt: Stmt, arrays: ReadonlyMap<Value, number>): readonly Value[] {
  if (arrays.size === 0 || stmt.kind === 'length') return [];
  const found = new Set<Value>();
  const look = (atom: Atom) => {
    if (atom.kind === 'value' && arrays.has(atom)) found.add(atom);
  };
  const visit = (inner: Stmt) => {
    operands(inner).forEach(look);
    for (const block of blocks(inner)) {
      block.stmts.forEach(visit);
      block.yields.forEach(look);
    }
  };
  visit(stmt);
  return [...found];
}

const touches = (stmt: Stmt, array: Value): boolean => mentioned(stmt, new Map([[array, 0]])).length > 0;

/** Operations whose result is never −0. */
const unsigned: ReadonlySet<Op> = new Set<Op>(['abs', 'exp', 'cosh', 'acos', 'hypot', 'num']);

/** Whether `atom` is a number other than −0. */
function neverMinusZero(memory: Memory, atom: Atom, depth = 0): boolean {
  if (atom.kind === 'const') return typeof atom.value === 'number' && !Object.is(atom.value, -0);
  if (memory.whole.range(atom)) return true;
  const stmt = memory.definitions.get(atom);
  if (stmt?.kind !== 'let' || depth > 8) return false;
  const [a = constant(-0), b = constant(-0)] = stmt.args;
  const never = (operand: Atom) => neverMinusZero(memory, operand, depth + 1);
  switch (stmt.op) {
    case 'add':
      return never(a) || never(b); // −0 is the sum of −0 and −0 only
    case 'sub':
      return never(a); // −0 is −0 − 0 only
    case 'mul':
      return a === b;
    default:
      return unsigned.has(stmt.op);
  }
}
