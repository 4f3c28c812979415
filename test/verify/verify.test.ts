/** `verify` on output that is right, and on output with one thing wrong. */
import { describe, expect, it } from 'vitest';
import type { Type } from '../../src/ir/types.js';
import type { CompileResult, EmittedChain, EmittedFunction, EmittedInfo } from '../../src/options.js';
import { renderTable } from '../../src/verify/table.js';
import { verify } from '../../src/verify/verify.js';

const num: Type = { kind: 'num' };
const list: Type = { kind: 'array', elem: num, storage: 'list' };
const pair: Type = { kind: 'array', elem: num, storage: 'list', fixed: 2 };

const source = `
export function f(x: number, ys: number[]): number {
  let sum = 0;
  for (const y of ys) sum += Math.log(x) * y * y;
  return sum;
}`;

/** The reuse of `out`, done in a general way: what is generated does it by name. */
const into = `
function into(out: any, result: any): any {
  if (!out) return result;
  if (Array.isArray(out)) out.length = result.length;
  for (const key of Object.keys(result)) out[key] = typeof result[key] === 'object' ? into(out[key], result[key]) : result[key];
  return out;
}
`;

const generated = `
${into}
export function fForward(x: number, ys: number[]): number {
  let sum = 0;
  for (const y of ys) sum += Math.log(x) * y * y;
  return sum;
}
export function fJvp(x: number, ys: number[], xDot: number, ysDot: number[], out?: object) {
  let sum = 0;
  let sumDot = 0;
  for (let i = 0; i < ys.length; i++) {
    sum += Math.log(x) * ys[i] * ys[i];
    sumDot += xDot / x * ys[i] * ys[i] + 2 * Math.log(x) * ys[i] * ysDot[i];
  }
  return into(out, { value: sum, tangent: sumDot });
}
export function fVjp(x: number, ys: number[], cotangent: number, out = { value: 0, cotangents: { x: 0, ys: [] as number[] } }) {
  out.value = 0;
  out.cotangents.x = 0;
  out.cotangents.ys.length = ys.length;
  for (let i = 0; i < ys.length; i++) {
    out.value += Math.log(x) * ys[i] * ys[i];
    out.cotangents.x += cotangent * ys[i] * ys[i] / x;
    out.cotangents.ys[i] = 2 * Math.log(x) * ys[i] * cotangent;
  }
  return out;
}
export function fGrad(x: number, ys: number[], out?: object) {
  const { value, cotangents } = fVjp(x, ys, 1);
  return into(out, { value, gradient: cotangents });
}`;

const params = [
  { name: 'x', type: num, tangent: num },
  { name: 'ys', type: list, tangent: list },
];
const functions = (['forward', 'jvp', 'vjp', 'grad'] as const).map((mode): EmittedFunction => {
  const name = `f${mode[0]?.toUpperCase()}${mode.slice(1)}`;
  return { kind: 'function', name, mode, source: 'f', params, result: num, resultTangent: num };
});

function check(sourceText: string, text: string, infos: readonly EmittedInfo[], points?: unknown) {
  const file = '/virtual/model.ts';
  const output = { path: '/virtual/model.ad.ts', text };
  const result: CompileResult = { file, output, functions: infos, diagnostics: [], exports: [], dependencies: [file] };
  return verify(result, { texts: new Map([[file, sourceText]]), ...(points !== undefined && { points }) });
}

const failures = (verification: ReturnType<typeof verify>) =>
  verification.rows.filter(({ verdict }) => verdict === 'FAILED').map((row) => `${row.function}: ${row.check}`);

describe('functions', () => {
  it('passes what is right, inside the domain it finds', () => {
    const verification = check(source, generated, functions);
    expect(failures(verification)).toEqual([]);
    expect(verification.passed).toBe(true);
    expect(verification.rows.every(({ points }) => points === 3)).toBe(true);
    expect(renderTable(verification)).toContain('fVjp      value');
  });

  it.each([
    ['a value that differs in the last bit', 'let sum = 0;', 'let sum = 1e-15;', ['fForward: value', 'fJvp: value']],
    ['a wrong tangent', 'xDot / x', 'xDot / (x * x)', ['fJvp: against differences', 'fVjp: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩']],
    [
      'a tangent off by 1e-5',
      'xDot / x',
      '1.00001 * xDot / x',
      ['fJvp: against differences', 'fVjp: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩'],
    ],
    [
      'a missing cotangent',
      'cotangents.x +=',
      'value += 0 *',
      ['fVjp: against differences', 'fVjp: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩', 'fGrad: against differences'],
    ],
    ['an out that is added to', 'out.cotangents.x = 0;', '', ['fVjp: differs in a reused out']],
    [
      'an out that is not returned',
      '  return out;',
      '  return { ...out };',
      ['fVjp: out not returned', 'fGrad: out not returned'],
    ],
    [
      'a changed input',
      'out.value = 0;',
      'out.value = 0; ys[0] = 0;',
      ['fVjp: inputs changed', 'fGrad: inputs changed'],
    ],
    ['a function that throws', 'out.value = 0;', 'throw new Error(`no`);', ['fVjp: throws no', 'fGrad: throws no']],
    [
      'a key that is missing',
      '{ value, gradient: cotangents }',
      '{ value, gradient: { x: cotangents.x } }',
      ['fGrad: against differences', 'fGrad: same as fVjp'],
    ],
  ])('notices %s', (_what, from, to, expected) => {
    expect(generated).toContain(from);
    const found = failures(check(source, generated.replaceAll(from, to), functions));
    for (const failure of expected) expect(found).toContain(failure);
  });

  it('reports a function without a point in its domain as skipped, and then does not pass', () => {
    const verification = check(source.replace('Math.log(x)', 'Math.log(-1 - x * x)'), generated, functions);
    expect(new Set(verification.rows.map(({ verdict }) => verdict))).toEqual(new Set(['skipped']));
    expect(verification.passed).toBe(false);
    expect(renderTable(verification)).toContain('export points = { f: [[…]] }');
  });

  it('is not stopped by a loop that does not end at random points', () => {
    const slow = source.replace('let sum = 0;', 'let sum = 0;\n  while (x < 2) sum += 0;');
    expect(check(slow, generated, functions).passed).toBe(true);
  });

  it('skips differences where the function bends', () => {
    const bent = check(
      'export const points = [[0]];\nexport const g = (x: number): number => Math.abs(x) * 2 + Math.max(x, 0);',
      'export const gJvp = (x: number, xDot: number, out = { value: 0, tangent: 0 }) => Object.assign(out, { value: Math.abs(x) * 2 + Math.max(x, 0), tangent: 0 * xDot });',
      [
        {
          kind: 'function',
          name: 'gJvp',
          mode: 'jvp',
          source: 'g',
          params: [{ name: 'x', type: num, tangent: num }],
          result: num,
          resultTangent: num,
        },
      ],
    );
    expect(bent.rows.map(({ verdict }) => verdict)).toEqual(['ok', 'skipped']);
  });

  it('takes points from the file, by function name', () => {
    const pointed = `${source}\nexport const points = { f: [[2, [1, 2, 3]], [3, []]] };`;
    const verification = check(pointed, generated, functions);
    expect(failures(verification)).toEqual([]);
    expect(verification.rows.map(({ points }) => points)).toEqual(verification.rows.map(() => 2));
  });
});

const chainSource = `
export function h(x: number, theta: number): number {
  return x + 0.1 * Math.sin(theta * x);
}
export function p(x: number): number {
  return 0.5 * (x - 1) * (x - 1);
}
export function beta(phi: [number, number], i: number): number {
  return phi[0] * Math.exp(-phi[1] * i);
}`;

/** F and ∇φF by the forward sweep, as adgen is to write them. */
const sweep = `
${into}
type Pair = [number, number];
export function gradPhiF(x0: number, theta: number, phi: Pair, f: number, n: number, out?: object) {
  let x = x0, xi = 0, value = 0, scaleBar = 0, rateBar = 0;
  for (let i = 1; i <= n; i++) {
    const angle = theta * x;
    xi += 0.1 * Math.cos(angle) * (f * x + theta * xi);
    x += 0.1 * Math.sin(angle);
    const betaBar = (x - 1) * xi;
    const decay = Math.exp(-phi[1] * i);
    value += phi[0] * decay * betaBar;
    scaleBar += decay * betaBar;
    rateBar -= i * phi[0] * decay * betaBar;
  }
  return into(out, { value, gradient: [scaleBar, rateBar] });
}
export const F = (x0: number, theta: number, phi: Pair, f: number, n: number) => gradPhiF(x0, theta, phi, f, n).value;
export const gradPhiFAdjoint = gradPhiF;
export function rollout(x0: number, theta: number, n: number, out?: number[]) {
  const xs = [x0];
  for (let i = 0; i < n; i++) xs.push(xs[i] + 0.1 * Math.sin(theta * xs[i]));
  return into(out, xs);
}
export function gradPhiFAlong(xs: number[], theta: number, phi: Pair, f: number, out?: object) {
  let xi = 0, value = 0, scaleBar = 0, rateBar = 0;
  for (let i = 1; i < xs.length; i++) {
    const x = xs[i - 1];
    xi += 0.1 * Math.cos(theta * x) * (f * x + theta * xi);
    const betaBar = (xs[i] - 1) * xi;
    const decay = Math.exp(-phi[1] * i);
    value += phi[0] * decay * betaBar;
    scaleBar += decay * betaBar;
    rateBar -= i * phi[0] * decay * betaBar;
  }
  return into(out, { value, gradient: [scaleBar, rateBar] });
}
export const FAlong = (xs: number[], theta: number, phi: Pair, f: number) => gradPhiFAlong(xs, theta, phi, f).value;
`;

const theta = { name: 'theta', type: num, tangent: num };
const phi = { name: 'phi', type: pair, tangent: pair };
const f = { name: 'f', type: num, tangent: num };
const common = {
  kind: 'chain' as const,
  chain: '',
  parts: {
    h: { source: 'h', indexed: false },
    p: { source: 'p', indexed: false },
    beta: { source: 'beta', indexed: true },
  },
  result: num,
  resultTangent: num,
};
const chain: readonly EmittedChain[] = [
  ...(['rollout', 'F', 'gradPhiF', 'gradPhiFAdjoint'] as const).map((mode) => ({
    ...common,
    name: mode,
    mode,
    along: false,
    params: [{ name: 'x0', type: num, tangent: num }, theta, phi, f, { name: 'n', type: num }],
  })),
  ...(['F', 'gradPhiF'] as const).map((mode) => ({
    ...common,
    name: `${mode}Along`,
    mode,
    along: true,
    params: [{ name: 'xs', type: list, tangent: list }, theta, phi, f],
  })),
];

describe('chains', () => {
  it('passes what is right, over rollouts and over given states', () => {
    const verification = check(chainSource, sweep, chain);
    expect(failures(verification)).toEqual([]);
    expect(verification.rows.filter(({ verdict }) => verdict === 'skipped')).toEqual([]);
    expect(new Set(verification.rows.map((row) => row.function)).size).toBe(6);
  });

  it('takes the points of the chain, or joins those of h and beta', () => {
    const given = check(chainSource, sweep, chain, { chain: [[0.5, 2, [1, 0.1], 0.3, 4]] });
    expect(given.rows.find(({ function: name }) => name === 'F')?.points).toBe(3); // and n = 1, n = 0
    const joined = check(chainSource, sweep, chain, { h: [[0.5, 2]], beta: [[[1, 0.1], 1]] });
    expect(failures(joined)).toEqual([]);
  });

  it.each([
    [
      'an index that is off by one',
      '-phi[1] * i)',
      '-phi[1] * (i - 1))',
      ['F: against differences', 'gradPhiF: against differences'],
    ],
    [
      'a missing tangent in theta',
      '(f * x + theta * xi)',
      '(f * x)',
      ['F: against differences', 'FAlong: against differences'],
    ],
    [
      'a wrong gradient',
      'rateBar -= i',
      'rateBar -= 1',
      ['gradPhiF: against differences', 'gradPhiFAlong: against differences'],
    ],
    ['an F that is not linear in f', 'f * x', 'f * f * x', ['F: linear in f', 'FAlong: linear in f']],
    [
      'other states',
      '0.1 * Math.sin(theta * xs[i])',
      '0.1 * Math.sin(theta * xs[i] + 1e-15)',
      ['rollout: same states'],
    ],
  ])('notices %s', (_what, from, to, expected) => {
    expect(sweep).toContain(from);
    const found = failures(check(chainSource, sweep.replaceAll(from, to), chain));
    for (const failure of expected) expect(found).toContain(failure);
  });
});
