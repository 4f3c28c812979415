/** Stores into typed arrays that lie outside of them: JavaScript drops those, and there is no cotangent to take. */

import { affine } from '../ir/affine.js';
import { typeOf } from '../ir/build.js';
import { allStatements, blocks } from '../ir/visit.js';
import { append } from '../ir/lists.js';
import type { Alloc, Atom, Block, Fn, For, Make, Slice, Stmt, Store, View } from '../ir/types.js';
import type { Aliases, ObjectClass } from './alias.js';

/** `base + offset`; without `base` a constant. The length of an array is the same for all of its class. */
interface Bound {
  readonly base: Atom | ObjectClass | undefined;
  readonly offset: number;
}

/**
 * Stores whose index is seen to reach outside: `w[3]` and `for (i = 0; i <= w.length; …) w[i]`, `y[i + 1]` where i runs
 * to the end, `y[i - 1]` where it starts at 0. Not where a condition on the index guards them, nor where nothing is
 * known: that an index which cannot be compared with a length is inside is what the program says.
 */
export function storesOutside(fn: Fn, aliases: Aliases): ReadonlySet<Stmt> {
  const all = allStatements(fn);
  if (!all.some((stmt) => stmt.kind === 'store' && isTyped(stmt))) return new Set();
  return new Outside(all, aliases).search([fn.body, ...(fn.helpers ?? []).map(({ body }) => body)]);
}

const isTyped = (stmt: Store): boolean => {
  const type = typeOf(stmt.object);
  return type.kind === 'array' && type.storage !== 'list' && stmt.key.kind !== 'field';
};

type Maker = Alloc | Make | Slice | View;

/** The bound of a constant index is that index. */
const here: Bound = { base: undefined, offset: 0 };

class Outside {
  private readonly definitions = new Map<Atom, Stmt>();
  private readonly loops = new Map<Bound['base'], For>();
  /** What makes the arrays of a class. */
  private readonly makers = new Map<ObjectClass, Maker[]>();
  /** Classes whose length is being looked for. */
  private readonly asked = new Set<ObjectClass>();
  private readonly found = new Set<Stmt>();

  constructor(
    all: readonly Stmt[],
    private readonly aliases: Aliases,
  ) {
    for (const stmt of all) {
      if (stmt.kind === 'let' || stmt.kind === 'length') this.definitions.set(stmt.target, stmt);
      else if (stmt.kind === 'for') this.loops.set(stmt.index, stmt);
      else if (stmt.kind === 'alloc' || stmt.kind === 'make' || stmt.kind === 'slice' || stmt.kind === 'view') {
        append(this.makers, aliases.of(stmt.target), stmt);
      }
    }
  }

  search(bodies: readonly Block[]): ReadonlySet<Stmt> {
    for (const body of bodies) this.block(body, []);
    return this.found;
  }

  private block(block: Block, guards: readonly Atom[]): void {
    for (const stmt of block.stmts) {
      if (stmt.kind === 'store' && isTyped(stmt) && this.reachesOutside(stmt, guards)) this.found.add(stmt);
      const inner = stmt.kind === 'if' ? [...guards, stmt.cond] : guards;
      for (const part of blocks(stmt)) this.block(part, inner);
    }
  }

  private reachesOutside({ object, key }: Store, guards: readonly Atom[]): boolean {
    if (key.kind === 'field') return false;
    const { base, offset } = this.bound(key);
    const loop = this.loops.get(base);
    if (base !== undefined && (loop === undefined || guards.some((guard) => this.depends(guard, base)))) return false;
    const [first, last] = loop ? this.span(loop) : [here, here];
    const length = this.lengthOf(object);
    return (
      (first.base === undefined && first.offset + offset < 0) ||
      (last.base === length.base && last.offset + offset >= length.offset)
    );
  }

  /** The least and the greatest index of a loop. */
  private span({ from, to, compare, step }: For): readonly [Bound, Bound] {
    const [start, end] = [this.bound(from), this.bound(to)];
    const strict = compare === '<' || compare === '>' ? 1 : 0;
    return step > 0
      ? [start, { ...end, offset: end.offset - strict }]
      : [{ ...end, offset: end.offset + strict }, start];
  }

  private lengthOf(object: Atom): Bound {
    const made = this.aliases.of(object);
    const itself: Bound = { base: made, offset: 0 };
    // A buffer may be made as long as the one before it, which is of the same class.
    if (this.asked.has(made)) return itself;
    this.asked.add(made);
    const lengths = (this.makers.get(made) ?? []).map((maker) => this.madeLength(maker) ?? itself);
    this.asked.delete(made);
    const [first = itself, ...others] = lengths.filter(({ base }) => base !== made);
    return others.every(({ base, offset }) => base === first.base && offset === first.offset) ? first : itself;
  }

  private madeLength(maker: Maker): Bound | undefined {
    switch (maker.kind) {
      case 'make':
        return { base: undefined, offset: maker.parts.length };
      case 'alloc':
        return this.bound(maker.length);
      case 'slice':
      case 'view':
        return maker.from.kind === 'const' && maker.from.value === 0 ? this.bound(maker.to) : undefined;
    }
  }

  private bound(atom: Atom): Bound {
    const { base, offset } = affine(this.definitions, atom);
    const stmt = base && this.definitions.get(base);
    if (stmt?.kind !== 'length') return { base, offset };
    const length = this.lengthOf(stmt.object);
    return { ...length, offset: length.offset + offset };
  }

  private depends(atom: Atom, on: Bound['base'], depth = 8): boolean {
    if (atom === on) return true;
    const stmt = this.definitions.get(atom);
    return depth > 0 && stmt?.kind === 'let' && stmt.args.some((arg) => this.depends(arg, on, depth - 1));
  }
}
