/** How often every value is read, and whether as more than an operand of arithmetic. */

import { isNumber } from '../ir/structure.js';
import { typeOf } from '../ir/build.js';
import { blocks, operands, statements } from '../ir/visit.js';
import type { Atom, Fn, Op, Stmt, Value } from '../ir/types.js';
import { ValueMap, ValueSet } from '../ir/value.js';

export interface Uses {
  count(value: Value): number;
  /** Whether some reader would tell `undefined` from NaN: anything but arithmetic and typed arrays. */
  observed(value: Value): boolean;
  /** Whether it is only compared, and counted to, and with: where −0 is as good as 0. */
  onlyCounts(value: Value): boolean;
}

export function findUses(fn: Fn): Uses {
  const counts = new ValueMap<number>();
  const observed = new ValueSet();
  const signed = new ValueSet();
  const use = (atom: Atom) => {
    if (atom.kind === 'value') counts.set(atom, (counts.get(atom) ?? 0) + 1);
  };
  const observe = (atom: Atom) => {
    use(atom);
    if (atom.kind === 'value') observed.add(atom);
  };
  const yielded = new ValueSet();
  const give = (atom: Atom) => {
    observe(atom);
    if (atom.kind === 'value') yielded.add(atom);
  };
  for (const stmt of statements(fn.body)) {
    const absorbed = absorbs(stmt);
    for (const atom of operands(stmt)) (absorbed(atom) ? use : observe)(atom);
    const bare = unsigned(stmt);
    for (const atom of operands(stmt)) if (atom.kind === 'value' && !bare.includes(atom)) signed.add(atom);
    for (const block of blocks(stmt)) block.yields.forEach(give);
  }
  fn.body.yields.forEach(give);
  return {
    count: (value) => counts.get(value) ?? 0,
    observed: (value) => observed.has(value),
    onlyCounts: (value) => !signed.has(value) && !yielded.has(value),
  };
}

/** Operations that tell `undefined` from NaN. */
const telling: ReadonlySet<Op> = new Set<Op>(['eq', 'ne', 'isNaN', 'defined', 'select', 'unwrap', 'text']);

/** The operands of which a statement makes the same, be they `undefined` or NaN. */
function absorbs(stmt: Stmt): (operand: Atom) => boolean {
  switch (stmt.kind) {
    case 'let':
      return () => !telling.has(stmt.op);
    case 'store': {
      const type = typeOf(stmt.object);
      const typed = type.kind === 'array' && type.storage !== 'list';
      const number = isNumber(typeOf(stmt.value)) && (typed || stmt.add);
      // A number read as an index is observed: `a[undefined]` is not `a[NaN]`.
      return (operand) => number && operand !== stmt.key;
    }
    default:
      return () => false;
  }
}

/** The operands of which the sign of zero makes no difference. */
function unsigned(stmt: Stmt): readonly Atom[] {
  switch (stmt.kind) {
    case 'let':
      return comparisons.has(stmt.op) || offsetOf(stmt.op, stmt.args) ? stmt.args : [];
    case 'for':
      return stmt.from === stmt.to || stmt.carried.some(({ init }) => init === stmt.to) ? [] : [stmt.to];
    case 'alloc':
      return stmt.fill === stmt.length ? [] : [stmt.length];
    case 'slice':
    case 'view':
      return [stmt.from, stmt.to];
    case 'load':
      return stmt.key.kind === 'field' ? [] : [stmt.key];
    default:
      return [];
  }
}

const comparisons: ReadonlySet<Op> = new Set<Op>(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);

/** Whether an operation adds a constant other than 0. */
function offsetOf(op: Op, args: readonly Atom[]): boolean {
  const step = args.find(({ kind }) => kind === 'const');
  return (op === 'add' || op === 'sub') && step?.kind === 'const' && typeof step.value === 'number' && step.value !== 0;
}
