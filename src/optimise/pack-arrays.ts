/**
 * Arrays of one length that the iterations of a loop make and keep in a list are parts of one array, made before the loop:
 * a view costs a third of an array of its own.
 *
 *     for i = 0; i < n; i += 1            all = alloc n·m
 *       ys = alloc m                →     for i = 0; i < n; i += 1
 *       store list[i] = ys                  ys = view all i·m … i·m + m
 *                                           store list[i] = ys
 *
 * Nothing of it is returned, or stored into what was given: to the caller, a view is not what an array is. Only after
 * differentiation, as views share their memory.
 */

import { tripCount } from '../ad/loops.js';
import { Builder, isConst } from '../ir/build.js';
import { isReference } from '../ir/structure.js';
import { append } from '../ir/lists.js';
import { definedInside, incoming, operands, statements } from '../ir/visit.js';
import type { Alloc, ArrayType, Atom, Block, Fn, For, Stmt, Value } from '../ir/types.js';
import type { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, withBlocks } from './rewrite.js';

/** Arrays of so few elements are as cheap as views. */
const fewElements = 8;

export const packArrays: Pass = {
  name: 'pack-arrays',
  needs: ['alloc'],
  run: (fn, { memory }) => {
    const some = statements(fn.body).some((stmt) => stmt.kind === 'for' && stmt.body.stmts.some(isZeros));
    return some ? fnOf(fn, new Packing(memory, leavingFrom(fn, memory)).block(fn.body)) : fn;
  },
};

interface Zeros extends Alloc {
  readonly target: Value & { readonly type: ArrayType };
}

/** A new typed array, all zeros. */
function isZeros(stmt: Stmt): stmt is Zeros {
  if (stmt.kind !== 'alloc') return false;
  const { type } = stmt.target;
  return type.kind === 'array' && type.storage !== 'list' && (stmt.fill === undefined || isConst(stmt.fill, 0));
}

class Packing {
  constructor(
    private readonly memory: Memory,
    /** What the caller may come to hold. */
    private readonly leaving: ReadonlySet<Atom>,
  ) {}

  block(block: Block): Block {
    const out: Stmt[] = [];
    for (const before of block.stmts) {
      const stmt = withBlocks(before, (inner) => this.block(inner));
      if (stmt.kind === 'for') out.push(...this.packed(stmt));
      else out.push(stmt);
    }
    return blockOf(block, out, block.yields);
  }

  /** What comes before a loop whose arrays are packed, and the loop. */
  private packed(loop: For): readonly Stmt[] {
    if (!isConst(loop.from, 0) || loop.compare !== '<' || loop.step !== 1) return [loop];
    const inside = definedInside(loop);
    const kept = keptBy(loop, inside);
    const outside = new Builder(loop.origin);
    const stmts = loop.body.stmts.flatMap((stmt): readonly Stmt[] => {
      if (!isZeros(stmt) || inside.has(stmt.length) || !kept.has(stmt.target)) return [stmt];
      if (this.leaving.has(stmt.target) || !this.isLong(stmt.length)) return [stmt];
      return this.part(stmt, loop, outside);
    });
    return outside.stmts.length === 0 ? [loop] : [...outside.stmts, { ...loop, body: { ...loop.body, stmts } }];
  }

  private isLong(length: Atom): boolean {
    if (length.kind === 'const') return Number(length.value) > fewElements;
    return (this.memory.whole.range(length)?.low ?? -1) >= 0;
  }

  /** The statements that take the place of `stmt`; `outside` gets those that make the array of all. */
  private part({ target, length, fill, origin }: Zeros, loop: For, outside: Builder): readonly Stmt[] {
    const range = (atom: Atom) => this.memory.whole.range(atom);
    const count = tripCount(outside, loop, {
      whole: (atom) => range(atom) !== undefined,
      natural: (atom) => (range(atom)?.low ?? -1) >= 0,
    });
    const name = target.name === undefined ? undefined : `${target.name}Parts`;
    const all = outside.alloc(target.type, outside.op('mul', [count, length], 'size'), fill, name);
    const b = new Builder(origin);
    const from = b.op('mul', [loop.index, length], 'start');
    const to = b.op('add', [from, length], 'end');
    b.push({ kind: 'view', target, object: all, from, to, origin });
    return b.stmts;
  }
}

/** What the iterations of a loop put into lists made before it, now or (what they hand on) in the next iteration. */
function keptBy({ body, carried }: For, inside: ReadonlySet<Atom>): ReadonlySet<Atom> {
  const kept = new Set<Atom>();
  for (const stmt of body.stmts) {
    if (stmt.kind !== 'store' || inside.has(stmt.object) || !inside.has(stmt.key as Atom)) continue;
    kept.add(stmt.value);
    const k = carried.findIndex(({ param }) => param === stmt.value);
    const next = body.yields[k];
    if (next !== undefined) kept.add(next);
  }
  return kept;
}

/** References that may be in the result, in what the function was given, or in what other functions are given. */
function leavingFrom(fn: Fn, memory: Memory): ReadonlySet<Atom> {
  const { definitions } = memory;
  const all = statements(fn.body);
  const leaving = new Set<Atom>();
  const pending: Atom[] = [...fn.body.yields];
  /** What is put into the objects of a group. */
  const contents = new Map<unknown, Atom[]>();
  for (const stmt of all) {
    if (stmt.kind === 'call' || stmt.kind === 'derive') pending.push(...operands(stmt));
    if (stmt.kind !== 'store' && stmt.kind !== 'push') continue;
    const group = memory.group(stmt.object);
    if (group === undefined) pending.push(stmt.value);
    else append(contents, group, stmt.value);
  }
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.kind === 'const' || !isReference(next.type) || leaving.has(next)) continue;
    leaving.add(next);
    pending.push(...(contents.get(memory.group(next)) ?? []));
    const stmt = definitions.get(next);
    if (stmt !== undefined) pending.push(...(isCompound(stmt) ? incoming(stmt, next) : operands(stmt)));
  }
  return leaving;
}
