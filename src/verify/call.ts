/** Calling functions whose types only the compiler knows. */
import { runInNewContext } from 'node:vm';
import type { EmittedFunction, EmittedParam } from '../options.js';
import type { Type } from '../ir/types.js';
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

/**
 * The function of the source that another was made from, called alike: with an array in place of a rest parameter, and
 * with records in place of instances, which it is given the methods of.
 */
export function sourceOf(exports: Exports, { source, params }: EmittedFunction): AnyFunction {
  const fn = functionOf(exports, source);
  const hasRest = params.at(-1)?.rest === true;
  if (!hasRest && !params.some(({ type }) => holdsInstance(type, exports))) return fn;
  return (...args) => {
    const given = args.map((arg, k) => (params[k] ? withMethods(params[k].type, arg, exports) : arg));
    const last = hasRest ? given.pop() : undefined;
    return fn(...given, ...(Array.isArray(last) ? last : []));
  };
}

/** The prototype of the instances of a class that the module exports. */
function prototypeOf(type: Type, exports: Exports): object | undefined {
  const found = type.kind === 'record' && type.source?.file !== undefined ? exports[type.source.name] : undefined;
  return typeof found === 'function' ? (found.prototype as object | undefined) : undefined;
}

function holdsInstance(type: Type, exports: Exports): boolean {
  if (type.kind === 'optional') return holdsInstance(type.of, exports);
  if (type.kind === 'array') return holdsInstance(type.elem, exports);
  const isInstance = prototypeOf(type, exports) !== undefined;
  return isInstance || (type.kind === 'record' && type.fields.some((f) => holdsInstance(f.type, exports)));
}

function withMethods(type: Type, value: unknown, exports: Exports): unknown {
  if (value == null || !holdsInstance(type, exports)) return value;
  if (type.kind === 'optional') return withMethods(type.of, value, exports);
  if (type.kind === 'array' && Array.isArray(value)) return value.map((item) => withMethods(type.elem, item, exports));
  if (type.kind !== 'record' || type.tuple === true) return value;
  const fields = type.fields.map(({ name, type: of }) => {
    // The cast: a value of a record type.
    return [name, withMethods(of, (value as Readonly<Record<string, unknown>>)[name], exports)] as const;
  });
  return Object.assign(
    Object.create(prototypeOf(type, exports) ?? Object.prototype) as object,
    Object.fromEntries(fields),
  );
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
 * which must come back holding the same. `takesOut`: a function whose result may be `undefined` takes none.
 */
export function callEmitted(fn: AnyFunction, args: readonly unknown[], takesOut = true): Called {
  const before = structuredClone(args);
  const complaints: string[] = [];
  try {
    const result = fn(...args);
    if (!identical(args, before)) complaints.push('inputs changed');
    const first = structuredClone(result);
    if (takesOut && typeof result === 'object' && result !== null) {
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
