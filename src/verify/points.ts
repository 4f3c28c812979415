/**
 * Where to check: at the arguments a file gives, or at seeded random ones at
 * which the function turns out to be defined.
 */
import type { EmittedParam } from '../options.js';
import type { Type } from '../ir/types.js';
import { fits, revive } from './values.js';

/** Arguments of one call. */
export type Point = readonly unknown[];

/**
 * `points` is one list for every function it fits, or a record of lists by function name:
 *
 *     export const points = [[0.5, 2], [1, 3]];
 *     export const points = { h: [[[0.1, 0.2], 3]], p: [[[1, 2]]] };
 */
export function givenPoints(points: unknown, name: string, params: readonly EmittedParam[]): readonly Point[] {
  const named = typeof points === 'object' && points !== null && !Array.isArray(points) && Object.hasOwn(points, name);
  // The cast: `name` was just found in it.
  const list = named ? (points as Record<string, unknown>)[name] : points;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const given = withRest(entry, params);
    if (given.length > params.length) return [];
    const point = params.map(({ type }, k) => revive(type, given[k]));
    return params.every(({ type, optional }, k) => (optional && point[k] === undefined) || fits(type, point[k]))
      ? [point]
      : [];
  });
}

/** As the source is called: what a rest parameter takes stands there one by one. */
function withRest(entry: readonly unknown[], params: readonly EmittedParam[]): readonly unknown[] {
  const last = params.length - 1;
  const isGathered = params[last]?.rest !== true || (entry.length === params.length && Array.isArray(entry[last]));
  return isGathered ? entry : [...entry.slice(0, last), entry.slice(last)];
}

/** Lengths of arrays to try: those of the first parameter, and of all others. */
const lengths = [
  [3, 3],
  [2, 2],
  [4, 4],
  [5, 5],
  [2, 16],
  [3, 32],
  [4, 64],
  [8, 8],
  [8, 128],
  [1, 1],
  [12, 12],
  [32, 32],
  [64, 64],
] as const;
/** Ranges of numbers to try; the positive ones are for logarithms, roots, prices and the like. */
const ranges = [
  [-1, 1],
  [0.2, 1.5],
  [-0.1, 0.1],
  [0.05, 0.4],
  [1, 3],
  [-3, 3],
  [5, 20],
  [20, 100],
] as const;

/** Candidates for random points, likely ones first: neither a strange size nor a strange range has to wait for all of the other. */
export function* randomPoints(params: readonly EmittedParam[], draw: () => number): Generator<Point> {
  const sizes = hasArrays(params) ? lengths : lengths.slice(0, 1);
  for (let diagonal = 0; diagonal < sizes.length + ranges.length; diagonal++) {
    for (const [k, range] of ranges.entries()) {
      const size = sizes[diagonal - k];
      if (size !== undefined) yield randomPoint(params, { range, draw }, size);
    }
  }
}

function randomPoint(
  params: readonly EmittedParam[],
  how: Omit<Draw, 'length'>,
  [first, others]: readonly [number, number],
): Point {
  let length = first;
  return params.map(({ type, tangent, fixed }) => {
    if (fixed !== undefined) return fixed;
    const value = randomValue(type, tangent !== undefined, { ...how, length });
    if (holdsArray(type)) length = others;
    return value;
  });
}

interface Draw {
  readonly range: readonly [number, number];
  readonly length: number;
  readonly draw: () => number;
}

function randomValue(type: Type, active: boolean, how: Draw): unknown {
  const { range, length, draw } = how;
  switch (type.kind) {
    case 'num':
      // A passive number is an index, a size or a count.
      return active ? range[0] + (range[1] - range[0]) * draw() : 1 + Math.floor(3 * draw());
    case 'bool':
      return draw() < 0.5;
    case 'str':
      // Which strings mean something, the type may not say: the function is likely to need given points.
      return type.among?.[Math.floor(type.among.length * draw())] ?? '';
    case 'void':
      return undefined;
    case 'optional':
      return draw() < 0.5 ? (type.nullable ? null : undefined) : randomValue(type.of, active, how);
    case 'array':
      return revive(
        type,
        Array.from({ length: type.fixed ?? length }, () =>
          randomValue(type.elem, active && isFloat(type.storage), how),
        ),
      );
    case 'record': {
      const fields = type.fields.map(({ name, type: inner }) => [name, randomValue(inner, active, how)] as const);
      return type.tuple
        ? fields.map(([, value]) => value)
        : Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
    default: {
      const unmet: never = type;
      throw new Error(`not met: ${JSON.stringify(unmet)}`);
    }
  }
}

const isFloat = (storage: string) => storage !== 'u8' && storage !== 'i32';

const hasArrays = (params: readonly EmittedParam[]) => params.some(({ type }) => holdsArray(type));

/** Arrays of a length that the type leaves open. */
function holdsArray(type: Type): boolean {
  if (type.kind === 'array') return type.fixed === undefined || holdsArray(type.elem);
  if (type.kind === 'record') return type.fields.some((entry) => holdsArray(entry.type));
  return type.kind === 'optional' && holdsArray(type.of);
}
