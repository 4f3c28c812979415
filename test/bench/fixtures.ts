/**
 * Times of the generated code of every fixture: the primal as the user wrote
 * it, its derivatives, and for chains ∇φF beside F. Where to look for what is slow.
 *
 *     node test/run.js test/bench/fixtures.ts                 all fixtures
 *     node test/run.js test/bench/fixtures.ts chain robot     those whose names contain one of the words
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { CompileResult, EmittedChain, EmittedFunction } from '../../src/options.js';
import { copies, functionOf, sourceOf, unfixed, type AnyFunction } from '../../src/verify/call.js';
import { chainPoints } from '../../src/verify/chain-checks.js';
import { choosePoints } from '../../src/verify/function-checks.js';
import { moduleLoader, type Exports } from '../../src/verify/load.js';
import { NumericOperators } from '../../src/verify/operators.js';
import { seeded } from '../../src/verify/random.js';
import { tangentAt } from '../../src/verify/values.js';
import { compileFixture, fixtures } from '../fixture-files.js';
import { measure, type Variant } from './measure.js';
import { table, timeText } from './table.js';

interface Timing {
  readonly fixture: string;
  readonly function: string;
  readonly variant: string;
  readonly nanoseconds: number;
  /** To the first variant: the primal, or F. */
  readonly ratio: number;
}

/** Calls into a result that is made once: what a warm loop does. */
function warm(fn: AnyFunction, args: readonly unknown[]): () => unknown {
  const out = fn(...args);
  return typeof out === 'object' && out !== null ? () => fn(...args, out) : () => fn(...args);
}

function functionVariants(infos: readonly EmittedFunction[], source: Exports, generated: Exports): readonly Variant[] {
  const [first] = infos;
  if (!first) return [];
  const original = sourceOf(source, first);
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
  modules: { source: Exports; generated: Exports; operators: NumericOperators },
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
  const operators = new NumericOperators();
  const load = moduleLoader(new Map([[output.path, output.text]]), operators.module);
  const modules = { source: load(file), generated: load(output.path), operators };
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
      const nanoseconds = times[k]?.nanoseconds ?? Number.NaN;
      return {
        fixture,
        function: name,
        variant: variant.name,
        nanoseconds,
        ratio: nanoseconds / (times[0]?.nanoseconds ?? Number.NaN),
      };
    });
  });
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
const file = path.join(process.cwd(), 'test/bench/dist/fixtures.json');
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify({ node: process.version, timings: all }, null, 2)}\n`);
const rows = all.map(({ fixture, function: name, variant, nanoseconds, ratio }) => [
  fixture,
  name,
  variant,
  timeText(nanoseconds),
  ratio.toFixed(2),
]);
process.stdout.write(`${table([['fixture', 'function', 'variant', 'time', 'ratio'], ...rows], 3)}\n`);
