/** Counters: carried whole numbers that grow by the same step in every iteration, and need not be saved to be known. */

import type { Atom, Const, For, Value } from '../ir/types.js';
import type { Scopes } from './scopes.js';

export interface Counter {
  readonly loop: For;
  /** What it is in the first iteration. */
  readonly init: Atom;
  readonly step: number;
}

/** The counter that `v` is in the body of a loop that runs by ones. */
export function counterOf(v: Value, scopes: Scopes): Counter | undefined {
  const { scope, stmt } = scopes.definition(v);
  const loop = scope.owner;
  if (stmt || loop?.kind !== 'for' || Math.abs(loop.step) !== 1) return undefined;
  const k = loop.carried.findIndex(({ param }) => param === v);
  const init = loop.carried[k]?.init;
  const next = loop.body.yields[k];
  const step = next && increment(next, scopes);
  return init && step?.from === v && isCount(v, scopes, new Set()) ? { loop, init, step: step.by } : undefined;
}

function increment(atom: Atom, scopes: Scopes): { readonly from: Atom; readonly by: number } | undefined {
  const stmt = atom.kind === 'value' ? scopes.definition(atom).stmt : undefined;
  if (stmt?.kind !== 'let' || (stmt.op !== 'add' && stmt.op !== 'sub')) return undefined;
  const [from, by] = stmt.args;
  if (!from || !by || !isSmall(by)) return undefined;
  return { from, by: stmt.op === 'add' ? by.value : -by.value };
}

const isSmall = (atom: Atom): atom is Const & { readonly value: number } =>
  atom.kind === 'const' && Number.isInteger(atom.value) && Math.abs(Number(atom.value)) <= 2 ** 20;

/** Made of small whole numbers by small steps only: then every sum is exact, whatever it is computed from. */
function isCount(atom: Atom, scopes: Scopes, assumed: Set<Value>): boolean {
  if (atom.kind === 'const') return isSmall(atom);
  if (assumed.has(atom)) return true;
  assumed.add(atom);
  const { scope, stmt } = scopes.definition(atom);
  const loop = stmt ?? scope.owner;
  if (loop?.kind === 'for') {
    const k = stmt ? loop.results.indexOf(atom) : loop.carried.findIndex(({ param }) => param === atom);
    const [init, next] = [loop.carried[k]?.init, loop.body.yields[k]];
    return !!init && !!next && isCount(init, scopes, assumed) && isCount(next, scopes, assumed);
  }
  const step = increment(atom, scopes);
  return step !== undefined && isCount(step.from, scopes, assumed);
}
