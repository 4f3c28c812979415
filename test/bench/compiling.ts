/**
 * Times of the compiler itself on one function of 100, 1 000 and 10 000 statements: a compiler that is linear takes
 * as long per statement for all of them. `npm run bench -- compiling` runs nothing else.
 */
import process from 'node:process';
import { compile } from '../../src/compile.js';
import { table } from './table.js';

const sizes = [100, 1000, 10_000];
/** Of every size the quickest is taken: whatever disturbs makes it slower. */
const repetitions: Readonly<Record<number, number>> = { 100: 5, 1000: 3, 10_000: 1 };

/** Arithmetic, functions, branches, loops and stores, in turn. */
function program(statements: number): string {
  const lines = ['export function f(x: number, xs: number[]): number {', '  let y = x;', '  const ys = xs.slice();'];
  for (let k = 0; lines.length < statements + 3; k++) {
    const [name, from] = [`v${k}`, k === 0 ? 'x' : `v${k - 1}`];
    lines.push(`  const ${name} = Math.sin(${from}) * ${1 + (k % 7)} + y / (2 + ${from} * ${from});`);
    if (k % 4 === 1) lines.push(`  if (${name} > 0.3) y += ${name} * x;`);
    if (k % 8 === 3) lines.push(`  for (let i = 1; i < ys.length; i++) ys[i] += ${name} * ys[i - 1];`);
    if (k % 4 === 2) lines.push(`  ys[0] = y * 0.5 + ${name};`);
  }
  return [...lines, '  return y + ys.reduce((s, v) => s + v, 0);', '}'].join('\n');
}

interface Compiling {
  readonly statements: number;
  /** Milliseconds without formatting, and with it. */
  readonly plain: number;
  readonly formatted: number;
  /** Characters of the output. */
  readonly size: number;
}

export async function compiling(): Promise<readonly Compiling[]> {
  const found: Compiling[] = [];
  for (const statements of sizes) {
    const text = program(statements);
    const one = async (format: boolean) => {
      const start = performance.now();
      const { output, diagnostics } = await compile({ file: '/virtual/large.ts', text }, { format });
      if (output === undefined) throw new Error(`refused: ${diagnostics[0]?.code}`);
      return { time: performance.now() - start, size: output.text.length };
    };
    const runs: { time: number; size: number }[] = [];
    for (let k = 0; k < (repetitions[statements] ?? 1); k++) runs.push(await one(false));
    const { time: formatted } = await one(true);
    const plain = Math.min(...runs.map(({ time }) => time));
    found.push({ statements, plain, formatted, size: runs[0]?.size ?? 0 });
  }
  const rows = found.map(({ statements, plain, formatted, size }) => [
    String(statements),
    `${plain.toFixed(0)} ms`,
    `${((1000 * plain) / statements).toFixed(0)} µs`,
    `${formatted.toFixed(0)} ms`,
    (size / statements).toFixed(0),
  ]);
  const head = [
    'statements',
    'forward, jvp, vjp, grad',
    'per statement',
    'with formatting',
    'characters per statement',
  ];
  process.stdout.write(`${table([head, ...rows], 0)}\n\n`);
  return found;
}
