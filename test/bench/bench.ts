/**
 * Times of the generated code of every fixture: the primal as the user wrote
 * it, its derivatives, and for chains ∇φF beside F.
 *
 *     npm run bench                    all fixtures
 *     npm run bench -- chain robot     those whose names contain one of the words
 *
 * Variants of one function take turns, so that a busy moment hits all of them;
 * what is reported is the median. JSON goes to test/bench/dist/bench.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { CompileResult, EmittedChain, EmittedFunction } from '../../src/options.js';
import { copies, functionOf, unfixed, type AnyFunction } from '../../src/verify/call.js';
import { chainPoints } from '../../src/verify/chain-checks.js';
import { choosePoints } from '../../src/verify/function-checks.js';
import { moduleLoader, type Exports } from '../../src/verify/load.js';
import { seeded } from '../../src/verify/random.js';
import { tangentAt } from '../../src/verify/values.js';
import { compileFixture, fixtures, root } from '../fixture-files.js';

const rounds = 31;
const roundNanoseconds = 2e6;

/** One thing to time; `call` returns something, so that nothing is optimised away. */
interface Variant {
  readonly name: string;
  readonly call: () => unknown;
}

interface Timing {
  readonly fixture: string;
  readonly function: string;
  readonly variant: string;
  readonly nanoseconds: number;
  /** To the first variant: the primal, or F. */
  readonly ratio: number;
}

let sink: unknown;

function nanosecondsPerCall({ call }: Variant, repetitions: number): number {
  const start = process.hrtime.bigint();
  for (let k = 0; k < repetitions; k++) sink = call();
  return Number(process.hrtime.bigint() - start) / repetitions;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Median times per call, the variants in turn. */
function measure(variants: readonly Variant[]): number[] {
  const repetitions = variants.map((variant) => {
    let count = 1;
    // Warms up, too.
    while (nanosecondsPerCall(variant, count) * count < roundNanoseconds && count < 1e7) count *= 2;
    return count;
  });
  const times = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, variant] of variants.entries()) times[k]?.push(nanosecondsPerCall(variant, repetitions[k] ?? 1));
  }
  return times.map(median);
}

/** Calls into a result that is made once: what a warm loop does. */
function warm(fn: AnyFunction, args: readonly unknown[]): () => unknown {
  const out = fn(...args);
  return typeof out === 'object' && out !== null ? () => fn(...args, out) : () => fn(...args);
}

function functionVariants(infos: readonly EmittedFunction[], source: Exports, generated: Exports): readonly Variant[] {
  const [first] = infos;
  if (!first) return [];
  const original = functionOf(source, first.source);
  const [point] = choosePoints(first.source, original, first, source['points']);
  if (!point) return [];
  const args = copies(first.params, point);
  const variants: Variant[] = [{ name: 'primal', call: () => original(...args) }];
  for (const info of infos) {
    const draw = seeded(info.name);
    const seeds: unknown[] = [];
    if (info.mode === 'jvp') {
      for (const [k, { type, tangent, fixed }] of info.params.entries()) {
        if (tangent && fixed === undefined) seeds.push(tangentAt({ type, tangent }, point[k], draw));
      }
    }
    if (info.mode === 'vjp')
      seeds.push(
        tangentAt({ type: info.result, tangent: info.resultTangent }, original(...copies(first.params, point)), draw),
      );
    const call = warm(functionOf(generated, info.name), [
      ...unfixed(info.params, copies(info.params, point)),
      ...seeds,
    ]);
    variants.push({ name: info.mode, call });
  }
  return variants;
}

function chainVariants(
  infos: readonly EmittedChain[],
  modules: { source: Exports; generated: Exports },
): readonly Variant[] {
  const order = ['F', 'rollout', 'gradL', 'gradPhiF', 'gradPhiFAdjoint', 'gradF'];
  const sorted = infos.toSorted((a, b) => order.indexOf(a.mode) - order.indexOf(b.mode));
  const [first, ...others] = sorted;
  if (!first) return [];
  const args = chainPoints([first, ...others], { ...modules, points: modules.source['points'] });
  return args
    ? sorted.map((info) => ({ name: info.mode, call: warm(functionOf(modules.generated, info.name), args(info.mode)) }))
    : [];
}

function timings(fixture: string, { file, output, functions }: CompileResult): Timing[] {
  if (!output) return [];
  const load = moduleLoader(new Map([[output.path, output.text]]));
  const modules = { source: load(file), generated: load(output.path) };
  const groups = new Map<string, readonly Variant[]>();
  for (const name of new Set(functions.flatMap((info) => (info.kind === 'function' ? [info.source] : [])))) {
    const infos = functions.filter((info): info is EmittedFunction => info.kind === 'function' && info.source === name);
    groups.set(name, functionVariants(infos, modules.source, modules.generated));
  }
  const chains = functions.filter((info): info is EmittedChain => info.kind === 'chain' && !info.along);
  for (const chain of new Set(chains.map((info) => info.chain))) {
    groups.set(
      `chain ${chain}`.trim(),
      chainVariants(
        chains.filter((info) => info.chain === chain),
        modules,
      ),
    );
  }
  return [...groups].flatMap(([name, variants]) => {
    const times = measure(variants);
    return variants.map((variant, k): Timing => {
      const nanoseconds = times[k] ?? Number.NaN;
      return {
        fixture,
        function: name,
        variant: variant.name,
        nanoseconds,
        ratio: nanoseconds / (times[0] ?? Number.NaN),
      };
    });
  });
}

function table(all: readonly Timing[]): string {
  const time = (ns: number) =>
    ns < 1e4
      ? `${ns.toFixed(ns < 100 ? 1 : 0)} ns`
      : ns < 1e7
        ? `${(ns / 1e3).toFixed(1)} µs`
        : `${(ns / 1e6).toFixed(1)} ms`;
  const rows = [
    ['fixture', 'function', 'variant', 'time', 'ratio'],
    ...all.map((timing) => [
      timing.fixture,
      timing.function,
      timing.variant,
      time(timing.nanoseconds),
      timing.ratio.toFixed(2),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, k) => (k > 2 ? cell.padStart(widths[k] ?? 0) : cell.padEnd(widths[k] ?? 0))).join('  '),
    )
    .join('\n');
}

const words = process.argv.slice(2);
const chosen = fixtures.filter(
  ({ name, refused }) => !refused && (words.length === 0 || words.some((word) => name.includes(word))),
);
const all: Timing[] = [];
for (const fixture of chosen) {
  process.stderr.write(`${fixture.name}\n`);
  all.push(...timings(fixture.name, await compileFixture(fixture, { format: false })));
}
const file = path.join(root, 'test/bench/dist/bench.json');
mkdirSync(path.dirname(file), { recursive: true });
const machine = { cpu: cpus()[0]?.model, node: process.version, date: new Date().toISOString() };
writeFileSync(file, `${JSON.stringify({ machine, rounds, timings: all }, null, 2)}\n`);
process.stdout.write(`${table(all)}\n`);
process.stderr.write(`${path.relative(process.cwd(), file)} written${sink === undefined ? '' : ''}\n`);
