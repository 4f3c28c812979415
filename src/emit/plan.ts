/** What the emitter is given: a module as a list of functions in IR, and what to write around them. */

import type { Fn } from '../ir/types.js';

export interface ModulePlan {
  readonly header: {
    /** The input as the header names it: a path relative to the output, with `/`. */
    readonly input: string;
    readonly version: string;
    /** The options that shaped the output, as on the command line; empty for none. */
    readonly options: string;
    readonly hash: string;
  };
  readonly functions: readonly EmittedFn[];
  /** Absolute path of the source module. */
  readonly file: string;
  /** Absolute path of the module being written. */
  readonly out: string;
  /** Whether the nearest tsconfig sets `noUncheckedIndexedAccess`: element reads are written `x[i]!`. */
  readonly noUnchecked: boolean;
  /** How the source spells imports of its neighbours: `.js` (the default), `.ts` or nothing. */
  readonly extension?: '.js' | '.ts' | '';
}

export interface EmittedFn {
  readonly fn: Fn;
  /** Lines of the doc comment. */
  readonly doc: readonly string[];
  /** Name of the exported alias of the result's type, such as `HVjp`; without it the type is written out. */
  readonly resultName?: string;
  /** Whether results that are not a plain number, boolean or string may be written into a parameter `out`. */
  readonly out: boolean;
  /** Whether what the caller passes as `out` is checked. */
  readonly guards: boolean;
}
