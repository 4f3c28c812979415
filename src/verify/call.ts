/** Calling functions whose types only the compiler knows. */
import { runInNewContext } from 'node:vm';
import type { EmittedFunction, EmittedParam } from '../options.js';
import type { Exports } from './load.js';
import type { Point } from './points.js';
import { copy, identical, poison } from './values.js';

export type AnyFunction = (...args: readonly unknown[]) => unknown;

/** The export of that name; a list of stage functions (`h`) is picked from by its last argument. */
export function functionOf(exports: Exports, name: string): AnyFunction {
  const found = exports[name];
  // The casts: the compiler found a function of this name in the source, or emitted it.
  if (typeof found === 'function') return found as AnyFunction;
  if (Array.isArray(found)) return (...args) => (found[args.at(-1) as number] as AnyFunction)(...args.slice(0, -1));
  throw new Error(`${name} is not exported`);
}

/** The function of the source that another was made from, called alike: with an array in place of a rest parameter. */
export function sourceOf(exports: Exports, { source, params }: EmittedFunction): AnyFunction {
  const fn = functionOf(exports, source);
  if (params.at(-1)?.rest !== true) return fn;
  return (...args) => {
    const last = args.at(-1);
    return fn(...args.slice(0, -1), ...(Array.isArray(last) ? last : []));
  };
}

/** Fresh copies of the arguments: neither the user's function nor ours can spoil them for the next call. */
export const copies = (params: readonly EmittedParam[], point: Point): unknown[] =>
  params.map(({ type, tangent }, k) => copy({ type, tangent }, point[k]));

/** Arguments that an emitted function still takes. */
export const unfixed = (params: readonly EmittedParam[], args: readonly unknown[]): unknown[] =>
  args.filter((_, k) => params[k]?.fixed === undefined);

export interface Called {
  readonly result: unknown;
  /** What is wrong with the call, beside the numbers: inputs changed, `out` not honoured, an exception. */
  readonly complaints: readonly string[];
}

/**
 * Calls an emitted function twice: as it is, and, if it returns an object, again with its NaN-filled result as `out`,
 * which must come back holding the same.
 */
export function callEmitted(fn: AnyFunction, args: readonly unknown[]): Called {
  const before = structuredClone(args);
  const complaints: string[] = [];
  try {
    const result = fn(...args);
    if (!identical(args, before)) complaints.push('inputs changed');
    const first = structuredClone(result);
    if (typeof result === 'object' && result !== null) {
      poison(result);
      const again = fn(...args, result);
      if (again !== result) complaints.push('out not returned');
      else if (!identical(again, first)) complaints.push('differs in a reused out');
    }
    return { result: first, complaints };
  } catch (error) {
    return { result: {}, complaints: [`throws ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Runs `work`, which may be a user's loop that does not end. */
export function within<T>(milliseconds: number, work: () => T): T | undefined {
  let result: T | undefined;
  const run = () => {
    result = work();
  };
  try {
    runInNewContext('run()', { run }, { timeout: milliseconds });
    return result;
  } catch {
    return undefined;
  }
}
