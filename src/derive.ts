/**
 * From a lowered function to the functions that are emitted for it: which parameters are active, what is copied,
 * and the specialised forward, jvp, vjp and gradient.
 */

import { analyseActivity, type ActivityProblem } from './ad/activity.js';
import { analyseAliases } from './ad/alias.js';
import { expand } from './ad/expand.js';
import { jvp } from './ad/jvp.js';
import { passiveByUse } from './ad/passive.js';
import { protect } from './ad/protect.js';
import { transposed } from './ad/transpose.js';
import { unshare } from './ad/unshare.js';
import { vjp } from './ad/vjp.js';
import { one } from './ir/build.js';
import { tangentType } from './ir/structure.js';
import type { Fn, Param, Value } from './ir/types.js';
import { settle, withoutHeld, withoutIdle } from './ir/visit.js';
import { Knowledge } from './optimise/known.js';
import {
  derivedPasses,
  essentialDerivedPasses,
  essentialPasses,
  finalPasses,
  operatorPasses,
  optimise,
  passes,
} from './optimise/passes.js';
import type { FunctionMode } from './options.js';

export interface Stages {
  readonly guards: boolean;
  readonly optimise: boolean;
  /** Told of every function after every stage. */
  readonly observe?: (stage: string, fn: Fn) => void;
}

export class Deriver {
  private readonly knowledge = new Knowledge();

  constructor(private readonly stages: Stages) {}

  /** Single assignment and, unless switched off, simplified. */
  prepare(fn: Fn, list = passes, essential = essentialPasses): Fn {
    return optimise(fn, {}, this.stages.optimise ? list : essential, this.knowledge);
  }

  /**
   * The primal, ready to be differentiated: operators expanded, written parameters copied. `wrt` narrows the
   * active parameters by name; without it, every one that holds reals and is not passive by use.
   */
  primal(
    lowered: Fn,
    wrt?: readonly string[],
  ): { fn: Fn; copied: readonly Value[]; problems: readonly ActivityProblem[] } {
    this.stages.observe?.('lower', lowered);
    let fn = this.prepare(lowered);
    const problems: ActivityProblem[] = [];
    const expanded = expand(fn, (inner) => this.prepare(inner), problems);
    if (expanded !== fn) fn = this.prepare(expanded);
    const { fn: safe, copied } = protect(fn, this.stages.guards);
    fn = safe === fn ? fn : this.prepare(safe);
    // Looked for in the simplest form there is: whether code is optimised must not change an interface.
    const passive = passiveByUse(this.stages.optimise ? fn : optimise(fn, {}, passes, this.knowledge));
    const prepared = fn;
    const activated = (isActive: (param: Param) => boolean): Fn => {
      const params = prepared.params.map((param) => ({
        ...param,
        active: tangentType(param.value.type) !== undefined && isActive(param),
      }));
      return { ...prepared, params };
    };
    const problemsOf = (of: Fn) => analyseActivity(of, analyseAliases(of)).problems;
    const primal = activated(({ value, active }) =>
      wrt === undefined ? active && !passive.has(value) : wrt.includes(value.name ?? ''),
    );
    this.stages.observe?.('primal', primal);
    const hasActive = wrt !== undefined || primal.params.some(({ active }) => active);
    // Where all that is done with the parameters is done to their bits, that is what is wrong.
    return { fn: primal, copied, problems: [...problems, ...problemsOf(hasActive ? primal : activated(() => true))] };
  }

  /** One derived function; `name` is what it is exported as. */
  derived(primal: Fn, mode: FunctionMode, name: string): Fn {
    const { guards } = this.stages;
    const raw = (): Fn => {
      switch (mode) {
        case 'forward':
          return primal;
        case 'jvp':
          return jvp(primal, { guards });
        case 'vjp':
          return vjp(primal, { guards });
        case 'grad':
          return vjp(primal, { guards }, one);
      }
    };
    const fn = raw();
    this.stages.observe?.(mode, fn);
    return this.finish(fn, name);
  }

  /**
   * `lowered` with its last loop transposed, if that is linear and gives the result, and fused with loops before it;
   * else as it is.
   */
  transposed(lowered: Fn): Fn {
    const fn = transposed(this.prepare(lowered));
    return fn ? this.prepare(fn, operatorPasses) : lowered;
  }

  /** Optimised, its results its own. */
  finish(fn: Fn, name: string): Fn {
    let done = this.prepare(withoutHeld(fn), derivedPasses, essentialDerivedPasses);
    const own = unshare(done);
    done = this.prepare(own, finalPasses, essentialDerivedPasses);
    done = withoutIdle({ ...settle(done), name });
    this.stages.observe?.('optimise', done);
    return done;
  }
}
