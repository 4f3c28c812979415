/**
 * Loops in reverse: trip counts and bounds of counted loops run backwards, and the shape of a loop that ends on a
 * condition.
 */

import { constant, isConst, zero, type Builder } from '../ir/build.js';
import type { Atom, Block, For, If, Loop, Stmt, Value } from '../ir/types.js';

const plus = (b: Builder, x: Atom, n: number): Atom => {
  if (n === 0) return x;
  if (isConst(x) && typeof x.value === 'number') return constant(x.value + n);
  return n > 0 ? b.op('add', [x, constant(n)]) : b.op('sub', [x, constant(-n)]);
};

const minus = (b: Builder, x: Atom, y: Atom): Atom => {
  if (isConst(y, 0)) return x;
  if (isConst(x) && isConst(y)) return constant(Number(x.value) - Number(y.value));
  return b.op('sub', [x, y]);
};

/** Facts about atoms that only their definitions tell. */
export interface Facts {
  /** Certainly a whole number. */
  whole(atom: Atom): boolean;
  /** Certainly ≥ 0. */
  natural(atom: Atom): boolean;
}

/** How often a counted loop runs: a whole number ≥ 0 if `clamp`, and ≤ 0 for a loop that is skipped if not. */
export function tripCount(
  b: Builder,
  loop: Pick<For, 'from' | 'to' | 'compare' | 'step'>,
  facts: Facts,
  clamp = true,
): Atom {
  const { from, to, compare, step } = loop;
  const up = step > 0;
  const distance = up ? minus(b, to, from) : minus(b, from, to);
  const inclusive = compare === '<=' || compare === '>=';
  const size = Math.abs(step);
  const whole = facts.whole(to) && facts.whole(from);
  let count: Atom;
  if (size === 1) {
    if (inclusive) count = plus(b, whole ? distance : rounded(b, 'floor', distance), 1);
    else count = whole ? distance : rounded(b, 'ceil', distance);
  } else {
    const steps = isConst(distance) ? constant(Number(distance.value) / size) : b.op('div', [distance, constant(size)]);
    count = inclusive ? plus(b, rounded(b, 'floor', steps), 1) : rounded(b, 'ceil', steps);
  }
  if (!clamp) return count;
  if (isConst(count)) return constant(Math.max(0, Number(count.value)));
  const natural = isConst(from, 0) && up && size === 1 && facts.natural(to);
  return natural ? count : b.op('max', [zero, count]);
}

function rounded(b: Builder, op: 'floor' | 'ceil', x: Atom): Atom {
  return isConst(x) && typeof x.value === 'number' ? constant(Math[op](x.value)) : b.op(op, [x]);
}

/** Bounds that run through the same indices the other way round. `loop`'s atoms must be at hand where `b` appends. */
export function reversed(
  b: Builder,
  loop: Pick<For, 'from' | 'to' | 'compare' | 'step'>,
  facts: Facts,
): Pick<For, 'from' | 'to' | 'compare' | 'step'> {
  const { from, to, compare, step } = loop;
  const whole = facts.whole(to);
  let last: Atom;
  if (step === 1) {
    if (compare === '<=') last = whole ? to : rounded(b, 'floor', to);
    else last = plus(b, whole ? to : rounded(b, 'ceil', to), -1);
  } else if (step === -1) {
    if (compare === '>=') last = whole ? to : rounded(b, 'ceil', to);
    else last = plus(b, whole ? to : rounded(b, 'floor', to), 1);
  } else {
    const count = tripCount(b, loop, facts, false);
    const steps = plus(b, count, -1);
    const way = isConst(steps) ? constant(Number(steps.value) * step) : b.op('mul', [steps, constant(step)]);
    last = isConst(from, 0)
      ? way
      : isConst(from) && isConst(way)
        ? constant(Number(from.value) + Number(way.value))
        : b.op('add', [from, way]);
  }
  return { from: last, to: from, compare: step > 0 ? '>=' : '<=', step: -step };
}

/** Number of the iteration with this index, from 0. */
export function iteration(b: Builder, loop: Pick<For, 'from' | 'step'>, index: Atom): Atom {
  const { from, step } = loop;
  const distance = step > 0 ? minus(b, index, from) : minus(b, from, index);
  return Math.abs(step) === 1 ? distance : b.op('div', [distance, constant(Math.abs(step))]);
}

/**
 * A loop of the form: some statements, then a chain of exits `if (c) {leave} else {go on}`, then a rest that always
 * goes on. Its completed iterations are reversed in a loop that knows the way through every exit; the one that
 * leaves is reversed once, before them.
 */
export interface ExitChain {
  /** The exits from outside in: which arm leaves. */
  readonly exits: readonly { readonly stmt: If; readonly leaves: 'then' | 'else' }[];
  /** The block that only completed iterations reach. */
  readonly rest: Block;
}

/** What the first yield of a block, "run again", can be: constants through tail ifs, or anything. */
function outcomes(block: Block): { again: boolean; leave: boolean; unknown: boolean } {
  const [again] = block.yields;
  if (again && isConst(again)) return { again: again.value === true, leave: again.value === false, unknown: false };
  const tail = tailIf(block);
  if (!tail) return { again: false, leave: false, unknown: true };
  const k = tail.results.indexOf(again as Value); // tailIf has checked that it is one of them
  const arms = [tail.then, tail.else].map((arm) => outcomes({ ...arm, yields: [arm.yields[k] ?? constant(false)] }));
  return {
    again: arms.some((arm) => arm.again),
    leave: arms.some((arm) => arm.leave),
    unknown: arms.some((arm) => arm.unknown),
  };
}

function tailIf(block: Block): If | undefined {
  const last: Stmt | undefined = block.stmts.at(-1);
  const [again] = block.yields;
  if (last?.kind !== 'if' || again?.kind !== 'value' || !last.results.includes(again)) return undefined;
  return last;
}

export function exitChain(loop: Loop): ExitChain | undefined {
  const exits: { stmt: If; leaves: 'then' | 'else' }[] = [];
  let block: Block = loop.body;
  let actual = block; // `block` with "run again" as its first yield
  for (;;) {
    const all = outcomes(block);
    if (all.unknown) return undefined;
    if (!all.leave) return exits.length > 0 ? { exits, rest: actual } : undefined;
    const tail = tailIf(block);
    if (!tail) return undefined;
    const k = tail.results.indexOf(block.yields[0] as Value);
    const arm = (of: Block): Block => ({ ...of, yields: [of.yields[k] ?? constant(false)] });
    const [then, otherwise] = [outcomes(arm(tail.then)), outcomes(arm(tail.else))];
    if (!then.again && !otherwise.again) return undefined;
    if (!then.again) exits.push({ stmt: tail, leaves: 'then' });
    else if (!otherwise.again) exits.push({ stmt: tail, leaves: 'else' });
    else return undefined;
    const stays = then.again ? tail.then : tail.else;
    if (stays.yields[k] === undefined) return undefined;
    actual = stays;
    // The arm's own "again" stands first in the loop's yields; here it is result k of the tail.
    block = { ...stays, yields: [stays.yields[k], ...stays.yields] };
  }
}
