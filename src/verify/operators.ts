/**
 * What adgen's operators give, by differences: for models that use them and are run as they are written. Exact to some
 * eight digits for an operator, and to fewer for one inside of another.
 */
import { type Estimate, estimates, inner } from './differences.js';

type Numbers = readonly number[];
type Callable = (...args: unknown[]) => unknown;

/** What a run of the source had to do with operators. */
export interface Watched<T> {
  readonly result: T;
  /** Whether operators were applied: then the result is good to some digits only. */
  readonly applied: boolean;
  /** Whether something was held constant: differences see through that, if it is not held around them (`holding`). */
  readonly held: boolean;
}

/** What `stopGradient` gave where a derivative is taken, in order: it gives the same around that. */
interface Held {
  readonly values: unknown[];
  /** How many have been given again; `undefined` where they are noted. */
  readonly given: { count: number } | undefined;
  readonly outer: Held | undefined;
}

/** The module `adgen` as a model sees it, and what has been called of it. */
export class NumericOperators {
  private applied = 0;
  private held = 0;
  /** Of the derivative that is being taken. */
  private frame: Held | undefined;

  readonly module: Readonly<Record<string, unknown>> = {
    grad: (f: Callable, wrt: Selection = 0) => this.counted((...args) => this.gradient(f, wrt, args)),
    valueAndGrad: (f: Callable, wrt: Selection = 0) =>
      this.counted((...args) => ({ value: f(...args.map(copied)), gradient: this.gradient(f, wrt, args) })),
    vjp: (f: Callable) => this.counted((...all) => this.pullback(f, all.slice(0, -1), all.at(-1))),
    jvp: (f: Callable) => this.counted((...all) => this.pushforward(f, all)),
    hvp: (f: Callable, wrt: Selection = 0) => this.counted((...all) => this.alongGradient(f, wrt, all)),
    jacobian: (f: Callable, wrt: Selection = 0) =>
      this.counted((...args) => forSelected(wrt, (k) => this.matrix(f, args, k))),
    hessian: (f: Callable, wrt = 0) =>
      this.counted((...args) => this.matrix((...at) => this.gradient(f, wrt, at), args, wrt)),
    stopGradient: (x: unknown) => {
      this.held += 1;
      return constantOf(x, this.frame);
    },
  };

  /** Runs `work`, and says whether operators had to do with it. */
  watched<T>(work: () => T): Watched<T> {
    const [applied, held] = [this.applied, this.held];
    const result = work();
    return { result, applied: this.applied > applied, held: this.held > held };
  }

  /** Runs `work`. What is run by the function that comes back finds constant what that held. */
  holding(work: () => unknown): <T>(again: () => T) => T {
    const [values, outer]: [unknown[], Held | undefined] = [[], this.frame];
    this.within({ values, given: undefined, outer }, work);
    return (again) => this.within({ values, given: { count: 0 }, outer }, again);
  }

  /** Operators never change arguments. */
  private counted(apply: Callable): Callable {
    return (...args) => {
      this.applied += 1;
      return apply(...args.map(copied));
    };
  }

  private within<T>(held: Held, work: () => T): T {
    const outer = this.frame;
    this.frame = held;
    try {
      return work();
    } finally {
      this.frame = outer;
    }
  }

  /** The derivative of all numbers of f's result along tangents of its arguments, `undefined` for those held fixed. */
  private along(f: Callable, args: readonly unknown[], tangents: readonly unknown[]): Numbers {
    const around = this.holding(() => f(...args.map(copied)));
    const at = (t: number) => around(() => flat(f(...args.map((arg, k) => moved(arg, tangents[k], t)))));
    let best: Estimate | undefined;
    for (const estimate of estimates(at)) if (best === undefined || estimate.spread < best.spread) best = estimate;
    return best?.derivative ?? [];
  }

  /** The derivatives along each number of argument k. */
  private columns(f: Callable, args: readonly unknown[], k: number): Numbers[] {
    const numbers = flat(args[k]);
    return numbers.map((_, i) => {
      const unit = shaped(args[k], numbers.map((__, j) => (i === j ? 1 : 0)).values());
      return this.along(
        f,
        args,
        args.map((___, j) => (j === k ? unit : undefined)),
      );
    });
  }

  private gradient(f: Callable, wrt: Selection, args: readonly unknown[]): unknown {
    return forSelected(wrt, (k) => shaped(args[k], this.columns(f, args, k).flat().values()));
  }

  private pullback(f: Callable, args: readonly unknown[], cotangent: unknown): unknown {
    const seed = flat(cotangent);
    const cotangents = args.map((arg, k) =>
      shaped(
        arg,
        this.columns(f, args, k)
          .map((column) => inner(seed, column))
          .values(),
      ),
    );
    return { value: f(...args.map(copied)), cotangents };
  }

  private pushforward(f: Callable, all: readonly unknown[]): unknown {
    const seeded = (count: number) => all.slice(0, count).filter((arg) => flat(arg).length > 0).length;
    let count = all.length;
    while (count > 0 && count + seeded(count) > all.length) count -= 1;
    const args = all.slice(0, count);
    const seeds = all.slice(count).values();
    const tangents = args.map((arg) => (flat(arg).length > 0 ? seeds.next().value : undefined));
    const value = f(...args.map(copied));
    return { value, tangent: shaped(value, this.along(f, args, tangents).values()) };
  }

  private alongGradient(f: Callable, wrt: Selection, all: readonly unknown[]): unknown {
    const selected = typeof wrt === 'number' ? [wrt] : wrt;
    const args = all.slice(0, all.length - selected.length);
    const seeds = all.slice(args.length);
    const tangents = args.map((_, k) => seeds[selected.indexOf(k)]);
    const numbers = this.along((...at) => this.gradient(f, wrt, at), args, tangents).values();
    return forSelected(wrt, (k) => shaped(args[k], numbers));
  }

  /** Rows are numbers of the result, columns those of argument k; a single row or column is a list, a single number that. */
  private matrix(f: Callable, args: readonly unknown[], k: number): unknown {
    const partials = this.columns(f, args, k);
    const result = f(...args.map(copied));
    if (typeof args[k] === 'number') return typeof result === 'number' ? partials[0]?.[0] : [...(partials[0] ?? [])];
    if (typeof result === 'number') return partials.flat();
    return flat(result).map((_, i) => partials.map((column) => column[i]));
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

function constantOf(x: unknown, at: Held | undefined): unknown {
  if (at === undefined) return x;
  if (at.given !== undefined) return at.values[at.given.count++];
  const value = constantOf(x, at.outer);
  at.values.push(value);
  return value;
}

/** A fresh copy, of what holds numbers. */
const copied = (x: unknown): unknown => moved(x, undefined, 0);
