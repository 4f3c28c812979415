/**
 * Two programs that compute the same have the same derivatives, however they are written. Values agree bit for bit. The
 * code of a derivative follows that of its program, so contributions to one cotangent may be added up in another order:
 * derivatives agree but for that rounding, relative to the largest of the numbers that come out together.
 */

import path from 'node:path';
import * as fc from 'fast-check';
import { compile } from '../../src/compile.js';
import type { CompileResult, EmittedFunction } from '../../src/options.js';
import { functionOf, sourceOf } from '../../src/verify/call.js';
import { choosePoints } from '../../src/verify/function-checks.js';
import { moduleLoader, type Exports } from '../../src/verify/load.js';
import { emittedFunctions } from '../fixture-checks.js';
import type { Fixture } from '../fixture-files.js';
import { distance, outcome } from '../mill.js';
import { clone, difference, Random, randomTangent, show } from '../oracle/values.js';
import { randomPoint, randomProgram } from '../random/program.js';
import { load } from '../random/run.js';
import { programTree } from '../random/tree.js';
import { temporaryFolder } from '../temporary.js';
import { transformed, type Transformed } from './transform.js';

/** Some digits are lost where large terms cancel; a wrong or missing term is many orders of magnitude above this. */
const rounding = 1e-10;

export interface Compared {
  readonly applied: readonly string[];
  /** What differs; undefined if nothing does. */
  readonly problem: string | undefined;
}

/** A random program and the same written differently; undefined if it is refused, or nothing in it can be written differently. */
export async function compareProgram(seed: number): Promise<Compared | undefined> {
  const [tree] = fc.sample(programTree, { seed, numRuns: 1 });
  if (tree === undefined) return undefined;
  const { source, params } = randomProgram(tree);
  const folder = temporaryFolder({ 'p.ts': source });
  try {
    const file = folder.file('p.ts');
    const points = [0, 1].map((k) => randomPoint(params, seed + k));
    return await compareTexts(
      file,
      source,
      seed,
      (text) => load(text),
      () => points,
    );
  } finally {
    folder.remove();
  }
}

/** The same of a fixture, at its own points. */
export async function compareFixture({ file }: Fixture, text: string, seed: number): Promise<Compared | undefined> {
  const folder = path.dirname(file);
  const loaded = (output: string) =>
    moduleLoader(new Map([[path.join(folder, 'p.ad.ts'), output]]))(path.join(folder, 'p.ad.ts'));
  const source = moduleLoader(new Map())(file);
  return compareTexts(file, text, seed, loaded, (info) =>
    choosePoints(info.source, sourceOf(source, info), info, source['points']),
  );
}

type Points = (info: EmittedFunction) => readonly (readonly unknown[])[];

async function compareTexts(
  file: string,
  text: string,
  seed: number,
  loaded: (output: string) => Exports,
  points: Points,
): Promise<Compared | undefined> {
  const other = transformed(file, text, seed);
  if (other === undefined) return undefined;
  const options = { format: false };
  const [first, second] = [await compile({ file, text }, options), await compile({ file, text: other.text }, options)];
  if (first.output === undefined) return undefined;
  const problem = problemOf(first, second, seed, loaded, points);
  return { applied: other.applied, problem: problem && explained(problem, seed, text, other) };
}

const explained = (problem: string, seed: number, text: string, other: Transformed): string =>
  `seed ${seed}, ${other.applied.join(', ')}: ${problem}\n\n${text}\n---- written differently\n\n${other.text}`;

function problemOf(
  first: CompileResult,
  second: CompileResult,
  seed: number,
  loaded: (output: string) => Exports,
  points: Points,
): string | undefined {
  if (second.output === undefined || first.output === undefined)
    return `refused: ${second.diagnostics.map(({ message }) => message).join('\n')}`;
  const [a, b] = [loaded(first.output.text), loaded(second.output.text)];
  for (const info of emittedFunctions(first)) {
    for (const point of points(info)) {
      const args = withSeeds(info, point, new Random(seed), a, first);
      if (args === undefined) continue;
      const [x, y] = [a, b].map((exports) => outcome(functionOf(exports, info.name), clone(args)));
      const where = info.mode === 'forward' ? difference(x, y) : (valueDifference(x, y) ?? distance(x, y, rounding));
      if (where !== undefined) return `${info.name} differs at ${show(args)}: ${where}`;
    }
  }
  return undefined;
}

/** Values are compared to the bit. */
const valueDifference = (x: unknown, y: unknown): string | undefined => {
  const [p, q] = [x, y] as [{ value?: unknown }, { value?: unknown }]; // results of derivatives are records, or errors
  return p instanceof Error || q instanceof Error ? undefined : difference(p.value, q.value);
};

/** The arguments of an emitted function at a point of its primal; undefined if the primal throws there. */
function withSeeds(
  { mode, params, source, resultTangent }: EmittedFunction,
  point: readonly unknown[],
  random: Random,
  exports: Exports,
  { functions }: CompileResult,
): unknown[] | undefined {
  const kept = point.filter((_, k) => params[k]?.fixed === undefined);
  if (mode === 'forward' || mode === 'grad') return [...kept];
  if (mode === 'jvp') {
    const seeds = params.flatMap(({ tangent }, k) => (tangent ? [randomTangent(random, tangent, point[k])] : []));
    return [...kept, ...seeds];
  }
  const forward = functions.find(
    (info) => info.kind === 'function' && info.mode === 'forward' && info.source === source,
  );
  const value = forward && outcome(functionOf(exports, forward.name), clone(kept));
  return value === undefined || value instanceof Error
    ? undefined
    : [...kept, randomTangent(random, resultTangent, value)];
}
