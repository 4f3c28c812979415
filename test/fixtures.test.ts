/** Every fixture is run: its derivatives are judged by numbers alone, by two independent sets of checks. */
import { describe, expect, it } from 'vitest';
import { compile } from '../src/compile.js';
import type { CompileResult, EmittedFunction } from '../src/options.js';
import { functionOf } from '../src/verify/call.js';
import { choosePoints } from '../src/verify/function-checks.js';
import { moduleLoader, type Exports } from '../src/verify/load.js';
import { renderTable } from '../src/verify/table.js';
import { verify } from '../src/verify/verify.js';
import { compileFixture, fixtures } from './fixture-files.js';
import { checkAt, type Callable, type Subject } from './oracle/checks.js';
import { clone, randomTangent, Random, reals } from './oracle/values.js';

/** Summing in another order: optimised against unoptimised code, a vjp of a vjp against a jvp. */
const rounding = 1e-11;

const emittedFunctions = ({ functions }: CompileResult): EmittedFunction[] =>
  functions.filter((info): info is EmittedFunction => info.kind === 'function');

function run({ file, output }: CompileResult): { source: Exports; generated: Exports } {
  if (!output) throw new Error(`${file} was refused`);
  const load = moduleLoader(new Map([[output.path, output.text]]));
  return { source: load(file), generated: load(output.path) };
}

/** What the oracle needs: one subject for every set of active parameters of every export. */
function subjects(result: CompileResult): { subject: Subject; points: readonly (readonly unknown[])[] }[] {
  const { source, generated } = run(result);
  const groups = new Map<string, EmittedFunction[]>();
  for (const info of emittedFunctions(result)) {
    const key = [info.source, ...info.params.map(({ tangent, fixed }) => `${tangent === undefined} ${fixed}`)].join();
    groups.set(key, [...(groups.get(key) ?? []), info]);
  }
  return [...groups.values()].map((infos) => {
    const [first] = infos as [EmittedFunction];
    const original = functionOf(source, first.source);
    const of = (mode: string): { [mode: string]: Callable } => {
      const info = infos.find((other) => other.mode === mode);
      return info ? { [mode]: functionOf(generated, info.name) } : {};
    };
    const { params, resultTangent } = first;
    const modes = { ...of('forward'), ...of('jvp'), ...of('vjp'), ...of('grad') };
    const subject = { name: first.source, original, params, resultTangent, ...modes };
    return { subject, points: choosePoints(first.source, original, first, source['points']) };
  });
}

describe.each(fixtures.filter(({ refused }) => !refused))('$name', (fixture) => {
  // Compiled once, when the first test of the fixture asks for it.
  let compiled: Promise<CompileResult> | undefined;
  const result = () => (compiled ??= compileFixture(fixture, { format: false }));

  it('passes --verify', async () => {
    const verification = verify(await result());
    expect(verification.passed, renderTable(verification)).toBe(true);
    expect(verification.rows.filter(({ check, points }) => check === 'all' && points === 0)).toEqual([]);
    for (const { check, worst } of verification.rows) {
      if (check === 'same as gradPhiF') expect(worst).toBeLessThanOrEqual(1e-12);
    }
  });

  it('passes the checks of the oracle', async () => {
    for (const { subject, points } of subjects(await result())) {
      expect(points.length, `points of ${subject.name}`).toBeGreaterThan(0);
      for (const point of points) checkAt(subject, point);
    }
  });

  it('is right without the optimiser, too', async () => {
    const plain = await compileFixture(fixture, { format: false, optimise: false });
    for (const { subject, points } of subjects(plain)) for (const point of points.slice(0, 2)) checkAt(subject, point);
  });

  it('goes through adgen again, and the vjp of a vjp is the jvp', async () => {
    const first = await result();
    if (!first.output) return;
    const infos = emittedFunctions(first);
    const vjps = infos.filter(({ mode }) => mode === 'vjp');
    if (vjps.length === 0) return;
    const { path: file, text } = first.output;
    const twice = await compile(
      { file, text },
      { modes: ['vjp'], functions: vjps.map(({ name }) => name), format: false },
    );
    expect(twice.diagnostics.filter(({ level }) => level === 'error')).toEqual([]);
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
  });
});

const sameActive = (a: EmittedFunction['params'], b: EmittedFunction['params']) =>
  a.every(({ tangent }, k) => (tangent === undefined) === (b[k]?.tangent === undefined));

/** A vjp is linear in its cotangent, so its own vjp, seeded in the cotangents, must give the jvp in the cotangent's place. */
function compareWithJvp(vjp: EmittedFunction, vjpVjp: Callable, jvp: Callable, source: Exports): void {
  const original = functionOf(source, vjp.source);
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
    expect(a).toHaveLength(b.length);
    for (const [j, number] of a.entries())
      expect(Math.abs(number - b[j]!), `${vjp.name} at ${JSON.stringify(point)}`).toBeLessThanOrEqual(rounding * size);
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
