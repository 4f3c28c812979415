/**
 * Judges emitted functions by running them: the primal against the original bit for bit, the jvp against extrapolated
 * differences, vjp and grad against the jvp, and what design.md promises of memory, inputs and `out`.
 */

import type { Type } from '../../src/ir/types.js';
import { derivatives, type Estimate, isClear, type Steps } from './richardson.js';
import {
  clone,
  difference,
  dot,
  dotSize,
  moved,
  poisoned,
  Random,
  randomTangent,
  realPaths,
  reals,
  resize,
  shared,
  show,
} from './values.js';

export type Callable = (...args: readonly unknown[]) => unknown;

/** Of `EmittedParam` in src/options.ts, what the checks need. */
export interface CheckedParam {
  readonly name: string;
  readonly type: Type;
  readonly tangent?: Type;
  /** A parameter fixed by `const` is one of the original only. */
  readonly fixed?: number;
}

export interface Subject {
  readonly name: string;
  readonly original: Callable;
  readonly forward?: Callable;
  readonly jvp?: Callable;
  readonly vjp?: Callable;
  readonly grad?: Callable;
  readonly params: readonly CheckedParam[];
  readonly resultTangent: Type | undefined;
  /** Type of the value; without it no `out` of other lengths is tried. */
  readonly result?: Type;
}

export interface CheckOptions {
  /** Seeds the directions. Default: 1. */
  readonly seed?: number;
  /** Number of random directions. Default: 2. */
  readonly directions?: number;
  readonly steps?: Steps;
  /** Tolerance of ⟨u, Jv⟩ = ⟨Jᵀu, v⟩ relative to the sizes of the terms. Default: 1e-9, 1e-5 if a Float32Array is about. */
  readonly rounding?: number;
  /** Whether derivatives may be NaN or infinite where differences are not: the program divides by zero. Default: false. */
  readonly poles?: boolean;
  /** Whether the functions take an `out`. Default: true. */
  readonly out?: boolean;
}

/** How many derivatives were compared with differences, and how many could not be (kinks, poles). */
export interface Outcome {
  readonly judged: number;
  readonly unclear: number;
  /** The original threw, and so did all the others. */
  readonly threw: boolean;
}

export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  /** What went wrong, without numbers: failures of one kind say the same. */
  readonly what: string;

  constructor(what: string, detail: string) {
    super(`${what}\n${detail}`);
    this.what = what;
  }
}

/** Runs every check at a point, the arguments of the original. Throws a CheckFailure. */
export function checkAt(subject: Subject, point: readonly unknown[], options: CheckOptions = {}): Outcome {
  return new Check(subject, point, options).run();
}

/** For functions that turn so quickly that differences settle twice: at one slope from afar, at another from close by. */
const finer = { first: 2 ** -16, halvings: 14 };

const closer = (found: number, estimate: Estimate | undefined): boolean =>
  estimate !== undefined &&
  isClear(estimate) &&
  Math.abs(found - estimate.value) <= 1e-5 * Math.abs(estimate.value) + 30 * estimate.error;

class Check {
  readonly #subject: Subject;
  readonly #point: readonly unknown[];
  readonly #options: CheckOptions;
  readonly #random: Random;
  /** Positions of parameters that the emitted functions take, and of those that have a tangent. */
  readonly #kept: readonly number[];
  readonly #active: readonly number[];
  readonly #single: boolean;
  #judged = 0;
  #unclear = 0;

  constructor(subject: Subject, point: readonly unknown[], options: CheckOptions) {
    this.#subject = subject;
    this.#point = point;
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
    const positions = subject.params.map((_, k) => k);
    this.#kept = positions.filter((k) => subject.params[k]?.fixed === undefined);
    this.#active = positions.filter(
      (k) => subject.params[k]?.tangent !== undefined && subject.params[k]?.fixed === undefined,
    );
    this.#single = [
      ...subject.params.map((p) => p.type),
      ...(subject.resultTangent ? [subject.resultTangent] : []),
    ].some(hasSingle);
  }

  run(): Outcome {
    const { original, forward, jvp, vjp, grad } = this.#subject;
    let value: unknown;
    try {
      value = original(...clone(this.#point));
    } catch (error) {
      // A row that is missing is promised to be found only where the result needs it.
      const missing = error instanceof TypeError && /of undefined|is not iterable/.test(error.message);
      if (!missing) this.#alsoThrow(error);
      return { judged: 0, unclear: 0, threw: true };
    }
    if (forward !== undefined) {
      const result = this.#call('forward', forward, []);
      this.#sameValue('forward', result, value);
    }
    // Nothing is promised of derivatives where elements were missing: cotangents may get longer, as arrays do.
    if (reals(this.#subject.resultTangent, value).some(Number.isNaN)) return { judged: 0, unclear: 0, threw: false };
    for (let k = 0; k < (this.#options.directions ?? 2); k += 1) this.#direction(value, jvp, vjp);
    if (grad !== undefined) this.#gradient(value, grad, vjp);
    return { judged: this.#judged, unclear: this.#unclear, threw: false };
  }

  /** The value is kept by every emitted function before any derivative counts. */
  #direction(value: unknown, jvp: Callable | undefined, vjp: Callable | undefined): void {
    const { resultTangent } = this.#subject;
    const directions = this.#active.map((k) => randomTangent(this.#random, this.#tangent(k), this.#point[k]));
    const along = (t: number) => {
      const args = clone(this.#point).map((arg, k) => {
        const which = this.#active.indexOf(k);
        return which < 0 ? arg : moved(this.#tangent(k), arg, directions[which], t);
      });
      return reals(resultTangent, this.#subject.original(...args));
    };
    const noise = this.#single ? { noise: 2 ** -23 } : {};
    const estimates = derivatives(along, { ...noise, ...this.#options.steps });
    let tangent: number[] | undefined;
    if (jvp !== undefined) {
      const result = this.#call('jvp', jvp, directions) as { value: unknown; tangent: unknown };
      this.#sameValue('jvp', result?.value, value);
      tangent = this.#reals('jvp', 'tangent', resultTangent, result.tangent, value);
      const paths = realPaths(resultTangent, value, 'tangent');
      estimates.forEach((estimate, i) => {
        const found = tangent?.[i] ?? NaN;
        const size = Math.max(1e-3, Math.abs(estimate.value), Math.abs(found));
        const pole = this.#options.poles === true && !Number.isFinite(found);
        if (pole || !isClear(estimate)) {
          this.#unclear += 1;
          return;
        }
        this.#judged += 1;
        const agrees = Math.abs(found - estimate.value) <= 1e-6 * size + 30 * estimate.error;
        if (!agrees && !closer(found, derivatives(along, { ...noise, ...finer })[i])) {
          const text = `${paths[i]} is ${show(found)}, differences give ${show(estimate.value)} ± ${estimate.error.toExponential(1)}`;
          this.#fail('jvp disagrees with differences', text, { directions });
        }
      });
    }
    if (vjp === undefined || resultTangent === undefined) return;
    const seed = randomTangent(this.#random, resultTangent, value);
    const result = this.#call('vjp', vjp, [seed]) as { value: unknown; cotangents: Record<string, unknown> };
    this.#sameValue('vjp', result?.value, value);
    const cotangents = this.#cotangents('vjp', result.cotangents);
    const [u, v] = [reals(resultTangent, seed), this.#active.flatMap((k, i) => reals(this.#tangent(k), directions[i]))];
    // Without a jvp the differences stand in, with their error.
    const clear = estimates.every(isClear);
    const jv = tangent ?? estimates.map((e) => e.value);
    const slack =
      tangent === undefined
        ? dotSize(
            u,
            estimates.map((e) => Math.min(1e-3, 30 * e.error)),
          )
        : 0;
    const [left, right] = [dot(u, jv), dot(cotangents, v)];
    if (!Number.isFinite(left) || !Number.isFinite(right)) {
      if (clear && this.#options.poles !== true)
        this.#fail('vjp or jvp is not finite where differences are', `⟨u, Jv⟩ = ${left}, ⟨Jᵀu, v⟩ = ${right}`, {
          directions,
          seed,
        });
      this.#unclear += 1;
      return;
    }
    if (tangent === undefined && !clear) return;
    const rounding = this.#options.rounding ?? (this.#single ? 1e-5 : 1e-9);
    const allowed = rounding * (1e-3 + dotSize(u, jv) + dotSize(cotangents, v)) + slack;
    if (!(Math.abs(left - right) <= allowed)) {
      const text = `⟨u, Jv⟩ = ${left}, ⟨Jᵀu, v⟩ = ${right}\ncotangents: ${show(result.cotangents)}`;
      this.#fail('vjp is not the transpose of jvp', text, { directions, seed });
    }
  }

  #gradient(value: unknown, grad: Callable, vjp: Callable | undefined): void {
    const result = this.#call('grad', grad, []) as { value: unknown; gradient: Record<string, unknown> };
    this.#sameValue('grad', result?.value, value);
    const gradient = this.#cotangents('grad', result.gradient);
    if (vjp === undefined) return;
    const other = vjp(...this.#args(), 1) as { cotangents: Record<string, unknown> };
    const cotangents = this.#cotangents('vjp', other.cotangents);
    const rounding = this.#options.rounding ?? (this.#single ? 1e-5 : 1e-9);
    const size = Math.max(1e-3, ...cotangents.map(Math.abs));
    gradient.forEach((g, k) => {
      const c = cotangents[k] ?? NaN;
      if (Object.is(g, c) || g === c || Math.abs(g - c) <= rounding * size) return;
      this.#fail(
        'grad is not the vjp with cotangent 1',
        `number ${k}: ${show(g)} and ${show(c)}\n${show(result.gradient)}`,
        {},
      );
    });
  }

  /** Calls with fresh arguments, and looks after inputs, memory, determinism and `out`. */
  #call(mode: string, f: Callable, seeds: readonly unknown[]): unknown {
    const args = [...this.#args(), ...clone(seeds)];
    const before = clone(args);
    let result: unknown;
    try {
      result = f(...args);
    } catch (error) {
      this.#fail(`${mode} throws where the original does not`, String(error), { seeds });
    }
    const changed = difference(args, before);
    if (changed !== undefined) this.#fail(`${mode} changes its inputs`, changed, { seeds });
    if (typeof result !== 'object' || result === null) return result;
    const common = shared(result, args);
    if (common !== undefined) this.#fail(`${mode}: the result shares memory with the inputs`, common, { seeds });
    if (mode !== 'forward') this.#separate(mode, result, seeds);
    if (this.#options.out === false) return result;
    const expected = clone(result);
    for (const [kind, out] of [
      ['filled with NaN', poisoned(result)],
      ['of the call before', result],
      ['with longer lists', this.#resized(mode, result, 2)],
      ['with shorter lists', this.#resized(mode, result, -1)],
    ] as const) {
      let again: unknown;
      const known = clone(out);
      try {
        again = f(...args, out);
      } catch (error) {
        this.#fail(`${mode} throws with an out ${kind}`, String(error), { seeds, out: known });
      }
      if (again !== out) this.#fail(`${mode} does not return its out`, show(again), { seeds });
      const found = difference(again, expected);
      if (found !== undefined)
        this.#fail(`${mode} gives something else with an out ${kind}`, found, { seeds, out: known });
      const spoilt = difference(args, before);
      if (spoilt !== undefined) this.#fail(`${mode} changes its inputs when given an out`, spoilt, { seeds });
    }
    return clone(expected);
  }

  /** An `out` whose lists of numbers have other lengths. */
  #resized(mode: string, result: object, by: number): object {
    const { result: type, resultTangent } = this.#subject;
    const out = poisoned(result) as Record<string, unknown>;
    if (type === undefined) return out;
    if (mode === 'forward') resize(type, out, by);
    else resize(type, out['value'], by);
    resize(resultTangent, out['tangent'], by);
    for (const key of ['cotangents', 'gradient']) {
      const parts = (out[key] ?? {}) as Record<string, unknown>; // both are records of tangents by parameter
      for (const { name, tangent } of this.#subject.params) resize(tangent, parts[name], by);
    }
    return out;
  }

  /** Value, tangent and each cotangent are memory of their own. */
  #separate(mode: string, result: object, seeds: readonly unknown[]): void {
    const parts = Object.entries(result).flatMap(([key, part]): [string, unknown][] =>
      (key === 'cotangents' || key === 'gradient') && typeof part === 'object' && part !== null
        ? Object.entries(part).map(([name, c]) => [`${key}.${name}`, c])
        : [[key, part]],
    );
    parts.forEach(([a, x], i) => {
      for (const [b, y] of parts.slice(i + 1)) {
        const common = shared(x, y);
        if (common !== undefined)
          this.#fail(`${mode}: parts of the result share memory`, `${a} and ${b}: ${common}`, { seeds });
      }
    });
  }

  #alsoThrow(expected: unknown): void {
    const { forward, jvp, vjp, grad } = this.#subject;
    const text = expected instanceof Error ? `${expected.name}: ${expected.message}` : String(expected);
    for (const [mode, f] of Object.entries({ forward, jvp, vjp, grad })) {
      if (f === undefined) continue;
      const seeds =
        mode === 'jvp' ? this.#active.map((k) => randomTangent(this.#random, this.#tangent(k), this.#point[k])) : [];
      try {
        f(...this.#args(), ...seeds);
      } catch (error) {
        const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        // The seed of a vjp cannot be shaped like a result that is not there: any error will do.
        if (found === text || mode === 'vjp') continue;
        this.#fail(`${mode} throws something else than the original`, `${found}\n${text}`, {});
      }
      this.#fail(`${mode} does not throw as the original does`, text, {});
    }
  }

  #cotangents(mode: string, found: Record<string, unknown> | undefined): number[] {
    const names = this.#active.map((k) => this.#subject.params[k]?.name ?? '');
    const keys = Object.keys(found ?? {});
    if (keys.join() !== names.join())
      this.#fail(`${mode}: wrong keys`, `${keys.join()} instead of ${names.join()}`, {});
    return this.#active.flatMap((k, i) => {
      const name = names[i] ?? '';
      return this.#reals(mode, name, this.#tangent(k), found?.[name], this.#point[k]);
    });
  }

  /** The reals of a tangent, which has to be shaped like the primal. */
  #reals(mode: string, name: string, type: Type | undefined, tangent: unknown, primal: unknown): number[] {
    const expected = realPaths(type, primal, name).join(' ');
    let found: string;
    try {
      found = realPaths(type, tangent, name).join(' ');
    } catch (error) {
      found = String(error);
    }
    if (found !== expected)
      this.#fail(`${mode}: wrong shape`, `of ${name}: ${show(tangent)} for a primal ${show(primal)}`, {});
    return reals(type, tangent);
  }

  #sameValue(mode: string, found: unknown, expected: unknown): void {
    const at = difference(found, expected);
    if (at !== undefined) this.#fail(`${mode} changes the value`, at, {});
  }

  #tangent(k: number): Type {
    const type = this.#subject.params[k]?.tangent;
    if (type === undefined) throw new Error(`parameter ${k} of ${this.#subject.name} is passive`);
    return type;
  }

  #args(): unknown[] {
    return this.#kept.map((k) => clone(this.#point[k]));
  }

  #fail(what: string, text: string, context: Readonly<Record<string, unknown>>): never {
    const lines = [text, `${this.#subject.name} at ${show(this.#point)}`];
    for (const [key, v] of Object.entries(context)) lines.push(`${key}: ${show(v)}`);
    throw new CheckFailure(what, lines.map((line) => `  ${line}`).join('\n'));
  }
}

function hasSingle(type: Type): boolean {
  switch (type.kind) {
    case 'array':
      return type.storage === 'f32' || hasSingle(type.elem);
    case 'record':
      return type.fields.some((f) => hasSingle(f.type));
    case 'optional':
      return hasSingle(type.of);
    default:
      return false;
  }
}
