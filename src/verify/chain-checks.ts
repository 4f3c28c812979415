/**
 * Checks of the functions derived from a chain. The source's h, p and β are
 * rolled out here, by the definition; F is compared with differences of that
 * loss, and everything about F with differences of F.
 */
import type { ChainMode, EmittedChain, EmittedParam } from '../options.js';
import { tangentType } from '../ir/structure.js';
import { callEmitted, functionOf, within, type AnyFunction } from './call.js';
import { estimates, inner, largest, relativeError } from './differences.js';
import { differenceLimitF32, hasF32, type Modules, roundingLimitF32 } from './function-checks.js';
import type { Ledger } from './ledger.js';
import { givenPoints, randomPoints, type Point } from './points.js';
import { seeded } from './random.js';
import {
  blend,
  combine,
  copy,
  copyOfData,
  identical,
  reals,
  shift,
  tangentAt,
  tangentShape,
  type Shape,
} from './values.js';

const differenceLimit = 1e-6;
/** Two summations of one number over many stages; they cancel, so errors are relative to the terms. */
const roundingLimit = 1e-9;
const steps = 5;

/** What is varied, and how: the arguments of a chain by name, `state` for x0 or xs. */
interface Inputs {
  readonly state: unknown;
  readonly theta: unknown;
  readonly phi: unknown;
  readonly f: unknown;
  readonly n: number;
}
type Varied = 'state' | 'theta' | 'phi' | 'f';

interface Gradient {
  readonly value: number;
  readonly gradient: unknown;
}

export function checkChain(emitted: readonly EmittedChain[], modules: Modules, ledger: Ledger): void {
  const [info, ...others] = emitted;
  if (!info) return;
  const chain = new Chain([info, ...others], modules);
  const points = chain.points();
  if (points.length === 0) {
    for (const { name } of emitted) {
      ledger.skip(
        name,
        'all',
        `no random point is inside the domain: export points = { chain: [[${chain.names.join(', ')}]] }`,
      );
    }
    return;
  }
  for (const [k, inputs] of points.entries()) {
    if (!within(10_000, () => chain.losses(inputs))) {
      for (const { name } of emitted) ledger.skip(name, 'all', 'the chain throws at the points');
      continue;
    }
    const checks = new ChainChecks(chain, emitted, modules, ledger, inputs, seeded(`${info.name} ${k}`));
    for (const { mode } of emitted) checks[mode]();
  }
}

/** Arguments of every function of a chain, at the first point it is checked at; for timing them. */
export function chainPoints(
  emitted: readonly [EmittedChain, ...EmittedChain[]],
  modules: Modules,
): ((mode: ChainMode) => unknown[]) | undefined {
  const chain = new Chain(emitted, modules);
  const [inputs] = chain.points();
  return inputs && ((mode) => chain.arguments(inputs, mode));
}

/** A function of the source; where that applies operators, which are differences when it is run, what was emitted for it. */
function exactly(name: string, { source, generated, operators }: Modules): AnyFunction {
  const written = functionOf(source, name);
  const emitted = generated[`${name}Forward`];
  if (typeof emitted !== 'function') return written;
  return (...args) => {
    // The first call may write into what it is given.
    const { result, applied } = operators.watched(() => written(...args.map(copyOfData)));
    return applied ? functionOf(generated, `${name}Forward`)(...args) : result;
  };
}

/** The source's side: h, p, β, their types, and the definitions made of them. */
class Chain {
  readonly shapes: Readonly<Record<Varied, Shape>>;
  readonly names: readonly string[];
  readonly state: Shape;
  private readonly h: AnyFunction;
  private readonly p: AnyFunction;
  private readonly beta: AnyFunction;

  readonly info: EmittedChain;
  /** x0, theta, phi, f and n, or xs, theta, phi and f. */
  private readonly params: readonly EmittedParam[];

  constructor(
    emitted: readonly [EmittedChain, ...EmittedChain[]],
    private readonly modules: Modules,
  ) {
    const [info] = emitted;
    this.info = info;
    const shape = (name: string): Shape => {
      const type = emitted.flatMap(({ params }) => params).find((param) => param.name === name)?.type;
      return type ? { type, tangent: tangentType(type) } : { type: { kind: 'void' }, tangent: undefined };
    };
    const [state, ...end] = info.along ? ['xs'] : ['x0', 'n'];
    this.names = [state ?? '', 'theta', 'phi', 'f', ...end];
    const [x, theta, phi] = this.names.slice(0, 3).map(shape);
    if (!x || !theta || !phi) throw new Error('a chain has three kinds of parameters');
    this.shapes = { state: x, theta, phi, f: tangentShape(theta) };
    const types = [x, theta, phi, this.shapes.f, { type: { kind: 'num' } as const, tangent: undefined }];
    this.params = this.names.map((name, k): EmittedParam => ({ name, type: types[k]?.type ?? { kind: 'num' } }));
    this.state = { type: info.result, tangent: info.resultTangent };
    const { h, p, beta } = info.parts;
    // Indexed functions get the index last; a list of stages is picked from by it. Arguments are copied: h may write.
    const part = (source: string, indexed: boolean, shapes: readonly Shape[]): AnyFunction => {
      const fn = exactly(source, modules);
      const staged = Array.isArray(modules.source[source]);
      return (...args) =>
        fn(
          ...args.slice(0, -1).map((arg, k) => copy(shapes[k] ?? this.state, arg)),
          ...(indexed || staged ? args.slice(-1) : []),
        );
    };
    this.h = part(h.source, h.indexed, [this.state, this.shapes.theta]);
    this.p = part(p.source, p.indexed, [this.state]);
    this.beta = part(beta.source, beta.indexed, [this.shapes.phi]);
  }

  /** x_0 … x_n */
  states({ state, theta, n }: Pick<Inputs, 'state' | 'theta' | 'n'>): readonly unknown[] {
    if (this.info.along) return state as readonly unknown[]; // xs is an array of states
    const xs = [state];
    for (let i = 0; i < n; i++) xs.push(this.h(xs[i], theta, i));
    return xs;
  }

  /** β_i p_i for i = 1 … n. */
  losses(inputs: Inputs): number[] {
    const xs = this.states(inputs);
    return Array.from(
      { length: inputs.n },
      (_, i) => Number(this.beta(inputs.phi, i + 1)) * Number(this.p(xs[i + 1], i + 1)),
    );
  }

  loss = (inputs: Inputs): number => this.losses(inputs).reduce((sum, term) => sum + term, 0);

  /** d/dt of L over x_i + t ξ: what F sums, stage by stage, along given states. */
  stage(i: number, { state, theta, f }: Inputs, xi: unknown, t: number): unknown {
    const xs = state as readonly unknown[];
    const x = xi === undefined ? xs[i] : shift(this.state, xs[i], t, xi);
    return this.h(x, shift(this.shapes.theta, theta, t, f), i);
  }

  penalty(i: number, x: unknown, xi: unknown, t: number): number {
    return Number(this.p(shift(this.state, x, t, xi), i));
  }

  weight = (phi: unknown, i: number): number => Number(this.beta(phi, i));

  /** The arguments of an emitted function of this chain. */
  arguments({ state, theta, phi, f, n }: Inputs, mode: ChainMode): unknown[] {
    const end = this.info.along ? [] : [n];
    const fresh = (name: Varied, value: unknown) => copy(this.shapes[name], value);
    const [x, th] = [fresh('state', state), fresh('theta', theta)];
    if (mode === 'rollout') return [x, th, ...end];
    if (mode === 'gradL') return [x, th, fresh('phi', phi), ...end];
    return [x, th, fresh('phi', phi), fresh('f', f), ...end];
  }

  /** Given points, else random ones, and the shortest chains. */
  points(): readonly Inputs[] {
    const { info } = this;
    const prefixed = [info.name, info.chain === '' ? 'chain' : info.chain];
    for (const name of prefixed) {
      const found = givenPoints(this.modules.points, name, this.params);
      if (found.length > 0) return this.withShort(found.map((point) => this.inputs(point)));
    }
    const candidates = [...this.fromParts(), ...this.random()];
    const good: Inputs[] = [];
    for (const inputs of candidates) {
      const losses = within(200, () => this.losses({ ...inputs, state: inputs.state }));
      if (losses?.every(Number.isFinite)) good.push(this.along(inputs));
      if (good.length === 2) break;
    }
    return this.withShort(good);
  }

  private inputs(point: Point): Inputs {
    const at = (name: string) => point[this.names.indexOf(name)];
    const theta = at('theta');
    const draw = seeded('f');
    const f = at('f') ?? tangentAt(this.shapes.theta, theta, () => 2 * draw() - 1);
    const xs = at('xs');
    const n = Array.isArray(xs) ? xs.length - 1 : Number(at('n') ?? steps);
    return { state: xs ?? at('x0'), theta, phi: at('phi'), f, n };
  }

  /** The points of h and β, joined. */
  private *fromParts(): Generator<Inputs> {
    const { h, beta } = this.info.parts;
    const first = (type: EmittedParam['type'], name: string): EmittedParam => ({ name, type });
    const index = { name: 'i', type: { kind: 'num' } } as const;
    const stage = [first(this.state.type, 'x'), first(this.shapes.theta.type, 'theta')];
    const weight = [first(this.shapes.phi.type, 'phi')];
    const ofH = givenPoints(this.modules.points, h.source, h.indexed ? [...stage, index] : stage);
    const ofBeta = givenPoints(this.modules.points, beta.source, beta.indexed ? [...weight, index] : weight);
    for (const [x0, theta] of ofH) for (const [phi] of ofBeta) yield this.rollout(x0, theta, phi);
  }

  private *random(): Generator<Inputs> {
    const draw = seeded(this.info.name);
    const param = (name: string, { type, tangent }: Shape): EmittedParam => ({
      name,
      type,
      ...(tangent && { tangent }),
    });
    const params = [param('x0', this.state), param('theta', this.shapes.theta), param('phi', this.shapes.phi)];
    for (const [x0, theta, phi] of randomPoints(params, draw)) yield this.rollout(x0, theta, phi);
  }

  private rollout(x0: unknown, theta: unknown, phi: unknown): Inputs {
    const draw = seeded('f');
    const f = tangentAt(this.shapes.theta, theta, () => 2 * draw() - 1);
    // Over given states the state is settled in `along`, once the rollout has turned out to be defined.
    const state = this.info.along ? Array.from({ length: steps + 1 }, () => x0) : x0;
    return { state, theta, phi, f, n: steps };
  }

  /** States near a rollout, but not on it: F along them is not the derivative of L. */
  private along(inputs: Inputs): Inputs {
    if (!this.info.along) return inputs;
    const draw = seeded('xs');
    const xs = inputs.state as readonly unknown[];
    const off = xs.map((x) =>
      shift(
        this.state,
        x,
        0.1,
        tangentAt(this.state, x, () => 2 * draw() - 1),
      ),
    );
    return { ...inputs, state: off };
  }

  private withShort(points: readonly Inputs[]): readonly Inputs[] {
    const [first] = points;
    if (!first) return points;
    const short = [1, 0].map((n) => ({
      ...first,
      n,
      state: this.info.along ? (first.state as readonly unknown[]).slice(0, n + 1) : first.state,
    }));
    return [...points, ...short.filter(({ n }) => n < first.n)];
  }
}

/** One method per emitted function. */
class ChainChecks implements Record<ChainMode, () => void> {
  /** Whether states or parameters are kept in single precision. */
  private readonly single: boolean;

  constructor(
    private readonly chain: Chain,
    private readonly emitted: readonly EmittedChain[],
    private readonly modules: Modules,
    private readonly ledger: Ledger,
    private readonly inputs: Inputs,
    private readonly draw: () => number,
  ) {
    this.single = emitted.some(({ result, params }) => [result, ...params.map(({ type }) => type)].some(hasF32));
  }

  rollout(): void {
    const ok = identical(this.call('rollout'), this.chain.states(this.inputs));
    this.record('rollout', 'same states', 0, ok ? 0 : Number.POSITIVE_INFINITY);
  }

  gradL(): void {
    const { value, gradient } = this.gradientOf('gradL');
    const losses = this.chain.losses(this.inputs);
    this.record(
      'gradL',
      'value',
      roundingLimit,
      relativeError([value], [this.chain.loss(this.inputs)], largest(losses)),
    );
    const names = ['state', 'theta', 'phi'] as const;
    this.differences('gradL', gradient, names, this.chain.loss, largest(losses));
  }

  F(): void {
    const found = this.value();
    const size = this.termsSize();
    if (this.chain.info.along) {
      this.record('F', 'against differences', differenceLimit, relativeError([found], [this.forwardF()], size + 1e-12));
    } else {
      const g = (t: number) => [this.chain.loss(this.moved(this.inputs, { theta: this.inputs.f }, t))];
      this.compare('F', [found], g, size);
    }
    const other = tangentAt(this.chain.shapes.theta, this.inputs.theta, () => 2 * this.draw() - 1);
    const mixed = this.value({ ...this.inputs, f: blend(this.chain.shapes.theta, 2, this.inputs.f, -3, other) });
    const parts = [2 * found, -3 * this.value({ ...this.inputs, f: other })];
    this.record(
      'F',
      'linear in f',
      roundingLimit,
      relativeError([mixed], [(parts[0] ?? 0) + (parts[1] ?? 0)], largest(parts) + size),
    );
  }

  gradPhiF(): void {
    this.checkGradPhi('gradPhiF');
  }

  gradPhiFAdjoint(): void {
    this.checkGradPhi('gradPhiFAdjoint');
    if (!this.has('gradPhiF')) return;
    const flat = (mode: ChainMode) => reals(this.chain.shapes.phi, this.gradientOf(mode).gradient);
    this.record(
      'gradPhiFAdjoint',
      `same as ${this.nameOf('gradPhiF')}`,
      roundingLimit,
      relativeError(flat('gradPhiFAdjoint'), flat('gradPhiF')),
    );
  }

  gradF(): void {
    const { value, gradient } = this.gradientOf('gradF');
    this.record('gradF', 'value is F', roundingLimit, relativeError([value], [this.value()], this.termsSize()));
    this.differences(
      'gradF',
      gradient,
      ['state', 'theta', 'phi', 'f'],
      (inputs) => this.value(inputs),
      this.termsSize(),
    );
    const parts = this.parts(gradient);
    const same = (check: string, shape: Shape, found: unknown, expected: unknown) => {
      const [a, b] = [reals(shape, found), reals(shape, expected)];
      this.record('gradF', check, roundingLimit, relativeError(a, b, largest(a)));
    };
    if (this.has('gradPhiF'))
      same('φ part is gradPhiF', this.chain.shapes.phi, parts.phi, this.gradientOf('gradPhiF').gradient);
    if (this.has('gradL') && !this.chain.info.along) {
      same('f part is ∇θL', this.chain.shapes.theta, parts.f, this.parts(this.gradientOf('gradL').gradient).theta);
    }
  }

  private checkGradPhi(mode: 'gradPhiF' | 'gradPhiFAdjoint'): void {
    const { value, gradient } = this.gradientOf(mode);
    if (!this.has('F')) return;
    this.record(mode, 'value is F', roundingLimit, relativeError([value], [this.value()], this.termsSize()));
    const shape = this.chain.shapes.phi;
    const v = tangentAt(shape, this.inputs.phi, () => 2 * this.draw() - 1);
    const found = inner(reals(shape, gradient), reals(shape, v));
    this.compare(mode, [found], (t) => [this.value(this.moved(this.inputs, { phi: v }, t))], this.termsSize());
  }

  /** A gradient with several parts, along a random direction in all of them at once. */
  private differences(
    mode: ChainMode,
    gradient: unknown,
    names: readonly Varied[],
    of: (inputs: Inputs) => number,
    size: number,
  ): void {
    const parts = this.parts(gradient);
    const directions: Partial<Record<Varied, unknown>> = {};
    let found = 0;
    for (const name of names) {
      const shape = this.chain.shapes[name];
      const v = tangentAt(shape, this.inputs[name], () => 2 * this.draw() - 1);
      directions[name] = v;
      found += inner(reals(shape, parts[name]), reals(shape, v));
    }
    this.compare(mode, [found], (t) => [of(this.moved(this.inputs, directions, t))], size);
  }

  private compare(mode: ChainMode, found: readonly number[], g: (t: number) => readonly number[], size: number): void {
    const finite = (t: number) => {
      try {
        return g(t);
      } catch {
        return [Number.NaN]; // outside the domain
      }
    };
    let best: number | undefined;
    for (const { derivative } of estimates(finite)) {
      best = Math.min(
        best ?? Number.POSITIVE_INFINITY,
        relativeError(found, derivative, differenceLimit * size + 1e-12),
      );
      if (best < differenceLimit / 100) break;
    }
    if (best === undefined) this.ledger.skip(this.nameOf(mode), 'against differences', 'not finite around the points');
    else this.record(mode, 'against differences', differenceLimit, best);
  }

  /** F along given states by the forward (ξ) recursion, every Jacobian product by differences of the source. */
  private forwardF(): number {
    const { chain, inputs } = this;
    const xs = chain.states(inputs);
    const zeros = (x: unknown) => tangentAt(chain.state, x, () => 0);
    let xi: unknown;
    let sum = 0;
    for (let i = 0; i < inputs.n; i++) {
      const before = xi;
      const next = zeros(xs[i + 1]);
      const xiNumbers = bestEstimate((t) => reals(chain.state, chain.stage(i, inputs, before, t)));
      let j = 0;
      xi = combine(
        { type: chain.info.resultTangent, tangent: chain.info.resultTangent },
        [next],
        () => xiNumbers[j++] ?? Number.NaN,
      );
      const current = xi;
      const [slope = Number.NaN] = bestEstimate((t) => [chain.penalty(i + 1, xs[i + 1], current, t)]);
      sum += chain.weight(inputs.phi, i + 1) * slope;
    }
    return sum;
  }

  /** How large the terms are that F sums: what its rounding errors are relative to. */
  private termsSize(): number {
    return largest(this.chain.losses(this.inputs)) + Math.abs(this.value());
  }

  private moved(inputs: Inputs, directions: Partial<Record<Varied, unknown>>, t: number): Inputs {
    const move = (name: Varied) =>
      name in directions ? shift(this.chain.shapes[name], inputs[name], t, directions[name]) : inputs[name];
    return { state: move('state'), theta: move('theta'), phi: move('phi'), f: move('f'), n: inputs.n };
  }

  private parts(gradient: unknown): Readonly<Record<Varied, unknown>> {
    // The cast: gradients of several arguments are keyed by their names, by the interface.
    const parts = gradient as Readonly<Record<string, unknown>>;
    return {
      state: parts[this.chain.info.along ? 'xs' : 'x0'],
      theta: parts['theta'],
      phi: parts['phi'],
      f: parts['f'],
    };
  }

  private value(inputs = this.inputs): number {
    return Number(this.call('F', inputs));
  }

  private gradientOf(mode: ChainMode): Gradient {
    // The cast: the result of every function of a gradient, by the interface.
    return this.call(mode) as Gradient;
  }

  private call(mode: ChainMode, inputs = this.inputs): unknown {
    const { result, complaints } = callEmitted(
      functionOf(this.modules.generated, this.nameOf(mode)),
      this.chain.arguments(inputs, mode),
    );
    for (const complaint of complaints) this.record(mode, complaint, 0, Number.POSITIVE_INFINITY);
    return result;
  }

  private has(mode: ChainMode): boolean {
    return this.emitted.some((info) => info.mode === mode);
  }

  private nameOf(mode: ChainMode): string {
    return this.emitted.find((info) => info.mode === mode)?.name ?? mode;
  }

  private record(mode: ChainMode, check: string, limit: number, error: number): void {
    const { state, theta, phi, f, n } = this.inputs;
    const coarse = limit === differenceLimit ? differenceLimitF32 : roundingLimitF32;
    const allowed = limit > 0 && this.single ? Math.max(limit, coarse) : limit;
    this.ledger.record(this.nameOf(mode), check, allowed, error, [state, theta, phi, f, n]);
  }
}

function bestEstimate(g: (t: number) => readonly number[]): readonly number[] {
  let best: { derivative: readonly number[]; spread: number } | undefined;
  for (const estimate of estimates(g)) if (best === undefined || estimate.spread < best.spread) best = estimate;
  return best?.derivative ?? [];
}
