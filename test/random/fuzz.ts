/** `npm run fuzz -- --count 1000 --seed 1`: any number of random programs through the mill. Ends with 1 if one fails. */

import { parseArgs } from 'node:util';
import { mill, reportText } from '../mill.js';
import { typeErrors } from './run.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    /** Every how many programs the output is compiled again. */
    again: { type: 'string', default: '10' },
    shrinks: { type: 'string', default: '80' },
  },
});

const [count, seed, everyAgain, shrinks] = [values.count, values.seed, values.again, values.shrinks].map(Number);
const report = await mill({
  count: count ?? 500,
  seed: seed ?? 1,
  everyAgain: everyAgain ?? 10,
  shrinks: shrinks ?? 80,
  progress: (done, failures) => {
    if (done % 50 === 0) process.stderr.write(`${done} programs, ${failures} kinds of failure\n`);
  },
});
const errors = typeErrors(report.outputs);
console.log(reportText(report));
console.log(`type errors of the output: ${errors.length === 0 ? 'none' : ''}`);
for (const error of errors.slice(0, 40)) console.log(`  ${error}`);
process.exitCode = report.failures.length + errors.length > 0 ? 1 : 0;
