/** The variants of a problem: primal, generated functions and hand-written ones, checked against one another. */
import type { CompileResult } from '../../src/options.js';
import { functionOf, type AnyFunction } from '../../src/verify/call.js';
import { moduleLoader, type Exports } from '../../src/verify/load.js';
import type { Variant } from './measure.js';
import type { ChainProblem, ChainSize, FunctionProblem } from './problem.js';

/** What has to agree: results of one kind, of which the first is the yardstick. */
interface Checked extends Variant {
  readonly kind: 'value' | 'tangent' | 'gradient' | 'F' | 'gradPhiF';
}

/** Summation orders differ; cancellation over many stages magnifies that. */
const tolerance = 1e-9;

export function functionVariants(problem: FunctionProblem, source: Exports, result: CompileResult): readonly Variant[] {
  const generated = generatedBy(result);
  const args = problem.arguments();
  const seeds = problem.cotangent ? [problem.cotangent()] : [];
  const make = (kind: Checked['kind'], name: string, fn: AnyFunction, extra: readonly unknown[]): Checked => ({
    kind,
    name,
    call: caller(fn, [...args, ...extra], problem.calls),
  });
  const { primal } = problem;
  const derived = problem.mode === 'grad' ? `${primal}Grad` : `${primal}Vjp`;
  const variants = [
    make('value', 'primal', functionOf(source, primal), []),
    make('value', 'forward', functionOf(generated, `${primal}Forward`), []),
    make('tangent', 'jvp', functionOf(generated, `${primal}Jvp`), problem.tangents()),
    make('gradient', problem.mode, functionOf(generated, derived), seeds),
    make('gradient', 'plain', functionOf(source, problem.plain), seeds),
    ...(problem.blocked === undefined ? [] : [make('gradient', 'blocked', functionOf(source, problem.blocked), seeds)]),
  ];
  agree(problem.title, variants);
  return variants;
}

export function chainVariants(
  problem: ChainProblem,
  size: ChainSize,
  source: Exports,
  result: CompileResult,
): readonly Variant[] {
  const generated = generatedBy(result);
  const args = size.arguments();
  const make = (kind: Checked['kind'], name: string, fn: AnyFunction): Checked => ({
    kind,
    name,
    call: caller(fn, args, undefined),
  });
  const { plain, blocked } = problem;
  const variants = [
    make('F', 'plain F', functionOf(source, plain.F)),
    make('F', 'F', functionOf(generated, 'F')),
    make('gradPhiF', 'gradPhiF', functionOf(generated, 'gradPhiF')),
    make('gradPhiF', 'gradPhiFAdjoint', functionOf(generated, 'gradPhiFAdjoint')),
    make('gradPhiF', 'plain', functionOf(source, plain.gradPhiF)),
    ...(blocked === undefined ? [] : [make('gradPhiF', 'blocked', functionOf(source, blocked.gradPhiF))]),
  ];
  agree(`${problem.title}, ${size.label}`, variants);
  return variants;
}

function generatedBy({ output, diagnostics }: CompileResult): Exports {
  if (!output) throw new Error(`refused: ${JSON.stringify(diagnostics, null, 2)}`);
  return moduleLoader(new Map([[output.path, output.text]]))(output.path);
}

/**
 * A function of its own per variant, so that V8 may inline what is called into it. A result that is an object is made
 * once and overwritten: what a warm loop does. With `rows`, arguments are tables, and one call is a run down the rows.
 */
function caller(fn: AnyFunction, args: readonly unknown[], rows: number | undefined): () => unknown {
  const row = (k: number) => (rows === undefined ? args : args.map((table) => (table as readonly unknown[])[k]));
  const first = fn(...row(0));
  const reuse = typeof first === 'object' && first !== null;
  const names = args.map((_, k) => `a${k}`);
  const given = [...names.map((name) => (rows === undefined ? name : `${name}[k]`)), ...(reuse ? ['out'] : [])];
  const call = `fn(${given.join(', ')})`;
  const body =
    rows === undefined
      ? `return ${call};`
      : `let sum = 0; let last; for (let k = 0; k < ${rows}; k++) { last = ${call}; sum += ${reuse ? 'last.value' : 'last'}; } return { sum, last };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- made of the lines above
  const make = new Function('fn', 'out', ...names, `return () => { ${body} };`);
  // The cast: what the text above returns.
  return make(fn, first, ...args) as () => unknown;
}

function agree(title: string, variants: readonly Checked[]): void {
  const yardsticks = new Map<string, readonly number[]>();
  for (const { kind, name, call } of variants) {
    const numbers = numbersIn(call());
    const expected = yardsticks.get(kind);
    if (!expected) {
      yardsticks.set(kind, numbers);
      continue;
    }
    const scale = expected.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
    const worst = expected.reduce((most, number, k) => {
      const error = Math.abs((numbers[k] ?? Number.NaN) - number) / scale;
      return error <= most ? most : error; // NaN is the worst
    }, 0);
    if (numbers.length !== expected.length || !(worst <= tolerance))
      throw new Error(`${title}: ${name} differs by ${worst}, ${numbers.length} numbers of ${expected.length}`);
  }
}

function numbersIn(result: unknown): readonly number[] {
  if (typeof result === 'number') return [result];
  if (typeof result !== 'object' || result === null) return [];
  const inner: readonly unknown[] = ArrayBuffer.isView(result)
    ? Array.from(result as Float64Array)
    : Object.values(result);
  return inner.flatMap(numbersIn);
}
