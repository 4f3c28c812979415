/** Small functions of the IR, written the way the frontend lowers. */

import { bool, Builder, no, yes } from '../../src/ir/build.js';
import { check } from '../../src/ir/check.js';
import { printFn } from '../../src/ir/print.js';
import { statements } from '../../src/ir/visit.js';
import type { Atom, Cell, Fn, Stmt, Type, Value } from '../../src/ir/types.js';
import type { Pass } from '../../src/optimise/pass.js';
import { runPass } from '../../src/optimise/passes.js';

export function fn(params: readonly Value[], result: Type, fill: (b: Builder) => Atom): Fn {
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

/** `while (cond) { body }`. */
export function whileLoop(b: Builder, cond: (b: Builder) => Atom, body: (b: Builder) => void): void {
  const inner = new Builder();
  const again: Cell = { name: 'again', type: bool };
  inner.cell(again, no);
  inner.if(
    cond(inner),
    (then) => {
      body(then);
      then.write(again, yes);
      return [];
    },
    () => [],
  );
  b.push({
    kind: 'loop',
    carried: [],
    body: { stmts: inner.stmts, yields: [inner.read(again)] },
    results: [],
    origin: undefined,
  });
}

/** `if (cond) { then } else { otherwise }` without results. */
export function branch(
  b: Builder,
  cond: Atom,
  then: (b: Builder) => void,
  otherwise: (b: Builder) => void = () => {},
): void {
  const arm = (fill: (b: Builder) => void) => (inner: Builder) => {
    fill(inner);
    return [];
  };
  b.if(cond, arm(then), arm(otherwise));
}

/** Runs passes in order, checking after each. */
export function through(before: Fn, ...passes: readonly Pass[]): Fn {
  check(before, { cells: true });
  let current = before;
  for (const pass of passes) {
    current = runPass(pass, current);
    check(current);
  }
  return current;
}

export const kinds = (f: Fn): readonly Stmt['kind'][] => [...statements(f.body)].map(({ kind }) => kind);

/** The printed body, without the line of the function's name. */
export const body = (f: Fn): string => printFn(f).split('\n').slice(1).join('\n').trimEnd();
