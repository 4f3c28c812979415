/**
 * The optimiser: an ordered list of passes, run again and again until none changes anything.
 *
 * May meet: any checked IR. Guarantees: the same results bit for bit, no cells, no reference that is `undefined`.
 */

import { check, type CheckOptions } from '../ir/check.js';
import type { Fn } from '../ir/types.js';
import { Knowledge } from './known.js';
import type { Pass } from './pass.js';
import { common } from './common.js';
import { counted } from './counted.js';
import { deadCode } from './dead-code.js';
import { deadStores } from './dead-stores.js';
import { elementSums } from './element-sums.js';
import { forwardStores } from './forward-stores.js';
import { fuseLoops } from './fuse-loops.js';
import { hoist } from './hoist.js';
import { hoistSmooth } from './hoist-smooth.js';
import { join } from './join.js';
import { localSums } from './local-sums.js';
import { mergeOperators } from './merge-operators.js';
import { packArrays } from './pack-arrays.js';
import { optionals } from './optionals.js';
import { overwrittenStores } from './overwritten-stores.js';
import { pushToStore } from './push-to-store.js';
import { reuseArrays } from './reuse-arrays.js';
import { scalarReplacement } from './scalar-replacement.js';
import { simplify } from './simplify.js';
import { sink, sinkActive } from './sink.js';
import { ssa } from './ssa.js';
import { unassigned } from './unassigned.js';
import { unroll } from './unroll.js';
import { withoutUnusedParameters } from './unused-parameters.js';
import { zeroFill } from './zero-fill.js';

export type { Pass } from './pass.js';

export const passes: readonly Pass[] = [
  ssa, // first: everything else relies on single assignment
  optionals, // before `scalarReplacement`: then it sees the objects in them
  scalarReplacement, // before `counted`: what counts may be a field
  simplify,
  join, // before `counted`, which knows only the simplest way out of a loop
  deadCode, // nothing below should have to look at what nobody wants
  counted,
  unroll,
  pushToStore, // after `counted`, for the number of elements
  forwardStores,
  common,
  hoistSmooth, // after `common`: of two equal values only one moves
  sinkActive, // after `common`, too: then nothing else is equal to what moves
  zeroFill,
  overwrittenStores,
  deadStores, // after what makes loads superfluous
  simplify,
  deadCode,
];

/** Before operators are expanded: what they say as a whole is lost then. */
export const operatorPasses: readonly Pass[] = [...passes, mergeOperators, fuseLoops];

/** After differentiation: nothing asks for values whose slopes are not wanted any more. */
export const derivedPasses: readonly Pass[] = passes.map((pass) => (pass === sinkActive ? sink : pass));

/**
 * After differentiation, too: to a reverse sweep `a[k] += v` is simpler than `a[k] = a[k] + v`, and an array of its own
 * for every iteration is simpler than one for all. What has been differentiated moves as any value.
 */
export const finalPasses: readonly Pass[] = [
  ...derivedPasses.flatMap((pass) => {
    if (pass === forwardStores) return [elementSums, pass];
    if (pass === hoistSmooth) return [hoist, localSums];
    return pass === sink ? [] : [pass];
  }),
  reuseArrays, // last: an array whose every element is stored has lost its fill
  packArrays, // after that: what an iteration needs for itself is made once
];

/** What differentiation and emission rely on, and nothing that only makes code better. */
export const essentialPasses: readonly Pass[] = [ssa, counted, sinkActive];
export const essentialDerivedPasses: readonly Pass[] = [ssa, counted, sink];

export interface Watch {
  /** Called after each pass that changed something. */
  readonly after?: (pass: string, fn: Fn, milliseconds: number) => void;
  /** Check the IR after each pass that changed something. */
  readonly check?: CheckOptions;
}

/** Passes enable one another a few times at most; a pass that undoes another's work must not hang the compiler. */
const mostRounds = 12;

/** `knowledge`, shared by the runs of one compilation, keeps a pass from looking at what it has found nothing in before. */
export function optimise(
  fn: Fn,
  watch: Watch = {},
  list: readonly Pass[] = passes,
  knowledge: Knowledge = new Knowledge(),
): Fn {
  const helpers = fn.helpers?.map((helper) => optimise(helper, watch, list, knowledge));
  let current = helpers?.some((helper, k) => helper !== fn.helpers?.[k]) ? { ...fn, helpers } : fn;
  for (let round = 0; round < mostRounds; round++) {
    const before = current;
    for (const pass of list) current = runPass(pass, current, watch, knowledge);
    if (current !== before) continue;
    current = runPass(unassigned, current, watch, knowledge);
    if (current === before) break;
  }
  const trimmed =
    list === essentialPasses || list === essentialDerivedPasses ? current : withoutUnusedParameters(current);
  return trimmed === current ? current : optimise(trimmed, watch, list, knowledge);
}

export function runPass(pass: Pass, fn: Fn, watch: Watch = {}, knowledge: Knowledge = new Knowledge()): Fn {
  const known = knowledge.of(fn);
  if (known.settled.has(pass)) return fn;
  const start = performance.now();
  const needed = pass.needs?.some((kind) => known.kinds.has(kind)) ?? true;
  const next = needed ? pass.run(fn, known) : fn;
  if (next === fn) {
    known.settled.add(pass);
    return fn;
  }
  watch.after?.(pass.name, next, performance.now() - start);
  if (watch.check !== undefined) check(next, watch.check);
  return next;
}
