/** Every fixture is run: its derivatives are judged by numbers alone, by two independent sets of checks. */
import { describe, it } from 'vitest';
import type { CompileResult } from '../src/options.js';
import { checkAgain, checkExpected, checkJudged, checkPlain, checkThrowing, checkVerified } from './fixture-checks.js';
import { compileFixture, fixtures } from './fixture-files.js';

describe.each(fixtures.filter(({ refused }) => !refused))('$name', (fixture) => {
  // Compiled once, when the first test of the fixture asks for it.
  let compiled: Promise<CompileResult> | undefined;
  const result = () => (compiled ??= compileFixture(fixture, { format: false }));

  it('passes --verify', async () => checkVerified(await result()));

  it('passes the checks of the oracle', async () => checkJudged(await result()));

  it('gives what it says itself', async () => {
    checkExpected(await result());
    checkThrowing(await result());
  });

  it('is right without the optimiser, too', () => checkPlain(fixture));

  it('goes through adgen again, and the vjp of a vjp is the jvp', async () => checkAgain(await result()));
});
