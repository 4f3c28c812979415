/**
 * What adgen's operators give, by differences: for models that use them and are run as they are written. Exact to some
 * eight digits for an operator, and to fewer for one inside of another.
 */
import { type Estimate, estimates, inner } from './differences.js';

type Numbers = readonly number[];
type Callable = (...args: unknown[]) => unknown;

/** The module `adgen` as a model sees it, and what has been called of it. */
export class NumericOperators {
  /** How often operators have been applied. */
  applied = 0;
  /** Whether something was held constant: differences see through that. */
  held = false;

  readonly module: Readonly<Record<string, unknown>> = {
    grad: (f: Callable, wrt: Selection = 0) => this.counted((...args) => gradient(f, wrt, args)),
    valueAndGrad: (f: Callable, wrt: Selection = 0) =>
      this.counted((...args) => ({ value: f(...args.map(copied)), gradient: gradient(f, wrt, args) })),
    vjp: (f: Callable) => this.counted((...all) => pullback(f, all.slice(0, -1), all.at(-1))),
    jvp: (f: Callable) => this.counted((...all) => pushforward(f, all)),
    hvp: (f: Callable, wrt: Selection = 0) => this.counted((...all) => alongGradient(f, wrt, all)),
    jacobian: (f: Callable, wrt: Selection = 0) =>
      this.counted((...args) => forSelected(wrt, (k) => matrix(f, args, k))),
    hessian: (f: Callable, wrt = 0) => this.counted((...args) => matrix((...at) => gradient(f, wrt, at), args, wrt)),
    stopGradient: (x: unknown) => {
      this.held = true;
      return constantOf(x, frame);
    },
  };

  /** Operators never change arguments. */
  private counted(apply: Callable): Callable {
    return (...args) => {
      this.applied += 1;
      return apply(...args.map(copied));
    };
  }
}

type Selection = number | readonly number[];

const forSelected = (wrt: Selection, of: (k: number) => unknown): unknown =>
  typeof wrt === 'number' ? of(wrt) : wrt.map(of);

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null;
const isList = (x: unknown): x is ArrayLike<unknown> => Array.isArray(x) || ArrayBuffer.isView(x);

/** All numbers in a value, in order. */
function flat(x: unknown): number[] {
  if (typeof x === 'number') return [x];
  if (isList(x)) return Array.from(x, flat).flat();
  return isRecord(x) ? Object.values(x).flatMap(flat) : [];
}

/** A tangent of `x` with these numbers. */
function shaped(x: unknown, numbers: Iterator<number>): unknown {
  if (typeof x === 'number') return numbers.next().value ?? Number.NaN;
  if (x instanceof Float64Array || x instanceof Float32Array) return x.map(() => numbers.next().value ?? Number.NaN);
  if (isList(x)) return Array.from(x, (each) => shaped(each, numbers));
  if (!isRecord(x)) return undefined;
  const held = Object.entries(x).filter(([, part]) => flat(part).length > 0);
  return Object.fromEntries(held.map(([name, part]) => [name, shaped(part, numbers)]));
}

/** x + t v */
function moved(x: unknown, v: unknown, t: number): unknown {
  if (typeof x === 'number') return typeof v === 'number' ? x + t * v : x;
  if (x instanceof Float64Array || x instanceof Float32Array)
    return x.map((each, k) => each + t * (isList(v) ? Number(v[k]) : 0));
  if (isList(x)) return Array.from(x, (each, k) => moved(each, isList(v) ? v[k] : undefined, t));
  if (!isRecord(x)) return x;
  const parts = Object.entries(x).map(([name, part]) => [name, moved(part, isRecord(v) ? v[name] : undefined, t)]);
  return Object.assign(Object.create(Object.getPrototypeOf(x) as object | null) as object, Object.fromEntries(parts));
}

/** What `stopGradient` gave where a derivative is taken, in order: it gives the same around that. */
interface Held {
  readonly values: unknown[];
  /** How many have been given again; `undefined` where they are noted. */
  readonly given: { count: number } | undefined;
  readonly outer: Held | undefined;
}

/** That of the derivative that is being taken. */
let frame: Held | undefined;

function constantOf(x: unknown, at: Held | undefined): unknown {
  if (at === undefined) return x;
  if (at.given !== undefined) return at.values[at.given.count++];
  const value = constantOf(x, at.outer);
  at.values.push(value);
  return value;
}

function within<T>(held: Held, work: () => T): T {
  const outer = frame;
  frame = held;
  try {
    return work();
  } finally {
    frame = outer;
  }
}

/** A fresh copy, of what holds numbers. */
const copied = (x: unknown): unknown => moved(x, undefined, 0);

/** The derivative of all numbers of f's result along tangents of its arguments, `undefined` for those held fixed. */
function along(f: Callable, args: readonly unknown[], tangents: readonly unknown[]): Numbers {
  const [values, outer]: [unknown[], Held | undefined] = [[], frame];
  within({ values, given: undefined, outer }, () => f(...args.map(copied)));
  const at = (t: number) =>
    within({ values, given: { count: 0 }, outer }, () => flat(f(...args.map((arg, k) => moved(arg, tangents[k], t)))));
  let best: Estimate | undefined;
  for (const estimate of estimates(at)) if (best === undefined || estimate.spread < best.spread) best = estimate;
  return best?.derivative ?? [];
}

/** The derivatives along each number of argument k. */
function columns(f: Callable, args: readonly unknown[], k: number): Numbers[] {
  const numbers = flat(args[k]);
  return numbers.map((_, i) => {
    const unit = shaped(args[k], numbers.map((__, j) => (i === j ? 1 : 0)).values());
    return along(
      f,
      args,
      args.map((___, j) => (j === k ? unit : undefined)),
    );
  });
}

const gradient = (f: Callable, wrt: Selection, args: readonly unknown[]): unknown =>
  forSelected(wrt, (k) => shaped(args[k], columns(f, args, k).flat().values()));

function pullback(f: Callable, args: readonly unknown[], cotangent: unknown): unknown {
  const seed = flat(cotangent);
  const cotangents = args.map((arg, k) =>
    shaped(
      arg,
      columns(f, args, k)
        .map((column) => inner(seed, column))
        .values(),
    ),
  );
  return { value: f(...args.map(copied)), cotangents };
}

function pushforward(f: Callable, all: readonly unknown[]): unknown {
  const seeded = (count: number) => all.slice(0, count).filter((arg) => flat(arg).length > 0).length;
  let count = all.length;
  while (count > 0 && count + seeded(count) > all.length) count -= 1;
  const args = all.slice(0, count);
  const seeds = all.slice(count).values();
  const tangents = args.map((arg) => (flat(arg).length > 0 ? seeds.next().value : undefined));
  const value = f(...args.map(copied));
  return { value, tangent: shaped(value, along(f, args, tangents).values()) };
}

function alongGradient(f: Callable, wrt: Selection, all: readonly unknown[]): unknown {
  const selected = typeof wrt === 'number' ? [wrt] : wrt;
  const args = all.slice(0, all.length - selected.length);
  const seeds = all.slice(args.length);
  const tangents = args.map((_, k) => seeds[selected.indexOf(k)]);
  const numbers = along((...at) => gradient(f, wrt, at), args, tangents).values();
  return forSelected(wrt, (k) => shaped(args[k], numbers));
}

/** Rows are numbers of the result, columns those of argument k; a single row or column is a list, a single number that. */
function matrix(f: Callable, args: readonly unknown[], k: number): unknown {
  const partials = columns(f, args, k);
  const result = f(...args.map(copied));
  if (typeof args[k] === 'number') return typeof result === 'number' ? partials[0]?.[0] : [...(partials[0] ?? [])];
  if (typeof result === 'number') return partials.flat();
  return flat(result).map((_, i) => partials.map((column) => column[i]));
}
