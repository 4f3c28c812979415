/**
 * The proof of the frontend: a function lowered to IR and evaluated there gives, bit for bit, what running it as
 * TypeScript gives; and where one throws, so does the other.
 */

import { check } from '../../src/ir/check.js';
import { evaluate } from '../../src/ir/evaluate.js';
import type { Fn, Type } from '../../src/ir/types.js';
import { type Random } from '../oracle/values.js';

const typedArrays = { f64: Float64Array, f32: Float32Array, u8: Uint8Array, i32: Int32Array };

/** A random argument; parameters with names of integers get small whole numbers. */
export function randomArgument(random: Random, type: Type, name = ''): unknown {
  switch (type.kind) {
    case 'num':
      if (/^(n|m|k|i|j|count|start|end|seed|at)\d?$/.test(name)) return random.below(6);
      return random.next() < 0.1 ? [0, -0, 1, -1][random.below(4)] : random.between(-3, 3);
    case 'bool':
      return random.next() < 0.5;
    case 'str':
      return ['a', 'b', 'c', 'circle', 'square'][random.below(5)];
    case 'void':
      return undefined;
    case 'optional':
      return random.next() < 0.4 ? undefined : randomArgument(random, type.of, name);
    case 'array': {
      const length = type.fixed ?? random.below(7);
      const elements = Array.from({ length }, () => randomArgument(random, type.elem));
      return type.storage === 'list' ? elements : typedArrays[type.storage].from(elements as number[]);
    }
    case 'record': {
      const entries = type.fields.map((f) => [f.name, randomArgument(random, f.type, f.name)] as const);
      if (type.tuple) return entries.map(([, v]) => v);
      // An absent field is not a field that holds undefined.
      return Object.fromEntries(entries.filter(([, v]) => v !== undefined));
    }
  }
}

type Outcome = { readonly value: unknown } | { readonly error: string };

function outcome(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    const { name, message } = error as Error;
    if (message.startsWith('evaluate:')) throw error;
    return { error: `${name}: ${message}` };
  }
}

/** Whether two values are the same number for number; undefined fields count as absent. */
export function identical(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Object.is(a ?? undefined, b ?? undefined);
  if (Array.isArray(a) !== Array.isArray(b) || ArrayBuffer.isView(a) !== ArrayBuffer.isView(b)) return false;
  const [p, q] = [a as Record<string, unknown>, b as Record<string, unknown>];
  if (Array.isArray(a) || ArrayBuffer.isView(a)) {
    if (p['length'] !== q['length'] || a.constructor !== b.constructor) return false;
    return Array.from({ length: Number(p['length']) }, (_, k) => k).every((k) => identical(p[k], q[k]));
  }
  return [...new Set([...Object.keys(p), ...Object.keys(q)])].every((key) => identical(p[key], q[key]));
}

/** Runs both on `runs` random inputs; the first difference, or undefined. */
export function difference(
  fn: Fn,
  run: (...args: unknown[]) => unknown,
  random: Random,
  runs: number,
  inputs?: readonly (readonly unknown[])[],
): string | undefined {
  check(fn, { cells: true, derive: true });
  for (let k = 0; k < (inputs?.length ?? runs); k++) {
    const args = inputs?.[k] ?? fn.params.map(({ value }) => randomArgument(random, value.type, value.name));
    const [mine, theirs] = [structuredClone(args), structuredClone(args)];
    const expected = outcome(() => run(...theirs));
    const found = outcome(() => evaluate(fn, mine, { steps: 1_000_000 }));
    if (identical(found, expected) && identical(mine, theirs)) continue;
    const text = (v: unknown) =>
      JSON.stringify(v, (_, x: unknown) =>
        typeof x === 'number' && !Number.isFinite(x) ? String(x) : Object.is(x, -0) ? '-0' : x,
      );
    return `${fn.name}(${text(args)}): expected ${text(expected)}, found ${text(found)}; arguments after: ${text(theirs)}, ${text(mine)}`;
  }
  return undefined;
}
