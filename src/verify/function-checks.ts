/** Checks of what was derived from one function of the source. */
import type { EmittedFunction, EmittedParam } from '../options.js';
import type { Type } from '../ir/types.js';
import { callEmitted, copies, functionOf, sourceOf, unfixed, within, type AnyFunction } from './call.js';
import { estimates, inner, isKink, largest, relativeError } from './differences.js';
import type { Ledger } from './ledger.js';
import type { Exports } from './load.js';
import type { NumericOperators } from './operators.js';
import { givenPoints, randomPoints, type Point } from './points.js';
import { seeded } from './random.js';
import { copy, identical, reals, shift, tangentAt, type Shape } from './values.js';

/** Differences carry about half the digits of the values they are taken from. */
const differenceLimit = 1e-6;
export const differenceLimitF32 = 1e-2;
/** Two exact ways to one number differ by rounding only; long sums need some room. */
const roundingLimit = 1e-10;
export const roundingLimitF32 = 1e-4;
/** Of a source that applies operators, which are differences when it is run. */
const operatorLimit = 1e-4;

const randomPointCount = 3;
/** Milliseconds for one call of the source: away from the points, a loop that converges there may never end. */
const patience = 1000;

export interface Modules {
  readonly source: Exports;
  readonly generated: Exports;
  /** The points that were given, by the file or apart from it. */
  readonly points: unknown;
  /** What the source's operators are when it is run. */
  readonly operators: NumericOperators;
}

/** All functions derived from the export `name`, at the same points. */
export function checkFunction(
  name: string,
  emitted: readonly EmittedFunction[],
  modules: Modules,
  ledger: Ledger,
): void {
  const [any] = emitted;
  if (any === undefined) return;
  const primal = sourceOf(modules.source, any);
  const points = choosePoints(name, primal, any, modules.points);
  if (points.length === 0) {
    for (const info of emitted) {
      ledger.skip(
        info.name,
        'all',
        `no random point is inside the domain of ${name}: export points = { ${name}: [[…]] }`,
      );
    }
    return;
  }
  for (const [k, point] of points.entries()) {
    if (!defined(() => primal(...copies(any.params, point)))) {
      for (const info of emitted) ledger.skip(info.name, 'all', `${name} throws at the points`);
      continue;
    }
    for (const info of emitted) new PointChecks(info, emitted, modules, ledger, point, seeded(`${name} ${k}`)).all();
  }
}

function defined(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** The points given for a function, else random ones inside its domain. */
export function choosePoints(
  name: string,
  primal: AnyFunction,
  { params, result, resultTangent }: EmittedFunction,
  given: unknown,
): Point[] {
  const fixed = (point: Point) => point.map((value, k) => params[k]?.fixed ?? value);
  const stated = givenPoints(given, name, params).map(fixed);
  if (stated.length > 0) return stated;
  const found: Point[] = [];
  for (const point of randomPoints(params, seeded(name))) {
    const value = within(100, () => primal(...copies(params, point)));
    const numbers = value === undefined ? [] : reals({ type: result, tangent: resultTangent }, value);
    if (numbers.length > 0 && numbers.every(Number.isFinite)) found.push(point);
    if (found.length === randomPointCount) break;
  }
  return found;
}

/** Derived functions call their values and derivatives by different names; here they are one. */
interface Answer {
  readonly value: unknown;
  readonly tangent?: unknown;
  readonly cotangents?: Readonly<Record<string, unknown>>;
  readonly gradient?: Readonly<Record<string, unknown>>;
}

class PointChecks {
  private readonly params: readonly EmittedParam[];
  private readonly result: Shape;
  private readonly single: boolean;
  /** Tangents of the active parameters, `undefined` for the others. */
  private readonly tangents: readonly unknown[];
  private readonly value: unknown;
  /** Whether the source applies operators: its own values are good to some digits only. */
  private readonly approximate: boolean;
  private readonly held: boolean;
  /** Whether calls of the source have to be interrupted. */
  private wary = false;

  constructor(
    private readonly info: EmittedFunction,
    private readonly siblings: readonly EmittedFunction[],
    private readonly modules: Modules,
    private readonly ledger: Ledger,
    private readonly point: Point,
    private readonly draw: () => number,
  ) {
    this.params = info.params;
    this.result = { type: info.result, tangent: info.resultTangent };
    this.single = [info.result, ...info.params.map(({ type }) => type)].some(hasF32);
    const primal = sourceOf(modules.source, info);
    const { operators } = modules;
    const { result, applied, held } = operators.watched(() => primal(...copies(this.params, point)));
    this.value = copy(this.result, result);
    this.approximate = applied;
    this.held = held;
    const forward = applied && !held ? this.sibling('forward') : undefined;
    const emitted = forward && functionOf(modules.generated, forward.name);
    const around = held
      ? operators.holding(() => primal(...copies(this.params, point)))
      : (again: () => unknown) => again();
    this.primal = (args) =>
      emitted
        ? emitted(...unfixed(this.params, copies(this.params, args)))
        : around(() => primal(...copies(this.params, args)));
    this.tangents = this.chooseTangents();
  }

  /**
   * Along all arguments at once; where differences would mean nothing, not along those that hold whole numbers only,
   * or not along whole numbers at all: they may be indices or counts, which differences cannot vary.
   */
  private chooseTangents(): readonly unknown[] {
    const along = (draw: (at: unknown) => number) =>
      this.params.map(({ type, tangent }, k) => tangentAt({ type, tangent }, this.point[k], draw));
    const all = along(() => 2 * this.draw() - 1);
    const whole = this.params.map((_, k) => this.isWhole(k));
    if (whole.every(Boolean) || this.isSmooth(all)) return all;
    const some = all.map((v, k) => (whole[k] ? this.zero(k) : v));
    if (this.isSmooth(some)) return some;
    const broken = along((at) => (Number.isInteger(at) ? 0 : 2 * this.draw() - 1));
    return this.isSmooth(broken) ? broken : some;
  }

  /** Does many calls of the source at once, and if that takes too long again, with an eye on each of them. */
  private patiently<T>(work: () => T): T {
    const done = this.wary ? undefined : within(5 * patience, () => ({ result: work() }));
    if (done) return done.result;
    this.wary = true;
    return work();
  }

  /** Whether differences along these tangents mean something. */
  private isSmooth(tangents: readonly unknown[]): boolean {
    const g = this.along(tangents);
    return this.patiently(() => !estimates(g).next().done && !isKink(g));
  }

  /** Whether an argument holds whole numbers only. */
  private isWhole(k: number): boolean {
    const { type, tangent } = this.params[k] ?? { type: { kind: 'void' } };
    return reals({ type, tangent }, this.point[k]).every(Number.isInteger);
  }

  private zero(k: number): unknown {
    const { type, tangent } = this.params[k] ?? { type: { kind: 'void' } };
    return tangentAt({ type, tangent }, this.point[k], () => 0);
  }

  /** The source's result at x + t v, as numbers; NaN outside its domain. */
  private along(tangents: readonly unknown[]): (t: number) => readonly number[] {
    return (t) => {
      const moved = this.params.map(({ type, tangent }, k) => shift({ type, tangent }, this.point[k], t, tangents[k]));
      const values = () => reals(this.result, this.primal(moved));
      if (this.wary) return within(patience, values) ?? [Number.NaN];
      try {
        return values();
      } catch {
        return [Number.NaN];
      }
    };
  }

  private readonly primal: (args: Point) => unknown;

  all(): void {
    switch (this.info.mode) {
      case 'forward':
        this.exact('value', this.call([]).value);
        return;
      case 'jvp': {
        const { value, tangent } = this.call(this.activeTangents());
        this.exact('value', value);
        this.againstDifferences(reals(this.result, tangent), (numbers) => numbers);
        return;
      }
      case 'vjp':
        this.vjp();
        return;
      case 'grad': {
        const { value, gradient } = this.call([]);
        this.exact('value', value);
        this.againstDifferences([this.dot(gradient)], (numbers) => [numbers[0] ?? Number.NaN]);
        const vjp = this.sibling('vjp');
        if (vjp) this.rounding(`same as ${vjp.name}`, this.flat(gradient), this.flat(this.call([1], vjp).cotangents));
        return;
      }
      default: {
        const unmet: never = this.info.mode;
        throw new Error(`not met: ${String(unmet)}`);
      }
    }
  }

  private vjp(): void {
    const cotangent = tangentAt(this.result, this.value, () => 2 * this.draw() - 1);
    const u = reals(this.result, cotangent);
    const { value, cotangents } = this.call([cotangent]);
    this.exact('value', value);
    this.againstDifferences([this.dot(cotangents)], (numbers) => [inner(u, numbers)]);
    const jvp = this.sibling('jvp');
    if (!jvp) return;
    const tangent = reals(this.result, this.call(this.activeTangents(), jvp).tangent);
    // Terms may cancel: the error is relative to their sizes, not to their sum.
    const size = u.reduce((sum, number, j) => sum + Math.abs(number * (tangent[j] ?? 0)), 0);
    this.rounding('⟨u, Jv⟩ = ⟨Jᵀu, v⟩', [this.dot(cotangents)], [inner(u, tangent)], size);
  }

  /** The emitted function of another mode with the same active parameters. */
  private sibling(mode: EmittedFunction['mode']): EmittedFunction | undefined {
    const active = ({ params }: EmittedFunction) => params.map(({ tangent }) => tangent !== undefined).join();
    return this.siblings.find((info) => info.mode === mode && active(info) === active(this.info));
  }

  private call(seeds: readonly unknown[], info = this.info): Answer {
    const args = unfixed(info.params, copies(info.params, this.point));
    const { result, complaints } = callEmitted(
      functionOf(this.modules.generated, info.name),
      [...args, ...structuredClone(seeds)],
      info.mode !== 'forward' || info.result.kind !== 'optional',
    );
    for (const complaint of complaints)
      this.ledger.record(info.name, complaint, 0, Number.POSITIVE_INFINITY, this.point);
    // The cast: results have the shape of their mode, by the interface; what is missing shows up as NaN.
    return info.mode === 'forward' ? { value: result } : (result as Answer);
  }

  private activeTangents(): unknown[] {
    return this.tangents.filter((_, k) => this.params[k]?.tangent !== undefined && this.params[k].fixed === undefined);
  }

  /** Cotangents as one list of numbers. */
  private flat(cotangents: Readonly<Record<string, unknown>> | undefined): number[] {
    return this.params.flatMap(({ name, tangent }) =>
      tangent ? reals({ type: tangent, tangent }, cotangents?.[name]) : [],
    );
  }

  /** ⟨cotangents, v⟩ */
  private dot(cotangents: Readonly<Record<string, unknown>> | undefined): number {
    const v = this.params.flatMap(({ tangent }, k) =>
      tangent ? reals({ type: tangent, tangent }, this.tangents[k]) : [],
    );
    return inner(this.flat(cotangents), v);
  }

  private exact(check: string, value: unknown): void {
    if (this.approximate) {
      const error = relativeError(reals(this.result, value), reals(this.result, this.value));
      this.ledger.record(this.info.name, `${check} against differences`, operatorLimit, error, this.point);
      return;
    }
    this.ledger.record(
      this.info.name,
      check,
      0,
      identical(value, this.value) ? 0 : Number.POSITIVE_INFINITY,
      this.point,
    );
  }

  private rounding(check: string, found: readonly number[], expected: readonly number[], size = 0): void {
    const limit = this.single ? roundingLimitF32 : roundingLimit;
    this.ledger.record(this.info.name, check, limit, relativeError(found, expected, size), this.point);
  }

  /** Compares with the derivative of t ↦ read(source(x + t v)), by the steps that agree best: some may leave a smooth piece. */
  private againstDifferences(found: readonly number[], read: (numbers: readonly number[]) => readonly number[]): void {
    const check = 'against differences';
    const exact = this.single ? differenceLimitF32 : differenceLimit;
    // Differences of differences, where what an operator holds constant is not known to what was emitted.
    const limit = this.held && this.approximate ? operatorLimit : exact;
    const values = this.along(this.tangents);
    const g = (t: number) => read(values(t));
    const floor = limit * largest(reals(this.result, this.value)) + 1e-12;
    const best = this.patiently(() => {
      let least: number | undefined;
      for (const { derivative } of estimates(g)) {
        least = Math.min(least ?? Number.POSITIVE_INFINITY, relativeError(found, derivative, floor));
        if (least < limit / 100) break;
      }
      return least;
    });
    if (best === undefined) this.ledger.skip(this.info.name, check, 'the function is not finite around the points');
    else if (best > limit && isKink(g)) this.ledger.skip(this.info.name, check, 'the function bends at the points');
    else this.ledger.record(this.info.name, check, limit, best, this.point);
  }
}

/** Whether a type rounds to single precision. */
export function hasF32(type: Type): boolean {
  if (type.kind === 'array') return type.storage === 'f32' || hasF32(type.elem);
  if (type.kind === 'record') return type.fields.some((entry) => hasF32(entry.type));
  return type.kind === 'optional' && hasF32(type.of);
}
