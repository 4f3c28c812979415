/** What the definitions of atoms tell about them: whole numbers, natural numbers. */

import type { Atom, Block } from '../ir/types.js';
import type { Facts } from './loops.js';
import type { Scopes } from './scopes.js';

const wholeOps: ReadonlySet<string> = new Set([
  'floor',
  'ceil',
  'round',
  'trunc',
  'sign',
  'bitand',
  'bitor',
  'bitxor',
  'bitnot',
  'shl',
  'shr',
  'ushr',
  'imul',
  'clz32',
  'num',
]);
const closedOps: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'neg', 'abs', 'max', 'min', 'rem']);

export function factsOf(scopes: Scopes, _aliases: unknown): Facts {
  const guarded = guardedWhole(scopes.top.block);
  const whole = (atom: Atom, depth = 0): boolean => {
    if (atom.kind === 'const') return Number.isInteger(atom.value);
    if (guarded.has(atom)) return true;
    const known = scopes.definitions.get(atom);
    if (!known) return false;
    const { scope, stmt } = known;
    if (!stmt) return scope.owner?.kind === 'for' && scope.owner.index === atom;
    if (stmt.kind === 'length') return true;
    if (stmt.kind !== 'let' || depth > 20) return false;
    return wholeOps.has(stmt.op) || (closedOps.has(stmt.op) && stmt.args.every((arg) => whole(arg, depth + 1)));
  };
  const natural = (atom: Atom, depth = 0): boolean => {
    if (atom.kind === 'const') return Number.isInteger(atom.value) && Number(atom.value) >= 0;
    if (guarded.has(atom)) return true;
    const known = scopes.definitions.get(atom);
    if (!known) return false;
    const { scope, stmt } = known;
    if (!stmt) {
      const loop = scope.owner;
      return loop?.kind === 'for' && loop.index === atom && natural(loop.step > 0 ? loop.from : loop.to, depth + 1);
    }
    if (stmt.kind === 'length') return true;
    if (stmt.kind !== 'let' || depth > 20) return false;
    if (stmt.op === 'max')
      return stmt.args.every((arg) => whole(arg)) && stmt.args.some((arg) => natural(arg, depth + 1));
    return (stmt.op === 'add' || stmt.op === 'mul') && stmt.args.every((arg) => natural(arg, depth + 1));
  };
  return { whole, natural };
}

/** Numbers that a guard at the start, `if (!(Number.isInteger(n) && n >= 0)) throw …`, proves whole and ≥ 0. */
function guardedWhole(body: Block): Set<Atom> {
  const definitions = new Map<Atom, (typeof body.stmts)[number]>();
  const proven = new Set<Atom>();
  for (const stmt of body.stmts) {
    if (stmt.kind === 'let') definitions.set(stmt.target, stmt);
    if (stmt.kind !== 'if') continue;
    const throws = [stmt.then, stmt.else].map((arm) => arm.stmts.at(-1)?.kind === 'throw');
    const conjuncts: Atom[] = [];
    const gather = (atom: Atom, positive: boolean) => {
      const definition = definitions.get(atom);
      if (definition?.kind !== 'let') return;
      const [x, y] = definition.args;
      if (definition.op === 'not' && x) gather(x, !positive);
      else if (positive && definition.op === 'and' && x && y) [x, y].forEach((part) => gather(part, positive));
      else if (positive) conjuncts.push(atom);
    };
    if (throws[0] === throws[1]) continue;
    gather(stmt.cond, throws[1] === true);
    const found = (op: string) =>
      conjuncts.flatMap((atom) => {
        const definition = definitions.get(atom);
        return definition?.kind === 'let' && definition.op === op ? [definition.args] : [];
      });
    for (const [n] of found('isInteger')) {
      if (n && found('ge').some(([x, low]) => x === n && low?.kind === 'const' && low.value === 0)) proven.add(n);
    }
  }
  return proven;
}
