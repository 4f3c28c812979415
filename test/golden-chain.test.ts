/** Three chains against values made with another tool; formats and limits are in golden-chain/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/compile.js';
import type { EmittedChain, CompileResult } from '../src/options.js';
import { moduleLoader, type Exports } from '../src/verify/load.js';
import { functionOf, type AnyFunction } from '../src/verify/call.js';
import { revive } from '../src/verify/values.js';

const folder = path.join(import.meta.dirname, 'golden-chain');
const cases = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'tsconfig.json');

interface Case {
  readonly module: string;
  readonly inputs: {
    readonly n: number;
    readonly x0: unknown;
    readonly theta: unknown;
    readonly f: unknown;
    readonly phi: unknown;
  };
  readonly golden: Readonly<Record<string, unknown>>;
  readonly conditionF: number | null;
}

/** What the functions of a gradient return; `rollout` and `F` are read as what they are. */
interface Gradients {
  readonly value: number;
  readonly gradient: Readonly<Record<string, unknown>>;
}

const flatten = (value: unknown): number[] => {
  if (typeof value === 'number') return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flatten);
  return [];
};

/** max_j |a_j − b_j| / max_j |b_j|, 0 / 0 = 0. */
function error(found: unknown, golden: unknown): number {
  const [a, b] = [flatten(found), flatten(golden)];
  expect(a).toHaveLength(b.length);
  const gap = Math.max(0, ...a.map((number, j) => Math.abs(number - b[j]!)));
  return gap === 0 ? 0 : gap / Math.max(...b.map(Math.abs));
}

interface Loaded {
  readonly functions: CompileResult['functions'];
  readonly exports: Exports;
}

const loaded = new Map<string, Promise<Loaded>>();
function load(file: string): Promise<Loaded> {
  const result = loaded.get(file) ?? compileAndLoad(file);
  loaded.set(file, result);
  return result;
}

async function compileAndLoad(file: string): Promise<Loaded> {
  const { output, functions } = await compile({ file }, { format: false });
  return { functions, exports: moduleLoader(new Map([[output!.path, output!.text]]))(output!.path) };
}

describe.each(cases)('%s', (name) => {
  const { module, inputs, golden, conditionF } = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Case;
  const file = path.join(folder, module);

  async function call(
    mode: EmittedChain['mode'],
    pick: (args: Record<string, unknown>) => readonly unknown[],
  ): Promise<Gradients> {
    const { functions, exports } = await load(file);
    const info = functions.find((other): other is EmittedChain => other.kind === 'chain' && other.mode === mode)!;
    const typeOf = (param: string) =>
      info.params.find((other) => other.name === param)?.type ?? ({ kind: 'num' } as const);
    const thetaType = functions
      .find((other) => other.name === 'F')!
      .params.find((other) => other.name === 'theta')!.type;
    const args = {
      x0: revive(typeOf('x0'), inputs.x0),
      theta: revive(thetaType, inputs.theta),
      phi: revive(typeOf('phi'), inputs.phi),
      f: revive(thetaType, inputs.f),
      n: inputs.n,
    };
    const fn: AnyFunction = functionOf(exports, info.name);
    return fn(...pick(args)) as Gradients;
  }
  const everything = ({ x0, theta, phi, f, n }: Record<string, unknown>) => [x0, theta, phi, f, n];
  const limitF = 1e-10 * (conditionF ?? 1);

  it('rolls out', async () => {
    const xs = (await call('rollout', ({ x0, theta, n }) => [x0, theta, n])) as unknown as unknown[];
    expect(error(xs, golden['x'])).toBeLessThanOrEqual(1e-12);
    expect(error(xs.at(-1), golden['xN'])).toBeLessThanOrEqual(1e-10);
  });

  it('L and its gradient', async () => {
    const { value, gradient } = await call('gradL', ({ x0, theta, phi, n }) => [x0, theta, phi, n]);
    expect(error(value, golden['L'])).toBeLessThanOrEqual(1e-12);
    expect(error(gradient['theta'], golden['gradF'])).toBeLessThanOrEqual(1e-10);
    expect(error(gradient['x0'], golden['gradX0L'])).toBeLessThanOrEqual(1e-10);
  });

  it('F', async () => {
    expect(error(await call('F', everything), golden['F'])).toBeLessThanOrEqual(limitF);
  });

  it.each(['gradPhiF', 'gradPhiFAdjoint'] as const)('%s', async (mode) => {
    const { value, gradient } = await call(mode, everything);
    expect(error(value, golden['F'])).toBeLessThanOrEqual(limitF);
    expect(error(gradient, golden['gradPhi'])).toBeLessThanOrEqual(1e-10);
  });

  it('every gradient of F', async () => {
    const { value, gradient } = await call('gradF', everything);
    expect(error(value, golden['F'])).toBeLessThanOrEqual(limitF);
    for (const [part, key] of [
      ['x0', 'gradX0'],
      ['theta', 'gradTheta'],
      ['phi', 'gradPhi'],
      ['f', 'gradF'],
    ] as const) {
      expect(error(gradient[part], golden[key]), key).toBeLessThanOrEqual(1e-10);
    }
  });
});
