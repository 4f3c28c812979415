/**
 * The mill: a random program goes through the whole compiler, optimised and not, and what comes out is run against the
 * program itself; what came out goes through once more. A program that is refused is counted by its code.
 */

import * as fc from 'fast-check';
import { compile, Session } from '../src/compile.js';
import type { CompileOptions, EmittedFunction, EmittedInfo } from '../src/options.js';
import { checkAt, CheckFailure, type Callable, type Subject } from './oracle/checks.js';
import { clone, difference, Random, randomTangent, show } from './oracle/values.js';
import { randomPoint, randomProgram, type RandomProgram } from './random/program.js';
import { load, type Exports } from './random/run.js';
import { programTree } from './random/tree.js';
import { type Folder, temporaryFolder } from './temporary.js';

export interface MillOptions {
  /** Points per program. Default: 2. */
  readonly points?: number;
  /** Whether it is also compiled without the optimiser. Default: true. */
  readonly plain?: boolean;
  /** Whether what was emitted is compiled again. Default: false, it takes three times as long. */
  readonly again?: boolean;
}

export interface Ground {
  /** Codes of the errors it was refused with; empty if it was not. */
  readonly refused: readonly string[];
  readonly judged: number;
  readonly unclear: number;
  /** Emitted modules by their names. */
  readonly outputs: ReadonlyMap<string, string>;
}

class MillFailure extends Error {
  override readonly name = 'MillFailure';
  /** The kind of failure, the same for all programs that fail for one reason. */
  readonly what: string;

  constructor(what: string, detail: string) {
    super(`${what}\n${detail}`);
    this.what = what;
  }
}

/** Where programs are written, one after the other under one name, and what the compiler keeps between them. */
interface Place {
  readonly folder: Folder;
  readonly session: Session;
}

/** Puts one program through; throws a MillFailure. */
async function grind(program: RandomProgram, seed: number, options: MillOptions, place: Place): Promise<Ground> {
  place.folder.write('p.ts', program.source);
  return await new Mill(place, program, seed, options).run();
}

type Stage = 'optimised' | 'unoptimised' | 'again';

/** What the modules are called among the outputs, so that they can import types from one another. */
const names: Readonly<Record<Stage, string>> = { optimised: 'p.ad', unoptimised: 'p.plain', again: 'p.ad.ad' };

interface Compiled {
  readonly text: string;
  readonly exports: Exports;
  readonly functions: readonly EmittedFunction[];
}

class Mill {
  readonly #outputs = new Map<string, string>();
  #judged = 0;
  #unclear = 0;

  constructor(
    readonly place: Place,
    readonly program: RandomProgram,
    readonly seed: number,
    readonly options: MillOptions,
  ) {}

  async run(): Promise<Ground> {
    const { source, params } = this.program;
    const better = await this.#compile('optimised', 'p.ts', source, {});
    if ('refused' in better) return this.#ground(better.refused);
    const plain =
      this.options.plain === false
        ? undefined
        : await this.#compile('unoptimised', 'p.ts', source, { optimise: false });
    if (plain !== undefined && 'refused' in plain)
      throw new MillFailure('refused only when not optimised', plain.refused.join());
    const original = this.#exported(load(source), 'f');
    for (let k = 0; k < (this.options.points ?? 2); k += 1) {
      const point = randomPoint(params, this.seed + k);
      // What is wrong without the optimiser is reported as such: it is the simpler case.
      if (plain !== undefined) this.#check('unoptimised', plain, 'f', original, point, k);
      this.#check('optimised', better, 'f', original, point, k);
      if (plain !== undefined) this.#compare(plain, better, point);
    }
    if (this.options.again === true) {
      await this.#again(better);
    }
    return this.#ground([]);
  }

  #ground(refused: readonly string[]): Ground {
    return { refused, judged: this.#judged, unclear: this.#unclear, outputs: this.#outputs };
  }

  async #compile(
    stage: Stage,
    name: string,
    text: string,
    more: CompileOptions,
  ): Promise<Compiled | { refused: string[] }> {
    const options: CompileOptions = { format: false, noUncheckedIndexedAccess: false, ...more };
    let result;
    try {
      result = await compile({ file: this.place.folder.file(name), text }, options, this.place.session);
    } catch (error) {
      const { message } = error as Error;
      throw new MillFailure(`${stage}: the compiler throws: ${generic(message.split('\n')[0] ?? '')}`, message);
    }
    const errors = result.diagnostics.filter(({ level }) => level === 'error');
    if (errors.length > 0) {
      // A program that the type checker accepts is at most not supported yet.
      return { refused: errors.map(({ code, message }) => `${code}: ${message}`) };
    }
    if (result.output === undefined) throw new MillFailure(`${stage}: no output and no error`, '');
    this.#outputs.set(names[stage], result.output.text);
    const functions = result.functions.filter((info: EmittedInfo): info is EmittedFunction => info.kind === 'function');
    try {
      return { text: result.output.text, exports: load(result.output.text), functions };
    } catch (error) {
      throw new MillFailure(`${stage}: the output does not load`, `${String(error)}\n${result.output.text}`);
    }
  }

  #check(
    stage: Stage,
    { exports, functions }: Compiled,
    source: string,
    original: Callable,
    point: readonly unknown[],
    k: number,
  ): void {
    const of = functions.filter((info) => info.source === source);
    const [first] = of;
    if (first === undefined) throw new MillFailure(`${stage}: nothing emitted for ${source}`, '');
    const derived = Object.fromEntries(of.map(({ mode, name }) => [mode, this.#exported(exports, name)]));
    const { params, result, resultTangent } = first;
    const subject: Subject = { name: source, original, params, result, resultTangent, ...derived };
    try {
      const { judged, unclear } = checkAt(subject, point, { seed: this.seed + k });
      this.#judged += judged;
      this.#unclear += unclear;
    } catch (error) {
      if (error instanceof CheckFailure) throw new MillFailure(`${stage}: ${error.what}`, error.message);
      throw error;
    }
  }

  /** The optimiser keeps values bit for bit, and derivatives too but for the order of their sums. */
  #compare(plain: Compiled, better: Compiled, point: readonly unknown[]): void {
    for (const { name, mode } of plain.functions) {
      if (mode !== 'forward' && mode !== 'grad') continue;
      const [a, b] = [plain, better].map(({ exports }) => outcome(this.#exported(exports, name), point));
      const where = mode === 'forward' ? difference(a, b) : distance(a, b);
      if (where !== undefined) throw new MillFailure(`${name} differs when optimised`, `${where}\nat ${show(point)}`);
    }
  }

  /** The emitted module is a program like any other: its functions are differentiated in turn. */
  async #again(first: Compiled): Promise<void> {
    const second = await this.#compile('again', 'p.ad.ts', first.text, {});
    if ('refused' in second)
      throw new MillFailure(`again: refused: ${generic(second.refused[0] ?? '')}`, second.refused.join('\n'));
    const point = randomPoint(this.program.params, this.seed);
    for (const info of first.functions) {
      const original = this.#exported(first.exports, info.name);
      const seeds = this.#seeds(info, point);
      if (seeds !== undefined)
        this.#check('again', second, info.name, (...args) => original(...args), [...point, ...seeds], 0);
    }
  }

  #seeds(info: EmittedFunction, point: readonly unknown[]): unknown[] | undefined {
    const random = new Random(this.seed);
    if (info.mode === 'forward' || info.mode === 'grad') return [];
    if (info.mode === 'jvp') {
      return info.params.flatMap(({ tangent }, k) =>
        tangent === undefined ? [] : [randomTangent(random, tangent, point[k])],
      );
    }
    const value = outcome(this.#exported(load(this.program.source), 'f'), point);
    return value instanceof Error ? undefined : [randomTangent(random, info.resultTangent, value)];
  }

  #exported(exports: Exports, name: string): Callable {
    const found = exports[name];
    if (found === undefined) throw new MillFailure(`${name} is not exported`, Object.keys(exports).join());
    return found;
  }
}

/** What a call gives, or the error that it throws. */
export function outcome(f: Callable, args: readonly unknown[]): unknown {
  try {
    return f(...clone(args));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Where numbers of two results are further apart than rounding makes them. */
export function distance(a: unknown, b: unknown, rounding = 1e-9): string | undefined {
  const [x, y] = [numbers(a), numbers(b)];
  if (x.length !== y.length) return `${show(a)} and ${show(b)}`;
  const size = Math.max(1e-3, ...x.filter(Number.isFinite).map(Math.abs));
  const k = x.findIndex(
    (v, i) => !Object.is(v, y[i]) && v !== y[i] && !(Math.abs(v - (y[i] ?? NaN)) <= rounding * size),
  );
  return k < 0 ? undefined : `number ${k}: ${x[k]} and ${y[k]}`;
}

const numbers = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbers)
      : [];

/** A message without the names and numbers of one program. */
const generic = (message: string): string => message.replace(/`[^`]*`|"[^"]*"|\b[a-z]+\d+\b|\d+/g, '…');

// ---------------------------------------------------------------- many programs

export interface Report {
  readonly programs: number;
  readonly judged: number;
  readonly unclear: number;
  /** How many programs used a construct. */
  readonly constructs: ReadonlyMap<string, number>;
  /** Programs that were refused, and the reasons. */
  readonly refused: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  /** Programs and what was emitted for them, by absolute path. */
  readonly outputs: ReadonlyMap<string, string>;
}

export interface Failure {
  readonly seed: number;
  readonly what: string;
  /** Programs that failed in the same way. */
  readonly also: number[];
  readonly message: string;
  readonly source: string;
}

export interface ManyOptions extends MillOptions {
  readonly count: number;
  readonly seed: number;
  /** Every how many programs what came out is compiled again. Default: 10. */
  readonly everyAgain?: number;
  /** Every how many programs it is compiled without the optimiser too. Default: 1. */
  readonly everyPlain?: number;
  /** How many smaller programs are tried after a failure. Default: 80. */
  readonly shrinks?: number;
  readonly progress?: (done: number, failures: number) => void;
}

/** Programs of the seeds seed … seed + count - 1. The first of each kind of failure is shrunk. */
export async function mill(options: ManyOptions): Promise<Report> {
  const { count, seed, everyAgain = 10, everyPlain = 1 } = options;
  const constructs = new Map<string, number>();
  const refusals = new Map<string, number>();
  const outputs = new Map<string, string>();
  const failures: { seed: number; what: string; also: number[]; message: string; source: string }[] = [];
  let [refused, judged, unclear] = [0, 0, 0];
  const place: Place = { folder: temporaryFolder(), session: new Session() };
  for (let at = seed; at < seed + count; at += 1) {
    const [tree] = fc.sample(programTree, { seed: at, numRuns: 1 });
    if (tree === undefined) continue;
    const program = randomProgram(tree);
    for (const construct of program.used) constructs.set(construct, (constructs.get(construct) ?? 0) + 1);
    const how = { ...options, again: at % everyAgain === 0, plain: at % everyPlain === 0 };
    try {
      const ground = await grind(program, at, how, place);
      if (ground.refused.length > 0) refused += 1;
      for (const refusal of new Set(ground.refused.map(generic)))
        refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      if (ground.refused.length === 0) outputs.set(`/random/${at}/p.ts`, program.source);
      for (const [name, text] of ground.outputs) outputs.set(`/random/${at}/${name}.ts`, text);
      judged += ground.judged;
      unclear += ground.unclear;
    } catch (error) {
      if (!(error instanceof MillFailure)) throw error;
      const known = failures.find(({ what }) => what === error.what);
      if (known !== undefined) known.also.push(at);
      else failures.push({ seed: at, what: error.what, also: [], ...(await shrunk(at, error, how, place)) });
    }
    options.progress?.(at - seed + 1, failures.length);
  }
  place.folder.remove();
  return { programs: count, refused, judged, unclear, constructs, refusals, failures, outputs };
}

/** Of two runs over different seeds; outputs are those of the later one. */
export function merged(a: Report, b: Report): Report {
  const sums = (x: ReadonlyMap<string, number>, y: ReadonlyMap<string, number>) =>
    new Map([...x.keys(), ...y.keys()].map((key) => [key, (x.get(key) ?? 0) + (y.get(key) ?? 0)]));
  const failures = [...a.failures];
  for (const failure of b.failures) {
    const known = failures.find(({ what }) => what === failure.what);
    if (known === undefined) failures.push(failure);
    else known.also.push(failure.seed, ...failure.also);
  }
  return {
    programs: a.programs + b.programs,
    judged: a.judged + b.judged,
    unclear: a.unclear + b.unclear,
    constructs: sums(a.constructs, b.constructs),
    refused: a.refused + b.refused,
    refusals: sums(a.refusals, b.refusals),
    failures,
    outputs: b.outputs,
  };
}

/** The smallest program found that fails in the same way. */
async function shrunk(
  seed: number,
  failure: MillFailure,
  options: ManyOptions,
  place: Place,
): Promise<{ message: string; source: string }> {
  let left = options.shrinks ?? 80;
  const property = fc.asyncProperty(programTree, async (tree) => {
    // No failure ends the search: nothing smaller is tried.
    if ((left -= 1) < 0) return;
    try {
      await grind(randomProgram(tree), seed, options, place);
    } catch (error) {
      if (error instanceof MillFailure && error.what === failure.what) throw error;
    }
  });
  const found = await fc.check(property, { seed, numRuns: 1 });
  const [tree] = found.counterexample ?? fc.sample(programTree, { seed, numRuns: 1 });
  const cause = found.errorInstance instanceof MillFailure ? found.errorInstance : failure;
  return { message: cause.message, source: tree === undefined ? '' : randomProgram(tree).source };
}

export function reportText(report: Report): string {
  const byCount = (map: ReadonlyMap<string, number>) =>
    [...map].toSorted(([, a], [, b]) => b - a).map(([key, n]) => `${key} ${n}`);
  const lines = [
    `${report.programs} programs, ${report.judged} derivatives judged, ${report.unclear} left out (kinks, poles)`,
    `constructs: ${byCount(report.constructs).join(', ')}`,
    `refused: ${report.refused === 0 ? 'none' : `${report.refused} programs`}`,
    ...byCount(report.refusals).map((line) => `  ${line}`),
    `failures: ${report.failures.length === 0 ? 'none' : ''}`,
  ];
  for (const { seed, what, also, message, source } of report.failures) {
    lines.push('', `seed ${seed}${also.length === 0 ? '' : ` (and ${also.join(', ')})`}: ${what}`, message, source);
  }
  return lines.join('\n');
}
