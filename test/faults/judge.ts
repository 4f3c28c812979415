/**
 * Runs, bundled with a compiler that has a fault in it, in a process of its own: which check is the first to fail?
 * `node judge.mjs <programs>` prints a verdict as JSON.
 */
import process from 'node:process';
import { checkAgain, checkExpected, checkJudged, checkPlain, checkThrowing, checkVerified } from '../fixture-checks.js';
import { compileFixture, fixtures, rendered, type Fixture } from '../fixture-files.js';
import { fileTextNow } from '../../src/files.js';
import { mill } from '../mill.js';
import { typeErrors } from '../random/run.js';
import type { Verdict } from './verdict.js';

/** Random programs of fixed seeds, the same as those of the tests. */
async function byPrograms(count: number): Promise<Verdict | undefined> {
  const outputs = new Map<string, string>();
  for (let seed = 1; seed <= count; seed += 1) {
    const report = await mill({ count: 1, seed, shrinks: 0 });
    const [failure] = report.failures;
    if (failure) return { by: 'random programs', after: seed, what: failure.what };
    for (const [file, text] of report.outputs) outputs.set(file, text);
  }
  const [error] = typeErrors(outputs);
  return error === undefined ? undefined : { by: 'random programs', after: count, what: error };
}

async function checkFixture(fixture: Fixture): Promise<void> {
  const result = await compileFixture(fixture, { format: false });
  if (fixture.refused) {
    if (rendered(result) !== fileTextNow(fixture.generated)) throw new Error('is not refused as it was');
    return;
  }
  if (!result.output) throw new Error('is refused');
  checkVerified(result);
  checkJudged(result);
  checkExpected(result);
  checkThrowing(result);
  await checkPlain(fixture);
  await checkAgain(result);
}

async function byFixtures(): Promise<Verdict | undefined> {
  for (const [k, fixture] of fixtures.entries()) {
    try {
      await checkFixture(fixture);
    } catch (error) {
      return { by: fixture.name, after: k + 1, what: String(error instanceof Error ? error.message : error) };
    }
  }
  return undefined;
}

const verdict = (await byPrograms(Number(process.argv[2]))) ?? (await byFixtures());
console.log(JSON.stringify(verdict ?? null));
