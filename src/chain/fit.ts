/** Whether h, p and β make a chain: states go in and come out of h, p weighs states, both p and β give numbers. */

import { assignable } from '../ir/check.js';
import { isNumber, tangentType } from '../ir/structure.js';
import type { Fn, Type, Value } from '../ir/types.js';
import { allStatements, changedObject } from '../ir/visit.js';
import type { ChainParts } from './template.js';

export interface Fit {
  readonly parts: Omit<ChainParts, 'module' | 'along'>;
  readonly state: Type;
  readonly phi: Type;
  /** The index parameter of each function that has one. */
  readonly index: ReadonlyMap<string, string>;
}

/** `writtenBy` says which of its parameters a function writes to. */
export function chainFit(
  { h, p, beta }: { readonly h: Fn; readonly p: Fn; readonly beta: Fn },
  writtenBy: (fn: Fn) => readonly Value[],
): Fit | { readonly reason: string } {
  const [x, theta] = h.params;
  const [state] = p.params;
  const [phi] = beta.params;
  if (!x || !theta || h.params.length > 3)
    return { reason: `\`h\` takes ${h.params.length} parameters, not (x, theta) or (x, theta, i)` };
  if (!state || p.params.length > 2) return { reason: `\`p\` takes ${p.params.length} parameters, not (x) or (x, i)` };
  if (!phi || beta.params.length > 2)
    return { reason: `\`${beta.name}\` takes ${beta.params.length} parameters, not (phi) or (phi, i)` };
  for (const [fn, count] of [
    [h, 2],
    [p, 1],
    [beta, 1],
  ] as const) {
    const last = fn.params[count];
    if (last && !isNumber(last.value.type))
      return { reason: `the index, last parameter of \`${fn.name}\`, is not a number` };
  }
  if (!assignable(h.result, x.value.type))
    return { reason: 'what `h` returns is not of the type of its first parameter' };
  if (!assignable(x.value.type, state.value.type)) return { reason: '`p` does not take what `h` returns' };
  if (p.result.kind !== 'num') return { reason: '`p` does not return a number' };
  if (beta.result.kind !== 'num') return { reason: `\`${beta.name}\` does not return a number` };
  for (const [fn, param] of [
    [h, x],
    [h, theta],
    [p, state],
    [beta, phi],
  ] as const) {
    if (!tangentType(param.value.type))
      return { reason: `parameter \`${param.value.name}\` of \`${fn.name}\` holds no real number` };
  }
  const part = (fn: Fn, count: number) => {
    const copied = allStatements(fn).some(changedObject) ? writtenBy(fn) : [];
    const params = fn.params.slice(0, count).map((param) => param.value.name ?? '');
    return {
      name: fn.name,
      params,
      written: params.map((name) => copied.some((param) => param.name === name)),
      indexed: fn.params.length > count,
    };
  };
  const index = new Map<string, string>();
  for (const [fn, count] of [
    [h, 2],
    [p, 1],
    [beta, 1],
  ] as const) {
    const last = fn.params[count]?.value.name;
    if (last !== undefined) index.set(fn.name, last);
  }
  return {
    parts: { h: part(h, 2), p: part(p, 1), beta: part(beta, 1) },
    state: x.value.type,
    phi: phi.value.type,
    index,
  };
}
