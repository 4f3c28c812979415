/** Small functions in, printed functions out. */

import { Builder, num } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { printFn } from '../../src/ir/print.js';
import type { Atom, Fn, Type, Value } from '../../src/ir/types.js';
import type { Pass } from '../../src/optimise/pass.js';
import { runPass } from '../../src/optimise/passes.js';

export function fnOf(params: readonly Value[], fill: (b: Builder) => Atom, result: Type = num): Fn {
  const b = new Builder();
  const out = fill(b);
  return {
    name: 'f',
    params: params.map((v) => ({ value: v, active: true })),
    result,
    body: { stmts: b.stmts, yields: [out] },
    origin: undefined,
  };
}

/** The function after a pass, which must keep it well formed and find nothing more when run again. */
export function after(pass: Pass, before: Fn): string {
  check(before);
  const next = runPass(pass, before);
  check(next);
  return printFn(next);
}

export const unchanged = (pass: Pass, fn: Fn): boolean => runPass(pass, fn) === fn;
