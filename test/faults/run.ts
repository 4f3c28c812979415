/**
 * `npm run faults`: plants one fault after the other in a copy of the compiler and lets the tests look for it: random
 * programs first, then the fixtures. Prints which check caught it; ends with 1 if one was not caught, or if something
 * is caught where no fault was planted: then the tests say nothing about faults.
 */
import { execFile } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs, promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { root } from '../fixture-files.js';
import { temporaryFolder, type Folder } from '../temporary.js';
import { faults, type Fault } from './faults.js';
import { faultyFile, planted } from './plant.js';
import type { Verdict } from './verdict.js';

const { values } = parseArgs({
  options: {
    /** Random programs before the fixtures have their turn. */
    programs: { type: 'string', default: '150' },
    /** Only faults whose names or files hold this. */
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});

const minutes = 15;

/** Gives the bundle the faulty text in place of the file. */
const plant = (fault: Fault): Plugin => ({
  name: 'plant',
  setup({ onLoad }) {
    const file = faultyFile(fault);
    onLoad({ filter: /\.ts$/ }, (args) =>
      args.path === file ? { contents: planted(fault), loader: 'ts' } : undefined,
    );
  },
});

async function judged(fault: Fault | undefined, k: number, folder: Folder): Promise<Verdict | undefined> {
  const outfile = folder.file(`dist/judge-${k}.mjs`);
  await build({
    entryPoints: [path.join(root, 'test/faults/judge.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    plugins: fault ? [plant(fault)] : [],
  });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, values.programs], {
      cwd: root,
      timeout: minutes * 60_000,
      maxBuffer: 2 ** 26,
    });
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    // What `judge.ts` prints.
    return (JSON.parse(last) as Verdict | null) ?? undefined;
  } catch (error) {
    const { killed, message } = error as Error & { killed?: boolean };
    return { by: 'the process', after: 1, what: killed === true ? `does not end in ${minutes} minutes` : message };
  }
}

const shown = ({ by, after, what }: Verdict): readonly string[] => [
  by,
  String(after),
  (what.split('\n')[0] ?? '').slice(0, 70),
];

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, k) => Math.max(...rows.map((row) => (row[k] ?? '').length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, k) => cell.padEnd(widths[k] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const chosen = faults.filter(({ name, file }) => `${file}: ${name}`.includes(values.only));
chosen.forEach(planted);
const folder = temporaryFolder();
try {
  symlinkSync(path.join(root, 'node_modules'), folder.file('node_modules'));
  cpSync(path.join(root, 'package.json'), folder.file('package.json'));
  const sound = await judged(undefined, chosen.length, folder);
  if (sound) throw new Error(`without any fault, ${sound.by} fails: ${sound.what}`);
  process.stderr.write('without any fault, nothing is found\n');
  const verdicts = new Map<Fault, Verdict | undefined>();
  const waiting = [...chosen.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [k, fault] = next;
      const verdict = await judged(fault, k, folder);
      verdicts.set(fault, verdict);
      process.stderr.write(`${verdict ? 'caught' : 'NOT CAUGHT'}: ${fault.name}${verdict ? ` (${verdict.by})` : ''}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  const rows = chosen.map((fault) => {
    const verdict = verdicts.get(fault);
    return [fault.file, fault.name, ...(verdict ? shown(verdict) : ['NOT CAUGHT', '', ''])];
  });
  console.log(table([['file', 'fault', 'caught by', 'after', 'what was wrong'], ...rows]));
  const missed = chosen.filter((fault) => verdicts.get(fault) === undefined);
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} faults caught`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  folder.remove();
}
