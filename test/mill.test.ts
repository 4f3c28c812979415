import { describe, expect, it } from 'vitest';
import { mill, reportText } from './mill.js';
import { typeErrors } from './random/run.js';

describe('random programs through the whole compiler', () => {
  it('have right derivatives, optimised or not, and their output type-checks', async () => {
    const report = await mill({ count: 220, seed: 1, everyPlain: 3, everyAgain: 30, shrinks: 25 });
    console.log(reportText(report));
    expect(
      report.failures.map(({ seed, what, message, source }) => `seed ${seed}: ${what}\n${message}\n${source}`),
    ).toEqual([]);
    // A refusal is no failure, but programs that are refused test nothing.
    expect(report.refused / report.programs).toBeLessThan(0.1);
    expect(typeErrors(report.outputs)).toEqual([]);
  }, 600_000);
});
