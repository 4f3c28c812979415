/**
 * Operators on one function at one point, taken together: the sum of two tangents is the tangent in the direction of the
 * sum, and who takes a tangent has the value as well. Before operators are expanded.
 */

import { results, operands, statements } from '../ir/visit.js';
import { sameAtom, value } from '../ir/build.js';
import type { Atom, Block, Derive, Fn, Stmt } from '../ir/types.js';
import { type Pass } from './pass.js';
import { blockOf, fnOf, isCompound, Substitution, withBlocks } from './rewrite.js';

export const mergeOperators: Pass = {
  name: 'merge-operators',
  needs: ['derive'],
  run: (fn: Fn): Fn => {
    const uses = countUses(fn);
    const visit = (block: Block): Block => {
      const inner = block.stmts.map((stmt) => (isCompound(stmt) ? withBlocks(stmt, visit) : stmt));
      return valuesFromTangents(sumsOfTangents(blockOf(block, inner, block.yields), uses));
    };
    return fnOf(fn, visit(fn.body));
  },
};

function countUses(fn: Fn): ReadonlyMap<Atom, number> {
  const uses = new Map<Atom, number>();
  const use = (atom: Atom) => uses.set(atom, (uses.get(atom) ?? 0) + 1);
  fn.body.yields.forEach(use);
  for (const stmt of statements(fn.body)) {
    operands(stmt).forEach(use);
    if (isCompound(stmt)) withBlocks(stmt, (block) => (block.yields.forEach(use), block));
  }
  return uses;
}

const pointOf = ({ args, callee }: Derive): readonly Atom[] => args.slice(0, callee.params.length);

/** The tangent per active parameter, by its place. */
function tangentsByParameter({ args, callee, wrt }: Derive): ReadonlyMap<number, Atom> {
  const places = wrt.flatMap((active, k) => (active ? [k] : []));
  return new Map(args.slice(callee.params.length).map((tangent, j) => [places[j] ?? -1, tangent]));
}

function atOnePoint(a: Derive, b: Derive): boolean {
  const [x, y] = [pointOf(a), pointOf(b)];
  return a.callee === b.callee && x.every((atom, k) => sameAtom(atom, y[k] ?? atom));
}

/** `jvp f` in some parameters plus `jvp f` in others. */
function sumsOfTangents(block: Block, uses: ReadonlyMap<Atom, number>): Block {
  const byTangent = new Map<Atom, Derive>();
  const stmts = block.stmts.map((stmt): Stmt => {
    if (stmt.kind === 'derive' && stmt.mode === 'jvp') {
      const [, tangent] = stmt.results;
      if (tangent && uses.get(tangent) === 1) byTangent.set(tangent, stmt);
      return stmt;
    }
    if (!(stmt.kind === 'linear' && stmt.op === 'sum') && !(stmt.kind === 'let' && stmt.op === 'add')) return stmt;
    const [a, b] = stmt.args.map((arg) => byTangent.get(arg));
    if (!a || !b || !atOnePoint(a, b) || a.wrt.some((active, k) => active && b.wrt[k])) return stmt;
    const tangents = new Map([...tangentsByParameter(a), ...tangentsByParameter(b)]);
    const wrt = a.wrt.map((active, k) => active || b.wrt[k] === true);
    const args = [...pointOf(a), ...wrt.flatMap((_, k) => tangents.get(k) ?? [])];
    return { ...a, wrt, args, results: [value(a.callee.result), stmt.target], origin: stmt.origin };
  });
  return blockOf(block, stmts, block.yields);
}

/** `forward f` where a later `jvp f` could as well stand here: its value is the same. The last one is that of a sum, if there is any. */
function valuesFromTangents(block: Block): Block {
  const substitution = new Substitution();
  const stmts: Stmt[] = [];
  const moved = new Set<Stmt>();
  /** Defined by this block, at or after the statement looked at. */
  const later = new Set<Atom>(block.stmts.flatMap(results));
  block.stmts.forEach((stmt, at) => {
    if (moved.has(stmt)) return;
    const better =
      stmt.kind === 'derive' && stmt.mode === 'forward'
        ? block.stmts
            .slice(at + 1)
            .findLast(
              (other): other is Derive =>
                other.kind === 'derive' &&
                other.mode === 'jvp' &&
                !moved.has(other) &&
                atOnePoint(stmt, other) &&
                other.args.every((arg) => !later.has(arg)),
            )
        : undefined;
    stmts.push(better ?? stmt);
    if (better && stmt.kind === 'derive') {
      const [own] = stmt.results;
      const [theirs] = better.results;
      if (own && theirs) substitution.replace(own, theirs);
      moved.add(better);
      results(better).forEach((v) => later.delete(v));
    }
    results(stmt).forEach((v) => later.delete(v));
  });
  if (moved.size === 0) return block;
  const rewrite = (inner: Block): Block => ({
    stmts: inner.stmts.flatMap((stmt) => {
      const kept = substitution.stmt(stmt);
      return kept === undefined ? [] : [withBlocks(kept, rewrite)];
    }),
    yields: inner.yields.map(substitution.atom),
  });
  return rewrite({ stmts, yields: block.yields });
}
