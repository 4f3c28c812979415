/**
 * Common subexpressions (value numbering by dominance): an operation, length or load that was done before on the same
 * operands, in the same block or one around it, is not done again.
 *
 *     a = mul x y          a = mul x y
 *     b = mul y x     →    s = load xs[i]
 *     s = load xs[i]
 *     t = load xs[i]
 *
 * A load is the same only if no store, `push`, `pop` or `resize` to a possibly equal place lies between, on any path,
 * also around loops.
 */

import type { Atom, Block, Let, Op, Stmt, Value } from '../ir/types.js';
import { Available } from './available.js';
import type { Memory } from './memory.js';
import type { Pass } from './pass.js';
import { blockOf, fnOf, isCompound, Substitution, withBlocks } from './rewrite.js';
import { ValueMap } from '../ir/value.js';

export const common: Pass = {
  name: 'common',
  run: (fn, { memory }) => fnOf(fn, new Numbering(memory).block(fn.body)),
};

/** Operations that give the same for swapped operands, bit for bit. (`hypot` does not: it adds up in order.) */
const symmetric: ReadonlySet<Op> = new Set<Op>([
  'add',
  'mul',
  'eq',
  'ne',
  'same',
  'and',
  'or',
  'bitand',
  'bitor',
  'bitxor',
  'imul',
]);
/** a > b is b < a. */
const swapped: Partial<Record<Op, Op>> = { gt: 'lt', ge: 'le' };

class Numbering {
  private readonly available: Available;
  private readonly substitution = new Substitution();
  private readonly operations = new Map<string, Value>();
  private readonly numbers = new ValueMap<number>();
  private found = 0;

  constructor(private readonly memory: Memory) {
    this.available = new Available(memory);
  }

  block(block: Block): Block {
    const learned: string[] = [];
    const out: Stmt[] = [];
    for (const stmt of block.stmts) {
      const next = this.stmt(stmt, learned);
      if (next !== undefined) out.push(next);
    }
    learned.forEach((key) => this.operations.delete(key));
    return blockOf(block, out, block.yields.map(this.substitution.atom));
  }

  private stmt(before: Stmt, learned: string[]): Stmt | undefined {
    const stmt = this.substitution.stmt(before);
    if (stmt === undefined) return undefined;
    switch (stmt.kind) {
      case 'let': {
        const key = this.keyOf(stmt);
        const found = this.operations.get(key);
        if (found !== undefined) return this.reuse(stmt.target, found);
        this.operations.set(key, stmt.target);
        learned.push(key);
        return stmt;
      }
      case 'load': {
        const found = this.available.get(stmt.object, stmt.key);
        if (found !== undefined) return this.reuse(stmt.target, found);
        this.available.set(stmt.object, stmt.key, stmt.target);
        return stmt;
      }
      case 'length': {
        const found = this.available.length(stmt.object);
        if (found !== undefined) return this.reuse(stmt.target, found);
        this.available.setLength(stmt.object, stmt.target);
        return stmt;
      }
      default:
        return this.effect(before, stmt);
    }
  }

  private effect(before: Stmt, stmt: Stmt): Stmt {
    // What was known before a loop is known inside only if no iteration changes it.
    if (isCompound(stmt) && stmt.kind !== 'if') {
      const next = this.available.within(() => {
        this.change(before);
        return withBlocks(stmt, (block) => this.block(block));
      });
      this.change(before);
      return next;
    }
    const next = withBlocks(stmt, (block) => this.available.within(() => this.block(block)));
    this.change(before);
    return next;
  }

  private change(stmt: Stmt): void {
    this.available.change(this.memory.effects(stmt), this.substitution.atom);
  }

  private reuse(target: Value, found: Atom): undefined {
    this.substitution.replace(target, found);
    return undefined;
  }

  private keyOf({ op, args, target }: Let): string {
    const operands = args.map((arg) => this.numberOf(arg));
    if (symmetric.has(op)) operands.sort();
    const turned = swapped[op];
    if (turned !== undefined) operands.reverse();
    // `unwrap` and `select` of the same operands may be declared with different types.
    const type = op === 'unwrap' || op === 'select' ? target.type.kind : '';
    return `${turned ?? op}${type} ${operands.join(' ')}`;
  }

  private numberOf(atom: Atom): string {
    if (atom.kind === 'const') {
      return Object.is(atom.value, -0)
        ? '-0'
        : `${typeof atom.value}:${JSON.stringify(atom.value) ?? ''}${String(atom.value)}`;
    }
    let number = this.numbers.get(atom);
    if (number === undefined) this.numbers.set(atom, (number = this.found++));
    return String(number);
  }
}
