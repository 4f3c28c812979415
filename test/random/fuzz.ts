/** `npm run fuzz -- --count 1000 --seed 1`: any number of random programs through the mill. Ends with 1 if one fails. */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { merged, mill, reportText, type Report } from '../mill.js';
import { typeErrors } from './run.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    /** Every how many programs the output is compiled again. */
    again: { type: 'string', default: '10' },
    /** Every how many programs it is compiled without the optimiser too. */
    plain: { type: 'string', default: '3' },
    /** Every how many programs their output is type-checked. */
    types: { type: 'string', default: '10' },
    shrinks: { type: 'string', default: '80' },
    /** Where the report is written after every thousand programs. */
    report: { type: 'string' },
  },
});

const number = (text: string): number => {
  const found = Number(text);
  if (!Number.isInteger(found) || found < 0) throw new RangeError(`not a whole number: ${text}`);
  return found;
};
const [count, seed, everyTyped] = [values.count, values.seed, values.types].map(number) as [number, number, number];
/** Few enough that their outputs fit into memory. */
const atOnce = 1000;

let report: Report | undefined;
const errors: string[] = [];
for (let at = 0; at < count; at += atOnce) {
  const next = await mill({
    count: Math.min(atOnce, count - at),
    seed: seed + at,
    everyAgain: number(values.again),
    everyPlain: number(values.plain),
    shrinks: number(values.shrinks),
    progress: (done, failures) => {
      if ((at + done) % 200 === 0) process.stderr.write(`${at + done} programs, ${failures} kinds of failure\n`);
    },
  });
  const typed = [...next.outputs].filter(([file]) => Number(file.split('/')[2]) % everyTyped === 0);
  errors.push(...typeErrors(new Map(typed)));
  report = report ? merged(report, next) : next;
  if (values.report !== undefined) writeFileSync(values.report, text(report));
}
if (report) console.log(text(report));
process.exitCode = (report?.failures.length ?? 0) + errors.length > 0 ? 1 : 0;

function text(of: Report): string {
  const lines = [
    reportText(of),
    `type errors of the output: ${errors.length === 0 ? 'none' : errors.length}`,
    ...errors.slice(0, 40).map((error) => `  ${error}`),
  ];
  return `${lines.join('\n')}\n`;
}
