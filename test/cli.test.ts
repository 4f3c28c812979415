/** The command as a person runs it: dist/cli.js in a process of its own. `npm test` builds it first. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder, type Folder } from './temporary.js';

const cli = path.resolve(import.meta.dirname, '../dist/cli.js');
const model = `/** A decay. */
export function f(x: number, rate: number): number {
  return x * Math.exp(-rate * x);
}
`;
const refused = `export function f(x: number): number {
  return x * Math.random();
}
`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Adgen = (...args: readonly string[]) => Promise<Ran>;

/** Every test has a folder of its own, with model.ts in it, and runs the command there. */
const it = test.extend<{ folder: Folder; adgen: Adgen }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of fixtures from the pattern
  folder: async ({}, use) => {
    const folder = temporaryFolder({ 'model.ts': model });
    await use(folder);
    folder.remove();
  },
  adgen: ({ folder }, use) => use((...args) => run(folder.path, args)),
});

function run(cwd: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, env: { ...process.env, NO_COLOR: '1' } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe.concurrent('usage', () => {
  it('prints help and version', async ({ adgen }) => {
    const help = await adgen('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const option of ['--out-dir', '--stdout', '--modes', '--wrt', '--check', '--verify', '--print-ir']) {
      expect(help.out).toContain(option);
    }
    expect(await adgen('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });

  it.for([
    ['no input', [], "missing required argument 'input.ts'"],
    ['an unknown option', ['model.ts', '--fast'], "unknown option '--fast'"],
    ['an unknown mode', ['model.ts', '--modes', 'vjp,hessian'], "Unknown mode 'hessian'. The modes are forward, jvp"],
    ['an unknown trajectory', ['model.ts', '--trajectory', 'both,given'], 'Allowed choices are rollout, given, both'],
    ['a constant without a value', ['model.ts', '--const', 'K'], 'Expected name=number, as in K=8'],
    ['a missing file', ['modle.ts'], 'modle.ts: no such file'],
    ['a folder', ['.'], '. is a folder; name its files'],
    ['a file of another language', ['model.json'], 'model.json: adgen reads TypeScript'],
    ['an unknown function', ['model.ts', '--functions', 'g'], "no export is called 'g'; there are f"],
    [
      'an unknown parameter',
      ['model.ts', '--wrt', 'y'],
      "no parameter of an exported function is called 'y'; there are x, rate",
    ],
    ['an unknown constant', ['model.ts', '--const', 'K=8'], "no parameter of an exported function is called 'K'"],
    ['--check with --stdout', ['model.ts', '--check', '--stdout'], 'do not go together'],
    ['an unknown stage', ['model.ts', '--print-ir=nowhere'], "no stage is called 'nowhere'; the stages are "],
    ['points that are no JSON', ['model.ts', '--verify', '--points', 'model.ts'], 'model.ts is not JSON'],
  ] as const)('refuses %s with exit code 2 and writes nothing', async ([, args, message], { folder, adgen }) => {
    folder.write('model.json', '{}');
    const before = folder.list();
    const { code, err } = await adgen(...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
    expect(folder.list()).toEqual(before);
  });
});

describe.concurrent('writing', () => {
  it('writes beside the input, the same bytes again, and says so', async ({ folder, adgen }) => {
    const first = await adgen('model.ts');
    expect(first).toEqual({ code: 0, out: '', err: 'model.ad.ts written\n' });
    const text = folder.read('model.ad.ts');
    for (const name of ['fForward', 'fJvp', 'fVjp', 'fGrad']) expect(text).toContain(`export function ${name}(`);
    expect((await adgen('model.ts')).err).toBe('model.ad.ts unchanged\n');
    expect(folder.read('model.ad.ts')).toBe(text);
    expect(folder.list()).toEqual(['model.ad.ts', 'model.ts']);
  });

  it('writes into --out-dir, imports rewritten', async ({ folder, adgen }) => {
    folder.write(
      'state.ts',
      'export interface State { x: number }\nexport const energy = (s: State): number => s.x * s.x;\n',
    );
    expect((await adgen('state.ts', '--out-dir', 'gen/deep', '--quiet')).err).toBe('');
    expect(folder.read('gen/deep/state.ad.ts')).toContain("import type { State } from '../../state.js';");
  });

  it('prints with --stdout, and writes nothing', async ({ folder, adgen }) => {
    const { code, out } = await adgen('model.ts', '--stdout', '--modes', 'grad');
    expect(code).toBe(0);
    expect(out).toContain('export function fGrad(');
    expect(out).not.toContain('fVjp');
    expect(folder.list()).toEqual(['model.ts']);
  });

  it('honours --wrt and --no-guards', async ({ folder, adgen }) => {
    const { out } = await adgen('model.ts', '--stdout', '--wrt', 'rate', '--modes', 'grad');
    expect(out).toContain('gradient: { rate: number }');
    folder.write('sum.ts', 'export const sum = (xs: number[]): number => xs.reduce((s, x) => s + x * x, 0);\n');
    expect((await adgen('sum.ts', '--stdout')).out).toContain('RangeError');
    expect((await adgen('sum.ts', '--stdout', '--no-guards')).out).not.toContain('RangeError');
  });

  it('refuses two inputs with one output', async ({ folder, adgen }) => {
    folder.write('other/model.ts', model);
    const { code, err } = await adgen('model.ts', 'other/model.ts', '--out-dir', 'gen');
    expect(err).toContain('would both be written to gen/model.ad.ts');
    expect(code).toBe(2);
  });

  it('leaves the old output when a file is refused, and still writes the others', async ({ folder, adgen }) => {
    folder.write('bad.ts', refused);
    folder.write('bad.ad.ts', '// old\n');
    const { code, err } = await adgen('bad.ts', 'model.ts');
    expect(code).toBe(1);
    expect(err).toContain('bad.ts:2:14 - error[impure-call]');
    expect(err).toContain('>  2 |   return x * Math.random();'.replace('  2', ' 2'));
    expect(folder.read('bad.ad.ts')).toBe('// old\n');
    expect(folder.list()).toContain('model.ad.ts');
  });

  it.for([
    ['a syntax error', 'export function f(x: number { return x; }\n', 'error[syntax-error]'],
    ['a type error', 'export function f(x: number): number { return x + y; }\n', 'error[type-error]'],
    ['an empty file', '', 'error[nothing-to-differentiate]'],
  ] as const)('refuses %s with exit code 1', async ([, text, message], { folder, adgen }) => {
    folder.write('wrong.ts', text);
    const { code, err } = await adgen('wrong.ts');
    expect(err).toMatch(/^wrong\.ts:1:/);
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(folder.list()).toEqual(['model.ts', 'wrong.ts']);
  });

  it('says so when the output cannot be written', async ({ folder, adgen }) => {
    mkdirSync(folder.file('model.ad.ts'));
    const { code, err } = await adgen('model.ts');
    expect(err).toContain('model.ad.ts is a folder');
    expect(code).toBe(1);
    const blocked = await adgen('model.ts', '--out-dir', 'model.ts/gen');
    expect(blocked.err).toContain('a part of the path is a file, not a folder');
    expect(blocked.code).toBe(1);
    expect(folder.list()).toEqual(['model.ts']);
  });

  it('keeps the permissions of the old output', async ({ folder, adgen }) => {
    chmodSync(folder.write('model.ad.ts', '// old\n'), 0o640);
    expect((await adgen('model.ts')).code).toBe(0);
    expect(statSync(folder.file('model.ad.ts')).mode & 0o777).toBe(0o640);
  });
});

describe.concurrent('checking', () => {
  it('tells missing, stale and fresh outputs apart with --check', async ({ folder, adgen }) => {
    expect(await adgen('model.ts', '--check')).toMatchObject({
      code: 1,
      err: expect.stringContaining('model.ad.ts is missing'),
    });
    await adgen('model.ts');
    expect(await adgen('model.ts', '--check')).toMatchObject({ code: 0, err: '' });
    folder.write('model.ts', model.replace('-rate', '-2 * rate'));
    const before = folder.read('model.ad.ts');
    expect(await adgen('model.ts', '--check')).toMatchObject({
      code: 1,
      err: expect.stringContaining('model.ad.ts is stale'),
    });
    expect(folder.read('model.ad.ts')).toBe(before);
  });

  it('prints a table with --verify, as comments after code', async ({ adgen }) => {
    const { code, out } = await adgen('model.ts', '--verify');
    expect(out).toContain('function  check');
    expect(out).toContain('fVjp      value');
    expect(out).toMatch(/passed: \d+ ok, 0 failed, 0 skipped/);
    expect(code).toBe(0);
    const both = await adgen('model.ts', '--verify', '--stdout');
    expect(both.out).toContain('// function  check');
    expect(both.out.split('\n').filter((line) => line.startsWith('// fGrad '))).toHaveLength(1);
  });

  it('checks at the points it is given', async ({ folder, adgen }) => {
    folder.write(
      'points.json',
      JSON.stringify({
        f: [
          [0.5, 2],
          [1, 1],
          [2, 0],
          [3, 0.1],
        ],
      }),
    );
    const { code, out } = await adgen('model.ts', '--verify', '--points', 'points.json');
    expect(out).toMatch(/fForward {2}value +4 /);
    expect(code).toBe(0);
  });

  it('reports as JSON', async ({ folder, adgen }) => {
    folder.write('bad.ts', refused);
    const { code, out } = await adgen('model.ts', 'bad.ts', '--json', '--verify');
    expect(code).toBe(1);
    const { files } = JSON.parse(out) as { files: Record<string, unknown>[] };
    expect(files[0]).toMatchObject({
      input: 'model.ts',
      output: 'model.ad.ts',
      status: 'written',
      verification: { passed: true },
    });
    expect(files[1]).toMatchObject({
      status: 'refused',
      diagnostics: [{ code: 'impure-call', level: 'error', line: 2, column: 14 }],
    });
  });

  it('prints the IR of all stages, or of one, and writes nothing', async ({ folder, adgen }) => {
    const all = await adgen('model.ts', '--print-ir');
    expect(all.out).toContain('fn f');
    expect(all.out).toContain('exp');
    const stages = [...all.out.matchAll(/^--- (\S+): /gm)].map(([, stage]) => stage);
    expect(new Set(stages).size).toBeGreaterThan(2);
    const one = await adgen('model.ts', `--print-ir=${stages[0]}`);
    expect(one.out.length).toBeLessThan(all.out.length);
    expect(folder.list()).toEqual(['model.ts']);
  });
});
