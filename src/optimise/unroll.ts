/**
 * Short loops of a known number of iterations become their iterations, one after another.
 *
 *     s = for i = 0; i < 2; i += 1 carry t = 0        a = load v[0]
 *       a = load v[i]                                 b = add 0 a
 *       b = add t a                            →      c = load v[1]
 *       yield b                                       d = add b c         // d for s
 *     yield s
 *
 * Up to four iterations; up to sixteen if the indices then become constants of a small object of this function, which
 * `scalar-replacement` can do away with.
 */

import { constant, isConst } from '../ir/build.js';
import { instantiate, statements } from '../ir/visit.js';
import type { Atom, Block, Fn, For, Key, Stmt, Value } from '../ir/types.js';
import type { Pass } from './pass.js';
import { References } from './references.js';
import { blockOf, fnOf, replaceNarrowing, withBlocks } from './rewrite.js';

const fewIterations = 4;
const manyIterations = 16;
/** Statements that the iterations of a loop may come to. */
const fewStatements = 24;
const manyStatements = 64;

export const unroll: Pass = {
  name: 'unroll',
  needs: ['for'],
  run(fn) {
    if (!hasCounted(fn.body)) return fn;
    return new Unrolling(fn).run();
  },
};

function hasCounted(block: Block): boolean {
  for (const stmt of statements(block)) if (stmt.kind === 'for' && indices(stmt) !== undefined) return true;
  return false;
}

class Unrolling {
  private readonly small: ReadonlySet<Value>;

  constructor(private readonly fn: Fn) {
    this.small = smallObjects(fn);
  }

  run(): Fn {
    return fnOf(this.fn, this.block(this.fn.body));
  }

  private block(block: Block): Block {
    const stmts: Stmt[] = [];
    const replaced = new Map<Value, Atom>();
    for (const stmt of block.stmts) {
      const inner = withBlocks(stmt, (nested) => this.block(nested));
      const list = inner.kind === 'for' ? indices(inner) : undefined;
      if (inner.kind === 'for' && list !== undefined && this.pays(inner, list.length))
        this.iterations(inner, list, stmts, replaced);
      else stmts.push(inner);
    }
    // At once: the loop around may be about to copy this block.
    return replaceNarrowing(blockOf(block, stmts, block.yields), replaced);
  }

  private pays(loop: For, count: number): boolean {
    // A loop of loops stays one: its iterations would repeat code, not numbers.
    if (loop.body.stmts.some((stmt) => stmt.kind === 'for' || stmt.kind === 'loop')) return false;
    const size = count * sizeOf(loop.body);
    if (count <= fewIterations && size <= fewStatements) return true;
    return size <= manyStatements && indexes(loop, this.small);
  }

  private iterations(loop: For, list: readonly number[], out: Stmt[], replaced: Map<Value, Atom>): void {
    let current: readonly Atom[] = loop.carried.map(({ init }) => init);
    for (const index of list) {
      const replace = new Map<Value, Atom>([[loop.index, constant(index)]]);
      loop.carried.forEach(({ param }, k) => {
        const atom = current[k];
        if (atom !== undefined) replace.set(param, atom);
      });
      const { stmts, yields } = instantiate(loop.body, replace);
      for (const stmt of stmts) out.push(stmt);
      current = yields;
    }
    loop.results.forEach((result, k) => {
      const atom = current[k];
      if (atom !== undefined) replaced.set(result, atom);
    });
  }
}

/** The indices of a loop with constant bounds, if they are few. */
function indices({ from, to, step, compare }: For): readonly number[] | undefined {
  if (!isConst(from) || !isConst(to) || typeof from.value !== 'number' || typeof to.value !== 'number')
    return undefined;
  const list: number[] = [];
  const inside = (i: number, end: number): boolean => {
    switch (compare) {
      case '<':
        return i < end;
      case '<=':
        return i <= end;
      case '>':
        return i > end;
      case '>=':
        return i >= end;
    }
  };
  for (let i = from.value; inside(i, to.value); i += step) {
    if (list.length === manyIterations) return undefined;
    list.push(i);
  }
  return list;
}

function sizeOf(block: Block): number {
  let size = 0;
  for (const { kind } of statements(block)) if (kind !== 'cell' && kind !== 'read') size++;
  return size;
}

/** Objects of known small length, used in no way that would keep them from being replaced once their indices are known. */
function smallObjects(fn: Fn): ReadonlySet<Value> {
  const small = new Set<Value>();
  for (const { value, origin, definition, uses } of new References(fn).all.values()) {
    if (value.type.kind !== 'array' || uses.some(({ role }) => role === 'other')) continue;
    // A longer array that is no tuple is an array to its author, too.
    const length = value.type.fixed ?? (definition === undefined ? undefined : lengthOf(definition));
    if (length === undefined || length > (value.type.fixed === undefined ? fewIterations : manyIterations)) continue;
    if (origin === 'fresh' || origin === 'merge') small.add(value);
  }
  return small;
}

function lengthOf(definition: Stmt): number | undefined {
  if (definition.kind === 'make') return definition.parts.length;
  if (definition.kind === 'alloc' && isConst(definition.length)) return Number(definition.length.value);
  return undefined;
}

/** Whether the index, or something computed from nothing but it and constants, is an index into one of the objects. */
function indexes(loop: For, objects: ReadonlySet<Value>): boolean {
  const derived = new Set<Atom>([loop.index]);
  const known = (key: Key) => key.kind !== 'field' && derived.has(key);
  for (const stmt of statements(loop.body)) {
    if (stmt.kind === 'let') {
      const values = stmt.args.filter((arg) => arg.kind === 'value');
      if (values.length > 0 && values.every((arg) => derived.has(arg))) derived.add(stmt.target);
    } else if (stmt.kind === 'load' || stmt.kind === 'store') {
      if (stmt.object.kind === 'value' && objects.has(stmt.object) && known(stmt.key)) return true;
    }
  }
  return false;
}
