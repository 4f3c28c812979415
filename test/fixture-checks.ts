/** What is asked of every fixture, by numbers alone; each check throws with what is wrong. Run by the tests, and against planted faults. */
import { compile, type Session } from '../src/compile.js';
import type { CompileResult, EmittedFunction } from '../src/options.js';
import { functionOf, sourceOf } from '../src/verify/call.js';
import { choosePoints } from '../src/verify/function-checks.js';
import { moduleLoader, type Exports } from '../src/verify/load.js';
import { NumericOperators } from '../src/verify/operators.js';
import { renderTable } from '../src/verify/table.js';
import { verify } from '../src/verify/verify.js';
import { compileFixture, type Fixture } from './fixture-files.js';
import { checkAt, type Callable, type Subject } from './oracle/checks.js';
import { outcome } from './mill.js';
import { clone, dot, randomTangent, Random, reals, show } from './oracle/values.js';

/** Summing in another order: optimised against unoptimised code, a vjp of a vjp against a jvp. */
const rounding = 1e-11;

export const emittedFunctions = ({ functions }: CompileResult): EmittedFunction[] =>
  functions.filter((info): info is EmittedFunction => info.kind === 'function');

function run({ file, output }: CompileResult): { source: Exports; generated: Exports; operators: NumericOperators } {
  if (!output) throw new Error(`${file} was refused`);
  const operators = new NumericOperators();
  const load = moduleLoader(new Map([[output.path, output.text]]), operators.module);
  return { source: load(file), generated: load(output.path), operators };
}

/** What the oracle needs: one subject for every set of active parameters of every export. */
function subjects(result: CompileResult): {
  subject: Subject;
  points: readonly (readonly unknown[])[];
  /** To be judged at a point; `undefined` if only --verify can. */
  at: ((point: readonly unknown[]) => Subject) | undefined;
}[] {
  const { source, generated, operators } = run(result);
  const groups = new Map<string, EmittedFunction[]>();
  for (const info of emittedFunctions(result)) {
    const key = [info.source, ...info.params.map(({ tangent, fixed }) => `${tangent === undefined} ${fixed}`)].join();
    groups.set(key, [...(groups.get(key) ?? []), info]);
  }
  return [...groups.values()].map((infos) => {
    const [first] = infos as [EmittedFunction];
    const original = sourceOf(source, first);
    const of = (mode: string): { [mode: string]: Callable } => {
      const info = infos.find((other) => other.mode === mode);
      return info ? { [mode]: functionOf(generated, info.name) } : {};
    };
    const { params, resultTangent } = first;
    const modes = { ...of('forward'), ...of('jvp'), ...of('vjp'), ...of('grad') };
    const points = choosePoints(first.source, original, first, source['points']);
    // Operators are differences where the source is run: --verify compares values with them, here nothing is exact.
    const { applied, held } = operators.watched(() => outcome(original, points[0] ?? []));
    const exact = applied ? (modes['forward'] ?? original) : original;
    const subject = { name: first.source, original: exact, params, resultTangent, ...modes };
    const around = (point: readonly unknown[]): Subject => {
      const again = operators.holding(() => outcome(original, point));
      return { ...subject, original: (...args) => again(() => original(...args)) };
    };
    // What an operator holds constant is not known to what was emitted.
    const at = held ? (applied ? undefined : around) : () => subject;
    return { subject, points, at };
  });
}

const ensure = (holds: boolean, message: string): void => {
  if (!holds) throw new Error(message);
};

/** Passes --verify, and no row of it is empty. */
export function checkVerified(result: CompileResult): void {
  const verification = verify(result);
  ensure(verification.passed, renderTable(verification));
  for (const { check, points, worst } of verification.rows) {
    ensure(check !== 'all' || points > 0, `no points: ${renderTable(verification)}`);
    ensure(check !== 'same as gradPhiF' || (worst ?? 0) <= 1e-12, `${check}: ${worst}`);
  }
}

/** Passes the checks of the oracle, at so many of its points. */
export function checkJudged(result: CompileResult, most = Infinity): void {
  for (const { subject, points, at } of subjects(result)) {
    ensure(points.length > 0, `no points for ${subject.name}`);
    if (at) for (const point of points.slice(0, most)) checkAt(at(point), point);
  }
}

/** What a fixture says of one of its functions: what comes out, also at kinks, where differences judge nothing. */
interface Expected {
  readonly at: readonly unknown[];
  readonly value: unknown;
  /** Of some parameters at least. */
  readonly gradient: Readonly<Record<string, unknown>>;
  /** Of a result that is no number. */
  readonly cotangent?: unknown;
}

/** Gives what the fixture's own export `expected` says, in every mode. */
export function checkExpected(result: CompileResult): void {
  const { source } = run(result);
  // The convention of the fixtures: an object by names of functions.
  const expected = source['expected'] as unknown as Readonly<Record<string, readonly Expected[]>> | undefined;
  if (!expected) return;
  for (const { subject } of subjects(result)) {
    for (const each of expected[subject.name] ?? []) {
      // Seeds follow all parameters, those left out too.
      const at = subject.params.map((_, k) => each.at[k]);
      checkOne(subject, { ...each, at });
    }
  }
}

function checkOne(subject: Subject, { at, value, gradient, cotangent }: Expected): void {
  const where = `${subject.name} at ${show(at)}`;
  const { vjp, jvp } = subject;
  if (!vjp || !jvp) throw new Error(`${where}: no jvp or no vjp`);
  const seed = cotangent ?? 1;
  const found = vjp(...clone(at), clone(seed)) as { value: unknown; cotangents: Record<string, unknown> };
  // By hand, and so to rounding; that it is the source's to the bit is asked elsewhere.
  const [a, b] = [found.value, value].map((each) => reals(subject.resultTangent, each)) as [number[], number[]];
  ensure(near(a, b), `${where} is ${show(found.value)}, not ${show(value)}`);
  for (const [name, expected] of Object.entries(gradient)) {
    const type = subject.params.find((param) => param.name === name)?.tangent;
    const [a, b] = [found.cotangents[name], expected].map((tangent) => reals(type, tangent)) as [number[], number[]];
    ensure(near(a, b), `${where}: the cotangent of ${name} is ${show(found.cotangents[name])}, not ${show(expected)}`);
  }
  checkTangent(subject, { at, value, gradient, cotangent: seed }, where);
}

/** The jvp along a direction is what the gradient says, where that is said of every parameter. */
function checkTangent(
  { params, jvp, resultTangent }: Subject,
  { at, gradient, cotangent }: Expected,
  where: string,
): void {
  const random = new Random(1);
  const slopes: number[] = [];
  const directions = params.flatMap(({ name, tangent: type }, k) => {
    if (type === undefined) return [];
    const direction = randomTangent(random, type, at[k]);
    slopes.push(
      ...(name in gradient ? reals(type, direction).map((d, j) => d * (reals(type, gradient[name])[j] ?? 0)) : [NaN]),
    );
    return [direction];
  });
  const slope = slopes.reduce((sum, each) => sum + each, 0);
  if (!jvp || !Number.isFinite(slope)) return;
  const { tangent } = jvp(...clone(at), ...directions) as { tangent: unknown };
  const found = dot(reals(resultTangent, tangent), reals(resultTangent, cotangent));
  ensure(
    Math.abs(found - slope) <= rounding * Math.max(1, ...slopes.map(Math.abs)),
    `${where}: the jvp gives ${found}, the gradient ${slope}`,
  );
}

const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length &&
  b.every(
    (x, k) => Object.is(a[k], x) || Math.abs((a[k] ?? NaN) - x) <= rounding * Math.max(1, Math.abs(x)) || a[k] === x,
  );

/** Throws, in every mode, where the fixture says so: at its export `throwing`. */
export function checkThrowing(result: CompileResult): void {
  const { source } = run(result);
  // The convention of the fixtures: argument lists by names of functions.
  const throwing = source['throwing'] as unknown as
    Readonly<Record<string, readonly (readonly unknown[])[]>> | undefined;
  if (!throwing) return;
  for (const { subject } of subjects(result)) {
    const { forward, jvp, vjp, grad, name, params } = subject;
    for (const at of throwing[name] ?? []) {
      const directions = params.flatMap(({ tangent }, k) =>
        tangent === undefined ? [] : [randomTangent(new Random(1), tangent, at[k])],
      );
      const calls = [
        () => forward?.(...at),
        () => jvp?.(...at, ...directions),
        () => vjp?.(...at, 1),
        () => grad?.(...at),
      ];
      calls.forEach((call, k) => ensure(throws(call), `${name} at ${show(at)}: mode ${k} does not throw`));
    }
  }
}

function throws(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

/** Is right without the optimiser, too. */
export async function checkPlain(fixture: Fixture, session?: Session): Promise<void> {
  checkJudged(await compileFixture(fixture, { format: false, optimise: false }, session), 2);
}

/** Goes through adgen again, and the vjp of a vjp is the jvp. */
export async function checkAgain(first: CompileResult): Promise<void> {
  if (!first.output) return;
  const infos = emittedFunctions(first);
  const vjps = infos.filter(({ mode }) => mode === 'vjp');
  if (vjps.length === 0) return;
  const { path: file, text } = first.output;
  const twice = await compile(
    { file, text },
    { modes: ['vjp'], functions: vjps.map(({ name }) => name), format: false },
  );
  const errors = twice.diagnostics.filter(({ level }) => level === 'error');
  ensure(errors.length === 0, errors.map(({ message }) => message).join('\n'));
  if (!twice.output) return;
  const texts = new Map([first.output, twice.output].map((output) => [output.path, output.text]));
  const again = moduleLoader(texts)(twice.output.path);
  const { source, generated } = run(first);
  for (const vjp of vjps) {
    const jvp = infos.find(
      ({ mode, source: name, params }) => mode === 'jvp' && name === vjp.source && sameActive(params, vjp.params),
    );
    if (jvp) compareWithJvp(vjp, functionOf(again, `${vjp.name}Vjp`), functionOf(generated, jvp.name), source);
  }
}

const sameActive = (a: EmittedFunction['params'], b: EmittedFunction['params']) =>
  a.every(({ tangent }, k) => (tangent === undefined) === (b[k]?.tangent === undefined));

/** A vjp is linear in its cotangent, so its own vjp, seeded in the cotangents, must give the jvp in the cotangent's place. */
function compareWithJvp(vjp: EmittedFunction, vjpVjp: Callable, jvp: Callable, source: Exports): void {
  const original = sourceOf(source, vjp);
  for (const [k, point] of choosePoints(vjp.source, original, vjp, source['points']).entries()) {
    const random = new Random(k);
    const value = original(...clone(point));
    const kept = () => clone(point.filter((_, j) => vjp.params[j]?.fixed === undefined));
    const active = vjp.params.flatMap(({ name, tangent, fixed }, j) =>
      tangent && fixed === undefined ? [{ name, direction: randomTangent(random, tangent, point[j]) }] : [],
    );
    const directions = active.map(({ direction }) => direction);
    const cotangents = Object.fromEntries(active.map(({ name, direction }) => [name, direction]));
    const zero = randomTangent(random, vjp.resultTangent, value);
    const seed = { value: zeroed(zero), cotangents };
    const names = vjp.params.map(({ name }) => name);
    const cotangentName = names.includes('cotangent') ? 'cotangent2' : 'cotangent';
    const found = vjpVjp(...kept(), zeroed(zero), clone(seed)) as { cotangents: Record<string, unknown> };
    const expected = jvp(...kept(), ...clone(directions)) as { tangent: unknown };
    const [a, b] = [found.cotangents[cotangentName], expected.tangent].map((tangent) =>
      reals(vjp.resultTangent, tangent),
    ) as [number[], number[]];
    const size = Math.max(...b.map(Math.abs), 1e-3);
    const same = a.length === b.length && a.every((number, j) => Math.abs(number - (b[j] ?? NaN)) <= rounding * size);
    ensure(same, `${vjp.name} at ${JSON.stringify(point)}: its vjp gives ${a.join()}, the jvp ${b.join()}`);
  }
}

/** A tangent with zeros for numbers. */
function zeroed(tangent: unknown): unknown {
  if (typeof tangent === 'number') return 0;
  if (tangent instanceof Float64Array || tangent instanceof Float32Array) return tangent.map(() => 0);
  if (Array.isArray(tangent)) return tangent.map(zeroed);
  if (typeof tangent === 'object' && tangent !== null)
    return Object.fromEntries(Object.entries(tangent).map(([key, part]) => [key, zeroed(part)]));
  return tangent;
}
