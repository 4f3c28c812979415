/** ∇φF over a million stages holds no trajectory. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compile } from '../src/compile.js';
import { transpile } from '../src/frontend/transpile.js';
import { temporaryFolder } from './temporary.js';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Runs in a process of its own, whose greatest size is then that of the one function. */
const script = `
const generated = require('./chain.cjs');
const k = 8;
const x0 = Float64Array.from({ length: k }, (_, j) => 0.1 * j);
const theta = Float64Array.from({ length: k * k + k }, (_, j) => 0.3 * Math.sin(j));
const f = theta.map((_, j) => Math.cos(j));
const run = (n) => generated[process.argv[1]](x0, theta, [1, 0.5, 0.25], f, n);
for (let warm = 0; warm < 20; warm++) run(1000);
gc();
const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
const [before, peakBefore] = [used(), process.resourceUsage().maxRSS];
const { value } = run(1e6);
const peak = process.resourceUsage().maxRSS - peakBefore;
gc();
console.log(JSON.stringify({ value, grown: used() - before, peak: peak * 1024 }));
`;

it.each(['gradPhiF', 'gradPhiFAdjoint'])(
  '%s at n = 10⁶ and k = 8 needs no more memory than at n = 10³',
  async (name) => {
    const { output } = await compile(
      { file: path.resolve('test/golden-chain/S03.ts') },
      { modes: ['chain'], format: false },
    );
    folder.write('chain.cjs', transpile('chain.ts', output?.text ?? ''));
    const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', script, name], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const { value, grown, peak } = JSON.parse(stdout) as { value: number; grown: number; peak: number };
    expect(value).toSatisfy(Number.isFinite);
    expect(grown).toBeLessThan(1e6);
    // A trajectory would be 64 MB; the rest is room for the young generation of the garbage collector.
    expect(peak).toBeLessThan(24e6);
  },
);
