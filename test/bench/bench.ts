/**
 * Times of generated code beside the primal and beside hand-written derivatives, one problem per file in problems/.
 *
 *     npm run bench                    all problems
 *     npm run bench -- chain mixture   those whose file names contain one of the words
 *
 * Then the times of the fixtures' derivatives (fixtures.ts), and of the compiler (compiling.ts). JSON goes to test/bench/dist.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { compile } from '../../src/compile.js';
import { moduleLoader } from '../../src/verify/load.js';
import { compiling } from './compiling.js';
import { allocatedPerCall, measure, rounds, type Variant } from './measure.js';
import { peers } from './peers.js';
import type { Problem } from './problem.js';
import { table, timeText } from './table.js';
import { chainVariants, functionVariants } from './variants.js';

const root = process.cwd();
const folder = path.join(root, 'test/bench/problems');

interface Timing {
  readonly problem: string;
  readonly variant: string;
  readonly nanoseconds: number;
  readonly undisturbed: number;
  readonly spread: number;
  /** To the primal; in a chain, to the hand-written F. */
  readonly toPrimal: number;
  /** To the hand-written derivative; `undefined` for what is no derivative. */
  readonly toPlain: number | undefined;
  readonly toBlocked: number | undefined;
  readonly bytes: number;
}

/** Variants that are compared with the hand-written derivatives. */
const derivatives = new Set(['grad', 'vjp', 'gradPhiF', 'gradPhiFAdjoint', 'plain', 'blocked']);

function timings(problem: string, variants: readonly Variant[], calls: number): readonly Timing[] {
  const measured = measure(variants);
  const named = (name: string) => measured[variants.findIndex((variant) => variant.name === name)]?.undisturbed;
  const [plain, blocked, plainF] = [named('plain'), named('blocked'), named('plain F')];
  const first = measured[0]?.undisturbed ?? Number.NaN;
  return variants.map((variant, k) => {
    const nothing = { nanoseconds: Number.NaN, undisturbed: Number.NaN, spread: Number.NaN };
    const { nanoseconds, undisturbed, spread } = measured[k] ?? nothing;
    const to = (other: number | undefined) =>
      other !== undefined && derivatives.has(variant.name) ? undisturbed / other : undefined;
    return {
      problem,
      variant: variant.name,
      nanoseconds: nanoseconds / calls,
      undisturbed: undisturbed / calls,
      spread,
      toPrimal: undisturbed / first,
      toPlain: variant.name === 'F' && plainF !== undefined ? undisturbed / plainF : to(plain),
      toBlocked: to(blocked),
      bytes: allocatedPerCall(variant) / calls,
    };
  });
}

async function bench(file: string): Promise<readonly Timing[]> {
  const source = moduleLoader(new Map())(file);
  // The cast: what every file of this folder exports.
  const problem = source['problem'] as Problem;
  const generate = (functions: readonly string[], modes: readonly ('forward' | 'jvp' | 'grad' | 'vjp' | 'chain')[]) =>
    compile(
      { file },
      {
        functions,
        modes,
        ...(problem.kind === 'function' && problem.wrt && { wrt: problem.wrt }),
        format: false,
      },
    );
  if (problem.kind === 'function') {
    const result = await generate([problem.primal], ['forward', 'jvp', problem.mode]);
    return timings(problem.title, functionVariants(problem, source, result), problem.calls ?? 1);
  }
  const result = await generate(['h', 'p', 'beta'], ['chain']);
  return problem.sizes.flatMap((size) =>
    timings(`${problem.title}, ${size.label}`, chainVariants(problem, size, source, result), 1),
  );
}

const ratio = (number: number | undefined) => (number === undefined ? '' : number.toFixed(2));

const words = process.argv.slice(2);
const chosen = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();
const all: Timing[] = [];
for (const name of chosen) {
  process.stderr.write(`${name}\n`);
  all.push(...(await bench(path.join(folder, name))));
}
const present = peers(root);
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, date: new Date().toISOString() };
// Of all problems: the table that the README shows.
const file = path.join(root, words.length === 0 ? 'test/bench/results.json' : 'test/bench/dist/bench.json');
mkdirSync(path.dirname(file), { recursive: true });
const onlyCompiling = words.includes('compiling');
const compiled = words.length === 0 || onlyCompiling ? await compiling() : [];
writeFileSync(
  file,
  `${JSON.stringify({ machine, rounds, peers: present, timings: all, compiling: compiled }, null, 2)}\n`,
);
const rows = all.map((timing, k) => [
  all[k - 1]?.problem === timing.problem ? '' : timing.problem,
  timing.variant,
  timeText(timing.nanoseconds),
  `± ${(100 * timing.spread).toFixed(0)} %`,
  ratio(timing.toPrimal),
  ratio(timing.toPlain),
  ratio(timing.toBlocked),
  timing.bytes.toFixed(0),
]);
const head = ['problem', 'variant', 'time', 'spread', '÷ primal', '÷ plain', '÷ blocked', 'bytes'];
process.stdout.write(`${table([head, ...rows], 2)}\n\n`);
for (const { name, version, installed } of present)
  process.stdout.write(`${name} ${version}: ${installed ? 'installed' : 'absent'}\n`);
process.stderr.write(`${path.relative(root, file)} written\n`);
if (!onlyCompiling) await import('./fixtures.js');
